//! The one place that knows of Rayon.

use std::sync::Mutex;

/// Calls `f` for each task: here, and on Rayon's threads if there is more than one task and thread. Tasks do not depend on the
/// number of threads, and so neither do results.
///
/// The caller begins at once, with the first task, and the others take tasks from the end, so that it neither waits for them to
/// wake up, nor do neighbours in memory, as a rule, go to different threads.
pub(crate) fn for_each<X: Send>(tasks: Vec<X>, f: impl Fn(X) + Sync + Send) {
    let threads = tasks.len().min(rayon::current_num_threads());
    if threads < 2 {
        return tasks.into_iter().for_each(f);
/// Calls `f` for each task: on Rayon's threads if there is more than one task and thread, in order otherwise. Tasks
/// do not depend on the number of threads, and so neither do results.
pub(crate) fn for_each<X: Send>(tasks: impl IntoIterator<Item = X>, f: impl Fn(X) + Sync + Send) {
    let mut tasks = tasks.into_iter();
    let Some(first) = tasks.next() else { return };
    let Some(second) = tasks.next() else { return f(first) };
    let tasks = [first, second].into_iter().chain(tasks);
    if rayon::current_num_threads() < 2 {
        tasks.for_each(f);
    } else {
        tasks.collect::<Vec<X>>().into_par_iter().for_each(f);
    }
    let tasks = Mutex::new(tasks.into_iter());
    let left = || tasks.lock().expect("no task is carried out meanwhile");
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| core::iter::from_fn(|| left().next_back()).for_each(&f));
        }
        core::iter::from_fn(|| left().next()).for_each(&f);
    });
}

/// Calls `f` for each of `count` tasks, which `split` divides: into the given number of them, and the others. Also these do not depend
/// on the number of threads, and no list of them is made.
pub(crate) fn divide<X: Send>(
    count: usize,
    tasks: X,
    split: &(impl Fn(X, usize) -> (X, X) + Sync),
    f: &(impl Fn(X) + Sync),
) {
    if count > 1 && rayon::current_num_threads() > 1 {
        let (before, after) = split(tasks, count / 2);
        rayon::join(
            || divide(count / 2, before, split, f),
            || divide(count - count / 2, after, split, f),
        );
        return;
    }
    let mut left = tasks;
    for _ in 1..count {
        let (next, others) = split(left, 1);
        f(next);
        left = others;
    }
    if count > 0 {
        f(left);
    }
}

/// [`for_each`], or in order where the tasks are not worth threads.
pub(crate) fn for_each_if<X: Send>(
    worth_it: bool,
    tasks: impl IntoIterator<Item = X>,
    f: impl Fn(X) + Sync + Send,
) {
    if worth_it {
        for_each(tasks, f);
    } else {
        tasks.into_iter().for_each(f);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::for_each;

    fn on_threads(threads: usize, f: impl FnOnce() + Send) {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(f);
    }

    #[test]
    fn each_task_is_carried_out_once_also_within_others() {
        for threads in 1..4 {
            on_threads(threads, || {
                let mut counts = vec![vec![0; 7]; 30];
                for_each(counts.iter_mut().collect(), |row: &mut Vec<i32>| {
                    for_each(row.iter_mut().collect(), |count: &mut i32| *count += 1);
                });
                assert_eq!(counts, vec![vec![1; 7]; 30]);
                for_each(Vec::<i32>::new(), |_| unreachable!("no task"));
            });
        }
    }

    #[test]
    fn panics_of_tasks_reach_the_caller() {
        for failing in [0, 4, 9] {
            on_threads(3, || {
                let run = || for_each((0..10).collect(), |task| assert_ne!(task, failing));
                assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
            });
        }
    }
}
