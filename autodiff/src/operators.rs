//! What follows for every number type from its arithmetic on values: references, plain numbers on either
//! side, assigning forms, sums and products, comparison by value.
//!
//! Plain numbers are `f64`, also beside numbers over `f32` (for which they are rounded). Operators with `f32`,
//! too, would leave the compiler to guess what `x * 2.0` means wherever the type of x is to be inferred.

use core::cmp::Ordering;
use core::iter::{Product, Sum};
use core::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use num_traits::{One, Zero};

use crate::dual::DualVec;
use crate::number::{Number, Primitive};
use crate::taylor::Taylor;
use crate::var::Var;

/// Forms of one operator: references on either side, assignment.
macro_rules! forms {
    ([$($generics:tt)*] $Type:ty, $Op:ident $op:ident $OpAssign:ident $op_assign:ident) => {
        impl<$($generics)*> $Op<&$Type> for $Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, other: &$Type) -> $Type {
                $Op::$op(self, *other)
            }
        }
        impl<$($generics)*> $Op<$Type> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, other: $Type) -> $Type {
                $Op::$op(*self, other)
            }
        }
        impl<$($generics)*> $Op<&$Type> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, other: &$Type) -> $Type {
                $Op::$op(*self, *other)
            }
        }
        impl<$($generics)*> $OpAssign for $Type {
            #[inline]
            #[track_caller]
            fn $op_assign(&mut self, other: $Type) {
                *self = $Op::$op(*self, other);
            }
        }
        impl<$($generics)*> $OpAssign<&$Type> for $Type {
            #[inline]
            #[track_caller]
            fn $op_assign(&mut self, other: &$Type) {
                *self = $Op::$op(*self, *other);
            }
        }
    };
}

/// One operator with a plain number on the right or on the left.
macro_rules! with_plain_number {
    ([$($generics:tt)*] $Type:ty, $Op:ident $op:ident $OpAssign:ident $op_assign:ident, |$x:ident, $c:ident| $right:expr) => {
        impl<$($generics)*> $Op<f64> for $Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, $c: f64) -> $Type {
                let $x = self;
                $right
            }
        }
        impl<$($generics)*> $Op<f64> for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, $c: f64) -> $Type {
                $Op::$op(*self, $c)
            }
        }
        impl<$($generics)*> $OpAssign<f64> for $Type {
            #[inline]
            #[track_caller]
            fn $op_assign(&mut self, $c: f64) {
                *self = $Op::$op(*self, $c);
            }
        }
        impl<$($generics)*> $Op<$Type> for f64 {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, other: $Type) -> $Type {
                $Op::$op(<$Type>::lit(self), other)
            }
        }
        impl<$($generics)*> $Op<&$Type> for f64 {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn $op(self, other: &$Type) -> $Type {
                $Op::$op(<$Type>::lit(self), *other)
            }
        }
    };
}

macro_rules! with_plain_numbers {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> From<f64> for $Type {
            /// The constant.
            #[inline]
            fn from(value: f64) -> Self {
                Self::lit(value)
            }
        }
        impl<$($generics)*> PartialEq<f64> for $Type {
            #[inline]
            fn eq(&self, other: &f64) -> bool {
                self.primal() == T::Primitive::nearest(*other)
            }
        }
        impl<$($generics)*> PartialOrd<f64> for $Type {
            #[inline]
            fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
                self.primal().partial_cmp(&T::Primitive::nearest(*other))
            }
        }
        with_plain_number!([$($generics)*] $Type, Add add AddAssign add_assign, |x, c| x.add_constant(T::Primitive::nearest(c)));
        with_plain_number!([$($generics)*] $Type, Sub sub SubAssign sub_assign, |x, c| x.add_constant(T::Primitive::nearest(-c)));
        with_plain_number!([$($generics)*] $Type, Mul mul MulAssign mul_assign, |x, c| x.mul_constant(T::Primitive::nearest(c)));
        with_plain_number!([$($generics)*] $Type, Div div DivAssign div_assign, |x, c| x.div_constant(T::Primitive::nearest(c)));
        with_plain_number!([$($generics)*] $Type, Rem rem RemAssign rem_assign, |x, c| x % <$Type>::lit(c));
    };
}

macro_rules! sums {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Sum for $Type {
            #[track_caller]
            fn sum<I: Iterator<Item = Self>>(mut terms: I) -> Self {
                // Not from 0, which would be a term more.
                // (Of no terms, what std says: −0.)
                let nothing = || Self::lit(core::iter::empty::<f64>().sum());
                terms.next().map_or_else(nothing, |first| terms.fold(first, |sum, term| sum + term))
            }
        }
    };
}

macro_rules! operators {
    ([$($generics:tt)*] $Type:ty) => {
        forms!([$($generics)*] $Type, Add add AddAssign add_assign);
        forms!([$($generics)*] $Type, Sub sub SubAssign sub_assign);
        forms!([$($generics)*] $Type, Mul mul MulAssign mul_assign);
        forms!([$($generics)*] $Type, Div div DivAssign div_assign);
        forms!([$($generics)*] $Type, Rem rem RemAssign rem_assign);
        with_plain_numbers!([$($generics)*] $Type);

        impl<$($generics)*> $Type {
            /// A copy through which no derivative flows ("stop gradient"), at every level of nesting.
            /// See [`Number::detach`].
            #[inline]
            pub fn detach(self) -> Self {
                Number::detach(self)
            }

            /// Sine and cosine together.
            #[inline]
            #[track_caller]
            pub fn sin_cos(self) -> (Self, Self) {
                Number::sin_cos(self)
            }

            /// The innermost machine number. See [`Number::primal`].
            #[inline]
            pub fn primal(&self) -> T::Primitive {
                Number::primal(self)
            }
        }

        impl<$($generics)*> Neg for &$Type {
            type Output = $Type;
            #[inline]
            #[track_caller]
            fn neg(self) -> $Type {
                -*self
            }
        }

        impl<$($generics)*> PartialEq for $Type {
            /// Compares values.
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.primal() == other.primal()
            }
        }
        impl<$($generics)*> PartialOrd for $Type {
            /// Compares values.
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.primal().partial_cmp(&other.primal())
            }
        }
        impl<$($generics)*> Zero for $Type {
            #[inline]
            fn zero() -> Self {
                Self::lit(0.0)
            }
            /// Whether the value is zero.
            #[inline]
            fn is_zero(&self) -> bool {
                self.primal().is_zero()
            }
        }
        impl<$($generics)*> One for $Type {
            #[inline]
            fn one() -> Self {
                Self::lit(1.0)
            }
        }
        impl<'a, $($generics)*> Sum<&'a $Type> for $Type {
            #[track_caller]
            fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
                terms.copied().sum()
            }
        }
        impl<$($generics)*> Product for $Type {
            #[track_caller]
            fn product<I: Iterator<Item = Self>>(mut factors: I) -> Self {
                factors.next().map_or_else(Self::one, |first| factors.fold(first, |product, factor| product * factor))
            }
        }
        impl<'a, $($generics)*> Product<&'a $Type> for $Type {
            #[track_caller]
            fn product<I: Iterator<Item = &'a Self>>(factors: I) -> Self {
                factors.copied().product()
            }
        }
    };
}

sums!([T: Number, const N: usize] DualVec<T, N>);
sums!([T: Number, const N: usize] Taylor<T, N>);
// (A sum of `Var`s is one node of the recording: see there.)

operators!([T: Number, const N: usize] DualVec<T, N>);
operators!([T: Number, const N: usize] Taylor<T, N>);
operators!([T: Number] Var<T>);
