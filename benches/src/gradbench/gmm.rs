//! The posterior of a mixture of Gaussians with a Wishart prior on the precision matrices QₖᵀQₖ, where Qₖ is lower
//! triangular with the diagonal exp qₖ:
//!
//! ln p = Σᵢ ln Σₖ exp(αₖ + Σ qₖ − ½ |Qₖ (xᵢ − μₖ)|²) − n (d/2 ln 2π + ln Σₖ exp αₖ)
//!     + Σₖ (m Σ qₖ − ½ γ² |Qₖ|²) + constant.
//!
//! In reverse mode; the sum over the points is recorded in parallel, on tapes of its own.

use std::f64::consts::{LN_2, PI};

use serde::{Deserialize, Serialize};
use wengert_autodiff::rules::{SpecialFunctions, dot, log_sum_exp};
use wengert_autodiff::{Number, Primitive, Real, SliceRule, gradient, par_sum};

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

/// |Q c|² for a lower triangular Q, given row after row, and a vector c: one node of a recording.
#[derive(Clone, Copy)]
struct SquaredImage;

/// The rows of a lower triangular matrix: the first has one element, the second two.
fn rows<R>(triangle: &[R], height: usize) -> impl Iterator<Item = &[R]> {
    (0..height).map(|i| &triangle[i * (i + 1) / 2..][..i + 1])
}

impl SliceRule<2> for SquaredImage {
    const NAME: &'static str = "squared_image";
    const USES_VALUE: bool = false;

    fn value<F: Primitive>(self, [q, c]: [&[F]; 2]) -> F {
        let image = rows(q, c.len()).map(|row| row.iter().zip(c).map(|(&q, &c)| q * c));
        image.map(|y| y.fold(F::zero(), F::add)).fold(F::zero(), |sum, y| sum + y * y)
    }

    /// 2 yᵢ cⱼ for the element in row i and column j, where y = Q c, and 2 Σᵢ yᵢ Qᵢⱼ for cⱼ.
    fn partials<R: Number>(self, [q, c]: [&[R]; 2], _value: R, mut emit: impl FnMut(R)) {
        let mut by_c = vec![R::zero(); c.len()];
        for row in rows(q, c.len()) {
            let y = row.iter().zip(c).fold(R::zero(), |sum, (&q, &c)| sum + q * c);
            let twice = y + y;
            c[..row.len()].iter().for_each(|&c| emit(twice * c));
            by_c.iter_mut().zip(row).for_each(|(sum, &q)| *sum += twice * q);
        }
        by_c.into_iter().for_each(emit);
    }
}

/// One of the Gaussians.
#[derive(Clone, Copy)]
struct Component<'a, R> {
    /// α + Σ q
    weight: R,
    mu: &'a [R],
    /// The rows of the triangular matrix Q.
    factor: &'a [R],
}

impl<'a, R: Real> Component<'a, R> {
    /// All that depends on the component, in a row.
    fn of(numbers: &'a [R], d: usize) -> Self {
        let (mu, factor) = numbers[1..].split_at(d);
        Self { weight: numbers[0], mu, factor }
    }

    /// α + Σ q − ½ |Q (x − μ)|²
    fn log_density(&self, x: &[f64]) -> R {
        let centred: Vec<R> = x.iter().zip(self.mu).map(|(&x, &mu)| mu - x).collect();
        self.weight - R::apply_slices(SquaredImage, [self.factor, &centred]) * 0.5
    }
}

impl Input {
    /// The numbers of all components, and Σ q for each.
    fn components<R: Real>(&self, theta: &[R]) -> (Vec<R>, Vec<R>) {
        let (k, d) = (self.parameters.alpha.len(), self.x.width);
        let (alpha, rest) = theta.split_at(k);
        let (mu, rest) = rest.split_at(k * d);
        let (q, l) = rest.split_at(k * d);
        let sums: Vec<R> = q.chunks_exact(d).map(|q| q.iter().sum()).collect();
        let component = |k: usize| {
            let (q, l) = (&q[d * k..][..d], &l[d * (d - 1) / 2 * k..]);
            // Columns of lengths d − 1, d − 2, … lie one after the other.
            let below = move |i: usize, j: usize| l[j * (2 * d - 1 - j) / 2 + i - j - 1];
            let row = move |i: usize| (0..i).map(move |j| below(i, j)).chain([q[i].exp()]);
            let mu = mu[d * k..][..d].iter().copied();
            [alpha[k] + sums[k]].into_iter().chain(mu).chain((0..d).flat_map(row))
        };
        ((0..k).flat_map(component).collect(), sums)
    }

    fn log_posterior<R: Real>(&self, theta: &[R]) -> R {
        let (k, d) = (self.parameters.alpha.len(), self.x.width);
        let (components, sums) = self.components(theta);
        let size = components.len() / k;
        let density = |x: &&[f64], components: &[R]| {
            let components = components.chunks_exact(size).map(|c| Component::of(c, d));
            log_sum_exp(&components.map(|c| c.log_density(x)).collect::<Vec<R>>())
        };
        let points: Vec<&[f64]> = self.x.iter().collect();
        let log_likelihood = par_sum(density, &points, &components);

        let n = self.x.height as f64;
        let normalisation = log_sum_exp(&theta[..k]) + d as f64 / 2.0 * (2.0 * PI).ln();
        let factors = components.chunks_exact(size).map(|c| Component::of(c, d).factor);
        let prior = factors.zip(sums).map(|(factor, sum_of_q)| {
            sum_of_q * self.m - dot(factor, factor) * (self.gamma * self.gamma / 2.0)
        });
        log_likelihood - normalisation * n + (prior.sum::<R>() + k as f64 * self.log_constant())
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
    input.log_posterior(&input.parameters.concat())
}

pub(super) fn jacobian(input: &Input) -> Parameters {
    let gradient = gradient(|theta| input.log_posterior(theta), &input.parameters.concat());
    input.parameters.reshape(&gradient)
}
