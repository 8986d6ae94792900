//! What the programs of the comparison ask of a number, and every crate's numbers as such.

use std::ops::{Add, Div, Mul, Neg, Sub};

use easy_ml::differentiation::Record;
use easy_ml::numeric::extra;
use num_dual::DualNum;
use num_traits::{Float, ToPrimitive};

/// A number with the arithmetic that all the crates have.
pub trait Num:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    fn value(self) -> f64;
    fn exp(self) -> Self;
    fn ln(self) -> Self;

    /// The sum of at least one number: as a program would write it for this crate.
    fn sum(terms: impl Iterator<Item = Self>) -> Self {
        terms.reduce(|sum, term| sum + term).expect("there are terms")
    }
}

macro_rules! nums {
    ($([$($generics:tt)*] $Number:ty: |$x:ident| $value:expr, $exp:expr, $ln:expr;)*) => {$(
        impl<$($generics)*> Num for $Number {
            #[inline(always)]
            fn value(self) -> f64 {
                let $x = self;
                $value
            }
            #[inline(always)]
            fn exp(self) -> Self {
                let $x = self;
                $exp
            }
            #[inline(always)]
            fn ln(self) -> Self {
                let $x = self;
                $ln
            }
        }
    )*};
}

nums! {
    [] f64: |x| x, f64::exp(x), f64::ln(x);
    ['t] aad::Variable<'t, f64>: |x| aad::Variable::value(&x), Self::exp(x), Self::ln(x);
    [] autodiff::F1: |x| autodiff::F1::value(&x), Float::exp(x), Float::ln(x);
    ['t] Record<'t, f64>: |x| x.number, extra::Exp::exp(x), extra::Ln::ln(x);
    [] echidna::Reverse<f64>: |x| x.to_f64().expect("a number"), Float::exp(x), Float::ln(x);
    [] echidna::BReverse<f64>: |x| x.to_f64().expect("a number"), Float::exp(x), Float::ln(x);
    [const N: usize] hyperdual::Hyperdual<f64, N>: |x| x.real(), Float::exp(x), Float::ln(x);
    [] num_dual::Dual64: |x| x.re, DualNum::exp(&x), DualNum::ln(&x);
    ['t] reverse::Var<'t>: |x| x.val(), reverse::Var::exp(&x), reverse::Var::ln(&x);
    ['t] RustQuant_autodiff::Variable<'t>: |x| x.value, Self::exp(x), Self::ln(x);
}

impl Num for wengert_autodiff::Var<f64> {
    fn value(self) -> f64 {
        self.value()
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn ln(self) -> Self {
        self.ln()
    }
    fn sum(terms: impl Iterator<Item = Self>) -> Self {
        terms.sum()
    }
}
