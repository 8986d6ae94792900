//! Operations whose inputs are on a device.

use smallvec::SmallVec;

use crate::device::work::device_of;
use crate::device::{Cuda, Device};
use crate::element::Element;
use crate::memory;
use crate::recording::Operation;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The result, on the device: by its kernels, as a view, or by way of the host.
pub(super) fn evaluated<T: Element>(
    operation: &dyn Operation<T>,
    device: &Cuda,
    inputs: &[&Tensor<T>],
    shape: &Shape,
) -> Tensor<T> {
    let place = Device::Cuda(device.clone());
    // (What operations made for themselves may still be on the host.)
    let there: SmallVec<[Tensor<T>; 4]> = inputs.iter().map(|x| x.to(&place)).collect();
    let there: SmallVec<[&Tensor<T>; 4]> = there.iter().collect();
    if let Some(value) = operation.forward_on(device, &there, shape) {
        return value;
    }
    let value = operation.forward(&there, shape);
    if device_of(&value).is_none() {
        memory::note_by_host(operation.name());
    }
    value.to(&place)
}
