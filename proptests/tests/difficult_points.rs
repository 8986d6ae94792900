//! The conventions at difficult points, in every mode. One test for each, named as in `LAWS.md`.

use std::ops::{Div, Sub};

use wengert_autodiff::rules::{self, Powi};
use wengert_autodiff::{Dual, Number, Tape, Taylor, Var, gradient};
use wengert_proptests::arrays::conventions as arrays;
use wengert_proptests::modes::{Evaluation, Function, OfRule, Row, table};
use wengert_proptests::report::conventions::CONVENTIONS;
use wengert_proptests::ulps::{relative, ulps};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn row(name: &str) -> &'static Row {
    table().iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row {name}"))
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Every mode finds this derivative of the given order along `v`.
#[track_caller]
fn holds_along(row: &Row, order: usize, x: &[f64], v: &[f64], fine: impl Fn(f64) -> bool) {
    let mut cases = 0;
    for mode in row.modes.iter().filter(|mode| mode.order >= order) {
        for &got in &mode.along(x, v).0[order] {
            assert!(
                fine(got),
                "{}, order {order}, at {x:?} along {v:?} in {}: {got:e}",
                row.name,
                mode.mode
            );
            cases += 1;
        }
    }
    assert!(cases > 0, "{}: no mode of order {order}", row.name);
}

fn axis(row: &Row, argument: usize) -> Vec<f64> {
    (0..row.arguments).map(|k| if k == argument { 1.0 } else { 0.0 }).collect()
}

/// Every mode finds this gradient.
#[track_caller]
fn gradient_is(row: &Row, x: &[f64], want: &[f64]) {
    for (argument, &want) in want.iter().enumerate() {
        holds_along(row, 1, x, &axis(row, argument), |got| same(got, want));
    }
}

/// Every mode finds this gradient, up to a few ulps.
#[track_caller]
fn gradient_is_close_to(row: &Row, x: &[f64], want: &[f64]) {
    for (argument, &want) in want.iter().enumerate() {
        holds_along(row, 1, x, &axis(row, argument), |got| ulps(got, want) <= 4.0);
    }
}

/// Every mode finds this derivative of some order of a function of one number.
#[track_caller]
fn derivative_is(row: &Row, order: usize, x: f64, want: f64) {
    holds_along(row, order, &[x], &[1.0], |got| same(got, want));
}

/// The modes that find first derivatives and no more: no zero of theirs hides a derivative of its own.
fn first_order(row: &Row) -> impl Iterator<Item = &Evaluation<f64>> {
    row.modes.iter().filter(|mode| mode.order == 1)
}

#[track_caller]
fn first_order_gradient_is(row: &Row, x: &[f64], want: &[f64]) {
    for (argument, &want) in want.iter().enumerate() {
        for mode in first_order(row) {
            let got = mode.along(x, &axis(row, argument)).0[1][0];
            assert!(
                same(got, want),
                "{}, ∂{argument}, at {x:?} in {}: {got:e}",
                row.name,
                mode.mode
            );
        }
    }
}

macro_rules! functions {
    ($( $Name:ident($arguments:literal) |$x:ident| $value:expr; )+) => {$(
        #[derive(Clone, Copy)]
        struct $Name;
        impl Function for $Name {
            fn evaluate<R: Number>(self, $x: &[R]) -> R {
                $value
            }
            fn arguments(self) -> usize {
                $arguments
            }
            fn smooth(self, _x: &[f64]) -> bool {
                true
            }
        }
    )+};
}

functions! {
    SquareOfRoot(1) |x| { let root = x[0].sqrt(); root * root };
    RootOfConstant(1) |x| x[0] + R::zero().sqrt();
    RootInDeadBranch(1) |x| R::choose(x[0].less(R::one()), || x[0], || x[0].sqrt());
    RootOfHypot(2) |x| x[0].hypot(x[1]).sqrt();
    TimesZero(1) |x| x[0] * R::zero();
    MinusItself(1) |x| Sub::sub(x[0], x[0]);
    OverItself(1) |x| Div::div(x[0], x[0]);
    Chosen(1) |x| R::choose(R::zero().less(x[0]), || x[0] * x[0], || x[0].ln());
    Blended(1) |x| R::blend(R::zero().less(x[0]), x[0] * x[0], Sub::sub(x[0], x[0]).ln());
    ThreeTimes(1) |x| x[0] + x[0] * x[0] + x[0];
    Deviation(3) |x| rules::variance(x, 0).sqrt();
    NoFreedom(2) |x| rules::variance(x, 2);
}

