//! What to evaluate, and in which order.
//!
//! Every node gets a time: an elementwise operation that of its elementwise inputs of the same shape, with which it can
//! share a pass, and one more than that of all others; any other operation the latest of its inputs. At each time,
//! elementwise operations go first, all of one shape together (or in [`parts`](super::parts), if that is too many), and
//! then the others in the order of recording.

use std::rc::Rc;

use smallvec::SmallVec;

use super::Keep;
use super::fused::Pass;
use super::parts::{OF_ARRAY, ROOM, parts};
use super::rows::{Together, joined};
use super::sums::take_over_terms;
use super::traffic::{Repeat, absorb_sums_of_rows, postpone, read_before_reshapes, repeats};
use crate::device::{Device, Site};
use crate::element::Element;
use crate::recording::{Kind, Node, Operation, Recording, index};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// Where a value is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place<T> {
    /// In a slot: first those of what is computed, in the order of recording, then those of what is given.
    Slot(usize),
    Number(T),
}

impl<T> Place<T> {
    pub(super) fn slot(&self) -> Option<usize> {
        match *self {
            Place::Slot(slot) => Some(slot),
            Place::Number(_) => None,
        }
    }

    /// What it takes of the room of a pass.
    pub(super) fn room(&self) -> usize {
        match self {
            Place::Slot(_) => OF_ARRAY,
            Place::Number(_) => 1,
        }
    }
}

/// Something to be computed.
pub(super) struct Item<T: Element> {
    pub(super) kind: Kind<T>,
    pub(super) inputs: SmallVec<[Place<T>; 4]>,
    pub(super) shape: Shape,
    /// The sum of all elements of an elementwise result, or of each row: taken in the pass that computes them.
    pub(super) is_absorbed: bool,
    /// Of an absorbed sum of rows, their length; otherwise 0.
    pub(super) row: usize,
    /// Whether it is asked for.
    pub(super) is_root: bool,
    /// How many inputs of others it is.
    pub(super) users: usize,
    /// Whether the last input is added to what the operation makes of the others.
    pub(super) adds_last: bool,
    /// Whether another item does the work.
    pub(super) is_taken_over: bool,
    pub(super) time: usize,
}

impl<T: Element> Item<T> {
    /// The name of what it computes, for reports.
    pub(super) fn name(&self) -> &'static str {
        if self.adds_last { "add" } else { self.kind.name() }
    }
}

pub(super) enum Step<T: Element> {
    /// Elementwise operations of one shape.
    Fused(Box<Pass<T>>),
    /// Any other operation.
    Single(Single<T>),
    /// Some of both that go over a matrix together.
    Rows(Box<Together<T>>),
}

impl<T: Element> Step<T> {
    /// Calls `f` with the slots that are read.
    pub(super) fn for_each_input(&self, f: impl FnMut(usize)) {
        match self {
            Step::Fused(pass) => pass.sources().iter().filter_map(Place::slot).for_each(f),
            Step::Single(single) => single.inputs.iter().copied().for_each(f),
            Step::Rows(together) => together.inputs().for_each(f),
        }
    }
}

/// An operation that is carried out by itself.
pub(super) struct Single<T: Element> {
    pub(super) operation: Rc<dyn Operation<T>>,
    pub(super) inputs: SmallVec<[usize; 4]>,
    pub(super) slot: usize,
    pub(super) shape: Shape,
}

/// Steps from given values to those that are asked for: made once, they can be run many times.
pub(super) struct Plan<T: Element> {
    /// Each with the slots that nobody needs after it.
    pub(super) steps: Vec<(Step<T>, SmallVec<[usize; 4]>)>,
    pub(super) roots: Vec<Place<T>>,
    /// Where the values of the roots are, and those that may be anywhere are to be.
    pub(super) sites: Vec<Site>,
    pub(super) device: Device,
    /// The nodes whose values the slots hold: `computed` of them are computed.
    pub(super) nodes: Vec<usize>,
    pub(super) computed: usize,
}

