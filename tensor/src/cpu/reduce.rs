//! Sums and extremes along axes, in an order that does not depend on the number of threads.

use smallvec::SmallVec;
use wengert_autodiff::Primitive;

use super::dispatch::{Loop, dispatch};
use super::parallel;
use crate::element::Element;
use crate::shape::{Shape, few};
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Sums are taken over blocks of this many elements, 4 KB, and then over the blocks. (The same blocks that elementwise
/// operations are evaluated by.)
pub(crate) const fn block_len<T>() -> usize {
    4096 / size_of::<T>()
}

/// Σ of a slice, in sixteen interleaved parts, so that it vectorises.
pub(crate) fn sum_of_slice<T: Primitive>(x: &[T]) -> T {
    struct Body<'a, T>(&'a [T], &'a mut T);
    impl<T: Primitive> Loop for Body<'_, T> {
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            *self.1 = sum_of_slice_by(self.0, |x| x);
        }
    }
    let mut sum = T::zero();
    dispatch(Body(x, &mut sum));
    sum
}

#[inline(always)]
fn sum_of_slice_by<T: Primitive>(x: &[T], f: impl Fn(T) -> T) -> T {
    fold(x, T::zero(), |sum, x| sum + f(x), |a, b| a + b)
}

/// All elements combined, in sixteen interleaved parts, so that it vectorises.
#[inline(always)]
fn fold<T: Primitive>(
    x: &[T],
    start: T,
    with_next: impl Fn(T, T) -> T,
    combine: impl Fn(T, T) -> T,
) -> T {
    const LANES: usize = 16;
    let mut parts = [start; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        // (As a whole, and not part by part, so that vectors are whole, too.)
        parts = core::array::from_fn(|k| with_next(parts[k], chunk[k]));
    }
    for (part, &x) in parts.iter_mut().zip(rest) {
        *part = with_next(*part, x);
    }
    combined(parts, combine)
}

/// Parts, of which there are a power of two, combined in halves.
// (Not inlined, or the compiler makes vectors of two parts, which it then combines, of loops that had one of sixteen.)
#[inline(never)]
pub(super) fn combined<T: Primitive, const N: usize>(
    mut parts: [T; N],
    combine: impl Fn(T, T) -> T,
) -> T {
    let mut width = N / 2;
    while width > 0 {
        for lane in 0..width {
            parts[lane] = combine(parts[lane], parts[lane + width]);
        }
        width /= 2;
    }
    parts[0]
}

/// Σ f(x) of a run of any length, by blocks.
#[inline]
pub(crate) fn sum_by<T: Primitive>(run: &[T], f: impl Fn(T) -> T) -> T {
    let blocks = run.chunks(block_len::<T>()).map(|block| sum_of_slice_by(block, &f));
    pairwise(&blocks.collect::<SmallVec<[T; 8]>>())
}

/// Σ pair by pair, so that rounding errors grow with the logarithm of the number of terms.
pub(crate) fn pairwise<T: Primitive>(terms: &[T]) -> T {
    match terms {
        [] => T::zero(),
        _ if terms.len() <= 32 => terms.iter().fold(T::zero(), |sum, &x| sum + x),
        _ => {
            let (a, b) = terms.split_at(terms.len() / 2);
            pairwise(a) + pairwise(b)
        }
    }
}

/// Σ along the given axes; `shape` is that of the result.
pub(crate) fn sum<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    reduce(x, axes, shape, T::zero(), |a, b| a + b, sums_of_rows)
}

/// Σ of each row of `count` elements, as [`sum_by`] takes it.
pub(crate) fn sums_of_rows<T: Element>(rows: &[T], count: usize, out: &mut [T]) {
    if count <= block_len::<T>() {
        return dispatch(SumsOfRows { rows, count, out });
    }
    for (out, row) in out.iter_mut().zip(rows.chunks(count)) {
        *out = sum_by(row, |x| x);
    }
}

struct SumsOfRows<'a, T> {
    rows: &'a [T],
    count: usize,
    out: &'a mut [T],
}

impl<T: Element> Loop for SumsOfRows<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // (What is left of a row after sixteens is of a length that the compiler knows, so that vectors are made of it, too.)
        match self.count % 16 {
            0 => self.with_rest::<0>(),
            1 => self.with_rest::<1>(),
            2 => self.with_rest::<2>(),
            3 => self.with_rest::<3>(),
            4 => self.with_rest::<4>(),
            5 => self.with_rest::<5>(),
            6 => self.with_rest::<6>(),
            7 => self.with_rest::<7>(),
            8 => self.with_rest::<8>(),
            9 => self.with_rest::<9>(),
            10 => self.with_rest::<10>(),
            11 => self.with_rest::<11>(),
            12 => self.with_rest::<12>(),
            13 => self.with_rest::<13>(),
            14 => self.with_rest::<14>(),
            _ => self.with_rest::<15>(),
        }
    }
}

