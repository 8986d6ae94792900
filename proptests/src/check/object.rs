//! A function as an object, so that the checks of all functions are compiled once.

use core::fmt::Display;

use wengert_autodiff::{Dual, DualVec, Number, Real, Taylor, Var};

use super::{Function, Rounded};

/// A number that modes can be built on.
pub(super) trait Base: Number + Display {}
impl<T: Number + Display> Base for T {}

/// A function at one number type.
pub(super) trait At<R> {
    fn at(&self, x: &[R]) -> Vec<R>;
}

impl<R: Real, F: Function> At<R> for F {
    fn at(&self, x: &[R]) -> Vec<R> {
        self.call(x)
    }
}

/// A function in all modes over `T`.
pub(super) trait Everywhere<T>:
    At<Dual<T>>
    + At<DualVec<T, 8>>
    + At<Taylor<T, 2>>
    + At<Taylor<T, 3>>
    + At<Var<T>>
    + At<Dual<Dual<T>>>
    + At<Dual<Taylor<T, 2>>>
    + At<Dual<Var<T>>>
    + At<Taylor<Dual<T>, 2>>
    + At<Taylor<Var<T>, 1>>
    + At<Taylor<Var<T>, 2>>
    + At<Var<Dual<T>>>
    + At<Var<DualVec<T, 8>>>
    + At<Var<Taylor<T, 2>>>
    + At<Var<Var<T>>>
    + At<Dual<Dual<Dual<T>>>>
    + At<Var<Dual<Dual<T>>>>
    + At<Var<Var<Var<T>>>>
{
}
impl<T: Base, F: Function> Everywhere<T> for F {}

/// A function as it is checked: plain, in all modes, and in all modes with errors.
pub(super) trait Object:
    At<f64> + At<DualVec<Rounded, 0>> + Everywhere<f64> + Everywhere<Rounded>
{
    fn name(&self) -> String;
}

impl<F: Function> Object for F {
    fn name(&self) -> String {
        Function::name(self)
    }
}
