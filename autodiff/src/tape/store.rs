//! The arena in which a recording is kept, and the way from a handle to it.
//!
//! This file, [`record`](super::record) and [`plain`](super::plain) hold all `unsafe` code of recordings. The invariants:
//!
//! 1. A [`Store`] is owned by its [`Tape`](super::Tape), which lives on one thread and cannot be sent. Every live store of
//!    a thread is a link of that thread's list, from [`Owned::new`] to its drop; pointers to it exist there and in
//!    [`ACTIVE`] only, and the drop removes both. (A leaked tape is never dropped, and so stays valid.)
//! 2. A number in a store's ranges of node numbers was handed out by that very store ([`ids`]: numbers are never used twice),
//!    hence on this thread, and in a `Var<T>` of the store's own `T`. So a pointer to a [`Head`] whose range holds
//!    the number of a `Var<T>` is a pointer to a `Store<T>`.
//! 3. `head.len <= capacity <= allocation`, all nodes below `len` are initialised, and a node's
//!    parents are not above its own index.
//! 4. Code of a number type may record on any tape. So no reference into `nodes` is held while it runs, but
//!    by [`Store::read`], which locks the store.

use core::cell::{Cell, RefCell, UnsafeCell};
use core::ops::{Deref, Range};
use core::panic::Location;
use core::ptr::{self, NonNull};

use super::misuse::{self, End};
use super::plain::Variables;
use super::trace::Trace;
use super::wide::WideNodes;
use super::{ids, pool};
use crate::number::Number;
use crate::pages;
use crate::var::Var;

/// A node with up to two parents: the derivative of the node with respect to each.
///
/// A missing parent is the node itself, with a partial of zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<T> {
    pub parents: [u32; 2],
    pub partials: [T; 2],
}

impl<T: Copy> Node<T> {
    #[inline(always)]
    pub(super) fn new<const A: usize>(
        parents: [u32; A],
        partials: [T; A],
        own: u32,
        zero: T,
    ) -> Self {
        match (parents.as_slice(), partials.as_slice()) {
            (&[a, b], &[by_a, by_b]) => Self { parents: [a, b], partials: [by_a, by_b] },
            (&[a, ..], &[by_a, ..]) => Self { parents: [a, own], partials: [by_a, zero] },
            _ => Self { parents: [own; 2], partials: [zero; 2] },
        }
    }
}

/// What the fast path needs to know of a store, whatever its type.
#[repr(C)]
pub(super) struct Head {
    /// The number of node 0, if the current segment began there.
    pub(super) base: Cell<u64>,
    /// How many nodes there are; 0 while they are not to be touched.
    pub(super) len: Cell<u64>,
}

/// A part of the recording from before a rewind, with numbers of its own: node `index` has the number
/// `base + index`.
#[derive(Clone, Copy)]
struct Segment {
    base: u64,
    start: u64,
    end: u64,
}

/// Links of a thread's list of live stores, whatever their types.
#[repr(C)]
pub(super) struct Link {
    pub(super) head: Head,
    next: Cell<*const Link>,
    older: RefCell<Vec<Segment>>,
    /// Where the current segment starts.
    start: Cell<u64>,
    /// Where the range of numbers that is reserved for the current segment ends.
    reserved: Cell<u64>,
}

/// A recording: nodes in the order in which they were computed.
#[repr(C)]
pub(crate) struct Store<T> {
    pub(super) link: Link,
    pointer: Cell<*mut Node<T>>,
    /// How many nodes fit before [`Store::make_room`] must be called.
    pub(super) capacity: Cell<u64>,
    nodes: UnsafeCell<Vec<Node<T>>>,
    /// How many variables were recorded before anything else.
    leading: Cell<u64>,
    /// From where on there are no variables.
    variables_end: Cell<u64>,
    /// Nodes are not to be recorded beyond this many.
    limit: Cell<u64>,
    /// Whether the nodes are being read, so that none may be added.
    locked: Cell<bool>,
    serial: Cell<u64>,
    pub wide: RefCell<WideNodes<T>>,
    pub trace: RefCell<Option<Trace<T>>>,
    pub spare_adjoints: RefCell<Vec<Vec<T>>>,
    pub spare_vars: RefCell<Vec<Var<T>>>,
}

