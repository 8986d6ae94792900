//! Functions of slices, each recorded as one node.

use super::{SliceRule, undefined};
use crate::number::{Number, Primitive};
use crate::tape::Scratch;

/// The rule of [`sum`].
#[derive(Clone, Copy, Debug)]
pub struct Sum;

impl SliceRule<1> for Sum {
    const NAME: &'static str = "sum";
    const USES_VALUE: bool = false;
    fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
        x.iter().fold(F::zero(), |sum, &x| sum + x)
    }
    fn partials<R: Number>(self, [x]: [&[R]; 1], _value: R, mut emit: impl FnMut(R)) {
        x.iter().for_each(|_| emit(R::one()));
    }
}

/// The rule of [`dot`].
#[derive(Clone, Copy, Debug)]
pub struct Dot;

impl SliceRule<2> for Dot {
    const NAME: &'static str = "dot";
    const USES_VALUE: bool = false;
    fn value<F: Primitive>(self, [x, y]: [&[F]; 2]) -> F {
        x.iter().zip(y).fold(F::zero(), |sum, (&x, &y)| sum + x * y)
    }
    fn partials<R: Number>(self, [x, y]: [&[R]; 2], _value: R, mut emit: impl FnMut(R)) {
        y.iter().chain(x).for_each(|&partial| emit(partial));
    }
}

/// The rule of [`norm`].
#[derive(Clone, Copy, Debug)]
pub struct Norm;

impl SliceRule<1> for Norm {
    const NAME: &'static str = "norm";
    fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
        let squares =
            |scale: F| x.iter().fold(F::zero(), |sum, &x| sum + (x / scale) * (x / scale));
        let plain = squares(F::one()).sqrt();
        // Squares overflow or vanish: once more, relative to the largest element.
        let (safe_low, safe_high) = (F::min_positive_value().sqrt(), F::max_value().sqrt());
        if plain.is_nan() || (safe_low..=safe_high).contains(&plain) {
            return plain;
        }
        let largest = x.iter().fold(F::zero(), |largest, x| largest.max(x.abs()));
        if largest == F::zero() || largest.is_infinite() {
            largest
        } else {
            largest * squares(largest).sqrt()
        }
    }
    fn partials<R: Number>(self, [x]: [&[R]; 1], value: R, mut emit: impl FnMut(R)) {
        let infinite = |x: R| x.abs().equal(R::lit(f64::INFINITY));
        let infinities =
            x.iter().fold(R::zero(), |count, &x| count + R::choose(infinite(x), R::one, R::zero));
        for &x in x {
            emit(R::choose(
                infinite(value) & infinite(x) & infinities.equal(R::one()),
                || R::one().copysign(x.detach()),
                || R::choose(value.equal(R::zero()), R::zero, || x / value),
            ));
        }
    }
}

/// The rule of [`prod`].
#[derive(Clone, Copy, Debug)]
pub struct Prod;

impl SliceRule<1> for Prod {
    const NAME: &'static str = "prod";
    const USES_VALUE: bool = false;
    fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
        x.iter().fold(F::one(), |product, &x| product * x)
    }
    fn partials<R: Number>(self, [x]: [&[R]; 1], _value: R, mut emit: impl FnMut(R)) {
        // Products before and after, because division by a zero factor would lose the others.
        let mut after = Scratch::new();
        after.resize(x.len(), R::one());
        for k in (1..x.len()).rev() {
            after[k - 1] = after[k] * x[k];
        }
        let mut before = R::one();
        for (&x, &after) in x.iter().zip(&*after) {
            emit(before * after);
            before *= x;
        }
    }
}

/// The rule of [`log_sum_exp`].
#[derive(Clone, Copy, Debug)]
pub struct LogSumExp;

impl SliceRule<1> for LogSumExp {
    const NAME: &'static str = "log_sum_exp";
    const USES_VALUE: bool = false;
    fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
        let mut at = 0;
        for (k, &candidate) in x.iter().enumerate() {
            // A NaN is not to be lost.
            if candidate > x[at] || candidate.is_nan() {
                at = k;
            }
        }
        let Some(&largest) = x.get(at) else { return F::neg_infinity() };
        if !largest.is_finite() {
            return largest;
        }
        // The largest term apart, which is 1: near it, the others would lose their digits.
        let others = x[..at].iter().chain(&x[at + 1..]);
        largest + others.fold(F::zero(), |sum, &x| sum + (x - largest).exp()).ln_1p()
    }
    fn partials<R: Number>(self, [x]: [&[R]; 1], _value: R, emit: impl FnMut(R)) {
        softmax_weights(x, emit);
    }
}

