//! The pseudoinverse.

use super::svd::{packed_svd, parts, tolerance};
use super::{by_column, matrices, reciprocal_beyond};
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// A⁺; the operands are A, and A⁺ without derivative.
#[derive(Clone, Copy)]
struct PseudoInverse;

impl<T: Element> Operation<T> for PseudoInverse {
    fn name(&self) -> &'static str {
        "pinv"
    }

    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[1].clone()
    }

    /// The transpose of [`PseudoInverse::jvp`], with P = A⁺ and its cotangent P̄:
    /// Ā = −Pᵀ P̄ Pᵀ + (I − A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I − P A).
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        if argument != 0 {
            return None;
        }
        let (a, p, pt) = (at.inputs[0], at.output, at.output.transpose());
        let ct = cotangent.transpose();
        let left = ct.matmul(p).matmul(pt);
        let right = pt.matmul(p).matmul(ct);
        Some(
            left - a.matmul(p).matmul(left) + right
                - right.matmul(p).matmul(a)
                - pt.matmul(cotangent).matmul(pt),
        )
    }

    /// dP = −P dA P + P Pᵀ dAᵀ (I − A P) + (I − P A) dAᵀ Pᵀ P
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (da, a, p, pt) = (tangents[0]?, at.inputs[0], at.output, at.output.transpose());
        let dat = da.transpose();
        let left = p.matmul(pt).matmul(dat);
        let right = dat.matmul(pt).matmul(p);
        Some(
            left - left.matmul(a).matmul(p) + right
                - p.matmul(a).matmul(right)
                - p.matmul(da).matmul(p),
        )
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Var<T> {
    /// The pseudoinverse A⁺ of Moore and Penrose, by the singular value decomposition: A⁺ B is the smallest X of least
    /// ‖A X − B‖.
    ///
    /// […, m, n] → […, n, m]. Singular values up to max(m, n) ε s₁ count as zero. Derivatives are those along changes of
    /// A that leave its rank as it is (elsewhere A⁺ jumps), finite also where singular values are equal.
    /// (G. H. Golub, V. Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
    /// separate, SIAM J. Numer. Anal. 10, 1973.)
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 0.0], [0.0, 0.0]]));
    /// assert!(a.pinv().value().is_close(&Tensor::from([[0.5, 0.0], [0.0, 0.0]]), 1e-15));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn pinv(self) -> Self {
        let (stack, [m, n]) = matrices(self, "pinv");
        let shape = super::join(&stack, &[n, m]);
        if m.min(n) == 0 {
            return self.transpose();
        }
        let [u, s, vt] = parts(packed_svd(self.detach()), self.shape());
        let one_over = reciprocal_beyond(s, tolerance(s, [m, n], 1.0));
        let value = (vt.transpose() * by_column(one_over)).matmul(u.transpose());
        structural(PseudoInverse, &[self, value], shape)
    }
}
