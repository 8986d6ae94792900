//! What is a matrix.

use crate::shape::Shape;

/// Rows and columns.
#[track_caller]
pub(super) fn matrix_shape(shape: &Shape, operation: &str) -> (usize, usize) {
    assert!(
        shape.rank() == 2,
        "{operation}: shape {shape} has {} axes, and a matrix has two; `reshape` makes two of them",
        shape.rank()
    );
    (shape[0], shape[1])
}
