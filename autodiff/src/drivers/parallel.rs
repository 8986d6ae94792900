//! Drivers on Rayon's threads: the one file that names Rayon.
//!
//! Work is cut into pieces of fixed size, and their results are combined in a fixed order, so that no result
//! depends on the number of threads.

use rayon::prelude::*;

use super::hessian::{self, HessianVar};
use super::outcome::Outcome;
use super::{CHUNK, value_and_gradient};
use crate::dual::DualVec;
use crate::matrix::Matrix;
use crate::number::Number;
use crate::real::Real;
use crate::section::Crew;
use crate::var::Var;

/// Into how many pieces the items of a sum are cut at most. More than threads, so that these balance; not so
/// many that adding up the pieces' gradients would show.
const PIECES: usize = 64;

/// Tasks on Rayon's threads.
struct Threads {
    tasks: usize,
    /// Whether the results of the tasks are added up, one by one; otherwise they are put in a row.
    sum: bool,
}

impl Crew for Threads {
    fn carry_out<R: Number>(
        &self,
        x: &[R],
        task: &(impl Fn(usize, &[R], &mut Vec<R>) + Sync),
        results: &mut Vec<R>,
    ) {
        let results_of = |k| {
            let mut results = Vec::new();
            task(k, x, &mut results);
            results
        };
        let found: Vec<Vec<R>> = (0..self.tasks).into_par_iter().map(results_of).collect();
        for found in found {
            if self.sum && !results.is_empty() {
                results.iter_mut().zip(found).for_each(|(sum, term)| *sum += term);
            } else {
                results.extend(found);
            }
        }
    }
}

/// Σ f(item, x) over data items, in parallel, in code that is generic over the number type: numbers that are
/// recorded are recorded **and swept** in parallel, each piece of the sum on a tape of its own, and the sum enters
/// the recording of x as one node.
///
/// Correct to every order, also nested. The result is bit by bit the same for any number of threads. f uses no
/// recorded numbers but those that it is given: others panic.
///
/// ```
/// use wengert_autodiff::{Real, hessian, par_sum, value_and_gradient};
/// let data = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0)];
/// fn loss<R: Real>(data: &[(f64, f64)], x: &[R]) -> R {
///     par_sum(|&(t, y), x| (x[0] * t + x[1] - y).powi(2), data, x)
/// }
/// assert_eq!(loss(&data, &[1.0, 1.0]), 1.0);
/// let (sum, gradient) = value_and_gradient(|x| loss(&data, x), &[1.0, 1.0]);
/// assert_eq!((sum, gradient), (1.0, vec![-6.0, -2.0]));
/// assert_eq!(hessian(|x| loss(&data, x), &[1.0, 1.0]).as_slice(), [28.0, 12.0, 12.0, 6.0]);
/// ```
///
/// # Panics
/// If f uses recorded numbers that it was not given, or the elements of x belong to different recordings.
#[track_caller]
pub fn par_sum<I: Sync, R: Real>(f: impl Fn(&I, &[R]) -> R + Sync, items: &[I], x: &[R]) -> R {
    let size = items.len().div_ceil(PIECES).max(1);
    let piece = |k: usize, x: &[R], sum: &mut Vec<R>| {
        sum.push(items.iter().skip(k * size).take(size).map(|item| f(item, x)).sum());
    };
    let crew = Threads { tasks: items.len().div_ceil(size).max(1), sum: true };
    let mut sum = Vec::with_capacity(1);
    R::section(&crew, x, &piece, &mut sum);
    sum[0]
}

/// f(item, x) for each data item, in parallel like [`par_sum`]: each result is one node, however many operations it
/// takes.
///
/// ```
/// use wengert_autodiff::{Tape, par_map};
/// let tape = Tape::new();
/// let x = tape.vars(&[2.0, 1.0]);
/// let y = par_map(|&t, x| [(x[0] * t).exp() * x[1]], &[0.0, 1.0], &x);
/// assert_eq!((y.len(), tape.nodes()), (2, 4));
/// assert_eq!(tape.gradient(y[0][0]).wrt_slice(&x), [0.0, 1.0]);
/// ```
///
/// # Panics
/// If f uses recorded numbers that it was not given, or the elements of x belong to different recordings.
#[track_caller]
pub fn par_map<I: Sync, R: Number, const M: usize>(
    f: impl Fn(&I, &[R]) -> [R; M] + Sync,
    items: &[I],
    x: &[R],
) -> Vec<[R; M]> {
    let size = items.len().div_ceil(PIECES).max(1);
    let piece = |k: usize, x: &[R], results: &mut Vec<R>| {
        results.extend(items.iter().skip(k * size).take(size).flat_map(|item| f(item, x)));
    };
    let crew = Threads { tasks: items.len().div_ceil(size), sum: false };
    let mut results = Vec::new();
    R::section(&crew, x, &piece, &mut results);
    results.as_chunks().0.to_vec()
}