/// Stands for "no store". It has no nodes, so that the fast path passes it by.
pub(super) struct Nowhere(pub(super) Head);

// SAFETY: `NOWHERE` is never written: only a store's own methods write heads.
unsafe impl Sync for Nowhere {}

pub(super) static NOWHERE: Nowhere = Nowhere(Head { base: Cell::new(0), len: Cell::new(0) });

const DEPTHS: usize = 4;

thread_local! {
    /// The store that was used last, for each depth of nested recordings: a cache before [`LIVE`].
    pub(super) static ACTIVE: [Cell<*const Head>; DEPTHS] = const { [const { Cell::new(&raw const NOWHERE.0) }; DEPTHS] };
    static LIVE: Cell<*const Link> = const { Cell::new(ptr::null()) };
}

pub(super) fn slot<T: Number>() -> usize {
    T::RECORDINGS.min(DEPTHS - 1)
}

/// The first live store of this thread for which `f` holds, the newest first.
///
/// The pointer is the one with which the store was made: it may be used for all of it, not for its link alone.
pub(super) fn find_live(f: impl Fn(&Link) -> bool) -> Option<*const Link> {
    let mut link = LIVE.get();
    // SAFETY: invariant 1: links of the list are live, and `f`, which is ours, drops none.
    while let Some(current) = unsafe { link.as_ref() } {
        if f(current) {
            return Some(link);
        }
        link = current.next.get();
    }
    None
}

impl Link {
    /// The index of the node with this number, if it is one of this recording.
    #[inline]
    pub(super) fn index_of(&self, id: u64) -> Option<u64> {
        let index = id.wrapping_sub(self.head.base.get());
        if index < self.head.len.get() {
            return Some(index);
        }
        if self.head.len.get() == 0 {
            return None;
        }
        self.older.borrow().iter().rev().find_map(|segment| {
            let index = id.wrapping_sub(segment.base);
            (segment.start <= index && index < segment.end).then_some(index)
        })
    }

    /// The numbers of the current segment that are reserved and not in use, if nodes from `len` on are not.
    fn unused(&self, len: u64) -> Range<u64> {
        self.head.base.get() + len..self.reserved.get()
    }

    /// Begins a segment at node `start`, with the given numbers.
    #[inline]
    fn begin_segment(&self, start: u64, numbers: Range<u64>) {
        // The fast path compares with `base`, and not with `start`, too: it relies on the numbers from `base` to
        // `base + start` being nobody else's. They are taken from the reserved ones.
        self.head.base.set(numbers.start);
        self.start.set(start);
        self.reserved.set(numbers.end);
    }

    /// Begins a segment at node `start` after node `len`, which had been the end, is gone.
    #[inline]
    fn renumber(&self, start: u64, len: u64) {
        let mut numbers = self.unused(len);
        if numbers.end - numbers.start <= start {
            ids::give_back(numbers.start, numbers.end);
            numbers = fresh(start);
        }
        self.begin_segment(start, numbers);
    }
}

/// How many numbers are reserved at a time. Not many, so that recordings that grow alternately do not use
/// them up; not few, so that a recording seldom has to reserve more.
const RESERVE: u64 = 1 << 20;

/// Numbers for a segment that starts at node `start`.
fn fresh(start: u64) -> Range<u64> {
    let count = start + RESERVE.max(start);
    let first = ids::reserve(count);
    first..first + count
}

