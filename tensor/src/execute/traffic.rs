//! What a plan does so that fewer arrays go through memory between its passes.
//!
//! Passes take longer to write and read arrays than to compute them. So an operation waits for the pass that needs its result; one
//! that two passes need, and that is made of one array and of what is smaller, is carried out by both; and a pass reads the elements
//! of a reshaped array from where they are. No value changes by any of this.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::parts::{self, OF_ARRAY};
use super::plan::{Item, Place, pass_shape};
use crate::cpu::reduce::block_len;
use crate::element::Element;
use crate::recording::{Kind, Role};
use crate::shape::Shape;

/// The most operands, results and sums of a pass that is to repeat something. It must have room for them: what is repeated is not written,
/// so that no other part of a divided pass could read it.
const ROOM: usize = 32;
const _: () = assert!(ROOM * OF_ARRAY <= parts::ROOM);
/// Bytes of an array that does not stay in the cache from one pass to another.
const LEAST: usize = 1 << 20;

/// An operation that is carried out once more, at a later time.
pub(super) struct Repeat {
    pub(super) slot: usize,
    pub(super) time: usize,
}

fn is_elementwise<T: Element>(item: &Item<T>) -> bool {
    matches!(item.kind, Kind::Elementwise(_))
}

/// Lets passes read what is before a reshape: elements are in the same order there.
pub(super) fn read_before_reshapes<T: Element>(items: &mut [Item<T>]) {
    for reader in 0..items.len() {
        if !is_elementwise(&items[reader]) {
            continue;
        }
        for input in 0..items[reader].inputs.len() {
            while let Some((view, before)) = reshape(items, items[reader].inputs[input])
                && items[view].shape == items[reader].shape
            {
                items[reader].inputs[input] = before;
                items[view].users -= 1;
                let is_needed = items[view].users > 0 || items[view].is_root;
                // (Whoever needs a view counts as a user of what is before it, and so does the view itself as long as it is needed.)
                items[view].is_taken_over = !is_needed;
                if let Some(source) = before.slot().and_then(|slot| items.get_mut(slot)) {
                    source.users += usize::from(is_needed);
                }
            }
        }
    }
}

/// The slot of a reshape, and what it is of.
fn reshape<T: Element>(items: &[Item<T>], place: Place<T>) -> Option<(usize, Place<T>)> {
    let slot = place.slot()?;
    let item = items.get(slot)?;
    match &item.kind {
        Kind::Structural(operation) if operation.is_reshape() => Some((slot, item.inputs[0])),
        _ => None,
    }
}

/// Lets passes take the sums of rows of what they compute, also of a reshaped result. (Not beside totals, which are taken over blocks of
/// another length.)
pub(super) fn absorb_sums_of_rows<T: Element>(items: &mut [Item<T>]) {
    // The lengths of rows that passes take sums of: the elements of a block, for totals.
    let mut rows: HashMap<(usize, Shape), usize> = HashMap::new();
    for item in items.iter().filter(|item| item.is_absorbed) {
        if let Some(made) = item.inputs[0].slot().and_then(|slot| items.get(slot)) {
            rows.insert((made.time, made.shape.clone()), 0);
        }
    }
    for sum in 0..items.len() {
        let item = &items[sum];
        let Kind::Structural(operation) = &item.kind else { continue };
        let (false, true) = (item.is_absorbed, operation.sums_rows()) else { continue };
        let view = reshape(items, item.inputs[0])
            .filter(|&(view, _)| items[view].users == 1 && !items[view].is_root);
        let source = view.map_or(item.inputs[0], |(_, before)| before);
        let Some(made) = source.slot().and_then(|slot| items.get(slot)) else { continue };
        let row = made.shape.size() / item.shape.size().max(1);
        if !is_elementwise(made) || !(2..=block_len::<T>() / 4).contains(&row) {
            continue;
        }
        if *rows.entry((made.time, made.shape.clone())).or_insert(row) == row {
            items[sum].inputs[0] = source;
            (items[sum].is_absorbed, items[sum].row) = (true, row);
            if let Some((view, _)) = view {
                items[view].is_taken_over = true;
            }
        }
    }
}

/// The inputs of an item that are not much smaller than its result. `size` is that of what is in a slot.
fn large_inputs<T: Element>(
    item: &Item<T>,
    size: impl Fn(usize) -> usize,
) -> impl Iterator<Item = usize> {
    let is_large = move |input: &usize| 4 * size(*input) > item.shape.size();
    item.inputs.iter().filter_map(Place::slot).filter(is_large)
}

