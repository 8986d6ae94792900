//! Truncated Taylor series: every derivative along one direction, by recurrences.

pub(crate) mod recurrences;

use core::fmt;
use core::ops::{Add, Div, Index, Mul, Neg, Rem, Sub};

use crate::number::{Number, Primitive};
use crate::rules::{Remainder, Rule, SliceRule};
use crate::section::{self, Crew};

/// A Taylor series truncated after order `N`: c₀ + c₁t + … + c_N tᴺ.
///
/// Arithmetic and functions follow the recurrences of their coefficients, at a cost of O(N²), where
/// nesting [`Dual`](crate::Dual) numbers would take O(2ᴺ) (Griewank and Walther, *Evaluating
/// Derivatives*, 2nd edition, chapter 13). `x[k]` is the coefficient cₖ, and
/// [`derivative(k)`](Taylor::derivative) is k! cₖ.
///
/// ```
/// use wengert_autodiff::Taylor;
/// let t = Taylor::<f64, 3>::variable(0.0);
/// let y = 1.0 / (1.0 - t);                       // 1 + t + t² + t³
/// assert_eq!([y[0], y[1], y[2], y[3]], [1.0, 1.0, 1.0, 1.0]);
/// assert_eq!(y.derivative(3), 6.0);
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Taylor<T, const N: usize> {
    value: T,
    /// c₁ … c_N
    #[cfg_attr(feature = "serde", serde(with = "crate::interop::serde::array"))]
    higher: [T; N],
}

impl<T: Number, const N: usize> Taylor<T, N> {
    /// value + 0 t + …
    ///
    /// ```
    /// use wengert_autodiff::Taylor;
    /// assert_eq!(Taylor::<f64, 2>::constant(3.0).derivative(1), 0.0);
    /// ```
    #[inline]
    pub fn constant(value: T) -> Self {
        Self { value, higher: [T::zero(); N] }
    }

    /// value + t, the independent variable.
    ///
    /// ```
    /// use wengert_autodiff::Taylor;
    /// assert_eq!(Taylor::<f64, 2>::variable(3.0)[1], 1.0);
    /// ```
    #[inline]
    pub fn variable(value: T) -> Self {
        Self::line(value, T::one())
    }

    /// value + direction · t, a point on a straight line. (For `N` = 0, the value alone.)
    ///
    /// ```
    /// use wengert_autodiff::Taylor;
    /// let x = Taylor::<f64, 2>::line(3.0, 0.5);
    /// assert_eq!((x * x).derivative(2), 0.5);
    /// ```
    #[inline]
    pub fn line(value: T, direction: T) -> Self {
        let mut series = Self::constant(value);
        if let Some(first) = series.higher.first_mut() {
            *first = direction;
        }
        series
    }

    /// The series with the given value and the coefficients c₁ … c_N.
    ///
    /// ```
    /// use wengert_autodiff::Taylor;
    /// let x = Taylor::new(1.0, [2.0, 3.0]);
    /// assert_eq!([x[0], x[1], x[2]], [1.0, 2.0, 3.0]);
    /// ```
    #[inline]
    pub fn new(value: T, higher: [T; N]) -> Self {
        Self { value, higher }
    }

    /// The derivative of order k, k! cₖ.
    ///
    /// # Panics
    /// If `k > N`.
    ///
    /// ```
    /// use wengert_autodiff::Taylor;
    /// assert_eq!(Taylor::<f64, 2>::variable(5.0).powi(2).derivative(2), 2.0);
    /// ```
    #[inline]
    #[track_caller]
    pub fn derivative(&self, k: usize) -> T {
        let factorial: f64 = (1..=k).map(|j| j as f64).product();
        self[k].mul_constant(T::Primitive::nearest(factorial))
    }

    /// (A function of its own, so that it is compiled once for all rules.)
    #[inline]
    fn values<const A: usize>(x: [Self; A]) -> [T; A] {
        x.map(|x| x.value)
    }

    /// Σᵢ aᵢ bₖ₋ᵢ: the coefficient of order k of a product.
    #[inline]
    fn cauchy(a: &Self, b: &Self, k: usize) -> T {
        (0..=k).fold(T::zero(), |sum, i| sum + a[i].strong_mul(b[k - i]))
    }

    /// Cauchy's product.
    #[inline]
    fn product(a: &Self, b: &Self) -> Self {
        let higher = core::array::from_fn(|k| Self::cauchy(a, b, k + 1));
        Self { value: a.value * b.value, higher }
    }

    /// Σᵢ₌₁ᵏ i xᵢ pₖ₋ᵢ / k: the coefficient of order k of the integral of p dx.
    #[inline]
    fn integral_coefficient(x: &Self, p: impl Fn(usize) -> T, k: usize) -> T {
        let mut sum = T::zero();
        for i in 1..=k {
            let term = x[i].strong_mul(p(k - i));
            sum += if i == 1 { term } else { T::lit(i as f64).strong_mul(term) };
        }
        if k == 1 { sum } else { sum.div_constant(T::Primitive::nearest(k as f64)) }
    }
}

impl<T, const N: usize> Index<usize> for Taylor<T, N> {
    type Output = T;
    /// The coefficient of tᵏ.
    #[inline]
    #[track_caller]
    fn index(&self, k: usize) -> &T {
        match k {
            0 => &self.value,
            _ if k <= N => &self.higher[k - 1],
            _ => panic!("Taylor: order {k} of a series truncated after order {N}; use a larger N"),
        }
    }
}

