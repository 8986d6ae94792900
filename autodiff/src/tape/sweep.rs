//! Derivatives through recorded nodes: multiply and add, without a look at what was computed.

use super::plain;
use super::store::{Node, Store};
use super::wide::Parents;
use crate::number::Number;

/// Adds partial · adjoint, for `L` seeds at once.
#[inline(always)]
fn accumulate<T: Number, const L: usize>(sum: &mut [T; L], partial: T, with: [T; L]) {
    *sum = T::add_scaled(*sum, partial, with);
}

#[inline(always)]
pub(super) fn add<T: Number, const L: usize>(sum: &mut [T; L], term: [T; L]) {
    for k in 0..L {
        sum[k] += term[k];
    }
}

/// Distributes the adjoints of all nodes below `adjoints.len()` to their parents, last node first. They are zeros before, to which
/// `seed` adds those of the results.
pub(crate) fn backward<T: Number, const L: usize>(
    store: &Store<T>,
    adjoints: &mut [[T; L]],
    seed: impl Fn(&mut [[T; L]]),
) {
    // (Before anything is borrowed: to add numbers may record some, here too.)
    seed(adjoints);
    let wide = store.wide.borrow();
    if T::IS_PLAIN {
        // SAFETY: invariant 3 of `store`; adjoints are of nodes of this recording.
        let sweep = |nodes: &[Node<T>]| unsafe {
            plain::backward(nodes, &wide, store.variables(), adjoints)
        };
        if store.read(sweep) {
            return;
        }
        // (Not while nodes are read: handles are turned away then.)
        adjoints.fill([T::zero(); L]);
        seed(adjoints);
    }
    store.read(|nodes| {
        let mut end = adjoints.len();
        // Stretches of narrow nodes between wide ones.
        for k in (0..wide.count_below(end)).rev() {
            let wide = wide.get(k);
            backward_narrow(&nodes[..end], wide.node + 1, adjoints);
            backward_wide(&wide, adjoints);
            end = wide.node;
        }
        backward_narrow(&nodes[..end], store.variables().leading, adjoints);
    });
}

/// Distributes the adjoint of a node with any number of parents.
#[inline]
fn backward_wide<T: Number, const L: usize>(wide: &Parents<'_, T>, adjoints: &mut [[T; L]]) {
    let adjoint = adjoints[wide.node];
    if adjoint.iter().all(T::is_structural_zero) {
        return;
    }
    for edge in wide.edges {
        accumulate(&mut adjoints[edge.parent as usize], edge.partial, adjoint);
    }
    for (first, partials) in wide.runs() {
        let sums = adjoints[first..first + partials.len()].iter_mut().zip(partials);
        sums.for_each(|(sum, &partial)| accumulate(sum, partial, adjoint));
    }
    for &term in wide.terms {
        add(&mut adjoints[term as usize], adjoint);
    }
}

/// Distributes the adjoints of the nodes from `start` on, last node first.
#[inline]
fn backward_narrow<T: Number, const L: usize>(
    nodes: &[Node<T>],
    start: usize,
    adjoints: &mut [[T; L]],
) {
    // (The first node of a recording is a variable: it has nothing to distribute.)
    for (index, node) in nodes.iter().enumerate().skip(start.max(1)).rev() {
        let adjoint = adjoints[index];
        if adjoint.iter().all(T::is_structural_zero) {
            continue;
        }
        let edges = node.parents.iter().zip(&node.partials);
        // (A missing parent is the node itself.)
        for (&parent, &partial) in edges.filter(|(parent, _)| **parent as usize != index) {
            accumulate(&mut adjoints[parent as usize], partial, adjoint);
        }
    }
}

/// Gathers the tangents of all nodes from their parents, first node first; variables keep theirs.
pub(crate) fn forward<T: Number, const L: usize>(store: &Store<T>, tangents: &mut [[T; L]]) {
    let wide = store.wide.borrow();
    let mut next_wide = 0;
    store.read(|nodes| {
        for (index, node) in nodes.iter().enumerate().take(tangents.len()) {
            let mut tangent = tangents[index];
            for (&parent, &partial) in node.parents.iter().zip(&node.partials) {
                if parent as usize != index {
                    accumulate(&mut tangent, partial, tangents[parent as usize]);
                }
            }
            if next_wide < wide.len() && wide.get(next_wide).node == index {
                let wide = wide.get(next_wide);
                for edge in wide.edges {
                    accumulate(&mut tangent, edge.partial, tangents[edge.parent as usize]);
                }
                for (first, partials) in wide.runs() {
                    for (&partial, &with) in partials.iter().zip(&tangents[first..]) {
                        accumulate(&mut tangent, partial, with);
                    }
                }
                for &term in wide.terms {
                    add(&mut tangent, tangents[term as usize]);
                }
                next_wide += 1;
            }
            tangents[index] = tangent;
        }
    });
}
