//! Writes `ARRAYS.md` next to the manifest of this package.

use wengert_proptests::arrays::{Report, check, page::page, table};

fn main() -> std::io::Result<()> {
    let reports: Vec<Report> = table().iter().map(check).collect();
    let page = page(table().iter().zip(&reports));
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/ARRAYS.md"), page)
}
