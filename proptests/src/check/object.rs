//! A function as an object, so that the checks themselves are compiled once.

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

/// A function in the modes that first derivatives over `T` take.
pub(super) trait Once<T>: At<Dual<T>> + At<DualVec<T, 8>> + At<Var<T>> {}
impl<T: Base, F: Function> Once<T> for F {}

/// A function in all modes over `T`.
pub(super) trait Everywhere<T>:
    Once<T>
    + At<Taylor<T, 2>>
    + At<Taylor<T, 3>>
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

// As it is checked: plain, in modes, and in the same modes with errors. Checks ask for no more modes than they compare, because
// each is compiled for each function.

/// A function whose first derivatives are checked.
pub(super) trait FirstOrder:
    At<f64> + At<DualVec<Rounded, 0>> + Once<f64> + Once<Rounded>
{
    fn name(&self) -> String;
}

impl<F: Function> FirstOrder for F {
    fn name(&self) -> String {
        Function::name(self)
    }
}

/// A function whose Hessian is checked.
pub(super) trait SecondOrder:
    FirstOrder + At<Var<DualVec<f64, 8>>> + At<Var<DualVec<Rounded, 8>>>
{
}
impl<F: Function> SecondOrder for F {}

/// A function that is checked in all modes.
pub(super) trait AllModes: FirstOrder + Everywhere<f64> + Everywhere<Rounded> {}
impl<F: Function> AllModes for F {}
