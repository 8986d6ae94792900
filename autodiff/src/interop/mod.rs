//! The numbers in other crates: num-traits always; nalgebra, ndarray and serde behind features of
//! these names.
//!
//! Every number type takes part, nested in any way: [`DualVec`](crate::DualVec) and
//! [`Dual`](crate::Dual), [`Taylor`](crate::Taylor), [`Var`](crate::Var). The other crates see
//! plain numbers that are compared by value; their derivatives come from the rule table as
//! everywhere.
//!
//! # num-traits
//!
//! Always there: `Float`, `FloatConst`, `FromPrimitive`, `ToPrimitive`, `NumCast`, `NumAssign`,
//! `Signed`, `Bounded`, `Pow`, `Inv`, `MulAdd`. With `Float` in scope, too, methods of concrete
//! types are not ambiguous.
//!
//! ```
//! use num_traits::Float;
//! use wengert_autodiff::{Dual, derivative};
//!
//! fn logistic<F: Float>(x: F) -> F {
//!     (F::one() + (-x).exp()).recip()
//! }
//! assert_eq!(derivative(logistic, 0.0), 0.25);
//! assert_eq!(Dual::new(4.0, 1.0).sqrt().tangent(), 0.25);
//! ```
//!
//! # nalgebra
//!
//! Feature `nalgebra`, for nalgebra 0.35: `RealField` and `ComplexField` of its crate simba 0.10,
//! and approximate equality of the crate approx 0.5, which looks at values.
//!
//! ```
//! use nalgebra::{Matrix2, RealField, Vector2};
//! use wengert_autodiff::{Tape, hessian};
//!
//! let tape = Tape::new();
//! let [x0, x1, x2, x3] = [1.0, 2.0, 3.0, 4.0].map(|x| tape.var(x));
//! let m = Matrix2::new(x0, x1, x2, x3).determinant();
//! assert_eq!(tape.gradient(m).wrt_slice(&[x0, x1, x2, x3]), [4.0, -3.0, -2.0, 1.0]);
//!
//! // bᵀ A⁻¹ b with A = diag(x), which is Σ b² / x.
//! fn energy<R: RealField + Copy>(x: &[R]) -> R {
//!     let b = Vector2::new(R::one(), R::one());
//!     let a = Matrix2::from_diagonal(&Vector2::from_row_slice(x));
//!     b.dot(&a.cholesky().expect("x is positive").solve(&b))
//! }
//! assert_eq!(energy(&[1.0, 4.0]), 1.25);
//! assert_eq!(hessian(energy, &[1.0, 4.0]).as_slice(), [2.0, 0.0, 0.0, 2.0 / 64.0]);
//! ```
//!
//! Plain numbers become constants (`nalgebra::convert`, `Matrix::cast`), and `try_convert` and
//! `try_cast` take the value out. A factor stands on the right of a matrix, `m * x`.
//!
//! nalgebra chooses its branches by comparing values, so that derivatives are those of the branch
//! taken. The determinant up to 3 × 3, inverses, LU (with partial or full pivoting), QR (with or
//! without pivoting), Cholesky, UDU, norms and the exponential have right derivatives wherever they
//! exist, also with pivots and elements of value 0. The others have them at points in general
//! position, but:
//!
//! - For a singular matrix larger than 3 × 3, the derivative of the determinant is right unless a
//!   column before the last becomes zero in the elimination, which leaves such a column alone.
//! - Eigenvalues and singular values with their vectors (`symmetric_eigen`, `schur`, `svd`,
//!   `polar`, `pseudo_inverse`, `hessenberg`, …) come from iterations that pass over elements of
//!   value 0 or close to it. At a matrix that is diagonal already, or splits into blocks,
//!   derivatives may be wrong, also where they exist, which is where no two of the eigenvalues or
//!   singular values are equal.
//! - A rotation by a vector of value 0 (`Rotation3::new`, `UnitQuaternion::new`) is the constant
//!   identity; `sinc` and `sinhc` are constant at 0.
//! - A coefficient of value 0 in `gemm`, `gemv`, `axpy` and the like may replace what it would
//!   scale, and then its derivative is lost.
//!
//! # ndarray
//!
//! Feature `ndarray`, for ndarray 0.17: arrays with elements of all number types, `dot`, and
//! numbers on the right of an array.
//!
//! ```
//! use ndarray::{ArrayView1, array};
//! use wengert_autodiff::{Var, gradient};
//!
//! let a = array![[2.0, 1.0], [1.0, 3.0]].mapv(Var::from);
//! let f = |x: &[Var<f64>]| {
//!     let x = ArrayView1::from(x);
//!     (x.dot(&a.dot(&x)) + (&x * x[0] + 1.0).sum()) / 2.0
//! };
//! assert_eq!(gradient(f, &[1.0, 2.0]), [6.0, 7.5]);
//! ```
//!
//! A coefficient of value 0 in `general_mat_mul` and `general_mat_vec_mul` loses its derivative as
//! above.
//!
//! # serde
//!
//! Feature `serde`: dual numbers and series are written with all their derivatives, a
//! [`Matrix`](crate::Matrix) with its shape. Of a [`Var`](crate::Var) the value alone is written,
//! and a constant read, because a handle to a recording means nothing elsewhere.
//!
//! ```
//! use wengert_autodiff::{DualVec, Tape, Var};
//!
//! let x = DualVec { value: 1.0, tangents: [2.0, 3.0] };
//! let text = serde_json::to_string(&x)?;
//! assert_eq!(text, r#"{"value":1.0,"tangents":[2.0,3.0]}"#);
//! assert_eq!(serde_json::from_str::<DualVec<f64, 2>>(&text)?.tangents, x.tangents);
//!
//! let text = serde_json::to_string(&Tape::new().var(3.0))?;
//! assert!(serde_json::from_str::<Var<f64>>(&text)?.is_constant());
//! # Ok::<(), serde_json::Error>(())
//! ```

#[cfg(feature = "nalgebra")]
mod approx;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "serde")]
pub(crate) mod serde;
