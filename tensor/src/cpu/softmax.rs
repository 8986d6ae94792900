//! Sums of exponentials, relative to the largest one: of a long lane by groups of its elements, of short lanes side by side.

use core::array::from_fn;
use core::marker::PhantomData;

use smallvec::SmallVec;

use super::dispatch::{Loop, dispatch};
use super::reduce::{block_len, combined, larger, largest, pairwise};
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};

/// How many exponentials are found together: a few vectors.
const GROUP: usize = 16;
/// How many places there are for a few lanes.
const FEW: usize = 4;
/// Lanes of at most this length are short: a good part of their time would be what each needs once.
const SHORT: usize = 64;

/// A function of a lane, with a number or a lane as its result.
trait OfLane<T: Element> {
    /// Of a lane of any length.
    fn long<const FMA: bool>(lane: &[T], out: &mut [T]);

    /// Of some short lanes, each of them in one place of all rows. Of the rows for results, there are as many; those that are not
    /// needed hold anything in the end.
    // (A loop over rows that are independent of each other goes over the places of lanes that are there: were their number known to
    // the compiler, it would make vectors of one place in many rows.)
    fn short<const FMA: bool, const W: usize>(rows: &[[T; W]], out: &mut [[T; W]], lanes: usize);
}

/// A function of lanes of `n` elements, one after the other in memory, with `results` for each.
struct OfLanes<'a, T, F> {
    lanes: &'a [T],
    n: usize,
    out: &'a mut [T],
    results: usize,
    /// (No closure: it would be compiled for the machine at hand only if it is inlined.)
    function: PhantomData<F>,
}

impl<T: Element, F: OfLane<T>> Loop for OfLanes<'_, T, F> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let OfLanes { lanes, n, out, results, .. } = self;
        if n > SHORT {
            for (lane, out) in lanes.chunks(n).zip(out.chunks_mut(results)) {
                F::long::<FMA>(lane, out);
            }
            return;
        }
        // (Of places that no lane is in, exponentials would be found, too.)
        let many = match lanes.len() / n % GROUP {
            0..=FEW => lanes.len() / (GROUP * n) * GROUP,
            _ => lanes.len() / n,
        };
        let (lanes, few_lanes) = lanes.split_at(many * n);
        let (out, few_out) = out.split_at_mut(many * results);
        side_by_side::<T, F, FMA, GROUP>(lanes, n, out, results);
        if few_lanes.len() == n {
            side_by_side::<T, F, FMA, 1>(few_lanes, n, few_out, results);
        } else {
            side_by_side::<T, F, FMA, FEW>(few_lanes, n, few_out, results);
        }
    }
}

/// The function of short lanes, `W` at a time.
#[inline(always)]
fn side_by_side<T: Element, F: OfLane<T>, const FMA: bool, const W: usize>(
    lanes: &[T],
    n: usize,
    out: &mut [T],
    results: usize,
) {
    if lanes.is_empty() {
        return;
    }
    let mut memory = scratch(2 * W * n);
    let (rows, results_by_rows) = memory.as_chunks_mut().0.split_at_mut(n);
    for (lanes, out) in lanes.chunks(W * n).zip(out.chunks_mut(W * results)) {
        into_rows(lanes, rows);
        F::short::<FMA, W>(rows, results_by_rows, lanes.len() / n);
        from_rows(&results_by_rows[..results], out);
    }
    recycle(memory);
}

/// Some lanes, each into one place of all rows.
// (Not inlined, or it is compiled to instructions that collect the elements of a vector from many places, which take longer.)
#[inline(never)]
fn into_rows<T: Element, const W: usize>(lanes: &[T], rows: &mut [[T; W]]) {
    for (place, lane) in lanes.chunks(rows.len()).enumerate() {
        for (row, &x) in rows.iter_mut().zip(lane) {
            row[place] = x;
        }
    }
}

/// The same the other way round.
#[inline(never)]
fn from_rows<T: Element, const W: usize>(rows: &[[T; W]], lanes: &mut [T]) {
    for (place, lane) in lanes.chunks_mut(rows.len()).enumerate() {
        for (x, row) in lane.iter_mut().zip(rows) {
            *x = row[place];
        }
    }
}

/// The largest element of each lane; NaN if there is one.
#[inline(always)]
fn largest_of_each<T: Element, const W: usize>(rows: &[[T; W]]) -> [T; W] {
    let mut largest_so_far = [T::neg_infinity(); W];
    for row in rows {
        largest_so_far = from_fn(|k| larger(largest_so_far[k], row[k]));
    }
    largest_so_far
}

/// [`largest_and_others`] of each lane. `terms` is filled with exponentials. (All of them in one loop, which vectorises.)
#[inline(always)]
fn largest_and_others_of_each<T: Element, const FMA: bool, const W: usize>(
    rows: &[[T; W]],
    terms: &mut [[T; W]],
) -> ([T; W], [T; W]) {
    let largest = largest_of_each(rows);
    let mut equal = [T::zero(); W];
    for (row, terms) in rows.iter().zip(&mut *terms) {
        let less: [T; W] = from_fn(|k| relative(row[k], largest[k]));
        let is_largest = less.map(|less| less == T::zero());
        equal = from_fn(|k| if is_largest[k] { equal[k] + T::one() } else { equal[k] });
        *terms = from_fn(|k| if is_largest[k] { T::neg_infinity() } else { less[k] });
    }
    let sum = sum_of_exponentials::<T, FMA, W>(terms);
    (largest, from_fn(|k| equal[k] - T::one() + sum[k]))
}

