//! The printed account.

use std::time::Duration;

use crate::nist::digits;
use crate::run::{ENOUGH_DIGITS, Run};
use crate::solve::Derivatives;
use crate::study::Study;
use crate::uncertainty::Covariance;

pub fn print_study(study: &Study<'_>) {
    let problem = study.fit.problem;
    let (observations, parameters) = (problem.y.len(), problem.parameters.len());
    println!(
        "{}, {} difficulty: {observations} observations, {parameters} parameters",
        problem.name, problem.difficulty
    );
    println!("  {}\n", problem.formula);
    print_parameters(study);
    print_deviations(study);
    print_runs(&study.runs);
}

/// The certified parameters, those of the exact runs from both starts, and the improved ones.
fn print_parameters(study: &Study<'_>) {
    println!(
        "  {:<4}{:>18}{:>19}{:>7}{:>19}{:>7}{:>19}{:>7}",
        "", "certified", "start 1", "digits", "start 2", "digits", "Newton step", "digits"
    );
    let line = |name: &str, certified: f64, found: [f64; 3]| {
        println!(
            "  {name:<4}{:>18}{}",
            number(certified),
            found.map(|v| compared(v, certified)).concat()
        );
    };
    let [first, _, second, _] = &study.runs;
    let ends = [&first.solution.parameters, &second.solution.parameters, &study.best];
    for (i, p) in study.fit.problem.parameters.iter().enumerate() {
        line(&p.name, p.certified, ends.map(|b| b[i]));
    }
    let sums = ends.map(|b| study.fit.sum_of_squares::<f64>(b));
    line("RSS", study.fit.problem.residual_sum_of_squares, sums);
}

/// Standard deviations: certified, without the curvature of the model, and with it.
///
/// The collection certifies the second kind. (The residuals of Lanczos1 are so small that rounding leaves three
/// digits of them.) The third kind differs for good reason, so it is shown as a ratio, and with six digits because
/// sums of squares have half as many as residuals.
fn print_deviations(study: &Study<'_>) {
    println!(
        "\n  {:<4}{:>18}{:>19}{:>7}{:>19}{:>7}",
        "s.d.", "certified", "Gauss–Newton", "digits", "exact Hessian", "ratio"
    );
    let gauss_newton = study.gauss_newton.as_ref().map(Covariance::deviations);
    let exact = study.exact.as_ref().map(Covariance::deviations);
    for (i, p) in study.fit.problem.parameters.iter().enumerate() {
        let certified = p.certified_deviation;
        let linear = match &gauss_newton {
            Some(d) => compared(d[i], certified),
            None => format!("{:>19}{:>7}", "singular", ""),
        };
        let curved = match &exact {
            Some(d) => format!("{:>19.5e}{:>7.4}", d[i], d[i] / certified),
            None => format!("{:>19}", "not definite"),
        };
        println!("  {:<4}{:>18}{linear}{curved}", p.name, number(certified));
    }
}

fn print_runs(runs: &[Run]) {
    println!("\n  {:<27}{:>12}{:>12}{:>8}", "runs", "iterations", "time", "digits");
    for run in runs {
        println!(
            "  start {}, {:<18}{:>12}{:>12}{:>8.1}{}",
            run.start,
            run.derivatives,
            run.solution.iterations,
            duration(run.time),
            run.digits,
            run.failure.as_ref().map_or_else(String::new, |why| format!("  FAILED: {why}"))
        );
    }
    println!();
}

/// Prints what all runs amount to, and gives the share of the exact ones that succeeded.
pub fn print_summary(runs: &[Run]) -> f64 {
    for run in runs {
        if let Some(why) = &run.failure {
            let Run { problem, start, derivatives, digits, .. } = run;
            println!(
                "FAILED: {problem} from start {start} with {derivatives}: {why}, {digits:.1} digits"
            );
        }
    }
    let [(reached, all), _] = [Derivatives::Exact, Derivatives::Differences].map(|derivatives| {
        let runs = || runs.iter().filter(|run| run.derivatives == derivatives);
        let reached = runs().filter(|run| run.failure.is_none()).count();
        let (all, time) = (runs().count(), duration(runs().map(|run| run.time).sum()));
        println!("with {derivatives}: {reached} of {all} runs, {time} in all");
        (reached, all)
    });
    println!("fit: {reached} of {all} runs reached {ENOUGH_DIGITS} certified digits");
    reached as f64 / all as f64
}

/// A value and the digits to which it agrees with the certified one.
fn compared(value: f64, certified: f64) -> String {
    format!("{:>19}{:>7.1}", number(value), digits(value, certified))
}

fn number(value: f64) -> String {
    format!("{value:.10e}")
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else {
        format!("{:.2} ms", seconds * 1e3)
    }
}
