//! Hessians.

use core::ops::Range;

use super::CHUNK;
use super::outcome::Outcome;
use crate::dual::DualVec;
use crate::matrix::Matrix;
use crate::number::Number;
use crate::tape::Tape;
use crate::var::Var;

/// The number type on which [`hessian`] evaluates its function: forward over reverse mode.
pub type HessianVar<T> = Var<DualVec<T, CHUNK>>;

/// The Hessian ∇²f(x), by forward over reverse mode: one recording for each eight columns.
///
/// ```
/// use wengert_autodiff::hessian;
/// let h = hessian(|x| x[0] * x[0] * x[1], &[3.0, 5.0]);
/// assert_eq!(h.as_slice(), [10.0, 6.0, 6.0, 0.0]);
/// ```
#[track_caller]
pub fn hessian<T: Number, O: Outcome<HessianVar<T>>>(
    f: impl Fn(&[HessianVar<T>]) -> O,
    x: &[T],
) -> O::Of<Matrix<T>> {
    let n = x.len();
    let mut elements = vec![T::zero(); n * n];
    fill(f, x, &mut elements).map(|_| Matrix::from_vec(n, n, elements))
}

/// [`hessian`], written row by row into `elements`; returns f(x).
///
/// ```
/// use wengert_autodiff::hessian_into;
/// let mut elements = [0.0; 4];
/// assert_eq!(hessian_into(|x| x[0] * x[0] * x[1], &[3.0, 5.0], &mut elements), 45.0);
/// assert_eq!(elements, [10.0, 6.0, 6.0, 0.0]);
/// ```
///
/// # Panics
/// If `elements` has not n² elements for n variables.
#[track_caller]
pub fn hessian_into<T: Number, O: Outcome<HessianVar<T>>>(
    f: impl Fn(&[HessianVar<T>]) -> O,
    x: &[T],
    elements: &mut [T],
) -> O::Of<T> {
    assert!(
        elements.len() == x.len() * x.len(),
        "hessian_into: a Hessian of {0} × {0} but room for {1} elements; pass a buffer of n²",
        x.len(),
        elements.len()
    );
    fill(f, x, elements).map(|y| y.value().value)
}

/// Writes the Hessian, and returns the last evaluation of f, which failed if one did.
#[track_caller]
fn fill<T: Number, O: Outcome<HessianVar<T>>>(
    f: impl Fn(&[HessianVar<T>]) -> O,
    x: &[T],
    elements: &mut [T],
) -> O {
    let mut first = 0;
    loop {
        let chunk = first..x.len().min(first + CHUNK);
        first = chunk.end;
        let outcome = columns(&f, x, chunk, |row, part, tangents| {
            elements[row * x.len()..][part].copy_from_slice(tangents);
        });
        if first == x.len() || outcome.get().is_none() {
            return outcome;
        }
    }
}

/// Evaluates the columns `chunk` of the Hessian, and calls `write(row, chunk, elements)` for each row.
#[track_caller]
pub(super) fn columns<T: Number, O: Outcome<HessianVar<T>>>(
    f: &impl Fn(&[HessianVar<T>]) -> O,
    x: &[T],
    chunk: Range<usize>,
    mut write: impl FnMut(usize, Range<usize>, &[T]),
) -> O {
    let tape = Tape::new();
    let mut point: Vec<_> = x.iter().map(|&x| DualVec::constant(x)).collect();
    for (direction, x) in point[chunk.clone()].iter_mut().enumerate() {
        x.tangents[direction] = T::one();
    }
    tape.with_vars(&point, |x| {
        let outcome = f(x);
        if let Some(&y) = outcome.get() {
            let gradient = tape.gradient(y);
            for (row, &x) in x.iter().enumerate() {
                write(row, chunk.clone(), &gradient.wrt(x).tangents[..chunk.len()]);
            }
        }
        outcome
    })
}
