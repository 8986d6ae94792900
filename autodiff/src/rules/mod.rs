//! The rule table: each function's value and derivative, stated once.
//!
//! A row of the table is a [`Rule`]: a value generic over machine numbers, and partial derivatives
//! generic over [`Number`], so that the derivative of a derivative is found by the same row. Nothing
//! else in the workspace states the derivative of an elementary function. To add a function, add
//! one row in the file of its family, or, outside of this crate, one row in a [`rules!`](crate::rules!)
//! block of your own: every number type, and every nesting of them, then has it.

mod activations;
mod exponential;
mod hyperbolic;
mod log_combinations;
mod piecewise;
mod powers;
mod slices;
mod special;
mod table;
mod trigonometric;

pub use activations::*;
pub use exponential::*;
pub use hyperbolic::*;
pub use log_combinations::*;
pub use piecewise::*;
pub use powers::*;
pub use slices::*;
pub use special::*;
pub use trigonometric::*;

use crate::number::{Number, Primitive};
use crate::taylor::Taylor;

/// NaN to all orders: the derivatives of a function of x outside of its domain.
#[inline(always)]
pub(crate) fn undefined<R: Number>(x: R) -> R {
    (x - x.detach() - R::one()).sqrt()
}

/// A differentiable function of `A` numbers: one row of the rule table.
///
/// Usually written by [`rules!`](crate::rules!); by hand it reads:
///
/// ```
/// use wengert_autodiff::{Number, Primitive, Rule, derivative, gradient};
///
/// /// f(x, y) = x²y
/// #[derive(Clone, Copy)]
/// struct Cone;
/// impl Rule<2> for Cone {
///     const NAME: &'static str = "cone";
///     fn value<F: Primitive>(self, [x, y]: [F; 2]) -> F {
///         x * x * y
///     }
///     fn partial<R: Number>(self, argument: usize, [x, y]: [R; 2], _value: R) -> R {
///         if argument == 0 { R::lit(2.0) * x * y } else { x * x }
///     }
/// }
/// assert_eq!(gradient(|x| Number::apply(Cone, [x[0], x[1]]), &[3.0, 5.0]), [30.0, 9.0]);
/// ```
pub trait Rule<const A: usize>: Copy + Send + Sync + 'static {
    /// The function's name, for reports about a recording.
    const NAME: &'static str;

    /// Whether [`partial`](Rule::partial) looks at the function's value.
    const USES_VALUE: bool = true;

    /// The function's value: the plain computation, bit for bit, in every mode.
    fn value<F: Primitive>(self, x: [F; A]) -> F;

    /// The partial derivative for argument number `argument` at `x`, where the function has the
    /// given `value`.
    fn partial<R: Number>(self, argument: usize, x: [R; A], value: R) -> R;

    /// Whether the function is smooth (has all derivatives) in a neighbourhood of `x`. Tests draw
    /// their points where this holds.
    fn smooth(self, x: [f64; A]) -> bool {
        let _ = x;
        true
    }

    /// The Taylor series of the function of the series `x`, given its constant term. The default
    /// finds it from [`partial`](Rule::partial): y′ = Σ ∂f/∂xₖ · xₖ′, integrated term by term.
    /// A rule whose derivative involves the function itself (exp, sin, a power) states its
    /// recurrence here to save the repeated passes of the default.
    #[inline]
    fn series<T: Number, const N: usize>(self, x: [Taylor<T, N>; A], value: T) -> Taylor<T, N> {
        crate::taylor::integrate(self, x, value)
    }
}

/// A differentiable function of `A` slices to one number, such as a sum or an inner product.
///
/// The tape records it as one node, however long the slices are.
///
/// ```
/// use wengert_autodiff::{Number, Primitive, SliceRule, gradient};
///
/// /// Σ xₖ²
/// #[derive(Clone, Copy)]
/// struct SumOfSquares;
/// impl SliceRule<1> for SumOfSquares {
///     const NAME: &'static str = "sum_of_squares";
///     fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
///         x.iter().fold(F::zero(), |sum, &x| sum + x * x)
///     }
///     fn partials<R: Number>(self, [x]: [&[R]; 1], _value: R, mut emit: impl FnMut(R)) {
///         x.iter().for_each(|&x| emit(R::lit(2.0) * x));
///     }
/// }
/// assert_eq!(gradient(|x| Number::apply_slices(SumOfSquares, [x]), &[1.0, 2.0]), [2.0, 4.0]);
/// ```
pub trait SliceRule<const A: usize>: Copy + Send + Sync + 'static {
    /// The function's name, for reports about a recording.
    const NAME: &'static str;

    /// Whether [`partials`](SliceRule::partials) looks at the function's value.
    const USES_VALUE: bool = true;

    /// The function's value: the plain computation, bit for bit, in every mode.
    fn value<F: Primitive>(self, x: [&[F]; A]) -> F;

    /// Emits the partial derivative for every element, slice after slice, in order.
    fn partials<R: Number>(self, x: [&[R]; A], value: R, emit: impl FnMut(R));
}

/// Visits the rules of a family, each with its own type: how tests reach every row.
///
/// ```
/// use wengert_autodiff::{Rule, RuleVisitor, rules::Trigonometric};
///
/// struct Names(Vec<&'static str>);
/// impl RuleVisitor for Names {
///     fn visit<const A: usize, K: Rule<A>>(&mut self, _rule: K) {
///         self.0.push(K::NAME);
///     }
/// }
/// let mut names = Names(vec![]);
/// <f64 as Trigonometric>::visit_rules(&mut names);
/// assert_eq!(names.0[0], "sin");
/// ```
pub trait RuleVisitor {
    /// Called once for each rule (for a rule with parameters, once for each of its samples).
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K);
}

/// Visits every row of the library's own table.
///
/// ```
/// use wengert_autodiff::{Rule, RuleVisitor, rules};
///
/// struct Count(usize);
/// impl RuleVisitor for Count {
///     fn visit<const A: usize, K: Rule<A>>(&mut self, _rule: K) {
///         self.0 += 1;
///     }
/// }
/// let mut count = Count(0);
/// rules::visit_all(&mut count);
/// assert!(count.0 > 60);
/// ```
pub fn visit_all(visitor: &mut impl RuleVisitor) {
    <f64 as Powers>::visit_rules(visitor);
    <f64 as Exponential>::visit_rules(visitor);
    <f64 as Trigonometric>::visit_rules(visitor);
    <f64 as Hyperbolic>::visit_rules(visitor);
    <f64 as Piecewise>::visit_rules(visitor);
    <f64 as LogCombinations>::visit_rules(visitor);
    <f64 as SpecialFunctions>::visit_rules(visitor);
    <f64 as Activations>::visit_rules(visitor);
}
