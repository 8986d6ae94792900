//! Trading time for memory.

use super::{leaves_of, with_leaves};
use crate::element::Element;
use crate::ops;
use crate::recording::{Arguments, Members, Operation, Sweep};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tree::Tree;
use crate::var::Var;

/// f(x), of which reverse mode keeps nothing but x: what f computes on the way is computed again when the sweep comes to
/// it (Griewank and Walther, *Evaluating Derivatives*, chapter 12). Values and derivatives are the same.
///
/// ```
/// use wengert_tensor::*;
/// let x = Tensor::from([0.5, 1.0]);
/// let layer = |x: Var<f64>| (x.sin() * x).exp();
/// let plain = gradient(&x, |x| layer(layer(x)).sum());
/// let thrifty = gradient(&x, |x| checkpoint(&checkpoint(&x, layer), layer).sum());
/// assert_eq!(plain, thrifty);
/// ```
#[track_caller]
pub fn checkpoint<T: Element, P: Tree<Leaf = Var<T>>>(
    x: &P,
    f: impl Fn(P::With<Var<T>>) -> Var<T> + 'static,
) -> Var<T>
where
    P::With<Var<T>>: 'static,
{
    let leaves = leaves_of(x);
    let structure: P::With<Var<T>> = with_leaves(x, &leaves);
    let y = f(with_leaves(x, &leaves));
    if y.as_number().is_some() {
        return y;
    }
    let operands: Vec<Var<T>> = core::iter::once(y).chain(leaves).collect();
    let again = move |leaves: &[Var<T>]| f(with_leaves(&structure, leaves));
    ops::structural(Checkpoint { again }, &operands, y.shape())
}

/// The first operand is the result; the others are the arguments.
struct Checkpoint<F> {
    again: F,
}

impl<T: Element, F: Fn(&[Var<T>]) -> Var<T> + 'static> Operation<T> for Checkpoint<F> {
    fn name(&self) -> &'static str {
        "checkpoint"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[0].clone()
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        unreachable!("the expansion is differentiated in its place")
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0]
    }
    /// (The function may have captured what is another array for each member: what it has computed is kept instead.)
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.all(0))
    }
    fn expansion(&self, at: &Arguments<'_, T>, sweep: Sweep<T>) -> Option<Var<T>> {
        match sweep {
            // (Forward mode needs nothing kept, and passes through what the result was computed from.)
            Sweep::Forward => None,
            Sweep::Reverse(cotangent) => {
                // Not before the sweep has come here, or nothing would be saved.
                let later = |&x: &Var<T>| match x.as_number() {
                    Some(_) => x,
                    None => ops::barrier(x, cotangent),
                };
                let arguments: Vec<Var<T>> = at.inputs[1..].iter().map(later).collect();
                Some((self.again)(&arguments))
            }
        }
    }
}
