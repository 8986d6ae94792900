//! The Gaussian process of Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), section 5.4.3.
//!
//! (Their covariance in the medium term has a shape, which they call α. For the years that are learned from here the likelihood
//! grows with α without bound; so the limit is taken, a Gaussian.)

use std::f64::consts::{PI, TAU};

use wengert_tensor::*;

use crate::co2::Month;

/// How many hyperparameters there are.
pub const COUNT: usize = 10;

/// Their names with units, and where the search starts.
pub const HYPERPARAMETERS: [(&str, f64); COUNT] = [
    ("trend: deviation (ppm)", 50.0),
    ("trend: length (years)", 50.0),
    ("seasons: deviation (ppm)", 2.0),
    ("seasons: decay (years)", 100.0),
    ("seasons: smoothness", 1.0),
    ("medium term: deviation (ppm)", 1.0),
    ("medium term: length (years)", 1.0),
    ("weather: deviation (ppm)", 0.2),
    ("weather: length (years)", 0.1),
    ("noise: deviation (ppm)", 0.2),
];

/// Which part of the process is meant.
#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    All,
    Seasons,
}

/// Measurements: times, and concentrations less their mean.
pub struct Data {
    times: Tensor<f64>,
    values: Tensor<f64>,
    mean: f64,
}

impl Data {
    pub fn new(months: &[Month]) -> Data {
        let mean = months.iter().map(|m| m.co2).sum::<f64>() / months.len() as f64;
        Data {
            times: months.iter().map(|m| m.time).collect::<Vec<_>>().into(),
            values: months.iter().map(|m| m.co2 - mean).collect::<Vec<_>>().into(),
            mean,
        }
    }

    /// The logarithm of the probability density of the measurements, where the hyperparameters are `log.exp()`:
    ///
    /// ln p = −½ yᵀK⁻¹y − ½ ln det K − ½ n ln 2π, by the Cholesky factor of K.
    pub fn log_likelihood(&self, log: Var<f64>) -> Var<f64> {
        let root = self.covariance_root(log);
        let whitened = root.solve_lower_triangular(&self.values);
        let log_det = 2.0 * root.diagonal(0).ln().sum();
        -0.5 * (whitened.dot(whitened) + log_det + self.times.size() as f64 * TAU.ln())
    }

    /// What is known about a part of the process at other times, given the measurements: means and standard deviations.
    pub fn predict(&self, log: &Tensor<f64>, times: &Tensor<f64>, part: Part) -> [Vec<f64>; 2] {
        let [mean, variance] = evaluate(log, |log| {
            let root = self.covariance_root(log);
            let across = covariance(log, distances(&self.times, times), part);
            let whitened = root.solve_lower_triangular(across);
            let mean = root.solve_lower_triangular(&self.values).matmul(whitened);
            let before = covariance(log, constant(&Tensor::zeros([1])), part);
            [mean, before - whitened.powi(2).sum_over(0)]
        });
        let shift = if part == Part::All { self.mean } else { 0.0 };
        let mean = mean.to_vec().into_iter().map(|mean| mean + shift).collect();
        [mean, variance.to_vec().into_iter().map(f64::sqrt).collect()]
    }

    /// The Cholesky factor of the covariance of the measurements: that of the process, and independent noise.
    fn covariance_root(&self, log: Var<f64>) -> Var<f64> {
        let process = covariance(log, distances(&self.times, &self.times), Part::All);
        let noise = log.index(0, -1).exp();
        (process + noise.powi(2) * &Tensor::eye(self.times.size())).cholesky()
    }
}

/// The time from each of `a` to each of `b`: [m] and [n] to [m, n].
fn distances(a: &Tensor<f64>, b: &Tensor<f64>) -> Var<f64> {
    constant(a).unsqueeze(-1) - constant(b)
}

/// The covariance of two moments at a distance: a smooth trend, seasons that change slowly, what lasts for some years, and
/// what lasts for some weeks.
fn covariance(log: Var<f64>, distance: Var<f64>, part: Part) -> Var<f64> {
    let squared = distance.powi(2);
    let gaussian = |length: Var<f64>| (-0.5 * squared / length.powi(2)).exp();
    let parameters = log.exp().unbind(0);
    let [
        trend,
        trend_length,
        season,
        decay,
        smoothness,
        medium,
        medium_length,
        weather,
        weather_length,
        _,
    ] = parameters[..]
    else {
        panic!("{COUNT} hyperparameters are needed, and {} are given", parameters.len())
    };
    let wave = (distance * PI).sin() / smoothness;
    let seasons = season.powi(2) * (-2.0 * wave.powi(2)).exp() * gaussian(decay);
    if part == Part::Seasons {
        return seasons;
    }
    trend.powi(2) * gaussian(trend_length)
        + seasons
        + medium.powi(2) * gaussian(medium_length)
        + weather.powi(2) * gaussian(weather_length)
}
