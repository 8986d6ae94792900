//! Jacobians.

use core::ops::Range;

use super::CHUNK;
use super::outcome::Outcome;
use crate::dual::DualVec;
use crate::matrix::Matrix;
use crate::number::Number;
use crate::tape::{Scratch, Tape, sweep};
use crate::var::Var;

/// J(x), where J(i, j) = ∂fᵢ/∂xⱼ: f is recorded once, and the recording is then swept in the cheaper direction,
/// eight rows or columns at a time.
///
/// For few variables and a function that is cheap to evaluate anew, [`jacobian_forward`] is faster: it records
/// nothing.
///
/// ```
/// use wengert_autodiff::jacobian;
/// let j = jacobian(|x| [x[0] * x[1], x[0] + x[1], x[0]], &[2.0, 3.0]);
/// assert_eq!(j.as_slice(), [3.0, 2.0, 1.0, 1.0, 1.0, 0.0]);
/// ```
#[track_caller]
pub fn jacobian<T: Number, O: Outcome<[Var<T>]>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
) -> O::Of<Matrix<T>> {
    recorded(f, x, sweep_cheaper)
}

/// J(x) by reverse mode: one recording, and a backward sweep for each eight rows.
///
/// ```
/// use wengert_autodiff::jacobian_reverse;
/// assert_eq!(jacobian_reverse(|x| [x[0] * x[1]], &[2.0, 3.0]).as_slice(), [3.0, 2.0]);
/// ```
#[doc(alias = "jacrev")]
#[track_caller]
pub fn jacobian_reverse<T: Number, O: Outcome<[Var<T>]>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
) -> O::Of<Matrix<T>> {
    recorded(f, x, rows)
}

/// J(x) by forward mode: one evaluation of f for each eight columns, and no recording.
///
/// ```
/// use wengert_autodiff::jacobian_forward;
/// assert_eq!(jacobian_forward(|x| [x[0] * x[1]], &[2.0, 3.0]).as_slice(), [3.0, 2.0]);
/// ```
///
/// # Panics
/// If f returns different numbers of results for different points.
#[doc(alias = "jacfwd")]
#[track_caller]
pub fn jacobian_forward<T: Number, O: Outcome<[DualVec<T, CHUNK>]>>(
    f: impl Fn(&[DualVec<T, CHUNK>]) -> O,
    x: &[T],
) -> O::Of<Matrix<T>> {
    let mut elements = Vec::new();
    let outcome = fill_forward(f, x, |y, chunk| {
        if chunk.start == 0 {
            elements.resize(y.len() * x.len(), T::zero());
        }
        write_columns("jacobian_forward", &mut elements, x.len(), y, chunk);
    });
    outcome.map(|y| Matrix::from_vec(y.len(), x.len(), elements))
}

/// [`jacobian_forward`], written row by row into `elements`; returns f(x).
///
/// ```
/// use wengert_autodiff::jacobian_forward_into;
/// let mut elements = [0.0; 2];
/// assert_eq!(jacobian_forward_into(|x| [x[0] * x[1]], &[2.0, 3.0], &mut elements), [6.0]);
/// assert_eq!(elements, [3.0, 2.0]);
/// ```
///
/// # Panics
/// If `elements` has not as many elements as the Jacobian.
#[track_caller]
pub fn jacobian_forward_into<T: Number, O: Outcome<[DualVec<T, CHUNK>]>>(
    f: impl Fn(&[DualVec<T, CHUNK>]) -> O,
    x: &[T],
    elements: &mut [T],
) -> O::Of<Vec<T>> {
    let outcome = fill_forward(f, x, |y, chunk| {
        write_columns("jacobian_forward_into", elements, x.len(), y, chunk);
    });
    outcome.map(|y| y.iter().map(|y| y.value).collect())
}

/// Evaluates f for each chunk of columns, calls `write` with it, and returns the last outcome, which is a failure
/// if one was.
#[track_caller]
fn fill_forward<T: Number, O: Outcome<[DualVec<T, CHUNK>]>>(
    f: impl Fn(&[DualVec<T, CHUNK>]) -> O,
    x: &[T],
    mut write: impl FnMut(&[DualVec<T, CHUNK>], Range<usize>),
) -> O {
    let mut point: Vec<_> = x.iter().map(|&x| DualVec::constant(x)).collect();
    let mut first = 0;
    // (Without variables, f is evaluated once all the same: it tells how many rows there are.)
    loop {
        let chunk = first..x.len().min(first + CHUNK);
        for (direction, x) in point[chunk.clone()].iter_mut().enumerate() {
            x.tangents[direction] = T::one();
        }
        let outcome = f(&point);
        if let Some(y) = outcome.get() {
            write(y, chunk.clone());
        }
        if chunk.end == x.len() || outcome.get().is_none() {
            return outcome;
        }
        for x in &mut point[chunk.clone()] {
            x.tangents = [T::zero(); CHUNK];
        }
        first = chunk.end;
    }
}

