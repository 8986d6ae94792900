//! Vector–Jacobian products.

use super::value_and_gradient::pull_back;
use super::{ElementOf, leaves_of, with_leaves};
use crate::execute::Keep;
use crate::recording;
use crate::tape::Tape;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;

/// A function's derivative at a point, in reverse: from cotangents of its result to those of its argument. Made by
/// [`vjp`], called as often as wanted.
pub struct Pullback<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>> {
    /// The recording, if it is the driver's own.
    tape: Option<Tape<ElementOf<P>>>,
    variables: Vec<Var<ElementOf<P>>>,
    first: usize,
    argument: P::With<Var<ElementOf<P>>>,
    result: Q,
}

impl<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>> core::fmt::Debug for Pullback<P, Q> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (variables, results) = (&self.variables, leaves_of(&self.result));
        f.debug_struct("Pullback").field("variables", variables).field("results", &results).finish()
    }
}

/// f(x), and the function that takes a cotangent of f(x) to its product with the Jacobian (reverse mode).
///
/// ```
/// use wengert_tensor::{Tensor, vjp};
/// let x = Tensor::from([2.0, 3.0]);
/// let (y, pullback) = vjp(|x| x * x, &x);
/// assert_eq!(y, Tensor::from([4.0, 9.0]));
/// assert_eq!(pullback.call(&Tensor::from([1.0, 0.0])), Tensor::from([4.0, 0.0]));
/// assert_eq!(pullback.call(&Tensor::from([0.0, 10.0])), Tensor::from([0.0, 60.0]));
/// ```
#[track_caller]
pub fn vjp<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>>(
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Q,
    x: &P,
) -> (Q::With<P::Leaf>, Pullback<P, Q>) {
    let (tape, variables, first) = P::Leaf::enter(&leaves_of(x));
    let result = f(with_leaves(x, &variables));
    // (What the result was computed from is kept for the pullback.)
    let values = P::Leaf::leave(&leaves_of(&result), Keep::Everything);
    let argument = with_leaves(x, &variables);
    (with_leaves(&result, &values), Pullback { tape, variables, first, argument, result })
}

impl<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>> Pullback<P, Q> {
    /// The product of the cotangent with the Jacobian, in the structure of the argument.
    ///
    /// # Panics
    /// If a leaf of the cotangent has another shape than that of the result.
    #[track_caller]
    pub fn call(
        &self,
        cotangent: &Q::With<P::Leaf>,
    ) -> <P::With<Var<ElementOf<P>>> as Tree>::With<P::Leaf> {
        let number = self.tape.as_ref().map(Tape::number);
        let before = number.map(recording::len::<ElementOf<P>>);
        let results = leaves_of(&self.result);
        let mut sums: Vec<Option<Var<ElementOf<P>>>> = vec![None; self.variables.len()];
        for (&y, cotangent) in results.iter().zip(cotangent.leaves()) {
            let cotangent = match number {
                Some(number) => recording::within::<ElementOf<P>, _>(number, || cotangent.var()),
                None => cotangent.var(),
            };
            let (shape, other) = (y.shape(), cotangent.shape());
            assert!(
                shape == other,
                "vjp: the cotangent has shape {other}, and must have the shape {shape} of the result"
            );
            let products = pull_back(y, cotangent, &self.variables, self.first);
            for (sum, product) in sums.iter_mut().zip(products) {
                *sum = Some(sum.map_or(product, |sum| sum + product));
            }
        }
        let sums: Vec<_> = sums.into_iter().map(|sum| sum.unwrap_or(Var::from(0.0))).collect();
        let values = P::Leaf::leave(&sums, Keep::Roots);
        if let (Some(number), Some(before)) = (number, before) {
            recording::truncate::<ElementOf<P>>(number, before);
        }
        with_leaves(&self.argument, &values)
    }
}
