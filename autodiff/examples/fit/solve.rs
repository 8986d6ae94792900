//! Nonlinear least squares by Levenberg-Marquardt.

use crate::models::Model;
use crate::nist::Problem;
use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt, TerminationReason};
use nalgebra_034::storage::Owned;
use nalgebra_034::{DMatrix, DVector, Dyn};
use std::cell::Cell;
use wengert_autodiff::Real;

/// How the solver obtains its Jacobian.
#[derive(Clone, Copy, PartialEq)]
pub enum Derivatives {
    /// By automatic differentiation.
    Exact,
    /// By forward differences, one more sweep over the data per parameter.
    Differences,
}

/// Where a run ended, and how.
pub struct Outcome {
    pub parameters: Vec<f64>,
    /// Jacobians computed.
    pub iterations: usize,
    /// Why the solver stopped, if it does not count that as success itself.
    pub complaint: Option<String>,
}

/// A model and the data it is to be fitted to.
#[derive(Clone, Copy)]
pub struct Fit<'a> {
    pub problem: &'a Problem,
    pub model: Model,
}

impl Fit<'_> {
    /// Minimises the sum of squared residuals from `start`.
    pub fn solve(self, start: &[f64], derivatives: Derivatives) -> Outcome {
        // The first step may be as long as the start vector itself. The
        // solver's own default allows a hundred times that, and from the far
        // start of BoxBOD it lands on a plateau from which no gradient leads
        // back. Some starts are many decades away, hence the patience.
        let solver = LevenbergMarquardt::new()
            .with_stepbound(1.0)
            .with_patience(1000);
        let (run, report) = solver.minimize(Run {
            fit: self,
            derivatives,
            parameters: DVector::from_column_slice(start),
            jacobians: Cell::new(0),
        });
        Outcome {
            parameters: run.parameters.as_slice().to_vec(),
            iterations: run.jacobians.get(),
            complaint: complaint(report.termination),
        }
    }

    /// Predictions less observations.
    pub fn residuals(self, parameters: &[f64]) -> DVector<f64> {
        DVector::from_vec(self.residuals_over(parameters))
    }

    pub fn residual_sum_of_squares(self, parameters: &[f64]) -> f64 {
        self.residuals(parameters).norm_squared()
    }

    /// The exact derivative of every residual by every parameter.
    pub fn jacobian(self, parameters: &[f64]) -> DMatrix<f64> {
        let (_, rows) = wengert_autodiff::jacobian(|b| self.residuals_over(b), parameters);
        DMatrix::from_row_iterator(rows.len(), parameters.len(), rows.into_iter().flatten())
    }

    /// The exact second derivatives of the residual sum of squares.
    pub fn hessian(self, parameters: &[f64]) -> DMatrix<f64> {
        let rows = wengert_autodiff::hessian(
            |b| self.residuals_over(b).into_iter().map(|r| r * r).sum(),
            parameters,
        );
        DMatrix::from_row_iterator(rows.len(), parameters.len(), rows.into_iter().flatten())
    }

    /// The exact gradient of one prediction.
    pub fn gradient_at(self, x: &[f64], parameters: &[f64]) -> Vec<f64> {
        wengert_autodiff::gradient(|b| self.model.predict(b, x), parameters)
    }

    /// One step of Newton's method on the residual sum of squares.
    ///
    /// Levenberg-Marquardt neglects the curvature of the model; where residuals
    /// are large it closes in slowly and stops once the sum no longer changes,
    /// which leaves half the digits of the parameters undecided. The exact
    /// Hessian decides them. `None` unless it is positive definite.
    pub fn newton_step(self, parameters: &[f64]) -> Option<Vec<f64>> {
        let half_gradient = self
            .jacobian(parameters)
            .tr_mul(&self.residuals(parameters));
        let half_hessian = self.hessian(parameters) / 2.0;
        // Each parameter in units of its own curvature, as sizes differ by decades.
        let unit = half_hessian.diagonal().map(|h| h.sqrt().recip());
        let scaled = DMatrix::from_fn(unit.len(), unit.len(), |i, j| {
            half_hessian[(i, j)] * unit[i] * unit[j]
        });
        let step = scaled
            .cholesky()?
            .solve(&half_gradient.component_mul(&unit));
        let step = step.component_mul(&unit);
        Some(parameters.iter().zip(&step).map(|(b, s)| b - s).collect())
    }

    fn residuals_over<R: Real>(self, parameters: &[R]) -> Vec<R> {
        let rows = self.problem.x.iter().zip(&self.problem.y);
        rows.map(|(x, &y)| self.model.predict(parameters, x) - self.model.response(y))
            .collect()
    }

    /// The Jacobian by forward differences, with steps of half the digits.
    fn differences(self, parameters: &[f64]) -> DMatrix<f64> {
        let here = self.residuals(parameters);
        let mut moved = parameters.to_vec();
        let mut columns = Vec::with_capacity(parameters.len());
        for (j, &b) in parameters.iter().enumerate() {
            moved[j] = b + f64::EPSILON.sqrt() * if b == 0.0 { 1.0 } else { b.abs() };
            // Divide by the step that rounding left, not by the one intended.
            columns.push((self.residuals(&moved) - &here) / (moved[j] - b));
            moved[j] = b;
        }
        DMatrix::from_columns(&columns)
    }
}

fn complaint(reason: TerminationReason) -> Option<String> {
    match reason {
        reason if reason.was_successful() => None,
        TerminationReason::LostPatience => Some("too many evaluations".to_string()),
        TerminationReason::Numerical(what) => Some(format!("{what} is not finite")),
        TerminationReason::NoImprovementPossible(what) => {
            Some(format!("no improvement possible, {what} is below rounding"))
        }
        reason => Some(format!("{reason:?}")),
    }
}

/// A fit under way, as the solver wants to see it.
struct Run<'a> {
    fit: Fit<'a>,
    derivatives: Derivatives,
    parameters: DVector<f64>,
    jacobians: Cell<usize>,
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Run<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, parameters: &DVector<f64>) {
        self.parameters.copy_from(parameters);
    }

    fn params(&self) -> DVector<f64> {
        self.parameters.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some(self.fit.residuals(self.parameters.as_slice()))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        self.jacobians.set(self.jacobians.get() + 1);
        let parameters = self.parameters.as_slice();
        Some(match self.derivatives {
            Derivatives::Exact => self.fit.jacobian(parameters),
            Derivatives::Differences => self.fit.differences(parameters),
        })
    }
}
