//! Triangular linear systems.

use super::solve::System;
use super::{by_columns, square, take};
use crate::cpu::linalg::factors;
use crate::cpu::linalg::parts::Part;
use crate::cpu::linalg::routines::Triangle;
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The solution of A X = B for triangular A.
struct SolveTriangular {
    triangle: Triangle,
}

/// A⁻¹ B for triangular A, where both are stacks of the same extents. What is in the other triangle is not looked at.
#[track_caller]
pub(super) fn solve_triangular<T: Element>(triangle: Triangle, a: Var<T>, b: Var<T>) -> Var<T> {
    structural(SolveTriangular { triangle }, &[a, b], b.shape())
}

impl<T: Element> Operation<T> for SolveTriangular {
    fn name(&self) -> &'static str {
        match self.triangle {
            Triangle::Lower => "solve_lower_triangular",
            Triangle::Upper => "solve_upper_triangular",
        }
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        factors::solve_triangular(inputs[0], inputs[1], self.triangle, shape)
    }

    /// B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ within the triangle.
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let for_b = solve_triangular(self.triangle.other(), at.inputs[0].transpose(), cotangent);
        Some(match argument {
            0 => take(self.part(), -for_b.matmul(at.output.transpose())),
            _ => for_b,
        })
    }

    /// dX = A⁻¹ (dB − dA X)
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let moved = tangents[0].map(|da| take(self.part(), da).matmul(at.output));
        let residual = match (tangents[1], moved) {
            (Some(db), Some(moved)) => db - moved,
            (db, moved) => db.or(moved.map(|moved| -moved))?,
        };
        Some(solve_triangular(self.triangle, at.inputs[0], residual))
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let SolveTriangular { triangle } = *self;
        Some(match (members.batch(0), members.batch(1)) {
            (None, Some(b)) => by_columns(b, |b| solve_triangular(triangle, members.shared(0), b)),
            _ => members.stacked(SolveTriangular { triangle }),
        })
    }
}

impl SolveTriangular {
    fn part(&self) -> Part {
        match self.triangle {
            Triangle::Lower => Part::Lower,
            Triangle::Upper => Part::Upper,
        }
    }
}

#[track_caller]
fn solved<T: Element>(operation: &str, triangle: Triangle, a: Var<T>, b: Var<T>) -> Var<T> {
    let (stack, n) = square(a, operation);
    let system = System::new(operation, a, &stack, n, b);
    system.result(solve_triangular(triangle, system.spread(a, 2), system.b))
}

impl<T: Element> Var<T> {
    /// The solution X of L X = B, where L is the lower triangle of the matrix. What is above the diagonal is not looked
    /// at, and has derivative 0.
    ///
    /// Shapes are as for [`solve`](Var::solve). A zero on the diagonal gives infinite or NaN numbers.
    ///
    /// # Panics
    /// If the matrix is not square, or the extents do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor, constant};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[2.0, 7.0], [1.0, 4.0]]));
    /// let x = a.solve_lower_triangular(constant(&Tensor::from([2.0, 5.0])));
    /// assert_eq!(x.value(), Tensor::from([1.0, 1.0]));
    /// assert_eq!(tape.gradient(x).wrt(a), Tensor::from([[-0.375, 0.0], [-0.25, -0.25]]));
    /// ```
    #[doc(alias = "solve_triangular")]
    #[track_caller]
    pub fn solve_lower_triangular(self, b: impl Into<Var<T>>) -> Self {
        solved("solve_lower_triangular", Triangle::Lower, self, b.into())
    }

    /// The solution X of U X = B, where U is the upper triangle of the matrix. What is below the diagonal is not looked
    /// at, and has derivative 0.
    ///
    /// Shapes are as for [`solve`](Var::solve). A zero on the diagonal gives infinite or NaN numbers.
    ///
    /// # Panics
    /// If the matrix is not square, or the extents do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor, constant};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[4.0, 1.0], [7.0, 2.0]]));
    /// let x = a.solve_upper_triangular(constant(&Tensor::from([5.0, 2.0])));
    /// assert_eq!(x.value(), Tensor::from([1.0, 1.0]));
    /// assert_eq!(tape.gradient(x).wrt(a), Tensor::from([[-0.25, -0.25], [0.0, -0.375]]));
    /// ```
    #[doc(alias = "solve_triangular")]
    #[track_caller]
    pub fn solve_upper_triangular(self, b: impl Into<Var<T>>) -> Self {
        solved("solve_upper_triangular", Triangle::Upper, self, b.into())
    }
}
