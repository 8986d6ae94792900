//! Operations: each with its result and both of its rules side by side, one family a file.

mod arithmetic;
mod attention;
mod choice;
mod convolution;
mod cross_entropy;
mod cumulative;
mod custom;
mod diagonals;
mod dropout;
mod einsum;
mod identity;
mod indexing;
mod joining;
mod layout;
#[cfg(feature = "linalg")]
pub(crate) mod linalg;
mod matmul;
mod normalization;
mod number;
mod operators;
mod parts;
mod pooling;
mod reduce;
mod rows;
mod slices;
mod softmax;
mod sorting;

pub(crate) use arithmetic::{mul, strong_mul, sub};
pub use choice::Mask;
pub use custom::{CustomOperation, custom, opaque};
pub use einsum::einsum;
pub(crate) use identity::{alias, barrier};
pub(crate) use indexing::{gathered, selected};
pub(crate) use joining::joined;
pub(crate) use layout::{expand_to, sum_to};
pub(crate) use parts::placed;
pub(crate) use reduce::summed;

use crate::element::Element;
use crate::recording::{self, Elementwise, Kind};
use crate::shape::Shape;
use crate::var::Var;

/// Records an elementwise operation, its operands broadcast against each other.
#[track_caller]
pub(crate) fn elementwise<T: Element, const A: usize>(
    operation: impl Elementwise<T>,
    operands: [Var<T>; A],
) -> Var<T> {
    let numbers = operands.map(Var::as_number);
    if numbers.iter().all(Option::is_some) {
        let numbers = numbers.map(|number| [number.expect("all are numbers")]);
        let mut out = [T::zero()];
        operation.block(&numbers.each_ref().map(|number| &number[..]), &mut out);
        return Var::number(out[0]);
    }
    let mut shape = Shape::default();
    for &operand in operands.iter().filter(|operand| operand.as_number().is_none()) {
        let other = recording::with_node(operand, operation.name(), |node| node.shape.clone());
        shape = broadcast(&shape, &other, operation.name());
    }
    recording::record(Kind::Elementwise(std::rc::Rc::new(operation)), &operands, shape)
}

/// Records an operation that is not elementwise.
#[track_caller]
pub(crate) fn structural<T: Element>(
    operation: impl recording::Operation<T>,
    operands: &[Var<T>],
    shape: Shape,
) -> Var<T> {
    recording::record(Kind::Structural(std::rc::Rc::new(operation)), operands, shape)
}

/// The shape that two broadcast to.
///
/// # Panics
/// If there is none.
#[track_caller]
pub(crate) fn broadcast(a: &Shape, b: &Shape, operation: &str) -> Shape {
    match a.broadcast(b) {
        Some(shape) => shape,
        None => panic!(
            "{operation}: shapes {a} and {b} do not broadcast; aligned at the last axis, extents must be equal \
             or 1 (`reshape` inserts axes of extent 1)"
        ),
    }
}