/// y′ = Σ ∂f/∂xₖ · xₖ′, integrated term by term: the default of [`Rule::series`].
pub(crate) fn integrate<const A: usize, K: Rule<A>, T: Number, const N: usize>(
    rule: K,
    x: [Taylor<T, N>; A],
    value: T,
) -> Taylor<T, N> {
    let mut y = Taylor::constant(value);
    // A partial that looks at y is right up to the order to which y is, so that each pass finds
    // one coefficient more; otherwise one pass finds all.
    let passes = if K::USES_VALUE { N } else { N.min(1) };
    for pass in 1..=passes {
        let orders = if K::USES_VALUE { pass..=pass } else { 1..=N };
        let mut higher = y.higher;
        orders.clone().for_each(|k| higher[k - 1] = T::zero());
        for (argument, series) in x.iter().enumerate() {
            if series.higher.iter().all(T::is_structural_zero) {
                continue;
            }
            let partial = rule.partial(argument, x, y);
            for k in orders.clone() {
                higher[k - 1] += Taylor::integral_coefficient(series, |j| partial[j], k);
            }
        }
        y.higher = higher;
    }
    y
}

impl<T: Number, const N: usize> Number for Taylor<T, N> {
    type Primitive = T::Primitive;
    type Mask = T::Mask;
    const RECORDINGS: usize = T::RECORDINGS;

    #[inline]
    fn from_primitive(value: T::Primitive) -> Self {
        Self::constant(T::from_primitive(value))
    }

    #[inline]
    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        rule.series(x, T::apply(rule, Self::values(x)))
    }

    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        let values = x.map(|x| x.iter().map(|x| x.value).collect::<Vec<T>>());
        let mut y =
            Self::constant(T::apply_slices(rule, core::array::from_fn(|k| values[k].as_slice())));
        // As in `integrate`.
        let passes = if K::USES_VALUE { N } else { N.min(1) };
        for pass in 1..=passes {
            let orders = if K::USES_VALUE { pass..=pass } else { 1..=N };
            let mut elements = x.iter().copied().flatten();
            let mut higher = y.higher;
            rule.partials(x, y, |partial| {
                let x = elements.next().expect("a slice rule emits one partial for each element");
                for k in orders.clone() {
                    higher[k - 1] += Self::integral_coefficient(x, |j| partial[j], k);
                }
            });
            y.higher = higher;
        }
        y
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
            higher: core::array::from_fn(|k| T::blend(mask, yes.higher[k], no.higher[k])),
        }
    }

    #[inline]
    fn is_structural_zero(&self) -> bool {
        self.value.is_structural_zero() && self.higher.iter().all(T::is_structural_zero)
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
            parts.extend(x.higher);
        };
        let join = |parts: &[T]| Self::new(parts[0], core::array::from_fn(|k| parts[k + 1]));
        section::of_parts((N + 1, split, join), crew, x, task, results);
    }

    #[inline]
    fn is_finite_throughout(&self) -> bool {
        self.value.is_finite_throughout() && self.higher.iter().all(T::is_finite_throughout)
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
            higher: T::scale(T::from_primitive(constant), self.higher),
        }
    }

    #[inline]
    #[track_caller]
    fn div_constant(self, constant: T::Primitive) -> Self {
        Self {
            value: self.value.div_constant(constant),
            higher: self.higher.map(|c| c.div_constant(constant)),
        }
    }
}

impl<T: Number, const N: usize> Neg for Taylor<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn neg(self) -> Self {
        Self { value: -self.value, higher: self.higher.map(T::neg) }
    }
}

impl<T: Number, const N: usize> Add for Taylor<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn add(self, other: Self) -> Self {
        let higher = core::array::from_fn(|k| self.higher[k] + other.higher[k]);
        Self { value: self.value + other.value, higher }
    }
}

impl<T: Number, const N: usize> Sub for Taylor<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn sub(self, other: Self) -> Self {
        let higher = core::array::from_fn(|k| self.higher[k] - other.higher[k]);
        Self { value: self.value - other.value, higher }
    }
}

impl<T: Number, const N: usize> Mul for Taylor<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn mul(self, other: Self) -> Self {
        Self::product(&self, &other)
    }
}

impl<T: Number, const N: usize> Div for Taylor<T, N> {
    type Output = Self;
    /// q = a / b from q b = a, coefficient by coefficient.
    #[inline]
    #[track_caller]
    fn div(self, other: Self) -> Self {
        let mut quotient = Self::constant(self.value / other.value);
        for k in 1..=N {
            let rest = (1..=k).fold(self[k], |rest, i| rest - other[i].strong_mul(quotient[k - i]));
            // A coefficient that is structurally zero stays so, whatever it is divided by.
            quotient.higher[k - 1] =
                if rest.is_structural_zero() { rest } else { rest / other.value };
        }
        quotient
    }
}

impl<T: Number, const N: usize> Rem for Taylor<T, N> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn rem(self, other: Self) -> Self {
        Self::apply(Remainder {}, [self, other])
    }
}

impl<T: fmt::Display, const N: usize> fmt::Display for Taylor<T, N> {
    /// `c₀ + c₁t + c₂t^2 + …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)?;
        for (k, c) in self.higher.iter().enumerate() {
            f.write_str(" + ")?;
            fmt::Display::fmt(c, f)?;
            match k {
                0 => f.write_str("t")?,
                _ => write!(f, "t^{}", k + 1)?,
            }
        }
        Ok(())
    }
}
