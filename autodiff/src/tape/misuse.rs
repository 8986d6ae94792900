//! What is said to those who use a handle where it does not belong.

use core::cell::Cell;

use super::ids;

/// How a recording, or a part of it, ended.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum End {
    Cleared,
    Dropped,
    Rewound,
}

const REMEMBERED: usize = 64;

thread_local! {
    /// The ranges of numbers that ended last, in a ring.
    static ENDED: [Cell<(u64, u64, End)>; REMEMBERED] =
        const { [const { Cell::new((0, 0, End::Dropped)) }; REMEMBERED] };
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// Remembers that the handles from `first` to `end` are stale from now on.
#[inline]
pub(crate) fn remember(first: u64, end: u64, how: End) {
    if first >= end {
        return;
    }
    ENDED.with(|ended| {
        // Recordings that follow each other end in the same way, mostly: one entry for all of them.
        let last = &ended[(NEXT.get() + REMEMBERED - 1) % REMEMBERED];
        let (last_first, last_end, last_how) = last.get();
        if last_end == first && last_how == how {
            last.set((last_first, end, how));
        } else {
            ended[NEXT.get()].set((first, end, how));
            NEXT.set((NEXT.get() + 1) % REMEMBERED);
        }
    });
}

#[cold]
#[track_caller]
pub(crate) fn stale(id: u64, operation: &str) -> ! {
    let how = ENDED.with(|ended| {
        ended
            .iter()
            .map(Cell::get)
            .find(|&(first, end, _)| (first..end).contains(&id))
            .map(|(_, _, how)| how)
    });
    let whose = match how {
        _ if !ids::is_from_this_thread(id) => {
            "was recorded on another thread. A recording belongs to its thread: \
             pass values between threads, and record on each"
        }
        Some(End::Cleared) => {
            "belongs to a recording that was cleared. Make new variables after `clear`"
        }
        Some(End::Dropped) => {
            "belongs to a recording whose tape was dropped. Keep the tape while its variables are in use"
        }
        Some(End::Rewound) => {
            "belongs to a part of the recording that was rewound. Compute it again after `rewind`"
        }
        None => {
            "belongs to a recording that ended (cleared, rewound or dropped), or to one that is being swept right now"
        }
    };
    panic!("{operation}: a variable {whose}");
}

#[cold]
#[track_caller]
pub(crate) fn mixed(operation: &str) -> ! {
    panic!(
        "{operation}: the variables belong to different recordings. Inside a nested recording, lift the outer \
         variable (`inner.var(x)`, or `Var::constant(x)` of a `Var<Var<_>>`), or take its `value()`"
    );
}
