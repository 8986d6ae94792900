//! What the section shows.

use wengert_tensor::{GradientCollector, Parameter, Tensor};

use crate::programs::{NeverEnds, doubled_and_gradient};
use crate::report::Report;

/// The point at which everything is differentiated: [0, 1, 2, 3].
pub fn arange() -> Parameter<f64> {
    Parameter::new(Tensor::arange(4))
}

pub fn gradient_of_a_function(report: &mut Report) {
    report.heading("1. The gradient of a function of an array");
    report.text(
        "A parameter is a tensor with a gradient attached, which is zero at first. While a collector\n\
         is open, it records how y = 2 xᵀx is computed from x = [0, 1, 2, 3]. Going backward over the\n\
         recording then fills in the gradient; on paper it is 4x.",
    );
    report.code(
        "let x = Parameter::new(Tensor::arange(4));\n\
         let collector = GradientCollector::new();\n\
         let v = collector.var(&x);\n\
         let y = 2.0 * v.dot(v);\n\
         collector.backward(y);\n\
         x.gradient()",
    );
    let x = arange();
    report.exactly("x", [0.0, 1.0, 2.0, 3.0], x.value().clone());
    report.exactly("its gradient before", [0.0; 4], x.gradient());
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let y = 2.0 * v.dot(v);
    report.exactly("y", 28.0, y.value());
    collector.backward(y);
    report.exactly("gradient of y", [0.0, 4.0, 8.0, 12.0], x.gradient());
    let on_paper = x.value() * 4.0;
    let equal =
        x.gradient().to_vec().iter().zip(on_paper.to_vec()).filter(|(a, b)| *a == b).count();
    report.exactly("elements equal to 4x", 4_usize, equal);
}

pub fn another_function_of_the_same_array(report: &mut Report) {
    report.heading("2. Another function of the same array");
    report.text(
        "A new collector starts from zero: the gradient of s = Σ xₖ is all ones, not ones added to the\n\
         former gradient. It lies in the same memory as that one did. Within one collector, gradients\n\
         do add up, which is what a sum of losses wants; `zero_gradients` starts anew.",
    );
    report.code(
        "let collector = GradientCollector::new();\n\
         let v = collector.var(&x);\n\
         collector.backward(v.sum());\n\
         collector.backward(2.0 * v.dot(v));",
    );
    let x = arange();
    let first = GradientCollector::new();
    let v = first.var(&x);
    first.backward(2.0 * v.dot(v));
    drop(first);
    let address = x.gradient().as_ptr();

    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let s = v.sum();
    report.exactly("s", 6.0, s.value());
    report.exactly("gradient, a new collector open", [0.0; 4], x.gradient());
    collector.backward(s);
    report.exactly("gradient of s", [1.0; 4], x.gradient());
    let moved = usize::from(x.gradient().as_ptr() != address);
    report.exactly("times the memory has changed", 0_usize, moved);
    collector.backward(2.0 * v.dot(v));
    report.exactly("that of y added: 1 + 4x", [1.0, 5.0, 9.0, 13.0], x.gradient());
}

pub fn backward_of_an_array(report: &mut Report) {
    report.heading("3. Backward from an array");
    report.text(
        "y = x ∘ x has four elements, and so a matrix of derivatives. What training wants is mostly\n\
         the gradient of their sum, and `backward` of an array is just that: 2x here.",
    );
    report.code("collector.backward(v * v)");
    let x = arange();
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    collector.backward(v * v);
    report.exactly("gradient of Σ yₖ", [0.0, 2.0, 4.0, 6.0], x.gradient());
    collector.zero_gradients();
    collector.backward((v * v).sum());
    report.exactly("of the sum, said explicitly", [0.0, 2.0, 4.0, 6.0], x.gradient());
}

