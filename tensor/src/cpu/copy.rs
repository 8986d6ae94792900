//! Moving elements between memory of different layouts.

use smallvec::SmallVec;

use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{Data, scratch};

/// Axes as (extent, stride), neighbours merged where one lies in the other, those of extent 1 left out.
type Layout = SmallVec<[(usize, isize); 4]>;

fn layout(shape: &[usize], strides: &[isize]) -> Layout {
    let mut layout = Layout::new();
    for (&n, &stride) in shape.iter().zip(strides) {
        if n == 1 {
            continue;
        }
        match layout.last_mut() {
            Some((outer, outer_stride)) if *outer_stride == stride * n as isize => {
                *outer *= n;
                *outer_stride = stride;
            }
            _ => layout.push((n, stride)),
        }
    }
    layout
}

/// Calls `f` with the position in memory of each run along the innermost axis, with its length and stride, in row-major
/// order.
fn for_each_run(layout: &Layout, offset: isize, mut f: impl FnMut(isize, usize, isize)) {
    let (&(n, stride), outer) = match layout.split_last() {
        Some(split) => split,
        None => return f(offset, 1, 1),
    };
    if layout.iter().any(|&(n, _)| n == 0) {
        return;
    }
    let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, outer.len());
    let mut position = offset;
    loop {
        f(position, n, stride);
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            let (n, stride) = outer[axis];
            index[axis] += 1;
            position += stride;
            if index[axis] < n {
                break;
            }
            position -= stride * n as isize;
            index[axis] = 0;
        }
    }
}

/// The elements of a tensor in row-major order.
pub(crate) fn gather<T: Data>(source: &Tensor<T>, out: &mut [T]) {
    let (memory, offset) = source.whole_memory();
    let layout = layout(source.shape(), source.strides());
    let mut rest = out;
    for_each_run(&layout, offset as isize, |position, n, stride| {
        let (run, others) = core::mem::take(&mut rest).split_at_mut(n);
        match stride {
            1 => run.copy_from_slice(&memory[position as usize..][..n]),
            0 => run.fill(memory[position as usize]),
            _ => {
                let mut position = position;
                for place in run {
                    *place = memory[position as usize];
                    position += stride;
                }
            }
        }
        rest = others;
    });
}

/// Part of the elements of a tensor, spread over a shape, in row-major order: those from number `start` on.
pub(crate) fn gather_part<T: Data>(source: &Tensor<T>, shape: &Shape, start: usize, out: &mut [T]) {
    let strides = source.strides_over(shape);
    let (memory, offset) = source.whole_memory();
    let rank = shape.rank();
    let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, rank);
    let mut rest = start;
    let mut position = offset as isize;
    for axis in (0..rank).rev() {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
        position += index[axis] as isize * strides[axis];
    }
    let (n, stride) = match rank {
        0 => (1, 0),
        _ => (shape[rank - 1], strides[rank - 1]),
    };
    let mut done = 0;
    while done < out.len() {
        // Short runs, as many as the next axis has: one after the other without looking at the axes before.
        if rank >= 2 && index[rank - 1] == 0 && stride == 0 {
            let step = strides[rank - 2];
            let runs = (shape[rank - 2] - index[rank - 2] - 1).min((out.len() - done) / n);
            for run in out[done..done + runs * n].chunks_exact_mut(n) {
                let element = memory[position as usize];
                run.iter_mut().for_each(|place| *place = element);
                position += step;
            }
            index[rank - 2] += runs;
            done += runs * n;
            if done == out.len() {
                break;
            }
        }
        let at = if rank == 0 { 0 } else { index[rank - 1] };
        let count = (n - at).min(out.len() - done);
        let run = &mut out[done..done + count];
        match stride {
            1 => run.copy_from_slice(&memory[position as usize..][..count]),
            0 => run.fill(memory[position as usize]),
            _ => {
                let mut position = position;
                for place in run {
                    *place = memory[position as usize];
                    position += stride;
                }
            }
        }
        done += count;
        if rank == 0 || done == out.len() {
            continue;
        }
        position -= at as isize * stride;
        index[rank - 1] = 0;
        let mut axis = rank - 1;
        while axis > 0 {
            axis -= 1;
            index[axis] += 1;
            position += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            position -= strides[axis] * shape[axis] as isize;
            index[axis] = 0;
        }
    }
}

/// The elements again and again, from number `start` on.
pub(crate) fn repeat<T: Data>(elements: &[T], start: usize, out: &mut [T]) {
    let (last, first) = elements.split_at(start % elements.len());
    let mut filled = 0;
    for part in [first, last] {
        let n = part.len().min(out.len() - filled);
        out[filled..filled + n].copy_from_slice(&part[..n]);
        filled += n;
    }
    // As much again as is there already.
    while filled < out.len() {
        let n = filled.min(out.len() - filled);
        out.copy_within(..n, filled);
        filled += n;
    }
}

/// Puts the elements of `source` into `out` along `axis`, at `start`, `start + step` …
pub(crate) fn place<T: Data>(
    source: &Tensor<T>,
    out: &mut Tensor<T>,
    axis: usize,
    start: usize,
    step: isize,
) {
    place_by(source, out, axis, start, step, |out, x| *out = x);
}

/// The same, with `put(place, element)` for each of the elements.
pub(crate) fn place_by<T: Data>(
    source: &Tensor<T>,
    out: &mut Tensor<T>,
    axis: usize,
    start: usize,
    step: isize,
    put: impl Fn(&mut T, T),
) {
    if source.size() == 0 {
        return;
    }
    let strides: SmallVec<[isize; 4]> = {
        let view = out.sliced(axis, start, source.shape()[axis], step);
        view.strides().into()
    };
    let offset = start as isize * out.strides()[axis];
    let elements = source.contiguous();
    let elements = elements.as_slice().expect("contiguous");
    let layout = layout(source.shape(), &strides);
    let out = out.as_mut_slice();
    let mut taken = 0;
    for_each_run(&layout, offset, |position, n, stride| {
        let run = &elements[taken..taken + n];
        if stride == 1 {
            for (out, &x) in out[position as usize..][..n].iter_mut().zip(run) {
                put(out, x);
            }
        } else {
            let mut position = position;
            for &x in run {
                put(&mut out[position as usize], x);
                position += stride;
            }
        }
        taken += n;
    });
}

/// Tensors one after the other along an axis. Part k has extent `extents[k]` there, and is broadcast to the
/// others of `shape`, the shape of the result.
pub(crate) fn join<T: Data>(
    parts: &[&Tensor<T>],
    axis: usize,
    extents: &[usize],
    shape: &Shape,
) -> Tensor<T> {
    let mut out = Tensor::from_buffer(shape.clone(), scratch(shape.size()));
    let mut start = 0;
    for (part, &extent) in parts.iter().zip(extents) {
        place(&part.expanded(&shape.with_extent(axis, extent)), &mut out, axis, start, 1);
        start += extent;
    }
    out
}
