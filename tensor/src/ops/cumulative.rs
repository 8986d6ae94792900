//! Sums and products of all elements so far along an axis.

#[cfg(feature = "cuda")]
use core::any::TypeId;

use wengert_autodiff::rules::LogAddExp;
use wengert_autodiff::{Number, Primitive, Rule};

#[cfg(feature = "cuda")]
use super::joined;
use super::layout::linear;
use super::{expand_to, strong_mul, structural};
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{self, Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

pub(crate) use crate::cpu::scan::Direction;

linear! {
    CumSum { axis: usize, direction: Direction } "cumsum";
    forward |op, x, _shape| {
        cpu::scan::scan([x], op.axis, op.direction, T::zero(), |sum, [x]| sum + x)
    };
    on |op, x, shape| work::running(x, op.axis, false, op.direction == Direction::Backward, shape);
    apply |op, v| cumsum(v, op.axis, op.direction);
    transpose |op, _at, cotangent| cumsum(cotangent, op.axis, op.direction.opposite());
    batch |op, x, _members| cumsum(x, op.axis + 1, op.direction);
}

#[track_caller]
fn cumsum<T: Element>(x: Var<T>, axis: usize, direction: Direction) -> Var<T> {
    structural(CumSum { axis, direction }, &[x], x.shape())
}

/// yₖ = g(yₖ₋₁, xₖ), from y₋₁ = `start` on.
///
/// Tangents ẏₖ = ∂₁g ẏₖ₋₁ + ∂₂g ẋₖ are a linear [`Recurrence`], and cotangents are one in the other direction.
struct Running<T, K> {
    rule: K,
    start: T,
    axis: usize,
    direction: Direction,
}

impl<T: Element, K: Rule<2>> Running<T, K> {
    /// ∂g for each element, with respect to the result before it and to the element.
    #[track_caller]
    fn partials(&self, at: &Arguments<'_, T>) -> [Var<T>; 2] {
        let (x, y) = (at.inputs[0], at.output);
        let before = with_start(y, self.axis, self.direction, self.start);
        [0, 1].map(|argument| self.rule.partial(argument, [before, x], y))
    }
}

impl<T: Element, K: Rule<2>> Operation<T> for Running<T, K> {
    fn name(&self) -> &'static str {
        K::NAME
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        cpu::scan::scan([inputs[0]], self.axis, self.direction, self.start, |y, [x]| {
            self.rule.value([y, x])
        })
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        let backward = self.direction == Direction::Backward;
        let is_product = TypeId::of::<K>() == TypeId::of::<Times>();
        is_product.then(|| work::running(inputs[0], self.axis, true, backward, shape))
    }
    /// By doubling: after k rounds each result is that of the 2ᵏ elements up to its own. (Rules here are associative, and begin
    /// with what they leave as it is.)
    #[cfg(feature = "cuda")]
    fn composed(&self, inputs: &[Var<T>]) -> Option<Var<T>> {
        let (mut y, axis) = (inputs[0], self.axis);
        let (shape, n) = (y.shape(), y.shape()[axis]);
        let mut reach = 1;
        while reach < n {
            let rest = n - reach;
            let [first, last] = [0, reach].map(|start| y.sliced(axis, start, rest, 1));
            let (parts, extents) = match self.direction {
                Direction::Forward => {
                    let joined = Number::apply(self.rule, [first, last]);
                    ([y.sliced(axis, 0, reach, 1), joined], [reach, rest])
                }
                Direction::Backward => {
                    let joined = Number::apply(self.rule, [last, first]);
                    ([joined, y.sliced(axis, rest, reach, 1)], [rest, reach])
                }
            };
            y = joined(&parts, axis, &extents, shape.clone());
            reach *= 2;
        }
        Some(y)
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let [of_result, of_element] = self.partials(at);
        let back = self.direction.opposite();
        let factors = shifted(of_result, self.axis, back);
        Some(strong_mul(recurrence(factors, cotangent, self.axis, back), of_element))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let [of_result, of_element] = self.partials(at);
        let terms = strong_mul(tangents[0]?, of_element);
        Some(recurrence(of_result, terms, self.axis, self.direction))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let Running { rule, start, axis, direction } = *self;
        Some(members.stacked(Running { rule, start, axis: axis + 1, direction }))
    }
}

/// sₖ = aₖ sₖ₋₁ + bₖ, from s₋₁ = 0 on; an exact 0 wins in the product.
struct Recurrence {
    axis: usize,
    direction: Direction,
}

