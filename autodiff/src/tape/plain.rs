//! The backward sweep over machine numbers, by plain products.
//!
//! A plain product differs from a strong one ([`Number::strong_mul`]) only where zero meets an infinity or a NaN: it is NaN there. Once an
//! adjoint is NaN it stays so. Hence a plain sweep that leaves no NaN is the strong sweep, with the same bits (sums begin
//! with +0, to which a zero of either sign adds nothing); and if it leaves one, the strong sweep has to be done.

use num_traits::Float;

use super::store::Node;
use super::sweep::{add, multiply_add};
use super::wide::{Parents, WideNodes};
use crate::number::Number;

/// How many nodes are swept before their adjoints are looked at, while these are in the cache.
const BLOCK: usize = 1 << 11;

/// Distributes the adjoints of all nodes below `adjoints.len()` to their parents, last node first. Returns whether there is no NaN;
/// otherwise, the adjoints are of no use.
///
/// The first `leaves` nodes are variables, which have nothing to distribute.
///
/// # Safety
/// No parent of a node has a higher index than the node, and there are as many nodes as adjoints, at least.
pub(super) unsafe fn backward<T: Number, const L: usize>(
    nodes: &[Node<T>],
    wide: &WideNodes<T>,
    leaves: usize,
    adjoints: &mut [[T; L]],
) -> bool {
    let mut end = adjoints.len();
    let mut k = wide.count_below(end);
    while end > leaves {
        let next = k.checked_sub(1).map(|k| wide.get(k));
        let stretch = next.as_ref().map_or(leaves, |wide| wide.node + 1);
        let start = stretch.max(end.saturating_sub(BLOCK));
        // SAFETY: as the caller promises.
        unsafe { narrow(&nodes[..end], start, &mut adjoints[..end]) };
        if has_nan(&adjoints[start..end]) {
            return false;
        }
        end = start;
        if let Some(wide) = next.filter(|wide| wide.node + 1 == start) {
            distribute(&wide, adjoints);
            (end, k) = (wide.node, k - 1);
            if has_nan(&adjoints[end..=end]) {
                return false;
            }
        }
    }
    !has_nan(&adjoints[..end])
}

/// Whether one is NaN, all being looked at: so that this is done for several at once.
fn has_nan<T: Number, const L: usize>(adjoints: &[[T; L]]) -> bool {
    adjoints.as_flattened().iter().fold(false, |nan, adjoint| nan | adjoint.primal().is_nan())
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
