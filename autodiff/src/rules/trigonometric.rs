//! Trigonometric functions, in radians, and their inverses.

use super::table::family;
use crate::number::Number;
use crate::taylor::recurrences;

/// 1 − x². As (1 − x)(1 + x) it keeps its digits near ±1, as it stands its derivatives do near 0.
#[inline(always)]
pub(super) fn one_minus_square<R: Number>(x: R) -> R {
    R::choose(x.abs().less(R::lit(0.5)), || R::one() - x * x, || (R::one() - x) * (R::one() + x))
}

/// x / h², where h is the distance of (x, y) from (0, 0). There it is 0, and infinitely far away.
fn per_square_of_distance<R: Number>(x: R, y: R) -> R {
    let h = x.hypot(y);
    let far = h.equal(R::lit(f64::INFINITY)) & x.equal(x) & y.equal(y);
    R::choose(h.equal(R::zero()) | far, R::zero, || x / h / h)
}

family! {
    /// Trigonometric functions, in radians, and their inverses.
    pub trait Trigonometric;

    /// Sine.
    ///
    /// ```
    /// use wengert_autodiff::derivatives;
    /// let d = derivatives::<4>(|x| x.sin(), 0.0);
    /// assert_eq!([d[0], d[1], d[2], d[3], d[4]], [0.0, 1.0, 0.0, -1.0, 0.0]);
    /// ```
    sin(x) = Sin {
        value: x.sin(),
        partials: [x.cos()],
        smooth: true,
        series: |[x], value| recurrences::linear_pair(x, value, x[0].cos(), -1.0),
    }

    /// Cosine.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.cos(), 0.0), 0.0);
    /// ```
    cos(x) = Cos {
        value: x.cos(),
        partials: [-x.sin()],
        smooth: true,
        series: |[x], value| recurrences::linear_pair(x, value, -x[0].sin(), -1.0),
    }

    /// Tangent.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.tan(), 0.0), 1.0);
    /// ```
    tan(x) -> y = Tan {
        value: x.tan(),
        partials: [R::one() + y * y],
        smooth: true,
        series: |[x], value| recurrences::quadratic_ode(x, value, [1.0, 0.0, 1.0]),
    }

    /// Inverse sine. At ±1 the derivative is +∞, outside NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.asin(), 0.6), 1.25);
    /// ```
    asin(x) = Asin {
        value: x.asin(),
        partials: [one_minus_square(x).sqrt().recip()],
        smooth: x.abs() < 1.0,
    }

    /// Inverse cosine. At ±1 the derivative is −∞, outside NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.acos(), 0.6), -1.25);
    /// ```
    acos(x) = Acos {
        value: x.acos(),
        partials: [-one_minus_square(x).sqrt().recip()],
        smooth: x.abs() < 1.0,
    }

    /// Inverse tangent.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.atan(), 1.0), 0.5);
    /// ```
    atan(x) = Atan {
        value: x.atan(),
        partials: [R::choose(
            R::one().less(x.abs()),
            // 1/x in place of x: x² overflows, and so do its derivatives.
            || {
                let r = x.recip();
                r * r / (R::one() + r * r)
            },
            || R::one() / (R::one() + x * x),
        )],
        smooth: true,
    }

    /// The angle of the point (x, y), `y.atan2(x)`. At (0, 0) both derivatives are 0.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|v| v[0].atan2(v[1]), &[0.0, 2.0]), [0.5, 0.0]);
    /// assert_eq!(gradient(|v| v[0].atan2(v[1]), &[2.0, 0.0]), [0.0, -0.5]);
    /// ```
    atan2(y, x) = Atan2 {
        value: y.atan2(x),
        partials: [per_square_of_distance(x, y), -per_square_of_distance(y, x)],
        smooth: y != 0.0 || x > 0.0,
    }
}
