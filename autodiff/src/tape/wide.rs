//! Nodes with any number of parents.

/// A node with any number of parents: what follows the lists of the wide node before.
#[derive(Clone, Copy, Debug, Default)]
struct Wide {
    node: u32,
    /// Where its entries end in each of the lists of [`WideNodes`].
    edges_end: usize,
    runs_end: usize,
    terms_end: usize,
}

/// A parent with its partial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<T> {
    pub parent: u32,
    pub partial: T,
}

/// Parents that were recorded one directly after the other.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u32,
    /// Where its partials end in [`WideNodes::partials`].
    end: usize,
}

/// All nodes of a recording with any number of parents, in order.
pub(crate) struct WideNodes<T> {
    nodes: Vec<Wide>,
    edges: Vec<Edge<T>>,
    runs: Vec<Run>,
    /// The partials of the parents in runs.
    partials: Vec<T>,
    /// Parents with a partial of one: the terms of sums.
    pub terms: Vec<u32>,
}

/// The parents of one wide node.
pub(crate) struct Parents<'a, T> {
    /// The index of the node.
    pub node: usize,
    pub edges: &'a [Edge<T>],
    pub terms: &'a [u32],
    runs: &'a [Run],
    /// Where the partials of the first run start.
    start: usize,
    partials: &'a [T],
}

impl<'a, T> Parents<'a, T> {
    /// The first parent of each run, and the partials of all its parents.
    pub fn runs(&self) -> impl Iterator<Item = (usize, &'a [T])> {
        let (partials, mut start) = (self.partials, self.start);
        self.runs.iter().map(move |run| {
            let run_start = core::mem::replace(&mut start, run.end);
            (run.first as usize, &partials[run_start..run.end])
        })
    }
}

impl<T> Default for WideNodes<T> {
    fn default() -> Self {
        let (edges, runs, partials, terms) = Default::default();
        Self { nodes: Vec::new(), edges, runs, partials, terms }
    }
}

/// From how many parents on a run takes less memory than its edges would.
const SHORTEST_RUN: usize = 4;

impl<T: Copy> WideNodes<T> {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice())
            + size_of_val(self.edges.as_slice())
            + size_of_val(self.runs.as_slice())
            + size_of_val(self.partials.as_slice())
            + size_of_val(self.terms.as_slice())
    }

    /// Wide node number `k`.
    pub fn get(&self, k: usize) -> Parents<'_, T> {
        let before = k.checked_sub(1).map(|k| self.nodes[k]).unwrap_or_default();
        let Wide { node, edges_end, runs_end, terms_end } = self.nodes[k];
        Parents {
            node: node as usize,
            edges: &self.edges[before.edges_end..edges_end],
            terms: &self.terms[before.terms_end..terms_end],
            runs: &self.runs[before.runs_end..runs_end],
            start: self.partials_before(before.runs_end),
            partials: &self.partials,
        }
    }

    /// Where the partials of run number `run` start.
    fn partials_before(&self, run: usize) -> usize {
        run.checked_sub(1).map_or(0, |before| self.runs[before].end)
    }

    /// How many wide nodes there are among the first `len` nodes.
    pub fn count_below(&self, len: usize) -> usize {
        self.nodes.partition_point(|wide| (wide.node as usize) < len)
    }

    /// Adds the parents `first`, `first + 1`, … to the wide node that is being made.
    pub fn push_run(&mut self, first: u32, partials: &[T]) {
        if partials.len() < SHORTEST_RUN {
            let edge = |(parent, &partial)| Edge { parent, partial };
            self.edges.extend((first..).zip(partials).map(edge));
        } else {
            self.partials.extend_from_slice(partials);
            self.runs.push(Run { first, end: self.partials.len() });
        }
    }

    /// Makes all parents that were added since the last wide node those of node `node`.
    pub fn close(&mut self, node: u32) {
        self.nodes.push(Wide {
            node,
            edges_end: self.edges.len(),
            runs_end: self.runs.len(),
            terms_end: self.terms.len(),
        });
    }

    /// Forgets wide nodes from number `count` on, and parents of none.
    pub fn truncate(&mut self, count: usize) {
        self.nodes.truncate(count);
        let last = self.nodes.last().copied().unwrap_or_default();
        self.edges.truncate(last.edges_end);
        self.runs.truncate(last.runs_end);
        self.partials.truncate(self.partials_before(last.runs_end));
        self.terms.truncate(last.terms_end);
    }
}