impl<T: Element> SumsOfRows<'_, T> {
    /// In sixteen parts and their halves, as [`sum_of_slice`].
    #[inline(always)]
    fn with_rest<const REST: usize>(self) {
        const LANES: usize = 16;
        for (out, row) in self.out.iter_mut().zip(self.rows.chunks_exact(self.count)) {
            let mut parts = [T::zero(); LANES];
            let (chunks, rest) = row.as_chunks::<LANES>();
            for chunk in chunks {
                for k in 0..LANES {
                    parts[k] += chunk[k];
                }
            }
            if let Some(rest) = rest.first_chunk::<REST>() {
                for k in 0..REST {
                    parts[k] += rest[k];
                }
            }
            for k in 0..8 {
                parts[k] += parts[k + 8];
            }
            for k in 0..4 {
                parts[k] += parts[k + 4];
            }
            *out = (parts[0] + parts[2]) + (parts[1] + parts[3]);
        }
    }
}

#[inline(always)]
pub(super) fn larger<T: Primitive>(a: T, b: T) -> T {
    if a > b || a.is_nan() { a } else { b }
}

fn smaller<T: Primitive>(a: T, b: T) -> T {
    if a < b || a.is_nan() { a } else { b }
}

/// The largest elements along the given axes; NaN if there is one.
pub(crate) fn max<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    extreme(x, axes, shape, T::neg_infinity(), larger)
}

/// The smallest elements along the given axes; NaN if there is one.
pub(crate) fn min<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    extreme(x, axes, shape, T::infinity(), smaller)
}

fn extreme<T: Element>(
    x: &Tensor<T>,
    axes: &[usize],
    shape: &Shape,
    start: T,
    choose: impl Fn(T, T) -> T + Sync,
) -> Tensor<T> {
    let of_row = |row: &[T]| fold(row, start, &choose, &choose);
    reduce(x, axes, shape, start, &choose, by_rows(of_row))
}

/// The product along the given axes.
pub(crate) fn prod<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    let times = |a, b| a * b;
    reduce(x, axes, shape, T::one(), times, by_rows(|row| fold(row, T::one(), times, times)))
}

/// One row of some elements after the other.
fn by_rows<T>(of_row: impl Fn(&[T]) -> T) -> impl Fn(&[T], usize, &mut [T]) {
    move |rows, count, out| {
        out.iter_mut().zip(rows.chunks(count)).for_each(|(out, row)| *out = of_row(row));
    }
}

/// Moves the reduced axes to one side and combines, along rows or down columns, whichever needs no copy.
fn reduce<T: Element>(
    x: &Tensor<T>,
    axes: &[usize],
    shape: &Shape,
    start: T,
    combine: impl Fn(T, T) -> T + Sync,
    of_rows: impl Fn(&[T], usize, &mut [T]) + Sync,
) -> Tensor<T> {
    let kept: SmallVec<[usize; 4]> = few((0..x.rank()).filter(|axis| !axes.contains(axis)));
    let count: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let mut out = scratch(shape.size());
    if x.size() == 0 {
        out.fill(start);
        return Tensor::from_buffer(shape.clone(), out);
    }
    let kept_first: SmallVec<[usize; 4]> = few(kept.iter().chain(axes).copied());
    let axes_first: SmallVec<[usize; 4]> = few(axes.iter().chain(&kept).copied());
    let columns = x.permuted(&axes_first);
    if out.len() > 1 && axes_first != kept_first && columns.is_contiguous() {
        // Row after row onto the results, in parts, for the cache and for threads.
        let memory = columns.memory();
        let width = out.len();
        let worth_threads = x.size() >= PARALLEL;
        let part = if worth_threads { width.div_ceil(8).next_multiple_of(64) } else { width };
        let part = part.min(2048);
        let run = |(number, out): (usize, &mut [T])| {
            let columns = number * part..number * part + out.len();
            let rows = memory.chunks_exact(width).map(|row| &row[columns.clone()]);
            dispatch(OntoEachOther { rows: rows.take(count), start, combine: &combine, out });
        };
        parallel::for_each_if(worth_threads, out.chunks_mut(part).enumerate(), run);
    } else {
        let rows = x.permuted(&kept_first).contiguous();
        let memory = rows.as_slice().expect("contiguous");
        let run = |(out, rows): (&mut [T], &[T])| of_rows(rows, count, out);
        if x.size() >= PARALLEL && out.len() > 1 {
            let rows = (PARALLEL / 4).div_ceil(count);
            parallel::for_each(out.chunks_mut(rows).zip(memory.chunks(rows * count)), run);
        } else {
            run((&mut out, memory));
        }
    }
    Tensor::from_buffer(shape.clone(), out)
}

