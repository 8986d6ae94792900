//! The one place that knows of Rayon.

use core::{hint, iter, mem};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many tasks are enough for a usual number of threads, if each is as long as others.
pub(crate) const TASKS: usize = 8;

/// Calls `f` for each task: here, and on Rayon's threads if there is more than one task and thread. Tasks do not depend on the
/// number of threads, and so neither do results.
///
/// The caller begins at once, with the first task, and the others take tasks from the end, so that neighbours in memory, as a rule, do
/// not go to different threads. It does not wait for a thread that has not begun when no task is left: one that sleeps takes longer to
/// wake up than some operations.
pub(crate) fn for_each<X: Send>(
    tasks: impl IntoIterator<Item = X, IntoIter: DoubleEndedIterator + Send>,
    f: impl Fn(X) + Sync + Send,
) {
    let mut tasks = tasks.into_iter();
    let Some(first) = tasks.next() else { return };
    let Some(second) = tasks.next() else { return f(first) };
    let tasks = [first, second].into_iter().chain(tasks);
    let threads = rayon::current_num_threads();
    if threads < 2 {
        return tasks.for_each(f);
    }
    let threads = tasks.size_hint().1.map_or(threads, |tasks| tasks.min(threads));
    let tasks = Mutex::new(tasks);
    let left = || tasks.lock().expect("dividing what is to be done does not panic");
    with_helpers(threads - 1, || iter::from_fn(|| left().next()).for_each(&f), &|| {
        iter::from_fn(|| left().next_back()).for_each(&f)
    });
}

/// Calls `f`, and meanwhile `help` on up to so many other threads. When this returns or unwinds, none of them is in `help`, nor will be.
/// (A thread of Rayon's that waits here for the last of them does no other work meanwhile.)
fn with_helpers(most: usize, f: impl FnOnce(), help: &(dyn Fn() + Sync)) {
    thread_local! {
        /// How many of this thread's calls for help nobody has answered yet.
        static UNANSWERED: Arc<AtomicUsize> = Arc::default();
    }
    let help = Help::of(help);
    let room = Room(Arc::new(Door { inside: Mutex::new(Inside::default()), left: Condvar::new() }));
    UNANSWERED.with(|unanswered| {
        for _ in 0..most {
            // (If that many have not been answered, nobody is free.)
            if unanswered.load(Relaxed) >= rayon::current_num_threads() {
                break;
            }
            unanswered.fetch_add(1, Relaxed);
            let (door, unanswered) = (Arc::clone(&room.0), Arc::clone(unanswered));
            rayon::spawn(move || {
                unanswered.fetch_sub(1, Relaxed);
                door.enter(&help);
            });
        }
    });
    f();
    if let Some(panic) = room.0.close() {
        resume_unwind(panic);
    }
}

/// What others may call while a door is open. (Not a reference, which would have to be valid as long as it is there.)
struct Help(*const (dyn Fn() + Sync));

// SAFETY: What it points to may be called on any thread.
unsafe impl Send for Help {}

impl Clone for Help {
    fn clone(&self) -> Self {
        *self
    }
}
impl Copy for Help {}

impl Help {
    fn of<'a>(help: &'a (dyn Fn() + Sync + 'a)) -> Self {
        // SAFETY: The types differ in a lifetime alone, which `Door::enter` sees to.
        Help(unsafe {
            mem::transmute::<*const (dyn Fn() + Sync + 'a), *const (dyn Fn() + Sync)>(help)
        })
    }
}

/// A piece of work that others may join as long as it is there.
struct Room(Arc<Door>);

impl Drop for Room {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Door {
    inside: Mutex<Inside>,
    /// Somebody left.
    left: Condvar,
}

#[derive(Default)]
struct Inside {
    is_closed: bool,
    count: usize,
    panic: Option<Box<dyn Any + Send>>,
}

impl Door {
    /// Calls `help`, unless the door is closed.
    fn enter(&self, help: &Help) {
        {
            let mut inside = self.inside();
            if inside.is_closed {
                return;
            }
            inside.count += 1;
        }
        // SAFETY: Who calls it is counted before, while the door is open, and until it returns; and `with_helpers` does not end, not even
        // by a panic, before `room` is dropped, which closes the door and waits until nobody is counted.
        let panic = catch_unwind(AssertUnwindSafe(|| unsafe { (*help.0)() })).err();
        let mut inside = self.inside();
        inside.count -= 1;
        let other =
            if inside.panic.is_none() { mem::replace(&mut inside.panic, panic) } else { panic };
        self.left.notify_one();
        drop(inside);
        drop(other);
    }

