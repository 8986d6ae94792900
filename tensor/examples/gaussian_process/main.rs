//! Fits a Gaussian process to the record of carbon dioxide at Mauna Loa, and forecasts the years that were held out.
//!
//! ```text
//! cargo run --release -p wengert-tensor --example gaussian_process
//! ```
//!
//! The ten hyperparameters are those of the largest marginal likelihood. It is written once, through a Cholesky
//! factorisation; Newton's method takes its gradient and Hessian by automatic differentiation, and the Hessian at the
//! maximum gives the standard errors. The figure goes to `target/gaussian_process.svg` and
//! `target/gaussian_process.png` of the workspace. The exit code is 1 if there is no maximum, or the forecast is off by
//! more than 2 ppm.

mod co2;
mod figure;
mod newton;
#[path = "../../../autodiff/examples/plot/mod.rs"]
mod plot;
mod process;

use std::process::ExitCode;
use std::time::Instant;

use co2::Month;
use figure::{Curve, HALF_WIDTH, Sheet};
use newton::Minimum;
use process::{Data, HYPERPARAMETERS, Part};
use wengert_tensor::*;

/// What is measured from here on is held out.
const PRESENT: f64 = 1992.0;
/// The forecast goes so far.
const HORIZON: f64 = 2012.0;
/// The largest root mean square of forecast errors that is acceptable, in parts per million.
const ENOUGH: f64 = 2.0;

fn main() -> ExitCode {
    match forecast() {
        Ok(error) if error < ENOUGH => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("gaussian_process: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Fits, prints and draws everything, and gives the root mean square of the forecast errors.
fn forecast() -> Result<f64, String> {
    let begun = Instant::now();
    let (past, future): (Vec<Month>, Vec<Month>) =
        co2::months()?.into_iter().partition(|month| month.time < PRESENT);
    println!("{} months to learn from, {} held out", past.len(), future.len());
    let data = Data::new(&past);
    let start = Tensor::from(HYPERPARAMETERS.map(|(_, start)| start.ln()));
    let fit = newton::minimise(
        |log| -data.log_likelihood(log),
        &start,
        |step, value, slope| {
            println!("step {step:2}: log marginal likelihood {:.6}, slope {slope:.1e}", -value);
        },
    );
    print_hyperparameters(&fit)?;

    let times: Vec<f64> = future.iter().map(|month| month.time).collect();
    let mut errors = curve(&data, &fit.at, Part::All, times, "errors");
    for (error, month) in errors.mean.iter_mut().zip(&future) {
        *error -= month.co2;
    }
    let count = future.len() as f64;
    let root_mean_square = (errors.mean.iter().map(|e| e * e).sum::<f64>() / count).sqrt();
    let pairs = errors.mean.iter().zip(&errors.deviation);
    let covered = pairs.filter(|(error, sigma)| error.abs() < HALF_WIDTH * **sigma).count();

    let ahead = (HORIZON - PRESENT) * 24.0;
    let times = (0..=ahead as u32).map(|k| PRESENT + f64::from(k) / 24.0).collect();
    let forecast = curve(&data, &fit.at, Part::All, times, "forecast");
    let seasons = [1960, 1975, 1990].map(|year| {
        let times = (0..=96).map(|k| f64::from(year) + f64::from(k) / 96.0).collect();
        let mut curve = curve(&data, &fit.at, Part::Seasons, times, &year.to_string());
        curve.times.iter_mut().for_each(|time| *time = 12.0 * (*time - f64::from(year)));
        curve
    });
    println!(
        "{}",
        plot::write(&Sheet { past, future, forecast, errors, seasons }, "gaussian_process")?
    );
    println!(
        "gaussian_process: log marginal likelihood {:.3} after {} steps, forecast error {root_mean_square:.2} ppm, {:.0} % \
         within the 95 % band, {:.0} s",
        -fit.value,
        fit.steps,
        100.0 * covered as f64 / count,
        begun.elapsed().as_secs_f64()
    );
    Ok(root_mean_square)
}

/// Estimates with standard errors: the square roots of the diagonal of the inverse Hessian, in the logarithms.
fn print_hyperparameters(fit: &Minimum) -> Result<(), String> {
    let least = evaluate(&fit.hessian, |hessian| hessian.eigvalsh().amin()).item();
    if least <= 0.0 {
        return Err(format!("no maximum: an eigenvalue of the Hessian is {least:.2e}"));
    }
    let errors = evaluate(&fit.hessian, |hessian| hessian.inv().diagonal(0).sqrt());
    println!("\n{:32}{:>12}{:>18}", "", "estimate", "relative error");
    for (k, (name, _)) in HYPERPARAMETERS.iter().enumerate() {
        println!("{name:32}{:>12.4}{:>16.1} %", fit.at[[k]].exp(), 100.0 * errors[[k]]);
    }
    println!();
    Ok(())
}

fn curve(data: &Data, log: &Tensor<f64>, part: Part, times: Vec<f64>, name: &str) -> Curve {
    let [mean, deviation] = data.predict(log, &Tensor::from(&times[..]), part);
    Curve { name: name.to_owned(), times, mean, deviation }
}
