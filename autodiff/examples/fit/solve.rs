//! Nonlinear least squares by Levenberg–Marquardt, and one step of Newton's method.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt, TerminationReason};
use nalgebra_034::storage::Owned;
use nalgebra_034::{DMatrix, DVector, Dyn};
use std::cell::Cell;
use std::fmt;

use crate::derivatives::Fit;

/// How the solver obtains its Jacobian.
#[derive(Clone, Copy, PartialEq)]
pub enum Derivatives {
    Exact,
    Differences,
}

impl fmt::Display for Derivatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Derivatives::Exact => "exact derivatives",
            Derivatives::Differences => "finite differences",
        })
    }
}

/// Where the solver ended, and how.
pub struct Solution {
    pub parameters: Vec<f64>,
    /// Jacobians computed.
    pub iterations: usize,
    /// In the solver's own words; it may be wrong about success.
    pub ending: String,
}

impl Fit<'_> {
    /// Minimises the sum of squares from `start`.
    pub fn solve(self, start: &[f64], derivatives: Derivatives) -> Solution {
        // The first step may be as long as the start vector itself. The solver's own default allows a hundred
        // times that, and from the far start of BoxBOD it lands on a plateau from which no gradient leads back.
        // Some starts are many decades away, hence the patience.
        let solver = LevenbergMarquardt::new().with_stepbound(1.0).with_patience(1000);
        let (state, report) = solver.minimize(State {
            fit: self,
            derivatives,
            parameters: DVector::from_column_slice(start),
            residuals: DVector::from_vec(self.residuals(start)),
            jacobians: Cell::new(0),
        });
        Solution {
            parameters: state.parameters.as_slice().to_vec(),
            iterations: state.jacobians.get(),
            ending: match report.termination {
                reason if reason.was_successful() => "converged".to_string(),
                TerminationReason::LostPatience => "too many evaluations".to_string(),
                TerminationReason::Numerical(what) => format!("{what} is not finite"),
                reason => format!("{reason:?}"),
            },
        }
    }

    /// One step of Newton's method on the sum of squares; `None` unless its Hessian is positive definite.
    ///
    /// Levenberg–Marquardt neglects the curvature of the model. Where residuals are large it closes in slowly
    /// and stops once the sum no longer changes, which leaves half the digits of the parameters undecided. The
    /// exact Hessian decides them.
    pub fn newton_step(self, parameters: &[f64]) -> Option<Vec<f64>> {
        let residuals = DVector::from_vec(self.residuals(parameters));
        let gradient = self.jacobian(parameters).tr_mul(&residuals) * 2.0;
        let step = self.hessian(parameters).cholesky()?.solve(&gradient);
        Some((DVector::from_column_slice(parameters) - step).as_slice().to_vec())
    }
}

/// A fit under way, as the solver wants to see it.
struct State<'a> {
    fit: Fit<'a>,
    derivatives: Derivatives,
    parameters: DVector<f64>,
    /// Kept, so that the differences need not evaluate them again.
    residuals: DVector<f64>,
    jacobians: Cell<usize>,
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for State<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, parameters: &DVector<f64>) {
        self.parameters.copy_from(parameters);
        self.residuals = DVector::from_vec(self.fit.residuals(parameters.as_slice()));
    }

    fn params(&self) -> DVector<f64> {
        self.parameters.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some(self.residuals.clone())
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        self.jacobians.set(self.jacobians.get() + 1);
        let parameters = self.parameters.as_slice();
        Some(match self.derivatives {
            Derivatives::Exact => self.fit.jacobian(parameters),
            Derivatives::Differences => self.fit.differences(parameters, self.residuals.as_slice()),
        })
    }
}
