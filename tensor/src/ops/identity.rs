//! Operations that leave the value as it is, and change what is known about it.

use super::structural;
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// A new variable of the same value, still connected with the old one: what a driver differentiates with respect to,
/// so that what was computed from the old one before counts as constant.
#[track_caller]
pub(crate) fn alias<T: Element>(x: Var<T>) -> Var<T> {
    structural(Alias, &[x], x.shape())
}

/// The same value, available no sooner than `after` is: keeps work on it from being done early.
#[track_caller]
pub(crate) fn barrier<T: Element>(x: Var<T>, after: Var<T>) -> Var<T> {
    structural(Alias, &[x, after], x.shape())
}

impl<T: Element> Var<T> {
    /// The same value, through which no derivative flows ("stop gradient").
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 3.0]));
    /// let u = (x * x).detach();
    /// assert_eq!(tape.gradient(u * x).wrt(x), Tensor::from([1.0, 9.0]));
    /// ```
    #[doc(alias = "stop_gradient")]
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Self {
        match self.as_number() {
            Some(_) => self,
            None => structural(Detach, &[self], self.shape()),
        }
    }
}

struct Alias;

impl<T: Element> Operation<T> for Alias {
    fn name(&self) -> &'static str {
        "alias"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[0].clone()
    }
    fn is_alias(&self) -> bool {
        true
    }
    fn vjp(&self, _: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        (argument == 0).then_some(cotangent)
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0]
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let x = members.image(0);
        // (What is waited for does not make the value another.)
        Some(if members.inputs() == 1 { x } else { barrier(x, members.image(1)) })
    }
    fn keeps_zeros(&self, inputs: &[Var<T>], _: &dyn Fn(usize) -> bool) -> bool {
        inputs.len() == 1
    }
}

struct Detach;

impl<T: Element> Operation<T> for Detach {
    fn name(&self) -> &'static str {
        "detach"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[0].clone()
    }
    fn is_alias(&self) -> bool {
        true
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        None
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        None
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.all(0).detach())
    }
}
