//! Planted faults, to show that the laws are able to fail: each is found, and the right row is not.

use wengert_autodiff::{Dual, Number, Primitive, Rule};
use wengert_proptests::modes::{Function, OfRule, Row, laws, table};
use wengert_proptests::points;
use wengert_proptests::references::{self, Reference, accuracy};
use wengert_proptests::report::Findings;

wengert_autodiff::rules! {
    /// Rows of the library, each with a fault.
    trait Faulty;

    /// hypot, with − for + in one partial.
    wrong_sign(x, y) -> h = WrongSign {
        value: x.hypot(y),
        partials: [x / h, -y / h],
        smooth: x != 0.0 || y != 0.0,
    }

    /// ∂/∂y of x/y, forgotten.
    missing_partial(x, y) = MissingPartial {
        value: x / y,
        partials: [R::one() / y, R::zero()],
        smooth: y != 0.0,
    }

    /// asin with 1 − x² in place of (1 − x)(1 + x).
    cancelling(x) = Cancelling {
        value: x.asin(),
        partials: [(R::one() - x * x).sqrt().recip()],
        smooth: x.abs() < 1.0,
    }

    /// max with the full derivative for both of two equal arguments.
    greedy(a, b) = Greedy {
        value: a.max(b),
        partials: [
            R::choose(a.less(b), R::zero, R::one),
            R::choose(b.less(a), R::zero, R::one),
        ],
        smooth: a != b,
    }

    /// exp with a derivative of five digits.
    inexact(x) -> y = Inexact {
        value: x.exp(),
        partials: [y * R::lit(1.00001)],
        smooth: true,
    }

    /// sin with a derivative through which no second derivative flows.
    flat(x) = Flat {
        value: x.sin(),
        partials: [x.cos().detach()],
        smooth: true,
    }

    /// ln with a derivative outside of its domain.
    unlimited(x) = Unlimited {
        value: x.ln(),
        partials: [R::one() / x],
        smooth: x > 0.0,
    }
}

/// exp with a recurrence of its Taylor coefficients that is wrong from the third on.
#[derive(Clone, Copy)]
struct WrongSeries;

impl Rule<1> for WrongSeries {
    const NAME: &'static str = "wrong_series";
    fn value<F: Primitive>(self, [x]: [F; 1]) -> F {
        x.exp()
    }
    fn partial<R: Number>(self, _argument: usize, _x: [R; 1], value: R) -> R {
        value
    }
    fn series<T: Number, const N: usize>(
        self,
        [x]: [wengert_autodiff::Taylor<T, N>; 1],
        value: T,
    ) -> wengert_autodiff::Taylor<T, N> {
        let right = Number::apply(wengert_autodiff::rules::Exp {}, [x]);
        let coefficient = |k: usize| if k == 3 { -right[k] } else { right[k] };
        wengert_autodiff::Taylor::new(value, core::array::from_fn(|k| coefficient(k + 1)))
    }
}

/// A value that differs from the plain one while derivatives are carried.
#[derive(Clone, Copy)]
struct ReciprocalTimes;

impl Function for ReciprocalTimes {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        // Machine numbers divide; all others multiply with a reciprocal.
        if size_of::<R>() == size_of::<R::Primitive>() {
            x[0] / x[1]
        } else {
            x[0] * (R::one() / x[1])
        }
    }
    fn arguments(self) -> usize {
        2
    }
    fn smooth(self, x: &[f64]) -> bool {
        x[1] != 0.0
    }
}

/// x², of which a recording forgets that it uses x twice.
#[derive(Clone, Copy)]
struct Forgetful;

impl Function for Forgetful {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        if R::RECORDINGS > 0 { x[0] * x[0].detach() } else { x[0] * x[0] }
    }
    fn arguments(self) -> usize {
        1
    }
    fn smooth(self, _x: &[f64]) -> bool {
        true
    }
}

/// x·y that returns early where the value of a factor is zero.
#[derive(Clone, Copy)]
struct Hasty;

impl Function for Hasty {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        if x[0].is_zero() { R::zero() } else { x[0] * x[1] }
    }
    fn arguments(self) -> usize {
        2
    }
    fn smooth(self, _x: &[f64]) -> bool {
        true
    }
}

/// A panic that only the recording has.
#[derive(Clone, Copy)]
struct PanicsInReverse;

impl Function for PanicsInReverse {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        assert!(R::RECORDINGS == 0, "planted");
        x[0]
    }
    fn arguments(self) -> usize {
        1
    }
    fn smooth(self, _x: &[f64]) -> bool {
        true
    }
}

fn rule<const A: usize>(rule: impl Rule<A>) -> Row {
    Row::of("planted", OfRule(rule))
}

fn right(name: &str) -> &'static Row {
    table().iter().find(|row| row.name == name).expect("a row of the table")
}