#[test]
fn every_convention_has_its_test() {
    let source = include_str!("difficult_points.rs");
    for convention in CONVENTIONS {
        let heading = format!("#[test]\nfn {}()", convention.test);
        assert!(source.contains(&heading), "no test {}", convention.test);
    }
    let tests = source.matches("#[test]\nfn row_").count();
    assert_eq!(tests, CONVENTIONS.len(), "a test without a convention");

    // All numbers are there, of numbers or of arrays.
    let number = |test: &str| test[4..6].parse::<u32>().expect("row_ and two digits");
    let tested = CONVENTIONS.iter().chain(arrays::CONVENTIONS).map(|row| number(row.test));
    let mut numbers: Vec<u32> = tested.collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (1..=56).collect::<Vec<u32>>());
}

#[test]
fn row_01_sqrt_at_zero() {
    derivative_is(row("sqrt"), 1, 0.0, INF);
    derivative_is(row("sqrt"), 1, -0.0, INF);
}

#[test]
fn row_02_sqrt_at_zero_with_nothing_to_carry() {
    first_order_gradient_is(&Row::of("(√x)²", SquareOfRoot), &[0.0], &[0.0]);
    derivative_is(&Row::of("x + √0", RootOfConstant), 1, 0.0, 1.0);
    derivative_is(&Row::of("x, not √x", RootInDeadBranch), 1, 0.0, 1.0);
    for mode in &row("sqrt").modes {
        assert_eq!(mode.along(&[0.0], &[0.0]).0[1][0], 0.0, "{}", mode.mode);
    }
}

#[test]
fn row_03_norm_at_zero() {
    gradient_is(row("norm"), &[0.0; 4], &[0.0; 4]);
    gradient_is(row("norm"), &[0.0, -0.0, 0.0, -0.0], &[0.0; 4]);
}

#[test]
fn row_04_hypot_at_zero() {
    gradient_is(row("hypot"), &[0.0, 0.0], &[0.0, 0.0]);
    first_order_gradient_is(&Row::of("√hypot", RootOfHypot), &[0.0, 0.0], &[0.0, 0.0]);
}

