//! Planted faults in operations on arrays: each is found by the law that is there for it, and the right operation is not.

use wengert_proptests::arrays::{Inputs, Law, Row, Scalar, check};
use wengert_tensor::*;

/// An operation with its rules, one of them wrong.
trait Fault: Copy + Send + Sync + 'static {
    /// The shape of the last operand.
    fn shape(inputs: &[Shape]) -> Shape {
        inputs[inputs.len() - 1].clone()
    }
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T>;
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>>;
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T>;
}

#[derive(Clone, Copy)]
struct Planted<F>(F);

impl<T: Element, F: Fault> CustomOperation<T> for Planted<F> {
    fn name(&self) -> &'static str {
        "planted"
    }
    fn shape(&self, inputs: &[Shape]) -> Shape {
        F::shape(inputs)
    }
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        F::forward(inputs)
    }
    fn vjp(&self, inputs: &[Var<T>], _: Var<T>, cotangent: Var<T>) -> Vec<Var<T>> {
        F::vjp(inputs, cotangent)
    }
    fn jvp(&self, inputs: &[Var<T>], _: Var<T>, tangents: &[Var<T>]) -> Var<T> {
        F::jvp(inputs, tangents)
    }
}

fn row<F: Fault>(fault: F, inputs: Inputs) -> Row {
    Row::new(
        "planted",
        inputs,
        move |x| custom(Planted(fault), x),
        move |x| custom(Planted(fault), x),
    )
}

/// The laws that find the fault.
#[track_caller]
fn is_found_by(row: &Row, laws: &[Law]) {
    let report = check(row);
    for &law in laws {
        assert!(!report.of(law).failures.is_empty(), "{law:?} did not find it");
    }
}

/// sin, right in all.
#[derive(Clone, Copy)]
struct Sine;

impl Fault for Sine {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0].map(|x| x.sin())
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * x[0].cos()]
    }
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] * x[0].cos()
    }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let failures = check(&row(Sine, Inputs::any())).failures();
    assert!(failures.is_empty(), "{failures:?}");
}

/// cos with the cotangent's sign forgotten.
#[derive(Clone, Copy)]
struct WrongSign;

impl Fault for WrongSign {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0].map(|x| x.cos())
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * x[0].sin()]
    }
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        -tangents[0] * x[0].sin()
    }
}

#[test]
fn a_wrong_sign_is_found() {
    is_found_by(&row(WrongSign, Inputs::any()), &[Law::Transpose, Law::Gradient]);
}

/// The same in both modes: they agree, and are wrong.
#[derive(Clone, Copy)]
struct FewDigits;

impl Fault for FewDigits {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0].map(|x| x.exp())
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * x[0].exp() * 1.000_001]
    }
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] * x[0].exp() * 1.000_001
    }
}

#[test]
fn the_same_fault_in_both_modes_is_found() {
    let report = check(&row(FewDigits, Inputs::any()));
    assert!(report.of(Law::Transpose).failures.is_empty());
    is_found_by(&row(FewDigits, Inputs::any()), &[Law::Gradient, Law::Tangent]);
}

/// x·y that passes nothing on to its second operand.
#[derive(Clone, Copy)]
struct OneOperand;

impl Fault for OneOperand {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0] * x[1]
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * x[1], Var::from(0.0)]
    }
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] * x[1] + x[0] * tangents[1]
    }
}

#[test]
fn a_forgotten_second_use_is_found() {
    let twice = Row::new(
        "planted",
        Inputs::any(),
        |x| custom(Planted(OneOperand), &[x[0], x[0]]),
        |x| custom(Planted(OneOperand), &[x[0], x[0]]),
    );
    is_found_by(&twice, &[Law::Transpose, Law::Gradient]);
}

/// A row added to each row of a matrix, of which the last one alone counts.
#[derive(Clone, Copy)]
struct LastRow;

impl Fault for LastRow {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0] + x[1]
    }
    fn vjp<T: Element>(_: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent.index(0, -1), cotangent]
    }
    fn jvp<T: Element>(_: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] + tangents[1]
    }
}

