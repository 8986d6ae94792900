//! The backward sweep over machine numbers, and over duals of them, by plain products.
//!
//! A plain product differs from a strong one ([`Number::strong_mul`]) only where zero meets an infinity or a NaN: it is NaN there. Once
//! (a component of) an adjoint is NaN it stays so, and so do those of the parents, down to a variable. Hence a plain sweep that leaves no variable
//! with NaN is the strong sweep, with the same bits (sums begin with +0, to which a zero of either sign adds nothing);
//! and if it leaves one, the strong sweep has to be done.

use super::store::Node;
use super::sweep::add;
use super::wide::{Parents, WideNodes};
use crate::number::Number;

/// Adds partial · adjoint, for `L` seeds at once.
#[inline(always)]
fn multiply_add<T: Number, const L: usize>(sum: &mut [T; L], partial: T, with: [T; L]) {
    for k in 0..L {
        sum[k] += partial.plain_mul(with[k]);
    }
}

/// Which nodes are variables: those without parents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables {
    /// The first so many nodes are.
    pub leading: usize,
    /// From this one on, no node is.
    pub end: usize,
}

/// Distributes the adjoints of all nodes below `adjoints.len()` to their parents, last node first. Returns whether there is no NaN;
/// otherwise, the adjoints are of no use.
///
/// # Safety
/// No parent of a node has a higher index than the node, and there are as many nodes as adjoints, at least.
pub(super) unsafe fn backward<T: Number, const L: usize>(
    nodes: &[Node<T>],
    wide: &WideNodes<T>,
    variables: Variables,
    adjoints: &mut [[T; L]],
) -> bool {
    let mut end = adjoints.len();
    for k in (0..wide.count_below(end)).rev() {
        let wide = wide.get(k);
        // SAFETY: as the caller promises.
        unsafe { narrow(&nodes[..end], wide.node + 1, &mut adjoints[..end]) };
        distribute(&wide, adjoints);
        end = wide.node;
    }
    // SAFETY: as above.
    unsafe { narrow(&nodes[..end], variables.leading, &mut adjoints[..end]) };
    let variables = &adjoints[..variables.end.min(adjoints.len())];
    // (All are looked at, so that this is done for several at once.)
    let numbers = variables.as_flattened().iter();
    !numbers.fold(false, |nan, adjoint| nan | adjoint.has_nan())
}

/// Distributes the adjoints of the nodes from `start` on, last node first.
///
/// # Safety
/// As of [`backward`], with as many nodes as adjoints.
#[inline]
unsafe fn narrow<T: Number, const L: usize>(
    nodes: &[Node<T>],
    start: usize,
    adjoints: &mut [[T; L]],
) {
    assert!(nodes.len() == adjoints.len());
    // Most often one parent is the node before. Its adjoint is kept in a register, because a way through
    // memory, from each node to the next, would be what limits a chain of nodes.
    let mut adjoint = adjoints.last().copied().unwrap_or([T::zero(); L]);
    // (The first node of a recording is a variable: it has nothing to distribute.)
    for before in (start.max(1) - 1..nodes.len().saturating_sub(1)).rev() {
        // SAFETY: the node after `before` is there, and there are as many nodes as adjoints.
        let (node, mut next) =
            unsafe { (nodes.get_unchecked(before + 1), *adjoints.get_unchecked(before)) };
        for (k, (&parent, &partial)) in node.parents.iter().zip(&node.partials).enumerate() {
            let parent = parent as usize;
            if parent == before {
                multiply_add(&mut next, partial, adjoint);
            } else if k == 0 || parent != before + 1 {
                // (A missing second parent is the node itself. So is a missing first one; but then the node is a variable, and the
                // partial zero.)
                // SAFETY: a parent is not above its node, as the caller promises.
                multiply_add(unsafe { adjoints.get_unchecked_mut(parent) }, partial, adjoint);
            }
        }
        // SAFETY: as above.
        unsafe { *adjoints.get_unchecked_mut(before) = next };
        adjoint = next;
    }
}

/// Distributes the adjoint of a node with any number of parents.
fn distribute<T: Number, const L: usize>(wide: &Parents<'_, T>, adjoints: &mut [[T; L]]) {
    let adjoint = adjoints[wide.node];
    for edge in wide.edges {
        multiply_add(&mut adjoints[edge.parent as usize], edge.partial, adjoint);
    }
    for (first, partials) in wide.runs() {
        let sums = adjoints[first..first + partials.len()].iter_mut().zip(partials);
        sums.for_each(|(sum, &partial)| multiply_add(sum, partial, adjoint));
    }
    for &term in wide.terms {
        add(&mut adjoints[term as usize], adjoint);
    }
}
