//! `simba`: the traits by which nalgebra knows a real number.

use core::fmt::Display;

use num_traits::{Float, FloatConst, One, Zero};
use simba::scalar::{ComplexField, Field, RealField, SubsetOf};
use simba::simd::SimdValue;

use crate::dual::DualVec;
use crate::number::{Number, Primitive};
use crate::rules::{Exponential, Hyperbolic, Piecewise, Powers, Trigonometric};
use crate::taylor::Taylor;
use crate::var::Var;

/// Methods that are constants.
macro_rules! constants {
    ($($name:ident = $NAME:ident)*) => {$(
        #[inline]
        fn $name() -> Self {
            FloatConst::$NAME()
        }
    )*};
}

/// Methods that are in the rule table.
macro_rules! functions {
    ($($Family:ident: $($name:ident $(= $rule:ident)? ($($argument:ident: $Argument:ty),*))*;)*) => {$($(
        #[inline]
        #[track_caller]
        fn $name(self $(, $argument: $Argument)*) -> Self {
            functions!(@rule $Family $name $($rule)?)(self $(, $argument)*)
        }
    )*)*};
    (@rule $Family:ident $name:ident) => { $Family::$name };
    (@rule $Family:ident $name:ident $rule:ident) => { $Family::$rule };
}

/// A plain number among numbers that carry derivatives: a constant; and back, the value.
macro_rules! subset {
    ($F:ident [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> SubsetOf<$Type> for $F {
            #[inline]
            fn to_superset(&self) -> $Type {
                <$Type>::lit(f64::from(*self))
            }
            #[inline]
            fn from_superset_unchecked(number: &$Type) -> $F {
                number.primal().widen() as $F
            }
            #[inline]
            fn is_in_subset(_: &$Type) -> bool {
                true
            }
        }
    };
}

macro_rules! real_field {
    ([$($generics:tt)*] $Type:ty) => {
        subset!(f32 [$($generics)*] $Type);
        subset!(f64 [$($generics)*] $Type);

        impl<$($generics)*> SubsetOf<$Type> for $Type {
            #[inline]
            fn to_superset(&self) -> Self {
                *self
            }
            #[inline]
            fn from_superset_unchecked(number: &Self) -> Self {
                *number
            }
            #[inline]
            fn is_in_subset(_: &Self) -> bool {
                true
            }
        }

        impl<$($generics)*> SimdValue for $Type {
            const LANES: usize = 1;
            type Element = Self;
            type SimdBool = bool;
            #[inline(always)]
            fn splat(number: Self) -> Self {
                number
            }
            #[inline(always)]
            fn extract(&self, _: usize) -> Self {
                *self
            }
            #[inline(always)]
            unsafe fn extract_unchecked(&self, _: usize) -> Self {
                *self
            }
            #[inline(always)]
            fn replace(&mut self, _: usize, number: Self) {
                *self = number;
            }
            #[inline(always)]
            unsafe fn replace_unchecked(&mut self, _: usize, number: Self) {
                *self = number;
            }
            #[inline(always)]
            fn select(self, condition: bool, other: Self) -> Self {
                if condition { self } else { other }
            }
        }

        impl<$($generics)*> Field for $Type {}

        impl<$($generics)*> ComplexField for $Type
        where
            T: Display,
        {
            type RealField = Self;

            functions! {
                Powers: recip() sqrt() cbrt() powi(n: i32) powf(n: Self) powc = powf(n: Self) hypot(other: Self);
                Exponential: exp() exp2() exp_m1() ln() log(base: Self) log2() log10() ln_1p();
                Trigonometric: sin() cos() tan() asin() acos() atan();
                Hyperbolic: sinh() cosh() tanh() asinh() acosh() atanh();
                Piecewise: abs() modulus = abs() norm1 = abs() signum() floor() ceil() round() trunc() fract()
                    mul_add(a: Self, b: Self);
            }
            #[inline]
            #[track_caller]
            fn sin_cos(self) -> (Self, Self) {
                Number::sin_cos(self)
            }
            #[inline]
            #[track_caller]
            fn try_sqrt(self) -> Option<Self> {
                (self >= Self::zero()).then(|| Powers::sqrt(self))
            }
            #[inline]
            fn from_real(number: Self) -> Self {
                number
            }
            #[inline]
            fn real(self) -> Self {
                self
            }
            #[inline]
            fn imaginary(self) -> Self {
                Self::zero()
            }
            #[inline]
            fn conjugate(self) -> Self {
                self
            }
            #[inline]
            #[track_caller]
            fn modulus_squared(self) -> Self {
                self * self
            }
            #[inline]
            fn argument(self) -> Self {
                if self >= Self::zero() { Self::zero() } else { Self::pi() }
            }
            /// The modulus and the sign, whose product is the number with its derivatives, also at 0.
            #[inline]
            #[track_caller]
            fn to_exp(self) -> (Self, Self) {
                if self >= Self::zero() { (self, Self::one()) } else { (-self, -Self::one()) }
            }
            #[inline]
            #[track_caller]
            fn scale(self, factor: Self) -> Self {
                self * factor
            }
            #[inline]
            #[track_caller]
            fn unscale(self, factor: Self) -> Self {
                self / factor
            }
            #[inline]
            fn is_finite(&self) -> bool {
                Float::is_finite(self.primal())
            }
        }

        impl<$($generics)*> RealField for $Type
        where
            T: Display,
        {
            constants! {
                pi = PI two_pi = TAU frac_pi_2 = FRAC_PI_2 frac_pi_3 = FRAC_PI_3 frac_pi_4 = FRAC_PI_4
                frac_pi_6 = FRAC_PI_6 frac_pi_8 = FRAC_PI_8 frac_1_pi = FRAC_1_PI frac_2_pi = FRAC_2_PI
                frac_2_sqrt_pi = FRAC_2_SQRT_PI e = E log2_e = LOG2_E log10_e = LOG10_E ln_2 = LN_2 ln_10 = LN_10
            }
            functions! {
                Trigonometric: atan2(x: Self);
                Piecewise: copysign(sign: Self) max(other: Self) min(other: Self) clamp(low: Self, high: Self);
            }
            #[inline]
            fn is_sign_positive(&self) -> bool {
                Float::is_sign_positive(*self)
            }
            #[inline]
            fn is_sign_negative(&self) -> bool {
                Float::is_sign_negative(*self)
            }
            #[inline]
            fn min_value() -> Option<Self> {
                Some(Float::min_value())
            }
            #[inline]
            fn max_value() -> Option<Self> {
                Some(Float::max_value())
            }
        }
    };
}

real_field!([T: Number, const N: usize] DualVec<T, N>);
real_field!([T: Number, const N: usize] Taylor<T, N>);
real_field!([T: Number] Var<T>);