#[track_caller]
fn found(law: impl Fn(&Row) -> Findings, planted: &Row, right: &Row) {
    let findings = law(planted);
    assert!(!findings.failures.is_empty(), "not found in {} cases", findings.cases);
    law(right).assert_clean();
}

fn differences(row: &Row) -> Findings {
    let mut all = Findings::default();
    laws::differences(row, &points::ordinary(row, 12)).into_iter().for_each(|f| all.absorb(f));
    all
}

fn agreement(row: &Row) -> Findings {
    let mut all = Findings::default();
    let bounds = [0.0, 1e-14, 1e-13, 1e-13, 1e-13];
    laws::agreement(row, &points::ordinary(row, 12), bounds)
        .into_iter()
        .for_each(|f| all.absorb(f));
    all
}

/// The law of the references, for a row that claims to be another.
fn beside_references(of: &'static str) -> impl Fn(&Row) -> Findings {
    move |row| {
        let references: Vec<&Reference> =
            references::all().iter().filter(|reference| reference.name == of).collect();
        accuracy::law(row, &references, |case| match case.order {
            0 | 1 => accuracy::usual(case),
            _ => accuracy::Limit::OfSize(1e-6),
        })
    }
}

#[test]
fn a_wrong_sign_is_found() {
    found(differences, &rule(WrongSign {}), right("hypot"));
    found(beside_references("hypot"), &rule(WrongSign {}), right("hypot"));
}

#[test]
fn a_missing_partial_is_found() {
    found(differences, &rule(MissingPartial {}), right("x / y"));
}

#[test]
fn a_cancellation_near_the_edge_is_found() {
    found(beside_references("asin"), &rule(Cancelling {}), right("asin"));
}

#[test]
fn a_tie_that_counts_twice_is_found() {
    let shares = |row: &Row| {
        let mut findings = Findings::default();
        for mode in &row.modes {
            for v in [[1.0, 0.0], [0.0, 1.0]] {
                let share = mode.along(&[3.0, 3.0], &v).0[1][0];
                findings.case(share == 0.5, || format!("{share} in {}", mode.mode));
            }
        }
        findings
    };
    found(shares, &rule(Greedy {}), right("max"));
}

#[test]
fn a_constant_of_few_digits_is_found() {
    found(beside_references("exp"), &rule(Inexact {}), right("exp"));
}

#[test]
fn a_lost_second_derivative_is_found() {
    found(differences, &rule(Flat {}), right("sin"));
}

#[test]
fn a_derivative_outside_the_domain_is_found() {
    let law =
        |row: &Row| laws::not_a_number(row, &points::combinations(row, &points::special(), 400));
    found(law, &rule(Unlimited {}), right("ln"));
}

#[test]
fn a_forgotten_second_use_is_found() {
    found(agreement, &Row::of("planted", Forgetful), right("product of one number with itself"));
}

#[test]
fn an_early_return_for_a_zero_value_is_found() {
    let law = |row: &Row| laws::differences(row, &[vec![0.0, 0.7]])[1].clone();
    found(law, &Row::of("planted", Hasty), right("x * y"));
}

#[test]
fn a_wrong_recurrence_is_found() {
    found(agreement, &rule(WrongSeries), right("exp"));
}

#[test]
fn another_value_is_found() {
    let law = |row: &Row| laws::values(row, &points::ordinary(row, 60));
    found(law, &Row::of("planted", ReciprocalTimes), right("x / y"));
}

#[test]
fn a_panic_of_one_mode_is_found() {
    let law = |row: &Row| laws::values(row, &points::ordinary(row, 2));
    found(law, &Row::of("planted", PanicsInReverse), right("powi(1)"));
}

/// x·y by a product rule that skips what has the value zero, as numbers do whose `==` forgets their
/// derivatives.
fn skipping_product<T: Number>(x: Dual<T>, y: Dual<T>) -> Dual<T> {
    let skip = |partial: T, tangent: T| {
        if tangent.is_zero() || partial.is_zero() { T::zero() } else { partial * tangent }
    };
    let tangent = skip(y.value, x.tangent()) + skip(x.value, y.tangent());
    Dual::new(x.value * y.value, tangent)
}

/// ∂²(xy)/∂x∂y at (0, 0), which has to be 1.
fn mixed_derivative_at_zero(
    product: impl Fn(Dual<Dual<f64>>, Dual<Dual<f64>>) -> Dual<Dual<f64>>,
) -> f64 {
    let x = Dual::new(Dual::new(0.0, 1.0), Dual::new(0.0, 0.0));
    let y = Dual::new(Dual::new(0.0, 0.0), Dual::new(1.0, 0.0));
    product(x, y).tangent().tangent()
}

/// (A number type is no rule; so the fault is planted in a product of its own.)
#[test]
fn a_zero_test_on_the_value_alone_is_found() {
    assert_eq!(mixed_derivative_at_zero(skipping_product), 0.0);
    assert_eq!(mixed_derivative_at_zero(|x, y| x * y), 1.0);
}
