//! Arrays put together along an axis.

use smallvec::SmallVec;

use super::structural;
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// Operand k has extent `extents[k]` along the axis, and is broadcast to the other extents of the result.
struct Concat {
    axis: usize,
    extents: SmallVec<[usize; 4]>,
}

impl<T: Element> Operation<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        cpu::copy::join(inputs, self.axis, &self.extents, shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, device: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::joined(device, inputs, self.axis, &self.extents, shape))
    }
    fn vjp(&self, _: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let start = self.extents[..argument].iter().sum();
        Some(cotangent.sliced(self.axis, start, self.extents[argument], 1))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let zero = Var::number(T::zero());
        let tangents: SmallVec<[Var<T>; 4]> = tangents.iter().map(|t| t.unwrap_or(zero)).collect();
        Some(joined(&tangents, self.axis, &self.extents, at.output.shape()))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let parts: SmallVec<[Var<T>; 4]> = (0..members.inputs())
            .map(|part| members.aligned(part, members.shape().rank()))
            .collect();
        Some(joined(&parts, self.axis + 1, &self.extents, members.many(members.shape())))
    }
    fn keeps_zeros(&self, inputs: &[Var<T>], sparse: &dyn Fn(usize) -> bool) -> bool {
        super::are_all(inputs, sparse)
    }
}

#[track_caller]
pub(crate) fn joined<T: Element>(
    parts: &[Var<T>],
    axis: usize,
    extents: &[usize],
    shape: Shape,
) -> Var<T> {
    structural(Concat { axis, extents: SmallVec::from_slice(extents) }, parts, shape)
}
