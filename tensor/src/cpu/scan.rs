//! Scans: each result from the one before it along an axis.

use super::lanes::extents;
use super::parallel;
use crate::element::Element;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 16;

/// Which end of an axis a scan starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    pub(crate) fn opposite(self) -> Self {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// `out[k] = step(out[k − 1], [x[k] for each x])` along an axis, from `out[−1] = start` on; backwards with k + 1 for
/// k − 1.
pub(crate) fn scan<T: Element, const N: usize>(
    inputs: [&Tensor<T>; N],
    axis: usize,
    direction: Direction,
    start: T,
    step: impl Fn(T, [T; N]) -> T + Sync,
) -> Tensor<T> {
    let shape = inputs[0].shape().clone();
    let (_, n, inner) = extents(&shape, axis);
    let mut out = scratch(shape.size());
    if out.is_empty() {
        return Tensor::from_buffer(shape, out);
    }
    let inputs = inputs.map(Tensor::contiguous);
    let inputs = inputs.each_ref().map(|x| x.as_slice().expect("contiguous"));
    let slab = n * inner;
    // Row number `number` in the direction of the scan.
    let row = |number: usize| match direction {
        Direction::Forward => number,
        Direction::Backward => n - 1 - number,
    };
    let run = |(first, out): (usize, &mut [T])| {
        for (number, out) in out.chunks_mut(slab).enumerate() {
            let inputs = inputs.map(|x| &x[first + number * slab..][..slab]);
            if inner == 1 {
                let mut last = start;
                for k in (0..n).map(row) {
                    last = step(last, inputs.map(|x| x[k]));
                    out[k] = last;
                }
                continue;
            }
            out[row(0) * inner..][..inner].fill(start);
            for k in 0..n {
                let rows = inputs.map(|x| &x[row(k) * inner..][..inner]);
                let before = row(k.saturating_sub(1)) * inner;
                let now = row(k) * inner;
                if before != now {
                    out.copy_within(before..before + inner, now);
                }
                for (column, out) in out[now..now + inner].iter_mut().enumerate() {
                    *out = step(*out, rows.map(|row| row[column]));
                }
            }
        }
    };
    if shape.size() >= PARALLEL {
        let part = slab * (PARALLEL / 4).div_ceil(slab);
        let tasks = out.chunks_mut(part).enumerate().map(|(k, out)| (k * part, out));
        parallel::for_each(tasks, run);
    } else {
        run((0, &mut out));
    }
    Tensor::from_buffer(shape, out)
}
