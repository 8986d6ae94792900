//! The page `ARRAYS.md`: what the laws found about operations on arrays, and the conventions.

use std::fmt::Write as _;

use super::conventions::CONVENTIONS;
use super::{LAWS, Law, Report, Row};
use crate::report::conventions::Convention;

const TITLE: &str = "\
# Laws of array operations

Written by `cargo run -p wengert-proptests --example arrays`; the last digits of the errors depend on the
platform. The tests are in `tests/arrays.rs` and `tests/arrays_difficult_points.rs`; `tests/arrays_plants.rs` shows that
they are able to fail.

Each operation is tried on several shapes (without elements and without axes where it allows that, broadcast if it has
several operands) and on a loss Σ wy + ½ Σ uy² of its result. The numbers are the largest errors, relative to the largest
number that they are compared with:

- *vjp*, *jvp*: the gradient element by element, and Jv, beside central differences, extrapolated, whose step follows
  from an estimate of their error (which bounds what is allowed);
- *transpose*: ⟨w, Jv⟩ beside ⟨Jᵀw, v⟩, within 1e-12;
- *second order*: Hv by forward over reverse beside reverse over reverse and vᵀHv by forward over forward, within 1e-10,
  and beside differences of the gradient;
- *f32*: value and gradient in `f32` beside `f64` at the same numbers, within 2e-5;
- *layouts*: operands transposed, reversed, with gaps, expanded, and cotangents transposed and expanded, beside plain
  ones, within 1e-13;
- *threads*: large arrays on one thread and on three, bit for bit;
- *scalars*: value, Jv, gradient and Hv beside the same program on single numbers (`Var<Dual<f64>>`), element by element,
  first orders within 1e-13.

*Cases* are the numbers that were judged, *confirmed* are the derivatives for which differences were exact enough to
judge.

| operation | cases | confirmed |";

const POINTS: &str = "
## At difficult points

| operation and point | derivative | test |
|---|---|---|
";

fn line(row: &Row, report: &Report) -> String {
    let cases: usize = LAWS.iter().map(|&(law, _)| report.of(law).cases).sum();
    let name = row.name.replace('|', "\\|");
    let mut line = format!("| `{name}` | {cases} | {} of {} |", report.judged, report.differences);
    for (law, _) in LAWS {
        let findings = report.of(law);
        let _ = match law {
            _ if !findings.failures.is_empty() => write!(line, " fails |"),
            Law::Threads => write!(line, " same |"),
            _ if findings.cases == 0 => write!(line, " – |"),
            _ => write!(line, " {:.1e} |", findings.worst),
        };
    }
    line
}

/// The whole page, of what the laws found about each row.
pub fn page<'a>(reports: impl IntoIterator<Item = (&'a Row, &'a Report)>) -> String {
    let mut page = String::from(TITLE);
    LAWS.iter().for_each(|(_, name)| {
        let _ = write!(page, " {name} |");
    });
    page.push('\n');
    let _ = writeln!(page, "|{}", "---|".repeat(3 + LAWS.len()));
    for (row, report) in reports {
        page.push_str(&line(row, report));
        page.push('\n');
    }
    page.push_str(POINTS);
    for Convention { place, convention, test } in CONVENTIONS {
        let _ = writeln!(page, "| {} | {convention} | `{test}` |", place.replace('|', "\\|"));
    }
    page
}
