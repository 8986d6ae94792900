//! The section's exercises, answered by running code.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_3, PI, SQRT_2};
use std::hint::black_box;
use std::time::{Duration, Instant};

use wengert_tensor::{
    Exponential, GradientCollector, Parameter, Tensor, Trigonometric, constant, gradient, hvp,
};

use crate::figure::Sine;
use crate::programs::{NeverEnds, doubled_and_gradient, root_by_newton, squared_sum_of_squares};
use crate::report::Report;
use crate::section::arange;

pub fn cost_of_second_derivatives(report: &mut Report) {
    report
        .heading("Exercise 1. Why are second derivatives so much more expensive than first ones?");
    report.text(
        "A function of n variables has n first derivatives, which going backward once gives, but n²\n\
         second ones: a gradient of each element of the gradient. And computing a gradient takes\n\
         several operations for each one of the function, all of which are to be differentiated again.\n\
         First the values: for f = (Σ x²)², the matrix 4 (Σ x²) I + 8 x xᵀ, row by row.",
    );
    report.code(
        "hvp(f, &x, &row)                                        // forward over reverse\n\
         gradient(&x, |x| gradient(&x, f).dot(constant(&row)))   // reverse over reverse",
    );
    #[rustfmt::skip]
    let expected = [
        56.0,  0.0,  0.0,   0.0,
         0.0, 64.0, 16.0,  24.0,
         0.0, 16.0, 88.0,  48.0,
         0.0, 24.0, 48.0, 128.0,
    ];
    let x = arange().value().clone();
    report.exactly("forward over reverse", expected, hessian(&x, forward_over_reverse));
    report.exactly("reverse over reverse", expected, hessian(&x, reverse_over_reverse));
    report.text(
        "And what they cost, as measured in this run. A product of the matrix with a single vector,\n\
         which is all that many methods need, stays at a small multiple of the gradient. The whole\n\
         matrix takes n of them.",
    );
    println!("\n   {:>6} {:>14} {:>14} {:>14}", "n", "gradient", "one row", "all rows");
    for n in [16, 64, 256] {
        let x = Tensor::linspace(0.0, 1.0, n);
        let row = Tensor::ones([n]);
        let of_gradient = median_time(|| gradient(&x, squared_sum_of_squares));
        let of_row = median_time(|| forward_over_reverse(&x, &row));
        let of_all = median_time(|| hessian(&x, forward_over_reverse));
        println!("   {n:>6} {of_gradient:>14.2?} {of_row:>14.2?} {of_all:>14.2?}");
    }
}

fn forward_over_reverse(x: &Tensor<f64>, row: &Tensor<f64>) -> Tensor<f64> {
    hvp(squared_sum_of_squares, x, row)
}

fn reverse_over_reverse(x: &Tensor<f64>, row: &Tensor<f64>) -> Tensor<f64> {
    gradient(x, |x| gradient(&x, squared_sum_of_squares).dot(constant(row)))
}

/// All rows of the Hessian, one after the other.
fn hessian(x: &Tensor<f64>, row: fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let n = x.size();
    let unit = |k: usize| Tensor::from_fn([n], |i| f64::from(u8::from(i[0] == k)));
    (0..n).flat_map(|k| row(x, &unit(k)).to_vec()).collect()
}

