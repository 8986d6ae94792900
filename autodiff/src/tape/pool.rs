//! Memory of ended recordings, kept on each thread for the next ones.

use core::any::{Any, TypeId};
use core::cell::RefCell;
use core::ops::{Deref, DerefMut};

/// How many values of each type are kept. A thread that nests recordings deeper than this allocates.
const KEPT: usize = 8;

thread_local! {
    /// What is kept, each with its type.
    static POOL: RefCell<Vec<(TypeId, Box<dyn Any>)>> = const { RefCell::new(Vec::new()) };
}

/// The value of type `S` that was put here last, if there is one.
pub(crate) fn take<S: Any>() -> Option<Box<S>> {
    POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        let position = pool.iter().rposition(|&(of, _)| of == TypeId::of::<S>())?;
        pool.swap_remove(position).1.downcast().ok()
    })
    .ok()?
}

/// Keeps the value for a later [`take`].
pub(crate) fn put<S: Any>(value: Box<S>) {
    // While the thread ends there is no pool any more, and the value is dropped.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        let of = TypeId::of::<S>();
        if pool.len() < KEPT || pool.iter().filter(|kept| kept.0 == of).count() < KEPT {
            pool.push((of, value));
        }
    });
}

/// A vector, empty at first, whose memory is kept for the next one.
#[allow(clippy::box_collection)] // As a box, it goes into the pool and comes out without allocation.
pub(crate) struct Scratch<T: 'static>(Option<Box<Vec<T>>>);

impl<T: 'static> Scratch<T> {
    pub fn new() -> Self {
        Self(Some(take().unwrap_or_default()))
    }
}

impl<T: 'static> Deref for Scratch<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        self.0.as_ref().expect("there until dropped")
    }
}

impl<T: 'static> DerefMut for Scratch<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        self.0.as_mut().expect("there until dropped")
    }
}

impl<T: 'static> Drop for Scratch<T> {
    fn drop(&mut self) {
        self.clear();
        self.0.take().into_iter().for_each(put);
    }
}

/// Frees the memory that this thread keeps for recordings to come.
///
/// Recordings reuse the memory of earlier ones on the same thread. Call this after a very large one to
/// return its memory to the system.
///
/// ```
/// use wengert_autodiff::{gradient, release_memory};
/// assert_eq!(gradient(|x| x[0] * x[0], &[3.0]), [6.0]);
/// release_memory();
/// ```
pub fn release_memory() {
    let kept = POOL.try_with(|pool| core::mem::take(&mut *pool.borrow_mut()));
    drop(kept);
}
