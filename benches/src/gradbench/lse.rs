//! ln Σ exp xₖ, from a maximum and a sum: in reverse mode, on an array.

use serde::Deserialize;
use wengert_autodiff::rules::Exponential;
use wengert_tensor::{Tensor, Var, evaluate, gradient as gradient_of};

/// What the evaluation is given.
#[derive(Debug, Deserialize)]
pub struct Input {
    x: Vec<f64>,
}

impl Input {
    fn x(&self) -> Tensor<f64> {
        Tensor::from(self.x.clone())
    }
}

fn log_sum_exp(x: Var<f64>) -> Var<f64> {
    // (What is subtracted and added does not matter.)
    let largest = x.amax().detach();
    (x - largest).exp().sum().ln() + largest
}

pub(super) fn primal(input: &Input) -> f64 {
    evaluate(&input.x(), log_sum_exp).item()
}

/// softmax x
pub fn gradient(input: &Input) -> Vec<f64> {
    gradient_of(&input.x(), log_sum_exp).into_vec()
}
