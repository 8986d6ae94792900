//! Operations whose inputs are on a device.

use smallvec::SmallVec;

use super::Keep;
use crate::device::work::{device_of, on_behalf_of};
use crate::device::{Cuda, Device};
use crate::element::Element;
use crate::memory;
use crate::recording::{self, Operation};
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The result, on the device: by its kernels, composed of operations that have some, as a view, or by way of the host.
pub(super) fn evaluated<T: Element>(
    operation: &dyn Operation<T>,
    device: &Cuda,
    inputs: &[&Tensor<T>],
    shape: &Shape,
) -> Tensor<T> {
    let place = Device::Cuda(device.clone());
    // (What operations made for themselves may still be on the host.)
    let moved: SmallVec<[Option<Tensor<T>>; 4]> =
        inputs.iter().map(|x| (device_of(x) != Some(device)).then(|| x.to(&place))).collect();
    let there = inputs.iter().zip(&moved).map(|(&x, moved)| moved.as_ref().unwrap_or(x));
    let there: SmallVec<[&Tensor<T>; 4]> = there.collect();
    let forward = || operation.forward_on(device, &there, shape);
    if let Some(value) = on_behalf_of(operation.name(), forward) {
        return value;
    }
    if let Some(value) = composed(operation, &there) {
        return value;
    }
    let value = operation.forward(&there, shape);
    if device_of(&value).is_none() {
        memory::note_by_host(operation.name());
    }
    value.to(&place)
}

fn composed<T: Element>(operation: &dyn Operation<T>, inputs: &[&Tensor<T>]) -> Option<Tensor<T>> {
    let tape = Tape::new();
    // (Constants of the composition belong there, also while a sweep works in another recording.)
    recording::within::<T, _>(tape.number(), || {
        let inputs: SmallVec<[Var<T>; 4]> = inputs.iter().map(|x| tape.var(x)).collect();
        let result = operation.composed(&inputs)?;
        super::values(&[result], Keep::Roots).pop()
    })
}
