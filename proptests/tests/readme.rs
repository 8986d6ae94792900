//! What the README shows of the laws: it compiles, it passes, and the README shows just this.

use proptest::prelude::*;
use wengert_autodiff::Real;
use wengert_proptests::check::{check_gradient, check_modes, function, points};

fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}

proptest! {
    #[test]
    fn my_derivatives_are_right(x in points(3)) {
        check_gradient(function!(rosenbrock), &x)?;     // against differences
        check_modes(function!(rosenbrock), &x)?;        // in every mode and nesting, to the third order
    }
}

/// The code block after a marker in the README.
fn block(marker: &str) -> &'static str {
    let readme = include_str!("../../README.md");
    let from = readme.split(marker).nth(1).unwrap_or_else(|| panic!("no {marker}"));
    from.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a code block").1
}

#[test]
fn the_readme_shows_this_test() {
    let shown = block("<!-- laws: a test of your own -->");
    assert!(shown.lines().count() > 10);
    assert!(include_str!("readme.rs").contains(shown), "README.md and tests/readme.rs differ");
}

/// The sum of a column of a table of LAWS.md.
fn total(heading: &str, column: usize) -> usize {
    let page = include_str!("../LAWS.md");
    let section = page.split(&format!("## {heading}\n")).nth(1).expect("the section");
    let lines = section.split("\n## ").next().expect("its text").lines();
    lines.filter_map(|line| line.split('|').nth(column)?.trim().parse::<usize>().ok()).sum()
}

#[test]
fn the_readme_counts_the_cases_of_the_laws() {
    let readme = include_str!("../../README.md");
    for cases in [total("Beside references", 3), total("Between the modes", 2)] {
        assert!(readme.contains(&format!("| {cases} |")), "README.md does not say {cases}");
    }
}