impl<T: Number> Store<T> {
    fn new() -> Self {
        Self {
            link: Link {
                head: Head { base: Cell::new(0), len: Cell::new(0) },
                next: Cell::new(ptr::null()),
                older: RefCell::default(),
                start: Cell::new(0),
                reserved: Cell::new(0),
            },
            pointer: Cell::new(ptr::null_mut()),
            capacity: Cell::new(0),
            nodes: UnsafeCell::default(),
            leading: Cell::new(0),
            variables_end: Cell::new(0),
            limit: Cell::new(u64::from(u32::MAX)),
            locked: Cell::new(false),
            serial: Cell::new(0),
            wide: RefCell::default(),
            trace: RefCell::new(None),
            spare_adjoints: RefCell::default(),
            spare_vars: RefCell::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.link.head.len.get() as usize
    }

    /// A number that no other tape has.
    pub fn serial(&self) -> u64 {
        self.serial.get()
    }

    /// The number of the last node.
    pub fn id_of_last(&self) -> Option<u64> {
        let last = self.link.head.len.get().checked_sub(1)?;
        let base = self.link.head.base.get();
        if last >= self.link.start.get() {
            return Some(base + last);
        }
        let older = self.link.older.borrow();
        older
            .iter()
            .find(|segment| segment.start <= last && last < segment.end)
            .map(|s| s.base + last)
    }

    pub fn index_of(&self, id: u64) -> Option<usize> {
        self.link.index_of(id).map(|index| index as usize)
    }

    pub fn bytes(&self) -> usize {
        let wide = self.wide.borrow();
        self.len() * size_of::<Node<T>>() + wide.bytes()
    }

    /// The parents of a node, with the node's partials.
    pub fn parents_of(&self, index: usize) -> Vec<(usize, T)> {
        let wide = self.wide.borrow();
        let k = wide.count_below(index);
        if let Some(wide) = (k < wide.len()).then(|| wide.get(k)).filter(|wide| wide.node == index)
        {
            let edges = wide.edges.iter().map(|edge| (edge.parent as usize, edge.partial));
            let runs =
                wide.runs().flat_map(|(first, partials)| (first..).zip(partials.iter().copied()));
            let terms = wide.terms.iter().map(|&term| (term as usize, T::one()));
            return edges.chain(runs).chain(terms).collect();
        }
        self.read(|nodes| {
            let Node { parents, partials } = nodes[index];
            let pairs = parents.into_iter().map(|parent| parent as usize).zip(partials);
            pairs.filter(|&(parent, _)| parent != index).collect()
        })
    }

    pub fn set_limit(&self, limit: u64) {
        self.limit.set(limit.min(u64::from(u32::MAX)));
        self.capacity.set(self.capacity.get().min(self.limit.get()));
    }

    /// Turns on the trace of names, places and values. Every node then passes through [`Store::make_room`].
    pub fn start_trace(&self) {
        *self.trace.borrow_mut() = Some(Trace::default());
        self.capacity.set(0);
    }

    /// Forgets all nodes from index `len` on; handles to them are stale from now on.
    pub fn truncate(&self, len: usize, how: End) {
        assert!(!self.locked.get(), "the recording is being swept right now");
        let (new, old) = (len as u64, self.link.head.len.get());
        let base = self.link.head.base.get();
        let mut older = self.link.older.borrow_mut();
        let shorten = |segment: &mut Segment| {
            let kept = segment.end.min(new).max(segment.start);
            misuse::remember(segment.base + kept, segment.base + segment.end, how);
            segment.end = kept;
            segment.start < segment.end
        };
        if !older.is_empty() {
            older.retain_mut(shorten);
        }
        let mut current = Segment { base, start: self.link.start.get(), end: old };
        if shorten(&mut current) {
            older.push(current);
        }
        drop(older);
        self.link.renumber(new, old);
        self.link.head.len.set(new);
        self.leading.set(self.leading.get().min(new));
        self.variables_end.set(self.variables_end.get().min(new));
        // (With fewer numbers than before, or a trace, the next node has to ask for room.)
        let numbered = self.link.reserved.get() - self.link.head.base.get();
        self.capacity.set(self.capacity.get().min(numbered));

        let mut wide = self.wide.borrow_mut();
        let kept = wide.count_below(len);
        wide.truncate(kept);
        drop(wide);
        if let Some(trace) = &mut *self.trace.borrow_mut() {
            trace.truncate(len);
            self.capacity.set(0);
        }
    }

    /// Appends a node and returns its number.
    #[inline]
    pub(super) fn push(&self, node: Node<T>, name: &'static str, value: T, place: Place) -> u64 {
        let len = self.link.head.len.get();
        if len >= self.capacity.get() {
            self.make_room(name, value, place);
        }
        // SAFETY: `make_room` returned, so that there is room.
        unsafe { self.write(len, node) };
        self.link.head.base.get() + len
    }

    /// Writes the node with index `len`, the next one, whose number is `base + len`. (The fast path knows `base` already, and must
    /// not read it again.)
    ///
    /// # Safety
    /// `len` must be the number of nodes, and less than the capacity (invariant 3).
    #[inline(always)]
    pub(super) unsafe fn write(&self, len: u64, node: Node<T>) {
        // SAFETY: there is room, as the caller promises.
        unsafe { self.pointer.get().add(len as usize).write(node) };
        self.link.head.len.set(len + 1);
    }

    /// Makes room for one node more, and notes it in the trace if there is one.
    #[cold]
    #[inline(never)]
    fn make_room(&self, name: &'static str, value: T, place: Place) {
        let len = self.link.head.len.get();
        assert!(!self.locked.get(), "{name}: the recording is being swept right now");
        assert!(
            len < self.limit.get(),
            "the recording is full: {len} nodes. Shorten it with `mark` and `rewind`, split the function, \
             or record parts of it on tapes of their own"
        );
        // SAFETY: no reference into `nodes` is held anywhere else (invariant 4), and nothing below
        // runs code of a number type.
        let nodes = unsafe { &mut *self.nodes.get() };
        if nodes.capacity() as u64 <= len {
            // SAFETY: invariant 3: that many are initialised.
            unsafe { nodes.set_len(len as usize) };
            pages::reserve(nodes, nodes.len().max(1 << 10));
            // The vector only owns the memory; `head.len` counts the nodes.
            // SAFETY: 0 elements are initialised.
            unsafe { nodes.set_len(0) };
            self.pointer.set(nodes.as_mut_ptr());
        }
        if self.link.unused(len).is_empty() {
            self.lengthen(len);
        }
        let numbered = self.link.reserved.get() - self.link.head.base.get();
        let capacity = (nodes.capacity() as u64).min(self.limit.get()).min(numbered);
        match &mut *self.trace.borrow_mut() {
            // With a trace, each node must come here.
            Some(trace) => {
                trace.push(Note { name, value, place });
                self.capacity.set(len + 1);
            }
            None => self.capacity.set(capacity),
        }
    }

    /// Reserves numbers for nodes from `len` on: after those of the current segment if they are free, and for
    /// a segment of its own otherwise.
    fn lengthen(&self, len: u64) {
        let link = &self.link;
        if ids::extend(link.reserved.get(), RESERVE) {
            link.reserved.set(link.reserved.get() + RESERVE);
        } else {
            let segment = Segment { base: link.head.base.get(), start: link.start.get(), end: len };
            link.older.borrow_mut().push(segment);
            link.begin_segment(len, fresh(len));
        }
    }

    /// Which nodes are variables.
    pub(super) fn variables(&self) -> Variables {
        let [leading, end] = [&self.leading, &self.variables_end].map(|count| count.get() as usize);
        Variables { leading, end }
    }

    /// Notes that nodes from `start` to `end`, the last ones, are variables.
    #[inline]
    fn note_variables(&self, start: u64, end: u64) {
        if self.leading.get() == start {
            self.leading.set(end);
        }
        self.variables_end.set(end);
    }

    /// A new independent variable.
    #[inline]
    pub fn leaf(&self, value: T, place: Place) -> Var<T> {
        let (zero, len) = (T::zero(), self.link.head.len.get());
        let id = self.push(Node::new([], [], len as u32, zero), "var", value, place);
        self.note_variables(len, len + 1);
        Var::from_parts(value, id)
    }

    /// New independent variables, one for each value.
    #[inline]
    pub fn extend_leaves(&self, vars: &mut Vec<Var<T>>, values: &[T], place: Place) {
        let (zero, len, count) = (T::zero(), self.link.head.len.get(), values.len() as u64);
        if len + count > self.capacity.get() {
            vars.extend(values.iter().map(|&value| self.leaf(value, place)));
            return;
        }
        let pointer = self.pointer.get();
        for index in len..len + count {
            let node = Node::new([], [], index as u32, zero);
            // SAFETY: invariant 3: there is room for all of them.
            unsafe { pointer.add(index as usize).write(node) };
        }
        self.link.head.len.set(len + count);
        let first = self.link.head.base.get() + len;
        vars.extend(values.iter().zip(first..).map(|(&value, id)| Var::from_parts(value, id)));
        self.note_variables(len, len + count);
    }

    /// Calls `f` with all nodes. Meanwhile the recording is locked: it looks empty, so that handles to
    /// it are turned away, and full, so that nothing can be added.
    pub fn read<R>(&self, f: impl FnOnce(&[Node<T>]) -> R) -> R {
        struct Unlock<'a, T> {
            store: &'a Store<T>,
            len: u64,
            capacity: u64,
        }
        impl<T> Drop for Unlock<'_, T> {
            fn drop(&mut self) {
                self.store.link.head.len.set(self.len);
                self.store.capacity.set(self.capacity);
                self.store.locked.set(false);
            }
        }
        assert!(!self.locked.replace(true), "the recording is being swept right now");
        let unlock = Unlock {
            store: self,
            len: self.link.head.len.replace(0),
            capacity: self.capacity.replace(0),
        };
        let nodes: &[Node<T>] = if unlock.len == 0 {
            &[]
        } else {
            // SAFETY: invariant 3. While locked, nothing is written: `push` comes to `make_room`, which
            // panics, and `truncate` touches no node.
            unsafe { core::slice::from_raw_parts(self.pointer.get(), unlock.len as usize) }
        };
        f(nodes)
    }
}

