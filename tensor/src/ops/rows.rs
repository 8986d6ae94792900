//! The rows of the rule table on arrays.

use core::any::TypeId;

use std::rc::Rc;

use smallvec::SmallVec;
use wengert_autodiff::{Number, Rule};
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::Symbol;

use super::arithmetic::is_one_for;
use super::{elementwise, strong_mul};
use crate::cpu::dispatch::{Loop, dispatch};
use crate::cpu::lane::{self, Lane};
use crate::element::Element;
use crate::recording::{
    Arguments, Elementwise, Members, Operation, Role, Sweep, forward_by_blocks,
};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The function that a row states.
#[derive(Clone, Copy)]
struct Row<const A: usize, K>(K);

/// A cotangent (or a tangent) times a partial derivative of a row, in one pass: the operands are the cotangent, the
/// arguments and, if the partial uses it, the value. Differentiated again, it is the expression that the row gives.
#[derive(Clone, Copy)]
struct TimesPartial<const A: usize, K> {
    rule: K,
    argument: usize,
}

fn first<T: Copy, const A: usize>(operands: &[T]) -> [T; A] {
    *operands.first_chunk().expect("as many operands as arguments")
}

/// `rule(x)`, elementwise.
#[track_caller]
pub(super) fn apply<T: Element, const A: usize, K: Rule<A>>(rule: K, x: [Var<T>; A]) -> Var<T> {
    elementwise(Row(rule), x)
}

/// `factor · ∂rule/∂x[argument]`
#[track_caller]
fn times_partial<T: Element, const A: usize, K: Rule<A>>(
    rule: K,
    argument: usize,
    factor: Var<T>,
    at: &Arguments<'_, T>,
) -> Var<T> {
    // (The sum of an exponential has cotangents that are 1, and its own value for a derivative.)
    if lane::is_its_own_slope::<A, K>() && is_one_for(factor, at.output) {
        return at.output;
    }
    let operation = TimesPartial::<A, K> { rule, argument };
    let mut operands = [factor; 5];
    operands[1..=A].copy_from_slice(at.inputs);
    operands[A + 1] = at.output;
    match (A, K::USES_VALUE) {
        (1, false) => elementwise(operation, first::<_, 2>(&operands)),
        (1, true) | (2, false) => elementwise(operation, first::<_, 3>(&operands)),
        (2, true) | (3, false) => elementwise(operation, first::<_, 4>(&operands)),
        (3, true) => elementwise(operation, first::<_, 5>(&operands)),
        _ => unreachable!("rules have one to three arguments"),
    }
}

impl<T: Element, const A: usize, K: Rule<A>> Operation<T> for Row<A, K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        forward_by_blocks(self, inputs, shape)
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(times_partial(self.0, argument, cotangent, at))
    }

    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let terms = tangents.iter().enumerate();
        terms
            .filter_map(|(k, tangent)| Some(times_partial(self.0, k, (*tangent)?, at)))
            .reduce(|sum, term| sum + term)
    }
}

impl<T: Element, const A: usize, K: Rule<A>> Elementwise<T> for Row<A, K> {
    fn block(&self, inputs: &[&[T]], out: &mut [T]) {
        let x = lane::cut(first(inputs), out.len());
        dispatch(RowLoop { rule: self.0, x, out });
    }

    fn role(&self) -> Role {
        if lane::shares_work_with_slope::<A, K>() {
            Role::Value(TypeId::of::<K>())
        } else {
            Role::Other
        }
    }

    fn block_with_slope(&self, x: &[T], out: &mut [T], slope: &mut [T]) {
        // (Compiled for these rows only.)
        if lane::shares_work_with_slope::<A, K>() {
            dispatch(SlopeLoop::<A, _, _> { rule: self.0, x, out, slope });
        }
    }

    #[cfg(feature = "cuda")]
    fn expression(&self, inputs: &[Symbol]) -> Symbol {
        Symbol::apply(self.0, first(inputs))
    }

    fn as_operation(&self) -> &dyn Operation<T> {
        self
    }
}

struct RowLoop<'a, const A: usize, K, T> {
    rule: K,
    x: [&'a [T]; A],
    out: &'a mut [T],
}

impl<T: Element, const A: usize, K: Rule<A>> Loop for RowLoop<'_, A, K, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let n = self.out.len();
        let x = lane::cut(self.x, n);
        // (By number: then no element is left over for checks of bounds.)
        for i in 0..n {
            self.out[i] = Lane::<T, FMA>::apply(self.rule, Lane::of(&x, i)).0;
        }
    }
}