impl<T: Element> Plan<T> {
    /// The plan, and its slots, filled with what is known; those of inputs without a value are empty.
    pub(super) fn new(
        recording: &mut Recording<T>,
        roots: &[Var<T>],
        keep: Keep,
    ) -> (Self, Vec<Option<Tensor<T>>>) {
        let (mut nodes, computed) = slots(recording, roots);
        let mut values: Vec<Option<Tensor<T>>> =
            nodes.iter().map(|&node| recording.nodes[node].value.clone()).collect();
        let place = |node: usize| {
            let node = &recording.nodes[origin(recording, node)];
            match node.kind {
                Kind::Number(number) => Place::Number(number),
                _ => Place::Slot(node.slot as usize),
            }
        };
        let mut items: Vec<Item<T>> = Vec::with_capacity(computed);
        for slot in 0..computed {
            let source = &recording.nodes[nodes[slot]];
            let inputs: SmallVec<[Place<T>; 4]> = source
                .inputs
                .iter()
                .map(|&input| match (place(input as usize), &source.kind) {
                    // (Only passes know what to do with numbers.)
                    (Place::Number(number), Kind::Structural(_)) => {
                        nodes.push(input as usize);
                        values.push(Some(Tensor::from(number)));
                        Place::Slot(values.len() - 1)
                    }
                    (place, _) => place,
                })
                .collect();
            for input in &inputs {
                if let Place::Slot(used) = *input
                    && let Some(used) = items.get_mut(used)
                {
                    used.users += 1;
                }
            }
            let mut item = Item {
                kind: source.kind.clone(),
                inputs,
                shape: source.shape.clone(),
                is_absorbed: false,
                row: 0,
                is_root: false,
                users: 0,
                adds_last: false,
                is_taken_over: false,
                time: 0,
            };
            schedule(&mut item, &items);
            items.push(item);
        }
        let site = |x: &Var<T>| match x.as_number() {
            Some(_) => Site::ANYWHERE,
            None => recording.nodes[index(x.id())].site,
        };
        let sites = roots.iter().map(site).collect();
        let device = recording.device.clone();
        let root = |x: &Var<T>| x.as_number().map_or_else(|| place(index(x.id())), Place::Number);
        let roots: Vec<Place<T>> = roots.iter().map(root).collect();
        for root in &roots {
            if let Place::Slot(slot) = *root
                && let Some(item) = items.get_mut(slot)
            {
                item.is_root = true;
            }
        }
        let mut again = Vec::new();
        if keep == Keep::Roots {
            read_before_reshapes(&mut items);
            take_over_terms(&mut items);
            let size = |slot: usize| recording.nodes[nodes[slot]].shape.size();
            if matches!(recording.device, Device::Cpu) {
                absorb_sums_of_rows(&mut items);
            }
            postpone(&mut items, size);
            again = repeats(&mut items, size);
        }
        let steps = with_ends(joined(steps(&items, &again, keep), values.len()), &items, keep);
        (Plan { steps, roots, sites, device, nodes, computed }, values)
    }

    /// The plan for results that are numbers.
    pub(super) fn of_numbers(results: &[Var<T>]) -> (Self, Vec<Option<Tensor<T>>>) {
        let roots = results.iter().filter_map(|x| x.as_number().map(Place::Number)).collect();
        let (steps, nodes, sites) = (Vec::new(), Vec::new(), vec![Site::CPU; results.len()]);
        (Plan { steps, roots, sites, device: Device::Cpu, nodes, computed: 0 }, Vec::new())
    }

    /// The slot of a node, if it is needed.
    pub(super) fn slot(&self, node: usize) -> Option<usize> {
        self.nodes.iter().position(|&known| known == node)
    }
}

/// The nodes that get slots: those without a value that the roots rest on, in the order of recording, and how many
/// these are; and then those that are given.
fn slots<T: Element>(recording: &mut Recording<T>, roots: &[Var<T>]) -> (Vec<usize>, usize) {
    recording.visits += 1;
    let visit = recording.visits;
    let (mut needed, mut given) = (Vec::new(), Vec::new());
    let recorded = roots.iter().filter(|x| x.as_number().is_none());
    let mut open: SmallVec<[usize; 32]> = recorded.map(|x| index(x.id())).collect();
    while let Some(node) = open.pop() {
        let node = origin(recording, node);
        let source = &mut recording.nodes[node];
        if source.visit == visit {
            continue;
        }
        source.visit = visit;
        match (&source.kind, &source.value) {
            (Kind::Number(_), _) => {}
            (Kind::Leaf, _) | (_, Some(_)) => given.push(node),
            _ => {
                needed.push(node);
                open.extend(source.inputs.iter().map(|&input| input as usize));
            }
        }
    }
    needed.sort_unstable();
    let computed = needed.len();
    needed.append(&mut given);
    for (slot, &node) in needed.iter().enumerate() {
        recording.nodes[node].slot = slot as u32;
    }
    (needed, computed)
}

