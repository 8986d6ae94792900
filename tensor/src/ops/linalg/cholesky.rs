//! The Cholesky factorisation.

use super::triangular::solve_triangular;
use super::{square, take};
use crate::cpu::linalg::factors;
use crate::cpu::linalg::parts::Part;
use crate::cpu::linalg::routines::Triangle;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The factor of a matrix that is symmetric already.
#[derive(Clone, Copy)]
struct Cholesky;

impl<T: Element> Operation<T> for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::cholesky(inputs[0], shape)
    }

    /// Ā = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, where Φ takes the lower triangle and half of the diagonal.
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let lt = at.output.transpose();
        let core = take(Part::LowerHalf, lt.matmul(cotangent));
        let left = solve_triangular(Triangle::Upper, lt, core);
        Some(solve_triangular(Triangle::Upper, lt, left.transpose()).transpose())
    }

    /// dL = L Φ(L⁻¹ dA L⁻ᵀ)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let l = at.output;
        let left = solve_triangular(Triangle::Lower, l, tangents[0]?);
        let core = solve_triangular(Triangle::Lower, l, left.transpose()).transpose();
        Some(l.matmul(take(Part::LowerHalf, core)))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Var<T> {
    /// The lower triangular L with positive diagonal and L Lᵀ = A, for symmetric positive definite A.
    ///
    /// […, n, n] → […, n, n]. The function is that of (A + Aᵀ)/2 (as in JAX), so that its gradient is symmetric and
    /// holds for any change of A; one that is half as large off the diagonal as the derivative for a change of both aᵢⱼ
    /// and aⱼᵢ. A matrix that is not positive definite gives NaN throughout, that matrix of the stack alone: evaluation is
    /// lazy, and cannot report it here. (I. Murray, Differentiation of the Cholesky decomposition, 2016.)
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[4.0, 2.0], [2.0, 10.0]]));
    /// assert_eq!(a.cholesky().value(), Tensor::from([[2.0, 0.0], [1.0, 3.0]]));
    /// let scalar = tape.var(&Tensor::from([[4.0]]));
    /// assert_eq!(tape.gradient(scalar.cholesky()).wrt(scalar), Tensor::from([[0.25]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cholesky(self) -> Self {
        square(self, "cholesky");
        structural(Cholesky, &[self.symmetrise()], self.shape())
    }
}
