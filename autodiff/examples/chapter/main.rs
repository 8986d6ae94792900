//! A first walk through automatic differentiation, after section 2.5 of "Dive into Deep Learning" (d2l.ai)
//! and with its five exercises, on slices of `Var`.
//!
//! ```text
//! cargo run --release --example chapter
//! ```
//!
//! Each value is printed beside what mathematics says it is. The figure goes to `target/chapter.svg` and
//! `target/chapter.png` of the workspace.

mod cost;
mod exercises;
mod figure;
#[path = "../plot/mod.rs"]
mod plot;
mod programs;
mod report;
mod section;

use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    println!("Automatic differentiation, after section 2.5 of “Dive into Deep Learning” (d2l.ai)");
    let mut report = Report::default();
    section::gradient_of_a_vector_function(&mut report);
    section::another_function_of_the_same_vector(&mut report);
    section::backward_of_a_vector(&mut report);
    section::detached(&mut report);
    section::control_flow(&mut report);
    exercises::cost_of_second_derivatives(&mut report);
    exercises::backward_twice(&mut report);
    exercises::control_flow_on_vectors(&mut report);
    exercises::another_control_flow(&mut report);
    let sine = exercises::sine_and_its_derivative(&mut report);

    match plot::write(&sine, "chapter") {
        Ok(files) => println!("\n   {files}"),
        Err(why) => {
            eprintln!("chapter: {why}");
            return ExitCode::FAILURE;
        }
    }
    if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
