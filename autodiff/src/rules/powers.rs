//! Powers and roots.

use super::table::family;
use super::undefined;
use crate::number::Number;
use crate::taylor::recurrences;

/// xʸ⁻¹, given z = xʸ. What the subtraction loses is a lot beside the logarithm of a large or small x.
fn power_below<R: Number>(x: R, y: R, z: R) -> R {
    let (zero, one) = (R::zero(), R::one());
    let rounded = y - one;
    let lost =
        R::choose(y.abs().less(one), || y - (rounded + one), || (y - rounded) - one).detach();
    R::choose(
        zero.less(lost.abs()) & zero.less(x.abs()),
        || R::choose(x.less(zero), || z / x, || x.powf(rounded) * (one + lost * x.ln())),
        || x.powf(rounded),
    )
}

/// The derivative of h = √(x² + y²) by x: x/h, 0 at the kink, and where h is infinite the limit, if there is one.
fn share_of_root<R: Number>(x: R, y: R, h: R) -> R {
    let infinity = R::lit(f64::INFINITY);
    let [x_finite, y_finite] = [x, y].map(|x| x.abs().less(infinity));
    let far = || {
        let only_y = || R::choose(x_finite, R::zero, || undefined(x));
        R::choose(y_finite, || R::one().copysign(x.detach()), only_y)
    };
    let overflow = || {
        let [x, y] = [x, y].map(|x| x * R::lit(0.25));
        x / x.hypot(y)
    };
    R::choose(
        h.equal(infinity),
        || R::choose(x_finite & y_finite, overflow, far),
        || R::choose(h.equal(R::zero()), R::zero, || x / h),
    )
}

family! {
    /// Powers and roots.
    pub trait Powers;

    /// xⁿ for an integer n.
    ///
    /// The derivative n xⁿ⁻¹ never divides by x: at 0 it is 0 for n = 0 and n > 1, 1 for n = 1, and
    /// infinite for n < 0.
    ///
    /// ```
    /// use wengert_autodiff::derivatives;
    /// let d = derivatives::<3>(|x| x.powi(3), 2.0);
    /// assert_eq!([d[0], d[1], d[2], d[3]], [8.0, 12.0, 12.0, 6.0]);
    /// ```
    powi(x; n: i32 in [-3, -1, 0, 1, 2, 3, 5, 10]) = Powi {
        value: x.powi(n),
        partials: [match n {
            0 => R::zero(),
            // n − 1 does not exist.
            i32::MIN => R::lit(f64::from(n)) * x.powi(n) / x,
            _ => R::lit(f64::from(n)) * x.powi(n - 1),
        }],
        smooth: n >= 0 || x != 0.0,
        series: |[x], value| recurrences::integer_power(x, n, value),
    }

    /// xʸ.
    ///
    /// ∂/∂x = y xʸ⁻¹ and ∂/∂y = xʸ ln x. At x = 0 nothing divides by x: with y = 0 the first is 0, and
    /// with y ≥ 0 the second is 0, its limit. For x < 0 the function exists at integer y only, so that
    /// the second is NaN; a constant y does not evaluate it.
    ///
    /// ```
    /// use wengert_autodiff::{derivative, gradient};
    /// assert_eq!(derivative(|x| x.powf(1.5), 4.0), 3.0);
    /// assert_eq!(derivative(|x| x.powf(3.0), -2.0), 12.0);
    /// assert_eq!(gradient(|x| x[0].powf(x[1]), &[1.0, 5.0]), [5.0, 0.0]);
    /// ```
    powf(x, y) -> z = Powf {
        value: x.powf(y),
        partials: [
            {
                let power = power_below(x, y, z);
                // x⁰ is 1 everywhere.
                let infinite = !power.abs().less(R::lit(f64::INFINITY));
                R::choose(y.equal(R::zero()) & infinite, R::zero, || y * power)
            },
            R::choose(
                x.equal(R::zero()) & !y.less(R::zero()),
                R::zero,
                || z * x.ln(),
            ),
        ],
        smooth: x > 0.0,
        series: |[x, y], value| recurrences::power(x, y, value),
    }

    /// √x. At 0 the derivative is +∞, below NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.sqrt(), 4.0), 0.25);
    /// assert_eq!(derivative(|x| x.sqrt(), 0.0), f64::INFINITY);
    /// ```
    sqrt(x) -> y = Sqrt {
        value: x.sqrt(),
        // Adding zero turns the root of −0 into +0, so that the derivative there is +∞, too.
        partials: [R::lit(0.5) / (y + R::zero())],
        smooth: x > 0.0,
        series: |[x], value| recurrences::constant_power(x, 0.5, value),
    }

    /// ∛x, for negative x, too. At 0 the derivative is +∞.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.cbrt(), -8.0), 1.0 / 12.0);
    /// ```
    cbrt(x) -> y = Cbrt {
        value: x.cbrt(),
        // 1/y first, so that at 0 higher derivatives are infinite, too.
        partials: [{
            let r = y.recip();
            r * r / R::lit(3.0)
        }],
        smooth: x != 0.0,
        series: |[x], value| recurrences::constant_power(x, 1.0 / 3.0, value),
    }

    /// 1 / x.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.recip(), 2.0), -0.25);
    /// ```
    recip(x) -> y = Recip {
        value: x.recip(),
        partials: [-(y * y)],
        smooth: x != 0.0,
        series: |[x], value| recurrences::constant_power(x, -1.0, value),
    }

    /// √(x² + y²), without overflow. At (0, 0) both derivatives are 0; where one argument is infinite, its own
    /// is ±1.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].hypot(x[1]), &[3.0, 4.0]), [0.6, 0.8]);
    /// assert_eq!(gradient(|x| x[0].hypot(x[1]), &[0.0, 0.0]), [0.0, 0.0]);
    /// ```
    hypot(x, y) -> h = Hypot {
        value: x.hypot(y),
        partials: [
            share_of_root(x, y, h),
            share_of_root(y, x, h),
        ],
        smooth: x != 0.0 || y != 0.0,
        series: |[x, y], value| recurrences::hypot(x, y, value),
    }
}
