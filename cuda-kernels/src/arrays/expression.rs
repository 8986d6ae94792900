use core::cell::RefCell;

use smallvec::SmallVec;

use super::Float;
use crate::emit::{Access, Kernel, Output, Precision};
use crate::launch::{Device, Error, Function};
use crate::symbol::Graph;

/// An expression, and the kernels that it became for arrays that lie in memory in different ways: what was launched before is found
/// without a look at the operations.
#[derive(Debug)]
pub struct Expression {
    graph: Graph,
    kernels: RefCell<Vec<(Form, Function)>>,
}

/// What the text of a kernel depends on, beside the operations.
#[derive(Debug)]
pub(crate) struct Form {
    precision: Precision,
    inputs: SmallVec<[Access; 8]>,
    outputs: SmallVec<[Output; 4]>,
    rank: usize,
    wide: bool,
    aligned: bool,
}

impl Form {
    pub(crate) fn of(kernel: &Kernel<'_>) -> Self {
        let Kernel { precision, inputs, outputs, rank, wide, aligned, graph: _ } = *kernel;
        Form { precision, inputs: inputs.into(), outputs: outputs.into(), rank, wide, aligned }
    }

    pub(crate) fn is_of(&self, kernel: &Kernel<'_>) -> bool {
        let Kernel { precision, inputs, outputs, rank, wide, aligned, graph: _ } = *kernel;
        (self.precision, self.rank, self.wide, self.aligned) == (precision, rank, wide, aligned)
            && self.inputs[..] == *inputs
            && self.outputs[..] == *outputs
    }
}

impl From<Graph> for Expression {
    fn from(graph: Graph) -> Self {
        Expression { graph, kernels: RefCell::default() }
    }
}

impl Expression {
    /// The operations.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// A kernel for this expression.
    #[track_caller]
    pub(super) fn kernel<T: Float>(
        &self,
        device: &Device,
        kernel: &Kernel<'_>,
    ) -> Result<Function, Error> {
        let mut kernels = self.kernels.borrow_mut();
        let is_known = |(form, function): &&(Form, Function)| {
            form.is_of(kernel) && function.device() == device
        };
        if let Some((_, function)) = kernels.iter().find(is_known) {
            return Ok(function.clone());
        }
        let function = device.elementwise_kernel::<T>(kernel)?;
        kernels.push((Form::of(kernel), function.clone()));
        Ok(function)
    }
}
