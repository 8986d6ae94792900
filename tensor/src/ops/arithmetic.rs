//! Sums, differences, products and quotients.

#[cfg(feature = "cuda")]
use wengert_autodiff::Number;
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::Symbol;

use super::{elementwise, sum_to};
use crate::cpu::dispatch::{Loop, dispatch};
use crate::element::Element;
use crate::recording::{self, Arguments, Elementwise, Operation, Role, forward_by_blocks};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

#[derive(Clone, Copy)]
struct Add;
#[derive(Clone, Copy)]
struct Sub;
#[derive(Clone, Copy)]
struct Neg;
#[derive(Clone, Copy)]
struct Mul;
#[derive(Clone, Copy)]
struct Div;
/// A product in which an exact zero wins over infinities and NaNs: how cotangents meet partials.
#[derive(Clone, Copy)]
struct StrongMul;

#[track_caller]
pub(crate) fn add<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    elementwise(Add, [a, b])
}

#[track_caller]
pub(crate) fn sub<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    elementwise(Sub, [a, b])
}

#[track_caller]
pub(crate) fn neg<T: Element>(a: Var<T>) -> Var<T> {
    elementwise(Neg, [a])
}

#[track_caller]
pub(crate) fn mul<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    elementwise(Mul, [a, b])
}

#[track_caller]
pub(crate) fn div<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    elementwise(Div, [a, b])
}

#[track_caller]
pub(crate) fn strong_mul<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    if is_one_for(a, b) {
        b
    } else if is_one_for(b, a) {
        a
    } else {
        elementwise(StrongMul, [a, b])
    }
}

/// Whether a product with `x` is the other factor, as the cotangents of a sum make them: elements of `x` are 1, and no more than
/// those of the other.
#[track_caller]
pub(super) fn is_one_for<T: Element>(x: Var<T>, other: Var<T>) -> bool {
    recording::spread_number(x, "mul") == Some(T::one())
        && (x.as_number().is_some() || x.shape().broadcasts_to(&other.shape()))
}

/// Σ of the contributions that are there.
#[track_caller]
fn total<T: Element>(a: Option<Var<T>>, b: Option<Var<T>>) -> Option<Var<T>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(add(a, b)),
        (a, b) => a.or(b),
    }
}

/// What all of these share; each states its value, and its rules.
macro_rules! arithmetic {
    // (Elements are counted: over iterators, checks of bounds would leave many of a block to a loop without vectors.)
    (@dispatch $name:literal, [$($x:ident)+] |$to:ident, $i:ident| $assignment:expr, $inputs:expr, $out:expr) => {{
        struct Body<'a, T>(&'a [&'a [T]], &'a mut [T]);
        impl<T: Element> Loop for Body<'_, T> {
            #[inline(always)]
            fn run<const FMA: bool>(self) {
                let Body(inputs, $to) = self;
                let &[$($x),+] = inputs else { unreachable!("{} has other operands", $name) };
                let n = $to.len();
                $(let $x = &$x[..n];)+
                for $i in 0..n {
                    $(let $x = $x[$i];)+
                    $assignment;
                }
            }
        }
        dispatch(Body($inputs, $out));
    }};
    ($($Op:ident $name:literal, $role:expr; |[$($x:ident),+]| $value:expr;
        vjp |$at:ident, $argument:ident, $cotangent:ident| $vjp:expr;
        jvp |$at2:ident, $tangents:ident| $jvp:expr;
        keeps_zeros |$inputs:ident, $sparse:ident| $keeps_zeros:expr;
    )*) => {$(
        impl<T: Element> Operation<T> for $Op {
            fn name(&self) -> &'static str {
                $name
            }
            fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
                forward_by_blocks(self, inputs, shape)
            }
            fn vjp(&self, $at: &Arguments<'_, T>, $argument: usize, $cotangent: Var<T>) -> Option<Var<T>> {
                Some($vjp)
            }
            fn jvp(&self, $at2: &Arguments<'_, T>, $tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
                $jvp
            }
            fn keeps_zeros(&self, $inputs: &[Var<T>], $sparse: &dyn Fn(usize) -> bool) -> bool {
                $keeps_zeros
            }
        }

        impl<T: Element> Elementwise<T> for $Op {
            fn block(&self, inputs: &[&[T]], out: &mut [T]) {
                arithmetic!(@dispatch $name, [$($x)+] |out, i| out[i] = $value, inputs, out);
            }
            fn block_plus(&self, inputs: &[&[T]], addend: &[T], out: &mut [T]) {
                let &[$($x),+] = inputs else { unreachable!("{} has other operands", $name) };
                arithmetic!(
                    @dispatch $name, [$($x)+ addend] |out, i| out[i] = $value + addend,
                    &[$($x,)+ addend], out
                );
            }
            fn role(&self) -> Role {
                $role
            }
            #[cfg(feature = "cuda")]
            fn expression(&self, inputs: &[Symbol]) -> Symbol {
                let [$($x),+] = *inputs else { unreachable!("{} has other operands", $name) };
                $value
            }
            fn as_operation(&self) -> &dyn Operation<T> {
                self
            }
        }
    )*};
}

