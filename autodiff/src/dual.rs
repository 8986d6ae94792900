//! Forward mode: a value with its tangents.

use core::fmt;
use core::ops::{Add, Div, Mul, Neg, Rem, Sub};

use crate::fuse::Function;
use crate::number::{Number, map};
use crate::rules::{Remainder, Rule, SliceRule};
use crate::section::{self, Crew};

/// A number with one tangent, x + x′ε with ε² = 0: forward mode in one direction.
///
/// ```
/// use wengert_autodiff::Dual;
/// let x = Dual::new(3.0, 1.0);
/// let y = x * x + 2.0 * x;
/// assert_eq!((y.value, y.tangent()), (15.0, 8.0));
/// ```
pub type Dual<T> = DualVec<T, 1>;

/// A number with `N` tangents: forward mode in `N` directions at once.
///
/// The tangents lie side by side, so that operations on them become SIMD instructions.
/// Comparisons look at the value alone.
///
/// ```
/// use wengert_autodiff::DualVec;
/// let x = DualVec { value: 2.0, tangents: [1.0, 0.0] };
/// let y = DualVec { value: 5.0, tangents: [0.0, 1.0] };
/// assert_eq!((x * y).tangents, [5.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DualVec<T, const N: usize> {
    /// The value of the plain computation.
    pub value: T,
    /// The derivatives of the value in each direction.
    #[cfg_attr(feature = "serde", serde(with = "crate::interop::serde::array"))]
    pub tangents: [T; N],
}

impl<T: Number> Dual<T> {
    /// value + tangent · ε
    ///
    /// ```
    /// use wengert_autodiff::Dual;
    /// assert_eq!(Dual::new(1.0, 2.0).tangent(), 2.0);
    /// ```
    #[inline]
    pub fn new(value: T, tangent: T) -> Self {
        Self { value, tangents: [tangent] }
    }

    /// The derivative in the one direction.
    ///
    /// ```
    /// use wengert_autodiff::Dual;
    /// assert_eq!(Dual::new(0.0, 1.0).sin().tangent(), 1.0);
    /// ```
    #[inline]
    pub fn tangent(self) -> T {
        self.tangents[0]
    }
}

impl<T: Number, const N: usize> DualVec<T, N> {
    /// A number that does not change in any direction.
    ///
    /// ```
    /// use wengert_autodiff::DualVec;
    /// assert_eq!(DualVec::<f64, 2>::constant(3.0).tangents, [0.0, 0.0]);
    /// ```
    #[inline]
    pub fn constant(value: T) -> Self {
        Self { value, tangents: [T::zero(); N] }
    }