/// Puts exponentials in place of elements, and adds them up row by row.
#[inline(always)]
fn sum_of_exponentials<T: Element, const FMA: bool, const W: usize>(rows: &mut [[T; W]]) -> [T; W] {
    for x in rows.as_flattened_mut() {
        *x = T::lane_exp::<FMA>(*x);
    }
    let mut sum = [T::zero(); W];
    for row in rows {
        sum = from_fn(|k| sum[k] + row[k]);
    }
    sum
}

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

/// ln Σ exp x of each lane of `n` elements; −∞ of none.
pub(crate) fn log_sum_exp<T: Element>(lanes: &[T], n: usize, out: &mut [T]) {
    if n == 0 {
        return out.fill(T::neg_infinity());
    }
    dispatch(OfLanes { lanes, n, out, results: 1, function: PhantomData::<LogSumExp> });
}

struct LogSumExp;

impl<T: Element> OfLane<T> for LogSumExp {
    #[inline(always)]
    fn long<const FMA: bool>(lane: &[T], out: &mut [T]) {
        let (largest, others) = largest_and_others::<T, FMA>(lane);
        out[0] = with_others::<T, FMA>(largest, others);
    }

    #[inline(always)]
    fn short<const FMA: bool, const W: usize>(rows: &[[T; W]], out: &mut [[T; W]], _: usize) {
        let (largest, others) = largest_and_others_of_each::<T, FMA, W>(rows, out);
        for k in 0..W {
            out[0][k] = with_others::<T, FMA>(largest[k], others[k]);
        }
    }
}

/// ln Σ exp x, of what [`largest_and_others`] finds.
#[inline(always)]
fn with_others<T: Element, const FMA: bool>(largest: T, others: T) -> T {
    let sum = largest + T::lane_ln_1p::<FMA>(others);
    if largest.is_finite() { sum } else { largest }
}

/// exp xₖ / Σ exp xᵢ in each lane of `n` elements.
pub(crate) fn softmax<T: Element>(lanes: &[T], n: usize, out: &mut [T]) {
    dispatch(OfLanes { lanes, n, out, results: n, function: PhantomData::<Softmax> });
}

struct Softmax;

impl<T: Element> OfLane<T> for Softmax {
    #[inline(always)]
    fn long<const FMA: bool>(lane: &[T], out: &mut [T]) {
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

    #[inline(always)]
    fn short<const FMA: bool, const W: usize>(rows: &[[T; W]], out: &mut [[T; W]], lanes: usize) {
        let largest = largest_of_each(rows);
        for (row, out) in rows.iter().zip(&mut *out) {
            let (row, largest, out) = (&row[..lanes], &largest[..lanes], &mut out[..lanes]);
            for k in 0..lanes {
                out[k] = relative(row[k], largest[k]);
            }
        }
        let mut total = sum_of_exponentials::<T, FMA, W>(out);
        for k in 0..W {
            // (Then all exponentials are 1.)
            total[k] = if largest[k] == T::neg_infinity() { T::infinity() } else { total[k] };
        }
        for out in out {
            for (weight, &total) in out[..lanes].iter_mut().zip(&total) {
                *weight /= total;
            }
        }
    }
}

/// xₖ − ln Σ exp xᵢ in each lane of `n` elements.
pub(crate) fn log_softmax<T: Element>(lanes: &[T], n: usize, out: &mut [T]) {
    dispatch(OfLanes { lanes, n, out, results: n, function: PhantomData::<LogSoftmax> });
}

struct LogSoftmax;

impl<T: Element> OfLane<T> for LogSoftmax {
    #[inline(always)]
    fn long<const FMA: bool>(lane: &[T], out: &mut [T]) {
        let (largest, others) = largest_and_others::<T, FMA>(lane);
        if largest == T::neg_infinity() {
            return out.copy_from_slice(lane);
        }
        let total = T::lane_ln_1p::<FMA>(others);
        for (out, &x) in out.iter_mut().zip(lane) {
            *out = relative(x, largest) - total;
        }
    }

    #[inline(always)]
    fn short<const FMA: bool, const W: usize>(rows: &[[T; W]], out: &mut [[T; W]], lanes: usize) {
        let (largest, mut total) = largest_and_others_of_each::<T, FMA, W>(rows, out);
        for total in &mut total {
            *total = T::lane_ln_1p::<FMA>(*total);
        }
        for (row, out) in rows.iter().zip(out) {
            let (row, largest) = (&row[..lanes], &largest[..lanes]);
            let (total, out) = (&total[..lanes], &mut out[..lanes]);
            for k in 0..lanes {
                let y = relative(row[k], largest[k]) - total[k];
                out[k] = if largest[k] == T::neg_infinity() { row[k] } else { y };
            }
        }
    }
}
