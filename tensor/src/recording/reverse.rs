//! Reverse mode: cotangents from the output back to the inputs.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::{Arguments, Part, Sweep, index, len, number_of, step};
use crate::element::Element;
use crate::ops::{placed, sum_to};
use crate::var::Var;

/// Which nodes the sweeps look at: a section of the recording, and some nodes before it on which it rests.
pub(super) struct Section {
    first: usize,
    /// Nodes outside of the section that count as variables.
    before: SmallVec<[usize; 8]>,
    /// For each node of the section whether it depends on a variable.
    depends: Vec<bool>,
}

impl Section {
    /// The nodes from `first` to `last`, and which of them depend on the variables.
    pub(super) fn new<T: Element>(
        number: u64,
        first: usize,
        last: usize,
        variables: impl Iterator<Item = usize>,
    ) -> Self {
        let mut depends = vec![false; (last + 1).saturating_sub(first)];
        let mut before = SmallVec::new();
        for variable in variables {
            match variable.checked_sub(first) {
                Some(place) if place < depends.len() => depends[place] = true,
                Some(_) => {}
                None => before.push(variable),
            }
        }
        let mut section = Section { first, before, depends };
        super::with::<T, _>(number << super::INDEX_BITS | last as u64, "gradient", |recording| {
            for place in 0..section.depends.len() {
                let node = &recording.nodes[first + place];
                let inputs = || node.inputs.iter().any(|&input| section.depends_on(input as usize));
                section.depends[place] = section.depends[place] || inputs();
            }
        });
        section
    }

    pub(super) fn depends_on(&self, node: usize) -> bool {
        match node.checked_sub(self.first) {
            Some(place) => self.depends.get(place).is_some_and(|&depends| depends),
            None => self.before.contains(&node),
        }
    }

    fn slot(&self, node: usize) -> usize {
        match node.checked_sub(self.first) {
            Some(place) => self.before.len() + place,
            None => self.before.iter().position(|&b| b == node).expect("a variable before"),
        }
    }
}

/// Σ over the elements of `output` · `seed`, differentiated with respect to each of the variables, which count
/// as independent; nodes before `first` do not pass anything on.
#[track_caller]
pub(crate) fn cotangents<T: Element>(
    output: Var<T>,
    seed: Var<T>,
    variables: &[Var<T>],
    first: usize,
) -> SmallVec<[Option<Var<T>>; 8]> {
    let indices = || variables.iter().filter(|x| x.as_number().is_none()).map(|x| index(x.id()));
    let (all, section) = super::beside(output, || sweep(output, seed, indices(), first));
    let found = |x: &Var<T>| match &section {
        Some(section) if x.as_number().is_none() && section.depends_on(index(x.id())) => {
            all[section.slot(index(x.id()))]
        }
        _ => None,
    };
    variables.iter().map(found).collect()
}

/// The same for all nodes of a recording, by index.
#[track_caller]
pub(crate) fn cotangents_of_all<T: Element>(
    output: Var<T>,
    seed: Var<T>,
    variables: &[usize],
) -> Vec<Option<Var<T>>> {
    super::beside(output, || sweep(output, seed, variables.iter().copied(), 0).0)
}

#[track_caller]
fn sweep<T: Element>(
    output: Var<T>,
    seed: Var<T>,
    variables: impl Iterator<Item = usize>,
    first: usize,
) -> (Vec<Option<Var<T>>>, Option<Section>) {
    if output.as_number().is_some() {
        return (Vec::new(), None);
    }
    let (number, last) = (number_of(output), index(output.id()));
    let section = Section::new::<T>(number, first, last, variables);
    let mut all = vec![None; section.before.len() + (last + 1).saturating_sub(first)];
    if !section.depends_on(last) {
        return (all, Some(section));
    }
    all[section.slot(last)] = Some(seed);
    let mut parts: BTreeMap<usize, Parts<T>> = BTreeMap::new();
    for node in (first..=last).rev() {
        let slot = section.slot(node);
        if let Some(parts) = parts.remove(&slot) {
            accumulate(&mut all[slot], parts.together());
        }
        let Some(cotangent) = all[slot] else { continue };
        let step = step::<T>(number, node);
        let Some(operation) = step.kind.operation() else { continue };
        let recorded = |x: &Var<T>| x.as_number().is_none() && section.depends_on(index(x.id()));
        let at = Arguments { inputs: &step.inputs, output: step.output };
        let mut add = |input: Var<T>, contribution: Var<T>| {
            let slot = section.slot(index(input.id()));
            let contribution = sum_to(contribution, &input.shape());
            accumulate(&mut all[slot], contribution);
        };
        let start = len::<T>(number);
        if let Some(expansion) = operation.expansion(&at, Sweep::Reverse(cotangent)) {
            // What the expansion rests on are the inputs, and variables that it has captured.
            let mut rests_on = super::foundations::<T>(number, start);
            if expansion.as_number().is_none() && index(expansion.id()) < start {
                rests_on.push(index(expansion.id()));
            }
            let rests_on: SmallVec<[Var<T>; 8]> = rests_on
                .into_iter()
                .filter(|&node| section.depends_on(node))
                .map(|node| super::var(number, node))
                .collect();
            let contributions = cotangents(expansion, cotangent, &rests_on, start);
            for (&input, contribution) in rests_on.iter().zip(contributions) {
                if let Some(contribution) = contribution {
                    add(input, contribution);
                }
            }
            continue;
        }
        if let (Some(part), [input]) = (operation.part(), &step.inputs[..]) {
            if recorded(input) {
                let slot = section.slot(index(input.id()));
                let parts = parts.entry(slot).or_insert_with(|| Parts::of(*input));
                parts.cotangents.push(cotangent);
                parts.places.push(part);
            }
            continue;
        }
        let contributions = operation.vjps(&at, &|k| recorded(&step.inputs[k]), cotangent);
        for (&input, contribution) in step.inputs.iter().zip(contributions) {
            if let Some(contribution) = contribution {
                add(input, contribution);
            }
        }
    }
    // (What is left belongs to variables from before the section.)
    for (slot, parts) in parts {
        accumulate(&mut all[slot], parts.together());
    }
    (all, Some(section))
}

#[track_caller]
fn accumulate<T: Element>(sum: &mut Option<Var<T>>, contribution: Var<T>) {
    *sum = Some(match *sum {
        Some(sum) => sum + contribution,
        None => contribution,
    });
}

/// The cotangents of parts of an array, not yet put in their places.
struct Parts<T> {
    array: Var<T>,
    cotangents: Vec<Var<T>>,
    places: Vec<Part>,
}

impl<T: Element> Parts<T> {
    fn of(array: Var<T>) -> Self {
        Parts { array, cotangents: Vec::new(), places: Vec::new() }
    }

    #[track_caller]
    fn together(self) -> Var<T> {
        placed(&self.cotangents, &self.places, self.array.shape())
    }
}
