//! The checkers: right functions pass at every kind of point, wrong ones are found and named.

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use wengert_autodiff::rules::{dot, log_sum_exp, norm, prod, softmax, sum, variance};
use wengert_autodiff::{Number, Primitive, Real, Rule, rules};
use wengert_proptests::check::{
    Function, Rounded, check_gradient, check_hessian, check_jacobian, check_jvp_vjp, check_modes,
    difficult_numbers, function, points, repeatable,
};

fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}

/// Newton's iteration for √x: a loop whose length depends on the value.
fn newton<R: Real>(x: &[R]) -> R {
    let (square, mut root) = (x[0] * x[0] + 0.5, R::from(1.0));
    for _ in 0..60 {
        let next = (root + square / root) / 2.0;
        let done = (next - root).primal().widen().abs() < 1e-14;
        root = next;
        if done {
            break;
        }
    }
    root
}

fn several<R: Real>(x: &[R]) -> Vec<R> {
    let mut y = softmax(x);
    y.extend([sum(x), dot(x, x), norm(x), prod(x), log_sum_exp(x), variance(x, 1)]);
    y.push(x.iter().map(|&x| (x * 3.0 - 1.0).sin() / (x * x + 2.0)).sum());
    y.push(R::from(7.0));
    y
}

fn arithmetic<R: Real>(x: &[R]) -> Vec<R> {
    let (x, y) = (x[0], x[1]);
    vec![x * y, x / y, x + y, x - y, x % y, x.hypot(y), x.exp() * y.sin(), x.max(y).sqrt(), x.ln()]
}

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/checkers.txt");

/// The same cases in each run, and those that failed once.
fn config(cases: u32) -> Config {
    let kept = FileFailurePersistence::Direct(REGRESSIONS);
    Config { failure_persistence: Some(Box::new(kept)), ..repeatable(cases) }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn rosenbrocks_derivatives(x in points(3)) {
        let checked = check_hessian(function!(rosenbrock), &x)?;
        prop_assert_eq!(checked.unsettled, 0, "{:?}", checked);
    }

    #[test]
    fn loops(x in points(1)) {
        check_hessian(function!(newton), &x)?;
    }

    #[test]
    fn several_results(x in points(3), v in points(3), w in points(11)) {
        let checked = check_jacobian(function!(several), &x)?;
        prop_assert!(checked.unsettled * 5 <= checked.compared, "{:?}", checked);
        check_jvp_vjp(function!(several), &x, &v, &w)?;
        check_modes(function!(several), &x)?;
    }

    /// Whatever the input, no mode disturbs the value, and none disagrees with certainty.
    #[test]
    fn difficult_inputs(x in proptest::collection::vec(difficult_numbers(), 2)) {
        check_modes(function!(arithmetic), &x)?;
    }
}

/// A function with a wrong derivative: x³, of which the third derivative is wrong if `order` is 3, and so on.
#[derive(Clone, Copy)]
struct WrongFrom {
    order: u32,
}

impl Rule<1> for WrongFrom {
    const NAME: &'static str = "wrong_cube";
    fn value<F: Primitive>(self, [x]: [F; 1]) -> F {
        if self.order == 1 { x * x } else { x * x * x }
    }
    fn partial<R: Number>(self, _argument: usize, [x]: [R; 1], _value: R) -> R {
        match self.order {
            1 => R::lit(2.000_001) * x,
            _ => R::lit(3.0) * R::apply(WrongFrom { order: self.order - 1 }, [x]),
        }
    }
}

impl Function for WrongFrom {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        vec![R::apply(*self, [x[0]]) + x[1]]
    }
    fn name(&self) -> String {
        format!("wrong from order {}", self.order)
    }
}

#[test]
fn wrong_derivatives_are_found() {
    let x = [1.5, 0.5];
    let mismatch = check_gradient(WrongFrom { order: 1 }, &x).unwrap_err();
    assert_eq!(mismatch.quantity, "∂y[0]/∂x[0]");
    assert_eq!(mismatch.point, x);
    assert!((mismatch.want - 3.0).abs() < 1e-9 && mismatch.got != mismatch.want);
    let text = mismatch.to_string();
    for part in
        ["wrong from order 1", "[1.5, 0.5]", "∂y[0]/∂x[0]", "jacobian", "differences", "ulps"]
    {
        assert!(text.contains(part), "{text}");
    }

    check_gradient(WrongFrom { order: 2 }, &x).unwrap();
    let mismatch = check_hessian(WrongFrom { order: 2 }, &x).unwrap_err();
    assert_eq!(mismatch.quantity, "∂²y[0]/∂x[0]∂x[0]");
}

/// A function that looks at its own type: each mode computes something else.
struct Unfaithful;

impl Function for Unfaithful {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        let wrong = core::any::type_name::<R>().contains("Var<f64>");
        vec![if wrong { x[0].next_to() } else { x[0] * 2.0 }]
    }
}

