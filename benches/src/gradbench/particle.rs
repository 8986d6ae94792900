//! Where to put a charge so that a particle, which it and another repel, arrives at the origin.
//!
//! Its path follows the gradient of the potential, and the search follows the gradient of the path's end: one
//! differentiation inside of the other.

use serde::Deserialize;
use wengert_autodiff::Real;

use super::descent::{Mode, argmin};

#[derive(Deserialize)]
pub(super) struct Input {
    w: f64,
}

/// Σ 1 / |x − charge|
fn potential<R: Real>(charges: &[[R; 2]; 2], x: [R; 2]) -> R {
    let distance = |c: &[R; 2]| ((x[0] - c[0]).powi(2) + (x[1] - c[1]).powi(2)).sqrt();
    charges.iter().map(|c| distance(c).recip()).sum()
}

/// The square of where the particle crosses the x-axis, by Euler's method.
fn miss<Inner: Mode, R: Real>([w]: [R; 1]) -> R {
    let charges = [[10.0.into(), -w + 10.0], [10.0.into(), 0.0.into()]];
    let charges = charges.map(|c| c.map(Inner::constant));
    let field = |x: [R; 2]| Inner::gradient(|x| potential(&charges, x), x);
    let dt = 0.1;
    let mut x: [R; 2] = [0.0, 8.0].map(R::from);
    let mut velocity: [R; 2] = [0.75, 0.0].map(R::from);
    loop {
        let slope = field(x);
        x = [x[0] + velocity[0] * dt, x[1] + velocity[1] * dt];
        if x[1] <= 0.0 {
            return (x[0] - x[1] / velocity[1] * velocity[0]).powi(2);
        }
        velocity = [velocity[0] - slope[0] * dt, velocity[1] - slope[1] * dt];
    }
}

pub(super) fn solve<Outer: Mode, Inner: Mode>(input: &Input) -> f64 {
    let gradient = |w: [f64; 1]| Outer::gradient(miss::<Inner, _>, w);
    argmin(miss::<Inner, _>, gradient, [input.w])[0]
}
