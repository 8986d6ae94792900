//! Every function of the library, evaluated in every mode of differentiation.
//!
//! - [`Function`]: what is differentiated, generic over the number type; [`functions`]: the functions
//!   that are no rows of the rule table (operators, functions of slices);
//! - [`Mode`]: a way to differentiate, composed as the number types are; [`kinds`];
//! - [`Row`]: one function with all its modes, without type parameters, so that tests loop over
//!   [`table`]; [`laws`]: what must hold for every row.

pub mod functions;
pub mod kinds;
pub mod laws;
mod panics;
mod row;

pub use kinds::Mode;
pub(crate) use panics::outcome;
pub use panics::unless_panic;
pub(crate) use row::label;
pub use row::{Evaluation, Orders, Row, table};

use wengert_autodiff::{Number, Primitive, Rule};

/// A machine number as a [`Number`].
pub trait Machine: Primitive + Number<Primitive = Self, Mask = bool> {}
impl Machine for f32 {}
impl Machine for f64 {}

/// A function of several numbers, for any number type.
pub trait Function: Copy + Send + Sync + 'static {
    /// The function's value.
    fn evaluate<R: Number>(self, x: &[R]) -> R;

    /// The number of arguments.
    fn arguments(self) -> usize;

    /// Whether all derivatives exist in a neighbourhood of `x`.
    fn smooth(self, x: &[f64]) -> bool;

    /// The rule's own derivative for argument number `argument`, if there is a rule.
    fn stated_partial<R: Number>(self, argument: usize, x: &[R]) -> Option<R> {
        let _ = (argument, x);
        None
    }
}

/// The function of a rule.
#[derive(Clone, Copy, Debug)]
pub struct OfRule<K, const A: usize>(pub K);

/// All arguments, as a rule takes them.
pub(crate) fn operands<R: Copy, const A: usize>(x: &[R]) -> [R; A] {
    *x.first_chunk().expect("as many numbers as arguments")
}

impl<K: Rule<A>, const A: usize> Function for OfRule<K, A> {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        R::apply(self.0, operands(x))
    }
    fn arguments(self) -> usize {
        A
    }
    fn smooth(self, x: &[f64]) -> bool {
        self.0.smooth(operands(x))
    }
    fn stated_partial<R: Number>(self, argument: usize, x: &[R]) -> Option<R> {
        let x = operands(x);
        Some(self.0.partial(argument, x, R::apply(self.0, x)))
    }
}
