//! Burgers' equation u_t + u u_x = ν u_xx on −1 ≤ x ≤ 1, 0 ≤ t ≤ 1, with u = −sin πx at first and 0 at the ends.

use std::f64::consts::PI;

use wengert_tensor::*;

use crate::points::Points;

/// The viscosity ν of the benchmark.
pub const VISCOSITY: f64 = 0.01 / PI;

/// By how much a function of place and time violates the equation, at these points. Time has one derivative; of the place,
/// the derivative of the derivative is needed, and forward mode within forward mode gives it.
pub fn residual(u: impl Fn(Var<f64>, Var<f64>) -> Var<f64>, at: &Points) -> Var<f64> {
    let (x, t) = (constant(&at.x), constant(&at.t));
    let one = constant(&Tensor::ones(at.x.shape()));
    let (_, u_t) = jvp(|t| u(x, t), &t, &one);
    let ((u, u_x), (_, u_xx)) = jvp(|x| jvp(|x| u(x, t), &x, &one), &x, &one);
    u_t + u * u_x - VISCOSITY * u_xx
}

/// u_x at these points.
pub fn slope(u: impl Fn(Var<f64>, Var<f64>) -> Var<f64>, at: &Points) -> Var<f64> {
    let (x, t) = (constant(&at.x), constant(&at.t));
    jvp(|x| u(x, t), &x, &constant(&Tensor::ones(at.x.shape()))).1
}

/// The exact solution, by the transformation of Cole (1951) and Hopf (1950):
///
/// u(x, t) = −∫ sin π(x − η) w(η) dη / ∫ w(η) dη, where w(η) = exp(−cos π(x − η) / 2πν − η² / 4νt).
///
/// With η = z √4νt the integrand falls as exp(−z²), for which the trapezoidal rule converges geometrically
/// (Trefethen and Weideman, *SIAM Review* 56, 2014).
pub fn exact(x: f64, t: f64) -> f64 {
    const STEP: f64 = 0.1;
    let (mut numerator, mut denominator) = (0.0, 0.0);
    for k in -160..=160 {
        let z = STEP * f64::from(k);
        let (sine, cosine) = (PI * (x - z * (4.0 * VISCOSITY * t).sqrt())).sin_cos();
        let weight = (-cosine / (2.0 * PI * VISCOSITY) - z * z).exp();
        numerator += sine * weight;
        denominator += weight;
    }
    -numerator / denominator
}
