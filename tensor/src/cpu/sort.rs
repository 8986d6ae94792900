//! The order of elements along an axis. NaNs are larger than all numbers.

use core::cmp::Ordering;

use smallvec::SmallVec;

use super::parallel;
use crate::tensor::Tensor;
use crate::tensor::data::{Data, scratch};

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 14;

#[allow(clippy::eq_op)] // Only a NaN differs from itself.
fn ascending<T: Data>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| (a != a).cmp(&(b != b)))
}

/// The permutation that sorts along an axis, ascending; equal elements stay in order.
pub(crate) fn argsort<T: Data>(x: &Tensor<T>, axis: usize) -> Tensor<usize> {
    along(x, axis, x.shape()[axis], |row, order| {
        for (place, i) in order.iter_mut().zip(0..) {
            *place = i;
        }
        order.sort_by(|&a, &b| ascending(row[a], row[b]));
    })
}

/// The places of the k largest elements along an axis, the largest first; of equal ones, the first ones first.
pub(crate) fn argtop<T: Data>(x: &Tensor<T>, axis: usize, k: usize) -> Tensor<usize> {
    along(x, axis, k, |row, largest| {
        let descending = |a: &usize, b: &usize| ascending(row[*b], row[*a]).then_with(|| a.cmp(b));
        let mut order: Vec<usize> = (0..row.len()).collect();
        if k < order.len() {
            order.select_nth_unstable_by(k, descending);
        }
        order.truncate(k);
        order.sort_unstable_by(descending);
        largest.copy_from_slice(&order);
    })
}

/// A list of `k` places for each row along an axis, which becomes the extent of this axis.
fn along<T: Data>(
    x: &Tensor<T>,
    axis: usize,
    k: usize,
    list: impl Fn(&[T], &mut [usize]) + Sync + Send,
) -> Tensor<usize> {
    let rank = x.rank();
    let last: SmallVec<[usize; 4]> = (0..rank).filter(|&a| a != axis).chain([axis]).collect();
    let rows = x.permuted(&last).contiguous();
    let n = x.shape()[axis];
    let shape = rows.shape().with_extent(rank - 1, k);
    let mut out = scratch(shape.size());
    if !out.is_empty() {
        let elements = rows.as_slice().expect("contiguous");
        let group = PARALLEL.div_ceil(n);
        let tasks = out.chunks_mut(group * k).zip(elements.chunks(group * n));
        parallel::for_each(tasks, |(out, elements): (&mut [usize], &[T])| {
            for (out, row) in out.chunks_mut(k).zip(elements.chunks(n)) {
                list(row, out);
            }
        });
    }
    Tensor::from_buffer(shape, out).move_axis(-1, axis as isize)
}
