//! The elements of a tensor in a device's memory.

use core::any::Any;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use wengert_cuda_kernels::arrays::{View, contiguous};
use wengert_cuda_kernels::launch::Buffer;

use super::work::{gathered, granted, joined};
use super::{Cuda, Device};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::Remote;

pub(super) struct Elements<T: Element> {
    pub(super) buffer: Buffer<T>,
    on_host: OnceLock<Vec<T>>,
}

// (Elements never change; what a panic interrupts is the driver's.)
impl<T: Element> UnwindSafe for Elements<T> {}
impl<T: Element> RefUnwindSafe for Elements<T> {}

impl<T: Element> Elements<T> {
    fn boxed(buffer: Buffer<T>) -> Box<dyn Remote<T>> {
        Box::new(Elements { buffer, on_host: OnceLock::new() })
    }
}

impl<T: Element> Remote<T> for Elements<T> {
    fn len(&self) -> usize {
        self.buffer.len()
    }
    fn device(&self) -> Device {
        Device::Cuda(self.buffer.device().clone())
    }
    fn on_host(&self) -> &[T] {
        self.on_host.get_or_init(|| granted(self.buffer.read()))
    }
    fn known(&self) -> Option<&[T]> {
        self.on_host.get().map(Vec::as_slice)
    }
    fn read(&self, first: usize, len: usize) -> Vec<T> {
        match self.known() {
            Some(all) => all[first..first + len].to_vec(),
            None => granted(self.buffer.read_part(first, len)),
        }
    }
    fn gathered(&self, first: usize, shape: &[usize], strides: &[isize]) -> Box<dyn Remote<T>> {
        Elements::boxed(granted(contiguous(View::new(&self.buffer, first, shape, strides))))
    }
    fn joined(
        &self,
        parts: &[&Tensor<T>],
        axis: usize,
        extents: &[usize],
        shape: &Shape,
    ) -> Tensor<T> {
        let there: Vec<Tensor<T>> = parts.iter().map(|part| part.to(&self.device())).collect();
        let there: Vec<&Tensor<T>> = there.iter().collect();
        joined(self.buffer.device(), &there, axis, extents, shape)
    }
    fn listed(
        &self,
        x: &Tensor<T>,
        axis: usize,
        places: &Tensor<usize>,
        is_of_elements: bool,
        shape: &Shape,
    ) -> Tensor<T> {
        gathered(x, axis, &places.into(), is_of_elements, shape)
    }
}

/// A tensor of a buffer's elements, in row-major order.
pub(crate) fn tensor<T: Element>(shape: &Shape, buffer: Buffer<T>) -> Tensor<T> {
    Tensor::from_remote(shape.clone(), Elements::boxed(buffer))
}

fn elements<T: Element>(x: &Tensor<T>) -> Option<(&Elements<T>, usize)> {
    let (remote, first) = x.remote()?;
    let remote: &dyn Any = remote;
    Some((remote.downcast_ref().expect("the only memory of devices"), first))
}

/// The device that a tensor is on, unless that is the CPU.
pub(crate) fn device_of<T: Element>(x: &Tensor<T>) -> Option<&Cuda> {
    elements(x).map(|(elements, _)| elements.buffer.device())
}

/// A tensor that is on a device, as kernels see it.
pub(crate) fn view<T: Element>(x: &Tensor<T>) -> View<'_, T> {
    let (elements, first) = elements(x).expect("a tensor on a device");
    View::new(&elements.buffer, first, x.shape(), x.strides())
}
