//! Everything that is computed about one problem.

use crate::derivatives::Fit;
use crate::run::Run;
use crate::solve::Derivatives::{Differences, Exact};
use crate::uncertainty::Covariance;

pub struct Study<'a> {
    pub fit: Fit<'a>,
    /// From each start, with exact derivatives and with finite differences.
    pub runs: [Run; 4],
    /// The better end of the two exact runs, improved by a Newton step where the Hessian allows one.
    pub best: Vec<f64>,
    /// The covariance of the parameters with the curvature of the model neglected.
    pub gauss_newton: Option<Covariance>,
    /// The covariance of the parameters from the exact Hessian.
    pub exact: Option<Covariance>,
}

impl<'a> Study<'a> {
    pub fn of(fit: Fit<'a>) -> Study<'a> {
        let plan = [(1, Exact), (1, Differences), (2, Exact), (2, Differences)];
        let runs = plan.map(|(start, derivatives)| Run::of(fit, start, derivatives));
        let [first, second] = [0, 2].map(|run: usize| &runs[run].solution.parameters);
        let first_is_better = fit.sum_of_squares::<f64>(first) <= fit.sum_of_squares::<f64>(second);
        let best = if first_is_better { first } else { second };
        let best = fit.newton_step(best).unwrap_or_else(|| best.clone());

        let freedom = fit.problem.degrees_of_freedom as f64;
        let deviation = (fit.sum_of_squares::<f64>(&best) / freedom).sqrt();
        let gauss_newton = Covariance::gauss_newton(fit.jacobian(&best), deviation);
        let exact = Covariance::exact(fit.hessian(&best), deviation);
        Study { fit, runs, best, gauss_newton, exact }
    }
}
