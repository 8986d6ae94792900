//! ln Σ exp xₖ, from a maximum and a sum: in reverse mode.

use serde::Deserialize;
use wengert_autodiff::{Real, gradient as gradient_of};

#[derive(Deserialize)]
pub(super) struct Input {
    x: Vec<f64>,
}

fn log_sum_exp<R: Real>(x: &[R]) -> R {
    let largest = x.iter().fold(x[0], |a, &b| if b > a { b } else { a });
    x.iter().map(|&x| (x - largest).exp()).sum::<R>().ln() + largest
}

pub(super) fn primal(input: &Input) -> f64 {
    log_sum_exp(&input.x)
}

pub(super) fn gradient(input: &Input) -> Vec<f64> {
    gradient_of(log_sum_exp, &input.x)
}
