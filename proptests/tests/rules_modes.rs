//! The laws of the modes, for every row of the rule table, the operators and the functions of slices.

use wengert_proptests::modes::{Row, laws, table};
use wengert_proptests::points;
use wengert_proptests::report::Findings;

fn every_row(law: impl Fn(&Row) -> Findings) {
    let mut findings = Findings::default();
    for row in table() {
        findings.absorb(law(row));
    }
    findings.assert_clean();
}

/// Whether the function promises something at `x` (where it does not, its value is finite all the same).
fn documented(row: &Row, x: &[f64]) -> bool {
    !row.name.starts_with("polygamma_difference") || x[0] > 0.0
}

fn smooth_edges(row: &Row) -> Vec<Vec<f64>> {
    let mut edges = points::combinations(row, &points::edges(), 600);
    edges.retain(|x| row.smooth(x) && row.try_plain(x).is_some_and(f64::is_finite));
    edges
}

#[test]
fn values_are_those_of_the_plain_function_at_ordinary_points() {
    every_row(|row| laws::values(row, &points::ordinary(row, 60)));
}

#[test]
fn values_are_those_of_the_plain_function_near_edges() {
    every_row(|row| laws::values(row, &points::combinations(row, &points::edges(), 300)));
}

#[test]
fn values_and_panics_are_those_of_the_plain_function_at_special_points() {
    every_row(|row| laws::values(row, &points::combinations(row, &points::special(), 400)));
}

#[test]
fn first_derivatives_are_the_stated_ones_at_ordinary_points() {
    every_row(|row| laws::first_derivatives(row, &points::ordinary(row, 100), 16.0));
}

#[test]
fn first_derivatives_are_the_stated_ones_near_edges() {
    every_row(|row| laws::first_derivatives(row, &smooth_edges(row), 16.0));
}

#[test]
fn first_derivatives_are_the_stated_ones_at_special_points() {
    every_row(|row| {
        let mut special = points::combinations(row, &points::special(), 400);
        special.retain(|x| row.try_plain(x).is_some() && documented(row, x));
        laws::first_derivatives(row, &special, 16.0)
    });
}

/// Linear functions have the derivative that they have everywhere, and x⁰ is 1 at NaN.
const LINEAR: [&str; 3] = ["powi(0)", "powi(1)", "-x"];

#[test]
fn not_a_number_has_no_derivative() {
    every_row(|row| {
        let mut findings = Findings::default();
        if !LINEAR.contains(&row.name.as_str()) {
            let points = [points::special(), points::edges()].concat();
            findings = laws::not_a_number(row, &points::combinations(row, &points, 400));
        }
        findings
    });
}

/// Relative to the largest derivative of an order up to the one that is compared.
const AGREEMENT: [f64; 5] = [0.0, 1e-15, 1e-14, 3e-14, 1e-13];

#[test]
fn all_modes_agree_up_to_the_fourth_order() {
    every_row(|row| {
        let mut all = Findings::default();
        for findings in laws::agreement(row, &points::ordinary(row, 40), AGREEMENT) {
            all.absorb(findings);
        }
        all
    });
}

#[test]
fn derivatives_are_the_differences_of_the_order_before() {
    const POINTS: usize = 12;
    every_row(|row| {
        let mut all = Findings::default();
        let directions = points::directions(row.arguments).len();
        for (order, findings) in
            laws::differences(row, &points::ordinary(row, POINTS)).into_iter().enumerate().skip(1)
        {
            let judged = findings.cases;
            all.case(2 * judged >= POINTS * directions, || {
                format!("{}, order {order}: only {judged} cases could be judged", row.name)
            });
            all.absorb(findings);
        }
        all
    });
}
