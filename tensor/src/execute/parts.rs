//! Groups of elementwise operations, divided where they need more arrays than a pass has room for.
//!
//! What belongs together stays together: first by what is connected (the updates of many parameters are not), and then each
//! operation close to those that it needs. So few results have to go through memory from one part to another.

use smallvec::SmallVec;

use super::Keep;
use super::plan::{Item, Place};
use crate::element::Element;
use crate::recording::Kind;

/// The room of a pass: forty arrays, or numbers instead. A kernel has five hundred parameters: an array needs one, and one for its
/// steps along each axis, if they are not in order.
pub(super) const ROOM: usize = 40 * OF_ARRAY;
/// What an array takes of it; a number takes 1.
pub(super) const OF_ARRAY: usize = 8;

/// Members of a group, by their slots in the order of recording.
pub(super) type Members = SmallVec<[usize; 8]>;

/// The parts of a group. Each is complete when those before it are.
pub(super) fn parts<T: Element>(items: &[Item<T>], group: &[usize], keep: Keep) -> Vec<Members> {
    let mut parts = Parts {
        items,
        group,
        keep,
        totals: vec![SmallVec::new(); group.len()],
        part_of: vec![usize::MAX; group.len()],
        uses: vec![0; group.len()],
        parts: Vec::new(),
        sources: Vec::new(),
        written: 0,
    };
    let totals: Vec<usize> = (0..group.len()).filter(|&member| parts.is_total(member)).collect();
    for total in totals {
        let of: SmallVec<[usize; 1]> = parts.inputs(total).collect();
        of.into_iter().for_each(|input| parts.totals[input].push(total));
    }
    parts.begin();
    for connected in parts.connected() {
        if parts.has_room_for(&connected) {
            parts.push(&connected);
            continue;
        }
        parts.begin();
        if parts.has_room_for(&connected) {
            parts.push(&connected);
            continue;
        }
        (parts.sources, parts.written) = (Vec::new(), 0);
        for member in connected {
            if !parts.has_room_for(&[member]) {
                parts.begin();
                parts.has_room_for(&[member]);
            }
            parts.push(&[member]);
        }
    }
    let mut parts = parts.parts;
    parts.retain(|part| !part.is_empty());
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// Parts, of which the last is in the making. Members have the numbers of their places in the group.
struct Parts<'a, T: Element> {
    items: &'a [Item<T>],
    group: &'a [usize],
    keep: Keep,
    /// The totals that are taken of each member, and go with it.
    totals: Vec<SmallVec<[usize; 1]>>,
    part_of: Vec<usize>,
    /// How often each is used in its part.
    uses: Vec<usize>,
    parts: Vec<Members>,
    /// What the last part reads, and how many arrays it writes.
    sources: Vec<Place<T>>,
    written: usize,
}

impl<T: Element> Parts<'_, T> {
    fn inside(&self, input: &Place<T>) -> Option<usize> {
        input.slot().and_then(|slot| self.group.binary_search(&slot).ok())
    }

    fn inputs(&self, member: usize) -> impl Iterator<Item = usize> {
        self.items[self.group[member]].inputs.iter().filter_map(|input| self.inside(input))
    }

    fn is_total(&self, member: usize) -> bool {
        !matches!(self.items[self.group[member]].kind, Kind::Elementwise(_))
    }

    /// Whether the part writes a result, with the uses that are known by now.
    fn is_written(&self, member: usize) -> bool {
        let item = &self.items[self.group[member]];
        item.is_root || self.keep == Keep::Everything || item.users > self.uses[member]
    }

    fn begin(&mut self) {
        self.parts.push(Members::new());
        (self.sources, self.written) = (Vec::new(), 0);
    }

    /// Counts what these members need, in the last part. If it is too much, another one has to begin.
    fn has_room_for(&mut self, members: &[usize]) -> bool {
        let last = self.parts.len() - 1;
        for &member in members {
            let items = self.items;
            for input in &items[self.group[member]].inputs {
                match self.inside(input).filter(|&input| self.part_of[input] == last) {
                    Some(input) => {
                        self.written -= usize::from(self.is_written(input));
                        self.uses[input] += 1;
                        self.written += usize::from(self.is_written(input));
                    }
                    None if self.sources.contains(input) => {}
                    None => self.sources.push(*input),
                }
            }
            self.part_of[member] = last;
            self.uses[member] = self.totals[member].len();
            self.written += usize::from(self.is_written(member)) + self.totals[member].len();
        }
        let read: usize = self.sources.iter().map(Place::room).sum();
        read + OF_ARRAY * self.written <= ROOM
    }

    fn push(&mut self, members: &[usize]) {
        let part = self.parts.last_mut().expect("one has begun");
        for &member in members {
            let with_totals = [member].into_iter().chain(self.totals[member].iter().copied());
            part.extend(with_totals.map(|member| self.group[member]));
        }
    }

    /// The members that are no totals: those that are connected together, and each after what it needs, as late as can be.
    fn connected(&self) -> Vec<Vec<usize>> {
        let count = self.group.len();
        // The first member of what each is connected with, or one that is closer to it.
        let mut first: Vec<usize> = (0..count).collect();
        fn root(first: &mut [usize], mut member: usize) -> usize {
            while first[member] != member {
                first[member] = first[first[member]];
                member = first[member];
            }
            member
        }
        let mut is_used = vec![false; count];
        for member in (0..count).filter(|&member| !self.is_total(member)) {
            for input in self.inputs(member) {
                is_used[input] = true;
                let (a, b) = (root(&mut first, member), root(&mut first, input));
                first[a.max(b)] = a.min(b);
            }
        }
        let mut connected: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut is_seen = vec![false; count];
        for last in (0..count).filter(|&member| !is_used[member] && !self.is_total(member)) {
            let order = &mut connected[root(&mut first, last)];
            let mut open = vec![(last, self.inputs(last))];
            is_seen[last] = true;
            while let Some((member, left)) = open.last_mut() {
                match left.find(|&input| !is_seen[input]) {
                    Some(input) => {
                        is_seen[input] = true;
                        open.push((input, self.inputs(input)));
                    }
                    None => {
                        order.push(*member);
                        open.pop();
                    }
                }
            }
        }
        connected.retain(|members| !members.is_empty());
        connected
    }
}