/// Lets operations wait for the first pass that needs them, unless several arrays would have to wait instead of one.
pub(super) fn postpone<T: Element>(items: &mut [Item<T>], size: impl Fn(usize) -> usize) {
    // The latest time for each, and whether it meets a pass of its shape then.
    let mut latest: Vec<(usize, bool)> = vec![(usize::MAX, false); items.len()];
    for slot in (0..items.len()).rev() {
        let (time, meets) = latest[slot];
        let item = &items[slot];
        if item.is_taken_over {
            continue;
        }
        if is_elementwise(item) && !item.is_root && meets {
            let computed = large_inputs(item, &size).filter(|&input| input < items.len());
            if computed.count() <= 1 {
                items[slot].time = time;
            }
        }
        let item = &items[slot];
        for input in item.inputs.iter().filter_map(Place::slot) {
            let Some(before) = items.get(input) else { continue };
            let bound = match (is_elementwise(item), before.shape == item.shape) {
                (true, true) if is_elementwise(before) => (item.time, true),
                (true, _) => (item.time.saturating_sub(1), false),
                (false, _) => (item.time, false),
            };
            let known = &mut latest[input];
            match bound.0.cmp(&known.0) {
                core::cmp::Ordering::Less => *known = bound,
                core::cmp::Ordering::Equal => known.1 |= bound.1,
                core::cmp::Ordering::Greater => {}
            }
        }
    }
}

/// Finds what is carried out again, and says of it how many users its result has left.
pub(super) fn repeats<T: Element>(
    items: &mut [Item<T>],
    size: impl Fn(usize) -> usize,
) -> Vec<Repeat> {
    let mut users: Vec<SmallVec<[usize; 2]>> = vec![SmallVec::new(); items.len()];
    for (slot, item) in items.iter().enumerate().filter(|(_, item)| !item.is_taken_over) {
        for input in item.inputs.iter().filter_map(Place::slot) {
            if let Some(users) = users.get_mut(input) {
                users.push(slot);
            }
        }
    }
    let mut repeats: Vec<Repeat> = Vec::new();
    // An operation counts with what it reads and writes; a sum, with what it is of.
    let needs = |item: &Item<T>| if item.is_absorbed { 1 } else { item.inputs.len() + 1 };
    for slot in 0..items.len() {
        let item = &items[slot];
        let Some(time) = time_of_repetition(items, item, &users[slot], &size) else { continue };
        // (What is not written cannot be read by others.)
        let is_repeated = |input: usize| repeats.iter().any(|repeat| repeat.slot == input);
        if item.inputs.iter().filter_map(Place::slot).any(is_repeated) {
            continue;
        }
        let of_pass = |&other: &usize| {
            let is_member = items[other].is_absorbed || is_elementwise(&items[other]);
            is_member && items[other].time == time && *pass_shape(items, other) == item.shape
        };
        let members = (0..items.len()).filter(|&other| !items[other].is_taken_over);
        let others = repeats.iter().filter(|repeat| repeat.time == time).map(|repeat| repeat.slot);
        let pass = members.filter(of_pass).chain(others).chain([slot]);
        if pass.map(|other| needs(&items[other])).sum::<usize>() <= ROOM {
            let later = users[slot].iter().filter(|&&user| items[user].time == time).count();
            items[slot].users -= later;
            repeats.push(Repeat { slot, time });
        }
    }
    repeats
}

/// The time of the other pass that needs the result of an item, if there is one, and it costs less to find the result there once more than
/// to write and to read it.
fn time_of_repetition<T: Element>(
    items: &[Item<T>],
    item: &Item<T>,
    users: &[usize],
    size: &impl Fn(usize) -> usize,
) -> Option<usize> {
    let Kind::Elementwise(operation) = &item.kind else { return None };
    let is_cheap = matches!(operation.role(), Role::Sum | Role::Term);
    if item.is_taken_over || item.is_root || !is_cheap || item.users != users.len() {
        return None;
    }
    if item.shape.size() * size_of::<T>() < LEAST {
        return None;
    }
    let fits = |user: &usize| is_elementwise(&items[*user]) && items[*user].shape == item.shape;
    let now = users.iter().filter(|&&user| items[user].time == item.time).count();
    let mut later = users.iter().map(|&user| items[user].time).filter(|&time| time > item.time);
    let time = later.next()?;
    if now == 0 || !users.iter().all(fits) || !later.all(|other| other == time) {
        return None;
    }
    // (What the pass makes itself would have to be written for the other one.)
    let is_there = |input: usize| {
        items.get(input).is_none_or(|input| !is_elementwise(input) || input.time < item.time)
    };
    let mut inputs = item.inputs.iter().filter_map(Place::slot);
    (inputs.all(is_there) && large_inputs(item, size).count() <= 1).then_some(time)
}
