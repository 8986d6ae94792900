//! Linear systems, and inverses.

use smallvec::SmallVec;

use super::{by_columns, identity, join, square};
use crate::cpu::linalg::factors::{self, Side};
use crate::element::Element;
use crate::ops::{expand_to, structural};
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The factors of P A = L U with row exchanges, packed: L and U in one matrix, then the order of rows. Not differentiated
/// itself: operations that use the factors state derivatives in terms of the matrix.
struct Lu;

impl<T: Element> Operation<T> for Lu {
    fn name(&self) -> &'static str {
        "lu"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::lu(inputs[0], shape)
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        None
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        None
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(Lu))
    }
}

/// The packed factors of square matrices.
#[track_caller]
pub(super) fn lu<T: Element>(a: Var<T>) -> Var<T> {
    let shape = a.shape();
    let (stack, n) = (Shape::from(&shape[..shape.rank() - 2]), shape[shape.rank() - 1]);
    structural(Lu, &[a], join(&stack, &[n * n + n]))
}

/// The solution of A X = B or Aᵀ X = B; the operands are A, its packed factors, and B.
struct Solve {
    side: Side,
}

/// A⁻¹ B or A⁻ᵀ B, where A and B are stacks of the same extents.
#[track_caller]
pub(super) fn solve_by<T: Element>(side: Side, a: Var<T>, factors: Var<T>, b: Var<T>) -> Var<T> {
    structural(Solve { side }, &[a, factors, b], b.shape())
}

impl<T: Element> Operation<T> for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::solve(inputs[1], inputs[2], self.side, shape)
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        self.vjps(at, &|k| k == argument, cotangent)[argument]
    }

    /// B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ, with one solution for both.
    fn vjps(
        &self,
        at: &Arguments<'_, T>,
        wanted: &dyn Fn(usize) -> bool,
        cotangent: Var<T>,
    ) -> SmallVec<[Option<Var<T>>; 4]> {
        let (a, factors, x) = (at.inputs[0], at.inputs[1], at.output);
        let other = match self.side {
            Side::Plain => Side::Transposed,
            Side::Transposed => Side::Plain,
        };
        let for_b = (wanted(0) || wanted(2)).then(|| solve_by(other, a, factors, cotangent));
        let for_a = for_b.filter(|_| wanted(0)).map(|for_b| match self.side {
            Side::Plain => -for_b.matmul(x.transpose()),
            Side::Transposed => -x.matmul(for_b.transpose()),
        });
        SmallVec::from_slice(&[for_a, None, for_b.filter(|_| wanted(2))])
    }

    /// dX = A⁻¹ (dB − dA X)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (a, factors, x) = (at.inputs[0], at.inputs[1], at.output);
        let moved = tangents[0].map(|da| match self.side {
            Side::Plain => da.matmul(x),
            Side::Transposed => da.transpose().matmul(x),
        });
        let residual = match (tangents[2], moved) {
            (Some(db), Some(moved)) => db - moved,
            (db, moved) => db.or(moved.map(|moved| -moved))?,
        };
        Some(solve_by(self.side, a, factors, residual))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let Solve { side } = *self;
        Some(match (members.batch(0), members.batch(1), members.batch(2)) {
            (None, None, Some(b)) => {
                by_columns(b, |b| solve_by(side, members.shared(0), members.shared(1), b))
            }
            _ => members.stacked(Solve { side }),
        })
    }
}

/// Matrices and right-hand sides in stacks of the same extents; a vector is one column, and is so remembered.
pub(super) struct System<T> {
    /// The leading axes of both.
    stack: Shape,
    pub(super) b: Var<T>,
    is_vector: bool,
}

impl<T: Element> System<T> {
    /// The right-hand sides `b` of equations with matrices of `m` rows along the leading axes `stack`.
    #[track_caller]
    pub(super) fn new(operation: &str, a: Var<T>, stack: &Shape, m: usize, b: Var<T>) -> Self {
        let (sa, sb) = (a.shape(), b.shape());
        let is_vector = sb.rank() == 1;
        assert!(
            sb.rank() > 0 && sb[if is_vector { 0 } else { sb.rank() - 2 }] == m,
            "{operation}: shapes {sa} and {sb}: the right-hand side must be a vector of {m} numbers, or have matrices \
             of {m} rows on its last two axes; is one to be transposed, or a stack of vectors to be reshaped to \
             one of columns?"
        );
        let b = if is_vector { b.reshape([m, 1]) } else { b };
        let sb = b.shape();
        let columns = sb[sb.rank() - 1];
        let stack_b = Shape::from(&sb[..sb.rank() - 2]);
        let Some(stack) = stack.broadcast(&stack_b) else {
            panic!(
                "{operation}: the leading axes of shapes {sa} and {sb} do not broadcast; extents must be equal or 1"
            );
        };
        let b = expand_to(b, &join(&stack, &[m, columns]));
        System { stack, b, is_vector }
    }

    /// What belongs to each matrix, of the last `item` axes, along the leading axes of the system.
    #[track_caller]
    pub(super) fn spread(&self, x: Var<T>, item: usize) -> Var<T> {
        let shape = x.shape();
        expand_to(x, &join(&self.stack, &shape[shape.rank() - item..]))
    }

    /// The solution, as a vector if the right-hand side was one.
    #[track_caller]
    pub(super) fn result(&self, x: Var<T>) -> Var<T> {
        let shape = x.shape();
        if self.is_vector { x.reshape(&shape[..shape.rank() - 1]) } else { x }
    }
}

impl<T: Element> Var<T> {
    /// The solution X of A X = B, by factorisation with row exchanges: A⁻¹ B without the inverse.
    ///
    /// A: […, n, n]; B: a vector `[n]`, or matrices […, n, k] whose leading axes broadcast with those of A. The result has
    /// the shape of B (with all leading axes). Where A is exactly singular, the result is infinite or NaN. The
    /// factorisation is computed once, also for derivatives: B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ.
    ///
    /// # Panics
    /// If A is not square, or the extents do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 0.0], [0.0, 4.0]]));
    /// let b = tape.var(&Tensor::from([2.0, 4.0]));
    /// let x = a.solve(b);
    /// assert_eq!(x.value(), Tensor::from([1.0, 1.0]));
    /// assert_eq!(tape.gradient(x).wrt(b), Tensor::from([0.5, 0.25]));
    /// assert_eq!(tape.gradient(x).wrt(a), Tensor::from([[-0.5, -0.5], [-0.25, -0.25]]));
    /// ```
    #[track_caller]
    pub fn solve(self, b: impl Into<Var<T>>) -> Self {
        let (stack, n) = square(self, "solve");
        let system = System::new("solve", self, &stack, n, b.into());
        let (a, factors) = (system.spread(self, 2), system.spread(lu(self), 1));
        system.result(solve_by(Side::Plain, a, factors, system.b))
    }

    /// The inverse matrix A⁻¹. (To multiply with it, [`solve`](Var::solve) is faster and more accurate.)
    ///
    /// […, n, n] → […, n, n]. Where A is exactly singular, the result is infinite or NaN. d(A⁻¹) = −A⁻¹ dA A⁻¹.
    ///
    /// # Panics
    /// If A is not square.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 0.0], [0.0, 4.0]]));
    /// assert_eq!(a.inv().value(), Tensor::from([[0.5, 0.0], [0.0, 0.25]]));
    /// assert_eq!(tape.gradient(a.inv()).wrt(a), Tensor::from([[-0.25, -0.125], [-0.125, -0.0625]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn inv(self) -> Self {
        square(self, "inv");
        solve_by(Side::Plain, self, lu(self), identity(self))
    }
}
