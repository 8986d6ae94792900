//! How well the data pin the parameters and the curve down.
//!
//! A covariance matrix is kept as a root C = W Wᵀ. A standard deviation is then
//! the length of a row of W, the spread of the curve at x the length of Wᵀg
//! with g the gradient of the prediction at x, and nothing is squared and
//! rooted again.

use nalgebra_034::{DMatrix, DVector};
use std::f64::consts::FRAC_PI_2;

pub struct Covariance {
    root: DMatrix<f64>,
}

impl Covariance {
    /// s² (JᵀJ)⁻¹, the curvature of the model neglected. This is the matrix
    /// behind the certified standard deviations.
    pub fn gauss_newton(jacobian: &DMatrix<f64>, s: f64) -> Option<Covariance> {
        // Columns of length one keep parameters of very different size from
        // spoiling the condition of the factor.
        let lengths = DVector::from_iterator(
            jacobian.ncols(),
            jacobian.column_iter().map(|column| column.norm()),
        );
        let mut scaled = jacobian.clone();
        for (mut column, length) in scaled.column_iter_mut().zip(&lengths) {
            column /= *length;
        }
        let inverse = invert_upper(&scaled.qr().r())?;
        Some(Covariance::scaled_back(inverse, &lengths, s))
    }

    /// s² (H/2)⁻¹ with the exact Hessian H of the residual sum of squares;
    /// `None` unless H is positive definite.
    pub fn from_hessian(hessian: &DMatrix<f64>, s: f64) -> Option<Covariance> {
        let lengths = (hessian.diagonal() / 2.0).map(f64::sqrt);
        let scaled = DMatrix::from_fn(hessian.nrows(), hessian.ncols(), |i, j| {
            hessian[(i, j)] / 2.0 / (lengths[i] * lengths[j])
        });
        let upper = scaled.cholesky()?.l().transpose();
        Some(Covariance::scaled_back(invert_upper(&upper)?, &lengths, s))
    }

    fn scaled_back(mut root: DMatrix<f64>, lengths: &DVector<f64>, s: f64) -> Covariance {
        for (mut row, length) in root.row_iter_mut().zip(lengths) {
            row *= s / length;
        }
        Covariance { root }
    }

    /// The standard deviation of each parameter.
    pub fn deviations(&self) -> Vec<f64> {
        self.root.row_iter().map(|row| row.norm()).collect()
    }

    /// The standard deviation of a prediction whose gradient is `gradient`.
    pub fn deviation_along(&self, gradient: &[f64]) -> f64 {
        self.root
            .tr_mul(&DVector::from_column_slice(gradient))
            .norm()
    }
}

fn invert_upper(upper: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let identity = DMatrix::identity(upper.nrows(), upper.ncols());
    let inverse = upper.solve_upper_triangular(&identity)?;
    inverse.iter().all(|v| v.is_finite()).then_some(inverse)
}

/// The t with a share `inside` of Student's distribution in −t ‥ t.
pub fn student_quantile(inside: f64, degrees_of_freedom: usize) -> f64 {
    // With t = √ν tan θ the angle runs over a bounded interval: bisect it.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if student_share(middle, degrees_of_freedom) < inside {
            low = middle;
        } else {
            high = middle;
        }
    }
    (degrees_of_freedom as f64).sqrt() * low.tan()
}

/// The share of the distribution in −t ‥ t for t = √ν tan θ.
///
/// For whole ν the integral of the density is a finite sum of powers of cos θ
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn student_share(theta: f64, degrees_of_freedom: usize) -> f64 {
    let (sin, cos) = theta.sin_cos();
    let odd = degrees_of_freedom % 2 == 1;
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    let mut k = if odd { 3 } else { 2 };
    while k <= degrees_of_freedom {
        sum += term;
        term *= cos * cos * (k - 1) as f64 / k as f64;
        k += 2;
    }
    if odd {
        (theta + sin * sum) / FRAC_PI_2
    } else {
        sin * sum
    }
}
