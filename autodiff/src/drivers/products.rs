//! Products with Jacobians and Hessians, without the matrices.

use super::outcome::Outcome;
use crate::dual::Dual;
use crate::number::Number;
use crate::tape::Tape;
use crate::var::Var;

#[track_caller]
pub(super) fn assert_direction<T>(operation: &str, x: &[T], v: &[T]) {
    assert!(
        x.len() == v.len(),
        "{operation}: {} variables but a direction of {} elements; pass one for each variable",
        x.len(),
        v.len()
    );
}

/// x + vε
fn along<T: Number>(x: &[T], v: &[T]) -> Vec<Dual<T>> {
    x.iter().zip(v).map(|(&x, &v)| Dual::new(x, v)).collect()
}

/// f(x) and the Jacobian–vector product J(x) v, by forward mode.
///
/// ```
/// use wengert_autodiff::{Dual, jvp};
/// let f = |x: &[Dual<f64>]| [x[0] * x[1], x[0].sin()];
/// assert_eq!(jvp(f, &[0.0, 3.0], &[1.0, 0.0]), (vec![0.0, 0.0], vec![3.0, 1.0]));
/// ```
///
/// # Panics
/// If the lengths of `x` and `v` differ.
#[doc(alias = "pushforward")]
#[track_caller]
pub fn jvp<T: Number, O: Outcome<[Dual<T>]>>(
    f: impl FnOnce(&[Dual<T>]) -> O,
    x: &[T],
    v: &[T],
) -> O::Of<(Vec<T>, Vec<T>)> {
    assert_direction("jvp", x, v);
    f(&along(x, v)).map(|y| y.iter().map(|y| (y.value, y.tangent())).unzip())
}

/// f(x), and the function w ↦ J(x)ᵀ w, by reverse mode. f is recorded once, for any number of cotangents w.
///
/// ```
/// use wengert_autodiff::vjp;
/// let (y, pullback) = vjp(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0]);
/// assert_eq!(y, [6.0, 5.0]);
/// assert_eq!(pullback.apply(&[1.0, 0.0]), [3.0, 2.0]);
/// assert_eq!(pullback.apply(&[0.0, 1.0]), [1.0, 1.0]);
/// ```
#[track_caller]
pub fn vjp<T: Number, O: Outcome<[Var<T>]>>(
    f: impl FnOnce(&[Var<T>]) -> O,
    x: &[T],
) -> O::Of<(Vec<T>, Pullback<T>)> {
    let tape = Tape::new();
    let x = tape.vars(x);
    f(&x).map(move |y| {
        let values = y.iter().map(|y| y.value()).collect();
        (values, Pullback { tape, x, y: y.to_vec() })
    })
}

/// A recorded function, ready to multiply cotangents with the transpose of its Jacobian. Made by [`vjp`].
#[derive(Debug)]
pub struct Pullback<T: Number> {
    tape: Tape<T>,
    x: Vec<Var<T>>,
    y: Vec<Var<T>>,
}

impl<T: Number> Pullback<T> {
    /// Jᵀ w.
    ///
    /// # Panics
    /// If there is not one cotangent for each output.
    #[track_caller]
    pub fn apply(&self, w: &[T]) -> Vec<T> {
        self.tape.pullback(&self.y, w).wrt_slice(&self.x)
    }

    /// Writes Jᵀ w into `result`.
    ///
    /// ```
    /// use wengert_autodiff::vjp;
    /// let (_, pullback) = vjp(|x| [x[0] * x[1]], &[2.0, 3.0]);
    /// let mut result = [0.0; 2];
    /// pullback.apply_into(&[1.0], &mut result);
    /// assert_eq!(result, [3.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If there is not one cotangent for each output and room for one derivative for each variable.
    #[track_caller]
    pub fn apply_into(&self, w: &[T], result: &mut [T]) {
        self.tape.pullback(&self.y, w).wrt_into(&self.x, result);
    }
}

/// The Hessian–vector product ∇²f(x) v, by forward over reverse mode.
///
/// ```
/// use wengert_autodiff::hvp;
/// assert_eq!(hvp(|x| x[0] * x[0] * x[1], &[3.0, 5.0], &[1.0, 2.0]), [22.0, 6.0]);
/// ```
///
/// # Panics
/// If the lengths of `x` and `v` differ.
#[track_caller]
pub fn hvp<T: Number, O: Outcome<Var<Dual<T>>>>(
    f: impl FnOnce(&[Var<Dual<T>>]) -> O,
    x: &[T],
    v: &[T],
) -> O::Of<Vec<T>> {
    assert_direction("hvp", x, v);
    let tape = Tape::new();
    let x = tape.vars(&along(x, v));
    f(&x).map(|&y| {
        let gradient = tape.gradient(y);
        x.iter().map(|&x| gradient.wrt(x).tangent()).collect()
    })
}
