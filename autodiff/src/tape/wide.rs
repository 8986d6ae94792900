//! Nodes with any number of parents.

/// A node with any number of parents: what follows the edges and terms of the wide node before.
#[derive(Clone, Copy, Debug)]
struct Wide {
    node: u32,
    /// Where its edges end in [`WideNodes::edges`].
    edges_end: usize,
    /// Where its terms end in [`WideNodes::terms`].
    terms_end: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<T> {
    pub parent: u32,
    pub partial: T,
}

/// All nodes of a recording with any number of parents, in order.
pub(crate) struct WideNodes<T> {
    nodes: Vec<Wide>,
    /// Parents with their partials.
    pub edges: Vec<Edge<T>>,
    /// Parents with a partial of one: the terms of sums.
    pub terms: Vec<u32>,
}

impl<T> Default for WideNodes<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), edges: Vec::new(), terms: Vec::new() }
    }
}

impl<T> WideNodes<T> {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice())
            + size_of_val(self.edges.as_slice())
            + size_of_val(self.terms.as_slice())
    }

    /// Wide node number `k`: its index among all nodes, its edges, its terms.
    pub fn get(&self, k: usize) -> (usize, &[Edge<T>], &[u32]) {
        let Wide { node, edges_end, terms_end } = self.nodes[k];
        let (edges, terms) =
            k.checked_sub(1).map_or((0, 0), |k| (self.nodes[k].edges_end, self.nodes[k].terms_end));
        (node as usize, &self.edges[edges..edges_end], &self.terms[terms..terms_end])
    }

    /// How many wide nodes there are among the first `len` nodes.
    pub fn count_below(&self, len: usize) -> usize {
        self.nodes.partition_point(|wide| (wide.node as usize) < len)
    }

    /// Makes the edges and terms that were pushed since the last wide node those of node `node`.
    pub fn close(&mut self, node: u32) {
        self.nodes.push(Wide { node, edges_end: self.edges.len(), terms_end: self.terms.len() });
    }

    /// Forgets wide nodes from number `count` on, and edges and terms of none.
    pub fn truncate(&mut self, count: usize) {
        self.nodes.truncate(count);
        let (edges, terms) =
            self.nodes.last().map_or((0, 0), |last| (last.edges_end, last.terms_end));
        self.edges.truncate(edges);
        self.terms.truncate(terms);
    }
}
