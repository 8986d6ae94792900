//! Piecewise functions: kinks, steps and choices.
//!
//! At a kink the derivative is the subgradient of least norm; where two arguments of a choice tie,
//! each gets half.

use super::table::family;
use super::undefined;
use crate::number::Number;

/// −1, 0 or 1 by value, so that it does not depend on the sign of a zero; NaN for NaN.
#[inline(always)]
fn sign<R: Number>(x: R) -> R {
    R::choose(
        x.less(R::zero()),
        || -R::one(),
        || R::choose(R::zero().less(x), R::one, || R::choose(x.equal(R::zero()), R::zero, || x)),
    )
}

/// The derivative of `chosen` in a choice between it and `other`, where `wins` says that it was taken.
#[inline(always)]
fn share<R: Number>(wins: R::Mask, loses: R::Mask, chosen: R, other: R) -> R {
    R::choose(wins, R::one, || {
        R::choose(loses, R::zero, || {
            R::choose(
                chosen.equal(other),
                || R::lit(0.5),
                || {
                    // A NaN is in play, and the value is the argument that is none.
                    R::choose(chosen.equal(chosen), R::one, || {
                        R::choose(other.equal(other), R::zero, || undefined(chosen))
                    })
                },
            )
        })
    })
}

fn away_from_integers(x: f64) -> bool {
    x.fract() != 0.0
}

family! {
    /// Piecewise functions: kinks, steps and choices.
    pub trait Piecewise;

    /// |x|. At ±0 the derivative is 0.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.abs(), -3.0), -1.0);
    /// assert_eq!(derivative(|x| x.abs(), -0.0), 0.0);
    /// ```
    abs(x) = Abs {
        value: x.abs(),
        partials: [sign(x)],
        smooth: x != 0.0,
    }

    /// The sign as std has it: ±1, also for ±0. The derivative is 0 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.signum() * x, 2.0), 1.0);
    /// ```
    signum(x) = Signum {
        value: x.signum(),
        partials: [R::choose(x.equal(x), R::zero, || x)],
        smooth: x != 0.0,
    }

    /// |x| with the sign of s. At x = ±0 the derivative is 0, as for |x|.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].copysign(x[1]), &[3.0, -1.0]), [-1.0, 0.0]);
    /// ```
    copysign(x, s) = Copysign {
        value: x.copysign(s),
        partials: [sign(x) * R::one().copysign(s.detach()), R::zero()],
        smooth: x != 0.0 && s != 0.0,
    }

    /// The largest integer not above x. The derivative is 0 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.floor() * x, 2.5), 2.0);
    /// ```
    floor(x) = Floor {
        value: x.floor(),
        partials: [R::choose(x.equal(x), R::zero, || x)],
        smooth: away_from_integers(x),
    }

    /// The smallest integer not below x. The derivative is 0 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.ceil() * x, 2.5), 3.0);
    /// ```
    ceil(x) = Ceil {
        value: x.ceil(),
        partials: [R::choose(x.equal(x), R::zero, || x)],
        smooth: away_from_integers(x),
    }

    /// The nearest integer, halves away from 0. The derivative is 0 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.round() * x, 2.25), 2.0);
    /// ```
    round(x) = Round {
        value: x.round(),
        partials: [R::choose(x.equal(x), R::zero, || x)],
        smooth: (x.abs() + 0.5).fract() != 0.0,
    }

    /// The integer part. The derivative is 0 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.trunc() * x, -2.5), -2.0);
    /// ```
    trunc(x) = Trunc {
        value: x.trunc(),
        partials: [R::choose(x.equal(x), R::zero, || x)],
        smooth: away_from_integers(x),
    }

    /// x − trunc x. The derivative is 1 everywhere.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.fract() * x, 2.5), 3.0);
    /// ```
    fract(x) -> y = Fract {
        value: x.fract(),
        partials: [R::choose(y.equal(y), R::one, || y)],
        smooth: away_from_integers(x),
    }

    /// The remainder x − y trunc(x / y), Rust's `%`. Derivatives 1 and −trunc(x / y).
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0] % x[1], &[7.5, 2.0]), [1.0, -3.0]);
    /// ```
    remainder(x, y) -> r = Remainder {
        value: x % y,
        partials: [
            R::choose(r.equal(r), R::one, || r),
            // (Not trunc(x / y), because x / y may round up to an integer.)
            R::choose(r.equal(r), || -((x - r) / y).round(), || r),
        ],
        smooth: y != 0.0 && away_from_integers(x / y),
    }

    /// The smaller of two numbers; a number if the other is NaN. A tie is shared half and half.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].min(x[1]), &[1.0, 2.0]), [1.0, 0.0]);
    /// assert_eq!(gradient(|x| x[0].min(x[1]), &[2.0, 2.0]), [0.5, 0.5]);
    /// ```
    min(a, b) = Min {
        value: a.min(b),
        partials: [share(a.less(b), b.less(a), a, b), share(b.less(a), a.less(b), b, a)],
        smooth: a != b,
    }

    /// The larger of two numbers; a number if the other is NaN. A tie is shared half and half.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].max(x[1]), &[1.0, 2.0]), [0.0, 1.0]);
    /// assert_eq!(gradient(|x| x[0].max(x[1]), &[2.0, 2.0]), [0.5, 0.5]);
    /// ```
    max(a, b) = Max {
        value: a.max(b),
        partials: [share(b.less(a), a.less(b), a, b), share(a.less(b), b.less(a), b, a)],
        smooth: a != b,
    }

    /// x limited to low ≤ x ≤ high. The derivative with respect to x is 1 in the closed interval and 0
    /// outside, where the bound that is met has it.
    ///
    /// # Panics
    /// Where the plain `clamp` does: if `low > high`, or a bound is NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.clamp(0.0, 1.0), 0.5), 1.0);
    /// assert_eq!(derivative(|x| x.clamp(0.0, 1.0), 1.0), 1.0);
    /// assert_eq!(derivative(|x| x.clamp(0.0, 1.0), 1.5), 0.0);
    /// ```
    clamp(x, low, high) = Clamp {
        value: {
            assert!(low <= high, "clamp: the bounds {low} and {high} must be numbers in this order");
            if x < low { low } else if x > high { high } else { x }
        },
        partials: [
            R::choose(x.less(low) | high.less(x), R::zero, || R::choose(x.equal(x), R::one, || x)),
            R::choose(x.less(low), R::one, R::zero),
            R::choose(high.less(x), R::one, R::zero),
        ],
        smooth: low < high && x != low && x != high,
    }

    /// x·a + b, rounded once.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].mul_add(x[1], x[2]), &[2.0, 3.0, 4.0]), [3.0, 2.0, 1.0]);
    /// ```
    mul_add(x, a, b) = MulAdd {
        value: x.mul_add(a, b),
        partials: [a, x, R::one()],
        smooth: true,
    }
}
