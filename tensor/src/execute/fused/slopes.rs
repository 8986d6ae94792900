//! Slopes that a pass finds together with values: tanh x and its derivative need the same exponential and the same quotient.
//!
//! An operation that multiplies by the slope of a row takes it from the operation that finds the row's value at the same place,
//! if that is in the same pass. The numbers are the same, bit for bit, as if each were computed alone.

use core::any::TypeId;

use smallvec::SmallVec;

use crate::cpu::dispatch::{Loop, dispatch};
use crate::element::Element;
use crate::execute::plan::{Item, Place};
use crate::recording::{Kind, Role};

/// What a member of a group has to do with slopes.
#[derive(Clone, Copy)]
pub(super) enum Share {
    None,
    /// It finds one beside its value, for so many others.
    Gives(usize),
    /// It takes the one that this member finds.
    Takes(usize),
}

/// What each member of a group, given by their slots, has to do with slopes.
pub(super) fn shares<T: Element>(items: &[Item<T>], group: &[usize]) -> SmallVec<[Share; 16]> {
    let mut shares = SmallVec::from_elem(Share::None, group.len());
    let mut values: SmallVec<[(TypeId, Place<T>, usize); 8]> = SmallVec::new();
    for (member, &slot) in group.iter().enumerate() {
        let Kind::Elementwise(operation) = &items[slot].kind else { continue };
        let inputs = &items[slot].inputs;
        match operation.role() {
            Role::Value(row) => values.push((row, inputs[0], member)),
            Role::TimesSlope(row) => {
                let of_row =
                    |value: &&(TypeId, Place<T>, usize)| (value.0, value.1) == (row, inputs[1]);
                let Some(&(_, _, giver)) = values.iter().find(of_row) else { continue };
                let before = if let Share::Gives(before) = shares[giver] { before } else { 0 };
                shares[giver] = Share::Gives(before + 1);
                shares[member] = Share::Takes(giver);
            }
            _ => {}
        }
    }
    shares
}

/// Products with slopes, in which an exact zero wins, plus what may be added to them.
pub(super) fn times<T: Element>(factor: &[T], slope: &[T], addend: Option<&[T]>, out: &mut [T]) {
    dispatch(Times { factor, slope, addend, out });
}

struct Times<'a, T> {
    factor: &'a [T],
    slope: &'a [T],
    addend: Option<&'a [T]>,
    out: &'a mut [T],
}

impl<T: Element> Loop for Times<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // (By number: then no element is left over for checks of bounds.)
        let n = self.out.len();
        let (factor, slope) = (&self.factor[..n], &self.slope[..n]);
        match self.addend {
            None => (0..n).for_each(|i| self.out[i] = factor[i].strong_mul(slope[i])),
            Some(addend) => {
                let addend = &addend[..n];
                (0..n).for_each(|i| self.out[i] = factor[i].strong_mul(slope[i]) + addend[i]);
            }
        }
    }
}
