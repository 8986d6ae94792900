//! The smooth steps and ramps of statistics and neural networks.

use super::table::family;
use super::{Rule, undefined};
use crate::number::{Number, Primitive};
use crate::special;
use crate::taylor::{Taylor, recurrences};

/// φ(x) = exp(−x²/2) / √(2π)
#[inline(always)]
pub(super) fn normal_density<R: Number>(x: R) -> R {
    const INVERSE_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
    (R::lit(-0.5) * x * x).exp() * R::lit(INVERSE_SQRT_2PI)
}

/// Σ (−1)ᵏ 2k/(2k+1)! x²ᵏ⁻¹, the derivative of sin(x)/x. Sixteen terms leave, for |x| ≤ 1, the
/// fourth derivative of the function with less than half an ulp of error.
fn sinc_slope_near_zero<R: Number>(x: R) -> R {
    const TERMS: i32 = 16;
    let x2 = x * x;
    let mut sum = R::zero();
    for k in (1..=TERMS).rev() {
        // Coefficient of x²ᵏ⁻¹: −2k/(2k+1)! relative to that of the term before.
        let k = f64::from(k);
        let ratio =
            if k == 1.0 { -1.0 / 3.0 } else { -k / ((k - 1.0) * (2.0 * k) * (2.0 * k + 1.0)) };
        sum = R::lit(ratio) * (if k == 1.0 { x } else { x2 }) * (R::one() + sum);
    }
    sum
}

/// y (1 − y) for y = sigmoid(x), as eˣ/(1 + eˣ)²: a row of its own, because its derivative in terms of itself is one
/// product, which keeps its digits near 0, where that of the quotient does not, and in the tails. Its exponential is that of
/// the sigmoid's value, and so a compiler that sees both needs one. Only partials call it: of the sigmoid, and of tanh, which
/// is one of twice its argument.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct SigmoidSlope;

impl Rule<1> for SigmoidSlope {
    const NAME: &'static str = "sigmoid_slope";

    #[inline]
    fn value<F: Primitive>(self, [x]: [F; 1]) -> F {
        let e = (-x.abs()).exp();
        let s = F::one() + e;
        e / (s * s)
    }

    #[inline(always)]
    fn partial<R: Number>(self, _: usize, [x]: [R; 1], value: R) -> R {
        value * tilt(x)
    }

    #[inline]
    fn series<T: Number, const N: usize>(self, [x]: [Taylor<T, N>; 1], value: T) -> Taylor<T, N> {
        // (Of the sigmoid itself, only differences count.)
        recurrences::logistic(x, [T::zero(), value, tilt(x[0])])[1]
    }
}

#[inline(always)]
pub(super) fn sigmoid_slope<R: Number>(x: R) -> R {
    R::apply(SigmoidSlope, [x])
}

/// 1 − 2 sigmoid(x) = −tanh(x/2)
#[inline(always)]
fn tilt<R: Number>(x: R) -> R {
    -(R::lit(0.5) * x).tanh()
}

/// What vanishes, or does not matter, at ±∞.
fn unless_infinite<R: Number>(x: R, term: impl FnOnce() -> R) -> R {
    R::choose(x.abs().equal(R::lit(f64::INFINITY)), R::zero, term)
}

family! {
    /// The smooth steps and ramps of statistics and neural networks.
    pub trait Activations;

    /// 1 / (1 + e⁻ˣ).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.sigmoid(), 0.0), 0.25);
    /// ```
    sigmoid(x) = Sigmoid {
        value: {
            // (One exponential, of the side on which it cannot overflow.)
            let e = (-x.abs()).exp();
            (if x < F::zero() { e } else { F::one() }) / (F::one() + e)
        },
        partials: [sigmoid_slope(x)],
        smooth: true,
        series: |[x], value| {
            recurrences::logistic(x, [value, sigmoid_slope(x[0]), tilt(x[0])])[0]
        },
    }

    /// ln(x / (1 − x)), the inverse of [`sigmoid`](Activations::sigmoid).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.logit(), 0.5), 4.0);
    /// ```
    logit(x) = Logit {
        value: x.via_f64(special::logit),
        partials: [R::choose(
            x.less(R::zero()) | R::one().less(x),
            || undefined(x),
            || {
                // Around ½ by the distance from there, so that the derivatives keep their digits, too.
                let u = R::lit(2.0) * x - R::one();
                R::choose(
                    u.abs().less(R::lit(0.5)),
                    || R::lit(4.0) / (R::one() - u * u),
                    || (x * (R::one() - x)).recip(),
                )
            },
        )],
        smooth: x > 0.0 && x < 1.0,
    }

    /// ln(1 + eˣ).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.softplus(), 0.0), 0.5);
    /// ```
    softplus(x) = Softplus {
        value: x.via_f64(special::softplus),
        partials: [x.sigmoid()],
        smooth: true,
    }

    /// ln [`sigmoid`](Activations::sigmoid)(x).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.ln_sigmoid(), 0.0), 0.5);
    /// ```
    ln_sigmoid(x) = LnSigmoid {
        value: -(-x).via_f64(special::softplus),
        partials: [(-x).sigmoid()],
        smooth: true,
    }

    /// max(x, 0). At 0 the derivative is 0.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!([-1.0, 0.0, 2.0].map(|x| derivative(|x| x.relu(), x)), [0.0, 0.0, 1.0]);
    /// ```
    relu(x) = Relu {
        value: if x < F::zero() { F::zero() } else { x },
        partials: [R::choose(
            R::zero().less(x),
            R::one,
            || R::choose(x.equal(x), R::zero, || x),
        )],
        smooth: x != 0.0,
    }

    /// x · sigmoid(x) (also called swish).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.silu(), 0.0), 0.5);
    /// ```
    silu(x) = Silu {
        value: if x == F::neg_infinity() { -F::zero() } else { x * Sigmoid {}.value([x]) },
        partials: [x.sigmoid() * (R::one() + unless_infinite(x, || x * (-x).sigmoid()))],
        smooth: true,
    }

    /// x Φ(x), with the distribution function Φ of the normal distribution (the exact form, not the
    /// approximation by tanh).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.gelu(), 0.0), 0.5);
    /// ```
    gelu(x) = Gelu {
        value: if x == F::neg_infinity() { -F::zero() } else { x * x.via_f64(special::norm_cdf) },
        partials: [x.norm_cdf() + unless_infinite(x, || x * normal_density(x))],
        smooth: true,
    }

    /// sin(x) / x, and 1 at 0.
    ///
    /// ```
    /// use wengert_autodiff::derivatives;
    /// let d = derivatives::<2>(|x| x.sinc(), 0.0);
    /// assert_eq!([d[0], d[1]], [1.0, 0.0]);
    /// assert!((d[2] + 1.0 / 3.0).abs() < 1e-15);
    /// ```
    sinc(x) -> y = Sinc {
        value: x.via_f64(special::sinc),
        partials: [R::choose(
            R::one().less(x.abs()),
            || unless_infinite(x, || (x.cos() - y) / x),
            || sinc_slope_near_zero(x),
        )],
        smooth: true,
    }
}
