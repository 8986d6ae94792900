//! Hyperbolic functions and their inverses.

use super::table::family;
use super::trigonometric::one_minus_square;
use super::undefined;
use crate::number::Number;
use crate::taylor::recurrences;

/// 1/cosh² x by the exponential that vanishes: the other makes cosh x infinite, and then takes higher derivatives
/// with it. For |x| that is not small; near 0, the derivatives of this expression lose their digits.
#[inline(always)]
fn sech_squared_by_exponential<R: Number>(x: R) -> R {
    let e = (R::lit(-2.0) * x.abs()).exp();
    let s = R::one() + e;
    R::lit(4.0) * e / (s * s)
}

/// 1/cosh² x
#[inline(always)]
pub(super) fn sech_squared<R: Number>(x: R) -> R {
    let by_cosh = || {
        let s = x.cosh().recip();
        s * s
    };
    R::choose(x.abs().less(R::one()), by_cosh, || sech_squared_by_exponential(x))
}

/// 1/cosh² x, given tanh x, whose square is small enough to be subtracted from 1 if x is.
#[inline(always)]
fn sech_squared_from_tanh<R: Number>(x: R, tanh: R) -> R {
    let by_tanh = || R::one() - tanh * tanh;
    R::choose(x.abs().less(R::lit(0.5)), by_tanh, || sech_squared_by_exponential(x))
}

family! {
    /// Hyperbolic functions and their inverses.
    pub trait Hyperbolic;

    /// Hyperbolic sine.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.sinh(), 0.0), 1.0);
    /// ```
    sinh(x) = Sinh {
        value: x.sinh(),
        partials: [x.cosh()],
        smooth: true,
        series: |[x], value| recurrences::linear_pair(x, value, x[0].cosh(), 1.0),
    }

    /// Hyperbolic cosine.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.cosh(), 0.0), 0.0);
    /// ```
    cosh(x) = Cosh {
        value: x.cosh(),
        partials: [x.sinh()],
        smooth: true,
        series: |[x], value| recurrences::linear_pair(x, value, x[0].sinh(), 1.0),
    }

    /// Hyperbolic tangent.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.tanh(), 0.0), 1.0);
    /// assert_eq!(derivative(|x| x.tanh(), 1000.0), 0.0);
    /// ```
    tanh(x) -> y = Tanh {
        value: x.tanh(),
        partials: [sech_squared_from_tanh(x, y)],
        smooth: true,
    }

    /// Inverse hyperbolic sine.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.asinh(), 0.75), 0.8);
    /// ```
    asinh(x) = Asinh {
        value: x.asinh(),
        // hypot, because x² overflows.
        partials: [x.hypot(R::one()).recip()],
        smooth: true,
    }

    /// Inverse hyperbolic cosine. At 1 the derivative is +∞, below NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.acosh(), 1.25), 4.0 / 3.0);
    /// ```
    acosh(x) = Acosh {
        value: x.acosh(),
        // Two roots: each is NaN where it must be, and their product does not overflow. Of their reciprocals, so that
        // at 1 all derivatives are infinite.
        partials: [(x - R::one()).sqrt().recip() * (x + R::one()).sqrt().recip()],
        smooth: x > 1.0,
    }

    /// Inverse hyperbolic tangent. At ±1 the derivative is +∞, outside NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.atanh(), 0.5), 4.0 / 3.0);
    /// ```
    atanh(x) = Atanh {
        value: x.atanh(),
        partials: [R::choose(
            R::one().less(x.abs()),
            || undefined(x),
            || one_minus_square(x).recip(),
        )],
        smooth: x.abs() < 1.0,
    }
}