    /// The independent variable of direction number `direction`.
    ///
    /// # Panics
    /// If `direction >= N`.
    ///
    /// ```
    /// use wengert_autodiff::DualVec;
    /// assert_eq!(DualVec::<f64, 2>::variable(3.0, 1).tangents, [0.0, 1.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn variable(value: T, direction: usize) -> Self {
        assert!(direction < N, "DualVec::variable: direction {direction} of {N}; use a larger N");
        let mut x = Self::constant(value);
        x.tangents[direction] = T::one();
        x
    }

    /// `f` at independent variables, but for those that are constants.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn seeded<const M: usize>(
        x: [T; N],
        constants: [bool; N],
        f: impl Fn([Self; N]) -> [Self; M],
    ) -> [Self; M] {
        // (Where the seeds are known when this is compiled, much of f is.)
        if constants == [false; N] {
            return f(core::array::from_fn(|k| Self::variable(x[k], k)));
        }
        f(core::array::from_fn(|k| {
            if constants[k] { Self::constant(x[k]) } else { Self::variable(x[k], k) }
        }))
    }

    /// `f` at x: with a tangent for each of its K arguments, from which the chain rule makes those of the results, where that takes
    /// fewer operations than N tangents through all of f.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn fused<const K: usize, const M: usize>(
        x: [Self; K],
        f: &impl Function<K, M>,
    ) -> [Self; M]
    where
        T: fmt::Display,
    {
        // (The chain rule takes about as long as K + N tangents through a function of a dozen operations.)
        if 2 * K > N {
            return f.call(x);
        }
        let mut constants = [false; K];
        for (constant, x) in constants.iter_mut().zip(&x) {
            *constant = x.tangents.iter().all(T::is_structural_zero);
        }
        let y = DualVec::seeded(Self::values(x), constants, |x| f.call(x));
        // Partials that are not finite may be so only by themselves, and cancel or meet zeros on the way through f.
        let are_finite = |y: &DualVec<T, K>| y.tangents.iter().all(T::is_finite_throughout);
        if !y.iter().all(are_finite) {
            return Self::not_fused(x, f);
        }
        let mut results = [Self::constant(T::zero()); M];
        for (result, y) in results.iter_mut().zip(&y) {
            result.value = y.value;
            for (k, x) in x.iter().enumerate().filter(|&(k, _)| !constants[k]) {
                result.tangents = T::add_scaled(result.tangents, y.tangents[k], x.tangents);
            }
        }
        results
    }

    /// (Seldom called, so that it stays out of the way.)
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn not_fused<const K: usize, const M: usize>(x: [Self; K], f: &impl Function<K, M>) -> [Self; M]
    where
        T: fmt::Display,
    {
        f.call(x)
    }

    /// (A function of its own, so that it is compiled once for all rules.)
    #[inline]
    fn values<const A: usize>(x: [Self; A]) -> [T; A] {
        x.map(|x| x.value)
    }
}

#[inline(always)]
fn zip<T: Copy, const N: usize>(mut a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    for k in 0..N {
        a[k] = f(a[k], b[k]);
    }
    a
}

impl<T: Number, const N: usize> Number for DualVec<T, N> {
    type Primitive = T::Primitive;
    type Mask = T::Mask;
    const RECORDINGS: usize = T::RECORDINGS;
    const IS_PLAIN: bool = T::IS_PLAIN;

    #[inline]
    fn from_primitive(value: T::Primitive) -> Self {
        Self::constant(T::from_primitive(value))
    }

