//! Arrays as numbers: what lets every row of the rule table, and every function that is generic over `Real`, run on
//! them elementwise.

use core::cmp::Ordering;

use num_traits::{FromPrimitive, One, ToPrimitive, Zero};
use wengert_autodiff::{Number, Real, Rule, SliceRule};

use super::choice::Mask;
use super::{arithmetic, rows, slices};
use crate::element::Element;
use crate::var::Var;

impl<T: Element> Number for Var<T> {
    type Primitive = T;
    type Mask = Mask<T>;
    const RECORDINGS: usize = 1;

    fn from_primitive(value: T) -> Self {
        Var::number(value)
    }

    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        rows::apply(rule, x)
    }

    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        slices::apply(rule, x)
    }

    #[track_caller]
    fn less(self, other: Self) -> Mask<T> {
        Var::less(self, other)
    }

    #[track_caller]
    fn equal(self, other: Self) -> Mask<T> {
        Var::equal(self, other)
    }

    #[track_caller]
    fn blend(mask: Mask<T>, yes: Self, no: Self) -> Self {
        mask.select(yes, no)
    }

    fn is_structural_zero(&self) -> bool {
        self.as_number() == Some(T::zero())
    }

    #[track_caller]
    fn detach(self) -> Self {
        Var::detach(self)
    }

    /// # Panics
    /// If there is more than one element.
    #[track_caller]
    fn primal(&self) -> T {
        self.item()
    }

    #[track_caller]
    fn strong_mul(self, other: Self) -> Self {
        arithmetic::strong_mul(self, other)
    }
}

impl<T: Element> Real for Var<T> {}

impl<T: Element> Zero for Var<T> {
    fn zero() -> Self {
        Var::number(T::zero())
    }
    /// Whether all elements are zero.
    fn is_zero(&self) -> bool {
        self.value().to_vec().iter().all(|x| *x == T::zero())
    }
}

impl<T: Element> One for Var<T> {
    fn one() -> Self {
        Var::number(T::one())
    }
}

impl<T: Element> FromPrimitive for Var<T> {
    fn from_i64(n: i64) -> Option<Self> {
        T::from_i64(n).map(Var::number)
    }
    fn from_u64(n: u64) -> Option<Self> {
        T::from_u64(n).map(Var::number)
    }
    fn from_f64(n: f64) -> Option<Self> {
        T::from_f64(n).map(Var::number)
    }
}

impl<T: Element> ToPrimitive for Var<T> {
    fn to_i64(&self) -> Option<i64> {
        self.item().to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.item().to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        self.item().to_f64()
    }
}

/// A comparison that decides a branch is one of numbers.
#[track_caller]
fn single<T: Element>(x: &Var<T>) -> T {
    let shape = x.shape();
    assert!(
        shape.size() == 1,
        "comparison: an array of shape {shape} has no single truth value; choose elementwise with \
         `x.less(y).select(a, b)`, or reduce to one number first"
    );
    x.item()
}

/// Equality of single numbers. (Elementwise: [`Var::equal`](Var::equal).)
impl<T: Element> PartialEq for Var<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        single(self) == single(other)
    }
}

/// Order of single numbers. (Elementwise: [`Var::less`](Var::less).)
impl<T: Element> PartialOrd for Var<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        single(self).partial_cmp(&single(other))
    }
}

impl<T: Element> PartialEq<f64> for Var<T> {
    #[track_caller]
    fn eq(&self, other: &f64) -> bool {
        single(self) == T::nearest(*other)
    }
}

impl<T: Element> PartialOrd<f64> for Var<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        single(self).partial_cmp(&T::nearest(*other))
    }
}