/// A row of one argument and its partial derivative.
struct SlopeLoop<'a, const A: usize, K, T> {
    rule: K,
    x: &'a [T],
    out: &'a mut [T],
    slope: &'a mut [T],
}

impl<T: Element, const A: usize, K: Rule<A>> Loop for SlopeLoop<'_, A, K, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let n = self.out.len();
        let (x, slope) = (&self.x[..n], &mut self.slope[..n]);
        for i in 0..n {
            let x = [Lane::<T, FMA>(x[i]); A];
            let value = Lane::apply(self.rule, x);
            self.out[i] = value.0;
            slope[i] = self.rule.partial(0, x, value).0;
        }
    }
}

impl<T: Element, const A: usize, K: Rule<A>> Operation<T> for TimesPartial<A, K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        forward_by_blocks(self, inputs, shape)
    }

    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        unreachable!("the expansion is differentiated in its place")
    }

    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        unreachable!("the expansion is differentiated in its place")
    }

    fn expansion(&self, at: &Arguments<'_, T>, _: Sweep<T>) -> Option<Var<T>> {
        let x: [Var<T>; A] = first(&at.inputs[1..]);
        // (A partial that does not use the value is given a number that shows it if it does.)
        let value = at.inputs.get(A + 1).copied().unwrap_or(Var::number(T::nan()));
        Some(strong_mul(at.inputs[0], self.rule.partial(self.argument, x, value)))
    }

    /// The partial of what all members share is found once.
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        if (1..members.inputs()).any(|input| members.batch(input).is_some()) {
            return None;
        }
        let shared = (1..members.inputs()).map(|input| members.shared(input));
        let operands: SmallVec<[Var<T>; 5]> =
            core::iter::once(Var::number(T::one())).chain(shared).collect();
        let partial = super::of_arrays(Rc::new(*self), &operands);
        Some(strong_mul(members.aligned(0, members.shape().rank()), partial))
    }

    fn keeps_zeros(&self, inputs: &[Var<T>], sparse: &dyn Fn(usize) -> bool) -> bool {
        sparse(0) && !(1..inputs.len()).any(sparse)
    }
}

impl<T: Element, const A: usize, K: Rule<A>> Elementwise<T> for TimesPartial<A, K> {
    fn block(&self, inputs: &[&[T]], out: &mut [T]) {
        let n = out.len();
        let (factor, x) = (&inputs[0][..n], lane::cut(first(&inputs[1..]), n));
        // (A partial that does not use the value is given the first argument for it.)
        let value = &inputs[if K::USES_VALUE { A + 1 } else { 1 }][..n];
        let Self { rule, argument } = *self;
        dispatch(PartialLoop { rule, argument, factor, x, value, out });
    }

    fn role(&self) -> Role {
        if lane::shares_work_with_slope::<A, K>() {
            Role::TimesSlope(TypeId::of::<K>())
        } else {
            Role::Other
        }
    }

    #[cfg(feature = "cuda")]
    fn expression(&self, inputs: &[Symbol]) -> Symbol {
        let value = inputs.get(A + 1).copied().unwrap_or(f64::NAN.into());
        inputs[0].strong_mul(self.rule.partial(self.argument, first(&inputs[1..]), value))
    }

    fn as_operation(&self) -> &dyn Operation<T> {
        self
    }
}

struct PartialLoop<'a, const A: usize, K, T> {
    rule: K,
    argument: usize,
    factor: &'a [T],
    x: [&'a [T]; A],
    value: &'a [T],
    out: &'a mut [T],
}

impl<T: Element, const A: usize, K: Rule<A>> PartialLoop<'_, A, K, T> {
    #[inline(always)]
    fn run_for<const FMA: bool>(self, argument: usize) {
        let n = self.out.len();
        let (factor, value, x) = (&self.factor[..n], &self.value[..n], lane::cut(self.x, n));
        for i in 0..n {
            let x = Lane::<T, FMA>::of(&x, i);
            let partial = self.rule.partial(argument, x, Lane(value[i]));
            self.out[i] = Lane(factor[i]).strong_mul(partial).0;
        }
    }
}

impl<T: Element, const A: usize, K: Rule<A>> Loop for PartialLoop<'_, A, K, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // One loop for each argument, so that the choice is made outside of it.
        match self.argument {
            0 => self.run_for::<FMA>(0),
            1 => self.run_for::<FMA>(1),
            _ => self.run_for::<FMA>(2),
        }
    }
}
