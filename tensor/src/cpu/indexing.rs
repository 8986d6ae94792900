//! Elements taken from, and added at, places that an array of indices lists. Indices have been checked before.

use super::parallel;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{Data, scratch};

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 16;

/// An array as seen along one axis: blocks, each of `extent` rows of `inner` elements.
struct Rows {
    extent: usize,
    inner: usize,
}

impl Rows {
    fn along(shape: &Shape, axis: usize) -> Self {
        let inner = shape[axis + 1..].iter().product();
        Rows { extent: shape[axis], inner }
    }

    fn with_extent(&self, extent: usize) -> Rows {
        Rows { extent, ..*self }
    }

    /// The elements of one block.
    fn len(&self) -> usize {
        self.extent * self.inner
    }
}

/// Calls `f` for runs of rows of the result that lie in one block, in parallel where that is worth it: with the number
/// of the block, that of the first row in it, and the memory of the rows.
fn for_runs<T: Send>(out: &mut [T], to: &Rows, f: impl Fn(usize, usize, &mut [T]) + Sync + Send) {
    if out.is_empty() {
        return;
    }
    let rows = (PARALLEL / 4).div_ceil(to.inner);
    let worth_threads = out.len() >= PARALLEL;
    let groups = out.chunks_mut(rows * to.inner).enumerate();
    parallel::for_each_if(worth_threads, groups, |(k, mut group): (usize, &mut [T])| {
        let mut row = k * rows;
        while !group.is_empty() {
            let (block, first) = (row / to.extent, row % to.extent);
            let count = (to.extent - first).min(group.len() / to.inner);
            let (run, others) = group.split_at_mut(count * to.inner);
            f(block, first, run);
            group = others;
            row += count;
        }
    });
}

/// The rows of an axis that are listed: `out[…, j, …] = x[…, index[j], …]`
pub(crate) fn select<T: Data>(x: &Tensor<T>, axis: usize, index: &Tensor<usize>) -> Tensor<T> {
    let from = Rows::along(x.shape(), axis);
    let to = from.with_extent(index.size());
    let shape = x.shape().with_extent(axis, to.extent);
    let (x, index) = (x.contiguous(), index.contiguous());
    let (x, index) = (elements(&x), elements(&index));
    let mut out = scratch(shape.size());
    for_runs(&mut out, &to, |block, first, run| {
        let x = &x[block * from.len()..][..from.len()];
        if from.inner == 1 {
            for (out, &place) in run.iter_mut().zip(&index[first..]) {
                *out = x[place];
            }
        } else {
            for (out, &place) in run.chunks_mut(from.inner).zip(&index[first..]) {
                out.copy_from_slice(&x[place * from.inner..][..from.inner]);
            }
        }
    });
    Tensor::from_buffer(shape, out)
}

/// Rows added up where they are listed, on zeros: `out[…, i, …] = Σ x[…, j, …]` over the j with index[j] = i, in
/// ascending order.
pub(crate) fn accumulate<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    index: &Tensor<usize>,
    extent: usize,
) -> Tensor<T> {
    let from = Rows::along(x.shape(), axis);
    let shape = x.shape().with_extent(axis, extent);
    let (x, index) = (x.contiguous(), index.contiguous());
    let (x, index) = (elements(&x), elements(&index));
    let mut out = scratch(shape.size());
    out.fill(T::zero());
    if out.is_empty() || x.is_empty() {
        return Tensor::from_buffer(shape, out);
    }
    // Each task owns some rows of the result, and looks through the list for them.
    let parts = if x.len() < PARALLEL { 1 } else { (from.inner / 4).clamp(1, 8) };
    let rows = extent.div_ceil(parts);
    let blocks = out.chunks_mut(extent * from.inner).enumerate();
    let tasks = blocks.flat_map(|(block, out)| {
        let parts = out.chunks_mut(rows * from.inner).enumerate();
        parts.map(move |(part, out)| (block, part * rows, out))
    });
    let run = |(block, first, out): (usize, usize, &mut [T])| {
        let own = first..first + out.len() / from.inner;
        let x = &x[block * from.len()..][..from.len()];
        if from.inner == 1 {
            let elements = index.iter().zip(x).filter(|(i, _)| own.contains(i));
            return elements.for_each(|(&i, &x)| out[i - first] += x);
        }
        for (&i, x) in index.iter().zip(x.chunks(from.inner)) {
            if own.contains(&i) {
                add_to(&mut out[(i - first) * from.inner..][..from.inner], x);
            }
        }
    };
    parallel::for_each_if(x.len() >= PARALLEL, tasks, run);
    Tensor::from_buffer(shape, out)
}

