//! The recording that is active on this thread.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Handle;
use super::graph::{Arena, Id, Node, constant};

struct Recording {
    number: u64,
    arena: Arena,
}

thread_local! {
    /// The innermost is the last.
    static RECORDINGS: RefCell<Vec<Recording>> = const { RefCell::new(Vec::new()) };
}

/// Each recording of the process has a number of its own, so that no symbol is taken for one of another.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Forgets a recording that a panic interrupts.
struct Guard(usize);

impl Drop for Guard {
    fn drop(&mut self) {
        RECORDINGS.with_borrow_mut(|recordings| recordings.truncate(self.0));
    }
}

/// The nodes that `f` records, and what it returns.
#[track_caller]
pub(super) fn record<Y>(f: impl FnOnce() -> Y) -> (Vec<Node>, Y) {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let depth = RECORDINGS.with_borrow_mut(|recordings| {
        recordings.push(Recording { number, arena: Arena::default() });
        recordings.len() - 1
    });
    let guard = Guard(depth);
    let result = f();
    let recording = RECORDINGS.with_borrow_mut(|recordings| recordings.pop());
    drop(guard);
    (recording.expect("the recording that began").arena.into_nodes(), result)
}

#[track_caller]
fn with_active<Y>(f: impl FnOnce(&mut Recording) -> Y) -> Y {
    RECORDINGS.with_borrow_mut(|recordings| {
        f(recordings.last_mut().expect(
            "symbol: no recording is active on this thread; use symbols within `Graph::record`, and on its thread",
        ))
    })
}

/// Appends a node, unless it is there.
#[track_caller]
pub(super) fn push(node: Node) -> Handle {
    with_active(|recording| Handle::Node {
        recording: recording.number,
        place: recording.arena.push(node),
    })
}

/// The place of a symbol in the active recording.
#[track_caller]
pub(super) fn place(handle: Handle) -> Id {
    with_active(|active| match handle {
        Handle::Number(value) => active.arena.push(constant(value)),
        Handle::Node { recording, place } => {
            assert!(
                recording == active.number,
                "symbol: it belongs to another recording, which ended or is around this one; pass what the inner \
                 function needs as one of its inputs"
            );
            place
        }
    })
}
