//! How nodes are appended: from the handles of the parents to the recording that they belong to.

use core::panic::Location;
use core::ptr;

use super::CONSTANT;
use super::misuse;
use super::store::{ACTIVE, Link, NOWHERE, Node, Place, Store, find_live, slot};
use super::wide::WideNodes;
use crate::number::Number;
use crate::var::Var;

/// Appends a node with one or two parents (none of a constant) to the recording that they belong to, and returns
/// its number.
///
/// Panics, saying why, if a parent belongs to no live recording of this thread, or two to different ones.
#[inline(always)]
#[track_caller]
pub(crate) fn record<T: Number, const A: usize>(
    ids: [u64; A],
    partials: [T; A],
    name: &'static str,
    value: T,
) -> u64 {
    const { assert!(A == 1 || A == 2) };
    let zero = T::zero();
    let head = ACTIVE.with(|active| active[slot::<T>()].get());
    // SAFETY: invariant 1 of `store`: what is active is live, or `NOWHERE`.
    let (base, len) = unsafe { ((*head).base.get(), (*head).len.get()) };
    let indices = ids.map(|id| id.wrapping_sub(base));
    if indices.iter().all(|&index| index < len) {
        // SAFETY: invariant 2: the store's range holds the number of a `Var<T>`.
        let store = unsafe { &*head.cast::<Store<T>>() };
        if len < store.capacity.get() {
            let node = Node::new(indices.map(|index| index as u32), partials, len as u32, zero);
            // SAFETY: invariant 3: `len < capacity`.
            unsafe { store.write(len, node) };
            return base + len;
        }
    }
    let pending = Pending { ids, partials, name, value, place: Location::caller() };
    let id = record_slowly(&pending);
    if id == CONSTANT {
        complain(ids[0], ids[A - 1], name);
    }
    id
}

/// A node that is to be recorded.
struct Pending<T, const A: usize> {
    ids: [u64; A],
    partials: [T; A],
    name: &'static str,
    value: T,
    place: Place,
}

/// [`record`], if the recording was not the active one, or its memory is full, or it is traced. Returns [`CONSTANT`] where that
/// panics.
///
/// By another calling convention than Rust's, which has calls overwrite all registers for floats; under this one they leave most of
/// them. So what programs compute stays in registers from one operation to the next, although each may come here.
#[cfg(target_arch = "x86_64")]
#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // (Both sides are Rust.)
extern "win64-unwind" fn record_slowly<T: Number, const A: usize>(pending: &Pending<T, A>) -> u64 {
    record_anywhere(pending)
}

/// (Other processors' conventions leave enough of them.)
#[cfg(not(target_arch = "x86_64"))]
#[cold]
#[inline(never)]
fn record_slowly<T: Number, const A: usize>(pending: &Pending<T, A>) -> u64 {
    record_anywhere(pending)
}

#[inline(always)]
fn record_anywhere<T: Number, const A: usize>(pending: &Pending<T, A>) -> u64 {
    let &Pending { ids, partials, name, value, place } = pending;
    let Some((store, indices)) = find::<T, A>(ids) else { return CONSTANT };
    // SAFETY: `find` found it among the live ones, and nothing since has dropped it.
    let store = unsafe { &*store };
    let node = Node::new(indices, partials, store.len() as u32, T::zero());
    store.push(node, name, value, place)
}

/// Appends a node with a few parents (at least two, none of a constant) to the recording that they belong to, and
/// returns its number. Panics as [`record`] does.
///
/// It is kept as a chain of nodes with two parents, of which one is the node before: up to [`FEW`] parents, these take
/// less memory and time than lists do.
#[inline(always)]
#[track_caller]
pub(crate) fn record_few<T: Number>(
    ids: &[u64],
    partials: &[T],
    name: &'static str,
    value: T,
) -> u64 {
    let (zero, one) = (T::zero(), T::one());
    let head = ACTIVE.with(|active| active[slot::<T>()].get());
    // SAFETY: invariant 1 of `store`: what is active is live, or `NOWHERE`.
    let (base, len) = unsafe { ((*head).base.get(), (*head).len.get()) };
    if ids.iter().all(|id| id.wrapping_sub(base) < len) {
        // SAFETY: invariant 2: the store's range holds the number of a `Var<T>`.
        let store = unsafe { &*head.cast::<Store<T>>() };
        let links = ids.len() as u64 - 1;
        if len + links <= store.capacity.get() {
            let index = |id: u64| id.wrapping_sub(base) as u32;
            let (mut parent, mut partial) = (index(ids[0]), partials[0]);
            for (len, (&id, &next)) in (len..).zip(ids.iter().zip(partials).skip(1)) {
                let node = Node::new([parent, index(id)], [partial, next], len as u32, zero);
                // SAFETY: invariant 3: there is room for all links, and `len` counts those before.
                unsafe { store.write(len, node) };
                (parent, partial) = (len as u32, one);
            }
            return base + len + links - 1;
        }
    }
    record_few_slowly(ids, partials, name, value, one)
}

