//! Writes `LAWS.md` next to the manifest of this package.

use wengert_proptests::report::page::page;

fn main() -> std::io::Result<()> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/LAWS.md"), page())
}