/// The median of the times that `f` takes.
fn median_time<R>(f: impl Fn() -> R) -> Duration {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < 15 || begun.elapsed() < Duration::from_millis(40) {
        let start = Instant::now();
        black_box(f());
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

pub fn backward_twice(report: &mut Report) {
    report.heading("Exercise 2. What happens if one goes backward twice?");
    report.text(
        "The recording is only read, so nothing is used up: the second time adds the same gradient\n\
         once more, to the last bit.",
    );
    report.code(
        "collector.backward(y);\n\
         collector.backward(y);",
    );
    let x = arange();
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let y = 2.0 * v.dot(v);
    collector.backward(y);
    report.exactly("gradient of 2 xᵀx, once", [0.0, 4.0, 8.0, 12.0], x.gradient());
    collector.backward(y);
    report.exactly("and once more", [0.0, 8.0, 16.0, 24.0], x.gradient());
    let rounded = (v.exp() * 0.1).sin() / (v + 0.7);
    let [once, twice] = [1, 2].map(|times| {
        collector.zero_gradients();
        (0..times).for_each(|_| collector.backward(rounded));
        x.gradient().to_vec()
    });
    let differing = once.iter().zip(&twice).filter(|(once, twice)| **once * 2.0 != **twice);
    report.exactly("derivatives not exactly doubled", 0_usize, differing.count());
}

pub fn control_flow_on_vectors(report: &mut Report) {
    report.heading("Exercise 3. The loop of 6. for a vector or a matrix");
    report.text(
        "Nothing has to be changed: the norm of b ends the loop and the sum of b chooses the branch,\n\
         for all elements together. The gradient of the sum of the result is the constant factor,\n\
         everywhere.",
    );
    report.code("doubled_and_gradient(Tensor::from([3.0, 4.0]))");
    let of_sum = |a: Tensor<f64>| doubled_and_gradient(a).map(|(_, gradient)| gradient);
    // The norms are 5, 5 and 11: 5 · 2⁸ = 1280, and 11 · 2⁷ = 1408.
    report.exactly("at [3, 4]: 2⁸", [256.0; 2], of_sum(Tensor::from([3.0, 4.0])));
    report.exactly("at [3, −4]: 100 · 2⁸", [25_600.0; 2], of_sum(Tensor::from([3.0, -4.0])));
    let matrix = Tensor::from([[1.0, 2.0], [4.0, 10.0]]);
    report.exactly("at [[1, 2], [4, 10]]: 2⁷", [128.0; 4], of_sum(matrix));
    report.exactly("at [0, 0]", Err::<f64, _>(NeverEnds), of_sum(Tensor::from([0.0, 0.0])));
}

pub fn another_control_flow(report: &mut Report) {
    report.heading("Exercise 4. Another program with control flow");
    report.text(
        "Newton's method for the roots of several numbers at once takes as many steps for each as it\n\
         needs: a root that is found is left as it is. Differentiated along the way, it converges to\n\
         the derivative of the root, too, which is 1/(2√a).",
    );
    report.code(
        "loop {\n\
         \u{20}   let next = (x + a / x) / 2.0;\n\
         \u{20}   let goes_on = next.less(x);\n\
         \u{20}   if goes_on.value().to_vec().iter().all(|yes| !yes) {\n\
         \u{20}       return next;\n\
         \u{20}   }\n\
         \u{20}   x = goes_on.select(next, x);\n\
         }",
    );
    let a = Parameter::new(Tensor::from([4.0, 2.0, 0.25]));
    let collector = GradientCollector::new();
    let roots = root_by_newton(collector.var(&a));
    collector.backward(roots);
    report.closely("√4, √2, √0.25", [2.0, SQRT_2, 0.5], roots.value());
    report.closely("derivatives", [0.25, 0.5 / SQRT_2, 1.0], a.gradient());
}

/// Also returns the curves to plot.
pub fn sine_and_its_derivative(report: &mut Report) -> Sine {
    report.heading("Exercise 5. The sine and its derivative, drawn");
    report.text(
        "The derivative comes from the recording of the sine alone. The elements of y depend on one x\n\
         each, so that going backward once, from their sum, gives the derivative at all points.",
    );
    report.code("collector.backward(collector.var(&x).sin())");
    let of_sine = |points: Tensor<f64>| {
        let x = Parameter::new(points);
        let collector = GradientCollector::new();
        let y = collector.var(&x).sin();
        collector.backward(y);
        (y.value().to_vec(), x.gradient().to_vec())
    };
    let (_, known) = of_sine(Tensor::from([0.0, FRAC_PI_3, FRAC_PI_2, PI]));
    report.closely("derivative at 0, π/3, π/2, π", [1.0, 0.5, 0.0, -1.0], known);

    let x = Tensor::linspace(-2.0 * PI, 2.0 * PI, 401);
    let (values, slopes) = of_sine(x.clone());
    let squares = values.iter().zip(&slopes).map(|(y, slope)| y * y + slope * slope);
    let farthest = squares.max_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs()));
    report.closely("f² + f′², farthest from 1", 1.0, farthest.unwrap_or(f64::NAN));
    // Shifted by a quarter turn, the sine is its derivative.
    let x = x.to_vec();
    let shifted = x.iter().zip(&slopes).map(|(x, slope)| (slope - (x + FRAC_PI_2).sin()).abs());
    report.closely(
        "largest |f′(x) − f(x + π/2)|",
        0.0,
        shifted.max_by(f64::total_cmp).unwrap_or(f64::NAN),
    );
    Sine { x, values, slopes }
}
