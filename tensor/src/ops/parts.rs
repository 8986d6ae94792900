//! Parts of arrays along an axis, and parts put in their places among zeros: each the transpose of the other.

use smallvec::SmallVec;

use super::structural;
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation, Part};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;
use crate::var::Var;

struct Slice {
    part: Part,
    count: usize,
}

impl<T: Element> Operation<T> for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[0].sliced(self.part.axis, self.part.start, self.count, self.part.step)
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(placed(&[cotangent], &[self.part], at.inputs[0].shape()))
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let Part { axis, start, step } = self.part;
        tangents[0].map(|tangent| tangent.sliced(axis, start, self.count, step))
    }
    fn part(&self) -> Option<Part> {
        Some(self.part)
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let Part { axis, start, step } = self.part;
        Some(members.all(0).sliced(axis + 1, start, self.count, step))
    }
    fn keeps_zeros(&self, _: &[Var<T>], _: &dyn Fn(usize) -> bool) -> bool {
        true
    }
}

/// Operands put in their places among zeros, and added up where they overlap.
struct Place(SmallVec<[Part; 1]>);

impl<T: Element> Operation<T> for Place {
    fn name(&self) -> &'static str {
        "place"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let mut out = scratch::<T>(shape.size());
        out.fill(T::zero());
        let mut out = Tensor::from_buffer(shape.clone(), out);
        for (x, &Part { axis, start, step }) in inputs.iter().zip(&self.0) {
            cpu::copy::place_by(x, &mut out, axis, start, step, |sum, x| *sum += x);
        }
        out
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, device: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        let parts = inputs.iter().zip(&self.0);
        let parts = parts.map(|(x, part)| (*x, part.axis, part.start, part.step));
        Some(work::placed(device, shape, parts))
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let Part { axis, start, step } = self.0[argument];
        let count = at.inputs[argument].shape()[axis];
        Some(cotangent.sliced(axis, start, count, step))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (tangents, parts): (Vec<Var<T>>, Vec<Part>) =
            tangents.iter().zip(&self.0).filter_map(|(t, part)| Some(((*t)?, *part))).unzip();
        Some(placed(&tangents, &parts, at.output.shape()))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let behind = |part: &Part| Part { axis: part.axis + 1, ..*part };
        Some(members.stacked(Place(self.0.iter().map(behind).collect())))
    }
    fn keeps_zeros(&self, inputs: &[Var<T>], sparse: &dyn Fn(usize) -> bool) -> bool {
        super::are_all(inputs, sparse)
    }
}

/// Arrays put in their places in one of the given shape, among zeros; added up where they overlap.
#[track_caller]
pub(crate) fn placed<T: Element>(arrays: &[Var<T>], parts: &[Part], shape: Shape) -> Var<T> {
    structural(Place(SmallVec::from_slice(parts)), arrays, shape)
}

impl<T: Element> Var<T> {
    /// `count` elements along an axis, from `start` in steps of `step`.
    #[track_caller]
    pub(crate) fn sliced(self, axis: usize, start: usize, count: usize, step: isize) -> Self {
        let to = self.shape().with_extent(axis, count);
        structural(Slice { part: Part { axis, start, step }, count }, &[self], to)
    }

    /// The transpose of [`Var::sliced`] from an axis of the given extent.
    #[track_caller]
    pub(crate) fn placed(self, axis: usize, start: usize, step: isize, extent: usize) -> Self {
        let to = self.shape().with_extent(axis, extent);
        placed(&[self], &[Part { axis, start, step }], to)
    }
}
