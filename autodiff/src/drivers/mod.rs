//! One-line drivers: from a function to its derivatives.
//!
//! | | |
//! |---|---|
//! | [`derivative`], [`derivatives`] | one variable, any order |
//! | [`gradient`], [`value_and_gradient`] | many variables, one result (reverse mode) |
//! | [`gradient_forward`] | few variables, one result |
//! | [`jacobian`], [`jacobian_forward`], [`jacobian_reverse`] | many variables, many results |
//! | [`hessian`] | second derivatives (forward over reverse) |
//! | [`jvp`], [`vjp`], [`hvp`] | products with Jacobians and Hessians |
//! | [`directional_derivatives`], [`third_derivative`] | higher orders along directions |
//! | [`par_gradient`], [`par_jacobian`], [`par_hessian`] | the same on Rayon's threads |
//! | [`par_sum`], [`par_map`] | parallel parts of a function that is generic over its numbers |
//!
//! A function that returns a `Result` gives a driver that returns a `Result` (see [`Outcome`]). Therefore the result's
//! type must be known: a closure that ends in `.sum()` says `.sum::<Var<_>>()`, or calls [`sum`](crate::rules::sum).

mod gradient;
mod hessian;
mod jacobian;
mod outcome;
mod parallel;
mod products;
mod univariate;

pub use gradient::{gradient, gradient_forward, gradient_into, value_and_gradient};
pub use hessian::{HessianVar, hessian, hessian_into};
pub(crate) use jacobian::rows as jacobian_rows;
pub use jacobian::{
    jacobian, jacobian_forward, jacobian_forward_into, jacobian_into, jacobian_reverse,
};
pub use outcome::Outcome;
pub use parallel::{par_gradient, par_hessian, par_jacobian, par_map, par_sum};
pub use products::{Pullback, hvp, jvp, vjp};
pub use univariate::{
    Derivatives, derivative, derivatives, directional_derivatives, third_derivative,
    value_and_derivative,
};

/// How many directions the forward drivers carry at once: one AVX-512 register of `f64`, two of AVX2.
pub(crate) const CHUNK: usize = 8;
