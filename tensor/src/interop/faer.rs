//! `faer`: matrices from tensors and tensors from them.

use faer::{Mat, MatRef};

use super::matrix_shape::matrix_shape;
use crate::tensor::Tensor;
use crate::tensor::data::Data;

impl<T: Data> From<MatRef<'_, T>> for Tensor<T> {
    /// A copy.
    fn from(matrix: MatRef<'_, T>) -> Self {
        let shape = [matrix.nrows(), matrix.ncols()];
        Tensor::from_fn(shape, |i| matrix[(i[0], i[1])])
    }
}

impl<T: Data> From<&Mat<T>> for Tensor<T> {
    /// A copy.
    fn from(matrix: &Mat<T>) -> Self {
        matrix.as_ref().into()
    }
}

impl<T: Data> Tensor<T> {
    /// A copy as a matrix of faer.
    ///
    /// # Panics
    /// If the tensor does not have two axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).to_faer();
    /// assert_eq!(x, faer::mat![[1.0, 2.0], [3.0, 4.0]]);
    /// ```
    #[track_caller]
    pub fn to_faer(&self) -> Mat<T> {
        let (rows, columns) = matrix_shape(self.shape(), "to_faer");
        let elements = self.contiguous();
        let elements = elements.as_slice().expect("contiguous");
        Mat::from_fn(rows, columns, |i, j| elements[i * columns + j])
    }

    /// A view as a matrix of faer, without copying; none unless rows or columns lie in memory one after the other.
    ///
    /// # Panics
    /// If the tensor does not have two axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.as_faer().map(|x| x.determinant()), Some(-2.0));
    /// ```
    #[track_caller]
    pub fn as_faer(&self) -> Option<MatRef<'_, T>> {
        let (rows, columns) = matrix_shape(self.shape(), "as_faer");
        if let Some(elements) = self.as_slice() {
            return Some(MatRef::from_row_major_slice(elements, rows, columns));
        }
        let lies_by_columns = self.strides() == [1, rows as isize];
        let elements = || &self.memory()[..self.size()];
        lies_by_columns.then(|| MatRef::from_column_major_slice(elements(), rows, columns))
    }
}
