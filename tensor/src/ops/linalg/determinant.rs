//! Determinants.

use super::solve::{lu, solve_by};
use super::svd::{packed_svd, parts};
use super::{diagonal, identity, square};
use crate::cpu;
use crate::cpu::linalg::factors::{self, Side};
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The determinant; the operands are the matrix and its packed factors.
#[derive(Clone, Copy)]
struct Det;

impl<T: Element> Operation<T> for Det {
    fn name(&self) -> &'static str {
        "det"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::det(inputs[1], extent(inputs[0]), shape)
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        (argument == 0).then(|| for_matrices(cotangent) * cofactors(at.inputs[0]))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        Some((cofactors(at.inputs[0]) * tangents[0]?).sum_over([-2, -1]))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

fn extent<T: Element>(x: &Tensor<T>) -> usize {
    x.shape()[x.rank() - 1]
}

/// Single numbers as matrices of one.
#[track_caller]
fn for_matrices<T: Element>(x: Var<T>) -> Var<T> {
    let shape = x.shape();
    x.reshape(shape.iter().copied().chain([1, 1]).collect::<Shape>())
}

/// The matrices of cofactors: the gradient of the determinant, det A · A⁻ᵀ where A is regular, and right elsewhere, too.
#[track_caller]
fn cofactors<T: Element>(a: Var<T>) -> Var<T> {
    let [u, s, vt] = parts(packed_svd(a.detach()), a.shape());
    structural(Cofactors, &[a, u, s, vt], a.shape())
}

/// The derivative of the cofactors along matrices H₁ … Hₘ in turn: a polynomial in all of them, linear in each H. The
/// operands are A, its singular value decomposition, and H₁ … Hₘ.
///
/// With D(A; H₁ … Hₘ) the derivative of the determinant, the result G satisfies ⟨G(A; H₁ … Hₘ), W⟩ = D(A; H₁ … Hₘ, W),
/// which does not depend on the order of the Hs and of W. So both rules are the same operation, with one more H or with
/// another in the place of one.
#[derive(Clone, Copy)]
struct Cofactors;

/// How many operands come before the Hs.
const FIRST: usize = 4;

impl<T: Element> Operation<T> for Cofactors {
    fn name(&self) -> &'static str {
        "cofactors"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let [_, u, s, vt, along @ ..] = inputs else { unreachable!("a decomposition is given") };
        let product = |a: &Tensor<T>, b: &Tensor<T>| cpu::matmul(a, b, shape);
        let turned = |h: &&Tensor<T>| product(&product(&u.transpose(), h), &vt.transpose());
        let along: Vec<Tensor<T>> = along.iter().map(turned).collect();
        let core = cpu::linalg::cofactors::of_diagonal([u, s, vt], &along, shape);
        product(&product(u, &core), vt)
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        (argument == 0 || argument >= FIRST).then(|| derivative(at, argument, cotangent))
    }

    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let arguments = core::iter::once(0).chain(FIRST..tangents.len());
        arguments
            .filter_map(|argument| Some(derivative(at, argument, tangents[argument]?)))
            .reduce(|sum, term| sum + term)
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// The derivative for an operand, along `w` (or, which is the same, its transpose applied to `w`).
#[track_caller]
fn derivative<T: Element>(at: &Arguments<'_, T>, argument: usize, w: Var<T>) -> Var<T> {
    let mut operands = at.inputs.to_vec();
    let w = crate::ops::expand_to(w, &at.output.shape());
    match argument {
        0 => operands.push(w),
        _ => operands[argument] = w,
    }
    structural(Cofactors, &operands, at.output.shape())
}

/// log |det A|; the operands are the matrix and its packed factors.
#[derive(Clone, Copy)]
struct LogAbsDet;

impl<T: Element> Operation<T> for LogAbsDet {
    fn name(&self) -> &'static str {
        "log_det"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::log_abs_det(inputs[1], extent(inputs[0]), shape)
    }
    /// Ā = A⁻ᵀ
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let (a, factors) = (at.inputs[0], at.inputs[1]);
        let inverse = || solve_by(Side::Transposed, a, factors, identity(a));
        (argument == 0).then(|| crate::ops::strong_mul(for_matrices(cotangent), inverse()))
    }
    /// tr(A⁻¹ dA)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let moved = solve_by(Side::Plain, at.inputs[0], at.inputs[1], tangents[0]?);
        Some(diagonal(moved).sum_over(-1))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// The sign of a determinant, which is locally constant; the operand is the packed factors of n × n matrices.
