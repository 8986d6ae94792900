//! Gradients: by reverse mode, and of few variables by forward mode.

use super::outcome::Outcome;
use crate::dual::DualVec;
use crate::number::Number;
use crate::tape::Tape;
use crate::var::Var;

/// ∇f(x), by reverse mode: at a small multiple of the cost of f, however many variables there are.
///
/// For few variables, [`gradient_forward`] is quicker.
///
/// ```
/// use wengert_autodiff::gradient;
/// assert_eq!(gradient(|x| x[0] * x[0] * x[1], &[3.0, 5.0]), [30.0, 9.0]);
/// ```
#[doc(alias = "grad")]
#[track_caller]
pub fn gradient<T: Number, O: Outcome<Var<T>>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
) -> O::Of<Vec<T>> {
    let tape = Tape::new();
    tape.with_vars(x, |x| f(x).map(|&y| tape.gradient(y).wrt_slice(x)))
}

/// f(x) and ∇f(x), by reverse mode.
///
/// ```
/// use wengert_autodiff::{Real, value_and_gradient};
/// fn rosenbrock<R: Real>(x: &[R]) -> R {
///     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
/// }
/// let (value, gradient) = value_and_gradient(rosenbrock, &[2.0, 5.0]);
/// assert_eq!((value, gradient), (101.0, vec![-798.0, 200.0]));
/// ```
#[doc(alias = "value_and_grad")]
#[track_caller]
pub fn value_and_gradient<T: Number, O: Outcome<Var<T>>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
) -> O::Of<(T, Vec<T>)> {
    let tape = Tape::new();
    tape.with_vars(x, |x| f(x).map(|&y| (y.value(), tape.gradient(y).wrt_slice(x))))
}

/// Writes ∇f(x) into `gradient` and returns f(x). From the second call of a kind on, nothing is allocated (but by f).
///
/// ```
/// use wengert_autodiff::gradient_into;
/// let mut gradient = [0.0; 2];
/// let value = gradient_into(|x| x[0] * x[1], &[3.0, 5.0], &mut gradient);
/// assert_eq!((value, gradient), (15.0, [5.0, 3.0]));
/// ```
///
/// # Panics
/// If the lengths of `x` and `gradient` differ.
#[track_caller]
pub fn gradient_into<T: Number, O: Outcome<Var<T>>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
    gradient: &mut [T],
) -> O::Of<T> {
    assert!(
        x.len() == gradient.len(),
        "gradient_into: {} variables but room for {} derivatives; pass a buffer of equal length",
        x.len(),
        gradient.len()
    );
    let tape = Tape::new();
    tape.with_vars(x, |x| {
        f(x).map(|&y| {
            tape.gradient(y).wrt_first(gradient);
            y.value()
        })
    })
}

/// ∇f(x) of few variables, by forward mode: f is evaluated once, on numbers with a tangent for each variable, and nothing is
/// recorded or allocated.
///
/// Quicker than [`gradient`] up to a dozen variables or so. (A driver cannot choose by itself: a closure has one type of
/// argument.)
///
/// ```
/// use wengert_autodiff::gradient_forward;
/// assert_eq!(gradient_forward(|[x, y]| x * x * y, [3.0, 5.0]), [30.0, 9.0]);
/// ```
#[track_caller]
pub fn gradient_forward<T: Number, O: Outcome<DualVec<T, N>>, const N: usize>(
    f: impl FnOnce([DualVec<T, N>; N]) -> O,
    x: [T; N],
) -> O::Of<[T; N]> {
    f(core::array::from_fn(|k| DualVec::variable(x[k], k))).map(|y| y.tangents)
}
