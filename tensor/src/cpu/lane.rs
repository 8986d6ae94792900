//! One lane of a vectorised loop, as a number: how rows of the rule table become vector code.

use core::any::TypeId;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, Div, DivAssign, Mul, MulAssign, Neg, Not, Rem, RemAssign, Sub,
    SubAssign,
};

use num_traits::{One, Zero};
use wengert_autodiff::rules::{
    Cos, Cosh, Erf, Erfc, Exp, ExpM1, Gelu, Ln, Ln1p, LnSigmoid, NormCdf, Recip, Sigmoid,
    SigmoidSlope, Silu, Sin, Sinh, Softplus, Tanh,
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

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut k = 0;
    while k < a.len() && k < b.len() && a[k] == b[k] {
        k += 1;
    }
    k == a.len() && k == b.len()
}

/// Whether the rule is one of the library's, given by their types. (The names are compared before code is generated, so that
/// one branch is left to compile.)
macro_rules! is {
    ($($Common:ty)|+) => {
        $(const { same(K::NAME, <$Common as Rule<1>>::NAME) } && TypeId::of::<K>() == TypeId::of::<$Common>())||+
    };
}

/// Whether a loop over the value and the slope of a row does some of the work for both only once.
#[inline(always)]
pub(crate) fn shares_work_with_slope<const A: usize, K: Rule<A>>() -> bool {
    is!(Tanh | Sigmoid | Silu | Softplus | LnSigmoid | Gelu | Sin | Cos | Sinh | Cosh)
}

/// Whether the slope of a row is its value.
#[inline(always)]
pub(crate) fn is_its_own_slope<const A: usize, K: Rule<A>>() -> bool {
    is!(Exp)
}

/// The value of a row, vectorised where it is one of the common functions, and otherwise as the row states it.
#[inline(always)]
pub(crate) fn value<T: Element, const FMA: bool, const A: usize, K: Rule<A>>(
    rule: K,
    x: [T; A],
) -> T {
    let u = x[0];
    if is!(Exp) {
        T::lane_exp::<FMA>(u)
    } else if is!(ExpM1) {
        T::lane_exp_m1::<FMA>(u)
    } else if is!(Ln) {
        T::lane_ln::<FMA>(u)
    } else if is!(Ln1p) {
        T::lane_ln_1p::<FMA>(u)
    } else if is!(Tanh) {
        T::lane_tanh::<FMA>(u)
    } else if is!(Cosh) {
        T::lane_cosh::<FMA>(u)
    } else if is!(Sinh) {
        T::lane_sinh::<FMA>(u)
    } else if is!(Sigmoid) {
        T::lane_sigmoid::<FMA>(u)
    } else if is!(SigmoidSlope) {
        T::lane_sigmoid_slope::<FMA>(u)
    } else if is!(Silu) {
        T::lane_silu::<FMA>(u)
    } else if is!(Softplus) {
        T::lane_softplus::<FMA>(u)
    } else if is!(LnSigmoid) {
        -T::lane_softplus::<FMA>(-u)
    } else if is!(Erf) {
        T::lane_erf::<FMA>(u)
    } else if is!(Erfc) {
        T::lane_erfc::<FMA>(u)
    } else if is!(NormCdf) {
        T::lane_norm_cdf::<FMA>(u)
    } else if is!(Gelu) {
        T::lane_gelu::<FMA>(u)
    } else if is!(Recip) {
        T::one() / u
    } else if is!(Sin) || is!(Cos) {
        if u.widen().abs() <= <T as Elementary>::TURNS {
            let (sin, cos) = T::lane_sin_cos::<FMA>(u);
            if is!(Sin) { sin } else { cos }
        } else {
            rule.value(x)
        }
    } else {
        rule.value(x)
    }
}

impl<T: Element, const FMA: bool> Lane<T, FMA> {
    /// The lane in place `i` of each slice.
    // (This and the next are functions of their own so that they are compiled once for all rules.)
    #[inline(always)]
    pub(crate) fn of<const A: usize>(x: &[&[T]; A], i: usize) -> [Self; A] {
        x.map(|x| Lane(x[i]))
    }

    #[inline(always)]
    pub(crate) fn primitives<const A: usize>(x: [Self; A]) -> [T; A] {
        x.map(|x| x.0)
    }
}

/// Slices of `n` elements.
#[inline(always)]
pub(crate) fn cut<T, const A: usize>(x: [&[T]; A], n: usize) -> [&[T]; A] {
    x.map(|x| &x[..n])
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
        Lane(value::<T, FMA, A, K>(rule, Self::primitives(x)))
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