#[derive(Clone, Copy)]
struct SignOfDet {
    n: usize,
}

impl<T: Element> Operation<T> for SignOfDet {
    fn name(&self) -> &'static str {
        "slog_det"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::sign_of_det(inputs[0], self.n, shape)
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        None
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        None
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// A determinant as sign · exp(log_abs): see [`Var::slog_det`].
#[derive(Clone, Copy, Debug)]
pub struct SlogDet<T: Element> {
    /// −1, 0 or 1.
    pub sign: Var<T>,
    /// log |det A|; −∞ of a singular matrix.
    pub log_abs: Var<T>,
}

impl<T: Element> Var<T> {
    /// The determinant.
    ///
    /// […, n, n] → […]; of a 0 × 0 matrix 1. The gradient is the matrix of cofactors, by the singular value
    /// decomposition: exact for singular matrices of any rank, and so are derivatives of every order. (The work for the
    /// derivative of order p grows as n³ + nᵖ.)
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[3.0, 1.0], [2.0, 4.0]]));
    /// assert!(a.det().value().is_close(&Tensor::from(10.0), 1e-14));
    /// let cofactors = Tensor::from([[4.0, -2.0], [-1.0, 3.0]]);
    /// assert!(tape.gradient(a.det()).wrt(a).is_close(&cofactors, 1e-14));
    /// let singular = tape.var(&Tensor::from([[1.0, 0.0], [0.0, 0.0]]));
    /// let cofactors = Tensor::from([[0.0, 0.0], [0.0, 1.0]]);
    /// assert_eq!(tape.gradient(singular.det()).wrt(singular), cofactors);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn det(self) -> Self {
        let (stack, _) = square(self, "det");
        structural(Det, &[self, lu(self)], stack)
    }

    /// log det A, which neither overflows nor underflows: −∞ of a singular matrix, NaN where the determinant is negative.
    ///
    /// […, n, n] → […]; of a 0 × 0 matrix 0. Ā = A⁻ᵀ.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 0.0], [0.0, 4.0]]));
    /// assert!((a.log_det().item() - 8.0_f64.ln()).abs() < 1e-15);
    /// assert_eq!(tape.gradient(a.log_det()).wrt(a), Tensor::from([[0.5, 0.0], [0.0, 0.25]]));
    /// ```
    #[doc(alias = "logdet")]
    #[must_use]
    #[track_caller]
    pub fn log_det(self) -> Self {
        let SlogDet { sign, log_abs } = self.slog_det();
        log_abs * sign.less(0.0).select(Var::number(T::nan()), 1.0)
    }

    /// The sign of the determinant, and the logarithm of its absolute value.
    ///
    /// […, n, n] → […] each. The sign has derivative 0; for log |det A| it is A⁻ᵀ.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[0.0, 1.0], [1.0, 0.0]]));
    /// let det = a.slog_det();
    /// assert_eq!((det.sign.item(), det.log_abs.item()), (-1.0, 0.0));
    /// ```
    #[doc(alias = "slogdet")]
    #[track_caller]
    pub fn slog_det(self) -> SlogDet<T> {
        let (stack, n) = square(self, "slog_det");
        let factors = lu(self);
        SlogDet {
            sign: structural(SignOfDet { n }, &[factors], stack.clone()),
            log_abs: structural(LogAbsDet, &[self, factors], stack),
        }
    }
}