fn add_to<T: Element>(out: &mut [T], x: &[T]) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out += x;
    }
}

/// The element at the listed place of the axis: `out[…, j, …] = x[…, index[…, j, …], …]`
pub(crate) fn gather<T: Data>(x: &Tensor<T>, axis: usize, index: &Tensor<usize>) -> Tensor<T> {
    let from = Rows::along(x.shape(), axis);
    let to = from.with_extent(index.shape()[axis]);
    let (x, list) = (x.contiguous(), index.contiguous());
    let (x, list) = (elements(&x), elements(&list));
    let mut out = scratch(index.size());
    for_runs(&mut out, &to, |block, first, run| {
        let x = &x[block * from.len()..][..from.len()];
        let list = &list[block * to.len() + first * to.inner..][..run.len()];
        if from.inner == 1 {
            for (out, &place) in run.iter_mut().zip(list) {
                *out = x[place];
            }
        } else {
            for (out, list) in run.chunks_mut(to.inner).zip(list.chunks(to.inner)) {
                for ((i, out), &place) in out.iter_mut().enumerate().zip(list) {
                    *out = x[place * from.inner + i];
                }
            }
        }
    });
    Tensor::from_buffer(index.shape().clone(), out)
}

/// Elements added up at the listed places of the axis, on zeros: `out[…, i, …] = Σ x[…, j, …]` over the j with
/// index[…, j, …] = i, in ascending order.
pub(crate) fn scatter_add<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    index: &Tensor<usize>,
    extent: usize,
) -> Tensor<T> {
    let from = Rows::along(x.shape(), axis);
    let to = from.with_extent(extent);
    let shape = x.shape().with_extent(axis, extent);
    let (x, list) = (x.contiguous(), index.contiguous());
    let (x, list) = (elements(&x), elements(&list));
    let mut out = scratch(shape.size());
    out.fill(T::zero());
    if out.is_empty() || x.is_empty() {
        return Tensor::from_buffer(shape, out);
    }
    let blocks = (PARALLEL / 4).div_ceil(from.len());
    let tasks = out
        .chunks_mut(blocks * to.len())
        .zip(x.chunks(blocks * from.len()).zip(list.chunks(blocks * from.len())));
    parallel::for_each(tasks, |(out, (x, list)): (&mut [T], (&[T], &[usize]))| {
        let sources = x.chunks(from.len()).zip(list.chunks(from.len()));
        for (out, (x, list)) in out.chunks_mut(to.len()).zip(sources) {
            if to.inner == 1 {
                for (&x, &place) in x.iter().zip(list) {
                    out[place] += x;
                }
            } else {
                for (x, list) in x.chunks(to.inner).zip(list.chunks(to.inner)) {
                    for ((i, &x), &place) in x.iter().enumerate().zip(list) {
                        out[place * to.inner + i] += x;
                    }
                }
            }
        }
    });
    Tensor::from_buffer(shape, out)
}

/// For each place of an axis of the given extent, 1 if `index` lists it and 0 if not, and where it does so last.
pub(crate) fn last_listed<T: Element>(
    index: &Tensor<usize>,
    axis: usize,
    extent: usize,
) -> (Tensor<T>, Tensor<usize>) {
    let from = Rows::along(index.shape(), axis);
    let to = from.with_extent(extent);
    let shape = index.shape().with_extent(axis, extent);
    let list = index.contiguous();
    let (mut is_listed, mut last) = (scratch(shape.size()), scratch(shape.size()));
    is_listed.fill(T::zero());
    last.fill(0);
    if list.size() > 0 {
        for (block, list) in elements(&list).chunks(from.len()).enumerate() {
            for (j, list) in list.chunks(from.inner).enumerate() {
                for (i, &place) in list.iter().enumerate() {
                    let place = block * to.len() + place * to.inner + i;
                    is_listed[place] = T::one();
                    last[place] = j;
                }
            }
        }
    }
    (Tensor::from_buffer(shape.clone(), is_listed), Tensor::from_buffer(shape, last))
}

fn elements<T: Data>(x: &Tensor<T>) -> &[T] {
    x.as_slice().expect("contiguous")
}