/// [`record_few`], if the recording was not the active one, or its memory is full, or it is traced.
#[cold]
#[inline(never)]
#[track_caller]
fn record_few_slowly<T: Number>(
    ids: &[u64],
    partials: &[T],
    name: &'static str,
    value: T,
    one: T,
) -> u64 {
    let (mut id, mut partial) = (ids[0], partials[0]);
    // Handles of several recordings panic here, before the first link is there.
    for &other in &ids[1..] {
        search::<T, 2>([id, other], name);
    }
    for (&other, &other_partial) in ids.iter().zip(partials).skip(1) {
        let place = Location::caller();
        let (ids, partials) = ([id, other], [partial, other_partial]);
        id = record_slowly(&Pending { ids, partials, name, value, place });
        partial = one;
    }
    id
}

/// Up to how many parents [`record_few`] is for.
pub(crate) const FEW: usize = 8;

/// The store that holds all the given handles, and their indices there. Panics, saying why, if there is none.
#[track_caller]
fn search<T: Number, const A: usize>(
    ids: [u64; A],
    operation: &str,
) -> (*const Store<T>, [u32; A]) {
    match find(ids) {
        Some(found) => found,
        None => complain(ids[0], ids[A - 1], operation),
    }
}

/// Panics, saying why no store holds both handles.
#[cold]
#[inline(never)]
#[track_caller]
fn complain(first: u64, last: u64, operation: &str) -> ! {
    let is_live = |id: u64| find_live(|link| link.index_of(id).is_some()).is_some();
    match [first, last].into_iter().find(|&id| !is_live(id)) {
        Some(id) => misuse::stale(id, operation),
        None => misuse::mixed(operation),
    }
}

/// The store that holds all the given handles, and their indices there.
fn find<T: Number, const A: usize>(ids: [u64; A]) -> Option<(*const Store<T>, [u32; A])> {
    let indices_in = |link: &Link| {
        let found = ids.map(|id| link.index_of(id));
        found
            .iter()
            .all(Option::is_some)
            .then(|| found.map(|index| index.unwrap_or_default() as u32))
    };
    // The one that is active already holds variables from before a rewind, too.
    let active: *const Link = ACTIVE.with(|active| active[slot::<T>()].get()).cast();
    if !ptr::eq(active.cast(), &raw const NOWHERE.0) {
        // SAFETY: invariant 1, and not `NOWHERE`, which is no link.
        if let Some(indices) = indices_in(unsafe { &*active }) {
            return Some((active.cast(), indices));
        }
    }
    let link = find_live(|link| indices_in(link).is_some())?;
    ACTIVE.with(|active| active[slot::<T>()].set(link.cast()));
    // SAFETY: found among the live links just now.
    let indices = indices_in(unsafe { &*link })?;
    Some((link.cast(), indices))
}

/// Appends a node with any number of parents, kept in the way that is best for this many, and returns its number;
/// [`CONSTANT`] if all of `x` are constants. Panics as [`record`] does.
#[track_caller]
pub(crate) fn record_any<T: Number>(
    x: &[Var<T>],
    partials: &[T],
    name: &'static str,
    value: T,
) -> u64 {
    if x.len() > FEW {
        return record_wide([x], partials, name, value);
    }
    let (mut ids, mut few, mut count) = ([CONSTANT; FEW], [value; FEW], 0);
    for (x, &partial) in x.iter().zip(partials).filter(|(x, _)| !x.is_constant()) {
        (ids[count], few[count]) = (x.id(), partial);
        count += 1;
    }
    match count {
        0 => CONSTANT,
        1 => record([ids[0]], [few[0]], name, value),
        _ => record_few(&ids[..count], &few[..count], name, value),
    }
}