#[test]
fn row_05_hypot_of_extreme_arguments() {
    for scale in [1e-300, 1e-200, 1e200, 1e300] {
        gradient_is_close_to(row("hypot"), &[3.0 * scale, 4.0 * scale], &[0.6, 0.8]);
    }
    gradient_is_close_to(row("hypot"), &[3.0 / 4.0 * f64::MAX, f64::MAX], &[0.6, 0.8]);
    for name in ["hypot", "norm"] {
        let row = row(name);
        let at = |x: [f64; 2]| [&x[..], &[1.0, -2.0][..row.arguments - 2]].concat();
        let gradient =
            |g: [f64; 2], other: f64| [&g[..], &[other; 2][..row.arguments - 2]].concat();
        for finite in [0.0, -3.0, 1e300] {
            gradient_is(row, &at([INF, finite]), &gradient([1.0, 0.0], 0.0));
            gradient_is(row, &at([finite, -INF]), &gradient([0.0, -1.0], 0.0));
        }
        // From which side two infinities are approached is not known.
        gradient_is(row, &at([INF, -INF]), &gradient([NAN, NAN], 0.0));
        gradient_is(row, &at([NAN, INF]), &gradient([NAN, NAN], NAN)[..row.arguments.min(2)]);
    }
    let t = Taylor::<f64, 4>::variable(0.0);
    let y = (t * t).hypot(Taylor::from(0.0));
    assert_eq!([y[0], y[1], y[2], y[3], y[4]], [0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn row_07_deviation_of_equal_numbers() {
    first_order_gradient_is(&Row::of("deviation", Deviation), &[2.0; 3], &[0.0; 3]);
}

#[test]
fn row_08_variance_without_freedom() {
    gradient_is(&Row::of("variance", NoFreedom), &[1.0, 2.0], &[NAN, NAN]);
}

#[test]
fn row_09_abs_at_zero() {
    for zero in [0.0, -0.0] {
        derivative_is(row("abs"), 1, zero, 0.0);
        derivative_is(row("abs"), 2, zero, 0.0);
    }
}

#[test]
fn row_10_relu_at_zero() {
    derivative_is(row("relu"), 1, 0.0, 0.0);
    derivative_is(row("relu"), 1, -0.0, 0.0);
}

#[test]
fn row_11_clamp_at_a_bound() {
    for (x, inside) in [(-1.0, 1.0), (2.0, 1.0), (0.5, 1.0), (-1.5, 0.0), (2.5, 0.0)] {
        let (low, high) = (f64::from(x < -1.0), f64::from(x > 2.0));
        gradient_is(row("clamp"), &[x, -1.0, 2.0], &[inside, low, high]);
    }
}

#[test]
fn row_12_max_and_min_of_equal_numbers() {
    for name in ["max", "min"] {
        for x in [0.0, 3.0, -7.5, INF] {
            gradient_is(row(name), &[x, x], &[0.5, 0.5]);
        }
        gradient_is(row(name), &[0.0, -0.0], &[0.5, 0.5]);
    }
}

#[test]
fn row_14_max_and_min_with_nan() {
    for name in ["max", "min"] {
        gradient_is(row(name), &[3.0, NAN], &[1.0, 0.0]);
        gradient_is(row(name), &[NAN, 3.0], &[0.0, 1.0]);
        gradient_is(row(name), &[NAN, NAN], &[NAN, NAN]);
    }
}

#[test]
fn row_15_powers_of_zero() {
    for (n, want) in [("powi(0)", 0.0), ("powi(1)", 1.0), ("powi(2)", 0.0), ("powi(3)", 0.0)] {
        derivative_is(row(n), 1, 0.0, want);
    }
    derivative_is(row("powi(-1)"), 1, 0.0, -INF);
    derivative_is(row("powi(-3)"), 1, 0.0, -INF);
    for (n, want) in [(0.0, 0.0), (0.5, INF), (1.0, 1.0), (1.5, 0.0), (2.5, 0.0), (-1.5, -INF)] {
        let along = |got| same(got, want);
        holds_along(row("powf"), 1, &[0.0, n], &[1.0, 0.0], along);
    }
}

#[test]
fn row_16_exponent_of_zero() {
    for y in [0.5, 1.0, 2.0, 7.5] {
        holds_along(row("powf"), 1, &[0.0, y], &[0.0, 1.0], |got| got == 0.0);
    }
}

#[test]
fn row_17_zero_to_the_zero() {
    gradient_is(row("powf"), &[0.0, 0.0], &[0.0, 0.0]);
    assert_eq!(row("powf").plain(&[0.0, 0.0]), 1.0);
}

#[test]
fn row_18_powers_of_negative_numbers() {
    gradient_is_close_to(row("powf"), &[-2.0, 3.0], &[12.0, NAN]);
    gradient_is_close_to(row("powf"), &[-0.5, -2.0], &[16.0, NAN]);
    holds_along(row("powf"), 2, &[-2.0, 3.0], &[1.0, 0.0], |got| ulps(got, -12.0) <= 4.0);
}

#[test]
fn row_19_one_derivative_more_than_the_power() {
    for (n, order) in [("powi(1)", 2), ("powi(2)", 3), ("powi(3)", 4), ("powi(0)", 1)] {
        derivative_is(row(n), order, 0.0, 0.0);
        derivative_is(row(n), order, -0.0, 0.0);
    }
}

#[test]
fn row_20_powers_beyond_the_range() {
    let powf = |x: f64, n: f64, want: f64| {
        holds_along(row("powf"), 1, &[x, n], &[1.0, 0.0], |got| ulps(got, want) <= 4.0);
    };
    powf(1e200, 1.75, 1.75e150);
    powf(1e-200, 2.0, 2e-200);
    powf(1e200, 2.0, 2e200);
    for (x, want) in [(1e-200, 2e-200), (1e200, 2e200)] {
        holds_along(row("powi(2)"), 1, &[x], &[1.0], |got| ulps(got, want) <= 4.0);
    }
    holds_along(row("powi(-1)"), 1, &[1e100], &[1.0], |got| ulps(got, -1e-200) <= 4.0);
    holds_along(row("powi(-1)"), 1, &[1e-100], &[1.0], |got| ulps(got, -1e200) <= 4.0);
}

#[test]
fn row_21_the_least_exponent() {
    let row = Row::of("x^i32::MIN", OfRule(Powi { n: i32::MIN }));
    derivative_is(&row, 1, 1.0, f64::from(i32::MIN));
    derivative_is(&row, 1, 2.0, 0.0);
}

#[test]
fn row_22_nothing_is_simplified() {
    for row in [Row::of("x·0", TimesZero), Row::of("x−x", MinusItself), Row::of("x/x", OverItself)]
    {
        for mode in &row.modes {
            let orders = mode.along(&[INF], &[1.0]).0;
            assert!(orders[0].iter().all(|y| y.is_nan()), "{} in {}", row.name, mode.mode);
        }
        assert!(row.plain(&[INF]).is_nan());
    }
    let tape = Tape::new();
    let x = tape.var(2.0);
    let _ = (x - x, x / x, x * Var::from(0.0));
    assert_eq!(tape.nodes(), 4);
}

#[test]
fn row_23_atan2_at_zero() {
    for (y, x) in [(0.0, 0.0), (-0.0, 0.0), (0.0, -0.0), (-0.0, -0.0)] {
        gradient_is(row("atan2"), &[y, x], &[0.0, 0.0]);
    }
}

#[test]
fn row_24_atan2_on_the_axes() {
    gradient_is(row("atan2"), &[2.0, 0.0], &[0.0, -0.5]);
    gradient_is(row("atan2"), &[-2.0, 0.0], &[0.0, 0.5]);
    gradient_is(row("atan2"), &[0.0, 2.0], &[0.5, 0.0]);
    gradient_is(row("atan2"), &[0.0, -2.0], &[-0.5, 0.0]);
}

#[test]
fn row_25_atan2_of_extreme_arguments() {
    gradient_is_close_to(row("atan2"), &[1e200, 1e200], &[5e-201, -5e-201]);
    gradient_is_close_to(row("atan2"), &[1e-200, 1e-200], &[5e199, -5e199]);
    gradient_is_close_to(row("atan2"), &[1e-14, 1.0], &[1.0, -1e-14]);
    for x in [[INF, 1.0], [-2.0, INF], [INF, -INF], [0.0, -INF], [f64::MAX, f64::MAX]] {
        gradient_is(row("atan2"), &x, &[0.0, 0.0]);
    }
    gradient_is(row("atan2"), &[NAN, INF], &[NAN, NAN]);
}

#[test]
fn row_26_inverse_functions_near_one() {
    for (name, at_one) in [("asin", INF), ("acos", -INF), ("atanh", INF)] {
        derivative_is(row(name), 1, 1.0, at_one);
        derivative_is(row(name), 1, -1.0, at_one);
        for outside in [1.0_f64.next_up(), -1.5, 2.0] {
            derivative_is(row(name), 1, outside, NAN);
        }
    }
    // x = 1 − 2⁻⁵³: 1/√((1 − x)(1 + x)) = 2²⁶/√(1 − 2⁻⁵⁴)
    let x = 1.0_f64.next_down();
    holds_along(row("asin"), 1, &[x], &[1.0], |got| ulps(got, 67_108_864.0) <= 2.0);
    holds_along(row("acos"), 1, &[x], &[1.0], |got| ulps(got, -67_108_864.0) <= 2.0);
    holds_along(row("atanh"), 1, &[x], &[1.0], |got| ulps(got, 4_503_599_627_370_496.0) <= 2.0);
}

#[test]
fn row_27_acosh_near_one() {
    derivative_is(row("acosh"), 1, 1.0, INF);
    derivative_is(row("acosh"), 2, 1.0, -INF);
    let series = Taylor::<f64, 4>::variable(1.0).acosh();
    assert_eq!([series[1], series[2], series[3], series[4]], [INF, -INF, INF, -INF]);
    // A sweep over a series adds up terms of both signs.
    for order in [3, 4] {
        holds_along(row("acosh"), order, &[1.0], &[1.0], |got| !got.is_finite());
    }
    for below in [1.0_f64.next_down(), 0.0, -1.0, -2.0] {
        derivative_is(row("acosh"), 1, below, NAN);
    }
    // x = 1 + 2⁻⁵²: 1/√(2⁻⁵² (2 + 2⁻⁵²))
    let want = 67_108_864.0 / std::f64::consts::SQRT_2;
    holds_along(row("acosh"), 1, &[1.0_f64.next_up()], &[1.0], |got| ulps(got, want) <= 4.0);
}

#[test]
fn row_28_atan_and_asinh_of_huge_arguments() {
    holds_along(row("atan"), 1, &[1e200], &[1.0], |got| got == 0.0);
    holds_along(row("atan"), 1, &[1e150], &[1.0], |got| ulps(got, 1e-300) <= 4.0);
    holds_along(row("asinh"), 1, &[1e300], &[1.0], |got| ulps(got, 1e-300) <= 4.0);
    holds_along(row("asinh"), 1, &[-1e300], &[1.0], |got| ulps(got, 1e-300) <= 4.0);
}

#[test]
fn row_29_logarithms_outside_their_domain() {
    for name in ["ln", "log2", "log10"] {
        derivative_is(row(name), 1, 0.0, INF);
        derivative_is(row(name), 1, -0.0, -INF);
        derivative_is(row(name), 1, -2.0, NAN);
        for mode in &row(name).modes {
            assert_eq!(mode.along(&[0.0], &[0.0]).0[1][0], 0.0, "{name} of a constant");
        }
    }
    derivative_is(row("ln_1p"), 1, -1.0, INF);
    derivative_is(row("ln_1p"), 1, -2.0, NAN);
    for order in 1..=4 {
        derivative_is(row("log1m_exp"), order, 0.0, -INF);
    }
    derivative_is(row("log1m_exp"), 1, 1e-300, NAN);
    for [a, b] in [[0.0, 0.0], [0.0, -0.0], [-0.0, 0.0], [-3.0, -3.0]] {
        gradient_is(row("log_diff_exp"), &[a, b], &[INF, -INF]);
    }
}

#[test]
fn row_30_tanh_of_large_arguments() {
    for x in [711.0, 1e5, 1e300, INF, -711.0, -1e5, -INF] {
        for order in 1..=2 {
            derivative_is(row("tanh"), order, x, 0.0);
        }
    }
}

#[test]
fn row_31_division() {
    for (a, b) in [(1.0, 49.0), (5.0, 3.0), (0.1, 0.7), (2.0, 1e-200), (1e300, 3e-5)] {
        for mode in &row("x / y").modes {
            assert!(mode.along(&[a, b], &[1.0, 1.0]).0[0].iter().all(|&y| y == a / b), "{a} / {b}");
        }
    }
    gradient_is_close_to(row("x / y"), &[1e-100, 1e-200], &[1e200, -1e300]);
    gradient_is_close_to(row("x / y"), &[1e200, 1e200], &[1e-200, -1e-200]);
}

#[test]
fn row_32_tail_of_erfc() {
    let erfc = row("erfc");
    assert!(relative(erfc.plain(&[20.0]), 5.395_865_611_607_9e-176) < 1e-13);
    let density = (-400.0_f64).exp() * std::f64::consts::FRAC_2_SQRT_PI;
    holds_along(erfc, 1, &[20.0], &[1.0], |got| ulps(got, -density) <= 4.0);
}

#[test]
fn row_33_cbrt() {
    holds_along(row("cbrt"), 1, &[-8.0], &[1.0], |got| ulps(got, 1.0 / 12.0) <= 4.0);
    holds_along(row("cbrt"), 1, &[27.0], &[1.0], |got| ulps(got, 1.0 / 27.0) <= 4.0);
    derivative_is(row("cbrt"), 1, 0.0, INF);
    derivative_is(row("cbrt"), 1, -0.0, INF);
}

#[test]
fn row_34_branch_not_chosen() {
    for row in [Row::of("chosen", Chosen), Row::of("blended", Blended)] {
        derivative_is(&row, 1, 3.0, 6.0);
    }
}

#[test]
fn row_35_log_sum_exp_at_its_corners() {
    gradient_is(row("log_sum_exp"), &[-INF; 4], &[0.0; 4]);
    gradient_is_close_to(row("log_sum_exp"), &[1000.0; 4], &[0.25; 4]);
    gradient_is_close_to(row("log_sum_exp"), &[-INF, 2.0, -INF, 2.0], &[0.0, 0.5, 0.0, 0.5]);
    gradient_is(row("log_add_exp"), &[-INF, -INF], &[0.0, 0.0]);
    gradient_is(row("log_add_exp"), &[800.0, 800.0], &[0.5, 0.5]);
    derivative_is(row("softplus"), 1, 0.0, 0.5);
}

#[test]
fn row_36_xlogy_at_zero() {
    for mode in &row("xlogy").modes {
        assert!(mode.along(&[0.0, 0.0], &[1.0, 1.0]).0[0].iter().all(|&y| y == 0.0));
    }
    gradient_is(row("xlogy"), &[0.0, 0.0], &[-INF, 0.0]);
}

#[test]
fn row_37_products_with_zeros() {
    let prod = row("prod");
    gradient_is(prod, &[2.0, 0.0, 3.0, 5.0, 7.0], &[0.0, 210.0, 0.0, 0.0, 0.0]);
    gradient_is(prod, &[2.0, 0.0, 3.0, 0.0, 7.0], &[0.0; 5]);
    // ∂²/∂x₁∂x₃, from the second derivative along both axes together
    let v = [0.0, 1.0, 0.0, 1.0, 0.0];
    holds_along(prod, 2, &[2.0, 0.0, 3.0, 0.0, 7.0], &v, |got| got == 84.0);
}

#[test]
fn row_40_sinc_near_zero() {
    let sinc = row("sinc");
    for x in [0.0, 1e-300, 1e-15, 1e-8, 1e-4, -1e-8] {
        let close =
            |want: f64| move |got: f64| (got - want).abs() <= 1e-15 * want.abs().max(1e-300);
        holds_along(sinc, 1, &[x], &[1.0], close(-x / 3.0 + x * x * x / 30.0));
        holds_along(sinc, 2, &[x], &[1.0], close(-1.0 / 3.0 + x * x / 10.0));
        holds_along(sinc, 4, &[x], &[1.0], close(0.2 - x * x / 14.0));
    }
    for infinite in [INF, -INF] {
        derivative_is(sinc, 0, infinite, 0.0);
        derivative_is(sinc, 1, infinite, 0.0);
    }
}

#[test]
fn row_41_zero_values_that_carry_derivatives() {
    derivative_is(row("product of one number with itself"), 2, 0.0, 2.0);
    derivative_is(row("powi(2)"), 2, 0.0, 2.0);
    holds_along(row("x * y"), 2, &[0.0, 0.0], &[1.0, 1.0], |got| got == 2.0);
    holds_along(row("dot"), 2, &[0.0; 6], &[1.0; 6], |got| got == 6.0);
    assert!(!Dual::new(Dual::new(0.0, 0.0), Dual::new(0.0, 1.0)).is_structural_zero());
    assert!(!Tape::new().var(0.0).is_structural_zero());
}

#[test]
fn row_44_numbers_used_twice() {
    derivative_is(&Row::of("x + x² + x", ThreeTimes), 1, 5.0, 12.0);
}

#[test]
fn row_46_constant_results() {
    derivative_is(row("powi(0)"), 1, 3.0, 0.0);
    derivative_is(&Row::of("x·0", TimesZero), 1, 3.0, 0.0);
    assert_eq!(gradient(|_: &[Var<f64>]| Var::from(7.0), &[1.0, 2.0]), [0.0, 0.0]);
}

#[test]
fn row_47_remainder() {
    for name in ["remainder", "x % y"] {
        gradient_is(row(name), &[7.5, 2.0], &[1.0, -3.0]);
        gradient_is(row(name), &[-7.5, 2.0], &[1.0, 3.0]);
        gradient_is(row(name), &[3.0, 1e-8], &[1.0, -299_999_999.0]);
        gradient_is(row(name), &[7.5, 0.0], &[NAN, NAN]);
    }
}

#[test]
fn row_48_steps() {
    for name in ["floor", "ceil", "round", "trunc", "signum"] {
        for x in [2.5, 2.0, -0.5, 0.0, 1e300] {
            derivative_is(row(name), 1, x, 0.0);
        }
    }
    for x in [2.5, 2.0, -0.5, 0.0] {
        derivative_is(row("fract"), 1, x, 1.0);
    }
}

#[test]
fn row_49_tests_for_zero() {
    let x = Dual::new(0.0, 1.0);
    assert!(x == 0.0 && !x.is_structural_zero());
    assert!(Dual::<f64>::from(0.0).is_structural_zero());
    let t = Taylor::<f64, 2>::variable(0.0);
    assert!(t == 0.0 && !t.is_structural_zero());
}

#[test]
fn row_50_mul_add() {
    gradient_is(row("mul_add"), &[2.0, 3.0, 4.0], &[3.0, 2.0, 1.0]);
    let y = Dual::new(2.0, 1.0).mul_add(Dual::new(3.0, 10.0), Dual::new(4.0, 100.0));
    assert_eq!((y.value, y.tangent()), (10.0, 123.0));
}

#[test]
fn row_51_subnormal_numbers() {
    derivative_is(row("abs"), 1, 5e-324, 1.0);
    derivative_is(row("abs"), 1, -5e-324, -1.0);
    derivative_is(row("relu"), 1, 5e-324, 1.0);
    gradient_is(row("max"), &[5e-324, -5e-324], &[1.0, 0.0]);
}

#[test]
fn row_52_gelu_constants() {
    for name in ["gelu", "silu"] {
        for (x, value, slope) in [(INF, INF, 1.0), (-INF, 0.0, 0.0)] {
            for (order, want) in [(0, value), (1, slope), (2, 0.0)] {
                derivative_is(row(name), order, x, want);
            }
        }
    }
    // Φ(1) + φ(1)
    holds_along(row("gelu"), 1, &[1.0], &[1.0], |got| ulps(got, 1.083_315_470_587_686_3) <= 4.0);
}

#[test]
fn row_53_negative_zero_adjoints() {
    let tape = Tape::<f64>::new();
    let x = tape.var(3.0);
    assert_eq!(tape.gradient(x * Var::from(-0.0)).wrt(x).to_bits(), 0.0_f64.to_bits());
}

#[test]
fn row_54_series_of_roots() {
    let at = |x: f64| Taylor::<f64, 3>::variable(x);
    let rest_is_nan = |y: Taylor<f64, 3>| (0..=3).all(|k| y[k].is_nan());
    for y in [at(0.0).sqrt(), at(0.0).cbrt(), at(0.0).powf(0.5)] {
        assert_eq!((y[0], y[1]), (0.0, INF));
        assert!((2..=3).all(|k| !y[k].is_finite()), "{y:?}");
    }
    assert!(rest_is_nan(at(-1.0).sqrt()) && rest_is_nan(at(-1.0).powf(0.5)));
    assert!(rest_is_nan(at(-1.0).powf(1.0 / 3.0)) && !rest_is_nan(at(-1.0).cbrt()));
}

wengert_autodiff::rules! {
    /// Functions of users.
    trait OfUsers;

    /// x³ y
    tower(x, y) = Tower {
        value: x * x * x * y,
        partials: [R::lit(3.0) * x * x * y, x * x * x],
        smooth: true,
    }
}

#[test]
fn row_55_curvature_of_user_rules() {
    let row = Row::of("tower", OfRule(Tower {}));
    holds_along(&row, 1, &[2.0, 5.0], &[1.0, 1.0], |got| got == 68.0);
    holds_along(&row, 2, &[2.0, 5.0], &[1.0, 1.0], |got| got == 84.0);
    holds_along(&row, 3, &[2.0, 5.0], &[1.0, 1.0], |got| got == 66.0);
    holds_along(&row, 4, &[2.0, 5.0], &[1.0, 1.0], |got| got == 24.0);
}
