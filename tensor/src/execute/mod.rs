//! Evaluation: from recorded nodes to values.
//!
//! [`plan`] finds what is needed and orders it; [`fused`] runs groups of elementwise operations as one pass over
//! memory, block by block; everything else is called one by one. A value is dropped as soon as its last user is done.
//! [`program`] keeps a plan for many runs.

mod fused;
#[cfg(feature = "cuda")]
mod on_device;
mod parts;
mod plan;
mod program;
mod rows;
mod sums;
mod traffic;

use smallvec::SmallVec;

use crate::device::Site;
#[cfg(feature = "cuda")]
use crate::device::work::device_of;
use crate::element::Element;
use crate::memory;
use crate::recording::{self, Operation};
use crate::shape::{Shape, few};
use crate::tensor::Tensor;
use crate::var::Var;
use plan::{Place, Plan, Single, Step};
pub(crate) use program::Program;

/// What is left in the recording after an evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// All intermediate results, because the recording goes on, and may use them.
    Everything,
    /// What was asked for.
    Roots,
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
        let device = recording::newest_device::<T>();
        let number = |x: &Var<T>| Tensor::from(x.as_number().expect("a number")).to(&device);
        return roots.iter().map(number).collect();
    };
    let (plan, mut values) =
        recording::with(recorded.id(), "value", |recording| Plan::new(recording, roots, keep));
    assert!(
        values[plan.computed..].iter().all(Option::is_some),
        "value: it rests on an argument of a function that is being compiled, or mapped by `vmap`, and is not known before \
         the function is called; compute with the array itself, or choose with `Mask::select`"
    );
    plan.run(&mut values);
    let results = (0..roots.len()).map(|k| plan.result(k, &values)).collect();
    recording::with(recorded.id(), "value", |recording| {
        // (What is not to stay was dropped.)
        for (&node, value) in plan.nodes[..plan.computed].iter().zip(values) {
            recording.nodes[node].value = value;
        }
    });
    results
}

/// The result of an operation, where its inputs are.
fn evaluated<T: Element>(
    operation: &dyn Operation<T>,
    inputs: &[&Tensor<T>],
    shape: &Shape,
) -> Tensor<T> {
    #[cfg(feature = "cuda")]
    if let Some(device) = inputs.iter().find_map(|x| device_of(x)).cloned() {
        return on_device::evaluated(operation, &device, inputs, shape);
    }
    operation.forward(inputs, shape)
}

impl<T: Element> Single<T> {
    /// Fills the slot.
    fn run(&self, values: &mut [Option<Tensor<T>>]) {
        let Single { operation, inputs, slot, shape } = self;
        let input = |&slot: &usize| values[slot].as_ref().expect("computed before");
        let inputs: SmallVec<[&Tensor<T>; 4]> = few(inputs.iter().map(input));
        let value = evaluated(&**operation, &inputs, shape);
        debug_assert_eq!(value.shape(), shape, "{}", operation.name());
        if memory::is_wanted() && !inputs.iter().any(|input| input.shares_memory_with(&value)) {
            memory::note(operation.name(), value.bytes());
        }
        drop(inputs);
        values[*slot] = Some(value);
    }
}

impl<T: Element> Plan<T> {
    /// What was asked for as number `k`, once the slots are filled: where the program's arrays are.
    fn result(&self, k: usize, values: &[Option<Tensor<T>>]) -> Tensor<T> {
        let value = match self.roots[k] {
            Place::Slot(slot) => values[slot].clone().expect("computed before it is used"),
            Place::Number(number) => Tensor::from(number),
        };
        if self.sites[k] == Site::ANYWHERE { value.to(&self.device) } else { value }
    }

    /// Fills the slots.
    fn run(&self, values: &mut [Option<Tensor<T>>]) {
        for (step, ends) in &self.steps {
            match step {
                Step::Fused(pass) => pass.run(values),
                Step::Single(single) => single.run(values),
                Step::Rows(together) => together.run(values),
            }
            for &slot in ends {
                values[slot] = None;
            }
        }
    }
}
