//! The page `LAWS.md`: what the laws found, and the conventions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::conventions::CONVENTIONS;
use crate::modes::{Row, laws, table};
use crate::points;
use crate::references::accuracy::{self, Limit};
use crate::references::{self, Reference, exceptions};
use crate::ulps::{relative_to, ulp, ulps};

/// The kinds of modes that the page tells apart.
const KINDS: [&str; 3] = ["forward", "series", "reverse"];

fn kind(mode: &str) -> &'static str {
    if mode.contains("Var") {
        KINDS[2]
    } else if mode.contains("Taylor") {
        KINDS[1]
    } else {
        KINDS[0]
    }
}

const TITLE: &str = "\
# Laws of the derivatives

Written by `cargo run -p wengert-proptests --example laws`; the last digits of the errors depend on the
platform. The tests are in `tests/rules_references.rs`, `tests/rules_modes.rs` and `tests/difficult_points.rs`;
`tests/plants.rs` shows that they are able to fail.

Modes are *forward* (`Dual`, `DualVec`, and their nestings), *series* (`Taylor`, also in and over duals) and *reverse*
(whatever contains a `Var`: alone, over duals, under duals, over itself, with series).
";

const ACCURACY: &str = "
## Beside references

Value and derivatives up to the fourth order, beside references of 32 digits. Errors are the largest of all modes of a
kind at all references of the function, the exceptions of the next table apart: of orders 0 and 1 in units of the last
place, of orders 2 to 4 relative to the reference. Results too small to have all their digits (below 1e-290) are left
out.

| function | modes | numbers | order 0 | order 1 | order 2 | order 3 | order 4 |
|---|---|---|---|---|---|---|---|
";

#[derive(Default)]
struct Line {
    numbers: usize,
    worst: [Option<f64>; 5],
}

fn error_of(case: &accuracy::Case<'_>) -> Option<f64> {
    let accuracy::Case { got, want, terms, order, .. } = *case;
    let tiny = want.abs() < 1e-290 && got.abs() < 1e-290;
    if tiny || want.is_infinite() {
        return None;
    }
    Some(match order {
        0 | 1 if terms > want.abs() => ulps(got, want) * (ulp(want) / ulp(terms)),
        0 | 1 => ulps(got, want),
        _ => relative_to(got, want, terms),
    })
}

fn accuracy_of(row: &Row, references: &[&Reference], page: &mut String) {
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for reference in references {
        accuracy::cases(row, reference, |mode, case| {
            if exceptions::exception_for(case).is_none() {
                let line = lines.entry(kind(mode)).or_default();
                line.numbers += 1;
                let worst = &mut line.worst[case.order];
                *worst = Some(worst.unwrap_or(0.0).max(error_of(case).unwrap_or(0.0)));
            }
        });
    }
    for kind in KINDS {
        let Some(line) = lines.get(kind) else { continue };
        let _ = write!(page, "| `{}` | {kind} | {}", row.name, line.numbers);
        for (order, worst) in line.worst.iter().enumerate() {
            let _ = match worst {
                None => write!(page, " | –"),
                Some(worst) if order < 2 => write!(page, " | {worst:.1}"),
                Some(worst) => write!(page, " | {worst:.1e}"),
            };
        }
        page.push_str(" |\n");
    }
}

const EXCEPTIONS: &str = "
## Exceptions

| function | orders | where | within | why |
|---|---|---|---|---|
";

fn exceptions_into(page: &mut String) {
    for exception in exceptions::EXCEPTIONS {
        let orders: Vec<String> = exception.orders.iter().map(ToString::to_string).collect();
        let limit = match exception.limit {
            Limit::Ulps(bound) => format!("{bound} ulps"),
            Limit::Relative(bound) => format!("{bound:e} relative"),
            Limit::OfSize(bound) => format!("{bound:e} of the value and the lower derivatives"),
            Limit::BeyondRange => "infinite, or NaN".into(),
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {limit} | {} |",
            exception.row,
            orders.join(", "),
            exception.place.replace('|', "\\|"),
            exception.reason.replace('|', "\\|"),
        );
    }
}

const AGREEMENT: &str = "
## Between the modes

Every function, at forty points of its smooth domain, along each axis and across: the largest difference of any mode from
nested duals, relative to the largest derivative so far; and, in the last column, in how many of the cases of
twelve points and four orders central differences of the order before were exact enough to confirm the derivative. Values
agree bit for bit.

| function | numbers | order 1 | order 2 | order 3 | order 4 | confirmed |
|---|---|---|---|---|---|---|
";

fn agreement_of(row: &Row, page: &mut String) {
    let findings = laws::agreement(row, &points::ordinary(row, 40), [f64::INFINITY; 5]);
    let numbers: usize = findings.iter().map(|findings| findings.cases).sum();
    let _ = write!(page, "| `{}` | {numbers}", row.name);
    for findings in &findings[1..] {
        let _ = write!(page, " | {:.1e}", findings.worst);
    }
    let differences = laws::differences(row, &points::ordinary(row, 12));
    let confirmed: usize = differences.iter().map(|f| f.cases - f.failures.len()).sum();
    let all = 12 * 4 * points::directions(row.arguments).len();
    let _ = writeln!(page, " | {confirmed} of {all} |");
}

const POINTS: &str = "
## At difficult points

| function and point | derivative | test |
|---|---|---|
";

const ARRAYS: &str = "\nThe conventions that concern arrays are in [ARRAYS.md](ARRAYS.md).\n";

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(TITLE);
    page.push_str(ACCURACY);
    for row in table() {
        let references: Vec<&Reference> =
            references::all().iter().filter(|reference| reference.name == row.name).collect();
        accuracy_of(row, &references, &mut page);
    }
    page.push_str(EXCEPTIONS);
    exceptions_into(&mut page);
    page.push_str(AGREEMENT);
    for row in table() {
        agreement_of(row, &mut page);
    }
    page.push_str(POINTS);
    for convention in CONVENTIONS {
        let place = convention.place.replace('|', "\\|");
        let _ = writeln!(page, "| {place} | {} | `{}` |", convention.convention, convention.test);
    }
    page.push_str(ARRAYS);
    page
}

/// The page without what depends on the platform: errors, and how many differences were exact enough.
pub fn structure(page: &str) -> Vec<String> {
    let measured = |cell: &str| {
        let cell = cell.trim();
        let count = cell.split(" of ").all(|part| part.parse::<usize>().is_ok());
        (cell.parse::<f64>().is_ok() && cell.contains('.')) || (cell.contains(" of ") && count)
    };
    let line = |line: &str| {
        let cells = line.split('|').map(|cell| if measured(cell) { " # " } else { cell });
        cells.collect::<Vec<_>>().join("|")
    };
    page.lines().map(line).collect()
}
