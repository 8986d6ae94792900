//! Recordings: what was computed from what, in order.
//!
//! A recording is a list of nodes, each an operation on earlier nodes, with the shape of its result. Nodes are
//! evaluated when a value is needed (see [`crate::execute`]), and never change. Differentiation *adds* nodes: the
//! rules of an operation, [`Operation::vjp`] and [`Operation::jvp`], are written with the operations that users
//! have, and so their results are ordinary nodes, which can be differentiated again.

mod batch;
mod forward;
mod members;
mod operation;
mod reverse;
mod sparse;

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering};
use std::rc::Rc;

use smallvec::SmallVec;

use crate::device::{Device, Site};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

pub(crate) use batch::{IfFull, batches, largest, of_basis};
pub(crate) use forward::tangents;
pub(crate) use members::Members;
pub(crate) use operation::{
    Arguments, Elementwise, Operation, Part, Role, Sweep, forward_by_blocks,
};
pub(crate) use reverse::{cotangents, cotangents_of_all};

/// The id of a number that is not recorded.
pub(crate) const CONSTANT: u64 = 0;

/// An id is the number of the recording, unique in the process, and below it the index of the node.
const INDEX_BITS: u32 = 26;
const MOST_NODES: usize = 1 << INDEX_BITS;

pub(crate) fn index(id: u64) -> usize {
    (id & (MOST_NODES as u64 - 1)) as usize
}

fn recording_of(id: u64) -> u64 {
    id >> INDEX_BITS
}

/// What a node does.
pub(crate) enum Kind<T: Element> {
    /// A given value.
    Leaf,
    /// The same number at every element.
    Number(T),
    Elementwise(Rc<dyn Elementwise<T>>),
    Structural(Rc<dyn Operation<T>>),
}

impl<T: Element> Clone for Kind<T> {
    fn clone(&self) -> Self {
        match self {
            Kind::Leaf => Kind::Leaf,
            Kind::Number(number) => Kind::Number(*number),
            Kind::Elementwise(operation) => Kind::Elementwise(Rc::clone(operation)),
            Kind::Structural(operation) => Kind::Structural(Rc::clone(operation)),
        }
    }
}

impl<T: Element> Kind<T> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Kind::Leaf => "leaf",
            Kind::Number(_) => "number",
            Kind::Elementwise(operation) => operation.name(),
            Kind::Structural(operation) => operation.name(),
        }
    }

    /// The operation, unless the node is a given value.
    pub(crate) fn operation(&self) -> Option<&dyn Operation<T>> {
        match self {
            Kind::Leaf | Kind::Number(_) => None,
            Kind::Elementwise(operation) => Some(operation.as_operation()),
            Kind::Structural(operation) => Some(&**operation),
        }
    }
}

pub(crate) type Inputs = SmallVec<[u32; 4]>;

pub(crate) struct Node<T: Element> {
    pub(crate) kind: Kind<T>,
    pub(crate) inputs: Inputs,
    pub(crate) shape: Shape,
    /// Where the value is, or will be.
    pub(crate) site: Site,
    pub(crate) value: Option<Tensor<T>>,
    /// For [`crate::execute`]: the evaluation that visited the node last.
    pub(crate) visit: u64,
    /// And where that keeps the value.
    pub(crate) slot: u32,
}

/// The nodes of one recording.
pub(crate) struct Recording<T: Element> {
    number: u64,
    pub(crate) nodes: Vec<Node<T>>,
    /// Where the first of the arrays is that are given.
    pub(crate) device: Device,
    /// How many evaluations there were.
    pub(crate) visits: u64,
}

/// The recordings of one thread that have not ended, the newest last.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct Recordings<T: Element> {
    open: Vec<Recording<T>>,
    /// The recording that a sweep works in: constants go there.
    swept: Option<u64>,
    /// Emptied lists of nodes, for the next recordings.
    spare: Vec<Vec<Node<T>>>,
}

impl<T: Element> Recordings<T> {
    pub(crate) const fn new() -> Self {
        Recordings { open: Vec::new(), swept: None, spare: Vec::new() }
    }
}