/// Writes the tangents of y into the columns `chunk` of a matrix.
#[track_caller]
fn write_columns<T: Number>(
    operation: &str,
    elements: &mut [T],
    columns: usize,
    y: &[DualVec<T, CHUNK>],
    chunk: Range<usize>,
) {
    assert!(
        elements.len() == y.len() * columns,
        "{operation}: {} results of {columns} variables, but room for {} derivatives; pass a buffer of rows · \
         columns, and return equally many results at one point",
        y.len(),
        elements.len()
    );
    for (row, y) in elements.chunks_exact_mut(columns.max(1)).zip(y) {
        row[chunk.clone()].copy_from_slice(&y.tangents[..chunk.len()]);
    }
}

/// [`jacobian`], written row by row into `elements`; returns f(x).
///
/// ```
/// use wengert_autodiff::jacobian_into;
/// let mut elements = [0.0; 2];
/// assert_eq!(jacobian_into(|x| [x[0] * x[1]], &[2.0, 3.0], &mut elements), [6.0]);
/// assert_eq!(elements, [3.0, 2.0]);
/// ```
///
/// # Panics
/// If `elements` has not as many elements as the Jacobian.
#[track_caller]
pub fn jacobian_into<T: Number, O: Outcome<[Var<T>]>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
    elements: &mut [T],
) -> O::Of<Vec<T>> {
    let tape = Tape::new();
    tape.with_vars(x, |x| {
        f(x).map(|y| {
            assert!(
                elements.len() == x.len() * y.len(),
                "jacobian_into: a Jacobian of {} × {} but room for {} elements; pass a buffer of rows · columns",
                y.len(),
                x.len(),
                elements.len()
            );
            sweep_cheaper(&tape, x, y, elements);
            y.iter().map(|y| y.value()).collect()
        })
    })
}

/// Records f at x and lets `sweep` fill the matrix.
#[track_caller]
fn recorded<T: Number, O: Outcome<[Var<T>]>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
    sweep: impl FnOnce(&Tape<T>, &[Var<T>], &[Var<T>], &mut [T]),
) -> O::Of<Matrix<T>> {
    let tape = Tape::new();
    tape.with_vars(x, |x| {
        f(x).map(|y| {
            let mut elements = vec![T::zero(); x.len() * y.len()];
            sweep(&tape, x, y, &mut elements);
            Matrix::from_vec(y.len(), x.len(), elements)
        })
    })
}

#[track_caller]
fn sweep_cheaper<T: Number>(tape: &Tape<T>, x: &[Var<T>], y: &[Var<T>], elements: &mut [T]) {
    if y.len() <= x.len() { rows(tape, x, y, elements) } else { columns(tape, x, y, elements) }
}

/// Backward sweeps, for as many rows at once as there are, but eight at most.
#[track_caller]
pub(crate) fn rows<T: Number>(tape: &Tape<T>, x: &[Var<T>], y: &[Var<T>], elements: &mut [T]) {
    match y.len() {
        0 => {}
        1 => rows_at_once::<T, 1>(tape, x, y, elements),
        2 => rows_at_once::<T, 2>(tape, x, y, elements),
        3..=4 => rows_at_once::<T, 4>(tape, x, y, elements),
        _ => rows_at_once::<T, CHUNK>(tape, x, y, elements),
    }
}

#[track_caller]
fn rows_at_once<T: Number, const L: usize>(
    tape: &Tape<T>,
    x: &[Var<T>],
    y: &[Var<T>],
    elements: &mut [T],
) {
    let mut adjoints = Scratch::new();
    for (chunk, rows) in y.chunks(L).zip(elements.chunks_mut(L * x.len().max(1))) {
        adjoints.clear();
        for &y in chunk {
            let len = tape.index_of(y, "jacobian").map_or(0, |index| index + 1);
            let len = adjoints.len().max(len);
            adjoints.resize(len, [T::zero(); L]);
        }
        sweep::backward(tape.store(), &mut adjoints, |adjoints| {
            for (k, y) in chunk.iter().enumerate() {
                if let Some(index) = tape.store().index_of(y.id()) {
                    adjoints[index][k] = T::one();
                }
            }
        });
        for (k, row) in rows.chunks_exact_mut(x.len().max(1)).enumerate() {
            for (element, &x) in row.iter_mut().zip(x) {
                let adjoint = tape.index_of(x, "jacobian").and_then(|index| adjoints.get(index));
                *element = adjoint.map_or_else(T::zero, |adjoint| adjoint[k]);
            }
        }
    }
}

/// Forward sweeps, for eight columns at once.
#[track_caller]
fn columns<T: Number>(tape: &Tape<T>, x: &[Var<T>], y: &[Var<T>], elements: &mut [T]) {
    let mut tangents = Vec::new();
    for (first, chunk) in x.chunks(CHUNK).enumerate().map(|(number, chunk)| (number * CHUNK, chunk))
    {
        tangents.clear();
        tangents.resize(tape.nodes(), [T::zero(); CHUNK]);
        for (k, &x) in chunk.iter().enumerate() {
            if let Some(index) = tape.index_of(x, "jacobian") {
                tangents[index][k] = T::one();
            }
        }
        sweep::forward(tape.store(), &mut tangents);
        for (row, &y) in elements.chunks_exact_mut(x.len()).zip(y) {
            if let Some(index) = tape.index_of(y, "jacobian") {
                row[first..first + chunk.len()].copy_from_slice(&tangents[index][..chunk.len()]);
            }
        }
    }
}
