//! Exponentials and logarithms.

use super::table::family;
use super::undefined;
use crate::taylor::recurrences;
use core::f64::consts::{LN_2, LN_10};

family! {
    /// Exponentials and logarithms.
    pub trait Exponential;

    /// eˣ.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.exp(), 0.0), 1.0);
    /// ```
    exp(x) -> y = Exp {
        value: x.exp(),
        partials: [y],
        smooth: true,
        series: |[x], value| recurrences::quadratic_ode(x, value, [0.0, 1.0, 0.0]),
    }

    /// 2ˣ.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.exp2(), 3.0), 8.0 * std::f64::consts::LN_2);
    /// ```
    exp2(x) -> y = Exp2 {
        value: x.exp2(),
        partials: [y * R::lit(LN_2)],
        smooth: true,
        series: |[x], value| recurrences::quadratic_ode(x, value, [0.0, LN_2, 0.0]),
    }

    /// eˣ − 1, accurate near 0.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.exp_m1(), 1e-20), 1.0);
    /// ```
    exp_m1(x) = ExpM1 {
        value: x.exp_m1(),
        partials: [x.exp()],
        smooth: true,
    }

    /// The natural logarithm. At ±0 the derivative is ±∞, below NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.ln(), 4.0), 0.25);
    /// assert!(derivative(|x| x.ln(), -4.0_f64).is_nan());
    /// ```
    ln(x) = Ln {
        value: x.ln(),
        partials: [R::choose(x.less(R::zero()), || undefined(x), || R::one() / x)],
        smooth: x > 0.0,
    }

    /// The logarithm to a base that may be differentiated, too: ln x / ln b.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// let [e, g] = [std::f64::consts::E, gradient(|x| x[0].log(x[1]), &[1.0, std::f64::consts::E])[0]];
    /// assert_eq!((e, g), (e, 1.0));
    /// ```
    log(x, base) -> y = Log {
        value: x.log(base),
        partials: [
            R::choose(x.less(R::zero()), || undefined(x), || R::one() / (x * base.ln())),
            -y / (base * base.ln()),
        ],
        smooth: x > 0.0 && base > 0.0 && base != 1.0,
    }

    /// The logarithm to base 2.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.log2(), 1.0), 1.0 / std::f64::consts::LN_2);
    /// ```
    log2(x) = Log2 {
        value: x.log2(),
        partials: [R::choose(x.less(R::zero()), || undefined(x), || R::one() / x / R::lit(LN_2))],
        smooth: x > 0.0,
    }

    /// The logarithm to base 10.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.log10(), 1.0), 1.0 / std::f64::consts::LN_10);
    /// ```
    log10(x) = Log10 {
        value: x.log10(),
        partials: [R::choose(x.less(R::zero()), || undefined(x), || R::one() / x / R::lit(LN_10))],
        smooth: x > 0.0,
    }

    /// ln(1 + x), accurate near 0. At −1 the derivative is +∞, below NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.ln_1p(), 3.0), 0.25);
    /// ```
    ln_1p(x) = Ln1p {
        value: x.ln_1p(),
        partials: [R::choose(
            x.less(R::lit(-1.0)),
            || undefined(x),
            || R::one() / (R::one() + x),
        )],
        smooth: x > -1.0,
    }
}
