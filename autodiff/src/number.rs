//! The vocabulary that rules are written in, and that every number type speaks.

use core::fmt::{Debug, Display};
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, Div, DivAssign, Mul, MulAssign, Neg, Not, Rem, RemAssign, Sub,
    SubAssign,
};

use num_traits::{Float, FloatConst, FromPrimitive, One, Zero};

use crate::rules::{
    Activations, Exponential, Hyperbolic, LogCombinations, Piecewise, Powers, Rule, SliceRule,
    SpecialFunctions, Trigonometric,
};
use crate::section::Crew;

/// A machine number: `f32` or `f64`.
///
/// Every number type of this crate rests on one of the two ([`Number::Primitive`]). A [`Rule`]
/// states its function's *value* once, generic over `Primitive`.
///
/// ```
/// use wengert_autodiff::Primitive;
/// assert_eq!(f32::nearest(0.5), 0.5_f32);
/// assert_eq!(0.5_f32.widen(), 0.5_f64);
/// assert_eq!(4_f32.via_f64(f64::sqrt), 2_f32);
/// ```
pub trait Primitive:
    Float
    + FloatConst
    + FromPrimitive
    + Debug
    + Display
    + Default
    + Send
    + Sync
    + 'static
    + sealed::Sealed
{
    /// The nearest number of this type.
    fn nearest(value: f64) -> Self;
    /// The same number as an `f64` (exact).
    fn widen(self) -> f64;
    /// `f` computed in double precision.
    #[inline]
    fn via_f64(self, f: impl FnOnce(f64) -> f64) -> Self {
        Self::nearest(f(self.widen()))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Primitive for f64 {
    #[inline(always)]
    fn nearest(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }
}

impl Primitive for f32 {
    #[inline(always)]
    fn nearest(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

/// The outcome of a comparison of numbers: `bool`, or a vector of them for SIMD lanes.
///
/// ```
/// use wengert_autodiff::Mask;
/// assert_eq!(true.choose(|| 1.0, || 2.0), 1.0);
/// ```
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// What [`Number::choose`] does.
    fn choose<R: Number<Mask = Self>>(self, yes: impl FnOnce() -> R, no: impl FnOnce() -> R) -> R;
}

impl Mask for bool {
    #[inline(always)]
    fn choose<R: Number>(self, yes: impl FnOnce() -> R, no: impl FnOnce() -> R) -> R {
        if self { yes() } else { no() }
    }
}

/// A number on which arithmetic and the functions of the rule table are defined.
///
/// This is what a [`Rule`] may use to state a derivative: arithmetic, the functions of all other
/// rules, and [`Number::choose`] in place of `if`, so that the same row serves machine numbers,
/// numbers that carry derivatives, blocks of SIMD lanes, and symbols that print source code.
/// Programs that compare and branch are generic over [`Real`](crate::Real) instead.
///
/// A type implements the chain rule once, in [`apply`](Number::apply) and
/// [`apply_slices`](Number::apply_slices); every function then works on it.
///
/// ```
/// use wengert_autodiff::{Dual, Number, rules::Trigonometric};
///
/// fn unit_circle<R: Number>(angle: R) -> R {
///     angle.sin() * angle.sin() + angle.cos() * angle.cos()
/// }
/// assert!((unit_circle(0.3_f64) - 1.0).abs() < 1e-15);
/// assert!(unit_circle(Dual::new(0.3_f64, 1.0)).tangent().abs() < 1e-15);
/// ```
pub trait Number:
    Copy
    + Debug
    + Send
    + Sync
    + 'static
    + Zero
    + One
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + for<'a> Add<&'a Self, Output = Self>
    + for<'a> Sub<&'a Self, Output = Self>
    + for<'a> Mul<&'a Self, Output = Self>
    + for<'a> Div<&'a Self, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + RemAssign
    + for<'a> AddAssign<&'a Self>
    + for<'a> SubAssign<&'a Self>
    + for<'a> MulAssign<&'a Self>
    + for<'a> DivAssign<&'a Self>
    + Powers
    + Exponential
    + Trigonometric
    + Hyperbolic
    + Piecewise
    + LogCombinations
    + SpecialFunctions
    + Activations
{
    /// The machine number underneath: `f64` for `Var<Dual<f64>>`.
    type Primitive: Primitive + Number<Primitive = Self::Primitive, Mask = bool>;

    /// The outcome of a comparison: `bool`, or one for each lane.
    type Mask: Mask;

    /// How many reverse-mode recordings are nested in this type; 0 for `f64` and `Dual<f64>`,
    /// 1 for `Var<f64>`, 2 for `Var<Var<f64>>`.
    #[doc(hidden)]
    const RECORDINGS: usize;

    /// Whether this is made of machine numbers alone, on which [`plain_mul`](Number::plain_mul) works.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// The constant of this value.
    ///
    /// ```
    /// use wengert_autodiff::{Dual, Number};
    /// assert_eq!(Dual::<f64>::from_primitive(2.0).tangent(), 0.0);
    /// ```
    fn from_primitive(value: Self::Primitive) -> Self;

    /// `rule(x)`, with its derivatives by the chain rule. The one place in which a number type
    /// meets functions.
    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self;

    /// `rule(x)` for a function of `A` slices of equal meaning (see [`SliceRule`]).
    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self;

    /// `self < other`, on values.
    fn less(self, other: Self) -> Self::Mask;

    /// `self == other`, on values.
    fn equal(self, other: Self) -> Self::Mask;

    /// `yes` where the mask holds and `no` elsewhere, with their derivatives.
    fn blend(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `if mask { yes() } else { no() }`. Scalars evaluate one of the two, lanes both; the branch
    /// that was not chosen contributes nothing, even where it is not finite.
    ///
    /// ```
    /// use wengert_autodiff::Number;
    /// assert_eq!(f64::choose(1.0_f64.less(2.0), || 10.0, || 20.0), 10.0);
    /// ```
    #[inline(always)]
    fn choose(mask: Self::Mask, yes: impl FnOnce() -> Self, no: impl FnOnce() -> Self) -> Self {
        mask.choose(yes, no)
    }

    /// Whether the number is zero with all its derivatives, so that it can never contribute: every
    /// component of a dual is zero; of a tracked `Var`, never, whatever its value.
    ///
    /// ```
    /// use wengert_autodiff::{Dual, Number};
    /// assert!(Dual::new(0.0, 0.0).is_structural_zero());
    /// assert!(!Dual::new(0.0, 1.0).is_structural_zero());
    /// ```
    fn is_structural_zero(&self) -> bool;

    /// A copy through which no derivative flows ("stop gradient"), at every level of nesting, so that higher
    /// derivatives treat it as the constant that first ones see.
    ///
    /// ```
    /// use wengert_autodiff::{Tape, gradient, hessian};
    /// let tape = Tape::new();
    /// let x = tape.var(3.0);
    /// let u = x * x;
    /// assert_eq!(tape.gradient(u.detach() * x).wrt(x), 9.0);
    /// assert_eq!(hessian(|x| (x[0] * x[0]).detach() * x[0], &[3.0])[(0, 0)], 0.0);
    /// ```
    #[inline]
    fn detach(self) -> Self {
        Self::from_primitive(self.primal())
    }

    /// The innermost machine number: the value of the plain computation.
    ///
    /// ```
    /// use wengert_autodiff::{Dual, Number};
    /// assert_eq!(Dual::new(Dual::new(3.0, 1.0), Dual::new(1.0, 0.0)).primal(), 3.0);
    /// ```
    fn primal(&self) -> Self::Primitive;

    /// Sine and cosine together.
    ///
    /// ```
    /// use wengert_autodiff::{Number, derivative};
    /// assert_eq!(Number::sin_cos(0.0_f64), (0.0, 1.0));
    /// assert_eq!(derivative(|x| { let (s, c) = x.sin_cos(); s * 2.0 + c }, 0.0), 2.0);
    /// ```
    #[inline]
    #[track_caller]
    fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// The constant nearest to `value`: how a rule writes a literal.
    ///
    /// ```
    /// use wengert_autodiff::Number;
    /// assert_eq!(f32::lit(0.5), 0.5_f32);
    /// ```
    #[inline(always)]
    fn lit(value: f64) -> Self {
        Self::from_primitive(Self::Primitive::nearest(value))
    }

    /// What a `crew` finds from `x` by a `task`, on numbers that belong to no recording outside of it (see the
    /// module `section`).
    #[doc(hidden)]
    #[track_caller]
    fn section(
        crew: &impl Crew,
        x: &[Self],
        task: &(impl Fn(usize, &[Self], &mut Vec<Self>) + Sync),
        results: &mut Vec<Self>,
    ) {
        crew.carry_out(x, task, results);
    }

    /// Whether the value and all derivatives that the number carries are finite.
    #[doc(hidden)]
    #[inline]
    fn is_finite_throughout(&self) -> bool {
        self.primal().is_finite()
    }

    /// Whether the number is known to be neither zero nor infinite nor NaN, so that its plain product with any
    /// other is the strong one.
    #[doc(hidden)]
    #[inline]
    fn is_regular(&self) -> bool {
        false
    }

    /// `self · other`, where a structural zero on either side wins over an infinity or a NaN on the
    /// other: how partials meet tangents and adjoints.
    ///
    /// ```
    /// use wengert_autodiff::Number;
    /// assert_eq!(0.0_f64.strong_mul(f64::INFINITY), 0.0);
    /// assert_eq!(2.0_f64.strong_mul(3.0), 6.0);
    /// ```
    #[inline]
    fn strong_mul(self, other: Self) -> Self {
        if self.is_structural_zero() || other.is_structural_zero() {
            Self::zero()
        } else {
            self * other
        }
    }

    /// `self · other` by products of machine numbers as they are, for a type that [is plain](Number::IS_PLAIN): NaN in some
    /// component where zero meets an infinity or a NaN.
    #[doc(hidden)]
    #[inline(always)]
    fn plain_mul(self, other: Self) -> Self {
        self * other
    }

    /// Whether a component is NaN, of a type that [is plain](Number::IS_PLAIN).
    #[doc(hidden)]
    #[inline(always)]
    fn has_nan(&self) -> bool {
        self.primal().is_nan()
    }

    /// `partial · tangent` for each of the tangents, by [`strong_mul`](Number::strong_mul).
    #[doc(hidden)]
    #[inline(always)]
    fn scale<const N: usize>(partial: Self, tangents: [Self; N]) -> [Self; N] {
        map(tangents, |tangent| partial.strong_mul(tangent))
    }

    /// `sum + partial · tangent` for each of the tangents, by [`strong_mul`](Number::strong_mul): the chain rule.
    #[doc(hidden)]
    #[inline(always)]
    #[track_caller]
    fn add_scaled<const N: usize>(
        mut sum: [Self; N],
        partial: Self,
        tangents: [Self; N],
    ) -> [Self; N] {
        let products = Self::scale(partial, tangents);
        for k in 0..N {
            sum[k] += products[k];
        }
        sum
    }

    /// `self + constant`
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn add_constant(self, constant: Self::Primitive) -> Self {
        self + Self::from_primitive(constant)
    }

    /// `self · constant`
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn mul_constant(self, constant: Self::Primitive) -> Self {
        self * Self::from_primitive(constant)
    }

    /// `self / constant`
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn div_constant(self, constant: Self::Primitive) -> Self {
        self / Self::from_primitive(constant)
    }
}

/// `f` of each element. (`<[T; N]>::map` of std is compiled to calls, unless `T` is a machine number.)
#[inline(always)]
pub(crate) fn map<T: Copy, const N: usize>(mut x: [T; N], f: impl Fn(T) -> T) -> [T; N] {
    for x in &mut x {
        *x = f(*x);
    }
    x
}

macro_rules! primitive_numbers {
    ($($F:ident)*) => {$(
        impl Number for $F {
            type Primitive = $F;
            type Mask = bool;
            const RECORDINGS: usize = 0;
            const IS_PLAIN: bool = true;

            #[inline(always)]
            fn from_primitive(value: $F) -> $F {
                value
            }
            #[inline(always)]
            fn apply<const A: usize, K: Rule<A>>(rule: K, x: [$F; A]) -> $F {
                rule.value(x)
            }
            #[inline(always)]
            fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[$F]; A]) -> $F {
                rule.value(x)
            }
            #[inline(always)]
            fn less(self, other: $F) -> bool {
                self < other
            }
            #[inline(always)]
            fn equal(self, other: $F) -> bool {
                self == other
            }
            #[inline(always)]
            fn blend(mask: bool, yes: $F, no: $F) -> $F {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn is_structural_zero(&self) -> bool {
                *self == 0.0
            }
            #[inline(always)]
            fn primal(&self) -> $F {
                *self
            }
            #[inline(always)]
            fn is_regular(&self) -> bool {
                // One comparison: zero wraps around, infinities and NaNs are above.
                let magnitude = self.abs().to_bits();
                magnitude.wrapping_sub(1) < <$F>::INFINITY.to_bits() - 1
            }
            #[inline(always)]
            fn scale<const N: usize>(partial: $F, tangents: [$F; N]) -> [$F; N] {
                // From some width on, one test of the partial is cheaper than one of each tangent.
                if N >= 4 && partial.is_regular() {
                    tangents.map(|tangent| partial * tangent)
                } else {
                    map(tangents, |tangent| partial.strong_mul(tangent))
                }
            }
            #[inline(always)]
            fn strong_mul(self, other: $F) -> $F {
                // Without a branch, so that it vectorises, and mixed zeros cost no mispredictions.
                // (Two inequalities are one mask; two equalities are joined, and turned around.)
                let product = self * other;
                if (self != 0.0) & (other != 0.0) { product } else { 0.0 }
            }
        }
    )*};
}
primitive_numbers!(f32 f64);
