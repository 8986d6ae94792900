//! Sums that take over what computes one of their terms: most operations of a gradient are products that are added to something, and
//! needed for nothing else.
//!
//! The term is then neither written nor read. The sum's value is the same, bit for bit.

use super::plan::Item;
use crate::element::Element;
use crate::recording::{Kind, Role};

/// Turns each sum, if it can, into the operation that computes one of its terms, with the other as a last input to be added.
pub(super) fn take_over_terms<T: Element>(items: &mut [Item<T>]) {
    for sum in 0..items.len() {
        let (Some(Role::Sum), [a, b]) = (role(&items[sum]), &items[sum].inputs[..]) else {
            continue;
        };
        // The term that was computed last comes first: a pass that holds the sum has what that needs.
        let order = if a.slot() > b.slot() { [(a, b), (b, a)] } else { [(b, a), (a, b)] };
        let taken = order.into_iter().find_map(|(term, other)| {
            let term = term.slot().filter(|&term| can_take(items, term, sum))?;
            Some((term, *other))
        });
        let Some((term, other)) = taken else { continue };
        let (kind, mut inputs) = (items[term].kind.clone(), items[term].inputs.clone());
        inputs.push(other);
        items[term].is_taken_over = true;
        (items[sum].kind, items[sum].inputs, items[sum].adds_last) = (kind, inputs, true);
    }
}

/// What the operation of an item is to others, unless it does more than its operation already.
fn role<T: Element>(item: &Item<T>) -> Option<Role> {
    match &item.kind {
        Kind::Elementwise(operation) if !item.adds_last => Some(operation.role()),
        _ => None,
    }
}

fn can_take<T: Element>(items: &[Item<T>], term: usize, sum: usize) -> bool {
    let Some(item) = items.get(term) else { return false };
    let is_term = matches!(role(item), Some(Role::Sum | Role::Term | Role::TimesSlope(_)));
    is_term && item.users == 1 && !item.is_root && item.shape == items[sum].shape
}
