//! One run of the solver, timed and judged.

use std::time::{Duration, Instant};

use crate::derivatives::Fit;
use crate::nist::digits;
use crate::solve::{Derivatives, Solution};

/// A run succeeds when every parameter agrees with the certified one in this many digits.
pub const ENOUGH_DIGITS: f64 = 6.0;

pub struct Run {
    pub problem: String,
    /// The number of the start, 1 or 2.
    pub start: usize,
    pub derivatives: Derivatives,
    pub solution: Solution,
    pub time: Duration,
    /// The digits to which all parameters agree with the certified ones.
    pub digits: f64,
    /// Why the run did not succeed.
    pub failure: Option<String>,
}

impl Run {
    pub fn of(fit: Fit<'_>, start: usize, derivatives: Derivatives) -> Run {
        let from: Vec<f64> = fit.problem.parameters.iter().map(|p| p.starts[start - 1]).collect();
        let (solution, time) = timed(|| fit.solve(&from, derivatives));
        let digits = fit.problem.digits(&solution.parameters);
        Run {
            problem: fit.problem.name.clone(),
            start,
            derivatives,
            time,
            digits,
            failure: (digits < ENOUGH_DIGITS).then(|| reason(fit, &solution)),
            solution,
        }
    }
}

fn reason(fit: Fit<'_>, solution: &Solution) -> String {
    let ending = &solution.ending;
    let reached = fit.sum_of_squares(solution.parameters.as_slice());
    let certified = fit.problem.residual_sum_of_squares;
    if digits(reached, certified) < 4.0 {
        format!("{ending} elsewhere, with RSS {reached:.3e} instead of {certified:.3e}")
    } else {
        format!("{ending} in the certified valley")
    }
}

/// The result of `solve`, and the median time of as many repetitions as make the clock steady.
fn timed<T>(solve: impl Fn() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let result = solve();
        times.push(start.elapsed());
        if times.len() >= 5 && begun.elapsed() > Duration::from_millis(25) {
            times.sort();
            return (result, times[times.len() / 2]);
        }
    }
}
