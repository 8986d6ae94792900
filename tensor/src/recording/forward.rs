//! Forward mode: tangents from the inputs on to the outputs.

use smallvec::SmallVec;

use super::reverse::Section;
use super::{Arguments, Sweep, index, len, number_of, step};
use crate::element::Element;
use crate::ops::expand_to;
use crate::var::Var;

/// The tangents of the outputs, where the variables have the given ones; nodes before `first` have none.
#[track_caller]
pub(crate) fn tangents<T: Element>(
    outputs: &[Var<T>],
    variables: &[(Var<T>, Var<T>)],
    first: usize,
) -> SmallVec<[Option<Var<T>>; 8]> {
    let recorded = || outputs.iter().filter(|y| y.as_number().is_none());
    let Some(last) = recorded().map(|y| index(y.id())).max() else {
        return outputs.iter().map(|_| None).collect();
    };
    let number = recorded().map(|&y| number_of(y)).next().expect("one is recorded");
    let section =
        Section::new::<T>(number, first, last, variables.iter().map(|(x, _)| index(x.id())));
    let mut all = vec![None; (last + 1).saturating_sub(first)];
    let given = |node: usize| variables.iter().find(|(x, _)| index(x.id()) == node);
    let tangent = |all: &[Option<Var<T>>], x: &Var<T>| {
        if x.as_number().is_some() {
            return None;
        }
        let node = index(x.id());
        match given(node) {
            Some(&(_, tangent)) => Some(tangent),
            None => node.checked_sub(first).and_then(|place| *all.get(place)?),
        }
    };
    super::within::<T, _>(number, || {
        for node in first..=last {
            if !section.depends_on(node) || given(node).is_some() {
                continue;
            }
            let step = step::<T>(number, node);
            let Some(operation) = step.kind.operation() else { continue };
            let inputs: SmallVec<[Option<Var<T>>; 4]> =
                step.inputs.iter().map(|x| tangent(&all, x)).collect();
            if inputs.iter().all(Option::is_none) {
                continue;
            }
            let at = Arguments { inputs: &step.inputs, output: step.output };
            let start = len::<T>(number);
            all[node - first] = match operation.expansion(&at, Sweep::Forward) {
                Some(expansion) => {
                    let seeds: SmallVec<[(Var<T>, Var<T>); 4]> =
                        distinct(step.inputs.iter().copied())
                            .into_iter()
                            .filter_map(|x| Some((x, tangent(&all, &x)?)))
                            .collect();
                    tangents(&[expansion], &seeds, start)[0]
                }
                None => operation.jvp(&at, &inputs),
            }
            // (The tangent of a broadcast operand alone may be smaller.)
            .map(|tangent| expand_to(tangent, &step.output.shape()));
        }
    });
    outputs.iter().map(|y| tangent(&all, y)).collect()
}

/// Each variable once.
fn distinct<T: Element>(variables: impl Iterator<Item = Var<T>>) -> SmallVec<[Var<T>; 4]> {
    let mut distinct: SmallVec<[Var<T>; 4]> = SmallVec::new();
    for x in variables {
        if distinct.iter().all(|y| y.id() != x.id()) {
            distinct.push(x);
        }
    }
    distinct
}