arithmetic! {
    Add "add", Role::Sum; |[a, b]| a + b;
        vjp |_at, _argument, cotangent| cotangent;
        jvp |_at, tangents| total(tangents[0], tangents[1]);
        keeps_zeros |inputs, sparse| are_all(inputs, sparse);

    Sub "sub", Role::Term; |[a, b]| a - b;
        // (What is summed where an operand was spread is summed first: then few are negated.)
        vjp |at, argument, cotangent| match argument {
            0 => cotangent,
            _ => neg(sum_to(cotangent, &at.inputs[1].shape())),
        };
        jvp |_at, tangents| match (tangents[0], tangents[1]) {
            (Some(a), Some(b)) => Some(sub(a, b)),
            (a, b) => a.or(b.map(neg)),
        };
        keeps_zeros |inputs, sparse| are_all(inputs, sparse);

    Neg "neg", Role::Term; |[a]| -a;
        vjp |_at, _argument, cotangent| neg(cotangent);
        jvp |_at, tangents| tangents[0].map(neg);
        keeps_zeros |_inputs, _sparse| true;

    Mul "mul", Role::Term; |[a, b]| a * b;
        vjp |at, argument, cotangent| strong_mul(cotangent, at.inputs[1 - argument]);
        jvp |at, tangents| total(
            tangents[0].map(|tangent| strong_mul(tangent, at.inputs[1])),
            tangents[1].map(|tangent| strong_mul(tangent, at.inputs[0])),
        );
        keeps_zeros |inputs, sparse| inputs.iter().enumerate().all(|(k, x)| sparse(k) != is_finite(x));

    Div "div", Role::Term; |[a, b]| a / b;
        vjp |at, argument, cotangent| strong_mul(cotangent, quotient_partial(at, argument));
        jvp |at, tangents| total(
            tangents[0].map(|tangent| strong_mul(tangent, quotient_partial(at, 0))),
            tangents[1].map(|tangent| strong_mul(tangent, quotient_partial(at, 1))),
        );
        keeps_zeros |inputs, sparse| {
            !sparse(1) && is_finite(&inputs[1]) && inputs[1].as_number() != Some(T::zero())
        };

    StrongMul "mul", Role::Term; |[a, b]| a.strong_mul(b);
        vjp |at, argument, cotangent| strong_mul(cotangent, at.inputs[1 - argument]);
        jvp |at, tangents| total(
            tangents[0].map(|tangent| strong_mul(tangent, at.inputs[1])),
            tangents[1].map(|tangent| strong_mul(tangent, at.inputs[0])),
        );
        keeps_zeros |_inputs, sparse| sparse(0) != sparse(1);
}

/// Whether all inputs are sparse, or zero.
pub(super) fn are_all<T: Element>(inputs: &[Var<T>], sparse: &dyn Fn(usize) -> bool) -> bool {
    inputs.iter().enumerate().all(|(k, x)| sparse(k) || x.as_number() == Some(T::zero()))
}

/// Whether it is a finite number: then its product with zero is zero.
fn is_finite<T: Element>(x: &Var<T>) -> bool {
    x.as_number().is_some_and(|x| x.is_finite())
}

/// ∂(a/b)/∂a = 1/b, ∂(a/b)/∂b = −(a/b)/b, which overflows for no small b where −a/b² does.
#[track_caller]
fn quotient_partial<T: Element>(at: &Arguments<'_, T>, argument: usize) -> Var<T> {
    let b = at.inputs[1];
    if argument == 0 { div(Var::number(T::one()), b) } else { neg(div(at.output, b)) }
}
