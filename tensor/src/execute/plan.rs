//! What to evaluate, and in which order.
//!
//! Every node gets a time: an elementwise operation that of its elementwise inputs of the same shape, with which it can
//! share a pass, and one more than that of all others; any other operation the latest of its inputs. At each time,
//! elementwise operations go first, all of one shape together, and then the others in the order of recording.

use smallvec::SmallVec;

use crate::element::Element;
use crate::recording::{Kind, Recording, index};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

pub(super) enum Input<T: Element> {
    Planned(usize),
    Given(Tensor<T>),
    Number(T),
}

pub(super) struct Item<T: Element> {
    pub(super) node: usize,
    pub(super) kind: Kind<T>,
    pub(super) inputs: SmallVec<[Input<T>; 4]>,
    pub(super) shape: Shape,
    pub(super) value: Option<Tensor<T>>,
    pub(super) is_root: bool,
    /// How many inputs of others this is.
    pub(super) users: usize,
    /// The sum of all elements of an elementwise result: taken in the pass that computes them.
    pub(super) is_absorbed_total: bool,
    time: usize,
}

/// What happens at one time.
#[derive(Default)]
pub(super) struct Bucket {
    /// Elementwise operations (and totals of them) of one shape, in the order of recording.
    pub(super) groups: Vec<Vec<usize>>,
    pub(super) others: Vec<usize>,
}

pub(super) struct Plan<T: Element> {
    pub(super) items: Vec<Item<T>>,
    pub(super) buckets: Vec<Bucket>,
}

impl<T: Element> Plan<T> {
    pub(super) fn new(recording: &mut Recording<T>, roots: &[Var<T>]) -> Self {
        let order = needed(recording, roots);
        let place = |node: usize| order.binary_search(&node).ok();
        let mut items: Vec<Item<T>> = Vec::with_capacity(order.len());
        for &node in &order {
            let source = &recording.nodes[node];
            let inputs: SmallVec<[Input<T>; 4]> = source
                .inputs
                .iter()
                .map(|&input| {
                    let input = input as usize;
                    let node = &recording.nodes[input];
                    match (&node.value, &node.kind) {
                        (_, Kind::Number(number)) => Input::Number(*number),
                        (Some(value), _) => Input::Given(value.clone()),
                        (None, _) => Input::Planned(place(input).expect("inputs are needed, too")),
                    }
                })
                .collect();
            for input in &inputs {
                if let Input::Planned(used) = input {
                    items[*used].users += 1;
                }
            }
            let mut item = Item {
                node,
                kind: source.kind.clone(),
                inputs,
                shape: source.shape.clone(),
                value: None,
                is_root: false,
                users: 0,
                is_absorbed_total: false,
                time: 0,
            };
            schedule(&mut item, &items);
            items.push(item);
        }
        for root in roots.iter().filter(|x| x.as_number().is_none()) {
            if let Some(place) = place(index(root.id())) {
                items[place].is_root = true;
            }
        }
        let buckets = buckets(&items);
        Plan { items, buckets }
    }

    /// Where a node is in the plan.
    pub(super) fn place(&self, node: usize) -> Option<usize> {
        self.items.binary_search_by_key(&node, |item| item.node).ok()
    }
}

/// The nodes without a value that the roots rest on, in the order of recording.
fn needed<T: Element>(recording: &mut Recording<T>, roots: &[Var<T>]) -> Vec<usize> {
    recording.visits += 1;
    let visit = recording.visits;
    let mut needed = Vec::new();
    let recorded = roots.iter().filter(|x| x.as_number().is_none());
    let mut open: Vec<usize> = recorded.map(|x| index(x.id())).collect();
    while let Some(node) = open.pop() {
        let source = &mut recording.nodes[node];
        let given = source.value.is_some() || matches!(source.kind, Kind::Number(_));
        if source.visit != visit && !given {
            source.visit = visit;
            needed.push(node);
            open.extend(source.inputs.iter().map(|&input| input as usize));
        }
    }
    needed.sort_unstable();
    needed
}

/// Finds the time of an item whose inputs have theirs.
fn schedule<T: Element>(item: &mut Item<T>, items: &[Item<T>]) {
    let planned = |input: &Input<T>| match input {
        Input::Planned(place) => Some(&items[*place]),
        _ => None,
    };
    let inputs = item.inputs.iter().filter_map(planned);
    match &item.kind {
        Kind::Elementwise(_) => {
            let after = |input: &Item<T>| {
                let shares_pass =
                    matches!(input.kind, Kind::Elementwise(_)) && input.shape == item.shape;
                if shares_pass { input.time } else { input.time + 1 }
            };
            // (Time 0 is for what needs nothing to be computed.)
            item.time = inputs.map(after).max().unwrap_or(0).max(1);
        }
        Kind::Structural(operation) => {
            item.time = inputs.map(|input| input.time).max().unwrap_or(0);
            item.is_absorbed_total = operation.is_total()
                && planned(&item.inputs[0])
                    .is_some_and(|input| matches!(input.kind, Kind::Elementwise(_)));
        }
        Kind::Leaf | Kind::Number(_) => unreachable!("leaves are given"),
    }
}

fn buckets<T: Element>(items: &[Item<T>]) -> Vec<Bucket> {
    let times = items.iter().map(|item| item.time + 1).max().unwrap_or(0);
    let mut buckets: Vec<Bucket> = Vec::new();
    buckets.resize_with(times, Bucket::default);
    let pass_shape = |place: usize| {
        let item = &items[place];
        match (&item.inputs.first(), item.is_absorbed_total) {
            (Some(Input::Planned(input)), true) => &items[*input].shape,
            _ => &item.shape,
        }
    };
    for (place, item) in items.iter().enumerate() {
        let bucket = &mut buckets[item.time];
        if matches!(item.kind, Kind::Elementwise(_)) || item.is_absorbed_total {
            let shape = pass_shape(place);
            match bucket.groups.iter_mut().find(|group| pass_shape(group[0]) == shape) {
                Some(group) => group.push(place),
                None => bucket.groups.push(vec![place]),
            }
        } else {
            bucket.others.push(place);
        }
    }
    buckets
}
