//! One lane of a vectorised loop, as a number: how rows of the rule table become vector code.

use core::any::TypeId;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, Div, DivAssign, Mul, MulAssign, Neg, Not, Rem, RemAssign, Sub,
    SubAssign,
};

use num_traits::{One, Zero};
use wengert_autodiff::rules::{
    Cos, Cosh, Exp, ExpM1, Ln, Ln1p, Recip, Sigmoid, Silu, Sin, Sinh, Softplus, Tanh,
};
use wengert_autodiff::{Mask, Number, Rule, SliceRule};

use super::elementary::Elementary;
use crate::element::Element;

/// A machine number on which choices are made without branches, and elementary functions without calls.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(crate) struct Lane<T, const FMA: bool>(pub(crate) T);

/// Whether a comparison holds in this lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneMask(bool);

/// The value of a row, vectorised where it is one of the common functions, and otherwise as the row states it.
#[inline(always)]
pub(crate) fn value<T: Element, const FMA: bool, const A: usize, K: Rule<A>>(
    rule: K,
    x: [T; A],
) -> T {
    // (The comparisons are of constants: one branch is left.)
    let is = |id: TypeId| TypeId::of::<K>() == id;
    let u = x[0];
    if is(TypeId::of::<Exp>()) {
        T::lane_exp::<FMA>(u)
    } else if is(TypeId::of::<ExpM1>()) {
        T::lane_exp_m1::<FMA>(u)
    } else if is(TypeId::of::<Ln>()) {
        T::lane_ln::<FMA>(u)
    } else if is(TypeId::of::<Ln1p>()) {
        T::lane_ln_1p::<FMA>(u)
    } else if is(TypeId::of::<Tanh>()) {
        T::lane_tanh::<FMA>(u)
    } else if is(TypeId::of::<Cosh>()) {
        T::lane_cosh::<FMA>(u)
    } else if is(TypeId::of::<Sinh>()) {
        T::lane_sinh::<FMA>(u)
    } else if is(TypeId::of::<Sigmoid>()) {
        T::lane_sigmoid::<FMA>(u)
    } else if is(TypeId::of::<Silu>()) {
        u * T::lane_sigmoid::<FMA>(u)
    } else if is(TypeId::of::<Softplus>()) {
        T::lane_softplus::<FMA>(u)
    } else if is(TypeId::of::<Recip>()) {
        T::one() / u
    } else if is(TypeId::of::<Sin>()) || is(TypeId::of::<Cos>()) {
        if u.widen().abs() <= <T as Elementary>::TURNS {
            let (sin, cos) = T::lane_sin_cos::<FMA>(u);
            if is(TypeId::of::<Sin>()) { sin } else { cos }
        } else {
            rule.value(x)
        }
    } else {
        rule.value(x)
    }
}

impl<T: Element, const FMA: bool> Number for Lane<T, FMA> {
    type Primitive = T;
    type Mask = LaneMask;
    const RECORDINGS: usize = 0;

    #[inline(always)]
    fn from_primitive(value: T) -> Self {
        Lane(value)
    }
    #[inline(always)]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        Lane(value::<T, FMA, A, K>(rule, x.map(|x| x.0)))
    }
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        let values = x.map(|x| x.iter().map(|x| x.0).collect::<Vec<T>>());
        Lane(rule.value(values.each_ref().map(|x| &x[..])))
    }
    #[inline(always)]
    fn less(self, other: Self) -> LaneMask {
        LaneMask(self.0 < other.0)
    }
    #[inline(always)]
    fn equal(self, other: Self) -> LaneMask {
        LaneMask(self.0 == other.0)
    }
    #[inline(always)]
    fn blend(mask: LaneMask, yes: Self, no: Self) -> Self {
        if mask.0 { yes } else { no }
    }
    #[inline(always)]
    fn is_structural_zero(&self) -> bool {
        self.0 == T::zero()
    }
    #[inline(always)]
    fn primal(&self) -> T {
        self.0
    }
    #[inline(always)]
    fn strong_mul(self, other: Self) -> Self {
        Lane(self.0.strong_mul(other.0))
    }
}

impl Mask for LaneMask {
    /// Both branches, of which one is taken: so there is no branch.
    #[inline(always)]
    fn choose<R: Number<Mask = Self>>(self, yes: impl FnOnce() -> R, no: impl FnOnce() -> R) -> R {
        R::blend(self, yes(), no())
    }
}

impl BitAnd for LaneMask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        LaneMask(self.0 & other.0)
    }
}

impl BitOr for LaneMask {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        LaneMask(self.0 | other.0)
    }
}

impl Not for LaneMask {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        LaneMask(!self.0)
    }
}

impl<T: Element, const FMA: bool> Neg for Lane<T, FMA> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Lane(-self.0)
    }
}

impl<T: Element, const FMA: bool> Zero for Lane<T, FMA> {
    #[inline(always)]
    fn zero() -> Self {
        Lane(T::zero())
    }
    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0 == T::zero()
    }
}

impl<T: Element, const FMA: bool> One for Lane<T, FMA> {
    #[inline(always)]
    fn one() -> Self {
        Lane(T::one())
    }
}

macro_rules! operator {
    ($($Op:ident $op:ident $OpAssign:ident $op_assign:ident)*) => {$(
        impl<T: Element, const FMA: bool> $Op for Lane<T, FMA> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                Lane($Op::$op(self.0, other.0))
            }
        }
        impl<T: Element, const FMA: bool> $Op<&Self> for Lane<T, FMA> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: &Self) -> Self {
                Lane($Op::$op(self.0, other.0))
            }
        }
        impl<T: Element, const FMA: bool> $OpAssign for Lane<T, FMA> {
            #[inline(always)]
            fn $op_assign(&mut self, other: Self) {
                self.0 = $Op::$op(self.0, other.0);
            }
        }
        impl<T: Element, const FMA: bool> $OpAssign<&Self> for Lane<T, FMA> {
            #[inline(always)]
            fn $op_assign(&mut self, other: &Self) {
                self.0 = $Op::$op(self.0, other.0);
            }
        }
    )*};
}
operator! {
    Add add AddAssign add_assign
    Sub sub SubAssign sub_assign
    Mul mul MulAssign mul_assign
    Div div DivAssign div_assign
    Rem rem RemAssign rem_assign
}
