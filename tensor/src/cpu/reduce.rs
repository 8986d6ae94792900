//! Sums and extremes along axes, in an order that does not depend on the number of threads.

use smallvec::SmallVec;

use super::dispatch::{Loop, dispatch};
use super::parallel;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Sums are taken over blocks of this many elements, 4 KB, and then over the blocks. (The same blocks that elementwise
/// operations are evaluated by.)
pub(crate) const fn block_len<T>() -> usize {
    4096 / size_of::<T>()
}

/// Σ of a slice, in interleaved parts, so that it vectorises.
pub(crate) fn sum_of_slice<T: Element>(x: &[T]) -> T {
    struct Body<'a, T>(&'a [T], &'a mut T);
    impl<T: Element> Loop for Body<'_, T> {
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            *self.1 = sum_in_parts(self.0);
        }
    }
    let mut sum = T::zero();
    dispatch(Body(x, &mut sum));
    sum
}

#[inline(always)]
fn sum_in_parts<T: Element>(x: &[T]) -> T {
    const LANES: usize = 32;
    let mut parts = [T::zero(); LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (part, &x) in parts.iter_mut().zip(chunk) {
            *part += x;
        }
    }
    for (part, &x) in parts.iter_mut().zip(rest) {
        *part += x;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            parts[lane] = parts[lane] + parts[lane + width];
        }
        width /= 2;
    }
    parts[0]
}

/// Σ pair by pair, so that rounding errors grow with the logarithm of the number of terms.
pub(crate) fn pairwise<T: Element>(terms: &[T]) -> T {
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
    reduce(
        x,
        axes,
        shape,
        T::zero(),
        |a, b| a + b,
        |run| {
            let blocks: SmallVec<[T; 8]> = run.chunks(block_len::<T>()).map(sum_of_slice).collect();
            pairwise(&blocks)
        },
    )
}

/// The largest elements along the given axes; NaN if there is one.
pub(crate) fn max<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    let larger = |a: T, b: T| if a > b || a != a { a } else { b };
    reduce(x, axes, shape, T::neg_infinity(), larger, |run| {
        run.iter().fold(T::neg_infinity(), |a, &b| larger(a, b))
    })
}

/// The product along the given axes.
pub(crate) fn prod<T: Element>(x: &Tensor<T>, axes: &[usize], shape: &Shape) -> Tensor<T> {
    reduce(x, axes, shape, T::one(), |a, b| a * b, |run| run.iter().fold(T::one(), |a, &b| a * b))
}

/// Moves the reduced axes to one side and combines, along rows or down columns, whichever needs no copy.
fn reduce<T: Element>(
    x: &Tensor<T>,
    axes: &[usize],
    shape: &Shape,
    start: T,
    combine: impl Fn(T, T) -> T + Sync,
    of_run: impl Fn(&[T]) -> T + Sync,
) -> Tensor<T> {
    let kept: SmallVec<[usize; 4]> = (0..x.rank()).filter(|axis| !axes.contains(axis)).collect();
    let count: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let mut out = scratch(shape.size());
    if x.size() == 0 {
        out.fill(start);
        return Tensor::from_buffer(shape.clone(), out);
    }
    let kept_first: SmallVec<[usize; 4]> = kept.iter().chain(axes).copied().collect();
    let axes_first: SmallVec<[usize; 4]> = axes.iter().chain(&kept).copied().collect();
    let columns = x.permuted(&axes_first);
    if !kept.is_empty() && axes_first != kept_first && columns.is_contiguous() {
        // Row after row onto the results; long results in parts, for the cache and for threads.
        let memory = columns.memory();
        let width = out.len();
        const PART: usize = 2048;
        let parts: Vec<(usize, &mut [T])> =
            out.chunks_mut(PART).enumerate().map(|(k, part)| (k * PART, part)).collect();
        let run = |(first, part): (usize, &mut [T])| {
            part.fill(start);
            for row in 0..count {
                let row = &memory[row * width + first..][..part.len()];
                for (out, &x) in part.iter_mut().zip(row) {
                    *out = combine(*out, x);
                }
            }
        };
        if x.size() >= PARALLEL {
            parallel::for_each(parts, run);
        } else {
            parts.into_iter().for_each(run);
        }
    } else {
        let rows = x.permuted(&kept_first).contiguous();
        let memory = rows.as_slice().expect("contiguous");
        let run = |(out, row): (&mut [T], &[T])| {
            for (out, row) in out.iter_mut().zip(row.chunks(count)) {
                *out = of_run(row);
            }
        };
        if x.size() >= PARALLEL && out.len() > 1 {
            let rows = (PARALLEL / 4).div_ceil(count);
            let tasks = out.chunks_mut(rows).zip(memory.chunks(rows * count)).collect();
            parallel::for_each(tasks, run);
        } else {
            run((&mut out, memory));
        }
    }
    Tensor::from_buffer(shape.clone(), out)
}

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 16;
