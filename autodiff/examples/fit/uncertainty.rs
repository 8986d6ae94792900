//! How well the data pin the parameters and the curve down.

use nalgebra_034::{DMatrix, DVector};
use std::f64::consts::FRAC_PI_2;
use wengert_autodiff::{Real, value_and_derivative};

/// A covariance matrix, kept as a root: C = W Wᵀ. A standard deviation is then the length of a row of W, and
/// nothing is squared and rooted again.
pub struct Covariance {
    root: DMatrix<f64>,
}

impl Covariance {
    /// s² (JᵀJ)⁻¹, which neglects the curvature of the model: what the certified standard deviations rest on.
    pub fn gauss_newton(jacobian: DMatrix<f64>, s: f64) -> Option<Covariance> {
        Covariance::of_factor(&jacobian.qr().r(), s)
    }

    /// s² (H/2)⁻¹ with the Hessian H of the sum of squares; `None` unless H is positive definite.
    pub fn exact(hessian: DMatrix<f64>, s: f64) -> Option<Covariance> {
        Covariance::of_factor(&(hessian / 2.0).cholesky()?.l().transpose(), s)
    }

    /// s² (UᵀU)⁻¹ for a triangle U.
    fn of_factor(upper: &DMatrix<f64>, s: f64) -> Option<Covariance> {
        let identity = DMatrix::identity(upper.nrows(), upper.ncols());
        let root = upper.solve_upper_triangular(&identity)? * s;
        root.iter().all(|v| v.is_finite()).then_some(Covariance { root })
    }

    /// The standard deviation of each parameter.
    pub fn deviations(&self) -> Vec<f64> {
        self.root.row_iter().map(|row| row.norm()).collect()
    }

    /// The standard deviation of a prediction with this gradient.
    pub fn deviation_along(&self, gradient: Vec<f64>) -> f64 {
        self.root.tr_mul(&DVector::from_vec(gradient)).norm()
    }
}

/// The t with a share `inside` of Student's distribution in −t ‥ t.
pub fn student_quantile(inside: f64, degrees_of_freedom: usize) -> f64 {
    // Newton's method. The share is concave in the angle, so that steps from 0 never lead beyond the solution.
    let mut angle = 0.0;
    for _ in 0..10 {
        let (share, slope) = value_and_derivative(|a| student_share(a, degrees_of_freedom), angle);
        angle += (inside - share) / slope;
    }
    (degrees_of_freedom as f64).sqrt() * angle.tan()
}

/// The share of the distribution in −t ‥ t for t = √ν tan(angle).
///
/// For whole ν the integral of the density is a finite sum of powers of the cosine
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn student_share<R: Real>(angle: R, degrees_of_freedom: usize) -> R {
    let (sin, cos) = (angle.sin(), angle.cos());
    let odd = degrees_of_freedom % 2 == 1;
    let mut term = if odd { cos } else { R::one() };
    let mut sum = R::zero();
    for k in (2 + usize::from(odd)..=degrees_of_freedom).step_by(2) {
        sum += term;
        term *= cos * cos * ((k - 1) as f64 / k as f64);
    }
    if odd { (angle + sin * sum) / FRAC_PI_2 } else { sin * sum }
}
