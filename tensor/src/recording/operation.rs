//! What an operation must know.

use core::any::TypeId;

use smallvec::SmallVec;
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::Symbol;

use super::Members;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The inputs of an operation as its rules see them, and its output.
pub(crate) struct Arguments<'a, T> {
    pub(crate) inputs: &'a [Var<T>],
    pub(crate) output: Var<T>,
}

/// Places along an axis, from `start` in steps of `step`.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) axis: usize,
    pub(crate) start: usize,
    pub(crate) step: isize,
}

/// Which sweep asks for an expansion.
#[derive(Clone, Copy)]
pub(crate) enum Sweep<T> {
    Forward,
    /// With the cotangent of the output.
    Reverse(Var<T>),
}

/// An operation on arrays: its result, and both of its rules.
///
/// The rules are written with operations on [`Var`], so that what they return can be differentiated again.
pub(crate) trait Operation<T: Element>: 'static {
    /// The operation's name, for messages and reports.
    fn name(&self) -> &'static str;

    /// The result, of the recorded `shape`.
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T>;

    /// The result by kernels of a device that the inputs are on. `None` if it has none: then it is
    /// [`composed`](Operation::composed) of others, or [`forward`](Operation::forward) computes it from copies on the host, unless it
    /// is a view.
    #[cfg(feature = "cuda")]
    fn forward_on(
        &self,
        _device: &crate::device::Cuda,
        _inputs: &[&Tensor<T>],
        _shape: &Shape,
    ) -> Option<Tensor<T>> {
        None
    }

    /// The same result composed of operations that have kernels, for a device for which [`forward_on`](Operation::forward_on) has
    /// nothing. It is evaluated in a recording of its own.
    #[cfg(feature = "cuda")]
    fn composed(&self, _inputs: &[Var<T>]) -> Option<Var<T>> {
        None
    }

    /// The product of the output's cotangent with the Jacobian for input number `argument`, in the shape of this
    /// input (or one that sums to it by broadcasting). `None` if it is zero.
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>>;

    /// [`vjp`](Operation::vjp) for each input that is wanted: for operations whose rules share work.
    fn vjps(
        &self,
        at: &Arguments<'_, T>,
        wanted: &dyn Fn(usize) -> bool,
        cotangent: Var<T>,
    ) -> SmallVec<[Option<Var<T>>; 4]> {
        let product = |k| if wanted(k) { self.vjp(at, k, cotangent) } else { None };
        (0..at.inputs.len()).map(product).collect()
    }

    /// The tangent of the output, given those of the inputs; at least one is there. `None` if it is zero.
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>>;

    /// The results for a batch: for each member, what the operation makes of that member's inputs, one after the other along
    /// a new axis in front. (A result without this axis is one that all members share.) `None` if there is no rule: then
    /// the operation is applied to each member by itself, or, if it is elementwise, to all of them as they broadcast.
    fn batched(&self, _members: &Members<'_, T>) -> Option<Var<T>> {
        None
    }

    /// Whether the result is linear in the inputs that are sparse, all together, and zero where they are zero, whatever the
    /// other inputs are there. If the operation is not elementwise, all that it does is to move elements, among zeros.
    fn keeps_zeros(&self, _inputs: &[Var<T>], _sparse: &dyn Fn(usize) -> bool) -> bool {
        false
    }

    /// Whether it is the product of matrices: the planner looks for those that go over one matrix.
    fn is_product(&self) -> bool {
        false
    }

    /// Whether the result has the elements of the only input, in the same order, in another shape.
    fn is_reshape(&self) -> bool {
        false
    }

    /// Whether the result is the first input. (One with more inputs is a step all the same, which waits for them.)
    fn is_alias(&self) -> bool {
        false
    }

    /// Whether each element of the result is one of the elements of the only input.
    fn moves_elements(&self) -> bool {
        false
    }

    /// Whether the result is the sum of all elements of the only input, so that it can be gathered while
    /// the input is computed, and the input need not be stored.
    fn is_total(&self) -> bool {
        false
    }

    /// Whether the elements of the result are the sums of rows, so many elements that lie one after the other, of the only input.
    fn sums_rows(&self) -> bool {
        false
    }

    /// The part of the only input that the result is, if it is no more than that: then the cotangents of all parts of
    /// an array are put in their places at once, instead of each in an array of its own.
    fn part(&self) -> Option<Part> {
        None
    }

    /// The same result by simpler operations, if the operation is a shorthand for them: then the sweep
    /// differentiates those, and the rule is not called.
    fn expansion(&self, _at: &Arguments<'_, T>, _sweep: Sweep<T>) -> Option<Var<T>> {
        None
    }
}

/// What an elementwise operation is to others in the same pass, which may share work with it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Other,
    /// It is the value of this row, and can find the slope beside it.
    Value(TypeId),
    /// It is its first operand times the slope of this row at the second, where an exact zero wins.
    TimesSlope(TypeId),
    /// It is the sum of its operands.
    Sum,
    /// It can be added to something at little cost.
    Term,
}

/// An operation that computes each element of its output from the elements of its inputs in the same place
/// (after broadcasting).
pub(crate) trait Elementwise<T: Element>: Operation<T> + Sync {
    /// `out[i] = f(inputs[0][i], inputs[1][i], …)`; all slices have equal lengths.
    fn block(&self, inputs: &[&[T]], out: &mut [T]);

    /// The result, to which something is added.
    fn block_plus(&self, inputs: &[&[T]], addend: &[T], out: &mut [T]) {
        self.block(inputs, out);
        out.iter_mut().zip(addend).for_each(|(out, &addend)| *out += addend);
    }

    fn role(&self) -> Role {
        Role::Other
    }

    /// The result and the slope together, of one operand, if the operation is a [`Role::Value`].
    fn block_with_slope(&self, _input: &[T], _out: &mut [T], _slope: &mut [T]) {
        unreachable!("{} has no slope to be found beside its value", self.name())
    }

    /// The same as an expression, of which devices make kernels.
    #[cfg(feature = "cuda")]
    fn expression(&self, inputs: &[Symbol]) -> Symbol;

    fn as_operation(&self) -> &dyn Operation<T>;
}

/// An elementwise operation as a whole, for when it stands alone.
pub(crate) fn forward_by_blocks<T: Element>(
    operation: &dyn Elementwise<T>,
    inputs: &[&Tensor<T>],
    shape: &Shape,
) -> Tensor<T> {
    let inputs: SmallVec<[Tensor<T>; 4]> =
        inputs.iter().map(|x| x.expanded(shape).contiguous()).collect();
    let slices: SmallVec<[&[T]; 4]> =
        inputs.iter().map(|x| x.as_slice().expect("contiguous")).collect();
    let mut out = crate::tensor::data::scratch(shape.size());
    operation.block(&slices, &mut out);
    Tensor::from_buffer(shape.clone(), out)
}
