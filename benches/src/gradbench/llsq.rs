//! Least squares: ½ Σᵢ (sᵢ − Σⱼ xⱼ tᵢʲ)² for a polynomial that approximates s = sign t at n points of [−1, 1].
//!
//! In reverse mode, on arrays.

use serde::Deserialize;
use wengert_tensor::{Tensor, Var, constant, evaluate, gradient as gradient_of};

#[derive(Deserialize)]
pub(super) struct Input {
    x: Vec<f64>,
    n: usize,
}

impl Input {
    fn x(&self) -> Tensor<f64> {
        Tensor::from(self.x.clone())
    }

    fn points(&self) -> Vec<f64> {
        (0..self.n).map(|i| -1.0 + 2.0 * i as f64 / (self.n as f64 - 1.0)).collect()
    }

    /// tᵢʲ in row j and column i
    fn powers(&self, t: &[f64]) -> Tensor<f64> {
        let mut powers = Tensor::ones([self.x.len(), self.n]);
        let elements = powers.as_mut_slice();
        for j in 1..self.x.len() {
            let (before, row) = elements[(j - 1) * self.n..].split_at_mut(self.n);
            row.iter_mut().zip(before).zip(t).for_each(|((power, before), t)| *power = *before * t);
        }
        powers
    }

    fn loss(&self, x: Var<f64>) -> Var<f64> {
        let t = self.points();
        let signs = t.iter().map(|&t| if t == 0.0 { 0.0 } else { t.signum() });
        let error = x.matmul(constant(&self.powers(&t))) - &Tensor::from(signs.collect::<Vec<_>>());
        (error * error).sum() * 0.5
    }
}

pub(super) fn primal(input: &Input) -> f64 {
    evaluate(&input.x(), |x| input.loss(x)).item()
}

pub(super) fn gradient(input: &Input) -> Vec<f64> {
    gradient_of(&input.x(), |x| input.loss(x)).into_vec()
}
