//! The singular value decomposition.

use super::{
    by_column, by_row, diagonal, diagonal_matrix, differences, join, matrices, pack,
    reciprocal_beyond, unpack,
};
use crate::cpu::linalg::factors;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// U, the singular values and Vᵀ, packed.
#[derive(Clone, Copy)]
struct SvdPacked;

#[track_caller]
pub(super) fn packed_svd<T: Element>(a: Var<T>) -> Var<T> {
    let (stack, [m, n]) = matrices(a, "svd");
    let k = m.min(n);
    structural(SvdPacked, &[a], join(&stack, &[m * k + k + k * n]))
}

/// U, the singular values and Vᵀ of a packed decomposition of matrices of the given shape.
#[track_caller]
pub(super) fn parts<T: Element>(packed: Var<T>, shape: Shape) -> [Var<T>; 3] {
    let (m, n) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
    let k = m.min(n);
    [unpack(packed, 0, &[m, k]), unpack(packed, m * k, &[k]), unpack(packed, m * k + k, &[k, n])]
}

/// Singular values of m × n matrices that differ by less count as equal, and those that are less as zero: `multiple`
/// times max(m, n) units of rounding of the largest one.
#[track_caller]
pub(super) fn tolerance<T: Element>(s: Var<T>, [m, n]: [usize; 2], multiple: f64) -> Var<T> {
    let s = s.detach();
    s.sliced(s.shape().rank() - 1, 0, 1, 1) * (multiple * m.max(n) as f64 * T::EPSILON)
}

/// What the rules divide by.
struct Reciprocals<T> {
    /// 1/(sⱼ − sᵢ), and 0 where they count as equal.
    differences: Var<T>,
    /// 1/(sⱼ + sᵢ), and 0 where both count as zero.
    sums: Var<T>,
    /// 1/sᵢ, and 0 where it counts as zero.
    values: Var<T>,
}

impl<T: Element> Reciprocals<T> {
    #[track_caller]
    fn new(s: Var<T>, extents: [usize; 2]) -> Self {
        let tolerance = tolerance(s, extents, 8.0);
        Reciprocals {
            differences: reciprocal_beyond(differences(s), by_row(tolerance)),
            sums: reciprocal_beyond(by_column(s) + by_row(s), by_row(tolerance)),
            values: reciprocal_beyond(s, tolerance),
        }
    }
}

impl<T: Element> Operation<T> for SvdPacked {
    fn name(&self) -> &'static str {
        "svd"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::svd(inputs[0], shape)
    }

    /// The transpose of [`SvdPacked::jvp`]: with K = Uᵀ Ū, L = Vᵀ V̄, P̄ = ½ (X + Xᵀ + Y − Yᵀ) + diag s̄, where
    /// X = (K + L)/(sⱼ − sᵢ), Y = (K − L)/(sⱼ + sᵢ): Ā = U P̄ Vᵀ + (I − U Uᵀ) Ū S⁻¹ Vᵀ + U S⁻¹ V̄ᵀ (I − V Vᵀ).
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let a = at.inputs[0];
        let (_, [m, n]) = matrices(a, "svd");
        if m.min(n) == 0 {
            return None;
        }
        let [u, s, vt] = parts(at.output, a.shape());
        let [cu, cs, cvt] = parts(cotangent, a.shape());
        let one_over = Reciprocals::new(s, [m, n]);
        let (k, l) = (u.transpose().matmul(cu), vt.matmul(cvt.transpose()));
        let x = (k + l) * one_over.differences;
        let y = (k - l) * one_over.sums;
        let core = (x + x.transpose() + y - y.transpose()) * 0.5 + diagonal_matrix(cs);
        let mut result = u.matmul(core).matmul(vt);
        if m > n {
            result += ((cu - u.matmul(k)) * by_column(one_over.values)).matmul(vt);
        }
        if n > m {
            result += u.matmul((cvt - l.transpose().matmul(vt)) * by_row(one_over.values));
        }
        Some(result)
    }

    /// P = Uᵀ dA V. dU = U Ω + (I − U Uᵀ) dA V S⁻¹ and dV alike, with antisymmetric Ω of U and of V, whose sum is
    /// (P + Pᵀ)/(sⱼ − sᵢ), and difference (P − Pᵀ)/(sⱼ + sᵢ). Only the sum is undefined where singular values are equal,
    /// and functions that do not depend on the choice of vectors there do not ask for it.
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (a, da) = (at.inputs[0], tangents[0]?);
        let (stack, [m, n]) = matrices(a, "svd");
        if m.min(n) == 0 {
            return None;
        }
        let [u, s, vt] = parts(at.output, a.shape());
        let one_over = Reciprocals::new(s, [m, n]);
        let (along_v, along_u) = (da.matmul(vt.transpose()), u.transpose().matmul(da));
        let p = u.transpose().matmul(along_v);
        let sum = (p + p.transpose()) * one_over.differences;
        let difference = (p - p.transpose()) * one_over.sums;
        let mut du = u.matmul(sum + difference) * 0.5;
        let mut dvt = (difference - sum).matmul(vt) * 0.5;
        if m > n {
            du += (along_v - u.matmul(p)) * by_column(one_over.values);
        }
        if n > m {
            dvt += (along_u - p.matmul(vt)) * by_row(one_over.values);
        }
        Some(pack(&stack, &[du, diagonal(p), dvt]))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// The singular values; the operands are the matrix and its packed decomposition. Simpler rules than those of the whole
