//! Reductions: from the elements along axes to one number.

mod extremes;
mod norm;
mod prod;
mod sums;
mod truth;
mod variance;

use smallvec::{SmallVec, smallvec};

use super::{strong_mul, structural};
#[cfg(feature = "cuda")]
use crate::device::Cuda;
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;
use crate::var::Var;

pub(crate) use sums::summed;

/// A function of the elements of a lane, which are those along one axis: what a rule of slices is for scalars.
pub(super) trait Reduction<T: Element>: Copy + 'static {
    const NAME: &'static str;

    /// The function of each lane of `x`; the axis is gone from the result.
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T>;

    /// The same by kernels of the device that `x` is on, if it has some.
    #[cfg(feature = "cuda")]
    fn value_on(&self, _x: &Tensor<T>, _axis: usize, _shape: &Shape) -> Option<Tensor<T>> {
        None
    }

    /// The same composed of operations that have kernels, if there are none for it.
    #[cfg(feature = "cuda")]
    fn composed(&self, _x: Var<T>, _axis: usize) -> Option<Var<T>> {
        None
    }

    /// ∂y/∂x for each element of `x`, where `y` is the result, the axis kept with extent 1.
    fn partials(&self, x: Var<T>, axis: usize, y: Var<T>) -> Var<T>;
}

/// A reduction of each lane along an axis.
struct AlongAxis<R> {
    reduction: R,
    axis: usize,
}

impl<R> AlongAxis<R> {
    #[track_caller]
    fn partials<T: Element>(&self, at: &Arguments<'_, T>) -> Var<T>
    where
        R: Reduction<T>,
    {
        let x = at.inputs[0];
        let kept = x.shape().reduced(&[self.axis], true);
        self.reduction.partials(x, self.axis, at.output.reshape(kept))
    }
}

impl<T: Element, R: Reduction<T>> Operation<T> for AlongAxis<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        self.reduction.value(inputs[0], self.axis)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        self.reduction.value_on(inputs[0], self.axis, shape)
    }
    #[cfg(feature = "cuda")]
    fn composed(&self, inputs: &[Var<T>]) -> Option<Var<T>> {
        self.reduction.composed(inputs[0], self.axis)
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let kept = at.inputs[0].shape().reduced(&[self.axis], true);
        Some(strong_mul(cotangent.reshape(kept), self.partials(at)))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let product = strong_mul(tangents[0]?, self.partials(at));
        Some(summed(product, smallvec![self.axis], false))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(along_axis(self.reduction, members.all(0), self.axis + 1))
    }
}

#[track_caller]
fn along_axis<T: Element, R: Reduction<T>>(reduction: R, x: Var<T>, axis: usize) -> Var<T> {
    let reduced = x.shape().reduced(&[axis], false);
    structural(AlongAxis { reduction, axis }, &[x], reduced)
}

/// The reduction of all elements.
#[track_caller]
pub(super) fn of_all<T: Element>(reduction: impl Reduction<T>, x: Var<T>) -> Var<T> {
    along_axis(reduction, x.reshape([x.shape().size()]), 0)
}

/// The reduction along axes, which are gone then.
#[track_caller]
pub(super) fn over<T: Element, R: Reduction<T>>(reduction: R, x: Var<T>, axes: Axes) -> Var<T> {
    let axes = axes.of(&x.shape(), R::NAME);
    let (lanes, axis) = as_one_axis(x, &axes);
    along_axis(reduction, lanes, axis)
}

/// The reduction along axes, which stay with extent 1.
#[track_caller]
pub(super) fn keep<T: Element, R: Reduction<T>>(reduction: R, x: Var<T>, axes: Axes) -> Var<T> {
    let shape = x.shape();
    let kept = shape.reduced(&axes.of(&shape, R::NAME), true);
    over(reduction, x, axes).reshape(kept)
}

/// The array with several axes made one, and its number. The others keep their order.
#[track_caller]
fn as_one_axis<T: Element>(x: Var<T>, axes: &[usize]) -> (Var<T>, usize) {
    let shape = x.shape();
    let kept: SmallVec<[usize; 4]> =
        (0..shape.rank()).filter(|axis| !axes.contains(axis)).collect();
    let count = axes.iter().map(|&axis| shape[axis]).product();
    let neighbours = axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let place = if neighbours { axes.first().copied().unwrap_or(kept.len()) } else { kept.len() };
    let x = if neighbours { x } else { x.permuted(kept.iter().chain(axes).copied().collect()) };
    let mut merged: SmallVec<[usize; 4]> = kept.iter().map(|&axis| shape[axis]).collect();
    merged.insert(place, count);
    (x.reshape(&merged[..]), place)
}
