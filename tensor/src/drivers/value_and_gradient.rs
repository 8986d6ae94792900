//! Values and gradients.

use super::{ElementOf, leaves_of, with_leaves};
use crate::element::Element;
use crate::execute::Keep;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;
use crate::{ops, recording};

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
    let leaves = leaves_of(x);
    let (_tape, variables, _) = P::Leaf::enter(&leaves);
    let result = f(with_leaves(x, &variables));
    with_leaves(&result, &P::Leaf::leave(&leaves_of(&result), Keep::Roots))
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
    let leaves = leaves_of(x);
    let (_tape, variables, first) = P::Leaf::enter(&leaves);
    let y = f(with_leaves(x, &variables));
    let mut results = pull_back(y, ones_like(y), &variables, first);
    results.push(y);
    let mut results = P::Leaf::leave(&results, Keep::Roots);
    let value = results.pop().expect("the value was pushed");
    (value, with_leaves(x, &results))
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
pub(super) fn ones_like<T: Element>(y: Var<T>) -> Var<T> {
    recording::beside(y, || ops::expand_to(Var::from(1.0), &y.shape()))
}

/// The cotangents of the variables, each in the shape of its variable, for one of `y`.
#[track_caller]
pub(super) fn pull_back<T: Element>(
    y: Var<T>,
    cotangent: Var<T>,
    variables: &[Var<T>],
    first: usize,
) -> Vec<Var<T>> {
    let cotangents = recording::cotangents(y, cotangent, variables, first);
    let in_shape = |(x, cotangent): (&Var<T>, Option<Var<T>>)| {
        ops::expand_to(cotangent.unwrap_or(Var::from(0.0)), &x.shape())
    };
    variables.iter().zip(cotangents).map(in_shape).collect()
}
