//! Matrices as the drivers return them.

use core::fmt;
use core::ops::{Index, IndexMut};

/// A row-major matrix, indexed by `(row, column)`.
///
/// ```
/// use wengert_autodiff::Matrix;
/// let mut m = Matrix::from_fn(2, 3, |i, j| 10 * i + j);
/// assert_eq!((m[(1, 2)], m.row(1), m.shape()), (12, &[10, 11, 12][..], (2, 3)));
/// m[(0, 0)] = 7;
/// assert_eq!(m.as_slice(), [7, 1, 2, 10, 11, 12]);
/// ```
#[derive(Clone, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    columns: usize,
    elements: Vec<T>,
}

impl<T> Matrix<T> {
    /// The matrix of the elements `f(i, j)`.
    pub fn from_fn(rows: usize, columns: usize, f: impl Fn(usize, usize) -> T) -> Self {
        let elements = (0..rows)
            .flat_map(|i| (0..columns).map(move |j| (i, j)))
            .map(|(i, j)| f(i, j))
            .collect();
        Self { rows, columns, elements }
    }

    /// The matrix of these elements, row by row.
    ///
    /// # Panics
    /// If there are not `rows · columns` elements.
    ///
    /// ```
    /// use wengert_autodiff::Matrix;
    /// assert_eq!(Matrix::from_vec(2, 1, vec![5, 6])[(1, 0)], 6);
    /// ```
    #[track_caller]
    pub fn from_vec(rows: usize, columns: usize, elements: Vec<T>) -> Self {
        assert!(
            rows * columns == elements.len(),
            "Matrix::from_vec: {} elements for {rows} × {columns}; pass rows · columns of them",
            elements.len()
        );
        Self { rows, columns, elements }
    }

    /// The numbers of rows and of columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Row number `i`.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn row(&self, i: usize) -> &[T] {
        assert!(i < self.rows, "Matrix::row: row {i} of {} × {}", self.rows, self.columns);
        &self.elements[i * self.columns..(i + 1) * self.columns]
    }

    /// All elements, row by row.
    pub fn as_slice(&self) -> &[T] {
        &self.elements
    }

    /// All elements, row by row.
    pub fn into_vec(self) -> Vec<T> {
        self.elements
    }

    #[track_caller]
    fn position(&self, (i, j): (usize, usize)) -> usize {
        let (rows, columns) = self.shape();
        assert!(i < rows && j < columns, "Matrix: element ({i}, {j}) of {rows} × {columns}");
        i * columns + j
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;
    #[inline]
    #[track_caller]
    fn index(&self, at: (usize, usize)) -> &T {
        &self.elements[self.position(at)]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, at: (usize, usize)) -> &mut T {
        let position = self.position(at);
        &mut self.elements[position]
    }
}

impl<T: fmt::Debug> fmt::Debug for Matrix<T> {
    /// A list of rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.rows).map(|i| self.row(i))).finish()
    }
}
