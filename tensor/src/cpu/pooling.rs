//! Windows on planes, each on its own: their largest elements, and their sums.

use super::parallel;
use super::windows::Windows;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{recycle, scratch};

/// Below this many elements, threads cost more than they give.
const PARALLEL: usize = 1 << 16;

/// For each window of planes […, H, W], the tap on the largest element: the first of several, and on the first NaN if
/// there is one. (Taps are neighbours: no dilation.)
pub(crate) fn winners<T: Element>(windows: Windows, x: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (plane, places) = (extents(x.shape()), extents(shape));
    by_planes([x], shape, |[x], winners| {
        let mut largest = scratch(winners.len());
        // (No tap has this number; each place is covered by one that has a better one.)
        winners.fill(-T::one());
        windows.for_each_cover(plane, places, 0..places[0], |cover| {
            let tap = T::nearest(cover.tap as f64);
            cover.for_each_row(places[1], |place, element| {
                let places = place..place + cover.len;
                let (winners, largest) = (&mut winners[places.clone()], &mut largest[places]);
                match cover.step {
                    1 => challenge(tap, &x[element..], 1, winners, largest),
                    2 => challenge(tap, &x[element..], 2, winners, largest),
                    step => challenge(tap, &x[element..], step, winners, largest),
                }
            });
        });
        recycle(largest);
    })
}

/// A tap, and the elements that it covers, in the place of the largest so far and the taps on them, where they are larger.
// (Inlined, so that loops for common steps are vectorised.)
#[inline(always)]
fn challenge<T: Element>(tap: T, x: &[T], step: usize, winners: &mut [T], largest: &mut [T]) {
    let n = winners.len();
    let (x, largest) = (&x[..(n - 1) * step + 1], &mut largest[..n]);
    for i in 0..n {
        let (x, winner, most) = (x[i * step], winners[i], largest[i]);
        // (Without short circuits: what wins is hard to predict. A NaN is not less than anything, and stays.)
        let loses = (winner >= T::zero()) & ((x <= most) | most.is_nan());
        winners[i] = if loses { winner } else { tap };
        largest[i] = if loses { most } else { x };
    }
}

/// The element under the given tap of each window.
pub(crate) fn pick<T: Element>(
    windows: Windows,
    x: &Tensor<T>,
    taps: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let (plane, places) = (extents(x.shape()), extents(shape));
    by_planes([x, taps], shape, |[x, taps], out| {
        for_each_picked(windows, plane, places, taps, |place, element| out[place] = x[element]);
    })
}

/// The transpose of [`pick`]: for each element, the sum of what it was picked for.
pub(crate) fn put<T: Element>(
    windows: Windows,
    y: &Tensor<T>,
    taps: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let (plane, places) = (extents(shape), extents(y.shape()));
    by_planes([y, taps], shape, |[y, taps], out| {
        out.fill(T::zero());
        for_each_picked(windows, plane, places, taps, |place, element| out[element] += y[place]);
    })
}

/// Σ over each window.
pub(crate) fn sums<T: Element>(windows: Windows, x: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (plane, places) = (extents(x.shape()), extents(shape));
    by_planes([x], shape, |[x], out| {
        out.fill(T::zero());
        windows.for_each_cover(plane, places, 0..places[0], |cover| {
            cover.for_each(places[1], out, x, |out, x| {
                out.iter_mut().zip(x.iter().step_by(cover.step)).for_each(|(out, &x)| *out += x);
            });
        });
    })
}

/// The transpose of [`sums`]: for each element, the sum of the windows that cover it.
pub(crate) fn spread<T: Element>(windows: Windows, y: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (plane, places) = (extents(shape), extents(y.shape()));
    by_planes([y], shape, |[y], out| {
        out.fill(T::zero());
        windows.for_each_cover(plane, places, 0..places[0], |cover| {
            cover.for_each_row(places[1], |place, element| {
                let elements = out[element..].iter_mut().step_by(cover.step);
                let y = &y[place..place + cover.len];
                elements.zip(y).for_each(|(out, &y)| *out += y);
            });
        });
    })
}

/// The last two extents.
fn extents(shape: &Shape) -> [usize; 2] {
    let rank = shape.rank();
    [shape[rank - 2], shape[rank - 1]]
}

/// Calls `f` with each place of windows, and the element under the tap chosen there.
fn for_each_picked<T: Element>(
    windows: Windows,
    plane: [usize; 2],
    places: [usize; 2],
    taps: &[T],
    mut f: impl FnMut(usize, usize),
) {
    let first = windows.first_elements(plane);
    for (row, taps) in taps.chunks(places[1]).enumerate() {
        for (column, tap) in taps.iter().enumerate() {
            let corner = row * windows.stride[0] * plane[1] + column * windows.stride[1];
            let element = corner as isize + first[tap.widen() as usize];
            f(row * places[1] + column, element as usize);
        }
    }
}

/// Fills the planes of a result, each from those of the inputs in the same place. (Planes have elements.)
fn by_planes<T: Element, const A: usize>(
    inputs: [&Tensor<T>; A],
    shape: &Shape,
    f: impl Fn([&[T]; A], &mut [T]) + Sync,
) -> Tensor<T> {
    let mut out = scratch(shape.size());
    if out.is_empty() {
        return Tensor::from_buffer(shape.clone(), out);
    }
    let area = |shape: &Shape| extents(shape).iter().product::<usize>();
    let sizes = inputs.map(|x| area(x.shape()));
    let inputs = inputs.map(Tensor::contiguous);
    let largest = sizes[0].max(area(shape));
    let planes = out.len() / area(shape);
    let some = if planes * largest < PARALLEL { planes } else { (PARALLEL / 4).div_ceil(largest) };
    let tasks = out.chunks_mut(some * area(shape)).enumerate();
    parallel::for_each(tasks, |(task, out): (usize, &mut [T])| {
        for (k, out) in out.chunks_mut(area(shape)).enumerate() {
            let plane = task * some + k;
            let input = |a: usize| {
                let memory = inputs[a].as_slice().expect("contiguous");
                &memory[plane * sizes[a]..][..sizes[a]]
            };
            f(core::array::from_fn(input), out);
        }
    });
    Tensor::from_buffer(shape.clone(), out)
}