pub fn a_product_of_matrices(report: &mut Report) {
    report.heading("4. A product of matrices");
    report.text(
        "Each parameter has a gradient of its own, in its own shape. That of the sum of A b is bᵀ in\n\
         each row for A, and the sum of the rows of A for b.",
    );
    report.code("collector.backward(collector.var(&a).matmul(collector.var(&b)))");
    let a = Parameter::new(Tensor::from([[6.0, -9.0, -12.0], [15.0, 0.0, 4.0]]));
    let b = Parameter::new(Tensor::from([[2.0], [3.0], [-4.0]]));
    let collector = GradientCollector::new();
    let product = collector.var(&a).matmul(collector.var(&b));
    report.exactly("A b", [33.0, 14.0], product.value());
    collector.backward(product);
    report.exactly("gradient for A", [2.0, 3.0, -4.0, 2.0, 3.0, -4.0], a.gradient());
    report.exactly("gradient for b", [21.0, -9.0, -8.0], b.gradient());
}

pub fn detached(report: &mut Report) {
    report.heading("5. Detached: a value without its past");
    report.text(
        "u has the value of y = x ∘ x but is a constant: through it, no derivative flows. So the\n\
         gradient of z = u ∘ x is u, and not 3x², as it is with y itself. The recording of y is not\n\
         harmed: its own gradient is still 2x.",
    );
    report.code(
        "let y = v * v;\n\
         let u = y.detach();\n\
         collector.backward(u * v)",
    );
    let x = arange();
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let y = v * v;
    let u = y.detach();
    let gradient_of = |z| {
        collector.zero_gradients();
        collector.backward(z);
        x.gradient()
    };
    report.exactly("through u", [0.0, 1.0, 4.0, 9.0], gradient_of(u * v));
    report.exactly("through y", [0.0, 3.0, 12.0, 27.0], gradient_of(y * v));
    report.exactly("of y itself", [0.0, 2.0, 4.0, 6.0], gradient_of(y));
}

pub fn control_flow(report: &mut Report) {
    report.heading("6. Loops and branches");
    report.text(
        "How often b is doubled, and which branch is taken, depends on a. Recorded is what was\n\
         computed: d is a times some constant, so that the derivative is d/a. At a = 0 the loop would\n\
         never end. Here the function says so, in place of a derivative that does not exist.",
    );
    report.code(
        "fn doubled(a: Var<f64>) -> Result<Var<f64>, NeverEnds> {\n\
         \u{20}   if a.norm().item() == 0.0 {\n\
         \u{20}       return Err(NeverEnds);\n\
         \u{20}   }\n\
         \u{20}   let mut b = a * 2.0;\n\
         \u{20}   while b.norm().item() < 1000.0 {\n\
         \u{20}       b *= 2.0;\n\
         \u{20}   }\n\
         \u{20}   Ok(if b.sum().item() > 0.0 { b } else { b * 100.0 })\n\
         }",
    );
    let at = |a: f64| doubled_and_gradient(Tensor::from(a));
    // 1.5 · 2¹⁰ = 1536, and 3 · 2⁹ as well.
    report.exactly("d at a = 1.5", 1536.0, at(1.5).map(|(d, _)| d));
    report.exactly("derivative, 2¹⁰", 1024.0, at(1.5).map(|(_, slope)| slope));
    report.exactly("d at a = −3", -153_600.0, at(-3.0).map(|(d, _)| d));
    report.exactly("derivative, 100 · 2⁹", 51_200.0, at(-3.0).map(|(_, slope)| slope));
    let as_d_over_a = many_numbers().filter(|&a| {
        // To the last bit, because the derivative is a whole number.
        at(a).is_ok_and(|(d, slope)| slope.item() * a == d.item())
    });
    report.exactly("of 1000 others, equal to d/a", 1000_usize, as_d_over_a.count());
    report.exactly("at a = 0", Err::<f64, _>(NeverEnds), at(0.0).map(|(_, slope)| slope));
}

/// A thousand numbers, scattered evenly over −50 … 50.
fn many_numbers() -> impl Iterator<Item = f64> {
    let golden_ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    (1..=1000).map(move |k| 100.0 * (f64::from(k) * golden_ratio).fract() - 50.0)
}
