//! The exponential of matrices.

use super::square;
use crate::cpu::linalg::exponential;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;
use wengert_autodiff::rules::Piecewise;

#[derive(Clone, Copy)]
struct MatrixExp;

impl<T: Element> Operation<T> for MatrixExp {
    fn name(&self) -> &'static str {
        "matrix_exp"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        exponential::exp(inputs[0], shape)
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(derivative_along(at.inputs[0].transpose(), cotangent))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        Some(derivative_along(at.inputs[0], tangents[0]?))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// The derivative of exp at A along H: the upper right block of exp [A H; 0 A].
///
/// It is linear in H, which is scaled to a norm of at most 1: a large H would ask for more squarings than A does.
#[track_caller]
fn derivative_along<T: Element>(a: Var<T>, h: Var<T>) -> Var<T> {
    let rank = a.shape().rank();
    let n = a.shape()[rank - 1];
    if n == 0 {
        return h;
    }
    let [rows, columns] = [rank - 2, rank - 1];
    let norm = h.detach().abs().sum_keep(-2).amax_keep(-1);
    let scale = norm.less(1.0).select(1.0, norm);
    let block = |x: Var<T>, i: usize, j: usize| {
        x.placed(rows, i * n, 1, 2 * n).placed(columns, j * n, 1, 2 * n)
    };
    let blocks = block(a, 0, 0) + block(h / scale, 0, 1) + block(a, 1, 1);
    blocks.matrix_exp().sliced(rows, 0, n, 1).sliced(columns, n, n, 1) * scale
}

impl<T: Element> Var<T> {
    /// The matrix exponential Σ Aᵏ/k!, by scaling and squaring of a Padé approximant of degree 13
    /// (N. J. Higham, The scaling and squaring method for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26, 2005).
    ///
    /// […, n, n] → […, n, n]. The derivative along H is the upper right block of exp [A H; 0 A], and so on for higher
    /// orders: as accurate as the exponential itself, for the work of one of twice the extent.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[0.0, 3.0], [0.0, 0.0]]));
    /// assert!(a.matrix_exp().value().is_close(&Tensor::from([[1.0, 3.0], [0.0, 1.0]]), 1e-15));
    /// let slope = tape.gradient(a.matrix_exp()).wrt(a);
    /// assert!(slope.is_close(&Tensor::from([[2.5, 1.0], [5.5, 2.5]]), 1e-14));
    /// ```
    #[doc(alias = "expm")]
    #[must_use]
    #[track_caller]
    pub fn matrix_exp(self) -> Self {
        square(self, "matrix_exp");
        structural(MatrixExp, &[self], self.shape())
    }
}
