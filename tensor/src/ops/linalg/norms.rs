//! Norms of matrices.

use super::matrices;
use crate::element::Element;
use crate::var::Var;
use wengert_autodiff::rules::Powers;

impl<T: Element> Var<T> {
    /// The Frobenius norm √Σ aᵢⱼ² of each matrix. At 0 the derivative is 0.
    ///
    /// […, m, n] → […].
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[3.0, 0.0], [0.0, 4.0]]));
    /// assert_eq!(a.frobenius_norm().item(), 5.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn frobenius_norm(self) -> Self {
        matrices(self, "frobenius_norm");
        (self * self).sum_over([-2, -1]).sqrt()
    }

    /// The nuclear norm Σ sᵢ of each matrix, the sum of its singular values. Where some are zero, the derivative is the
    /// smallest subgradient, the U Vᵀ of the others.
    ///
    /// […, m, n] → […].
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[3.0, 0.0], [0.0, -4.0]]));
    /// assert!(a.nuclear_norm().value().is_close(&Tensor::from(7.0), 1e-15));
    /// let signs = Tensor::from([[1.0, 0.0], [0.0, -1.0]]);
    /// assert!(tape.gradient(a.nuclear_norm()).wrt(a).is_close(&signs, 1e-15));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn nuclear_norm(self) -> Self {
        matrices(self, "nuclear_norm");
        self.svdvals().sum_over(-1)
    }

    /// The spectral norm of each matrix: its largest singular value, the largest ‖A x‖ for ‖x‖ = 1. Singular values that
    /// tie for it share its derivative evenly.
    ///
    /// […, m, n] → […].
    ///
    /// # Panics
    /// If there are fewer than two axes, or the matrices are empty.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[3.0, 0.0], [0.0, -4.0]]));
    /// assert!(a.spectral_norm().value().is_close(&Tensor::from(4.0), 1e-15));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn spectral_norm(self) -> Self {
        let (_, [m, n]) = matrices(self, "spectral_norm");
        assert!(
            m.min(n) > 0,
            "spectral_norm: shape {} is one of empty matrices, which have no largest singular value",
            self.shape()
        );
        self.svdvals().amax_over(-1)
    }
}
