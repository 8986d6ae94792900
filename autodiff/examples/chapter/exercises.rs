//! The section's exercises, answered by running code.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_3, PI, SQRT_2};

use wengert_autodiff::rules::{dot, sum};
use wengert_autodiff::{Tape, derivatives, gradient, hessian, jacobian, value_and_derivative};

use crate::cost::{self, Costs};
use crate::figure::Sine;
use crate::programs::{
    NeverEnds, doubled_slice, newton_step, root_by_bisection, root_by_newton, rosenbrock,
};
use crate::report::Report;
use crate::section::X;

pub fn cost_of_second_derivatives(report: &mut Report) {
    report
        .heading("Exercise 1. Why are second derivatives so much more expensive than first ones?");
    report.text(
        "A function of n variables has n first derivatives, which one sweep gives, but n² second\n\
         ones: a gradient of each element of the gradient. And computing a gradient takes several\n\
         operations for each one of the function, all of which a second sweep has to go through.\n\
         First the values, for Rosenbrock's valley at its bottom:",
    );
    report.code(
        "hessian(rosenbrock, &[1.0, 1.0, 1.0])            // forward over reverse\n\
         let first = inner.gradient(rosenbrock(&inner_x)).wrt_slice(&inner_x);\n\
         outer.gradient(first[k]).wrt_slice(&x)           // reverse over reverse: row k",
    );
    #[rustfmt::skip]
    let expected = [
         802.0, -400.0,    0.0,
        -400.0, 1002.0, -400.0,
           0.0, -400.0,  200.0,
    ];
    let bottom = [1.0; 3];
    report.exactly("forward over reverse", expected, hessian(rosenbrock, &bottom).as_slice());
    report.exactly("reverse over reverse", expected, cost::hessian_by_two_tapes(&bottom).0);

    report.text(
        "And what they cost, as measured in this run, with H for the Hessian. Forward over reverse\n\
         makes its recording anew for each eight columns of H, with eight tangents in each number.\n\
         Reverse over reverse has two recordings, one of the function and one of its gradient, with\n\
         a sweep for each row.",
    );
    let costs = [8, 16, 32, 64, 128].map(Costs::measure);
    costs[3].print();
    report.text(
        "In terms of the gradient, the time for all second derivatives grows along with n. A product\n\
         of H with a single vector, which is all that many methods need, stays at a small multiple.",
    );
    cost::print_ratios(&costs);
}

pub fn backward_twice(report: &mut Report) {
    report.heading("Exercise 2. What happens if one goes backward twice?");
    report.text(
        "The same happens again. A sweep only reads the recording, so nothing is used up, and nothing\n\
         is added to what the first one returned. Also where rounding is involved, both agree in\n\
         every bit.",
    );
    report.code(
        "let once = tape.gradient(y).wrt_slice(&x);\n\
         let again = tape.gradient(y).wrt_slice(&x);",
    );
    let tape = Tape::new();
    let x = tape.vars(&X);
    let twice = |y| [0, 1].map(|_| tape.gradient(y).wrt_slice(&x));
    let [once, again] = twice(dot(&x, &x) * 2.0);
    report.exactly("gradient of 2 xᵀx, once", [0.0, 4.0, 8.0, 12.0], once);
    report.exactly("again", [0.0, 4.0, 8.0, 12.0], again);
    let rounded = x.iter().map(|x| (x.exp() * 0.1).sin() / (*x + 0.7)).sum();
    let [once, again] = twice(rounded);
    let differing = once.iter().zip(&again).filter(|(a, b)| a.to_bits() != b.to_bits());
    report.exactly("derivatives whose bits differ", 0_usize, differing.count());
}

pub fn control_flow_on_vectors(report: &mut Report) {
    report.heading("Exercise 3. The loop of 5. for a vector or a matrix");
    report.text(
        "Now the norm of b ends the loop and the sum of b chooses the branch, for all elements\n\
         together. The result is a vector: its derivative is a matrix, the constant factor on the\n\
         diagonal, and the gradient of its sum is that factor everywhere. A matrix is no different:\n\
         a slice of its elements.",
    );
    report.code(
        "jacobian(doubled_slice, &[3.0, 4.0])\n\
         gradient(|a| doubled_slice(a).map(|d| sum(&d)), &[3.0, 4.0])",
    );
    let of_sum = |a: &[f64]| gradient(|a| doubled_slice(a).map(|d| sum(&d)), a);
    // The norms are 5, 5 and 11: 5 · 2⁸ = 1280, and 11 · 2⁷ = 1408.
    let matrix = jacobian(doubled_slice, &[3.0, 4.0]).map(|matrix| matrix.as_slice().to_vec());
    report.exactly("Jacobian at [3, 4]: 2⁸", [256.0, 0.0, 0.0, 256.0], matrix);
    report.exactly("gradient of the sum", [256.0; 2], of_sum(&[3.0, 4.0]));
    report.exactly("at [3, −4]: 100 · 2⁸", [25_600.0; 2], of_sum(&[3.0, -4.0]));
    report.exactly("at [[1, 2], [4, 10]]: 2⁷", [128.0; 4], of_sum(&[1.0, 2.0, 4.0, 10.0]));
    report.exactly("at [0, 0]", Err::<f64, _>(NeverEnds), of_sum(&[0.0, 0.0]));
}