    #[inline]
    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        let values = Self::values(x);
        let value = T::apply(rule, values);
        let mut result = Self::constant(value);
        for (argument, x) in x.iter().enumerate() {
            // A constant argument of several does not pay for its partial.
            if A == 1 || !x.tangents.iter().all(T::is_structural_zero) {
                let partial = rule.partial(argument, values, value);
                result.tangents = T::add_scaled(result.tangents, partial, x.tangents);
            }
        }
        result
    }

    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        let values = x.map(|x| x.iter().map(|x| x.value).collect::<Vec<T>>());
        let values = core::array::from_fn(|k| values[k].as_slice());
        let mut result = Self::constant(T::apply_slices(rule, values));
        let mut elements = x.iter().copied().flatten();
        rule.partials(values, result.value, |partial| {
            let x = elements.next().expect("a slice rule emits one partial for each element");
            result.tangents = T::add_scaled(result.tangents, partial, x.tangents);
        });
        result
    }

    #[inline]
    fn less(self, other: Self) -> T::Mask {
        self.value.less(other.value)
    }

    #[inline]
    fn equal(self, other: Self) -> T::Mask {
        self.value.equal(other.value)
    }

    #[inline]
    fn blend(mask: T::Mask, yes: Self, no: Self) -> Self {
        Self {
            value: T::blend(mask, yes.value, no.value),
            tangents: zip(yes.tangents, no.tangents, |yes, no| T::blend(mask, yes, no)),
        }
    }

    #[inline]
    fn is_structural_zero(&self) -> bool {
        self.value.is_structural_zero() && self.tangents.iter().all(T::is_structural_zero)
    }

    #[track_caller]
    fn section(
        crew: &impl Crew,
        x: &[Self],
        task: &(impl Fn(usize, &[Self], &mut Vec<Self>) + Sync),
        results: &mut Vec<Self>,
    ) {
        let split = |x: Self, parts: &mut Vec<T>| {
            parts.push(x.value);
            parts.extend(x.tangents);
        };
        let join = |parts: &[T]| Self {
            value: parts[0],
            tangents: core::array::from_fn(|k| parts[k + 1]),
        };
        section::of_parts((N + 1, split, join), crew, x, task, results);
    }

    #[inline]
    fn is_finite_throughout(&self) -> bool {
        self.value.is_finite_throughout() && self.tangents.iter().all(T::is_finite_throughout)
    }

    #[inline]
    fn is_regular(&self) -> bool {
        self.value.is_regular()
    }

    #[inline]
    fn strong_mul(self, other: Self) -> Self {
        // (Products with tangents are strong ones anyway.)
        if self.is_regular() && other.is_regular() {
            self * other
        } else if self.is_structural_zero() || other.is_structural_zero() {
            Self::constant(T::zero())
        } else {
            self * other
        }
    }

    #[inline(always)]
    fn plain_mul(self, other: Self) -> Self {
        Self {
            value: self.value.plain_mul(other.value),
            tangents: zip(self.tangents, other.tangents, |of_self, of_other| {
                of_self.plain_mul(other.value) + self.value.plain_mul(of_other)
            }),
        }
    }

    #[inline(always)]
    fn has_nan(&self) -> bool {
        self.tangents.iter().fold(self.value.has_nan(), |nan, tangent| nan | tangent.has_nan())
    }

    #[inline]
    fn primal(&self) -> T::Primitive {
        self.value.primal()
    }

    #[inline]
    #[track_caller]
    fn add_constant(self, constant: T::Primitive) -> Self {
        Self { value: self.value.add_constant(constant), ..self }
    }

    #[inline]
    #[track_caller]
    fn mul_constant(self, constant: T::Primitive) -> Self {
        Self {
            value: self.value.mul_constant(constant),
            tangents: T::scale(T::from_primitive(constant), self.tangents),
        }
    }

    #[inline]
    #[track_caller]
    fn div_constant(self, constant: T::Primitive) -> Self {
        Self {
            value: self.value.div_constant(constant),
            tangents: map(self.tangents, |tangent| {
                // (A structurally zero tangent stays so, also over zero.)
                if tangent.is_structural_zero() { tangent } else { tangent.div_constant(constant) }
            }),
        }
    }
}

impl<T: Number, const N: usize> Neg for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn neg(self) -> Self {
        Self { value: -self.value, tangents: map(self.tangents, T::neg) }
    }
}

impl<T: Number, const N: usize> Add for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            tangents: zip(self.tangents, other.tangents, T::add),
        }
    }
}

impl<T: Number, const N: usize> Sub for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn sub(self, other: Self) -> Self {
        Self {
            value: self.value - other.value,
            tangents: zip(self.tangents, other.tangents, T::sub),
        }
    }
}

impl<T: Number, const N: usize> Mul for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            tangents: T::add_scaled(
                T::scale(other.value, self.tangents),
                self.value,
                other.tangents,
            ),
        }
    }
}

impl<T: Number, const N: usize> Div for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self {
            value,
            tangents: zip(
                T::scale(T::one() / other.value, self.tangents),
                // −(a/b)/b, because b² overflows or underflows.
                T::scale(value / other.value, other.tangents),
                T::sub,
            ),
        }
    }
}

impl<T: Number, const N: usize> Rem for DualVec<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn rem(self, other: Self) -> Self {
        Self::apply(Remainder {}, [self, other])
    }
}

impl<T: fmt::Display, const N: usize> fmt::Display for DualVec<T, N> {
    /// `value + [tangents]ε`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)?;
        f.write_str(" + [")?;
        for (k, tangent) in self.tangents.iter().enumerate() {
            if k > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(tangent, f)?;
        }
        f.write_str("]ε")
    }
}
