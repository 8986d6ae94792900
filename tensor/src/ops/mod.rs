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

use arithmetic::are_all;
pub(crate) use arithmetic::{mul, strong_mul, sub};
pub use choice::Mask;
pub use custom::{CustomOperation, custom, opaque};
pub use einsum::einsum;
pub(crate) use identity::{alias, barrier};
pub(crate) use indexing::{accumulated, gathered, selected};
pub(crate) use joining::joined;
pub(crate) use layout::{expand_to, sum_to};
pub(crate) use parts::placed;
pub(crate) use reduce::summed;

use std::rc::Rc;

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
    // (A closure would report panics here instead of at the caller.)
    match of_numbers(&operation, &operands) {
        Some(number) => number,
        None => of_arrays(Rc::new(operation), &operands),
    }
}

// (Compiled once for all operations.)
fn of_numbers<T: Element, const A: usize>(
    operation: &dyn Elementwise<T>,
    operands: &[Var<T>; A],
) -> Option<Var<T>> {
    let numbers = operands.map(Var::as_number);
    if numbers.iter().any(Option::is_none) {
        return None;
    }
    let numbers = numbers.map(|number| [number.expect("all are numbers")]);
    let mut out = [T::zero()];
    operation.block(&numbers.each_ref().map(|number| &number[..]), &mut out);
    Some(Var::number(out[0]))
}

#[track_caller]
fn of_arrays<T: Element>(operation: Rc<dyn Elementwise<T>>, operands: &[Var<T>]) -> Var<T> {
    let name = operation.name();
    let mut shape = Shape::default();
    for &operand in operands.iter().filter(|operand| operand.as_number().is_none()) {
        let other = recording::with_node(operand, name, |node| node.shape.clone());
        shape = broadcast(&shape, &other, name);
    }
    recording::record(Kind::Elementwise(operation), operands, shape)
}

/// Records an operation that is not elementwise.
#[track_caller]
pub(crate) fn structural<T: Element>(
    operation: impl recording::Operation<T>,
    operands: &[Var<T>],
    shape: Shape,
) -> Var<T> {
    recording::record(Kind::Structural(Rc::new(operation)), operands, shape)
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
