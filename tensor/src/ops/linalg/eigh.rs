//! Eigenvalues and eigenvectors of symmetric matrices.

use super::commutator::solve_commutator;
use super::{by_column, by_row, differences, join, pack, reciprocal_beyond, square, unpack};
use crate::cpu::linalg::factors;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;
use wengert_autodiff::rules::Piecewise;

/// Eigenvalues and eigenvectors of a matrix that is symmetric already, packed.
#[derive(Clone, Copy)]
struct EighPacked;

#[track_caller]
fn packed_eigh<T: Element>(a: Var<T>, operation: &str) -> Var<T> {
    let (stack, n) = square(a, operation);
    structural(EighPacked, &[a], join(&stack, &[n + n * n]))
}

/// Eigenvalues and eigenvectors of a packed decomposition of matrices of the given shape.
#[track_caller]
pub(super) fn parts<T: Element>(packed: Var<T>, shape: Shape) -> [Var<T>; 2] {
    let n = shape[shape.rank() - 1];
    [unpack(packed, 0, &[n]), unpack(packed, n, &[n, n])]
}

/// 1/(λⱼ − λᵢ), and 0 where the two count as equal.
#[track_caller]
pub(super) fn reciprocals<T: Element>(values: Var<T>) -> Var<T> {
    let n = values.shape()[values.shape().rank() - 1];
    let tolerance = values.detach().abs().amax_keep(-1) * (8.0 * n as f64 * T::EPSILON);
    reciprocal_beyond(differences(values), by_row(tolerance))
}

impl<T: Element> Operation<T> for EighPacked {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::eigh(inputs[0], shape)
    }

    /// Ā = V diag(λ̄) Vᵀ + 𝒮(V̄ Vᵀ), with 𝒮 of [`solve_commutator`].
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let (a, shape) = (at.inputs[0], at.inputs[0].shape());
        if shape[shape.rank() - 1] == 0 {
            return None;
        }
        let [_, v] = parts(at.output, shape.clone());
        let [cvalues, cv] = parts(cotangent, shape);
        let vt = v.transpose();
        let turning = solve_commutator(a, at.output, cv.matmul(vt));
        Some((v * by_column(cvalues)).matmul(vt) + turning)
    }

    /// dλ = diag(Vᵀ dA V), dV = 𝒮(dA) V.
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (a, da, shape) = (at.inputs[0], tangents[0]?, at.inputs[0].shape());
        if shape[shape.rank() - 1] == 0 {
            return None;
        }
        let stack = Shape::from(&shape[..shape.rank() - 2]);
        let [_, v] = parts(at.output, shape);
        let dvalues = (v * da.matmul(v)).sum_over(-2);
        Some(pack(&stack, &[dvalues, solve_commutator(a, at.output, da).matmul(v)]))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// The eigenvalues; the operands are the matrix and its packed decomposition. Nothing is divided.
#[derive(Clone, Copy)]
struct Eigenvalues;

impl<T: Element> Operation<T> for Eigenvalues {
    fn name(&self) -> &'static str {
        "eigvalsh"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        inputs[1].sliced(shape.rank() - 1, 0, shape[shape.rank() - 1], 1)
    }

    /// Ā = V diag(λ̄) Vᵀ
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let [_, v] = parts(at.inputs[1], at.inputs[0].shape());
        (argument == 0).then(|| (v * by_column(cotangent)).matmul(v.transpose()))
    }

    /// dλ = diag(Vᵀ dA V)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let [_, v] = parts(at.inputs[1], at.inputs[0].shape());
        Some((v * tangents[0]?.matmul(v)).sum_over(-2))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// V diag(λ) Vᵀ = A: see [`Var::eigh`].
#[derive(Clone, Copy, Debug)]
pub struct Eigh<T: Element> {
    /// The eigenvalues λ, […, n], in ascending order.
    pub values: Var<T>,
    /// The orthonormal eigenvectors V, as columns, […, n, n].
    pub vectors: Var<T>,
}

impl<T: Element> Var<T> {
    /// Eigenvalues and eigenvectors of a symmetric matrix: A = V diag(λ) Vᵀ.
    ///
    /// […, n, n] → values: […, n] ascending, vectors: […, n, n]. The function is that of (A + Aᵀ)/2 (as in JAX), so
    /// that its gradient is symmetric. In each vector the first number of at least 0.9 times the largest magnitude is
    /// positive. A matrix with an infinite or NaN number gives NaN.
    ///
    /// The vectors of equal eigenvalues are not unique, and have no derivative of their own. Functions that do not
    /// depend on their choice (such as the projection onto the space that they span) have the right one, and the right
    /// second ones: what such functions do not ask for counts as 0, where two eigenvalues differ by at most
    /// 8 n ε max |λ|. Derivatives are always finite. What no rule in terms of λ and V can see at equal eigenvalues is how
    /// they would part: functions that treat equal eigenvalues alike only because they are equal (Σ f(λᵢ) vᵢ vᵢᵀ with
    /// f' ≠ 0, and second derivatives of Σ f(λᵢ)) have finite derivatives there that leave this out; use polynomials,
    /// [`matrix_exp`](Var::matrix_exp) or [`inv`](Var::inv) in their place.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 1.0], [1.0, 2.0]]));
    /// let eigh = a.eigh();
    /// assert!(eigh.values.value().is_close(&Tensor::from([1.0, 3.0]), 1e-15));
    /// let h = 0.5_f64.sqrt();
    /// let vectors = eigh.vectors.value();
    /// assert!(vectors.map(|v| v * v).is_close(&Tensor::from([[0.5, 0.5], [0.5, 0.5]]), 1e-15));
    /// assert!((vectors[[0, 1]] - h).abs() < 1e-15 && (vectors[[1, 1]] - h).abs() < 1e-15);
    /// ```
    #[track_caller]
    pub fn eigh(self) -> Eigh<T> {
        square(self, "eigh");
        let [values, vectors] = parts(packed_eigh(self.symmetrise(), "eigh"), self.shape());
        Eigh { values, vectors }
    }

    /// The eigenvalues of a symmetric matrix, in ascending order.
    ///
    /// […, n, n] → […, n]. The function is that of (A + Aᵀ)/2. Ā = V diag(λ̄) Vᵀ, also where eigenvalues are equal.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 1.0], [1.0, 2.0]]));
    /// assert!(a.eigvalsh().value().is_close(&Tensor::from([1.0, 3.0]), 1e-15));
    /// assert!(tape.gradient(a.eigvalsh()).wrt(a).is_close(&Tensor::eye(2), 1e-15));
    /// ```
    #[doc(alias = "eigenvalues")]
    #[must_use]
    #[track_caller]
    pub fn eigvalsh(self) -> Self {
        let (stack, n) = square(self, "eigvalsh");
        let a = self.symmetrise();
        structural(Eigenvalues, &[a, packed_eigh(a, "eigvalsh")], join(&stack, &[n]))
    }
}
