//! Tests of the laws that derivatives obey, and the tools that they share.
//!
//! The tools in [`check`] are for any function that is generic over [`Real`](wengert_autodiff::Real). To test
//! the derivatives of your own:
//!
//! ```
//! use proptest::prelude::*;
//! use wengert_autodiff::Real;
//! use wengert_proptests::check::{check_gradient, check_modes, function, points};
//!
//! fn rosenbrock<R: Real>(x: &[R]) -> R {
//!     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
//! }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(20))]
//!     # /*
//!     #[test]
//!     # */
//!     fn the_derivatives_are_right(x in points(3)) {
//!         check_gradient(function!(rosenbrock), &x)?;      // against differences
//!         check_modes(function!(rosenbrock), &x)?;         // in every mode and nesting
//!     }
//! }
//! # the_derivatives_are_right();
//! ```

pub mod arrays;
pub mod check;
pub mod modes;
pub mod points;
pub mod programs;
pub mod references;
pub mod report;
pub mod ulps;
