//! The operators of Rust on handles: with values, references, plain numbers and tensors on either side.

use core::iter::{Product, Sum};
use core::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use wengert_autodiff::rules::Remainder;

use super::{arithmetic, rows};
use crate::element::Element;
use crate::tensor::Tensor;
use crate::var::Var;

impl<T: Element> Neg for Var<T> {
    type Output = Var<T>;
    #[track_caller]
    fn neg(self) -> Var<T> {
        arithmetic::neg(self)
    }
}

impl<T: Element> Neg for &Var<T> {
    type Output = Var<T>;
    #[track_caller]
    fn neg(self) -> Var<T> {
        arithmetic::neg(*self)
    }
}

/// One operator in all its forms.
macro_rules! operator {
    ($Op:ident $op:ident $OpAssign:ident $op_assign:ident: |$a:ident, $b:ident| $result:expr) => {
        impl<T: Element> $Op for Var<T> {
            type Output = Var<T>;
            #[track_caller]
            fn $op(self, other: Var<T>) -> Var<T> {
                let ($a, $b) = (self, other);
                $result
            }
        }
        operator!(@mixed $Op $op [T: Element] &Var<T>, Var<T>; |a, b| (*a, b));
        operator!(@mixed $Op $op [T: Element] Var<T>, &Var<T>; |a, b| (a, *b));
        operator!(@mixed $Op $op [T: Element] &Var<T>, &Var<T>; |a, b| (*a, *b));
        operator!(@mixed $Op $op [T: Element] Var<T>, f64; |a, b| (a, Var::from(b)));
        operator!(@mixed $Op $op [T: Element] &Var<T>, f64; |a, b| (*a, Var::from(b)));
        operator!(@mixed $Op $op [T: Element] Var<T>, &Tensor<T>; |a, b| (a, Var::from(b)));
        operator!(@left $Op $op f64; |a, b| (Var::from(a), b));
        operator!(@left $Op $op &Tensor<T>; |a, b| (Var::from(a), b));
        operator!(@assign $OpAssign $op_assign $op Var<T>);
        operator!(@assign $OpAssign $op_assign $op &Var<T>);
        operator!(@assign $OpAssign $op_assign $op f64);
    };
    (@mixed $Op:ident $op:ident [$($generics:tt)*] $Left:ty, $Right:ty; |$a:ident, $b:ident| $vars:expr) => {
        impl<$($generics)*> $Op<$Right> for $Left {
            type Output = Var<T>;
            #[track_caller]
            fn $op(self, other: $Right) -> Var<T> {
                let ($a, $b) = (self, other);
                let (a, b): (Var<T>, Var<T>) = $vars;
                $Op::$op(a, b)
            }
        }
    };
    (@left $Op:ident $op:ident $Left:ty; |$a:ident, $b:ident| $vars:expr) => {
        impl<T: Element> $Op<Var<T>> for $Left {
            type Output = Var<T>;
            #[track_caller]
            fn $op(self, other: Var<T>) -> Var<T> {
                let ($a, $b) = (self, other);
                let (a, b): (Var<T>, Var<T>) = $vars;
                $Op::$op(a, b)
            }
        }
    };
    (@assign $OpAssign:ident $op_assign:ident $op:ident $Right:ty) => {
        impl<T: Element> $OpAssign<$Right> for Var<T> {
            #[track_caller]
            fn $op_assign(&mut self, other: $Right) {
                *self = (*self).$op(other);
            }
        }
    };
}

operator!(Add add AddAssign add_assign: |a, b| arithmetic::add(a, b));
operator!(Sub sub SubAssign sub_assign: |a, b| arithmetic::sub(a, b));
operator!(Mul mul MulAssign mul_assign: |a, b| arithmetic::mul(a, b));
operator!(Div div DivAssign div_assign: |a, b| arithmetic::div(a, b));
operator!(Rem rem RemAssign rem_assign: |a, b| rows::apply(Remainder {}, [a, b]));

impl<T: Element> Sum for Var<T> {
    #[track_caller]
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.reduce(|sum, term| sum + term).unwrap_or(Var::number(T::zero()))
    }
}

impl<T: Element> Product for Var<T> {
    #[track_caller]
    fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
        factors.reduce(|product, factor| product * factor).unwrap_or(Var::number(T::one()))
    }
}

impl<'a, T: Element> Sum<&'a Var<T>> for Var<T> {
    #[track_caller]
    fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
        terms.copied().sum()
    }
}

impl<'a, T: Element> Product<&'a Var<T>> for Var<T> {
    #[track_caller]
    fn product<I: Iterator<Item = &'a Self>>(factors: I) -> Self {
        factors.copied().product()
    }
}
