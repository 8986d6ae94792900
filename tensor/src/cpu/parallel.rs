//! The one place that knows of Rayon.

use rayon::prelude::*;

/// Calls `f` for each task: on Rayon's threads if there is more than one task and thread, in order otherwise. Tasks
/// do not depend on the number of threads, and so neither do results.
pub(crate) fn for_each<X: Send>(tasks: Vec<X>, f: impl Fn(X) + Sync + Send) {
    if tasks.len() < 2 || rayon::current_num_threads() < 2 {
        tasks.into_iter().for_each(f);
    } else {
        tasks.into_par_iter().for_each(f);
    }
}

/// [`for_each`], or in order where the tasks are not worth threads.
pub(crate) fn for_each_if<X: Send>(worth_it: bool, tasks: Vec<X>, f: impl Fn(X) + Sync + Send) {
    if worth_it {
        for_each(tasks, f);
    } else {
        tasks.into_iter().for_each(f);
    }
}