/// The value and gradient of Σ f(item, x) over data items, in parallel, each piece on a tape of its own. The result
/// is bit by bit the same for any number of threads.
///
/// ```
/// use wengert_autodiff::{Var, par_gradient};
/// let data = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0)];
/// let residual = |&(t, y): &(f64, f64), x: &[Var<f64>]| ((x[0] * t + x[1]) - y).powi(2);
/// let (sum, gradient) = par_gradient(residual, &data, &[1.0, 1.0]);
/// assert_eq!((sum, gradient), (1.0, vec![-6.0, -2.0]));
/// ```
#[track_caller]
pub fn par_gradient<I: Sync, T: Number, O: Outcome<Var<T>> + Send>(
    f: impl Fn(&I, &[Var<T>]) -> O + Sync,
    items: &[I],
    x: &[T],
) -> O::Of<(T, Vec<T>)> {
    let piece = |items: &[I]| {
        value_and_gradient(
            |x| {
                let mut sum = Var::constant(T::zero());
                for item in items {
                    let term = f(item, x);
                    match term.get() {
                        Some(&term) => sum += term,
                        None => return Err(term),
                    }
                }
                Ok(sum)
            },
            x,
        )
    };
    let size = items.len().div_ceil(PIECES).max(1);
    let pieces: Vec<_> = items.par_chunks(size).map(piece).collect();

    let (mut sum, mut gradient) = (T::zero(), vec![T::zero(); x.len()]);
    for piece in pieces {
        match piece {
            Ok((value, derivatives)) => {
                sum += value;
                gradient
                    .iter_mut()
                    .zip(derivatives)
                    .for_each(|(total, derivative)| *total += derivative);
            }
            Err(failed) => return failed.map(|_| unreachable!("the outcome is a failure")),
        }
    }
    O::wrap((sum, gradient))
}

/// The column ranges of `n` variables, [`CHUNK`] at a time; one empty range if there are none.
fn chunks(n: usize) -> impl IndexedParallelIterator<Item = core::ops::Range<usize>> {
    (0..n.div_ceil(CHUNK).max(1)).into_par_iter().map(move |k| CHUNK * k..n.min(CHUNK * (k + 1)))
}

/// Puts the chunks of columns side by side.
fn assemble<T: Number>(n: usize, chunks: &[Vec<T>]) -> Matrix<T> {
    let rows = chunks.first().map_or(0, |chunk| chunk.len() / CHUNK);
    Matrix::from_fn(rows, n, |i, j| chunks[j / CHUNK][i * CHUNK + j % CHUNK])
}

/// [`jacobian_forward`](super::jacobian_forward) with the chunks of eight columns in parallel.
///
/// ```
/// use wengert_autodiff::par_jacobian;
/// assert_eq!(par_jacobian(|x| [x[0] * x[1]], &[2.0, 3.0]).as_slice(), [3.0, 2.0]);
/// ```
#[track_caller]
pub fn par_jacobian<T: Number, O: Outcome<[DualVec<T, CHUNK>]> + Send>(
    f: impl Fn(&[DualVec<T, CHUNK>]) -> O + Sync,
    x: &[T],
) -> O::Of<Matrix<T>> {
    let chunk = |chunk: core::ops::Range<usize>| {
        let mut point: Vec<_> = x.iter().map(|&x| DualVec::constant(x)).collect();
        for (direction, x) in point[chunk].iter_mut().enumerate() {
            x.tangents[direction] = T::one();
        }
        let outcome = f(&point);
        match outcome.get() {
            Some(y) => Ok(y.iter().flat_map(|y| y.tangents).collect()),
            None => Err(outcome),
        }
    };
    finish(x.len(), chunks(x.len()).map(chunk).collect())
}

/// [`hessian`](super::hessian) with the chunks of eight columns in parallel.
///
/// ```
/// use wengert_autodiff::par_hessian;
/// assert_eq!(par_hessian(|x| x[0] * x[1], &[3.0, 5.0]).as_slice(), [0.0, 1.0, 1.0, 0.0]);
/// ```
#[track_caller]
pub fn par_hessian<T: Number, O: Outcome<HessianVar<T>> + Send>(
    f: impl Fn(&[HessianVar<T>]) -> O + Sync,
    x: &[T],
) -> O::Of<Matrix<T>> {
    let chunk = |chunk: core::ops::Range<usize>| {
        let mut columns = vec![T::zero(); x.len() * CHUNK];
        let outcome = hessian::columns(&f, x, chunk, |row, _, tangents| {
            columns[row * CHUNK..][..tangents.len()].copy_from_slice(tangents);
        });
        if outcome.get().is_some() { Ok(columns) } else { Err(outcome) }
    };
    finish(x.len(), chunks(x.len()).map(chunk).collect())
}

/// The matrix of all chunks, or the first failure.
#[track_caller]
fn finish<T: Number, V: ?Sized, O: Outcome<V>>(
    n: usize,
    chunks: Vec<Result<Vec<T>, O>>,
) -> O::Of<Matrix<T>> {
    match chunks.into_iter().collect::<Result<Vec<_>, O>>() {
        Ok(chunks) => O::wrap(assemble(n, &chunks)),
        Err(failed) => failed.map(|_| unreachable!("the outcome is a failure")),
    }
}
