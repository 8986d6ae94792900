//! Comparisons, and choices by them.

use core::ops::{BitAnd, BitOr, Not};

use wengert_autodiff::Number;
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::Symbol;

use super::{elementwise, mul};
use crate::cpu::dispatch::{Loop, dispatch};
use crate::element::Element;
use crate::recording::{self, Arguments, Elementwise, Operation, forward_by_blocks};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// Yes or no for each element: the outcome of a comparison of arrays.
///
/// ```
/// use wengert_tensor::{Tape, Tensor};
/// let tape = Tape::new();
/// let x = tape.var(&Tensor::from([-1.0, 2.0]));
/// let positive = x.greater(0.0);
/// assert_eq!(positive.value(), Tensor::from([false, true]));
/// assert_eq!(positive.select(x * x, 0.0).value(), Tensor::from([0.0, 4.0]));
/// ```
#[derive(Clone, Copy)]
pub struct Mask<T>(
    /// 1 for yes, 0 for no.
    pub(crate) Var<T>,
);

impl<T: Element> core::fmt::Debug for Mask<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Mask({:?})", self.0)
    }
}

impl<T: Element> Mask<T> {
    /// `yes` where the mask holds and `no` elsewhere. The element that is not chosen contributes no derivative, even
    /// where it is infinite or NaN.
    #[track_caller]
    pub fn select(self, yes: impl Into<Var<T>>, no: impl Into<Var<T>>) -> Var<T> {
        elementwise(Select, [self.0, yes.into(), no.into()])
    }

    /// The mask as booleans.
    #[track_caller]
    pub fn value(self) -> Tensor<bool> {
        let value = self.0.value();
        let elements = value.to_vec().into_iter().map(|x| x != T::zero()).collect();
        Tensor::from_vec(value.shape().clone(), elements)
    }

    /// A mask of the recording that is active on this thread, from booleans.
    #[track_caller]
    pub fn constant(mask: &Tensor<bool>) -> Self {
        let number = |yes| if yes { T::one() } else { T::zero() };
        let elements = mask.to_vec().into_iter().map(number).collect();
        let mask = Tensor::from_vec(mask.shape().clone(), elements);
        Mask(recording::made(recording::newest::<T>("constant"), mask))
    }

    /// 1 where the mask holds and 0 elsewhere.
    pub fn indicator(self) -> Var<T> {
        self.0
    }
}

impl<T: Element> BitAnd for Mask<T> {
    type Output = Self;
    #[track_caller]
    fn bitand(self, other: Self) -> Self {
        Mask(mul(self.0, other.0))
    }
}

impl<T: Element> BitOr for Mask<T> {
    type Output = Self;
    #[track_caller]
    fn bitor(self, other: Self) -> Self {
        Mask(elementwise(Select, [self.0, Var::number(T::one()), other.0]))
    }
}

impl<T: Element> Not for Mask<T> {
    type Output = Self;
    #[track_caller]
    fn not(self) -> Self {
        Mask(super::sub(Var::number(T::one()), self.0))
    }
}

impl<T: Element> wengert_autodiff::Mask for Mask<T> {
    #[track_caller]
    fn choose<R: Number<Mask = Self>>(self, yes: impl FnOnce() -> R, no: impl FnOnce() -> R) -> R {
        R::blend(self, yes(), no())
    }
}

impl<T: Element> Var<T> {
    /// Where the element is less than that of `other`.
    #[track_caller]
    pub fn less(self, other: impl Into<Var<T>>) -> Mask<T> {
        Mask(elementwise(Compare::<false>, [self, other.into()]))
    }

    /// Where the element is greater than that of `other`.
    #[track_caller]
    pub fn greater(self, other: impl Into<Var<T>>) -> Mask<T> {
        other.into().less(self)
    }

    /// Where the element equals that of `other`.
    #[track_caller]
    pub fn equal(self, other: impl Into<Var<T>>) -> Mask<T> {
        Mask(elementwise(Compare::<true>, [self, other.into()]))
    }
}

#[derive(Clone, Copy)]
struct Compare<const EQUAL: bool>;

impl<T: Element, const EQUAL: bool> Operation<T> for Compare<EQUAL> {
    fn name(&self) -> &'static str {
        if EQUAL { "equal" } else { "less" }
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        forward_by_blocks(self, inputs, shape)
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        None
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        None
    }
}

impl<T: Element, const EQUAL: bool> Elementwise<T> for Compare<EQUAL> {
    fn block(&self, inputs: &[&[T]], out: &mut [T]) {
        let [a, b] = inputs else { unreachable!("two operands are compared") };
        dispatch(CompareLoop::<EQUAL, T> { a, b, out });
    }
    #[cfg(feature = "cuda")]
    fn expression(&self, inputs: &[Symbol]) -> Symbol {
        let yes = if EQUAL { inputs[0].equal(inputs[1]) } else { inputs[0].less(inputs[1]) };
        Symbol::blend(yes, 1.0.into(), 0.0.into())
    }
    fn as_operation(&self) -> &dyn Operation<T> {
        self
    }
}

struct CompareLoop<'a, const EQUAL: bool, T> {
    a: &'a [T],
    b: &'a [T],
    out: &'a mut [T],
}

impl<T: Element, const EQUAL: bool> Loop for CompareLoop<'_, EQUAL, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for ((out, a), b) in self.out.iter_mut().zip(self.a).zip(self.b) {
            let yes = if EQUAL { a == b } else { a < b };
            *out = if yes { T::one() } else { T::zero() };
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Select;

impl<T: Element> Operation<T> for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        forward_by_blocks(self, inputs, shape)
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let (mask, zero) = (at.inputs[0], Var::number(T::zero()));
        match argument {
            0 => None,
            1 => Some(elementwise(Select, [mask, cotangent, zero])),
            _ => Some(elementwise(Select, [mask, zero, cotangent])),
        }
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        if tangents[1].is_none() && tangents[2].is_none() {
            return None;
        }
        let zero = Var::number(T::zero());
        let [yes, no] = [1, 2].map(|k| tangents[k].unwrap_or(zero));
        Some(elementwise(Select, [at.inputs[0], yes, no]))
    }
    fn keeps_zeros(&self, inputs: &[Var<T>], sparse: &dyn Fn(usize) -> bool) -> bool {
        !sparse(0) && super::are_all(&inputs[1..], &|k| sparse(k + 1))
    }
}

impl<T: Element> Elementwise<T> for Select {
    fn block(&self, inputs: &[&[T]], out: &mut [T]) {
        let [mask, yes, no] = inputs else { unreachable!("a choice has three operands") };
        dispatch(SelectLoop { mask, yes, no, out });
    }
    #[cfg(feature = "cuda")]
    fn expression(&self, inputs: &[Symbol]) -> Symbol {
        Symbol::blend(inputs[0].equal(0.0.into()), inputs[2], inputs[1])
    }
    fn as_operation(&self) -> &dyn Operation<T> {
        self
    }
}

struct SelectLoop<'a, T> {
    mask: &'a [T],
    yes: &'a [T],
    no: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Loop for SelectLoop<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let n = self.out.len();
        let (mask, yes, no) = (&self.mask[..n], &self.yes[..n], &self.no[..n]);
        for i in 0..n {
            // (Both are loaded, so that there is no branch.)
            let (yes, no) = (yes[i], no[i]);
            self.out[i] = if mask[i] == T::zero() { no } else { yes };
        }
    }
}