trait NextTo {
    fn next_to(self) -> Self;
}
impl<R: Real> NextTo for R {
    /// 2x, with the last bit of the value changed, and the right derivative.
    fn next_to(self) -> Self {
        let x = self.primal().widen();
        self * 2.0 + ((2.0 * x).next_up() - 2.0 * x)
    }
}

/// A function that some modes differentiate wrongly.
struct Forgetful(&'static str);

impl Function for Forgetful {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        let forgets = core::any::type_name::<R>().starts_with(self.0);
        vec![if forgets { x[0] * x[0].detach() * x[0] } else { x[0] * x[0] * x[0] }]
    }
}

#[test]
fn modes_that_disagree_are_named() {
    let mismatch = check_modes(Unfaithful, &[0.3]).unwrap_err();
    assert_eq!((mismatch.quantity.as_str(), mismatch.mode.as_str()), ("y[0]", "Var"));
    assert_eq!(mismatch.got, mismatch.want.next_up());

    for kind in [
        "wengert_autodiff::taylor::Taylor<f64",
        "wengert_autodiff::var::Var<f64",
        "wengert_autodiff::dual::DualVec<wengert_autodiff::dual::DualVec<f64",
        "wengert_autodiff::var::Var<wengert_autodiff::dual::DualVec<f64",
        "wengert_autodiff::var::Var<wengert_autodiff::taylor::Taylor<f64",
        "wengert_autodiff::dual::DualVec<wengert_autodiff::var::Var<f64",
        "wengert_autodiff::taylor::Taylor<wengert_autodiff::var::Var<f64",
        "wengert_autodiff::taylor::Taylor<wengert_autodiff::dual::DualVec<f64",
        "wengert_autodiff::dual::DualVec<wengert_autodiff::taylor::Taylor<f64",
        "wengert_autodiff::var::Var<wengert_autodiff::var::Var<f64",
        "wengert_autodiff::var::Var<wengert_autodiff::var::Var<wengert_autodiff::var::Var<f64",
        "wengert_autodiff::var::Var<wengert_autodiff::dual::DualVec<wengert_autodiff::dual::DualVec<f64",
    ] {
        assert!(check_modes(Forgetful(kind), &[0.7]).is_err(), "{kind}");
    }
    check_modes(Forgetful("no such type"), &[0.7]).unwrap();
}

#[test]
fn transposes_that_differ_are_found() {
    let var = "wengert_autodiff::var::Var<f64";
    let mismatch = check_jvp_vjp(Forgetful(var), &[0.7], &[1.0], &[1.0]).unwrap_err();
    assert_eq!((mismatch.mode.as_str(), mismatch.against.as_str()), ("jvp", "vjp"));
}

#[test]
fn no_inputs_and_no_outputs() {
    let nothing = check_modes(function!(|_x| [R::from(3.0)]), &[]).unwrap();
    assert!(nothing.compared > 0);
    check_jacobian(function!(|_x| [R::from(3.0)]), &[]).unwrap();
    check_modes(function!(|_x| Vec::new()), &[1.0, 2.0]).unwrap();
}

#[test]
#[should_panic(expected = "the function has 2 results")]
fn a_gradient_is_of_one_result() {
    let _ = check_gradient(function!(|x| [x[0], x[0]]), &[1.0]);
}

#[test]
fn kinks_are_not_differentiated() {
    let checked = check_gradient(function!(|x| x[0].relu() + x[1]), &[0.0, 1.0]).unwrap();
    // ∂/∂x₀ is looked at by two drivers, and settles for neither.
    assert_eq!((checked.compared, checked.unsettled), (2, 2));
}

/// What rounding did is inside the bound, where the exact result is known.
#[test]
fn bounds_hold() {
    // (√2)² − 2 = 0
    let two = Rounded::exact(2.0);
    let zero = Number::apply(rules::Sqrt {}, [two]);
    let zero = zero * zero - two;
    assert!(zero.value != 0.0 && zero.value.abs() <= zero.error && zero.error < 1e-14);
    // Σ 0.1, ten thousand times, against the exact sum of that double.
    let tenth = Rounded::exact(0.1);
    let total = (0..10_000).fold(Rounded::exact(0.0), |total, _| total + tenth);
    // 10 000 · (0.1 + 5.551115123125783e-18)
    let off = total.value - 1000.0 - 5.551_115_123_125_783e-14;
    assert!(off != 0.0 && off.abs() <= total.error && total.error < 1e-8);
    let third = Rounded::exact(1.0) / Rounded::exact(3.0);
    assert!(third.error >= 1.0 / 3.0 * f64::EPSILON / 4.0 && third.error < f64::EPSILON);
    let unknown = Rounded::exact(1.0) / zero;
    assert_eq!(unknown.error, f64::INFINITY);
}