/// A row added to each row of a matrix, with the mean for the sum.
#[derive(Clone, Copy)]
struct MeanOfRows;

impl Fault for MeanOfRows {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0] + x[1]
    }
    fn vjp<T: Element>(_: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent.mean_over(0), cotangent]
    }
    fn jvp<T: Element>(_: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] + tangents[1]
    }
}

#[test]
fn a_wrong_sum_over_broadcast_axes_is_found() {
    let inputs = || Inputs::of([[&[3], &[2, 3]], [&[1], &[3, 1]]], [&[3], &[2, 3]]);
    is_found_by(&row(LastRow, inputs()), &[Law::Transpose, Law::Gradient]);
    is_found_by(&row(MeanOfRows, inputs()), &[Law::Transpose, Law::Gradient]);
}

/// sin with a cotangent through which no second derivative flows.
#[derive(Clone, Copy)]
struct Flat;

impl Fault for Flat {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        x[0].map(|x| x.sin())
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * x[0].detach().cos()]
    }
    fn jvp<T: Element>(x: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] * x[0].cos()
    }
}

#[test]
fn a_lost_second_derivative_is_found() {
    is_found_by(&row(Flat, Inputs::any()), &[Law::Second]);
}

/// 2x, of what lies in memory.
#[derive(Clone, Copy)]
struct AsItLies;

impl Fault for AsItLies {
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        let plain = x[0].as_slice().is_some();
        if plain { x[0] * 2.0 } else { &x[0].flip(0) * 2.0 }
    }
    fn vjp<T: Element>(_: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent * 2.0]
    }
    fn jvp<T: Element>(_: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0] * 2.0
    }
}

#[test]
fn a_dependence_on_the_layout_is_found() {
    is_found_by(&row(AsItLies, Inputs::lanes()), &[Law::Layouts]);
}

/// A sum in as many parts as there are threads.
#[derive(Clone, Copy)]
struct ByThreads;

impl Fault for ByThreads {
    fn shape(_: &[Shape]) -> Shape {
        Shape::default()
    }
    fn forward<T: Element>(x: &[&Tensor<T>]) -> Tensor<T> {
        let elements = x[0].to_vec();
        let part = elements.len().div_ceil(rayon::current_num_threads()).max(1);
        let sum = |x: &[T]| x.iter().fold(T::zero(), |sum, &x| sum + x);
        let parts: Vec<T> = elements.chunks(part).map(sum).collect();
        Tensor::from(sum(&parts))
    }
    fn vjp<T: Element>(x: &[Var<T>], cotangent: Var<T>) -> Vec<Var<T>> {
        vec![cotangent.expand(x[0].shape())]
    }
    fn jvp<T: Element>(_: &[Var<T>], tangents: &[Var<T>]) -> Var<T> {
        tangents[0].sum()
    }
}

#[test]
fn a_dependence_on_threads_is_found() {
    is_found_by(&row(ByThreads, Inputs::any()), &[Law::Threads]);
}

#[test]
fn a_fault_in_single_precision_alone_is_found() {
    let single = |x: &[Var<f32>]| x[0].sin() * 1.0001;
    is_found_by(&Row::new("planted", Inputs::any(), |x| x[0].sin(), single), &[Law::Single]);
}

#[test]
fn another_program_on_numbers_is_found() {
    fn reversed_sum(x: &[Scalar]) -> Scalar {
        x.iter().rev().skip(1).copied().sum()
    }
    let row = Row::new("planted", Inputs::filled(), |x| x[0].sum(), |x| x[0].sum());
    is_found_by(&row.with_twin(|x| vec![reversed_sum(&x[0].elements)]), &[Law::Scalars]);
}

#[test]
fn a_panic_is_found() {
    let short = |x: &[Var<f64>]| x[0].slice(0, 0..2);
    let row = Row::new("planted", Inputs::filled(), short, |x| x[0].slice(0, 0..2));
    assert!(check(&row).failures().iter().any(|failure| failure.contains("panicked: slice")));
}
