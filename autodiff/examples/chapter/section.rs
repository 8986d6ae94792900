//! What the section shows.

use wengert_autodiff::rules::{dot, sum};
use wengert_autodiff::{Tape, Var, gradient};

use crate::programs::{NeverEnds, doubled};
use crate::report::Report;

/// The point at which everything is differentiated.
pub const X: [f64; 4] = [0.0, 1.0, 2.0, 3.0];

/// a ∘ b, element by element.
fn elementwise(a: &[Var<f64>], b: &[Var<f64>]) -> Vec<Var<f64>> {
    a.iter().zip(b).map(|(&a, &b)| a * b).collect()
}

pub fn gradient_of_a_vector_function(report: &mut Report) {
    report.heading("1. The gradient of a function of a vector");
    report.text(
        "A tape records how y = 2 xᵀx is computed from x = [0, 1, 2, 3]. One sweep back over the\n\
         recording then gives all four derivatives; on paper they are 4x.",
    );
    report.code(
        "let tape = Tape::new();\n\
         let x = tape.vars(&[0.0, 1.0, 2.0, 3.0]);\n\
         let y = dot(&x, &x) * 2.0;\n\
         tape.gradient(y).wrt_slice(&x)",
    );
    let tape = Tape::new();
    let x = tape.vars(&X);
    let y = dot(&x, &x) * 2.0;
    report.exactly("y", 28.0, y.value());
    report.exactly("gradient of y", [0.0, 4.0, 8.0, 12.0], tape.gradient(y).wrt_slice(&x));
}

pub fn another_function_of_the_same_vector(report: &mut Report) {
    report.heading("2. Another function of the same vector");
    report.text(
        "There is no gradient buffer to reset in between: each call of `gradient` returns a result of\n\
         its own. That of s = Σ xₖ is all ones, not ones added to the former gradient, and the former\n\
         one stays what it was.",
    );
    report.code(
        "let of_y = tape.gradient(y);\n\
         let of_s = tape.gradient(sum(&x));",
    );
    let tape = Tape::new();
    let x = tape.vars(&X);
    let of_y = tape.gradient(dot(&x, &x) * 2.0);
    let s = sum(&x);
    let of_s = tape.gradient(s);
    report.exactly("s", 6.0, s.value());
    report.exactly("gradient of s", [1.0; 4], of_s.wrt_slice(&x));
    report.exactly("gradient of y, as before", [0.0, 4.0, 8.0, 12.0], of_y.wrt_slice(&x));
}

pub fn backward_of_a_vector(report: &mut Report) {
    report.heading("3. Backward from a vector");
    report.text(
        "y = x ∘ x has four elements, and so a matrix of derivatives. What training wants is mostly\n\
         the gradient of their sum, 2x here, and no matrix is needed for it.",
    );
    report.code(
        "let y: Vec<_> = x.iter().map(|&x| x * x).collect();\n\
         tape.gradient_of_sum(&y).wrt_slice(&x)",
    );
    let tape = Tape::new();
    let x = tape.vars(&X);
    let y: Vec<_> = x.iter().map(|&x| x * x).collect();
    let of_sum = tape.gradient_of_sum(&y);
    report.exactly("gradient of Σ yₖ", [0.0, 2.0, 4.0, 6.0], of_sum.wrt_slice(&x));
}

pub fn detached(report: &mut Report) {
    report.heading("4. Detached: a value without its past");
    report.text(
        "u has the value of y = x ∘ x but is a constant: through it, no derivative flows. So the\n\
         gradient of z = u ∘ x is u, and not 3x², as it is with y itself. The recording of y is not\n\
         harmed: its own gradient is still 2x.",
    );
    report.code(
        "let u: Vec<_> = y.iter().map(|y| y.detach()).collect();\n\
         let z: Vec<_> = u.iter().zip(&x).map(|(&u, &x)| u * x).collect();\n\
         tape.gradient_of_sum(&z).wrt_slice(&x)",
    );
    let tape = Tape::new();
    let x = tape.vars(&X);
    let y = elementwise(&x, &x);
    let u: Vec<_> = y.iter().map(|y| y.detach()).collect();
    let gradient_of = |z: &[Var<f64>]| tape.gradient_of_sum(z).wrt_slice(&x);
    report.exactly("through u", [0.0, 1.0, 4.0, 9.0], gradient_of(&elementwise(&u, &x)));
    report.exactly("through y", [0.0, 3.0, 12.0, 27.0], gradient_of(&elementwise(&y, &x)));
    report.exactly("of y itself", [0.0, 2.0, 4.0, 6.0], gradient_of(&y));
}

pub fn control_flow(report: &mut Report) {
    report.heading("5. Loops and branches");
    report.text(
        "How often b is doubled, and which branch is taken, depends on a. Recorded is what was\n\
         computed: d is a times some constant, so that the derivative is d/a. At a = 0 the loop would\n\
         never end. Here the function says so, and the driver hands its error on.",
    );
    report.code(
        "fn doubled<R: Real>(a: R) -> Result<R, NeverEnds> {\n\
         \u{20}   if a == 0.0 {\n\
         \u{20}       return Err(NeverEnds);\n\
         \u{20}   }\n\
         \u{20}   let mut b = a * 2.0;\n\
         \u{20}   while b.abs() < 1000.0 {\n\
         \u{20}       b *= 2.0;\n\
         \u{20}   }\n\
         \u{20}   Ok(if b > 0.0 { b } else { b * 100.0 })\n\
         }\n\
         gradient(|a| doubled(a[0]), &[1.5])",
    );
    let slope = |a: f64| gradient(|a| doubled(a[0]), &[a]);
    // 1.5 · 2¹⁰ = 1536, and 3 · 2⁹ as well.
    report.exactly("d at a = 1.5", 1536.0, doubled(1.5));
    report.exactly("derivative, 2¹⁰", [1024.0], slope(1.5));
    report.exactly("d at a = −3", -153_600.0, doubled(-3.0));
    report.exactly("derivative, 100 · 2⁹", [51_200.0], slope(-3.0));
    let as_d_over_a = many_numbers().filter(|&a| {
        // To the last bit, because the derivative is a whole number.
        matches!((slope(a), doubled(a)), (Ok(slope), Ok(d)) if slope[0] * a == d)
    });
    report.exactly("of 1000 others, equal to d/a", 1000_usize, as_d_over_a.count());
    report.exactly("derivative at a = 0", Err::<f64, _>(NeverEnds), slope(0.0));
}

/// A thousand numbers, scattered evenly over −50 … 50.
fn many_numbers() -> impl Iterator<Item = f64> {
    let golden_ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    (1..=1000).map(move |k| 100.0 * (f64::from(k) * golden_ratio).fract() - 50.0)
}
