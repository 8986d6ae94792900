//! Sections: parts of a computation that are recorded and swept on their own, also on other threads, and enter the
//! recording around them as one node for each result.
//!
//! A section of `Var<T>`s has a tape of its own, and finds from values and partials, which are `T`s, values and
//! partials. Where `T` is recorded, too, this is a section of `T`s: so no number of a section belongs to a recording
//! outside of it, and the nodes of each level are as few as those of the first.

use crate::drivers::jacobian_rows;
use crate::number::Number;
use crate::tape::{Scratch, Tape, record};
use crate::var::Var;

/// Who carries out the tasks of a section, and joins their results.
///
/// What it does with results must be linear, because derivatives are results, too.
pub trait Crew {
    /// Calls `task` with a number, with `x`, and with where to append results, for each number of a task.
    fn carry_out<R: Number>(
        &self,
        x: &[R],
        task: &(impl Fn(usize, &[R], &mut Vec<R>) + Sync),
        results: &mut Vec<R>,
    );
}

/// One task, here and now.
struct Here;

impl Crew for Here {
    fn carry_out<R: Number>(
        &self,
        x: &[R],
        task: &(impl Fn(usize, &[R], &mut Vec<R>) + Sync),
        results: &mut Vec<R>,
    ) {
        task(0, x, results);
    }
}

/// f(x), recorded as one node for each result: **preaccumulation** of a part of a computation that has few variables
/// and results.
///
/// On numbers that are not recorded, this is f(x). On others, f is recorded on a tape of its own, which is swept at
/// once and forgotten; what remains are the local partials, correct to every order. So the recording takes less
/// memory, and every later sweep less time. (A single sweep takes as long as without at best; for small functions see
/// [`Function::fuse`](crate::Function), which is quicker from the start.)
///
/// f uses no recorded numbers but those that it is given: others panic.
///
/// ```
/// use wengert_autodiff::{Tape, preaccumulate};
/// let tape = Tape::new();
/// let x = tape.var(1.0);
/// let [y, z] = preaccumulate(
///     |x| {
///         let y = (0..100).fold(x[0], |y, _| y * 0.5 + 1.0);
///         [y, y * 2.0]
///     },
///     &[x],
/// );
/// assert_eq!(tape.nodes(), 3);
/// assert_eq!(tape.gradient(y).wrt(x), 0.5_f64.powi(100));
/// assert_eq!(z.value(), 2.0 * y.value());
/// ```
///
/// # Panics
/// If f uses numbers of another recording, or the elements of x belong to different ones.
#[track_caller]
pub fn preaccumulate<R: Number, const M: usize>(
    f: impl Fn(&[R]) -> [R; M] + Sync,
    x: &[R],
) -> [R; M] {
    if R::RECORDINGS == 0 {
        return f(x);
    }
    let mut results = Scratch::new();
    R::section(&Here, x, &|_, x, results| results.extend(f(x)), &mut results);
    core::array::from_fn(|k| results[k])
}

/// A section of numbers that are made of `parts` numbers each: a section of the parts.
#[track_caller]
pub(crate) fn of_parts<S: Number, P: Number>(
    (parts, split, join): (usize, impl Fn(S, &mut Vec<P>) + Sync, impl Fn(&[P]) -> S + Sync),
    crew: &impl Crew,
    x: &[S],
    task: &(impl Fn(usize, &[S], &mut Vec<S>) + Sync),
    results: &mut Vec<S>,
) {
    if S::RECORDINGS == 0 {
        return crew.carry_out(x, task, results);
    }
    let split_all = |whole: &[S], into: &mut Vec<P>| whole.iter().for_each(|&s| split(s, into));
    let mut split_x = Scratch::new();
    split_all(x, &mut split_x);
    let task_of_parts = |k: usize, split_x: &[P], split_y: &mut Vec<P>| {
        let (mut x, mut y) = (Scratch::new(), Scratch::new());
        x.extend(split_x.chunks_exact(parts).map(&join));
        task(k, &x, &mut y);
        split_all(&y, split_y);
    };
    let mut split_y = Scratch::new();
    P::section(crew, &split_x, &task_of_parts, &mut split_y);
    results.extend(split_y.chunks_exact(parts).map(&join));
}

/// A section of recorded numbers: a section of values that finds values and partials.
#[track_caller]
pub(crate) fn of_recorded<T: Number>(
    crew: &impl Crew,
    x: &[Var<T>],
    task: &(impl Fn(usize, &[Var<T>], &mut Vec<Var<T>>) + Sync),
    results: &mut Vec<Var<T>>,
) {
    let mut values = Scratch::new();
    values.extend(x.iter().map(|x| x.value()));
    let task_of_values = |k: usize, values: &[T], found: &mut Vec<T>| {
        let tape = Tape::new();
        let (mut inner, mut y) = (Scratch::new(), Scratch::new());
        inner.extend(values.iter().zip(x).map(|(&value, x)| {
            if x.is_constant() { Var::constant(value) } else { tape.var(value) }
        }));
        task(k, &inner, &mut y);
        let mut partials = Scratch::new();
        partials.resize(x.len() * y.len(), T::zero());
        jacobian_rows(&tape, &inner, &y, &mut partials);
        for (j, y) in y.iter().enumerate() {
            found.push(y.value());
            found.extend_from_slice(&partials[j * x.len()..][..x.len()]);
        }
    };
    let mut found = Scratch::new();
    T::section(crew, &values, &task_of_values, &mut found);
    for found in found.chunks_exact(1 + x.len()) {
        let (value, partials) = (found[0], &found[1..]);
        let id = record::record_any(x, partials, "section", value);
        results.push(Var::from_parts(value, id));
    }
}
