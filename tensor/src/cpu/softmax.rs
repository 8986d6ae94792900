//! Sums of exponentials, relative to the largest one.

use num_traits::Float;
use smallvec::SmallVec;

use super::dispatch::{Loop, dispatch};
use super::reduce::{block_len, combined, largest, pairwise};
use crate::element::Element;

/// How many exponentials are found together: a few vectors.
const GROUP: usize = 16;

/// x less the largest element, so that the largest exponential is 1; relative to +∞, only what is +∞ counts. (If all are
/// −∞, the functions below do not ask.)
#[inline(always)]
fn relative<T: Element>(x: T, largest: T) -> T {
    if x == largest { T::zero() } else { x - largest }
}

/// Σ of what `f` makes of groups of elements, of which it is told the number of the first. What is missing in the last group
/// is −∞. (`f` is called in one place, and has loops instead of closures, so that all is inlined and vectorised.)
#[inline(always)]
fn sum_by_groups<T: Element>(lane: &[T], mut f: impl FnMut(usize, [T; GROUP]) -> [T; GROUP]) -> T {
    let mut sums: SmallVec<[T; 8]> = SmallVec::new();
    for (number, block) in lane.chunks(block_len::<T>()).enumerate() {
        let mut sum = [T::zero(); GROUP];
        for start in (0..block.len()).step_by(GROUP) {
            let elements = &block[start..];
            let group = elements.first_chunk().copied().unwrap_or_else(|| {
                let mut last = [T::neg_infinity(); GROUP];
                last[..elements.len()].copy_from_slice(elements);
                last
            });
            let terms = f(number * block_len::<T>() + start, group);
            for k in 0..GROUP {
                sum[k] += terms[k];
            }
        }
        sums.push(combined(sum, |a, b| a + b));
    }
    pairwise(&sums)
}

/// The largest element, and Σ exp(x − largest) of all others: ln(1 + Σ) keeps its digits where they are small.
#[inline(always)]
fn largest_and_others<T: Element, const FMA: bool>(lane: &[T]) -> (T, T) {
    let largest = largest(lane);
    if largest == T::neg_infinity() {
        return (largest, T::zero());
    }
    let less = sum_by_groups(lane, |_, group| {
        let mut terms = group;
        for x in &mut terms {
            let less = relative(*x, largest);
            *x = if less == T::zero() { less } else { T::lane_exp::<FMA>(less) };
        }
        terms
    });
    let equal = lane.iter().filter(|&&x| x == largest).count().saturating_sub(1);
    (largest, T::nearest(equal as f64) + less)
}

pub(crate) fn log_sum_exp<T: Element>(lane: &[T]) -> T {
    struct Body<'a, T>(&'a [T], &'a mut T);
    impl<T: Element> Loop for Body<'_, T> {
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            let (largest, others) = largest_and_others::<T, FMA>(self.0);
            *self.1 = if largest.is_finite() { largest + Float::ln_1p(others) } else { largest };
        }
    }
    let mut result = T::zero();
    dispatch(Body(lane, &mut result));
    result
}

pub(crate) fn softmax<T: Element>(lane: &[T], out: &mut [T]) {
    struct Body<'a, T>(&'a [T], &'a mut [T]);
    impl<T: Element> Loop for Body<'_, T> {
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            let Body(lane, out) = self;
            let largest = largest(lane);
            if largest == T::neg_infinity() {
                return out.fill(T::zero());
            }
            let total = sum_by_groups(lane, |first, group| {
                let mut weights = group;
                for x in &mut weights {
                    *x = T::lane_exp::<FMA>(relative(*x, largest));
                }
                let out = &mut out[first..];
                match out.first_chunk_mut() {
                    Some(out) => *out = weights,
                    None => out.copy_from_slice(&weights[..out.len()]),
                }
                weights
            });
            out.iter_mut().for_each(|weight| *weight /= total);
        }
    }
    dispatch(Body(lane, out));
}

pub(crate) fn log_softmax<T: Element>(lane: &[T], out: &mut [T]) {
    struct Body<'a, T>(&'a [T], &'a mut [T]);
    impl<T: Element> Loop for Body<'_, T> {
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            let Body(lane, out) = self;
            let (largest, others) = largest_and_others::<T, FMA>(lane);
            if largest == T::neg_infinity() {
                return out.copy_from_slice(lane);
            }
            let total = Float::ln_1p(others);
            for (out, &x) in out.iter_mut().zip(lane) {
                *out = relative(x, largest) - total;
            }
        }
    }
    dispatch(Body(lane, out));
}
