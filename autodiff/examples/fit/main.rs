//! Fits the nonlinear regression problems of the NIST Statistical Reference Datasets with exact derivatives, from
//! both starting points, and compares every parameter with its certified value.
//!
//! ```text
//! cargo run --release --example fit
//! ```
//!
//! The tables go to standard output, the figure to `target/fit.svg` and `target/fit.png` of the workspace. The
//! exit code is 1 if less than nine tenths of the runs reach the certified values.

mod derivatives;
mod figure;
mod models;
mod nist;
mod panel;
#[path = "../plot/mod.rs"]
mod plot;
mod report;
mod run;
mod solve;
mod study;
mod uncertainty;

use std::process::ExitCode;

use derivatives::Fit;
use figure::Sheet;
use models::Model;
use nist::Problem;
use panel::Panel;
use study::Study;

/// Names of problems, each with the text of its file.
macro_rules! problems {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("problems/", $name, ".txt")))),*]
    };
}

/// In the order of the collection, from lower to higher difficulty.
#[rustfmt::skip]
const PROBLEMS: [(&str, &str); 27] = problems![
    "Misra1a" "Chwirut2" "Chwirut1" "Lanczos3" "Gauss1" "Gauss2" "DanWood" "Misra1b"
    "Kirby2" "Hahn1" "Nelson" "MGH17" "Lanczos1" "Lanczos2" "Gauss3" "Misra1c" "Misra1d"
    "Roszman1" "ENSO"
    "MGH09" "Thurber" "BoxBOD" "Rat42" "MGH10" "Eckerle4" "Rat43" "Bennett5"
];

/// The problems in the figure: every shape of curve once, and most of the bands that are wide enough to be seen.
const PICTURED: [&str; 12] = [
    "Chwirut2", "DanWood", "Hahn1", "MGH17", "Gauss3", "Roszman1", "ENSO", "MGH09", "Thurber",
    "BoxBOD", "Rat42", "Rat43",
];

/// The share of the runs that must succeed.
const ENOUGH_RUNS: f64 = 0.9;

fn main() -> ExitCode {
    match fit_all() {
        Ok(share) if share >= ENOUGH_RUNS => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("fit: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Fits, prints and draws everything, and gives the share of the runs that succeeded.
fn fit_all() -> Result<f64, String> {
    let (mut runs, mut panels, mut polished) = (Vec::new(), Vec::new(), 0);
    for (i, (name, text)) in PROBLEMS.iter().enumerate() {
        eprintln!("[{:>2}/{}] {name}", i + 1, PROBLEMS.len());
        let problem = &Problem::parse(name, text)?;
        let model = Model::of(name).ok_or_else(|| format!("no model for {name}"))?;
        let study = Study::of(Fit { problem, model });
        report::print_study(&study);
        if PICTURED.contains(name) {
            panels.extend(Panel::of(&study));
        }
        polished += usize::from(problem.digits(&study.best) >= 10.0);
        runs.extend(study.runs);
    }

    eprintln!("drawing {} panels", panels.len());
    let heading = "Fits with exact derivatives to reference data of NIST";
    println!("{}", plot::write(&Sheet { heading, panels }, "fit")?);
    println!(
        "one Newton step from the better end: 10 digits in {polished} of {} problems",
        PROBLEMS.len()
    );
    Ok(report::print_summary(&runs))
}
