//! The notation of `einsum`: which axes of which operand are the same.

use std::collections::BTreeMap;

use crate::shape::Shape;

/// What an axis is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// One of the axes that `...` stands for, counted from the last.
    Ellipsis(usize),
    Letter(char),
}

/// The labels of the axes of each operand, and of the result.
pub(super) struct Subscripts {
    pub(super) operands: Vec<Vec<Label>>,
    pub(super) result: Vec<Label>,
    pub(super) extents: BTreeMap<Label, usize>,
}

impl Subscripts {
    /// What `text` says of operands of these shapes.
    #[track_caller]
    pub(super) fn new(text: &str, shapes: &[Shape]) -> Self {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (inputs, output) = match compact.split_once("->") {
            Some((inputs, output)) => (inputs, Some(output)),
            None => (&compact[..], None),
        };
        let terms: Vec<&str> = inputs.split(',').collect();
        assert!(
            terms.len() == shapes.len(),
            "einsum: {text:?} speaks of {} operands, and {} are given",
            terms.len(),
            shapes.len()
        );
        let mut operands = Vec::new();
        let mut extents = BTreeMap::new();
        for (term, shape) in terms.iter().zip(shapes) {
            let labels = labels(text, term, |named| shape.rank().saturating_sub(named));
            assert!(
                labels.len() == shape.rank(),
                "einsum: {term:?} in {text:?} names {} axes, and shape {shape} has {}; `...` stands for the others",
                labels.len(),
                shape.rank()
            );
            for (&label, &extent) in labels.iter().zip(shape.iter()) {
                let known = extents.entry(label).or_insert(extent);
                match label {
                    Label::Ellipsis(_) if *known == 1 => *known = extent,
                    Label::Ellipsis(_) if extent == 1 => {}
                    _ => assert!(
                        *known == extent,
                        "einsum: in {text:?}, {term:?} of shape {shape} gives extent {extent} to an axis that has {known} \
                         elsewhere"
                    ),
                }
            }
            operands.push(labels);
        }
        let ellipsis: Vec<Label> = extents
            .keys()
            .copied()
            .filter(|label| matches!(label, Label::Ellipsis(_)))
            .rev()
            .collect();
        let result = match output {
            Some(output) => labels(text, output, |_| ellipsis.len()),
            None => {
                let count =
                    |label: Label| operands.iter().flatten().filter(|&&l| l == label).count();
                let letters = extents.keys().copied();
                let once = letters.filter(|&l| matches!(l, Label::Letter(_)) && count(l) == 1);
                ellipsis.iter().copied().chain(once).collect()
            }
        };
        for (place, label) in result.iter().enumerate() {
            assert!(
                extents.contains_key(label) && !result[..place].contains(label),
                "einsum: the result of {text:?} must name axes of operands, each once"
            );
        }
        assert!(
            ellipsis.iter().all(|label| result.contains(label)),
            "einsum: {text:?} has `...` in operands; the result must have it, too"
        );
        Subscripts { operands, result, extents }
    }
}

/// The labels of one term; `rest` says how many axes `...` stands for beside those that have a name.
#[track_caller]
fn labels(text: &str, term: &str, rest: impl FnOnce(usize) -> usize) -> Vec<Label> {
    let (before, after, has_ellipsis) = match term.split_once("...") {
        Some((before, after)) => (before, after, true),
        None => (term, "", false),
    };
    assert!(
        before.chars().chain(after.chars()).all(char::is_alphabetic),
        "einsum: {term:?} in {text:?} is not made of letters, and `...` at most once"
    );
    let letters = |part: &str| part.chars().map(Label::Letter).collect::<Vec<_>>();
    let (before, after) = (letters(before), letters(after));
    let count = if has_ellipsis { rest(before.len() + after.len()) } else { 0 };
    let others = (0..count).rev().map(Label::Ellipsis);
    before.into_iter().chain(others).chain(after).collect()
}
