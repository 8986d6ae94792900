//! Products with Jacobians and Hessians.

use super::{ElementOf, gradient, with_leaves};
use crate::recording;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;

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
    let leaves: Vec<P::Leaf> = x.leaves().into_iter().cloned().collect();
    let (mut values, result) = P::Leaf::differentiate(&leaves, |variables, first| {
        let pairs: Vec<_> = variables
            .iter()
            .zip(v.leaves())
            .map(|(&variable, tangent)| {
                let tangent = tangent.var();
                let (shape, other) = (variable.shape(), tangent.shape());
                assert!(
                    shape == other,
                    "jvp: the tangent has shape {other}, and must have the shape {shape} of its variable"
                );
                (variable, tangent)
            })
            .collect();
        let result = f(with_leaves(x, variables));
        let outputs: Vec<_> = result.leaves().into_iter().copied().collect();
        let tangents = recording::tangents(&outputs, &pairs, first);
        let tangents = outputs.iter().zip(tangents).map(|(y, tangent)| {
            crate::ops::expand_to(tangent.unwrap_or_else(|| Var::from(0.0)), &y.shape())
        });
        (outputs.iter().copied().chain(tangents).collect(), result)
    });
    let tangents = values.split_off(values.len() / 2);
    (with_leaves(&result, &values), with_leaves(&result, &tangents))
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
) -> <P::With<Var<ElementOf<P>>> as Tree>::With<P::Leaf> {
    jvp(|x| gradient(&x, f), x, v).1
}