/// decomposition: nothing is divided.
#[derive(Clone, Copy)]
struct SingularValues;

impl SingularValues {
    /// 1 for each singular value that has a derivative, 0 for those that count as zero.
    #[track_caller]
    fn differentiable<T: Element>(s: Var<T>, extents: [usize; 2]) -> Var<T> {
        tolerance(s, extents, 1.0).less(s.detach()).indicator()
    }
}

impl<T: Element> Operation<T> for SingularValues {
    fn name(&self) -> &'static str {
        "svdvals"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let [m, n] = [inputs[0].shape()[shape.rank() - 1], inputs[0].shape()[shape.rank()]];
        inputs[1].sliced(shape.rank() - 1, m * m.min(n), m.min(n), 1)
    }

    /// Ā = U diag(s̄) Vᵀ
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let (_, extents) = matrices(at.inputs[0], "svdvals");
        if argument != 0 || extents[0].min(extents[1]) == 0 {
            return None;
        }
        let [u, s, vt] = parts(at.inputs[1], at.inputs[0].shape());
        let weights = cotangent * Self::differentiable(s, extents);
        Some((u * by_column(weights)).matmul(vt))
    }

    /// ds = diag(Uᵀ dA V)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let da = tangents[0]?;
        let (_, extents) = matrices(at.inputs[0], "svdvals");
        if extents[0].min(extents[1]) == 0 {
            return None;
        }
        let [u, s, vt] = parts(at.inputs[1], at.inputs[0].shape());
        let moved = (u * da.matmul(vt.transpose())).sum_over(-2);
        Some(moved * Self::differentiable(s, extents))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// U diag(s) Vᵀ = A: see [`Var::svd`].
#[derive(Clone, Copy, Debug)]
pub struct Svd<T: Element> {
    /// Orthonormal columns, […, m, k] with k = min(m, n).
    pub u: Var<T>,
    /// The singular values, […, k], in descending order.
    pub s: Var<T>,
    /// Vᵀ: orthonormal rows, […, k, n].
    pub vt: Var<T>,
}

impl<T: Element> Var<T> {
    /// The reduced singular value decomposition A = U diag(s) Vᵀ.
    ///
    /// […, m, n] → U: […, m, k], s: […, k] descending, Vᵀ: […, k, n], k = min(m, n). In each column of U the first
    /// number of at least 0.9 times the largest magnitude is positive. A matrix with an infinite or NaN number gives NaN.
    ///
    /// Vectors of equal singular values, and the vectors of singular values that are zero, are not unique, and
    /// have no derivative of their own. Functions that do not depend on their choice (such as U Vᵀ, or the projection onto
    /// the space that they span) have the right one: what such functions do not ask for counts as 0, where sᵢ and sⱼ, or
    /// sᵢ and 0, differ by at most 8 max(m, n) ε s₁. Derivatives are always finite. Second derivatives at equal
    /// singular values are finite, but leave out how these would part, for such functions, too: where they are needed,
    /// state the function in terms of [`eigh`](Var::eigh) of Aᵀ A.
    /// (J. Townsend, Differentiating the singular value decomposition, 2016.)
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[0.0, 2.0], [3.0, 0.0]]));
    /// let svd = a.svd();
    /// assert!(svd.s.value().is_close(&Tensor::from([3.0, 2.0]), 1e-15));
    /// assert!(svd.u.value().is_close(&Tensor::from([[0.0, 1.0], [1.0, 0.0]]), 1e-15));
    /// assert!(svd.vt.value().is_close(&Tensor::from([[1.0, 0.0], [0.0, 1.0]]), 1e-15));
    /// ```
    #[track_caller]
    pub fn svd(self) -> Svd<T> {
        let [u, s, vt] = parts(packed_svd(self), self.shape());
        Svd { u, s, vt }
    }

    /// The singular values, in descending order.
    ///
    /// […, m, n] → […, min(m, n)]. Ā = U diag(s̄) Vᵀ, also where singular values are equal. At s = 0 (less than
    /// max(m, n) ε s₁), where a singular value has a kink as |x| has one, the derivative is 0.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[0.0, 2.0], [-3.0, 0.0]]));
    /// assert!(a.svdvals().value().is_close(&Tensor::from([3.0, 2.0]), 1e-15));
    /// let signs = Tensor::from([[0.0, 1.0], [-1.0, 0.0]]);
    /// assert!(tape.gradient(a.svdvals()).wrt(a).is_close(&signs, 1e-15));
    /// ```
    #[doc(alias = "singular_values")]
    #[must_use]
    #[track_caller]
    pub fn svdvals(self) -> Self {
        let (stack, [m, n]) = matrices(self, "svdvals");
        structural(SingularValues, &[self, packed_svd(self)], join(&stack, &[m.min(n)]))
    }
}
