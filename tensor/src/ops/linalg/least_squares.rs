//! Least squares.

use super::matrices;
use super::qr::Qr;
use super::solve::System;
use super::triangular::solve_triangular;
use crate::cpu::linalg::routines::Triangle;
use crate::element::Element;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// The X for which A X is nearest to B: that of least ‖A X − B‖, and if there are more unknowns than equations, the
    /// smallest X with A X = B. By the QR factorisation of A or Aᵀ.
    ///
    /// A: […, m, n] of full rank; B: a vector `[m]`, or matrices […, m, k] whose leading axes broadcast with those of A. The
    /// result is `[n]` or […, n, k]. Where A has not full rank, it is infinite or NaN, or as large as rounding makes it:
    /// `a.pinv().matmul(b)` is for such matrices.
    ///
    /// # Panics
    /// If the extents do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor, constant};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[1.0], [1.0]]));
    /// let b = tape.var(&Tensor::from([1.0, 3.0]));
    /// let x = a.lstsq(b);
    /// assert!(x.value().is_close(&Tensor::from([2.0]), 1e-15));
    /// assert!(tape.gradient(x).wrt(b).is_close(&Tensor::from([0.5, 0.5]), 1e-15));
    /// ```
    #[track_caller]
    pub fn lstsq(self, b: impl Into<Var<T>>) -> Self {
        let (stack, [m, n]) = matrices(self, "lstsq");
        let system = System::new("lstsq", self, &stack, m, b.into());
        if m >= n {
            let Qr { q, r } = self.qr();
            let projected = system.spread(q, 2).transpose().matmul(system.b);
            return system.result(solve_triangular(
                Triangle::Upper,
                system.spread(r, 2),
                projected,
            ));
        }
        let Qr { q, r } = self.transpose().qr();
        let lower = system.spread(r, 2).transpose();
        let x = solve_triangular(Triangle::Lower, lower, system.b);
        system.result(system.spread(q, 2).matmul(x))
    }
}
