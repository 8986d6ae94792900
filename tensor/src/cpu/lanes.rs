//! Functions of lanes: of the elements along one axis, handed out as slices.
//!
//! An array is seen as `outer` slabs of `n` rows of `inner` elements, and a lane runs down a column of a slab. If
//! `inner` is 1, lanes lie in memory; otherwise some columns at a time are copied out, so that each cache line is
//! fetched once.

use smallvec::SmallVec;

use super::parallel;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{Data, recycle, scratch};

/// Below this much work, threads cost more than they give: to wake one takes as long as 100 000 comparisons.
const PARALLEL: usize = 1 << 17;
/// The work of functions with exponentials or the like on one element; that of a comparison or a sum is 1.
pub(crate) const EXPONENTIALS: usize = 8;
/// How many columns are copied out together: a cache line or two.
const TILE: usize = 16;

/// (outer, n, inner)
pub(super) fn extents(shape: &Shape, axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}

/// How many rows are copied together, so that one lane after the other is written, and what is read stays in the cache.
const ROWS: usize = 8;

/// Columns `first..first + width` of a slab, one after the other.
fn copy_out<T: Data>(slab: &[T], inner: usize, first: usize, width: usize, lanes: &mut [T]) {
    let n = lanes.len() / width;
    for (start, rows) in (0..n).step_by(ROWS).zip(slab.chunks(ROWS * inner)) {
        for column in 0..width {
            let part = &mut lanes[column * n + start..(column + 1) * n];
            for (x, row) in part.iter_mut().zip(rows.chunks(inner)) {
                *x = row[first + column];
            }
        }
    }
}

/// Lanes as columns `first..first + width` of a slab.
fn copy_back<T: Data>(lanes: &[T], slab: &mut [T], inner: usize, first: usize, width: usize) {
    let n = lanes.len() / width;
    for (start, rows) in (0..n).step_by(ROWS).zip(slab.chunks_mut(ROWS * inner)) {
        for column in 0..width {
            let part = &lanes[column * n + start..(column + 1) * n];
            for (x, row) in part.iter().zip(rows.chunks_mut(inner)) {
                row[first + column] = *x;
            }
        }
    }
}

/// One number for each lane, where `work` is that on one element; the axis is gone from the result.
pub(crate) fn reduce<T: Data, U: Data>(
    x: &Tensor<T>,
    axis: usize,
    work: usize,
    f: impl Fn(&[T]) -> U + Sync,
) -> Tensor<U> {
    reduce_together(x, axis, work, |lanes, n, out| {
        for (number, out) in out.iter_mut().enumerate() {
            *out = f(&lanes[number * n..][..n]);
        }
    })
}

/// The same by a function of some lanes, which is given them, their length, and the place of their results.
pub(crate) fn reduce_together<T: Data, U: Data>(
    x: &Tensor<T>,
    axis: usize,
    work: usize,
    f: impl Fn(&[T], usize, &mut [U]) + Sync,
) -> Tensor<U> {
    // Lanes of a transposed array may lie in memory already.
    let last: SmallVec<[usize; 4]> = (0..x.rank()).filter(|&k| k != axis).chain([axis]).collect();
    let rows = x.permuted(&last);
    let (x, axis) =
        if rows.is_contiguous() { (rows, last.len() - 1) } else { (x.contiguous(), axis) };
    let (_, n, inner) = extents(x.shape(), axis);
    let shape = x.shape().reduced(&[axis], false);
    let mut out = scratch(shape.size());
    if x.size() == 0 {
        f(&[], 0, &mut out);
        return Tensor::from_buffer(shape, out);
    }
    let memory = x.as_slice().expect("contiguous");
    let parallel = memory.len() * work >= PARALLEL && out.len() > 1;
    if inner == 1 {
        let run = |(out, lanes): (&mut [U], &[T])| f(lanes, n, out);
        let rows = if parallel { (PARALLEL / 4).div_ceil(work * n) } else { out.len() };
        parallel::for_each(out.chunks_mut(rows).zip(memory.chunks(rows * n)), run);
    } else {
        let slabs = out.chunks_mut(inner).zip(memory.chunks(n * inner));
        let tiles = slabs.flat_map(|(out, slab)| {
            out.chunks_mut(TILE).enumerate().map(move |(k, out)| (k * TILE, out, slab))
        });
        let run = |(first, out, slab): (usize, &mut [U], &[T])| {
            let mut lanes = scratch(n * out.len());
            copy_out(slab, inner, first, out.len(), &mut lanes);
            f(&lanes, n, out);
            recycle(lanes);
        };
        parallel::for_each_if(parallel, tiles, run);
    }
    Tensor::from_buffer(shape, out)
}

/// A lane for each lane, of the same length. The function is given some lanes, their length, and the place of their results.
pub(crate) fn map<T: Data>(
    x: &Tensor<T>,
    axis: usize,
    f: impl Fn(&[T], usize, &mut [T]) + Sync,
) -> Tensor<T> {
    let x = x.contiguous();
    let (_, n, inner) = extents(x.shape(), axis);
    let mut out = scratch(x.size());
    if out.is_empty() {
        return Tensor::from_buffer(x.shape().clone(), out);
    }
    let memory = x.as_slice().expect("contiguous");
    let run = |(out, slab): (&mut [T], &[T])| {
        if inner == 1 {
            return f(slab, n, out);
        }
        let [mut lanes, mut results] = [(); 2].map(|()| scratch(n * TILE.min(inner)));
        for first in (0..inner).step_by(TILE) {
            let width = TILE.min(inner - first);
            let (lanes, results) = (&mut lanes[..n * width], &mut results[..n * width]);
            copy_out(slab, inner, first, width, lanes);
            f(lanes, n, results);
            copy_back(results, out, inner, first, width);
        }
        recycle(lanes);
        recycle(results);
    };
    let slab = n * inner;
    let part = if inner == 1 { slab * (PARALLEL / 4).div_ceil(EXPONENTIALS * slab) } else { slab };
    let tasks = out.chunks_mut(part).zip(memory.chunks(part));
    parallel::for_each_if(memory.len() * EXPONENTIALS >= PARALLEL, tasks, run);
    Tensor::from_buffer(x.shape().clone(), out)
}
