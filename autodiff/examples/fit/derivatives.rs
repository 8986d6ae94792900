//! A model on its data, and the derivatives of how badly it fits.

use nalgebra_034::DMatrix;
use std::iter::zip;
use wengert_autodiff::{Matrix, Real, gradient, hessian, jacobian_forward};

use crate::models::Model;
use crate::nist::Problem;

/// A model and the data it is to be fitted to, for some parameters `b`.
#[derive(Clone, Copy)]
pub struct Fit<'a> {
    pub problem: &'a Problem,
    pub model: Model,
}

impl Fit<'_> {
    /// Predictions less observations.
    pub fn residuals<R: Real>(self, b: &[R]) -> Vec<R> {
        let rows = zip(&self.problem.x, &self.problem.y);
        rows.map(|(x, &y)| self.model.predict(b, x) - self.model.response(y)).collect()
    }

    pub fn sum_of_squares<R: Real>(self, b: &[R]) -> R {
        self.residuals(b).into_iter().map(|r| r * r).sum()
    }

    /// The exact derivative of every residual by every parameter.
    pub fn jacobian(self, b: &[f64]) -> DMatrix<f64> {
        // There are two to nine parameters and many observations: one or two forward sweeps give all columns.
        // `jacobian` does the same sweeps over a recording, which pays where a function is dear to evaluate
        // anew; whole fits take 1.2 to 1.4 times as long with it.
        dense(&jacobian_forward(|b| self.residuals(b), b))
    }

    /// The exact second derivatives of the sum of squares.
    pub fn hessian(self, b: &[f64]) -> DMatrix<f64> {
        dense(&hessian(|b| self.sum_of_squares(b), b))
    }

    /// The exact derivative of one prediction by every parameter.
    pub fn prediction_gradient(self, b: &[f64], x: f64) -> Vec<f64> {
        gradient(|b| self.model.predict(b, &[x]), b)
    }

    /// The Jacobian by forward differences from the residuals at `b`, with steps of half the digits.
    pub fn differences(self, b: &[f64], residuals: &[f64]) -> DMatrix<f64> {
        let mut moved = b.to_vec();
        let mut elements = Vec::with_capacity(residuals.len() * b.len());
        for (j, &b) in b.iter().enumerate() {
            moved[j] = b + f64::EPSILON.sqrt() * if b == 0.0 { 1.0 } else { b.abs() };
            // Divide by the step that rounding left, not by the one intended.
            let step = moved[j] - b;
            elements.extend(zip(self.residuals(&moved), residuals).map(|(r, r0)| (r - r0) / step));
            moved[j] = b;
        }
        DMatrix::from_vec(residuals.len(), b.len(), elements)
    }
}

/// A result of the drivers as the linear algebra takes it.
fn dense(matrix: &Matrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = matrix.shape();
    DMatrix::from_row_slice(rows, columns, matrix.as_slice())
}
