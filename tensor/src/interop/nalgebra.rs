//! `nalgebra`: matrices and vectors from tensors and tensors from them.

use nalgebra::{DMatrix, DMatrixView, DVector, Dyn, MatrixView};

use super::matrix_shape::matrix_shape;
use crate::tensor::Tensor;
use crate::tensor::data::Data;

impl<T: Data> From<DMatrix<T>> for Tensor<T> {
    /// The same memory, which holds column after column: nothing is copied.
    fn from(matrix: DMatrix<T>) -> Self {
        let (rows, columns) = matrix.shape();
        let columns_as_rows = Tensor::from_vec([columns, rows], matrix.data.into());
        columns_as_rows.transpose()
    }
}

impl<T: Data> From<DVector<T>> for Tensor<T> {
    /// The same memory: nothing is copied.
    fn from(vector: DVector<T>) -> Self {
        Tensor::from(Vec::from(vector.data))
    }
}

/// A view with any steps between rows and between columns.
type AnyMatrixView<'a, T> = MatrixView<'a, T, Dyn, Dyn, Dyn, Dyn>;

impl<T: Data> Tensor<T> {
    /// A copy as a matrix of nalgebra.
    ///
    /// # Panics
    /// If the tensor does not have two axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).to_dmatrix();
    /// assert_eq!(x, nalgebra::dmatrix![1.0, 2.0; 3.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn to_dmatrix(&self) -> DMatrix<T> {
        let (rows, columns) = matrix_shape(self.shape(), "to_dmatrix");
        DMatrix::from_vec(rows, columns, self.transpose().to_vec())
    }

    /// A view as a matrix of nalgebra, without copying; none of a tensor that is expanded or reversed
    /// along an axis.
    ///
    /// # Panics
    /// If the tensor does not have two axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.as_dmatrix().map(|x| x.determinant()), Some(-2.0));
    /// ```
    #[track_caller]
    pub fn as_dmatrix(&self) -> Option<DMatrixView<'_, T, Dyn, Dyn>> {
        let (rows, columns) = matrix_shape(self.shape(), "as_dmatrix");
        if self.size() == 0 {
            return Some(AnyMatrixView::from_slice_with_strides(&[], rows, columns, 1, rows));
        }
        // (The iterators of nalgebra need steps that lead on, also along an axis of extent 1.)
        let step = |axis: usize| match (self.shape()[axis], self.strides()[axis]) {
            (1, _) => Some(1),
            (_, stride) => usize::try_from(stride).ok().filter(|&stride| stride > 0),
        };
        let (row_step, column_step) = (step(0)?, step(1)?);
        let memory = self.memory();
        Some(AnyMatrixView::from_slice_with_strides(memory, rows, columns, row_step, column_step))
    }

    /// A copy as a vector of nalgebra.
    ///
    /// # Panics
    /// If the tensor does not have one axis.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([3.0, 4.0]).to_dvector().norm(), 5.0);
    /// ```
    #[track_caller]
    pub fn to_dvector(&self) -> DVector<T> {
        assert!(
            self.rank() == 1,
            "to_dvector: shape {} has {} axes, and a vector has one; `reshape` makes one of them",
            self.shape(),
            self.rank()
        );
        DVector::from_vec(self.to_vec())
    }
}