/// Emits exp xₖ / Σ exp xᵢ. Infinities share equally; if all are −∞, zeros.
fn softmax_weights<R: Number>(x: &[R], mut emit: impl FnMut(R)) {
    let nothing = R::lit(f64::NEG_INFINITY);
    let largest = x.iter().fold(nothing, |a, &b| R::choose(a.less(b), || b, || a)).detach();
    let infinite = largest.equal(R::lit(f64::INFINITY));
    let weight = |x: R| {
        R::choose(infinite & x.equal(largest), R::one, || {
            R::choose(largest.equal(nothing) & x.equal(nothing), R::zero, || (x - largest).exp())
        })
    };
    let mut weights = Scratch::new();
    weights.extend(x.iter().map(|&x| weight(x)));
    let total = weights.iter().fold(R::zero(), |total, &weight| total + weight);
    for &weight in &*weights {
        emit(R::choose(total.equal(R::zero()), R::zero, || weight / total));
    }
}

/// Σ xₖ.
///
/// ```
/// use wengert_autodiff::{gradient, rules::sum};
/// assert_eq!(gradient(|x| sum(x), &[1.0, 2.0]), [1.0, 1.0]);
/// ```
#[inline]
#[track_caller]
pub fn sum<R: Number>(x: &[R]) -> R {
    R::apply_slices(Sum, [x])
}

/// Σ xₖ yₖ.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// use wengert_autodiff::{gradient, rules::dot};
/// assert_eq!(gradient(|x| dot(x, x), &[1.0, 2.0]), [2.0, 4.0]);
/// ```
#[inline]
#[track_caller]
pub fn dot<R: Number>(x: &[R], y: &[R]) -> R {
    assert!(
        x.len() == y.len(),
        "dot: slices of {} and {} elements; pass equal lengths",
        x.len(),
        y.len()
    );
    R::apply_slices(Dot, [x, y])
}

/// √(Σ xₖ²), without overflow. At 0 the gradient is 0; if one element is infinite, it is ±1 for that one.
///
/// ```
/// use wengert_autodiff::{gradient, rules::norm};
/// assert_eq!(gradient(|x| norm(x), &[3.0, 4.0]), [0.6, 0.8]);
/// assert_eq!(gradient(|x| norm(x), &[0.0, 0.0]), [0.0, 0.0]);
/// ```
#[inline]
#[track_caller]
pub fn norm<R: Number>(x: &[R]) -> R {
    R::apply_slices(Norm, [x])
}

/// Π xₖ.
///
/// ```
/// use wengert_autodiff::{gradient, rules::prod};
/// assert_eq!(gradient(|x| prod(x), &[0.0, 2.0, 3.0]), [6.0, 0.0, 0.0]);
/// ```
#[inline]
#[track_caller]
pub fn prod<R: Number>(x: &[R]) -> R {
    R::apply_slices(Prod, [x])
}

/// ln Σ exp xₖ, without overflow. −∞ for no elements; if all are −∞, the gradient is 0.
///
/// ```
/// use wengert_autodiff::{gradient, rules::log_sum_exp};
/// assert_eq!(log_sum_exp(&[1000.0]), 1000.0);
/// let g = gradient(|x| log_sum_exp(x), &[1000.0_f64, 1000.0]);
/// assert_eq!(g, [0.5, 0.5]);
/// ```
#[inline]
#[track_caller]
pub fn log_sum_exp<R: Number>(x: &[R]) -> R {
    R::apply_slices(LogSumExp, [x])
}

/// exp xₖ / Σ exp xᵢ, without overflow.
///
/// ```
/// use wengert_autodiff::rules::softmax;
/// assert_eq!(softmax(&[1e16, 1e16]), [0.5, 0.5]);
/// ```
#[track_caller]
pub fn softmax<R: Number>(x: &[R]) -> Vec<R> {
    let mut weights = Vec::with_capacity(x.len());
    softmax_weights(x, |weight| weights.push(weight));
    weights
}

/// Σ xₖ / n; NaN for no elements.
///
/// ```
/// use wengert_autodiff::{gradient, rules::mean};
/// assert_eq!(gradient(|x| mean(x), &[1.0, 2.0]), [0.5, 0.5]);
/// ```
#[inline]
#[track_caller]
pub fn mean<R: Number>(x: &[R]) -> R {
    sum(x) / R::lit(x.len() as f64)
}

/// Σ (xₖ − x̄)² / (n − correction); NaN if n is not larger than the correction. With a correction of 1,
/// the unbiased estimate from a sample; with 0, the variance of a whole population.
///
/// ```
/// use wengert_autodiff::{gradient, rules::variance};
/// assert_eq!(variance(&[1.0, 3.0], 1), 2.0);
/// assert_eq!(gradient(|x| variance(x, 0), &[1.0, 3.0]), [-1.0, 1.0]);
/// ```
#[track_caller]
pub fn variance<R: Number>(x: &[R], correction: usize) -> R {
    if x.len() <= correction {
        return undefined(sum(x));
    }
    let mean = mean(x);
    let deviations: Vec<R> = x.iter().map(|&x| x - mean).collect();
    dot(&deviations, &deviations) / R::lit((x.len() - correction) as f64)
}
