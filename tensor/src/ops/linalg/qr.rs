//! The QR factorisation.

use super::triangular::solve_triangular;
use super::{join, matrices, pack, take, unpack};
use crate::cpu::linalg::factors;
use crate::cpu::linalg::parts::Part;
use crate::cpu::linalg::routines::Triangle;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The factors of an m × n matrix, m ≥ n, packed.
#[derive(Clone, Copy)]
struct QrPacked;

/// Q and R of a packed factorisation of matrices of the given shape.
#[track_caller]
fn parts<T: Element>(packed: Var<T>, shape: Shape) -> [Var<T>; 2] {
    let (m, n) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
    [unpack(packed, 0, &[m, n]), unpack(packed, m * n, &[n, n])]
}

/// X R⁻¹ for upper triangular R.
#[track_caller]
fn divide_right<T: Element>(x: Var<T>, r: Var<T>) -> Var<T> {
    solve_triangular(Triangle::Lower, r.transpose(), x.transpose()).transpose()
}

impl<T: Element> Operation<T> for QrPacked {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::qr(inputs[0], shape)
    }

    /// Ā = (Q̄ + Q (M₋ + M₋ᵀ)) R⁻ᵀ, where M₋ is the lower triangle of M = R R̄ᵀ − Q̄ᵀ Q, its diagonal counted once.
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let [q, r] = parts(at.output, at.inputs[0].shape());
        let [cq, cr] = parts(cotangent, at.inputs[0].shape());
        let m = r.matmul(take(Part::Upper, cr).transpose()) - cq.transpose().matmul(q);
        let half = take(Part::LowerHalf, m);
        let x = cq + q.matmul(half + half.transpose());
        Some(solve_triangular(Triangle::Upper, r, x.transpose()).transpose())
    }

    /// With C = Qᵀ dA R⁻¹ and the antisymmetric Ω that has the numbers of C below its diagonal:
    /// dQ = Q (Ω − C) + dA R⁻¹, dR = (C − Ω) R.
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (stack, _) = matrices(at.inputs[0], "qr");
        let [q, r] = parts(at.output, at.inputs[0].shape());
        let x = divide_right(tangents[0]?, r);
        let c = q.transpose().matmul(x);
        let below = take(Part::BelowDiagonal, c);
        let upper = take(Part::Upper, c - below + below.transpose());
        Some(pack(&stack, &[x - q.matmul(upper), upper.matmul(r)]))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// Q R = A: see [`Var::qr`].
#[derive(Clone, Copy, Debug)]
pub struct Qr<T: Element> {
    /// Orthonormal columns, […, m, k] with k = min(m, n).
    pub q: Var<T>,
    /// Upper triangular (trapezoidal, if m < n), […, k, n], with no negative number on the diagonal.
    pub r: Var<T>,
}

impl<T: Element> Var<T> {
    /// The reduced factorisation A = Q R into orthonormal columns and an upper triangle.
    ///
    /// […, m, n] → Q: […, m, k] and R: […, k, n], k = min(m, n). The diagonal of R is not negative, which makes the
    /// factors unique. Derivatives exist where the first k columns are linearly independent; elsewhere they are
    /// infinite or NaN. (S. F. Walter, L. Lehmann, R. Lamour, On evaluating higher-order derivatives of the QR decomposition of
    /// tall matrices with full column rank in forward and reverse mode algorithmic differentiation, 2012.)
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[3.0], [4.0]]));
    /// let qr = a.qr();
    /// assert!(qr.q.value().is_close(&Tensor::from([[0.6], [0.8]]), 1e-15));
    /// assert!(qr.r.value().is_close(&Tensor::from([[5.0]]), 1e-15));
    /// assert!(tape.gradient(qr.r).wrt(a).is_close(&Tensor::from([[0.6], [0.8]]), 1e-15));
    /// ```
    #[track_caller]
    pub fn qr(self) -> Qr<T> {
        let (stack, [m, n]) = matrices(self, "qr");
        if m >= n {
            let packed = structural(QrPacked, &[self], join(&stack, &[m * n + n * n]));
            let [q, r] = parts(packed, self.shape());
            return Qr { q, r };
        }
        // The first m columns are Q R; the others are Q times what they are in terms of Q.
        let axis = stack.rank() + 1;
        let Qr { q, r } = self.sliced(axis, 0, m, 1).qr();
        let others = q.transpose().matmul(self.sliced(axis, m, n - m, 1));
        Qr { q, r: r.placed(axis, 0, 1, n) + others.placed(axis, m, 1, n) }
    }
}
