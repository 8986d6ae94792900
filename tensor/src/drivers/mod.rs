//! One-line drivers: from a function of arrays to its derivatives.

pub(crate) mod basis;
mod checkpoint;
mod compile;
mod jacobian;
mod products;
mod value_and_gradient;
mod vjp;
mod vmap;

pub use checkpoint::checkpoint;
pub use compile::{Compiled, compile};
pub use jacobian::{hessian, jacobian};
pub use products::{hvp, jvp};
pub use value_and_gradient::{evaluate, gradient, value_and_gradient};
pub use vjp::{Pullback, vjp};
pub use vmap::vmap;

use crate::tree::{Leaf, Tree};

/// The type of numbers at the leaves of a tree.
pub(crate) type ElementOf<P> = <<P as Tree>::Leaf as Leaf>::Element;

/// The tree with its leaves replaced by those of a list, in order.
pub(crate) fn with_leaves<P: Tree, B: Leaf>(tree: &P, leaves: &[B]) -> P::With<B> {
    let mut leaves = leaves.iter();
    tree.map(&mut |_| leaves.next().expect("as many leaves as the tree has").clone())
}

/// The leaves of a tree, in order.
pub(crate) fn leaves_of<P: Tree>(tree: &P) -> Vec<P::Leaf> {
    tree.leaves().into_iter().cloned().collect()
}
