//! The rows of the rule table that take slices (sums, inner products, norms …) on slices of arrays, elementwise.

use core::array;
use std::rc::Rc;

use smallvec::SmallVec;
use wengert_autodiff::{Number, SliceRule};
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::Symbol;

use super::{arithmetic::strong_mul, broadcast, structural};
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Kind, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;
use crate::var::Var;

/// A row, with the lengths of its slices.
struct SliceRow<const A: usize, K> {
    rule: K,
    lengths: [usize; A],
}

#[track_caller]
pub(super) fn apply<T: Element, const A: usize, K: SliceRule<A>>(
    rule: K,
    x: [&[Var<T>]; A],
) -> Var<T> {
    let operation = SliceRow { rule, lengths: x.map(<[_]>::len) };
    let operands: SmallVec<[Var<T>; 8]> = x.iter().copied().flatten().copied().collect();
    if let Some(numbers) = operands.iter().map(|x| x.as_number()).collect::<Option<Vec<T>>>() {
        return Var::number(rule.value(operation.slices(&numbers)));
    }
    let mut shape = Shape::default();
    for operand in &operands {
        shape = broadcast(&shape, &operand.shape(), K::NAME);
    }
    structural(operation, &operands, shape)
}

impl<const A: usize, K> SliceRow<A, K> {
    fn slices<'a, T>(&self, flat: &'a [T]) -> [&'a [T]; A] {
        let mut rest = flat;
        array::from_fn(|k| {
            let (slice, others) = rest.split_at(self.lengths[k]);
            rest = others;
            slice
        })
    }
}

impl<const A: usize, K: SliceRule<A>> SliceRow<A, K> {
    fn partials<T: Element>(&self, at: &Arguments<'_, T>) -> SmallVec<[Var<T>; 8]> {
        let mut partials = SmallVec::new();
        self.rule.partials(self.slices(at.inputs), at.output, |partial| partials.push(partial));
        partials
    }
}

impl<T: Element, const A: usize, K: SliceRule<A>> Operation<T> for SliceRow<A, K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let inputs: Vec<Tensor<T>> =
            inputs.iter().map(|x| x.expanded(shape).contiguous()).collect();
        let elements: Vec<&[T]> =
            inputs.iter().map(|x| x.as_slice().expect("contiguous")).collect();
        let mut arguments = vec![T::zero(); inputs.len()];
        let mut out = scratch(shape.size());
        for (i, out) in out.iter_mut().enumerate() {
            for (argument, elements) in arguments.iter_mut().zip(&elements) {
                *argument = elements[i];
            }
            *out = self.rule.value(self.slices(&arguments));
        }
        Tensor::from_buffer(shape.clone(), out)
    }

    #[cfg(feature = "cuda")]
    fn forward_on(&self, device: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        let expression = |x: &[Symbol]| Symbol::apply_slices(self.rule, self.slices(x));
        Symbol::knows_slices::<A, K>()
            .then(|| work::elementwise(device, inputs, shape, expression))
            .flatten()
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(strong_mul(cotangent, self.partials(at)[argument]))
    }

    /// (The row gives all partials at once.)
    fn vjps(
        &self,
        at: &Arguments<'_, T>,
        wanted: &dyn Fn(usize) -> bool,
        cotangent: Var<T>,
    ) -> SmallVec<[Option<Var<T>>; 4]> {
        let partials = self.partials(at).into_iter().enumerate();
        partials.map(|(k, partial)| wanted(k).then(|| strong_mul(cotangent, partial))).collect()
    }

    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let products = tangents.iter().zip(self.partials(at));
        products
            .filter_map(|(tangent, partial)| Some((*tangent)?.strong_mul(partial)))
            .reduce(|sum, product| sum + product)
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let Self { rule, lengths } = *self;
        Some(members.broadcast(Kind::Structural(Rc::new(SliceRow { rule, lengths }))))
    }
}
