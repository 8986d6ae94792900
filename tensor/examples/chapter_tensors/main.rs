//! A first walk through automatic differentiation with arrays, after section 2.5 of "Dive into Deep Learning"
//! (d2l.ai) and with its five exercises.
//!
//! ```text
//! cargo run --release -p wengert-tensor --example chapter_tensors
//! ```
//!
//! Each value is printed beside what mathematics says it is. The figure goes to `target/chapter_tensors.svg` and
//! `target/chapter_tensors.png` of the workspace. (The example `chapter` of `wengert-autodiff` is the same walk with
//! numbers in place of arrays.)

mod exercises;
#[path = "../../../autodiff/examples/chapter/figure.rs"]
mod figure;
#[path = "../../../autodiff/examples/plot/mod.rs"]
mod plot;
mod programs;
#[path = "../../../autodiff/examples/chapter/report.rs"]
mod report;
mod section;

use std::process::ExitCode;

use report::{Report, Value};
use wengert_tensor::Tensor;

impl From<Tensor<f64>> for Value {
    /// A number if the tensor is one, and otherwise its elements.
    fn from(tensor: Tensor<f64>) -> Self {
        if tensor.rank() == 0 { tensor.item().into() } else { tensor.to_vec().into() }
    }
}

fn main() -> ExitCode {
    println!(
        "Automatic differentiation of arrays, after section 2.5 of “Dive into Deep Learning” (d2l.ai)"
    );
    let mut report = Report::default();
    section::gradient_of_a_function(&mut report);
    section::another_function_of_the_same_array(&mut report);
    section::backward_of_an_array(&mut report);
    section::a_product_of_matrices(&mut report);
    section::detached(&mut report);
    section::control_flow(&mut report);
    exercises::cost_of_second_derivatives(&mut report);
    exercises::backward_twice(&mut report);
    exercises::control_flow_on_vectors(&mut report);
    exercises::another_control_flow(&mut report);
    let sine = exercises::sine_and_its_derivative(&mut report);

    match plot::write(&sine, "chapter_tensors") {
        Ok(files) => println!("\n   {files}"),
        Err(why) => {
            eprintln!("chapter_tensors: {why}");
            return ExitCode::FAILURE;
        }
    }
    if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
