//! What makes an expression shorter without a change of any value.

use super::graph::{Arena, Id, Node};

/// The nodes that `outputs` need, with these at their new places.
///
/// A choice between two calls of one function, which nothing else uses, becomes one call of what is chosen: on a device
/// both would be carried out.
pub(super) fn simplified(nodes: &[Node], outputs: &[Id]) -> (Vec<Node>, Vec<Id>) {
    let (nodes, outputs) = needed(nodes, outputs);
    let uses = uses(&nodes, &outputs);
    let mut arena = Arena::default();
    let mut places: Vec<Id> = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let place = match *node {
            Node::Select(mask, yes, no) => {
                let only_here = uses[yes as usize] == 1 && uses[no as usize] == 1;
                let [mask_at, yes_at, no_at] =
                    [mask, yes, no].map(|operand| places[operand as usize]);
                match (nodes[yes as usize], nodes[no as usize]) {
                    (Node::Call(function, a), Node::Call(other, b))
                        if only_here && function == other =>
                    {
                        let mut x = [0; 3];
                        for k in 0..function.arity {
                            let [a, b] = [a[k], b[k]].map(|operand| places[operand as usize]);
                            x[k] = if a == b { a } else { arena.push(Node::Select(mask_at, a, b)) };
                        }
                        arena.push(Node::Call(function, x))
                    }
                    _ => arena.push(Node::Select(mask_at, yes_at, no_at)),
                }
            }
            node => arena.push(node.renumbered(|operand| places[operand as usize])),
        };
        places.push(place);
    }
    let outputs: Vec<Id> = outputs.iter().map(|&output| places[output as usize]).collect();
    needed(&arena.into_nodes(), &outputs)
}

fn uses(nodes: &[Node], outputs: &[Id]) -> Vec<usize> {
    let mut uses = vec![0; nodes.len()];
    let operands = nodes.iter().flat_map(Node::operands);
    operands.chain(outputs.iter().copied()).for_each(|operand| uses[operand as usize] += 1);
    uses
}

/// The nodes that an output needs, and the outputs' new places.
fn needed(nodes: &[Node], outputs: &[Id]) -> (Vec<Node>, Vec<Id>) {
    let mut is_needed = vec![false; nodes.len()];
    outputs.iter().for_each(|&output| is_needed[output as usize] = true);
    for (k, node) in nodes.iter().enumerate().rev() {
        if is_needed[k] {
            node.operands().for_each(|operand| is_needed[operand as usize] = true);
        }
    }
    let mut places = vec![Id::MAX; nodes.len()];
    let mut kept = Vec::new();
    for (k, node) in nodes.iter().enumerate().filter(|&(k, _)| is_needed[k]) {
        places[k] = kept.len() as Id;
        kept.push(node.renumbered(|operand| places[operand as usize]));
    }
    (kept, outputs.iter().map(|&output| places[output as usize]).collect())
}

#[cfg(test)]
mod tests {
    use wengert_autodiff::Real;

    use super::super::{Graph, Node};

    fn calls(graph: &Graph) -> usize {
        graph.nodes().iter().filter(|node| matches!(node, Node::Call(..))).count()
    }

    fn decay<R: Real>(x: R) -> R {
        R::choose(x.less(R::zero()), || x.exp(), || (-x).exp())
    }

    #[test]
    fn a_choice_of_calls_is_a_call_of_a_choice() {
        assert_eq!(calls(&Graph::record(1, |x| vec![decay(x[0])])), 1);
        // (What is needed anyway stays.)
        let also = |x: &[super::super::Symbol]| {
            let e = wengert_autodiff::rules::Exponential::exp(x[0]);
            vec![decay(x[0]), e]
        };
        assert_eq!(calls(&Graph::record(1, also)), 2);
    }
}
