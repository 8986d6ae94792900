//! Numbers that carry derivatives: automatic differentiation, forward and reverse, to any order.
//!
//! Write a function once, generic over [`Real`]. It runs on `f64`, and on every number type of this crate; the
//! [drivers] choose the type and read off the derivatives.
//!
//! ```
//! use wengert_autodiff::*;
//!
//! fn rosenbrock<R: Real>(x: &[R]) -> R {
//!     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
//! }
//! let x = [-1.0, 2.0];
//! let (value, gradient) = value_and_gradient(rosenbrock, &x);
//! assert_eq!((value, gradient), (104.0, vec![396.0, 200.0]));
//! let h = hessian(rosenbrock, &x);
//! assert_eq!((h[(0, 0)], h[(0, 1)], h[(1, 1)]), (402.0, 400.0, 200.0));
//! assert_eq!(hvp(rosenbrock, &x, &[1.0, 2.0]), [1202.0, 800.0]);
//!
//! let (y, dy) = jvp(|x: &[Dual<f64>]| vec![x[0] * x[1], x[0].sin()], &[0.0, 3.0], &[1.0, 0.0]);
//! assert_eq!((y, dy), (vec![0.0, 0.0], vec![3.0, 1.0]));
//! let d = derivatives::<4>(|t: Taylor<f64, 4>| t.sin(), 0.0);
//! assert_eq!([d[0], d[1], d[2], d[3], d[4]], [0.0, 1.0, 0.0, -1.0, 0.0]);
//! ```
//!
//! # The number types
//!
//! | type | carries | for |
//! |---|---|---|
//! | [`Dual<T>`](Dual) | a value and one tangent | derivatives in one direction |
//! | [`DualVec<T, N>`](DualVec) | a value and N tangents, side by side | a few variables; Jacobians in chunks |
//! | [`Taylor<T, N>`](Taylor) | the first N + 1 Taylor coefficients | every order in one direction |
//! | [`Var<T>`] | a value and its place on a [`Tape`] | gradients of many variables (reverse mode) |
//!
//! `T` is `f64`, `f32`, or any of these again: `Var<Dual<f64>>` gives Hessian–vector products, `Var<Var<f64>>`
//! gradients of gradients. All are `Copy`. Their functions (see [`mod@rules`]) follow one table that states each value
//! and derivative once. In every mode the value is the plain computation's, bit for bit.
//!
//! # Recording by hand
//!
//! ```
//! use wengert_autodiff::Tape;
//!
//! let tape = Tape::new();
//! let x = tape.vars(&[0.0, 1.0, 2.0, 3.0]);
//! let y = x.iter().map(|&x| x * x).sum::<wengert_autodiff::Var<f64>>() * 2.0;
//! assert_eq!(y.value(), 28.0);
//! assert_eq!(tape.gradient(y).wrt_slice(&x), [0.0, 4.0, 8.0, 12.0]);
//! ```
//!
//! # Fewer nodes, more threads
//!
//! In code that is generic over [`Real`], these change the cost and nothing else:
//!
//! | | |
//! |---|---|
//! | [`fuse!`], [`Function::fuse`] | a small function of a few variables as one node |
//! | [`preaccumulate`](preaccumulate()) | a longer part of few variables and results as one node for each result |
//! | [`par_sum`], [`par_map`] | sums and lists over many items, recorded and swept in parallel |
//! | [`rules::sum`], [`rules::dot`], [`rules::norm`], … | functions of slices as one node |
//!
//! # What derivatives are where there is none
//!
//! 1. Where nothing depends on a variable, its derivative is zero, whatever infinities stand beside it: a
//!    structurally zero tangent, partial or adjoint absorbs them. ("Structurally" means that every component of a
//!    nested number is zero; a tracked `Var` never is.)
//! 2. At a kink it is the subgradient of least norm: 0 for `abs`, half and half for a tie of `max`.
//! 3. At the boundary of the domain it is the one-sided limit, possibly infinite: +∞ for `sqrt` at 0.
//! 4. Outside the domain it is NaN.
//!
//! Comparisons (`==`, `<`) look at values alone, so that programs branch as the plain ones do. A function that
//! treats a value of exactly 0 as a special case (`if x == 0.0 { return … }`) hides the derivatives of the other
//! branch there; [`Number::is_structural_zero`] is the test that does not.
//!
//! Dual numbers of the same type in nested derivatives are not told apart: an inner
//! [`derivative`] must not capture a dual number of the outer one by value; pass it on as a constant of the nested
//! type (`Dual::constant(x)` in a `Dual<Dual<f64>>`). Recordings are told apart: mixing them panics.
//!
//! # Beside other traits of numbers
//!
//! Where two traits have a method of the same name, Rust asks which is meant. Bound generic functions by [`Real`], or by
//! `num_traits::Float`, and if it has to be both, name the family. The same goes for functions that `f64` may get from a later
//! Rust (`gamma`, `ln_gamma`, `erf`, `erfc`), where they are called on a plain `f64`.
//!
//! ```
//! use wengert_autodiff::Real;
//! use wengert_autodiff::rules::{SpecialFunctions, Trigonometric};
//!
//! fn both<R: Real + num_traits::Float>(x: R) -> R {
//!     Trigonometric::sin(x) + x.to_degrees()
//! }
//! assert_eq!(both(0.0), 0.0);
//! assert_eq!(SpecialFunctions::ln_gamma(2.0), 0.0);
//! ```
//!
//! # Features
//!
//! - `nalgebra`: the number types are `nalgebra` scalars (`RealField`), decompositions included.
//! - `ndarray`: they are scalar operands of `ndarray`.
//! - `serde`: they serialise (a `Var` as its value).

pub mod drivers;
mod dual;
mod fuse;
pub mod interop;
mod matrix;
mod num_traits_impls;
mod number;
mod operators;
mod pages;
mod real;
#[macro_use]
pub mod rules;
mod section;
mod special;
mod tape;
mod taylor;
mod var;

pub use drivers::*;
pub use dual::{Dual, DualVec};
pub use fuse::Function;
pub use matrix::Matrix;
pub use number::{Mask, Number, Primitive};
#[doc(hidden)]
pub use pages::prefer_large_pages;
pub use real::Real;
pub use rules::{Rule, RuleVisitor, SliceRule};
#[doc(hidden)]
pub use section::Crew;
pub use section::preaccumulate;
pub use tape::{Gradient, Mark, NonFinite, Tape, release_memory};
pub use taylor::Taylor;
pub use var::Var;
