//! Values and gradients.

use super::{ElementOf, with_leaves};
use crate::recording;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;

/// f(x), without derivatives.
///
/// ```
/// use wengert_tensor::{Tensor, evaluate};
/// let y = evaluate(&Tensor::from([1.0, 2.0]), |x| (x * x).sum());
/// assert_eq!(y.item(), 5.0);
/// ```
#[track_caller]
pub fn evaluate<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>>(
    x: &P,
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Q,
) -> Q::With<P::Leaf> {
    let leaves: Vec<P::Leaf> = x.leaves().into_iter().cloned().collect();
    let (values, result) = P::Leaf::differentiate(&leaves, |variables, _| {
        let result = f(with_leaves(x, variables));
        (result.leaves().into_iter().copied().collect(), result)
    });
    with_leaves(&result, &values)
}

/// f(x), and the gradient of f at x, in the structure of x. (If f returns an array, the gradient is that of
/// the sum of its elements.)
///
/// ```
/// use wengert_tensor::{Tensor, value_and_gradient};
/// let x = Tensor::from([1.0, 2.0]);
/// let (value, gradient) = value_and_gradient(&x, |x| (x * x * x).sum());
/// assert_eq!((value.item(), gradient), (9.0, Tensor::from([3.0, 12.0])));
/// ```
#[track_caller]
pub fn value_and_gradient<P: Tree>(
    x: &P,
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Var<ElementOf<P>>,
) -> (P::Leaf, P::With<P::Leaf>) {
    let leaves: Vec<P::Leaf> = x.leaves().into_iter().cloned().collect();
    let (mut values, ()) = P::Leaf::differentiate(&leaves, |variables, first| {
        let y = f(with_leaves(x, variables));
        let ones = ones_like(y);
        let cotangents = recording::cotangents(y, ones, variables, first);
        let gradient = variables.iter().zip(cotangents).map(|(x, cotangent)| {
            let zero = || Var::from(0.0);
            crate::ops::expand_to(cotangent.unwrap_or_else(zero), &x.shape())
        });
        (core::iter::once(y).chain(gradient).collect(), ())
    });
    let gradient = values.split_off(1);
    (values.swap_remove(0), with_leaves(x, &gradient))
}

/// The gradient of f at x, in the structure of x.
///
/// Drivers nest: given variables in place of tensors, they continue the recording that is open.
///
/// ```
/// use wengert_tensor::{Tensor, gradient};
/// let x = Tensor::from([1.0, 2.0]);
/// assert_eq!(gradient(&x, |x| (x * x * x).sum()), Tensor::from([3.0, 12.0]));
/// let second = gradient(&x, |x| gradient(&x, |x| x * x * x));
/// assert_eq!(second, Tensor::from([6.0, 12.0]));
/// ```
#[track_caller]
pub fn gradient<P: Tree>(
    x: &P,
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Var<ElementOf<P>>,
) -> P::With<P::Leaf> {
    value_and_gradient(x, f).1
}

/// Ones in the shape of an array.
#[track_caller]
pub(super) fn ones_like<T: crate::Element>(y: Var<T>) -> Var<T> {
    let ones = || crate::ops::expand_to(Var::from(1.0), &y.shape());
    match y.as_number() {
        Some(_) => ones(),
        None => recording::within::<T, _>(recording::number_of(y), ones),
    }
}
