//! The printed account of one problem.

use crate::nist::Problem;
use crate::solve::{Fit, Outcome};
use crate::uncertainty::Covariance;
use std::time::Duration;

/// Certified values are printed with eleven digits; agreement cannot be
/// measured beyond them.
const CERTIFIED_DIGITS: f64 = 11.0;

/// A run succeeds when every parameter agrees in this many digits.
pub const ENOUGH_DIGITS: f64 = 6.0;

/// One start of one problem.
pub struct Run {
    pub exact: Outcome,
    pub exact_time: Duration,
    /// The end of the exact run, moved by one Newton step where there is one.
    pub refined: Option<Vec<f64>>,
    pub differences: Outcome,
    pub differences_time: Duration,
}

/// The digits to which `value` agrees with `certified`.
pub fn digits(value: f64, certified: f64) -> f64 {
    let digits = -((value - certified) / certified).abs().log10();
    // A value that is not a number agrees in no digit.
    if digits.is_nan() {
        0.0
    } else {
        digits.clamp(0.0, CERTIFIED_DIGITS)
    }
}

/// The digits to which all parameters agree.
pub fn fewest_digits(problem: &Problem, parameters: &[f64]) -> f64 {
    let pairs = parameters.iter().zip(&problem.parameters);
    pairs.fold(CERTIFIED_DIGITS, |fewest, (&b, p)| {
        fewest.min(digits(b, p.certified))
    })
}

/// Whether `outcome` agrees with the certified parameters.
pub fn reached(problem: &Problem, outcome: &Outcome) -> bool {
    fewest_digits(problem, &outcome.parameters) >= ENOUGH_DIGITS
}

pub fn print_heading(problem: &Problem) {
    println!(
        "{}, {} difficulty: {} observations, {} parameters",
        problem.name,
        problem.difficulty,
        problem.y.len(),
        problem.parameters.len()
    );
    println!("  {}", problem.formula);
}

/// The certified parameters, those from both starts, and the refined `best`.
pub fn print_parameters(fit: Fit<'_>, runs: &[Run; 2], best: &[f64]) {
    println!(
        "\n  {:<4}{:>18}{:>19}{:>7}{:>19}{:>7}{:>19}{:>7}",
        "", "certified", "start 1", "digits", "start 2", "digits", "Newton step", "digits"
    );
    let line = |name: &str, certified: f64, found: [f64; 3]| {
        let columns = found.map(|v| format!("{:>19}{:>7.1}", number(v), digits(v, certified)));
        println!("  {name:<4}{:>18}{}", number(certified), columns.concat());
    };
    let ends = [&runs[0].exact.parameters, &runs[1].exact.parameters, best];
    for (i, p) in fit.problem.parameters.iter().enumerate() {
        line(&p.name, p.certified, ends.map(|b| b[i]));
    }
    let sums = ends.map(|b| fit.residual_sum_of_squares(b));
    line("RSS", fit.problem.residual_sum_of_squares, sums);
}

/// Standard deviations: certified, from JᵀJ alone, and from the exact Hessian.
///
/// The collection certifies the second kind. The third differs from it by the
/// curvature of the model, so it is shown as a ratio.
pub fn print_deviations(
    problem: &Problem,
    gauss_newton: Option<&Covariance>,
    hessian: Option<&Covariance>,
) {
    println!(
        "\n  {:<4}{:>18}{:>19}{:>7}{:>19}{:>7}",
        "s.d.", "certified", "from JᵀJ", "digits", "exact Hessian", "ratio"
    );
    let gauss_newton = gauss_newton.map(Covariance::deviations);
    let hessian = hessian.map(Covariance::deviations);
    for (i, p) in problem.parameters.iter().enumerate() {
        let certified = p.certified_deviation;
        let linear = match &gauss_newton {
            Some(d) => format!("{:>19}{:>7.1}", number(d[i]), digits(d[i], certified)),
            None => format!("{:>19}{:>7}", "singular", ""),
        };
        let curved = match &hessian {
            Some(d) => format!("{:>19}{:>7.4}", number(d[i]), d[i] / certified),
            None => format!("{:>19}", "not definite"),
        };
        println!("  {:<4}{:>18}{linear}{curved}", p.name, number(certified));
    }
}

/// How each run went, with exact derivatives and with differences.
pub fn print_runs(problem: &Problem, runs: &[Run; 2]) {
    println!(
        "\n  {:<9}{:>24}{:>12}{:>7}{:>13}{:>27}{:>12}{:>7}",
        "",
        "exact: iterations",
        "time",
        "digits",
        "Newton step",
        "differences: iterations",
        "time",
        "digits"
    );
    for (i, run) in runs.iter().enumerate() {
        let refined = match &run.refined {
            Some(b) => format!("{:.1}", fewest_digits(problem, b)),
            None => "not definite".to_string(),
        };
        println!(
            "  start {:<3}{:>24}{:>12}{:>7.1}{refined:>13}{:>27}{:>12}{:>7.1}",
            i + 1,
            run.exact.iterations,
            duration(run.exact_time),
            fewest_digits(problem, &run.exact.parameters),
            run.differences.iterations,
            duration(run.differences_time),
            fewest_digits(problem, &run.differences.parameters),
        );
    }
}

/// Why a run did not reach the certified values.
pub fn reason(fit: Fit<'_>, outcome: &Outcome) -> String {
    let end = outcome.complaint.as_deref().unwrap_or("converged");
    let digits_reached = fewest_digits(fit.problem, &outcome.parameters);
    let reached = fit.residual_sum_of_squares(&outcome.parameters);
    let certified = fit.problem.residual_sum_of_squares;
    if digits(reached, certified) < 4.0 {
        let (reached, certified) = (number(reached), number(certified));
        format!("{end}, elsewhere: residual sum of squares {reached} instead of {certified}")
    } else {
        format!("{end}, in the certified valley: {digits_reached:.1} digits")
    }
}

pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else {
        format!("{:.2} ms", seconds * 1e3)
    }
}

fn number(value: f64) -> String {
    format!("{value:.10e}")
}
