//! The traits of the `num-traits` crate, so that generic numerical code runs on every number type.

use core::num::FpCategory;

use num_traits::{
    Bounded, Float, FloatConst, FromPrimitive, Inv, MulAdd, MulAddAssign, Num, NumCast, One, Pow,
    Signed, ToPrimitive, Zero,
};

use crate::dual::DualVec;
use crate::number::Number;
use crate::rules::{Activations, Exponential, Hyperbolic, Piecewise, Powers, Trigonometric};
use crate::taylor::Taylor;
use crate::var::Var;

/// Methods of `Float` that are constants.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name() -> Self {
            Self::from_primitive(<Self as Number>::Primitive::$name())
        }
    )*};
}

/// Methods of `Float` that ask about the value.
macro_rules! queries {
    ($($name:ident -> $Answer:ty;)*) => {$(
        #[inline]
        fn $name(self) -> $Answer {
            self.primal().$name()
        }
    )*};
}

/// Methods of `Float` that are in the rule table.
macro_rules! functions {
    ($($Family:ident: $($name:ident($($argument:ident: $Argument:ty),*))*;)*) => {$($(
        #[inline]
        #[track_caller]
        fn $name(self $(, $argument: $Argument)*) -> Self {
            $Family::$name(self $(, $argument)*)
        }
    )*)*};
}

macro_rules! num_traits_impls {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Num for $Type {
            type FromStrRadixErr = <T::Primitive as Num>::FromStrRadixErr;
            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                T::Primitive::from_str_radix(text, radix).map(Self::from_primitive)
            }
        }

        impl<$($generics)*> ToPrimitive for $Type {
            fn to_i64(&self) -> Option<i64> {
                self.primal().to_i64()
            }
            fn to_u64(&self) -> Option<u64> {
                self.primal().to_u64()
            }
            fn to_i128(&self) -> Option<i128> {
                self.primal().to_i128()
            }
            fn to_u128(&self) -> Option<u128> {
                self.primal().to_u128()
            }
            fn to_f32(&self) -> Option<f32> {
                self.primal().to_f32()
            }
            fn to_f64(&self) -> Option<f64> {
                self.primal().to_f64()
            }
        }

        impl<$($generics)*> FromPrimitive for $Type {
            fn from_i64(n: i64) -> Option<Self> {
                T::Primitive::from_i64(n).map(Self::from_primitive)
            }
            fn from_u64(n: u64) -> Option<Self> {
                T::Primitive::from_u64(n).map(Self::from_primitive)
            }
            fn from_i128(n: i128) -> Option<Self> {
                T::Primitive::from_i128(n).map(Self::from_primitive)
            }
            fn from_u128(n: u128) -> Option<Self> {
                T::Primitive::from_u128(n).map(Self::from_primitive)
            }
            fn from_f32(n: f32) -> Option<Self> {
                T::Primitive::from_f32(n).map(Self::from_primitive)
            }
            fn from_f64(n: f64) -> Option<Self> {
                T::Primitive::from_f64(n).map(Self::from_primitive)
            }
        }

        impl<$($generics)*> NumCast for $Type {
            fn from<U: ToPrimitive>(n: U) -> Option<Self> {
                <T::Primitive as NumCast>::from(n).map(Self::from_primitive)
            }
        }

        impl<$($generics)*> Bounded for $Type {
            fn min_value() -> Self {
                Self::from_primitive(<T::Primitive as Float>::min_value())
            }
            fn max_value() -> Self {
                Self::from_primitive(<T::Primitive as Float>::max_value())
            }
        }

        impl<$($generics)*> Signed for $Type {
            #[inline]
            #[track_caller]
            fn abs(&self) -> Self {
                Piecewise::abs(*self)
            }
            #[inline]
            #[track_caller]
            fn abs_sub(&self, other: &Self) -> Self {
                Float::abs_sub(*self, *other)
            }
            #[inline]
            #[track_caller]
            fn signum(&self) -> Self {
                Piecewise::signum(*self)
            }
            #[inline]
            fn is_positive(&self) -> bool {
                self.primal() > T::Primitive::zero()
            }
            #[inline]
            fn is_negative(&self) -> bool {
                self.primal() < T::Primitive::zero()
            }
        }

        impl<$($generics)*> Inv for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn inv(self) -> Self {
                Powers::recip(self)
            }
        }

        impl<$($generics)*> Pow<i32> for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn pow(self, n: i32) -> Self {
                Powers::powi(self, n)
            }
        }

        impl<$($generics)*> Pow<$Type> for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn pow(self, y: Self) -> Self {
                Powers::powf(self, y)
            }
        }

        impl<$($generics)*> MulAdd for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Piecewise::mul_add(self, a, b)
            }
        }

        impl<$($generics)*> MulAddAssign for $Type {
            #[inline]
            #[track_caller]
            fn mul_add_assign(&mut self, a: Self, b: Self) {
                *self = Piecewise::mul_add(*self, a, b);
            }
        }

        impl<$($generics)*> FloatConst for $Type {
            constants! {
                E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
                LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
            }
        }

        impl<$($generics)*> Float for $Type {
            constants! { nan infinity neg_infinity neg_zero min_positive_value epsilon }
            queries! {
                is_nan -> bool;
                is_infinite -> bool;
                is_finite -> bool;
                is_normal -> bool;
                classify -> FpCategory;
                is_sign_positive -> bool;
                is_sign_negative -> bool;
                integer_decode -> (u64, i16, i8);
            }
            functions! {
                Powers: powi(n: i32) powf(y: Self) sqrt() cbrt() recip() hypot(other: Self);
                Exponential: exp() exp2() exp_m1() ln() log(base: Self) log2() log10() ln_1p();
                Trigonometric: sin() cos() tan() asin() acos() atan() atan2(x: Self);
                Hyperbolic: sinh() cosh() tanh() asinh() acosh() atanh();
                Piecewise: abs() signum() copysign(sign: Self) floor() ceil() round() trunc() fract()
                    max(other: Self) min(other: Self) clamp(low: Self, high: Self) mul_add(a: Self, b: Self);
            }
            #[inline]
            fn min_value() -> Self {
                Self::from_primitive(<T::Primitive as Float>::min_value())
            }
            #[inline]
            fn max_value() -> Self {
                Self::from_primitive(<T::Primitive as Float>::max_value())
            }
            #[inline]
            #[track_caller]
            fn sin_cos(self) -> (Self, Self) {
                Number::sin_cos(self)
            }
            /// max(self − other, 0), with the derivative of [`relu`](crate::rules::Activations::relu).
            #[inline]
            #[track_caller]
            fn abs_sub(self, other: Self) -> Self {
                Activations::relu(self - other)
            }
            #[inline]
            #[track_caller]
            fn to_degrees(self) -> Self {
                self * Self::from_primitive(T::Primitive::one().to_degrees())
            }
            #[inline]
            #[track_caller]
            fn to_radians(self) -> Self {
                self * Self::from_primitive(T::Primitive::one().to_radians())
            }
        }
    };
}

num_traits_impls!([T: Number, const N: usize] DualVec<T, N>);
num_traits_impls!([T: Number, const N: usize] Taylor<T, N>);
num_traits_impls!([T: Number] Var<T>);
