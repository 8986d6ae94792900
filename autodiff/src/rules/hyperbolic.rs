//! Hyperbolic functions and their inverses.

use super::activations::sigmoid_slope;
use super::table::family;
use super::trigonometric::one_minus_square;
use super::undefined;
use crate::number::Number;
use crate::taylor::recurrences;

/// 1/cosh² x, the slope of tanh, which is a sigmoid of twice its argument: not as 1 − tanh² x, which has no digits left
/// where it is small.
#[inline(always)]
fn sech_squared<R: Number>(x: R) -> R {
    R::lit(4.0) * sigmoid_slope(R::lit(2.0) * x)
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
    tanh(x) = Tanh {
        value: x.tanh(),
        partials: [sech_squared(x)],
        smooth: true,
        series: |[x], value| {
            recurrences::logistic(x, [value, sech_squared(x[0]), T::lit(-2.0) * value])[0]
        },
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