/// Appends a node with the elements of `x` as its parents and returns its number; [`CONSTANT`] if none is recorded.
/// `partials` are its derivatives with respect to the elements, slice after slice; those of constants are left out.
///
/// Panics as [`record`] does.
#[track_caller]
pub(crate) fn record_wide<T: Number, const A: usize>(
    x: [&[Var<T>]; A],
    partials: &[T],
    name: &'static str,
    value: T,
) -> u64 {
    let zero = T::zero();
    let Some(first) = x.iter().copied().flatten().find(|x| !x.is_constant()) else {
        return CONSTANT;
    };
    record_list(first.id(), zero, name, value, |store, wide| {
        let mut rest = partials;
        for mut x in x {
            while !x.is_empty() {
                let alike = consecutive(x);
                let (now, later) = x.split_at(alike);
                let (partials, after) = rest.split_at(alike);
                (x, rest) = (later, after);
                if now[0].is_constant() {
                    continue;
                }
                let ends = [now[0], now[alike - 1]].map(|x| store.link.index_of(x.id()));
                match ends {
                    [Some(start), Some(last)] if last - start == alike as u64 - 1 => {
                        wide.push_run(start as u32, partials);
                    }
                    _ => {
                        return Err(now
                            .iter()
                            .map(Var::id)
                            .find(|&id| store.link.index_of(id).is_none()));
                    }
                }
            }
        }
        Ok(())
    })
}

/// How many elements at the beginning of `x` were recorded one directly after the other, or are constants.
#[inline]
fn consecutive<T: Number>(x: &[Var<T>]) -> usize {
    let first = x[0].id();
    if first == CONSTANT {
        return x.iter().take_while(|x| x.is_constant()).count();
    }
    x.iter().zip(first..).take_while(|(x, number)| x.id() == *number).count()
}

/// Appends the sum of nodes (at least one, none of a constant) to the recording that they belong to, and returns its
/// number. Panics as [`record`] does.
#[track_caller]
pub(crate) fn record_sum<T: Number>(terms: &[u64], value: T) -> u64 {
    let zero = T::zero();
    record_list(terms[0], zero, "sum", value, |store, wide| {
        let base = store.link.head.base.get();
        let indices = terms.iter().map(|id| id.wrapping_sub(base));
        let len = store.link.head.len.get();
        if indices.clone().fold(true, |all, index| all & (index < len)) {
            wide.terms.extend(indices.map(|index| index as u32));
            return Ok(());
        }
        for &id in terms {
            let index = store.link.index_of(id).ok_or(Some(id))?;
            wide.terms.push(index as u32);
        }
        Ok(())
    })
}

/// Appends a node whose parents `list` lists; or it says which one is not of the recording that the parent `first`
/// belongs to.
#[inline(always)]
#[track_caller]
fn record_list<T: Number>(
    first: u64,
    zero: T,
    name: &'static str,
    value: T,
    list: impl FnOnce(&Store<T>, &mut WideNodes<T>) -> Result<(), Option<u64>>,
) -> u64 {
    let head = ACTIVE.with(|active| active[slot::<T>()].get());
    // SAFETY: invariant 1: what is active is live, or `NOWHERE`.
    let (base, len) = unsafe { ((*head).base.get(), (*head).len.get()) };
    let here = first.wrapping_sub(base) < len;
    let store = if here { head.cast() } else { search::<T, 1>([first], name).0 };
    // SAFETY: live, and of this type (invariant 2); nothing below runs code of a number type.
    let store: &Store<T> = unsafe { &*store };

    let mut wide = store.wide.borrow_mut();
    if let Err(stranger) = list(store, &mut wide) {
        let complete = wide.len();
        wide.truncate(complete);
        drop(wide);
        // Of another recording, or of none.
        stranger.map(|stranger| search::<T, 2>([first, stranger], name));
        unreachable!("{name}: numbers in a row belong to different parts of a recording");
    }
    let node = store.len() as u32;
    let id = store.push(Node::new([node], [zero], node, zero), name, value, Location::caller());
    wide.close(node);
    id
}

/// Panics, saying why, if the handle belongs to no live recording of this thread.
#[track_caller]
pub(crate) fn assert_live<T: Number>(id: u64, operation: &str) {
    search::<T, 1>([id], operation);
}
