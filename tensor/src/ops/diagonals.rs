//! Diagonal and triangular matrices.

use super::choice::Mask;
use crate::arrange::{diagonal_of, matrices};
use crate::element::Element;
use crate::recording;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// Of a vector, the matrix with it on the main diagonal and zeros elsewhere; of a matrix, its main diagonal.
    ///
    /// # Panics
    /// If there are more than two axes, or none: see [`Var::diagonal`] and [`Var::diag_embed`].
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let x = Tensor::from([1.0, 2.0]);
    /// let matrix = evaluate(&x, |x| x.diag());
    /// assert_eq!(matrix, Tensor::from([[1.0, 0.0], [0.0, 2.0]]));
    /// assert_eq!(evaluate(&matrix, |x| x.diag()), x);
    /// ```
    #[track_caller]
    pub fn diag(self) -> Self {
        let shape = self.shape();
        match shape.rank() {
            1 => self.diag_embed(0),
            2 => self.diagonal(0),
            rank => panic!(
                "diag: shape {shape} has {rank} axes, and a vector or a matrix is needed; `diagonal` and `diag_embed` \
                 take stacks of them"
            ),
        }
    }

    /// The smallest square matrix with a vector on diagonal number `offset`, above the main one if positive, and zeros
    /// elsewhere. Of stacks of vectors […, n] along the last axis: […, n + |offset|, n + |offset|].
    ///
    /// # Panics
    /// If there is no axis.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let y = evaluate(&Tensor::from([3.0]), |x| x.diag_embed(1));
    /// assert_eq!(y, Tensor::from([[0.0, 3.0], [0.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn diag_embed(self, offset: isize) -> Self {
        let shape = self.shape();
        let axis = shape.axis(-1, "diag_embed");
        let n = shape[axis] + offset.unsigned_abs();
        let (first, _) = diagonal_of(n, n, offset);
        let flat = self.placed(axis, first, n as isize + 1, n * n);
        flat.reshape(shape[..axis].iter().copied().chain([n, n]).collect::<Shape>())
    }

    /// The lower triangle of a matrix, with zeros above diagonal number `offset`: xᵢⱼ where j − i ≤ `offset`. Of
    /// stacks of matrices, of each.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(evaluate(&x, |x| x.tril(0)), Tensor::from([[1.0, 0.0], [3.0, 4.0]]));
    /// assert_eq!(evaluate(&x, |x| x.tril(-1)), Tensor::from([[0.0, 0.0], [3.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn tril(self, offset: isize) -> Self {
        self.where_diagonal(|diagonal| diagonal <= offset, "tril")
    }

    /// The upper triangle of a matrix, with zeros below diagonal number `offset`: xᵢⱼ where j − i ≥ `offset`. Of
    /// stacks of matrices, of each.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(evaluate(&x, |x| x.triu(0)), Tensor::from([[1.0, 2.0], [0.0, 4.0]]));
    /// assert_eq!(evaluate(&x, |x| x.triu(1)), Tensor::from([[0.0, 2.0], [0.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn triu(self, offset: isize) -> Self {
        self.where_diagonal(|diagonal| diagonal >= offset, "triu")
    }

    /// The elements on the diagonals that are kept, zeros on the others.
    #[track_caller]
    fn where_diagonal(self, keeps: impl Fn(isize) -> bool, operation: &str) -> Self {
        let shape = self.shape();
        let (_, m, n) = matrices(&shape, operation);
        if m == 0 || n == 0 {
            return self;
        }
        // One number for each diagonal, from the last row's first element on, seen as a matrix.
        let kept = Tensor::from_fn([m + n - 1], |place| {
            let diagonal = place[0] as isize - (m as isize - 1);
            if keeps(diagonal) { T::one() } else { T::zero() }
        });
        let strides = [-1, 1].into_iter().collect();
        let indicator = kept.with_layout(Shape::from([m, n]), strides, m - 1);
        let mask = Mask(recording::made(recording::number_of(self), indicator));
        mask.select(self, 0.0)
    }

    /// The outer product xᵢyⱼ of vectors, `[m]` and `[n]` → `[m, n]`; of stacks of vectors, which broadcast, along the
    /// last axis.
    ///
    /// # Panics
    /// If an operand has no axis, or leading axes do not broadcast.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let (x, y) = (Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0]));
    /// let product = evaluate(&(x, y), |(x, y)| x.outer(y));
    /// assert_eq!(product, Tensor::from([[3.0, 4.0], [6.0, 8.0]]));
    /// ```
    #[track_caller]
    pub fn outer(self, other: impl Into<Var<T>>) -> Self {
        let other = other.into();
        let (a, b) = (self.shape(), other.shape());
        assert!(
            a.rank() > 0 && b.rank() > 0,
            "outer: shapes {a} and {b}: a single number is no vector; use `*`"
        );
        self.unsqueeze(-1) * other.unsqueeze(-2)
    }
}
