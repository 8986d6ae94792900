//! The one place that knows of Rayon.

use core::iter;
use std::sync::Mutex;

/// Calls `f` for each task: here, and on Rayon's threads if there is more than one task and thread. Tasks do not depend on the
/// number of threads, and so neither do results.
///
/// The caller begins at once, with the first task, and the others take tasks from the end, so that neighbours in memory, as a rule, do
/// not go to different threads. (In the end it waits until the others have looked for tasks, too, unless it is one of Rayon's threads.)
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
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| iter::from_fn(|| left().next_back()).for_each(&f));
        }
        iter::from_fn(|| left().next()).for_each(&f);
    });
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
    fn panics_of_tasks_reach_the_caller() {
        for failing in [0, 4, 9] {
            on_threads(3, || {
                let run = || for_each(0..10, |task| assert_ne!(task, failing));
                assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
            });
        }
    }
}
