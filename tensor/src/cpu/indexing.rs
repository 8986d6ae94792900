//! Elements taken from, and added at, places that an array of indices lists. Indices have been checked before.

use super::parallel;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{Data, scratch};

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 16;

/// An array as seen along one axis: `outer` blocks, each of `extent` rows of `inner` elements.
struct Rows {
    outer: usize,
    extent: usize,
    inner: usize,
}

impl Rows {
    fn along(shape: &Shape, axis: usize) -> Self {
        let outer = shape[..axis].iter().product();
        let inner = shape[axis + 1..].iter().product();
        Rows { outer, extent: shape[axis], inner }
    }

    fn with_extent(&self, extent: usize) -> Rows {
        Rows { extent, ..*self }
    }
}

fn with_extent(shape: &Shape, axis: usize, extent: usize) -> Shape {
    crate::arrange::with_extent(shape, axis, extent)
}

/// Calls `f` with the number of the first row and the memory of each of some groups of rows, in parallel where that is
/// worth it.
fn for_rows<T: Send>(out: &mut [T], inner: usize, f: impl Fn(usize, &mut [T]) + Sync + Send) {
    if out.is_empty() {
        return;
    }
    let rows = (PARALLEL / 4).div_ceil(inner);
    let groups = out.chunks_mut(rows * inner).enumerate().map(|(k, group)| (k * rows, group));
    parallel::for_each(groups.collect(), |(first, group)| f(first, group));
}

/// The rows of an axis that are listed: `out[…, j, …] = x[…, index[j], …]`
pub(crate) fn select<T: Data>(x: &Tensor<T>, axis: usize, index: &Tensor<usize>) -> Tensor<T> {
    let from = Rows::along(x.shape(), axis);
    let shape = with_extent(x.shape(), axis, index.size());
    let (x, index) = (x.contiguous(), index.contiguous());
    let (x, index) = (elements(&x), elements(&index));
    let mut out = scratch(shape.size());
    for_rows(&mut out, from.inner, |first, group| {
        for (row, out) in (first..).zip(group.chunks_mut(from.inner)) {
            let (block, j) = (row / index.len(), row % index.len());
            let start = (block * from.extent + index[j]) * from.inner;
            out.copy_from_slice(&x[start..start + from.inner]);
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
    let shape = with_extent(x.shape(), axis, extent);
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
    let mut tasks = Vec::new();
    for (block, out) in out.chunks_mut(extent * from.inner).enumerate() {
        for (part, out) in out.chunks_mut(rows * from.inner).enumerate() {
            tasks.push((block, part * rows, out));
        }
    }
    let run = |(block, first, out): (usize, usize, &mut [T])| {
        let own = first..first + out.len() / from.inner;
        let x = &x[block * from.extent * from.inner..][..from.extent * from.inner];
        for (&i, x) in index.iter().zip(x.chunks(from.inner)) {
            if own.contains(&i) {
                add_to(&mut out[(i - first) * from.inner..][..from.inner], x);
            }
        }
    };
    if x.len() < PARALLEL {
        tasks.into_iter().for_each(run);
    } else {
        parallel::for_each(tasks, run);
    }
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
    for_rows(&mut out, to.inner, |first, group| {
        for (row, out) in (first..).zip(group.chunks_mut(to.inner)) {
            let block = row / to.extent * from.extent * from.inner;
            let list = &list[row * to.inner..][..to.inner];
            for ((i, out), &place) in out.iter_mut().enumerate().zip(list) {
                *out = x[block + place * from.inner + i];
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
    let shape = with_extent(x.shape(), axis, extent);
    let (x, list) = (x.contiguous(), index.contiguous());
    let (x, list) = (elements(&x), elements(&list));
    let mut out = scratch(shape.size());
    out.fill(T::zero());
    if out.is_empty() || x.is_empty() {
        return Tensor::from_buffer(shape, out);
    }
    let block = from.extent * from.inner;
    let blocks = (PARALLEL / 4).div_ceil(block).min(to.outer);
    let tasks = out
        .chunks_mut(blocks * to.extent * to.inner)
        .zip(x.chunks(blocks * block).zip(list.chunks(blocks * block)))
        .collect();
    parallel::for_each(tasks, |(out, (x, list)): (&mut [T], (&[T], &[usize]))| {
        let sources = x.chunks(block).zip(list.chunks(block));
        for (out, (x, list)) in out.chunks_mut(to.extent * to.inner).zip(sources) {
            for (x, list) in x.chunks(from.inner).zip(list.chunks(from.inner)) {
                for (i, (&x, &place)) in x.iter().zip(list).enumerate() {
                    out[place * to.inner + i] += x;
                }
            }
        }
    });
    Tensor::from_buffer(shape, out)
}

/// For each place of an axis of the given extent, whether `index` lists it, and where it does so last.
pub(crate) fn last_listed(
    index: &Tensor<usize>,
    axis: usize,
    extent: usize,
) -> (Tensor<bool>, Tensor<usize>) {
    let from = Rows::along(index.shape(), axis);
    let shape = with_extent(index.shape(), axis, extent);
    let list = index.contiguous();
    let (mut is_listed, mut last) = (scratch(shape.size()), scratch(shape.size()));
    is_listed.fill(false);
    last.fill(0);
    for (row, list) in elements(&list).chunks(from.inner.max(1)).enumerate() {
        let (block, j) = (row / from.extent, row % from.extent);
        for (i, &place) in list.iter().enumerate() {
            let place = (block * extent + place) * from.inner + i;
            is_listed[place] = true;
            last[place] = j;
        }
    }
    (Tensor::from_buffer(shape.clone(), is_listed), Tensor::from_buffer(shape, last))
}

fn elements<T: Data>(x: &Tensor<T>) -> &[T] {
    x.as_slice().expect("contiguous")
}
