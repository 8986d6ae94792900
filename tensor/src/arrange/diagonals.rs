//! Diagonals of matrices.

use super::{Arrange, on_arrays};
use crate::shape::Shape;

/// Where diagonal number `offset` of an m × n matrix lies in row-major order: its first place, and its length. (Its
/// places are n + 1 apart.)
pub(crate) fn diagonal_of(m: usize, n: usize, offset: isize) -> (usize, usize) {
    let along = offset.unsigned_abs();
    let (first, length) = match offset {
        0.. => (along, m.min(n.saturating_sub(along))),
        _ => (along * n, n.min(m.saturating_sub(along))),
    };
    if length == 0 { (0, 0) } else { (first, length) }
}

/// The leading axes, and the extents m and n of the matrices.
#[track_caller]
pub(crate) fn matrices<'a>(shape: &'a Shape, operation: &str) -> (&'a [usize], usize, usize) {
    match &shape[..] {
        [leading @ .., m, n] => (leading, *m, *n),
        _ => panic!("{operation}: shape {shape} is that of no matrix; it needs two axes"),
    }
}

on_arrays! {
    /// A diagonal of a matrix, as a vector: the main one for `offset` 0, xᵢ,ᵢ₊ₖ above it for k > 0 and below it for
    /// k < 0. Of stacks of matrices […, m, n], along the last axis.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.diagonal(0), Tensor::from([1, 5]));
    /// assert_eq!(x.diagonal(1), Tensor::from([2, 6]));
    /// assert_eq!(x.diagonal(-1), Tensor::from([4]));
    /// ```
    #[track_caller]
    pub fn diagonal(&self, offset: isize) -> Self {
        let shape = self.extents();
        let (leading, m, n) = matrices(&shape, "diagonal");
        let (first, length) = diagonal_of(m, n, offset);
        let flat = self.reshaped(leading.iter().copied().chain([m * n]).collect());
        flat.part(leading.len(), first, length, n as isize + 1)
    }
}