/// Where in the source code something was computed.
pub(crate) type Place = &'static Location<'static>;

/// What a trace remembers of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<T> {
    pub name: &'static str,
    pub value: T,
    pub place: Place,
}

/// A live store: registered on this thread, and kept by the [`pool`] for reuse when dropped.
pub(crate) struct Owned<T: Number> {
    /// From `Box::into_raw`. (No `Box`: moving one asserts that there are no other pointers.) As a
    /// pointer, it also keeps this type from being sent to another thread.
    store: NonNull<Store<T>>,
}

impl<T: Number> Owned<T> {
    pub fn new() -> Self {
        let store = pool::take().unwrap_or_else(|| Box::new(Store::<T>::new()));
        // One number more, for the tape itself.
        let first = ids::reserve(1 + RESERVE);
        store.serial.set(first);
        store.link.begin_segment(0, first + 1..first + 1 + RESERVE);
        store.capacity.set(store.capacity.get().min(RESERVE));
        store.link.next.set(LIVE.get());
        let store = NonNull::from(Box::leak(store));
        let link = store.as_ptr().cast_const().cast::<Link>();
        LIVE.set(link);
        ACTIVE.with(|active| active[slot::<T>()].set(link.cast()));
        Self { store }
    }
}

impl<T: Number> Deref for Owned<T> {
    type Target = Store<T>;
    #[inline]
    fn deref(&self) -> &Store<T> {
        // SAFETY: allocated by `new`, and freed by the drop at the earliest.
        unsafe { self.store.as_ref() }
    }
}

impl<T: Number> Drop for Owned<T> {
    fn drop(&mut self) {
        *self.trace.borrow_mut() = None;
        self.truncate(0, End::Dropped);
        self.set_limit(u64::MAX);
        let unused = self.link.unused(0);
        ids::give_back(unused.start, unused.end);

        let link = self.store.as_ptr().cast_const().cast::<Link>();
        ACTIVE.with(|active| {
            let slot = &active[slot::<T>()];
            if slot.get() == link.cast() {
                slot.set(&raw const NOWHERE.0);
            }
        });
        if LIVE.get() == link {
            LIVE.set(self.link.next.get());
        } else {
            find_live(|before| {
                let found = before.next.get() == link;
                if found {
                    before.next.set(self.link.next.get());
                }
                found
            });
        }
        // SAFETY: from `Box::leak`, and no other pointer to it is left.
        pool::put(unsafe { Box::from_raw(self.store.as_ptr()) });
    }
}