    /// Lets nobody in any more, and waits until all have left: what one of them panicked with, if one did.
    fn close(&self) -> Option<Box<dyn Any + Send>> {
        /// As a rule, the others are about to leave, and to sleep and wake up takes longer. So this looks again and again, at first
        /// without a break, and for some hundred microseconds while others may have the processor.
        const LOOKS: usize = 400;
        self.inside().is_closed = true;
        for look in 0..LOOKS {
            if self.inside().count == 0 {
                break;
            }
            if look < LOOKS / 10 {
                (0..32).for_each(|_| hint::spin_loop())
            } else {
                thread::yield_now()
            }
        }
        let mut inside = self.inside();
        while inside.count > 0 {
            inside = self.left.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        inside.panic.take()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`for_each`], or in order where the tasks are not worth threads.
pub(crate) fn for_each_if<X: Send>(
    worth_it: bool,
    tasks: impl IntoIterator<Item = X, IntoIter: DoubleEndedIterator + Send>,
    f: impl Fn(X) + Sync + Send,
) {
    if worth_it {
        for_each(tasks, f);
    } else {
        tasks.into_iter().for_each(f);
    }
}

/// [`for_each`] of so many tasks that are divided by `split` alone: into the given number of them, and the others.
pub(crate) fn divide<X: Send>(
    count: usize,
    tasks: X,
    split: impl Fn(X, usize) -> (X, X) + Send,
    f: impl Fn(X) + Sync + Send,
) {
    for_each(Divided { count, rest: (count > 0).then_some(tasks), split }, f);
}

struct Divided<X, S> {
    count: usize,
    rest: Option<X>,
    split: S,
}

impl<X, S: Fn(X, usize) -> (X, X)> Iterator for Divided<X, S> {
    type Item = X;

    fn next(&mut self) -> Option<X> {
        let rest = self.rest.take()?;
        self.count -= 1;
        if self.count == 0 {
            return Some(rest);
        }
        let (first, rest) = (self.split)(rest, 1);
        self.rest = Some(rest);
        Some(first)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl<X, S: Fn(X, usize) -> (X, X)> DoubleEndedIterator for Divided<X, S> {
    fn next_back(&mut self) -> Option<X> {
        let rest = self.rest.take()?;
        self.count -= 1;
        if self.count == 0 {
            return Some(rest);
        }
        let (rest, last) = (self.split)(rest, self.count);
        self.rest = Some(rest);
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc;

    use super::{divide, for_each};

    fn on_threads(threads: usize, f: impl FnOnce() + Send) {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(f);
    }

    #[test]
    fn each_task_is_carried_out_once_also_within_others() {
        for threads in 1..4 {
            on_threads(threads, || {
                let mut counts = vec![vec![0; 7]; 30];
                for_each(&mut counts, |row: &mut Vec<i32>| {
                    for_each(row, |count: &mut i32| *count += 1);
                });
                assert_eq!(counts, vec![vec![1; 7]; 30]);
                for_each(Vec::<i32>::new(), |_| unreachable!("no task"));
            });
        }
    }

    fn threes(numbers: &mut [i32], tasks: usize) -> (&mut [i32], &mut [i32]) {
        numbers.split_at_mut(numbers.len().min(3 * tasks))
    }

    #[test]
    fn what_is_divided_is_whole() {
        for (threads, size) in [(1, 10), (2, 10), (3, 1), (2, 0)] {
            on_threads(threads, || {
                let mut counts = vec![0; size];
                divide(size.div_ceil(3), &mut counts[..], threes, |part| {
                    assert!(part.len() == 3 || part.len() == size % 3);
                    part.iter_mut().for_each(|count| *count += 1);
                });
                assert_eq!(counts, vec![1; size]);
            });
        }
    }

    #[test]
    fn threads_that_are_busy_hold_nobody_up() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
        // (Both threads of the pool are taken, one of them by the caller, until the other has its turn.)
        let (finished, wait) = mpsc::channel();
        pool.spawn(move || wait.recv().expect("the caller finishes"));
        pool.install(|| {
            let mut counts = vec![0; 100];
            for_each(&mut counts, |count: &mut i32| *count += 1);
            assert_eq!(counts, vec![1; 100]);
        });
        finished.send(()).expect("the other waits");
    }

    #[test]
    fn panics_of_tasks_reach_the_caller() {
        for failing in [0, 4, 9] {
            on_threads(3, || {
                let run = || for_each(0..10, |task| assert_ne!(task, failing));
                assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
            });
        }
    }
}
