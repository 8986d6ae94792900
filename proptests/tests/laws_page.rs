//! The committed page is the one that the laws write, digits of rounding errors apart.

use wengert_proptests::report::page::{page, structure};

#[test]
fn the_page_is_up_to_date() {
    let (committed, written) = (structure(include_str!("../LAWS.md")), structure(&page()));
    for (line, (committed, written)) in committed.iter().zip(&written).enumerate() {
        assert_eq!(committed, written, "line {} of LAWS.md: run the example `laws`", line + 1);
    }
    assert_eq!(committed.len(), written.len(), "LAWS.md: run the example `laws`");
}

#[test]
fn the_structure_keeps_all_but_measurements() {
    let kept = structure("| `sin` | reverse | 120 | 1.5 | 2.0e-16 |\n| 3 of 4 | x |");
    assert_eq!(kept, ["| `sin` | reverse | 120 | # | # |", "| # | x |"]);
}
