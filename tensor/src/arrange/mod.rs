//! Rearrangements that recorded arrays and plain tensors share, stated once for both.

mod axes;
mod diagonals;
mod indexing;
mod joins;
mod slices;

pub(crate) use diagonals::{diagonal_of, matrices};
pub(crate) use indexing::{elementwise_places, flat_places, listed_places};
pub use slices::{Place, Places, Slice};

use smallvec::SmallVec;

use crate::cpu;
use crate::element::Element;
use crate::ops;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::Data;
use crate::var::Var;

/// What the rearrangements are composed of.
pub trait Arrange: Clone {
    fn extents(&self) -> Shape;
    #[track_caller]
    fn reshaped(&self, shape: Shape) -> Self;
    #[track_caller]
    fn reordered(&self, order: &[usize]) -> Self;
    #[track_caller]
    fn repeated(&self, shape: &Shape) -> Self;
    /// `count` places along an axis, from `start` in steps of `step`, which must be there.
    #[track_caller]
    fn part(&self, axis: usize, start: usize, count: usize, step: isize) -> Self;
    /// The parts one after the other along an axis of the result, whose shape is given. Part k has extent
    /// `extents[k]` there, and is broadcast to the others.
    #[track_caller]
    fn joined(parts: &[Self], axis: usize, extents: &[usize], shape: Shape) -> Self;
    /// The places of an axis that are listed.
    #[track_caller]
    fn selected(&self, axis: usize, places: &Tensor<usize>) -> Self;
    /// The element at another place of its axis for each place listed, in the shape of the list.
    #[track_caller]
    fn gathered(&self, axis: usize, places: &Tensor<usize>) -> Self;
}

impl<T: Element> Arrange for Var<T> {
    fn extents(&self) -> Shape {
        self.shape()
    }
    fn reshaped(&self, shape: Shape) -> Self {
        self.reshape(shape)
    }
    fn reordered(&self, order: &[usize]) -> Self {
        if order.is_sorted() { *self } else { self.permuted(SmallVec::from_slice(order)) }
    }
    fn repeated(&self, shape: &Shape) -> Self {
        ops::expand_to(*self, shape)
    }
    fn part(&self, axis: usize, start: usize, count: usize, step: isize) -> Self {
        let is_all = step == 1 && count == self.shape()[axis];
        if is_all { *self } else { self.sliced(axis, start, count, step) }
    }
    fn joined(parts: &[Self], axis: usize, extents: &[usize], shape: Shape) -> Self {
        ops::joined(parts, axis, extents, shape)
    }
    fn selected(&self, axis: usize, places: &Tensor<usize>) -> Self {
        ops::selected(*self, axis, places)
    }
    fn gathered(&self, axis: usize, places: &Tensor<usize>) -> Self {
        ops::gathered(*self, axis, places)
    }
}

impl<T: Data> Arrange for Tensor<T> {
    fn extents(&self) -> Shape {
        self.shape().clone()
    }
    fn reshaped(&self, shape: Shape) -> Self {
        self.reshape(shape)
    }
    fn reordered(&self, order: &[usize]) -> Self {
        self.permuted(order)
    }
    fn repeated(&self, shape: &Shape) -> Self {
        self.expanded(shape)
    }
    fn part(&self, axis: usize, start: usize, count: usize, step: isize) -> Self {
        self.sliced(axis, start, count, step)
    }
    fn joined(parts: &[Self], axis: usize, extents: &[usize], shape: Shape) -> Self {
        let parts: SmallVec<[&Self; 4]> = parts.iter().collect();
        #[cfg(feature = "cuda")]
        if let Some((there, _)) = parts.iter().find_map(|part| part.remote()) {
            return there.joined(&parts, axis, extents, &shape);
        }
        cpu::copy::join(&parts, axis, extents, &shape)
    }
    fn selected(&self, axis: usize, places: &Tensor<usize>) -> Self {
        #[cfg(feature = "cuda")]
        if let Some((there, _)) = self.remote() {
            let shape = self.shape().with_extent(axis, places.size());
            return there.listed(self, axis, places, false, &shape);
        }
        cpu::indexing::select(self, axis, places)
    }
    fn gathered(&self, axis: usize, places: &Tensor<usize>) -> Self {
        #[cfg(feature = "cuda")]
        if let Some((there, _)) = self.remote() {
            return there.listed(self, axis, places, true, places.shape());
        }
        cpu::indexing::gather(self, axis, places)
    }
}

/// The same methods for [`Var`] and [`Tensor`]: two types cannot share inherent methods otherwise.
macro_rules! on_arrays {
    ($($methods:tt)*) => {
        // (A tensor has to be cloned where a variable could be copied.)
        #[allow(clippy::clone_on_copy)]
        impl<T: crate::element::Element> crate::var::Var<T> {
            $($methods)*
        }
        impl<T: crate::tensor::data::Data> crate::tensor::Tensor<T> {
            $($methods)*
        }
    };
}
use on_arrays;
