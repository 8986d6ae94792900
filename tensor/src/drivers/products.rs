//! Products with Jacobians and Hessians.

use super::{ElementOf, gradient, leaves_of, with_leaves};
use crate::execute::Keep;
use crate::tape::Tape;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;
use crate::{ops, recording};

/// f(x), and the product of its Jacobian with the tangent `v`: the derivative along v (forward mode).
///
/// # Panics
/// If a leaf of `v` has another shape than that of `x`.
///
/// ```
/// use wengert_tensor::{Tensor, jvp};
/// let (x, v) = (Tensor::from([2.0, 3.0]), Tensor::from([1.0, 10.0]));
/// let (y, dy) = jvp(|x| x * x, &x, &v);
/// assert_eq!((y, dy), (Tensor::from([4.0, 9.0]), Tensor::from([4.0, 60.0])));
/// ```
#[track_caller]
pub fn jvp<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>>(
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Q,
    x: &P,
    v: &P,
) -> (Q::With<P::Leaf>, Q::With<P::Leaf>) {
    let (_tape, result, tangents) = with_tangents(f, x, v);
    let values = P::Leaf::leave(&[leaves_of(&result), tangents].concat(), Keep::Roots);
    let (values, tangents) = values.split_at(values.len() / 2);
    (with_leaves(&result, values), with_leaves(&result, tangents))
}

/// The recording that a driver opens, if its arrays are not recorded already.
type Recorded<P> = Option<Tape<ElementOf<P>>>;

/// What a function returns, and its tangents, not yet evaluated.
#[track_caller]
fn with_tangents<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>>(
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Q,
    x: &P,
    v: &P,
) -> (Recorded<P>, Q, Vec<Var<ElementOf<P>>>) {
    let leaves = leaves_of(x);
    let (tape, variables, first) = P::Leaf::enter(&leaves);
    let pairs: Vec<_> =
        variables.iter().copied().zip(v.leaves().into_iter().map(Place::var)).collect();
    for (variable, tangent) in &pairs {
        let (shape, other) = (variable.shape(), tangent.shape());
        assert!(
            shape == other,
            "jvp: the tangent has shape {other}, and must have the shape {shape} of its variable"
        );
    }
    let result = f(with_leaves(x, &variables));
    let outputs = leaves_of(&result);
    let tangents = recording::tangents(&outputs, &pairs, first);
    let in_shape = |(y, tangent): (&Var<_>, Option<Var<_>>)| {
        ops::expand_to(tangent.unwrap_or(Var::from(0.0)), &y.shape())
    };
    let tangents = outputs.iter().zip(tangents).map(in_shape).collect();
    (tape, result, tangents)
}

/// The product of the Hessian of f at x with v (forward over reverse): the derivative of the gradient along v.
///
/// ```
/// use wengert_tensor::{Tensor, hvp};
/// let (x, v) = (Tensor::from([2.0, 3.0]), Tensor::from([1.0, 10.0]));
/// assert_eq!(hvp(|x| (x * x * x).sum(), &x, &v), Tensor::from([12.0, 180.0]));
/// ```
#[track_caller]
pub fn hvp<P: Tree>(
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Var<ElementOf<P>>,
    x: &P,
    v: &P,
) -> P::With<P::Leaf> {
    // (Of the gradient itself only what its tangent rests on is computed.)
    let (_tape, _, product) = with_tangents(|x| gradient(&x, f), x, v);
    with_leaves(x, &P::Leaf::leave(&product, Keep::Roots))
}
