//! `ad_trait` has no operators with `f64` for its `adr`, but functions.

use std::ops::{Add, Div, Mul, Neg, Sub};

use ad_trait::AD;
use ad_trait::nalgebra::ComplexField;
use ad_trait::reverse_ad::adr::adr;

use crate::numbers::Num;

#[derive(Clone, Copy)]
pub struct Adr(pub adr);

impl Num for Adr {
    fn value(self) -> f64 {
        self.0.value()
    }
    fn exp(self) -> Self {
        Self(ComplexField::exp(self.0))
    }
    fn ln(self) -> Self {
        Self(ComplexField::ln(self.0))
    }
}

impl Neg for Adr {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

macro_rules! operators {
    ($($Op:ident $op:ident,)*) => {$(
        impl $Op for Adr {
            type Output = Self;
            fn $op(self, other: Self) -> Self {
                Self(self.0.$op(other.0))
            }
        }
    )*};
}
operators! { Add add, Sub sub, Mul mul, Div div, }

impl Add<f64> for Adr {
    type Output = Self;
    fn add(self, c: f64) -> Self {
        Self(adr::add_scalar(c, self.0))
    }
}

impl Sub<f64> for Adr {
    type Output = Self;
    fn sub(self, c: f64) -> Self {
        Self(adr::sub_r_scalar(self.0, c))
    }
}

impl Mul<f64> for Adr {
    type Output = Self;
    fn mul(self, c: f64) -> Self {
        Self(adr::mul_scalar(c, self.0))
    }
}
