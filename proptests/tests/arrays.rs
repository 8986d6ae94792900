//! The laws of array operations, for every row of their table.

use wengert_proptests::arrays::{LAWS, check, table};

#[test]
fn every_operation_obeys_the_laws() {
    let mut failures = Vec::new();
    for row in table() {
        let report = check(row);
        failures
            .extend(report.failures().into_iter().take(6).map(|f| format!("{}: {f}", row.name)));
        for (law, name) in LAWS {
            let optional = name == "scalars";
            assert!(
                optional || report.of(law).cases > 0,
                "{}: nothing to judge by {name}",
                row.name
            );
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = table().iter().map(|row| row.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
