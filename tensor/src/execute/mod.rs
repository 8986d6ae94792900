//! Evaluation: from recorded nodes to values.
//!
//! [`plan`] finds what is needed and orders it; [`fused`] runs groups of elementwise operations as one pass over
//! memory, block by block; everything else is called one by one. A value is dropped as soon as its last user is done.

mod fused;
mod plan;

use smallvec::SmallVec;

use crate::element::Element;
use crate::memory;
use crate::recording::{self, Kind, index};
use crate::tensor::Tensor;
use crate::var::Var;
use plan::{Input, Item, Plan};

/// What is left in the recording after an evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// All intermediate results, because the recording goes on, and may use them.
    Everything,
    /// What was asked for.
    Roots,
    /// Not even that, because variables will have other values.
    Nothing,
}

/// The value of one array, in the middle of a recording.
#[track_caller]
pub(crate) fn value<T: Element>(x: Var<T>) -> Tensor<T> {
    let known = recording::with_node(x, "value", |node| node.value.clone());
    known.unwrap_or_else(|| values(&[x], Keep::Everything).swap_remove(0))
}

/// The values of several arrays, found together.
#[track_caller]
pub(crate) fn values<T: Element>(roots: &[Var<T>], keep: Keep) -> Vec<Tensor<T>> {
    let Some(recorded) = roots.iter().find(|x| x.as_number().is_none()) else {
        return roots.iter().map(|x| Tensor::from(x.as_number().expect("a number"))).collect();
    };
    let mut plan = recording::with(recorded.id(), "value", |recording| Plan::new(recording, roots));
    plan.run(keep);
    recording::with(recorded.id(), "value", |recording| {
        let stays = |item: &&Item<T>| match keep {
            Keep::Everything => true,
            Keep::Roots => item.is_root,
            Keep::Nothing => false,
        };
        for item in plan.items.iter().filter(stays) {
            recording.nodes[item.node].value.clone_from(&item.value);
        }
        let value = |x: &Var<T>| match x.as_number() {
            Some(number) => Tensor::from(number),
            None => {
                let node = &recording.nodes[index(x.id())];
                match (&node.kind, &node.value, plan.place(index(x.id()))) {
                    (Kind::Number(number), ..) => Tensor::from(*number),
                    (_, Some(value), _) => value.clone(),
                    (.., Some(place)) => plan.items[place].value.clone().expect("just evaluated"),
                    _ => unreachable!("a root is known before or planned"),
                }
            }
        };
        roots.iter().map(value).collect()
    })
}

impl<T: Element> Plan<T> {
    fn run(&mut self, keep: Keep) {
        for bucket in core::mem::take(&mut self.buckets) {
            for group in bucket.groups {
                fused::run(self, &group, keep);
                self.release(&group, keep);
            }
            for place in bucket.others {
                let item = &self.items[place];
                let inputs: SmallVec<[Tensor<T>; 4]> =
                    item.inputs.iter().map(|input| self.tensor(input)).collect();
                let inputs: SmallVec<[&Tensor<T>; 4]> = inputs.iter().collect();
                let operation = item.kind.operation().expect("leaves are given");
                let value = operation.forward(&inputs, &item.shape);
                debug_assert_eq!(value.shape(), &item.shape, "{}", operation.name());
                if inputs.iter().all(|input| !input.shares_memory_with(&value)) {
                    memory::note(operation.name(), size_of_val(value.memory()));
                }
                self.items[place].value = Some(value);
                self.release(&[place], keep);
            }
        }
    }

    fn tensor(&self, input: &Input<T>) -> Tensor<T> {
        match input {
            Input::Planned(place) => self.items[*place].value.clone().expect("evaluated before"),
            Input::Given(tensor) => tensor.clone(),
            Input::Number(number) => Tensor::from(*number),
        }
    }

    /// Drops what the given items were the last to use.
    fn release(&mut self, done: &[usize], keep: Keep) {
        for &place in done {
            for input in core::mem::take(&mut self.items[place].inputs) {
                if let Input::Planned(used) = input {
                    let item = &mut self.items[used];
                    item.users -= 1;
                    if item.users == 0 && !item.is_root && keep != Keep::Everything {
                        item.value = None;
                    }
                }
            }
        }
    }
}
