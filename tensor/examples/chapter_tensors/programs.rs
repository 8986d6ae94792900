//! Programs to differentiate: plain Rust with loops and branches.

use std::fmt;

use wengert_tensor::{GradientCollector, Parameter, Piecewise, Tensor, Var};

/// What the doubling loop says at zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeverEnds;

impl fmt::Display for NeverEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a is 0, and doubling it never reaches 1000")
    }
}

impl std::error::Error for NeverEnds {}

/// Doubles until the norm is 1000; where the sum is negative then, multiplies by 100, too.
pub fn doubled(a: Var<f64>) -> Result<Var<f64>, NeverEnds> {
    if a.norm().item() == 0.0 {
        return Err(NeverEnds);
    }
    let mut b = a * 2.0;
    while b.norm().item() < 1000.0 {
        b *= 2.0;
    }
    Ok(if b.sum().item() > 0.0 { b } else { b * 100.0 })
}

/// The value of [`doubled`], and the gradient of the sum of its elements.
pub fn doubled_and_gradient(a: Tensor<f64>) -> Result<(Tensor<f64>, Tensor<f64>), NeverEnds> {
    let a = Parameter::new(a);
    let collector = GradientCollector::new();
    let d = doubled(collector.var(&a))?;
    collector.backward(d);
    Ok((d.value(), a.gradient()))
}

/// √a of positive numbers by Newton's method: as many steps for each as it needs.
pub fn root_by_newton(a: Var<f64>) -> Var<f64> {
    // From above, the steps go down until rounding ends them.
    let mut x = a.max(1.0);
    loop {
        let next = (x + a / x) / 2.0;
        let goes_on = next.less(x);
        if goes_on.value().to_vec().iter().all(|yes| !yes) {
            return next;
        }
        x = goes_on.select(next, x);
    }
}

/// (Σ x²)², with the gradient 4 (Σ x²) x and the Hessian 4 (Σ x²) I + 8 x xᵀ.
pub fn squared_sum_of_squares(x: Var<f64>) -> Var<f64> {
    let squares = x.dot(x);
    squares * squares
}