impl<T: Element> Operation<T> for Recurrence {
    fn name(&self) -> &'static str {
        "recurrence"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        cpu::scan::scan(
            [inputs[0], inputs[1]],
            self.axis,
            self.direction,
            T::zero(),
            |s, [a, b]| a.strong_mul(s) + b,
        )
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        let backward = self.direction == Direction::Backward;
        Some(work::recurrence(inputs[0], inputs[1], self.axis, backward, shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let back = self.direction.opposite();
        let of_b = recurrence(shifted(at.inputs[0], self.axis, back), cotangent, self.axis, back);
        Some(match argument {
            0 => strong_mul(of_b, shifted(at.output, self.axis, self.direction)),
            _ => of_b,
        })
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let of_a = tangents[0]
            .map(|tangent| strong_mul(tangent, shifted(at.output, self.axis, self.direction)));
        let terms = match (of_a, tangents[1]) {
            (Some(a), Some(b)) => a + b,
            (a, b) => a.or(b)?,
        };
        Some(recurrence(at.inputs[0], terms, self.axis, self.direction))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(recurrence(members.all(0), members.all(1), self.axis + 1, self.direction))
    }
}

#[track_caller]
fn recurrence<T: Element>(a: Var<T>, b: Var<T>, axis: usize, direction: Direction) -> Var<T> {
    let shape = a.shape().broadcast(&b.shape()).expect("factors and terms of one shape");
    let operands = [expand_to(a, &shape), expand_to(b, &shape)];
    structural(Recurrence { axis, direction }, &operands, shape)
}

/// Each element one place further along the axis; 0 in the first place.
#[track_caller]
fn shifted<T: Element>(x: Var<T>, axis: usize, direction: Direction) -> Var<T> {
    let n = x.shape()[axis];
    if n == 0 {
        return x;
    }
    let (from, to) = match direction {
        Direction::Forward => (0, 1),
        Direction::Backward => (1, 0),
    };
    x.sliced(axis, from, n - 1, 1).placed(axis, to, 1, n)
}

/// Each element one place further along the axis; `start` in the first place.
#[track_caller]
fn with_start<T: Element>(x: Var<T>, axis: usize, direction: Direction, start: T) -> Var<T> {
    let shape = x.shape();
    let n = shape[axis];
    let first = match direction {
        Direction::Forward => 0,
        Direction::Backward => n.saturating_sub(1),
    };
    let lane: Shape = (axis..shape.rank()).map(|k| if k == axis { n } else { 1 }).collect();
    let starts = Tensor::from_fn(lane, |index| if index[0] == first { start } else { T::zero() });
    shifted(x, axis, direction) + recording::made(recording::number_of(x), starts)
}

#[derive(Clone, Copy)]
struct Times;

impl Rule<2> for Times {
    const NAME: &'static str = "cumprod";
    const USES_VALUE: bool = false;
    fn value<F: Primitive>(self, [a, b]: [F; 2]) -> F {
        a * b
    }
    fn partial<R: Number>(self, argument: usize, x: [R; 2], _value: R) -> R {
        x[1 - argument]
    }
}

#[track_caller]
fn cumprod<T: Element>(x: Var<T>, axis: usize, direction: Direction) -> Var<T> {
    structural(Running { rule: Times, start: T::one(), axis, direction }, &[x], x.shape())
}

/// The product of the elements before each one.
#[track_caller]
pub(super) fn product_before<T: Element>(x: Var<T>, axis: usize, direction: Direction) -> Var<T> {
    with_start(cumprod(x, axis, direction), axis, direction, T::one())
}

impl<T: Element> Var<T> {
    /// yₖ = x₀ + … + xₖ along an axis.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient};
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.map(|x| x.cumsum(0)), Tensor::from([1.0, 3.0, 6.0]));
    /// assert_eq!(gradient(&x, |x| x.cumsum(0)), Tensor::from([3.0, 2.0, 1.0]));
    /// ```
    #[track_caller]
    pub fn cumsum(self, axis: isize) -> Self {
        let axis = self.shape().axis(axis, "cumsum");
        cumsum(self, axis, Direction::Forward)
    }

    /// yₖ = x₀ · … · xₖ along an axis. The derivatives need no division, and are right at zeros to any order.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient};
    /// let x = Tensor::from([2.0, 0.0, 3.0]);
    /// assert_eq!(x.map(|x| x.cumprod(0)), Tensor::from([2.0, 0.0, 0.0]));
    /// // y₀ + y₁ + y₂ = a + ab + abc: the derivatives are 1 + b + bc, a + ac, ab.
    /// assert_eq!(gradient(&x, |x| x.cumprod(0)), Tensor::from([1.0, 8.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn cumprod(self, axis: isize) -> Self {
        let axis = self.shape().axis(axis, "cumprod");
        cumprod(self, axis, Direction::Forward)
    }

    /// yₖ = ln(exp x₀ + … + exp xₖ) along an axis, without overflow. Where all elements so far are −∞ the derivatives
    /// are 0.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let y = Tensor::from([1000.0, 1000.0]).map(|x| x.log_cumsum_exp(0));
    /// assert_eq!(y, Tensor::from([1000.0, 1000.0 + 2.0_f64.ln()]));
    /// ```
    #[track_caller]
    pub fn log_cumsum_exp(self, axis: isize) -> Self {
        let axis = self.shape().axis(axis, "log_cumsum_exp");
        let (start, direction) = (T::neg_infinity(), Direction::Forward);
        structural(Running { rule: LogAddExp {}, start, axis, direction }, &[self], self.shape())
    }
}
