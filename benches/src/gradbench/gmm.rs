//! The posterior of a mixture of Gaussians with a Wishart prior on the precision matrices QₖᵀQₖ, where Qₖ is lower
//! triangular with the diagonal exp qₖ:
//!
//! ln p = Σᵢ ln Σₖ exp(αₖ + Σ qₖ − ½ |Qₖ (xᵢ − μₖ)|²) − n (d/2 ln 2π + ln Σₖ exp αₖ)
//!     + Σₖ (m Σ qₖ − ½ γ² |Qₖ|²) + constant.
//!
//! In reverse mode, on a tape for each few of the points.

use std::f64::consts::{LN_2, PI};

use serde::{Deserialize, Serialize};
use wengert_autodiff::rules::{SpecialFunctions, log_sum_exp};
use wengert_autodiff::{Real, gradient, par_gradient};

use super::rows::Rows;

#[derive(Deserialize)]
pub(super) struct Input {
    x: Rows,
    m: f64,
    gamma: f64,
    #[serde(flatten)]
    parameters: Parameters,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Parameters {
    alpha: Vec<f64>,
    mu: Rows,
    q: Rows,
    l: Rows,
}

impl Parameters {
    /// All of them in a row.
    fn concat(&self) -> Vec<f64> {
        [&self.alpha, &self.mu.elements, &self.q.elements, &self.l.elements]
            .map(|p| &p[..])
            .concat()
    }

    /// The reverse of [`concat`](Self::concat).
    fn reshape(&self, theta: &[f64]) -> Self {
        let (alpha, rest) = theta.split_at(self.alpha.len());
        let (mu, rest) = rest.split_at(self.mu.elements.len());
        let (q, l) = rest.split_at(self.q.elements.len());
        let (mu, q, l) = (self.mu.reshape(mu), self.q.reshape(q), self.l.reshape(l));
        Self { alpha: alpha.to_vec(), mu, q, l }
    }
}

fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

/// One of the Gaussians.
struct Component<R> {
    alpha: R,
    mu: Vec<R>,
    sum_of_q: R,
    /// The rows of the triangular matrix Q.
    factor: Vec<Vec<R>>,
}

impl<R: Real> Component<R> {
    /// α + Σ q − ½ |Q (x − μ)|²
    fn log_density(&self, x: &[f64]) -> R {
        let centred: Vec<R> = x.iter().zip(&self.mu).map(|(&x, &mu)| mu - x).collect();
        let image: Vec<R> = self.factor.iter().map(|row| dot(row, &centred[..row.len()])).collect();
        self.alpha + self.sum_of_q - dot(&image, &image) * 0.5
    }
}

impl Input {
    fn components<R: Real>(&self, theta: &[R]) -> Vec<Component<R>> {
        let (k, d) = (self.parameters.alpha.len(), self.x.width);
        let (alpha, rest) = theta.split_at(k);
        let (mu, rest) = rest.split_at(k * d);
        let (q, l) = rest.split_at(k * d);
        let component = |k: usize| {
            let (q, l) = (&q[d * k..][..d], &l[d * (d - 1) / 2 * k..]);
            // Columns of lengths d − 1, d − 2, … lie one after the other.
            let below = |i: usize, j: usize| l[j * (2 * d - 1 - j) / 2 + i - j - 1];
            let row = |i: usize| (0..i).map(|j| below(i, j)).chain([q[i].exp()]).collect();
            Component {
                alpha: alpha[k],
                mu: mu[d * k..][..d].to_vec(),
                sum_of_q: q.iter().sum(),
                factor: (0..d).map(row).collect(),
            }
        };
        (0..k).map(component).collect()
    }

    /// Σᵢ ln Σₖ exp(…) over some of the points.
    fn log_likelihood<R: Real>(&self, points: &[&[f64]], theta: &[R]) -> R {
        let components = self.components(theta);
        let density = |x: &&[f64]| {
            let terms: Vec<R> = components.iter().map(|c| c.log_density(x)).collect();
            log_sum_exp(&terms)
        };
        points.iter().map(density).sum()
    }

    /// All that does not depend on the points.
    fn log_prior<R: Real>(&self, theta: &[R]) -> R {
        let (k, d) = (self.parameters.alpha.len(), self.x.width as f64);
        let freedom = d + self.m + 1.0;
        let log_gamma =
            (0..self.x.width).map(|j| SpecialFunctions::ln_gamma((freedom - j as f64) / 2.0));
        let log_multigamma = d * (d - 1.0) / 4.0 * PI.ln() + log_gamma.sum::<f64>();
        let constant = freedom * d * (self.gamma.ln() - LN_2 / 2.0) - log_multigamma;
        let prior = |c: Component<R>| {
            let squared_norm: R = c.factor.iter().map(|row| dot(row, row)).sum();
            c.sum_of_q * self.m - squared_norm * (self.gamma * self.gamma / 2.0) + constant
        };
        let normalisation = log_sum_exp(&theta[..k]) + d / 2.0 * (2.0 * PI).ln();
        let priors = self.components(theta).into_iter().map(prior);
        priors.sum::<R>() - normalisation * self.x.height as f64
    }
}

pub(super) fn objective(input: &Input) -> f64 {
    let (theta, points) = (input.parameters.concat(), input.x.iter().collect::<Vec<_>>());
    input.log_likelihood(&points, &theta) + input.log_prior(&theta)
}

pub(super) fn jacobian(input: &Input) -> Parameters {
    let (theta, points) = (input.parameters.concat(), input.x.iter().collect::<Vec<_>>());
    let pieces: Vec<_> = points.chunks(16).collect();
    let (_, mut total) = par_gradient(|x, theta| input.log_likelihood(x, theta), &pieces, &theta);
    let prior = gradient(|theta| input.log_prior(theta), &theta);
    total.iter_mut().zip(prior).for_each(|(sum, term)| *sum += term);
    input.parameters.reshape(&total)
}
