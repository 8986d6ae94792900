//! The posterior of a mixture of Gaussians with a Wishart prior on the precision matrices QₖᵀQₖ, where Qₖ is lower
//! triangular with the diagonal exp qₖ:
//!
//! ln p = Σᵢ ln Σₖ exp(αₖ + Σ qₖ − ½ |Qₖ (xᵢ − μₖ)|²) − n (d/2 ln 2π + ln Σₖ exp αₖ)
//!     + Σₖ (m Σ qₖ − ½ γ² |Qₖ|²) + constant.
//!
//! In reverse mode, on arrays: the images of all points are one product of matrices.

use std::f64::consts::{LN_2, PI};

use serde::{Deserialize, Serialize};
use wengert_autodiff::rules::{Exponential, SpecialFunctions};
use wengert_tensor::{Tensor, Tree, Var, constant, evaluate, gradient};

use super::rows::Rows;

/// What the evaluation is given.
#[derive(Debug, Deserialize)]
pub struct Input {
    x: Rows,
    m: f64,
    gamma: f64,
    alpha: Vec<f64>,
    mu: Rows,
    q: Rows,
    l: Rows,
}

#[derive(Tree)]
struct Parameters<A> {
    /// k
    alpha: A,
    /// k × d
    mu: A,
    /// k × d
    q: A,
    /// k × d (d − 1) / 2: columns of lengths d − 1, d − 2, …, one after the other.
    l: A,
}

/// ∂ ln p by the parameters.
#[derive(Debug, Serialize)]
pub struct Gradient {
    alpha: Vec<f64>,
    mu: Rows,
    q: Rows,
    l: Rows,
}

/// Where a triangular matrix of d × d has its elements, if these are first its diagonal, then what is below, column
/// after column, and last a zero.
fn places(d: usize) -> Tensor<usize> {
    let place = |i: usize, j: usize| match i.cmp(&j) {
        std::cmp::Ordering::Equal => i,
        std::cmp::Ordering::Greater => d + j * (2 * d - 1 - j) / 2 + i - j - 1,
        std::cmp::Ordering::Less => d + d * (d - 1) / 2,
    };
    Tensor::from_fn([d * d], |at| place(at[0] / d, at[0] % d))
}

impl Parameters<Var<f64>> {
    /// The matrices Qₖ: k × d × d.
    fn factors(&self) -> Var<f64> {
        let (k, d) = (self.q.shape()[0], self.q.shape()[1]);
        let zero = constant(&Tensor::zeros([k, 1]));
        let elements = Var::concat(&[self.q.exp(), self.l, zero], 1);
        elements.index_select(1, places(d)).reshape([k, d, d])
    }
}

impl Input {
    fn parameters(&self) -> Parameters<Tensor<f64>> {
        let alpha = Tensor::from(self.alpha.clone());
        Parameters { alpha, mu: (&self.mu).into(), q: (&self.q).into(), l: (&self.l).into() }
    }

    fn log_posterior(&self, p: &Parameters<Var<f64>>) -> Var<f64> {
        let (k, d, n) = (self.alpha.len(), self.x.width, self.x.height);
        let (factors, sums) = (p.factors(), p.q.sum_over(1));

        // Qₖ xᵢ − Qₖ μₖ
        let points =
            constant(&Tensor::from(&self.x)).matmul(factors.reshape([k * d, d]).transpose());
        let images = points - factors.matmul(p.mu.reshape([k, d, 1])).reshape([k * d]);
        let squares = (images * images).reshape([n, k, d]).sum_over(2);
        let log_likelihood = (p.alpha + sums - squares * 0.5).log_sum_exp_over(1).sum();

        let normalisation = p.alpha.log_sum_exp() + d as f64 / 2.0 * (2.0 * PI).ln();
        let prior = sums.sum() * self.m
            - (factors * factors).sum() * (self.gamma * self.gamma / 2.0)
            + k as f64 * self.log_constant();
        log_likelihood - normalisation * n as f64 + prior
    }

    /// What the prior of each component has besides its parameters.
    fn log_constant(&self) -> f64 {
        let d = self.x.width as f64;
        let freedom = d + self.m + 1.0;
        let log_gamma =
            (0..self.x.width).map(|j| SpecialFunctions::ln_gamma((freedom - j as f64) / 2.0));
        let log_multigamma = d * (d - 1.0) / 4.0 * PI.ln() + log_gamma.sum::<f64>();
        freedom * d * (self.gamma.ln() - LN_2 / 2.0) - log_multigamma
    }
}

pub(super) fn objective(input: &Input) -> f64 {
    evaluate(&input.parameters(), |p| input.log_posterior(&p)).item()
}

/// ∇ ln p
pub fn jacobian(input: &Input) -> Gradient {
    let Parameters { alpha, mu, q, l } = gradient(&input.parameters(), |p| input.log_posterior(&p));
    Gradient { alpha: alpha.into_vec(), mu: mu.into(), q: q.into(), l: l.into() }
}
