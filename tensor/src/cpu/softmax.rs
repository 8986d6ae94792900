//! Sums of exponentials, relative to the largest one.

use wengert_autodiff::Primitive;

use super::reduce::{first_largest, sum_by};

/// x less the largest element, so that the largest exponential is 1; in the limit: relative to +∞, only what is +∞ counts,
/// and relative to −∞ nothing does.
fn relative<T: Primitive>(x: T, largest: T) -> T {
    if largest.is_finite() || largest.is_nan() {
        x - largest
    } else if x == T::infinity() {
        T::zero()
    } else {
        T::neg_infinity()
    }
}

/// The largest element, and Σ exp(x − largest) of all others: ln(1 + Σ) keeps its digits where they are small.
fn largest_and_others<T: Primitive>(lane: &[T]) -> (T, T) {
    let place = first_largest(lane);
    let largest = lane[place];
    let sum = |part| sum_by(part, |x| relative(x, largest).exp());
    (largest, sum(&lane[..place]) + sum(&lane[place + 1..]))
}

pub(crate) fn log_sum_exp<T: Primitive>(lane: &[T]) -> T {
    if lane.is_empty() {
        return T::neg_infinity();
    }
    let (largest, others) = largest_and_others(lane);
    if largest.is_finite() { largest + others.ln_1p() } else { largest }
}

pub(crate) fn softmax<T: Primitive>(lane: &[T], out: &mut [T]) {
    let largest = lane[first_largest(lane)];
    for (out, &x) in out.iter_mut().zip(lane) {
        *out = relative(x, largest).exp();
    }
    let total = sum_by(out, |weight| weight);
    if total != T::zero() {
        out.iter_mut().for_each(|weight| *weight = *weight / total);
    }
}

pub(crate) fn log_softmax<T: Primitive>(lane: &[T], out: &mut [T]) {
    let (largest, others) = largest_and_others(lane);
    // (If all are −∞, `others` is 0, and all stay −∞.)
    let total = others.ln_1p();
    for (out, &x) in out.iter_mut().zip(lane) {
        *out = relative(x, largest) - total;
    }
}
