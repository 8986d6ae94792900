//! Names for nodes that are never used twice.
//!
//! Every node ever recorded in this process, on any thread and on a tape of any type, has a 64-bit
//! number of its own. A recording occupies a range of them, so that one subtraction and one comparison
//! tell a handle's index and that it belongs to the recording, and a handle that outlived its
//! recording can never be mistaken for another. Threads draw numbers from blocks of 2⁴⁰, of
//! which there are 2²⁴: recording a billion nodes a second on a thousand threads, they last for months;
//! then a panic says so.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU64, Ordering};

/// The handle of a constant.
pub(crate) const CONSTANT: u64 = 0;

/// How many numbers a recording reserves: as many as nodes can be addressed.
pub(crate) const REACH: u64 = 1 << 32;

const BLOCK_BITS: u32 = 40;

/// Block 0 is nobody's: 0 is [`CONSTANT`].
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The next free number of this thread, and the end of its block.
    static FREE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    static BLOCKS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Reserves a range of `count` numbers and returns its first.
pub(crate) fn reserve(count: u64) -> u64 {
    let (next, end) = FREE.get();
    if let Some(after) = next.checked_add(count)
        && after <= end
    {
        FREE.set((after, end));
        return next;
    }
    let block = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed);
    assert!(
        block < 1 << (u64::BITS - BLOCK_BITS),
        "this process has recorded so many nodes that their 64-bit numbers are used up"
    );
    // (A thread that is ending has no list any more, and needs none.)
    let _ = BLOCKS.try_with(|blocks| blocks.borrow_mut().push(block));
    let first = block << BLOCK_BITS;
    FREE.set((first + count, first + (1 << BLOCK_BITS)));
    first
}

/// Gives back the numbers from `unused` to `end`, if nothing was reserved after them.
pub(crate) fn give_back(unused: u64, end: u64) {
    let (next, block_end) = FREE.get();
    if next == end {
        FREE.set((unused, block_end));
    }
}

/// Whether this thread handed out the number.
pub(crate) fn is_from_this_thread(id: u64) -> bool {
    BLOCKS.try_with(|blocks| blocks.borrow().contains(&(id >> BLOCK_BITS))).unwrap_or(true)
}