thread_local! {
    /// Numbers of recordings that this thread may still give, without asking the others.
    static NUMBERS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

fn next_number() -> u64 {
    const BLOCK: u64 = 1 << 10;
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
    NUMBERS.with(|numbers| {
        let (mut next, mut end) = numbers.get();
        if next == end {
            next = BLOCK * NEXT_BLOCK.fetch_add(1, Ordering::Relaxed);
            end = next + BLOCK;
        }
        numbers.set((next + 1, end));
        next & ((1 << (64 - INDEX_BITS)) - 1)
    })
}

/// Opens a recording, and gives its number.
pub(crate) fn open<T: Element>() -> u64 {
    let number = next_number();
    T::recordings().with_borrow_mut(|recordings| {
        let nodes = recordings.spare.pop().unwrap_or_default();
        recordings.open.push(Recording { number, nodes, device: Device::Cpu, visits: 0 });
    });
    number
}

/// Ends a recording: its handles are void from now on.
pub(crate) fn close<T: Element>(number: u64) {
    // Values may own the last reference to user code: they are dropped when nothing is borrowed any more.
    let ended = T::recordings().try_with(|recordings| {
        let mut recordings = recordings.borrow_mut();
        let place = recordings.open.iter().rposition(|r| r.number == number)?;
        Some(recordings.open.remove(place))
    });
    if let Ok(Some(mut recording)) = ended {
        recording.nodes.clear();
        let _ = T::recordings().try_with(|recordings| {
            recordings.borrow_mut().spare.push(recording.nodes);
        });
    }
}

/// The number of the newest open recording, for constants.
#[track_caller]
pub(crate) fn newest<T: Element>(operation: &str) -> u64 {
    let newest = T::recordings().with_borrow(|recordings| {
        recordings.swept.or_else(|| recordings.open.last().map(|recording| recording.number))
    });
    match newest {
        Some(number) => number,
        None => panic!(
            "{operation}: no recording of {} is open on this thread; call it inside of a driver such as \
             `gradient` or `evaluate`, or after `Tape::new()`",
            T::NAME
        ),
    }
}

/// Where the arrays of the newest open recording are.
pub(crate) fn newest_device<T: Element>() -> Device {
    T::recordings().with_borrow(|recordings| {
        recordings.open.last().map_or(Device::Cpu, |recording| recording.device.clone())
    })
}

/// Calls `f`, with a given recording to take the constants that it makes.
pub(crate) fn within<T: Element, Y>(number: u64, f: impl FnOnce() -> Y) -> Y {
    struct Restore<T: Element>(Option<u64>, core::marker::PhantomData<T>);
    impl<T: Element> Drop for Restore<T> {
        fn drop(&mut self) {
            T::recordings().with_borrow_mut(|recordings| recordings.swept = self.0);
        }
    }
    let before = T::recordings().with_borrow_mut(|recordings| recordings.swept.replace(number));
    let _restore = Restore::<T>(before, core::marker::PhantomData);
    f()
}

/// Calls `f`, with the recording of `x`, which need not be the newest, to take the constants that it makes.
#[track_caller]
pub(crate) fn beside<T: Element, Y>(x: Var<T>, f: impl FnOnce() -> Y) -> Y {
    match x.as_number() {
        Some(_) => f(),
        None => within::<T, _>(number_of(x), f),
    }
}

/// The variables and constants of a recording.
pub(crate) fn leaves<T: Element>(number: u64) -> Vec<usize> {
    T::recordings().with_borrow(|recordings| {
        let recording = recordings.open.iter().rev().find(|r| r.number == number);
        let nodes = recording.map_or(&[][..], |recording| &recording.nodes[..]);
        let is_leaf = |&node: &usize| matches!(nodes[node].kind, Kind::Leaf);
        (0..nodes.len()).filter(is_leaf).collect()
    })
}

/// Calls `f` with the recording that a handle belongs to.
#[track_caller]
pub(crate) fn with<T: Element, Y>(
    id: u64,
    operation: &str,
    f: impl FnOnce(&mut Recording<T>) -> Y,
) -> Y {
    let result = T::recordings().with_borrow_mut(|recordings| {
        let number = recording_of(id);
        let recording = recordings.open.iter_mut().rev().find(|r| r.number == number)?;
        (index(id) < recording.nodes.len()).then(|| f(recording))
    });
    match result {
        Some(result) => result,
        None => stale(operation),
    }
}

#[track_caller]
#[cold]
fn stale(operation: &str) -> ! {
    panic!(
        "{operation}: an operand belongs to a recording that has ended or been cleared, or to one of another \
         thread; take values out with `.value()` before a recording ends"
    )
}

#[track_caller]
pub(crate) fn with_node<T: Element, Y>(
    x: Var<T>,
    operation: &str,
    f: impl FnOnce(&mut Node<T>) -> Y,
) -> Y {
    with(x.id(), operation, |recording| f(&mut recording.nodes[index(x.id())]))
}

/// The number that all elements of an array are, where it is known without looking at them: it was spread over the shape.
#[track_caller]
pub(crate) fn spread_number<T: Element>(x: Var<T>, operation: &str) -> Option<T> {
    if x.as_number().is_some() {
        return x.as_number();
    }
    with(x.id(), operation, |recording| {
        let mut node = &recording.nodes[index(x.id())];
        loop {
            match &node.kind {
                Kind::Number(number) => return Some(*number),
                Kind::Structural(moves) if moves.moves_elements() => {
                    node = &recording.nodes[node.inputs[0] as usize];
                }
                _ => return None,
            }
        }
    })
}

impl<T: Element> Recording<T> {
    fn id(&self, index: usize) -> u64 {
        (self.number << INDEX_BITS) | index as u64
    }

    pub(crate) fn var(&self, index: usize) -> Var<T> {
        Var::from_id(self.id(index))
    }

    #[track_caller]
    fn push(&mut self, node: Node<T>) -> Var<T> {
        assert!(
            self.nodes.len() < MOST_NODES,
            "{}: a recording holds at most {MOST_NODES} operations; end it, or clear it, from time to time",
            node.kind.name()
        );
        self.nodes.push(node);
        self.var(self.nodes.len() - 1)
    }
}

/// Records a given value.
#[track_caller]
pub(crate) fn leaf<T: Element>(recording: u64, value: Tensor<T>) -> Var<T> {
    let (shape, device) = (value.shape().clone(), value.device());
    push_leaf(recording, shape, value.site(), device, Some(value))
}

/// Records a value that an operation makes for itself: it goes to where the other operands are.
#[track_caller]
pub(crate) fn made<T: Element>(recording: u64, value: Tensor<T>) -> Var<T> {
    push_leaf(recording, value.shape().clone(), Site::ANYWHERE, Device::Cpu, Some(value))
}

/// Records a value that is not known yet, of the shape and on the device of an example.
#[track_caller]
pub(crate) fn argument<T: Element>(recording: u64, example: &Tensor<T>) -> Var<T> {
    push_leaf(recording, example.shape().clone(), example.site(), example.device(), None)
}

/// Records a variable that stands for any member of a batch, and has no value.
#[track_caller]
pub(crate) fn member<T: Element>(batch: Var<T>) -> Var<T> {
    let number = number_of(batch);
    let (shape, site) = with_node(batch, "vmap", |node| (node.shape.clone(), node.site));
    push_leaf(number, Shape::from(&shape[1..]), site, device_of(batch), None)
}

#[track_caller]
fn push_leaf<T: Element>(
    recording: u64,
    shape: Shape,
    site: Site,
    device: Device,
    value: Option<Tensor<T>>,
) -> Var<T> {
    let (kind, inputs) = (Kind::Leaf, Inputs::new());
    let node = Node { kind, inputs, shape, site, value, visit: 0, slot: 0 };
    let pushed = T::recordings().with_borrow_mut(|recordings| {
        let found = recordings.open.iter_mut().rev().find(|r| r.number == recording);
        found.map(|recording| {
            if recording.device == Device::Cpu {
                recording.device = device;
            }
            recording.push(node)
        })
    });
    match pushed {
        Some(var) => var,
        None => stale("var"),
    }
}

/// Records an operation with a result of the given shape.
#[track_caller]
pub(crate) fn record<T: Element>(kind: Kind<T>, operands: &[Var<T>], shape: Shape) -> Var<T> {
    let name = kind.name();
    let recorded = operands.iter().map(|x| x.id()).find(|&id| id != CONSTANT);
    let number = match recorded {
        Some(id) => recording_of(id),
        None => newest::<T>(name),
    };
    // (Panics only after the borrow has ended, so that the thread's recordings stay usable.)
    let result = T::recordings().with_borrow_mut(|recordings| {
        let recording = recordings.open.iter_mut().rev().find(|r| r.number == number);
        let recording = recording.ok_or(Misuse::Ended)?;
        let mut inputs = Inputs::new();
        let mut site = Site::ANYWHERE;
        for operand in operands {
            inputs.push(match operand.as_number() {
                Some(number) => {
                    let (kind, inputs) = (Kind::Number(number), Inputs::new());
                    let (shape, site, value) = (Shape::default(), Site::ANYWHERE, None);
                    let node = Node { kind, inputs, shape, site, value, visit: 0, slot: 0 };
                    index(recording.push(node).id()) as u32
                }
                None if recording_of(operand.id()) != number => return Err(Misuse::Mixed),
                None if index(operand.id()) >= recording.nodes.len() => return Err(Misuse::Ended),
                None => {
                    let node = index(operand.id());
                    let other = recording.nodes[node].site;
                    site = site.with(other).ok_or(Misuse::Apart(site, other))?;
                    node as u32
                }
            });
        }
        Ok(recording.push(Node { kind, inputs, shape, site, value: None, visit: 0, slot: 0 }))
    });
    match result {
        Ok(var) => var,
        Err(Misuse::Ended) => stale(name),
        Err(Misuse::Mixed) => panic!(
            "{name}: the operands belong to different recordings; a value of an outer recording enters an \
             inner one by `constant(&x.value())`, or both share one recording"
        ),
        Err(Misuse::Apart(a, b)) => panic!(
            "{name}: one operand is on {a}, another on {b}; copy one to where the other is, by `.to(&device)`"
        ),
    }
}

enum Misuse {
    Ended,
    Mixed,
    Apart(Site, Site),
}

/// Forgets the nodes from number `len` on. Handles to them must not be used any more.
pub(crate) fn truncate<T: Element>(number: u64, len: usize) {
    let forgotten: Vec<Node<T>> = T::recordings().with_borrow_mut(|recordings| {
        let recording = recordings.open.iter_mut().rev().find(|r| r.number == number);
        recording.map_or_else(Vec::new, |recording| recording.nodes.drain(len..).collect())
    });
    drop(forgotten);
}

/// The device that the recording of a handle has arrays on.
pub(crate) fn device_of<T: Element>(x: Var<T>) -> Device {
    match x.as_number() {
        Some(_) => Device::Cpu,
        None => with(x.id(), "value", |recording: &mut Recording<T>| recording.device.clone()),
    }
}

/// The nodes before number `first` on which those from it on rest directly.
pub(crate) fn foundations<T: Element>(number: u64, first: usize) -> SmallVec<[usize; 8]> {
    T::recordings().with_borrow(|recordings| {
        let recording = recordings.open.iter().rev().find(|r| r.number == number);
        let nodes = recording.and_then(|r| r.nodes.get(first..)).unwrap_or(&[]);
        let mut foundations: SmallVec<[usize; 8]> = SmallVec::new();
        for &input in nodes.iter().flat_map(|node| &node.inputs) {
            if (input as usize) < first && !foundations.contains(&(input as usize)) {
                foundations.push(input as usize);
            }
        }
        foundations
    })
}

/// The handle of a node.
pub(crate) fn var<T: Element>(number: u64, node: usize) -> Var<T> {
    Var::from_id((number << INDEX_BITS) | node as u64)
}

/// The number of nodes so far.
pub(crate) fn len<T: Element>(number: u64) -> usize {
    T::recordings().with_borrow(|recordings| {
        recordings.open.iter().rev().find(|r| r.number == number).map_or(0, |r| r.nodes.len())
    })
}

/// The recording's number of a recorded handle.
pub(crate) fn number_of<T: Element>(x: Var<T>) -> u64 {
    recording_of(x.id())
}

/// What the sweeps need to know about a node.
pub(crate) struct Step<T: Element> {
    pub(crate) kind: Kind<T>,
    pub(crate) inputs: SmallVec<[Var<T>; 4]>,
    pub(crate) output: Var<T>,
}

#[track_caller]
pub(crate) fn step<T: Element>(number: u64, node: usize) -> Step<T> {
    with(number << INDEX_BITS | node as u64, "gradient", |recording| {
        let Node { kind, inputs, .. } = &recording.nodes[node];
        // A number is handed on as what it is, so that rules see that it is no variable.
        let operand = |&input: &u32| match recording.nodes[input as usize].kind {
            Kind::Number(number) => Var::number(number),
            _ => recording.var(input as usize),
        };
        let inputs = inputs.iter().map(operand).collect();
        Step { kind: kind.clone(), inputs, output: recording.var(node) }
    })
}
