//! Traces, symmetric parts, and powers of matrices.

use super::{diagonal, identity, square};
use crate::element::Element;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// The trace Σ aᵢᵢ of each matrix.
    ///
    /// […, n, n] → […].
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(a.trace().item(), 5.0);
    /// assert_eq!(tape.gradient(a.trace()).wrt(a), Tensor::eye(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn trace(self) -> Self {
        square(self, "trace");
        diagonal(self).sum_over(-1)
    }

    /// The symmetric part (A + Aᵀ)/2 of each matrix.
    ///
    /// […, n, n] → […, n, n].
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[1.0, 2.0], [4.0, 5.0]]));
    /// assert_eq!(a.symmetrise().value(), Tensor::from([[1.0, 3.0], [3.0, 5.0]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn symmetrise(self) -> Self {
        square(self, "symmetrise");
        (self + self.transpose()) * 0.5
    }

    /// The power Aᵏ, by repeated squaring; A⁰ is the identity, and A⁻ᵏ the power of the inverse.
    ///
    /// […, n, n] → […, n, n].
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[1.0, 1.0], [1.0, 0.0]]));
    /// assert_eq!(a.matrix_power(10).value(), Tensor::from([[89.0, 55.0], [55.0, 34.0]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn matrix_power(self, exponent: i32) -> Self {
        square(self, "matrix_power");
        let mut square = if exponent < 0 { self.inv() } else { self };
        let mut rest = exponent.unsigned_abs();
        let mut power: Option<Self> = None;
        while rest > 0 {
            if rest % 2 == 1 {
                power = Some(power.map_or(square, |power| power.matmul(square)));
            }
            rest /= 2;
            if rest > 0 {
                square = square.matmul(square);
            }
        }
        power.unwrap_or_else(|| identity(self))
    }
}
