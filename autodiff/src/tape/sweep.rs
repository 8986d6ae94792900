//! Derivatives through recorded nodes: multiply and add, without a look at what was computed.

use super::store::{Edge, Node, Store, Wide};
use crate::number::Number;

/// Adds partial · adjoint, for `L` seeds at once.
#[inline(always)]
fn accumulate<T: Number, const L: usize>(sum: &mut [T; L], partial: T, with: [T; L]) {
    let product = T::scale(partial, with);
    for k in 0..L {
        sum[k] += product[k];
    }
}

/// The nodes in stretches between wide ones: each wide node with its edges.
fn edges_of<'a, T>(wide: &Wide, edges: &'a [Edge<T>]) -> &'a [Edge<T>] {
    &edges[wide.first..wide.first + wide.count]
}

/// Distributes the adjoints of all nodes below `adjoints.len()` to their parents, last node first.
pub(crate) fn backward<T: Number, const L: usize>(store: &Store<T>, adjoints: &mut [[T; L]]) {
    let (wide, edges) = (store.wide.borrow(), store.edges.borrow());
    let length = adjoints.len();
    let mut wide = wide.iter().rev().skip_while(|wide| wide.node as usize >= length);
    store.read(|nodes| {
        let mut end = length;
        while end > 0 {
            let next = wide.next();
            let start = next.map_or(0, |wide| wide.node as usize + 1);
            backward_binary(&nodes[..end], start, adjoints);
            if let Some(wide) = next {
                let adjoint = adjoints[wide.node as usize];
                if !adjoint.iter().all(T::is_structural_zero) {
                    for edge in edges_of(wide, &edges) {
                        accumulate(&mut adjoints[edge.parent as usize], edge.partial, adjoint);
                    }
                }
                end = wide.node as usize;
            } else {
                end = 0;
            }
        }
    });
}

#[inline]
fn backward_binary<T: Number, const L: usize>(
    nodes: &[Node<T>],
    start: usize,
    adjoints: &mut [[T; L]],
) {
    for (index, node) in nodes.iter().enumerate().skip(start).rev() {
        let adjoint = adjoints[index];
        if adjoint.iter().all(T::is_structural_zero) {
            continue;
        }
        let [a, b] = node.parents;
        accumulate(&mut adjoints[a as usize], node.partials[0], adjoint);
        accumulate(&mut adjoints[b as usize], node.partials[1], adjoint);
    }
}

/// Gathers the tangents of all nodes from their parents, first node first; variables keep theirs.
pub(crate) fn forward<T: Number, const L: usize>(store: &Store<T>, tangents: &mut [[T; L]]) {
    let (wide, edges) = (store.wide.borrow(), store.edges.borrow());
    let mut wide = wide.iter().peekable();
    store.read(|nodes| {
        for (index, node) in nodes.iter().enumerate().take(tangents.len()) {
            let mut tangent = tangents[index];
            for (&parent, &partial) in node.parents.iter().zip(&node.partials) {
                if parent as usize != index {
                    accumulate(&mut tangent, partial, tangents[parent as usize]);
                }
            }
            if let Some(wide) = wide.next_if(|wide| wide.node as usize == index) {
                for edge in edges_of(wide, &edges) {
                    accumulate(&mut tangent, edge.partial, tangents[edge.parent as usize]);
                }
            }
            tangents[index] = tangent;
        }
    });
}
