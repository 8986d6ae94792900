//! An opt-in memory of what was recorded where.

use core::fmt;
use core::panic::Location;

use super::store::{Note, Store};
use crate::number::Number;

/// Names, values and source lines of all nodes.
pub(crate) struct Trace<T> {
    notes: Vec<Note<T>>,
}

impl<T> Default for Trace<T> {
    fn default() -> Self {
        Self { notes: Vec::new() }
    }
}

impl<T> Trace<T> {
    pub fn push(&mut self, note: Note<T>) {
        self.notes.push(note);
    }

    pub fn truncate(&mut self, len: usize) {
        self.notes.truncate(len);
    }

    pub fn notes(&self) -> &[Note<T>] {
        &self.notes
    }
}

/// The first node of a recording with a value or a partial that is infinite or NaN.
///
/// Found by [`Tape::first_non_finite`](super::Tape::first_non_finite).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NonFinite<T> {
    /// The function or operator.
    pub name: &'static str,
    /// Where it was called.
    pub place: &'static Location<'static>,
    /// Its value.
    pub value: T,
    /// Its derivatives with respect to those of its arguments that are recorded.
    pub partials: Vec<T>,
}

impl<T: fmt::Debug> fmt::Display for NonFinite<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}: value {:?}, partials {:?}",
            self.name, self.place, self.value, self.partials
        )
    }
}

#[track_caller]
pub(super) fn first_non_finite<T: Number>(store: &Store<T>) -> Option<NonFinite<T>> {
    let trace = store.trace.borrow();
    let Some(trace) = &*trace else {
        panic!("first_non_finite: the recording is not traced; start it with `Tape::traced()`");
    };
    let finite = T::is_finite_throughout;
    trace.notes().iter().enumerate().find_map(|(index, note)| {
        let partials: Vec<T> =
            store.parents_of(index).into_iter().map(|(_, partial)| partial).collect();
        let fine = finite(&note.value) && partials.iter().all(finite);
        (!fine).then_some(NonFinite {
            name: note.name,
            place: note.place,
            value: note.value,
            partials,
        })
    })
}