pub fn another_control_flow(report: &mut Report) {
    report.heading("Exercise 4. Another program with control flow");
    report.text(
        "Newton's method for √a takes as many steps as a needs. Differentiated along the way, it\n\
         converges to the derivatives of the root, too: 1/(2√a), and then −1/(4a√a).",
    );
    report.code(
        "let mut x = a.max(1.0);\n\
         let mut next = (x + a / x) / 2.0;\n\
         while next < x {\n\
         \u{20}   x = next;\n\
         \u{20}   next = (x + a / x) / 2.0;\n\
         }\n\
         next",
    );
    let of_newton = derivatives::<2>(root_by_newton, 4.0);
    let of_newton: Vec<f64> = of_newton.iter().copied().collect();
    report.closely("√4 and two derivatives", [2.0, 0.25, -0.03125], of_newton);
    report.text(
        "Not every program that computes a root can be differentiated. Bisection finds √2 as well,\n\
         but uses a in comparisons only: all that it returns are midpoints of constants, so that the\n\
         derivative is 0. A Newton step from the result knows a, and its derivative is right.",
    );
    report.code(
        "let x = root_by_bisection(a);\n\
         (x + a / x) / 2.0",
    );
    let polished = |a| newton_step(root_by_bisection(a), a);
    let pair = |(root, slope): (f64, f64)| [root, slope];
    let bisected = pair(value_and_derivative(root_by_bisection, 2.0));
    report.closely("√2 and derivative, by bisection", [SQRT_2, 0.0], bisected);
    let polished = pair(value_and_derivative(polished, 2.0));
    report.closely("and a step from there", [SQRT_2, 0.5 / SQRT_2], polished);
}

/// Also returns the curves to plot.
pub fn sine_and_its_derivative(report: &mut Report) -> Sine {
    report.heading("Exercise 5. The sine and its derivative, drawn");
    report.text(
        "The derivative comes from the recording of the sine alone. The elements of y depend on one x\n\
         each, so that one sweep from their sum gives the derivative at all points.",
    );
    report.code(
        "let y: Vec<_> = x.iter().map(|x| x.sin()).collect();\n\
         tape.gradient_of_sum(&y).wrt_slice(&x)",
    );
    let of_sine = |points: &[f64]| {
        let tape = Tape::new();
        let x = tape.vars(points);
        let y: Vec<_> = x.iter().map(|x| x.sin()).collect();
        let slopes = tape.gradient_of_sum(&y).wrt_slice(&x);
        (y.iter().map(|y| y.value()).collect::<Vec<f64>>(), slopes)
    };
    let (_, known) = of_sine(&[0.0, FRAC_PI_3, FRAC_PI_2, PI]);
    report.closely("derivative at 0, π/3, π/2, π", [1.0, 0.5, 0.0, -1.0], known);

    const STEPS: i32 = 200;
    let x: Vec<f64> =
        (-STEPS..=STEPS).map(|k| 2.0 * PI * f64::from(k) / f64::from(STEPS)).collect();
    let (values, slopes) = of_sine(&x);
    let squares = values.iter().zip(&slopes).map(|(y, slope)| y * y + slope * slope);
    let farthest = squares.max_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs()));
    report.closely("f² + f′², farthest from 1", 1.0, farthest.unwrap_or(f64::NAN));
    // Shifted by a quarter turn, the sine is its derivative.
    let shifted = x.iter().zip(&slopes).map(|(x, slope)| (slope - (x + FRAC_PI_2).sin()).abs());
    report.closely(
        "largest |f′(x) − f(x + π/2)|",
        0.0,
        shifted.max_by(f64::total_cmp).unwrap_or(f64::NAN),
    );
    Sine { x, values, slopes }
}
