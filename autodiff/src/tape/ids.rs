//! Names for nodes that are never used twice.
//!
//! Every node ever recorded in this process, on any thread and on a tape of any type, has a 64-bit
//! number of its own. A recording occupies ranges of them, so that one subtraction and one comparison
//! tell a handle's index and that it belongs to the recording, and a handle that outlived its
//! recording can never be mistaken for another.
//!
//! Threads draw numbers from blocks of 2³⁴, and hand back what is left of one when they end. Recording
//! a billion nodes a second on a hundred threads, the numbers last for five years; then a panic says so.

use core::cell::{Cell, RefCell};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

/// The handle of a constant.
pub(crate) const CONSTANT: u64 = 0;

const BLOCK_BITS: u32 = 34;

/// Block 0 is nobody's: 0 is [`CONSTANT`].
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);

/// What is left of the blocks of threads that ended.
static LEFT_OVER: Mutex<Vec<Range<u64>>> = Mutex::new(Vec::new());

thread_local! {
    /// The next free number of this thread, and the end of its block.
    static FREE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    /// All numbers that this thread ever had.
    static OWN: Own = const { Own(RefCell::new(Vec::new())) };
}

struct Own(RefCell<Vec<Range<u64>>>);

impl Drop for Own {
    fn drop(&mut self) {
        let (next, end) = FREE.replace((0, 0));
        if let (true, Ok(mut left_over)) = (next < end, LEFT_OVER.lock()) {
            left_over.push(next..end);
        }
    }
}

/// Reserves a range of `count` numbers, at most 2³⁴, and returns its first.
#[inline]
pub(crate) fn reserve(count: u64) -> u64 {
    let (next, end) = FREE.get();
    if end - next >= count {
        FREE.set((next + count, end));
        return next;
    }
    reserve_from_new_block(count)
}

#[cold]
fn reserve_from_new_block(count: u64) -> u64 {
    assert!(count <= 1 << BLOCK_BITS, "a range of {count} numbers at once");
    let left_over = LEFT_OVER.lock().ok().and_then(|mut left_over| left_over.pop());
    let block = left_over.filter(|left| left.end - left.start >= count).unwrap_or_else(|| {
        let block = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed);
        assert!(
            block < (1 << (u64::BITS - BLOCK_BITS)) - 1,
            "this process has recorded so many nodes that their 64-bit numbers are used up"
        );
        let first = block << BLOCK_BITS;
        first..first + (1 << BLOCK_BITS)
    });
    FREE.set((block.start + count, block.end));
    let first = block.start;
    // (A thread that is ending has no list any more, and needs none.)
    let _ = OWN.try_with(|own| own.0.borrow_mut().push(block));
    first
}

/// Lengthens a reserved range by `count` numbers, if they are free still.
pub(crate) fn extend(end: u64, count: u64) -> bool {
    let (next, block_end) = FREE.get();
    let possible = next == end && block_end - next >= count;
    if possible {
        FREE.set((next + count, block_end));
    }
    possible
}

/// Gives back the numbers from `unused` to `end`, if nothing was reserved after them.
#[inline]
pub(crate) fn give_back(unused: u64, end: u64) {
    let (next, block_end) = FREE.get();
    if next == end {
        FREE.set((unused, block_end));
    }
}

/// Whether this thread handed out the number.
pub(crate) fn is_from_this_thread(id: u64) -> bool {
    OWN.try_with(|own| own.0.borrow().iter().any(|range| range.contains(&id))).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What `f` finds on a thread of its own, which has no numbers yet.
    fn on_a_thread<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
        thread::spawn(f).join().expect("no assertion fails there")
    }

    // (One test: it sees what threads leave over, which is shared by all.)
    #[test]
    fn no_number_is_reserved_twice() {
        const BLOCK: u64 = 1 << BLOCK_BITS;

        let first = on_a_thread(|| {
            let first = reserve(10);
            assert!(first > CONSTANT);
            assert_eq!(reserve(5), first + 10);
            // The last range can be lengthened, others cannot.
            assert!(extend(first + 15, 7));
            assert!(!extend(first + 10, 7));
            assert_eq!(reserve(1), first + 22);
            // The end of the last range can be given back, that of others cannot.
            give_back(first + 20, first + 23);
            assert_eq!(reserve(1), first + 20);
            give_back(first, first + 10);
            assert_eq!(reserve(2), first + 21);
            assert!(is_from_this_thread(first) && is_from_this_thread(first + 22));
            first
        });
        // What a thread leaves over is for the next one.
        assert_eq!(on_a_thread(|| reserve(7)), first + 23);
        assert!(!is_from_this_thread(first));

        // A whole block is more than that: nothing that follows is in it, nor in what was used before.
        on_a_thread(move || {
            let whole = reserve(BLOCK);
            assert_eq!(whole % BLOCK, 0);
            assert!(!extend(whole + BLOCK, 1));
            let next = reserve(3);
            assert!(is_from_this_thread(whole + BLOCK - 1) && is_from_this_thread(next));
            assert!(!(whole..whole + BLOCK).contains(&next));
            assert!(!(first..first + 30).contains(&next));
            // All but three of a block are left.
            assert!(!extend(next + 3, BLOCK - 2));
            assert!(extend(next + 3, BLOCK - 3));
            assert!(!(next..next + BLOCK).contains(&reserve(1)));
        });
    }
}
