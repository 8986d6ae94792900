//! Least squares: ½ Σᵢ (sᵢ − Σⱼ xⱼ tᵢʲ)² for a polynomial that approximates s = sign t at n points of [−1, 1].
//!
//! In reverse mode, on a tape for each few of the points.

use serde::Deserialize;
use wengert_autodiff::{Real, par_gradient};

#[derive(Deserialize)]
pub(super) struct Input {
    x: Vec<f64>,
    n: usize,
}

impl Input {
    fn points(&self) -> Vec<f64> {
        (0..self.n).map(|i| -1.0 + 2.0 * i as f64 / (self.n as f64 - 1.0)).collect()
    }
}

/// ½ (s − Σⱼ xⱼ tʲ)²
fn loss<R: Real>(t: &f64, x: &[R]) -> R {
    let sign = if *t == 0.0 { 0.0 } else { t.signum() };
    let powers = std::iter::successors(Some(1.0), |power| Some(power * t));
    let value: R = x.iter().zip(powers).map(|(&x, power)| x * power).sum();
    (value - sign).powi(2) * 0.5
}

pub(super) fn primal(input: &Input) -> f64 {
    input.points().iter().map(|t| loss(t, &input.x)).sum()
}

pub(super) fn gradient(input: &Input) -> Vec<f64> {
    par_gradient(loss, &input.points(), &input.x).1
}
