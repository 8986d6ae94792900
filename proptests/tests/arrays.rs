//! The laws of array operations, for every row of their table, and the page that they write.

use std::sync::OnceLock;

use wengert_proptests::arrays::conventions::CONVENTIONS;
use wengert_proptests::arrays::{LAWS, Law, Report, check, page::page, table};
use wengert_proptests::report::page::structure;

fn reports() -> &'static [Report] {
    static REPORTS: OnceLock<Vec<Report>> = OnceLock::new();
    REPORTS.get_or_init(|| table().iter().map(check).collect())
}

#[test]
fn every_operation_obeys_the_laws() {
    let mut failures = Vec::new();
    for (row, report) in table().iter().zip(reports()) {
        // (Some failures of each row tell enough.)
        failures
            .extend(report.failures().into_iter().take(8).map(|f| format!("{}: {f}", row.name)));
        for (law, name) in LAWS {
            let judged = report.of(law).cases > 0 || law == Law::Scalars;
            assert!(judged, "{}: nothing was judged by {name}", row.name);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_page_is_up_to_date() {
    let written = page(table().iter().zip(reports()));
    let (committed, written) = (structure(include_str!("../ARRAYS.md")), structure(&written));
    for (line, (committed, written)) in committed.iter().zip(&written).enumerate() {
        assert_eq!(committed, written, "line {} of ARRAYS.md: run the example `arrays`", line + 1);
    }
    assert_eq!(committed.len(), written.len(), "ARRAYS.md: run the example `arrays`");
}

#[test]
fn the_tests_of_the_conventions_exist() {
    let tests = include_str!("arrays_difficult_points.rs");
    for convention in CONVENTIONS {
        let test = format!("#[test]\nfn {}()", convention.test);
        assert!(tests.contains(&test), "there is no {}", convention.test);
    }
    let count = tests.matches("#[test]\nfn row_").count();
    assert_eq!(count, CONVENTIONS.len(), "a test without a convention");
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = table().iter().map(|row| row.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