/// The node whose value a node has: another one, if it is but a name for that.
fn origin<T: Element>(recording: &Recording<T>, mut node: usize) -> usize {
    while let Node { kind: Kind::Structural(operation), inputs, .. } = &recording.nodes[node]
        && let [input] = inputs[..]
        && operation.is_alias()
    {
        node = input as usize;
    }
    node
}

/// Finds the time of an item whose inputs have theirs.
fn schedule<T: Element>(item: &mut Item<T>, items: &[Item<T>]) {
    let computed = |input: &Place<T>| match *input {
        Place::Slot(slot) => items.get(slot),
        Place::Number(_) => None,
    };
    let inputs = item.inputs.iter().filter_map(computed);
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
            item.is_absorbed = operation.is_total()
                && computed(&item.inputs[0])
                    .is_some_and(|input| matches!(input.kind, Kind::Elementwise(_)));
        }
        Kind::Leaf | Kind::Number(_) => unreachable!("leaves are given"),
    }
}

/// What happens at one time.
#[derive(Default)]
struct Bucket {
    /// Elementwise operations (and totals of them) of one shape, in the order of recording.
    groups: SmallVec<[SmallVec<[usize; 8]>; 2]>,
    others: SmallVec<[usize; 4]>,
}

fn steps<T: Element>(items: &[Item<T>], again: &[Repeat], keep: Keep) -> Vec<Step<T>> {
    let times = items.iter().map(|item| item.time + 1).max().unwrap_or(0);
    let mut buckets: Vec<Bucket> = Vec::new();
    buckets.resize_with(times, Bucket::default);
    for (slot, item) in items.iter().enumerate().filter(|(_, item)| !item.is_taken_over) {
        let bucket = &mut buckets[item.time];
        if matches!(item.kind, Kind::Elementwise(_)) || item.is_absorbed {
            let shape = pass_shape(items, slot);
            match bucket.groups.iter_mut().find(|group| pass_shape(items, group[0]) == shape) {
                Some(group) => group.push(slot),
                None => bucket.groups.push(SmallVec::from_slice(&[slot])),
            }
        } else {
            bucket.others.push(slot);
        }
    }
    for &Repeat { slot, time } in again {
        let shape = &items[slot].shape;
        let group = buckets[time].groups.iter_mut().find(|g| pass_shape(items, g[0]) == shape);
        let group = group.expect("the pass that it is repeated in");
        group.insert(group.partition_point(|&other| other < slot), slot);
    }
    let mut steps = Vec::new();
    for bucket in buckets {
        for group in &bucket.groups {
            let shape = pass_shape(items, group[0]);
            let pass = Box::new(Pass::new(items, group, shape.clone(), keep));
            if pass.room() <= ROOM {
                steps.push(Step::Fused(pass));
                continue;
            }
            for part in parts(items, group, keep) {
                let pass = Pass::new(items, &part, shape.clone(), keep);
                steps.push(Step::Fused(Box::new(pass)));
            }
        }
        for slot in bucket.others {
            let item = &items[slot];
            let Kind::Structural(operation) = &item.kind else {
                unreachable!("elementwise operations are in groups")
            };
            steps.push(Step::Single(Single {
                operation: Rc::clone(operation),
                inputs: item.inputs.iter().filter_map(Place::slot).collect(),
                slot,
                shape: item.shape.clone(),
            }));
        }
    }
    steps
}

/// The shape of the pass that an item takes part in.
pub(super) fn pass_shape<T: Element>(items: &[Item<T>], slot: usize) -> &Shape {
    let item = &items[slot];
    match (item.inputs.first(), item.is_absorbed) {
        (Some(&Place::Slot(input)), true) => &items[input].shape,
        _ => &item.shape,
    }
}

/// Each step with the slots of which it is the last user.
fn with_ends<T: Element>(
    steps: Vec<Step<T>>,
    items: &[Item<T>],
    keep: Keep,
) -> Vec<(Step<T>, SmallVec<[usize; 4]>)> {
    let mut stays: Vec<bool> =
        items.iter().map(|item| item.is_root || keep == Keep::Everything).collect();
    let mut with_ends: Vec<_> = steps
        .into_iter()
        .rev()
        .map(|step| {
            let mut ends = SmallVec::new();
            let end = |slot: usize| {
                if let Some(stays) = stays.get_mut(slot)
                    && !*stays
                {
                    *stays = true;
                    ends.push(slot);
                }
            };
            step.for_each_input(end);
            (step, ends)
        })
        .collect();
    with_ends.reverse();
    with_ends
}
