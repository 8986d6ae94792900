//! Logarithms of sums and products, arranged so that nothing overflows or cancels.

use super::table::family;
use super::{Rule, undefined};
use crate::number::{Number, Primitive};
use crate::special;
use crate::taylor::{Taylor, recurrences};

/// The share of a in ln(eᵃ + eᵇ): sigmoid(a − b), where that is not ∞ − ∞.
#[inline(always)]
fn share<R: Number>(a: R, b: R) -> R {
    let both = |infinity: f64| a.equal(R::lit(infinity)) & b.equal(R::lit(infinity));
    R::choose(both(f64::NEG_INFINITY), R::zero, || {
        R::choose(both(f64::INFINITY), || R::lit(0.5), || (a - b).sigmoid())
    })
}

/// 1 / (eˣ − 1) for x ≥ 0: a row of its own, because its derivative in terms of itself is a sum of terms of one sign.
/// That of the quotient is not, and at 0, where all derivatives are infinite, would come to ∞ − ∞. Only partials of this
/// family call it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct InverseExpM1;

impl Rule<1> for InverseExpM1 {
    const NAME: &'static str = "inverse_exp_m1";

    #[inline]
    fn value<F: Primitive>(self, [x]: [F; 1]) -> F {
        // (By the exponential that vanishes: eˣ becomes infinite before its reciprocal is zero.)
        if x > F::one() {
            let e = (-x).exp();
            e / (F::one() - e)
        } else {
            x.exp_m1().recip()
        }
    }

    #[inline]
    fn partial<R: Number>(self, _: usize, _: [R; 1], value: R) -> R {
        -(value * (R::one() + value))
    }

    #[inline]
    fn series<T: Number, const N: usize>(self, [x]: [Taylor<T, N>; 1], value: T) -> Taylor<T, N> {
        recurrences::quadratic_ode(x, value, [0.0, -1.0, -1.0])
    }
}

fn inverse_exp_m1<R: Number>(x: R) -> R {
    R::apply(InverseExpM1, [x])
}

family! {
    /// Logarithms of sums and products, arranged so that nothing overflows or cancels.
    pub trait LogCombinations;

    /// x ln y, and 0 for x = 0 (unless y is NaN).
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].xlogy(x[1]), &[3.0, 1.0]), [0.0, 3.0]);
    /// ```
    xlogy(x, y) = Xlogy {
        value: if x == F::zero() && !y.is_nan() { F::zero() } else { x * y.ln() },
        partials: [
            y.ln(),
            R::choose(
                y.less(R::zero()),
                || undefined(y),
                || R::choose(x.equal(R::zero()) & y.equal(R::zero()), R::zero, || x / y),
            ),
        ],
        smooth: y > 0.0,
    }

    /// x ln(1 + y), and 0 for x = 0 (unless y is NaN).
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].xlog1py(x[1]), &[3.0, 0.0]), [0.0, 3.0]);
    /// ```
    xlog1py(x, y) = Xlog1py {
        value: if x == F::zero() && !y.is_nan() { F::zero() } else { x * y.ln_1p() },
        partials: [
            y.ln_1p(),
            R::choose(
                y.less(R::lit(-1.0)),
                || undefined(y),
                || {
                    let at_corner = x.equal(R::zero()) & y.equal(R::lit(-1.0));
                    R::choose(at_corner, R::zero, || x / (R::one() + y))
                },
            ),
        ],
        smooth: y > -1.0,
    }

    /// ln(eᵃ + eᵇ). If both are −∞ the derivatives are 0, if both are +∞ one half.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// assert_eq!(gradient(|x| x[0].log_add_exp(x[1]), &[800.0, 800.0]), [0.5, 0.5]);
    /// ```
    log_add_exp(a, b) = LogAddExp {
        value: {
            if a == b {
                a + F::LN_2()
            } else if a.is_nan() || b.is_nan() {
                F::nan()
            } else {
                a.max(b) + (-(a - b).abs()).exp().ln_1p()
            }
        },
        partials: [
            share(a, b),
            share(b, a),
        ],
        smooth: true,
    }

    /// ln(eᵃ − eᵇ) for a ≥ b; NaN for a < b.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// let g = gradient(|x| x[0].log_diff_exp(x[1]), &[2.0_f64.ln(), 0.0]);
    /// assert!((g[0] - 2.0).abs() < 1e-14 && (g[1] + 1.0).abs() < 1e-14);
    /// ```
    log_diff_exp(a, b) = LogDiffExp {
        value: {
            if b == F::neg_infinity() {
                a
            } else if a == b {
                if a == F::infinity() { F::nan() } else { F::neg_infinity() }
            } else {
                a + (b - a).via_f64(special::log1m_exp)
            }
        },
        partials: [
            R::choose(
                a.less(b),
                || undefined(a - b),
                // (Subtracted from zero, no difference of equal numbers is −0.)
                || R::one() + inverse_exp_m1(R::zero() - (b - a)),
            ),
            R::choose(a.less(b), || undefined(a - b), || -inverse_exp_m1(R::zero() - (b - a))),
        ],
        smooth: a > b,
    }

    /// ln(1 − eˣ) for x ≤ 0; NaN above.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert!((derivative(|x| x.log1m_exp(), 0.5_f64.ln()) + 1.0).abs() < 1e-15);
    /// ```
    log1m_exp(x) = Log1mExp {
        value: x.via_f64(special::log1m_exp),
        partials: [R::choose(
            R::zero().less(x),
            || undefined(x),
            || -inverse_exp_m1(R::zero() - x),
        )],
        smooth: x < 0.0,
    }
}