/// Rows, combined place by place.
struct OntoEachOther<'a, R, T, C> {
    rows: R,
    start: T,
    combine: &'a C,
    out: &'a mut [T],
}

impl<'a, R: Iterator<Item = &'a [T]>, T: Element, C: Fn(T, T) -> T> Loop
    for OntoEachOther<'_, R, T, C>
{
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { rows, start, combine, out } = self;
        out.fill(start);
        for row in rows {
            for (out, &x) in out.iter_mut().zip(row) {
                *out = combine(*out, x);
            }
        }
    }
}

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 17;

/// The largest element; NaN if there is one, −∞ of none.
#[inline(always)]
pub(super) fn largest<T: Primitive>(lane: &[T]) -> T {
    fold(lane, T::neg_infinity(), larger, larger)
}

/// The place of the first of the largest elements; that of the first NaN, if there is one.
pub(crate) fn first_largest<T: Primitive>(lane: &[T]) -> usize {
    place_of(lane, largest(lane))
}

/// The place of the first of the smallest elements; that of the first NaN, if there is one.
pub(crate) fn first_smallest<T: Primitive>(lane: &[T]) -> usize {
    place_of(lane, fold(lane, T::infinity(), smaller, smaller))
}

fn place_of<T: Primitive>(lane: &[T], element: T) -> usize {
    let found = match element.is_nan() {
        true => lane.iter().position(|x| x.is_nan()),
        false => lane.iter().position(|&x| x == element),
    };
    found.expect("one of the elements")
}

/// For each element the product of all others in its lane of `n`.
pub(crate) fn other_factors<T: Primitive>(lanes: &[T], n: usize, out: &mut [T]) {
    lanes.chunks(n).zip(out.chunks_mut(n)).for_each(|(lane, out)| other_factors_of_lane(lane, out));
}

fn other_factors_of_lane<T: Primitive>(lane: &[T], out: &mut [T]) {
    let mut before = T::one();
    for (out, &x) in out.iter_mut().zip(lane) {
        *out = before;
        before = before * x;
    }
    let mut after = T::one();
    for (out, &x) in out.iter_mut().zip(lane).rev() {
        *out = *out * after;
        after = after * x;
    }
}

/// The mean, relative to the first element: that of equal numbers is exactly theirs.
pub(crate) fn mean<T: Primitive>(lane: &[T]) -> T {
    let Some(&first) = lane.first() else { return T::nan() };
    first + sum_by(lane, |x| x - first) / T::nearest(lane.len() as f64)
}

/// max |x|; NaN if there is one, 0 of none.
pub(crate) fn largest_magnitude<T: Primitive>(lane: &[T]) -> T {
    largest_magnitude_by(lane, |x| x)
}

fn largest_magnitude_by<T: Primitive>(lane: &[T], f: impl Fn(T) -> T) -> T {
    fold(lane, T::zero(), |largest, x| larger(largest, f(x).abs()), larger)
}

/// √Σ f(x)²
#[inline]
pub(crate) fn norm_by<T: Primitive>(lane: &[T], f: impl Fn(T) -> T) -> T {
    let plain = sum_by(lane, |x| f(x) * f(x)).sqrt();
    // Where squares overflow or vanish: once more, relative to the largest.
    let (low, high) = (T::min_positive_value().sqrt() / T::epsilon(), T::max_value().sqrt());
    if plain.is_nan() || (low..=high).contains(&plain) {
        return plain;
    }
    let largest = largest_magnitude_by(lane, &f);
    if largest == T::zero() || largest.is_infinite() {
        return largest;
    }
    let relative = |x| f(x) / largest;
    largest * sum_by(lane, |x| relative(x) * relative(x)).sqrt()
}

/// (Σ|x|ᵖ)^(1/p), relative to the largest magnitude.
pub(crate) fn norm_of_order<T: Primitive>(lane: &[T], p: T) -> T {
    let largest = largest_magnitude(lane);
    if largest == T::zero() || !largest.is_finite() {
        return largest;
    }
    largest * sum_by(lane, |x| (x.abs() / largest).powf(p)).powf(p.recip())
}
