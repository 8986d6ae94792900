//! A recording as a picture.

use core::fmt::{Display, Write};

use super::gradient::Gradient;
use super::store::Store;
use crate::number::Number;

/// The recording in the DOT language: a box for each node, an arrow from each parent with the partial.
pub(super) fn draw<T: Number + Display>(store: &Store<T>, gradient: &Gradient<'_, T>) -> String {
    let trace = store.trace.borrow();
    let mut dot = String::from(
        "digraph recording {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    for index in 0..store.len() {
        let note = trace.as_ref().map(|trace| &trace.notes()[index]);
        let adjoint = gradient.adjoints().get(index).copied().unwrap_or_else(T::zero);
        let label = match note {
            Some(note) => format!(
                "{}\\nvalue {}\\nadjoint {adjoint}\\n{}",
                note.name,
                note.value,
                place(note.place)
            ),
            None => format!("node {index}\\nadjoint {adjoint}"),
        };
        let _ = writeln!(dot, "  n{index} [label=\"{label}\"];");
        for (parent, partial) in store.parents_of(index) {
            let _ = writeln!(dot, "  n{parent} -> n{index} [label=\"{partial}\"];");
        }
    }
    dot.push_str("}\n");
    dot
}

/// The source line, without the folders above.
fn place(place: &core::panic::Location<'_>) -> String {
    let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{file}:{}", place.line())
}
