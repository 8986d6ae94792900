//! A plan that is kept, to be run on other values.

use super::Keep;
use super::plan::{Place, Plan};
use crate::device::Site;
use crate::element::Element;
use crate::recording;
use crate::tensor::Tensor;
use crate::var::Var;

/// How to compute results from arguments, without a recording.
pub(crate) struct Program<T: Element> {
    plan: Plan<T>,
    /// The slots' values between runs: those of constants.
    values: Vec<Option<Tensor<T>>>,
    /// The slots of the arguments that are needed.
    arguments: Vec<Option<usize>>,
}

impl<T: Element> Program<T> {
    /// What computes `results` from `arguments`, which are leaves of the same recording.
    #[track_caller]
    pub(crate) fn new(arguments: &[Var<T>], results: &[Var<T>]) -> Self {
        let recorded = arguments.iter().chain(results).find(|x| x.as_number().is_none());
        let (plan, mut values) = match recorded {
            Some(x) => recording::with(x.id(), "compile", |recording| {
                let (plan, mut values) = Plan::new(recording, results, Keep::Roots);
                // What operations made for themselves is brought to the device once, not for each run.
                for (&node, value) in plan.nodes.iter().zip(&mut values) {
                    if recording.nodes[node].site == Site::ANYWHERE {
                        *value = value.take().map(|value| value.to(&plan.device));
                    }
                }
                (plan, values)
            }),
            None => Plan::of_numbers(results),
        };
        let arguments: Vec<_> =
            arguments.iter().map(|x| plan.slot(recording::index(x.id()))).collect();
        for &slot in arguments.iter().flatten() {
            values[slot] = None;
        }
        Program { plan, values, arguments }
    }

    /// Sets argument number `k`, of the shape that it had at the beginning.
    pub(crate) fn set(&mut self, k: usize, argument: &Tensor<T>) {
        if let Some(slot) = self.arguments[k] {
            self.values[slot] = Some(argument.clone());
        }
    }

    /// Computes the results from the arguments, all of which have been set, and calls `take` with them, by their numbers.
    pub(crate) fn run<Y>(&mut self, take: impl FnOnce(&dyn Fn(usize) -> Tensor<T>) -> Y) -> Y {
        self.plan.run(&mut self.values);
        let taken = take(&|k| self.plan.result(k, &self.values));
        // The caller's arrays are not held, and so can be changed in place; nor are the results.
        let roots = self.plan.roots.iter().filter_map(Place::slot);
        let results = roots.filter(|&slot| slot < self.plan.computed);
        for slot in self.arguments.iter().flatten().copied().chain(results) {
            self.values[slot] = None;
        }
        taken
    }
}
