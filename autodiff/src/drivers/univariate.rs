//! Derivatives of any order along one direction.

use super::outcome::Outcome;
use crate::dual::Dual;
use crate::number::Number;
use crate::taylor::Taylor;

/// f′(x).
///
/// ```
/// use wengert_autodiff::derivative;
/// assert_eq!(derivative(|x| x * x * x, 2.0), 12.0);
/// ```
#[inline]
#[track_caller]
pub fn derivative<T: Number, O: Outcome<Dual<T>>>(f: impl FnOnce(Dual<T>) -> O, x: T) -> O::Of<T> {
    f(Dual::new(x, T::one())).map(|y| y.tangent())
}

/// f(x) and f′(x).
///
/// ```
/// use wengert_autodiff::value_and_derivative;
/// assert_eq!(value_and_derivative(|x| x * x * x, 2.0), (8.0, 12.0));
/// ```
#[inline]
#[track_caller]
pub fn value_and_derivative<T: Number, O: Outcome<Dual<T>>>(
    f: impl FnOnce(Dual<T>) -> O,
    x: T,
) -> O::Of<(T, T)> {
    f(Dual::new(x, T::one())).map(|y| (y.value, y.tangent()))
}

/// The value and the first `N` derivatives of a function; `d[k]` is the one of order k.
///
/// ```
/// use wengert_autodiff::derivatives;
/// let d = derivatives::<2>(|x| x * x * x, 2.0);
/// assert_eq!([d[0], d[1], d[2]], [8.0, 12.0, 12.0]);
/// assert_eq!(d.iter().count(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivatives<T, const N: usize> {
    /// f(x)
    pub value: T,
    /// f′(x), f″(x), …
    pub higher: [T; N],
}

impl<T: Number, const N: usize> Derivatives<T, N> {
    fn of_series(series: &Taylor<T, N>) -> Self {
        Self { value: series[0], higher: core::array::from_fn(|k| series.derivative(k + 1)) }
    }

    /// f(x), f′(x), … f⁽ᴺ⁾(x): [`derivatives`] for any number type, and for functions that return a `Result`.
    ///
    /// ```
    /// use wengert_autodiff::Derivatives;
    /// let d = Derivatives::<f32, 2>::of(|x| if x > 0.0 { Ok(x * x) } else { Err("not positive") }, 3.0);
    /// assert_eq!(d.unwrap().higher, [6.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn of<O: Outcome<Taylor<T, N>>>(f: impl FnOnce(Taylor<T, N>) -> O, x: T) -> O::Of<Self> {
        f(Taylor::variable(x)).map(Self::of_series)
    }

    /// The value and all derivatives, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        core::iter::once(&self.value).chain(&self.higher)
    }
}

impl<T, const N: usize> core::ops::Index<usize> for Derivatives<T, N> {
    type Output = T;
    #[inline]
    #[track_caller]
    fn index(&self, order: usize) -> &T {
        match order {
            0 => &self.value,
            _ if order <= N => &self.higher[order - 1],
            _ => panic!(
                "Derivatives: order {order} of {N}; ask for more: `derivatives::<{order}>(…)`"
            ),
        }
    }
}

/// f(x), f′(x), … f⁽ᴺ⁾(x), by truncated Taylor series, at a cost that grows with N².
///
/// For numbers other than `f64`, or a function that returns a `Result`, see [`Derivatives::of`].
///
/// ```
/// use wengert_autodiff::{Taylor, derivatives};
/// let d = derivatives::<4>(|t: Taylor<f64, 4>| t.sin(), 0.0);
/// assert_eq!([d[0], d[1], d[2], d[3], d[4]], [0.0, 1.0, 0.0, -1.0, 0.0]);
/// ```
#[doc(alias = "jet")]
#[inline]
#[track_caller]
pub fn derivatives<const N: usize>(
    f: impl FnOnce(Taylor<f64, N>) -> Taylor<f64, N>,
    x: f64,
) -> Derivatives<f64, N> {
    Derivatives::of_series(&f(Taylor::variable(x)))
}

/// f(x), Df(x)\[v\], D²f(x)\[v, v\], … Dᴺf(x)\[v, …, v\]: the derivatives of t ↦ f(x + t v) at 0.
///
/// ```
/// use wengert_autodiff::{Taylor, directional_derivatives};
/// let f = |x: &[Taylor<f64, 3>]| x[0] * x[0] * x[1];
/// let d = directional_derivatives(f, &[1.0, 2.0], &[1.0, 1.0]);  // (1 + t)² (2 + t)
/// assert_eq!([d[0], d[1], d[2], d[3]], [2.0, 5.0, 8.0, 6.0]);
/// ```
///
/// # Panics
/// If the lengths of `x` and `v` differ.
#[track_caller]
pub fn directional_derivatives<const N: usize, T: Number, O: Outcome<Taylor<T, N>>>(
    f: impl FnOnce(&[Taylor<T, N>]) -> O,
    x: &[T],
    v: &[T],
) -> O::Of<Derivatives<T, N>> {
    super::products::assert_direction("directional_derivatives", x, v);
    let x: Vec<_> = x.iter().zip(v).map(|(&x, &v)| Taylor::line(x, v)).collect();
    f(&x).map(Derivatives::of_series)
}

/// D³f(x)[u, v, w] = Σ ∂³f/∂xᵢ∂xⱼ∂xₖ uᵢ vⱼ wₖ, by nested dual numbers.
///
/// ```
/// use wengert_autodiff::third_derivative;
/// let f = |x: &[_]| x[0] * x[0] * x[1];
/// assert_eq!(third_derivative(f, &[5.0, 7.0], &[1.0, 0.0], &[1.0, 0.0], &[0.0, 1.0]), 2.0);
/// ```
///
/// # Panics
/// If the lengths of `x` and a direction differ.
#[track_caller]
pub fn third_derivative<T: Number, O: Outcome<Dual<Dual<Dual<T>>>>>(
    f: impl FnOnce(&[Dual<Dual<Dual<T>>>]) -> O,
    x: &[T],
    u: &[T],
    v: &[T],
    w: &[T],
) -> O::Of<T> {
    for direction in [u, v, w] {
        super::products::assert_direction("third_derivative", x, direction);
    }
    let constant = Dual::<T>::constant;
    let point = |k: usize| {
        let inner = Dual::new(Dual::new(x[k], u[k]), constant(v[k]));
        Dual::new(inner, Dual::constant(constant(w[k])))
    };
    let x: Vec<_> = (0..x.len()).map(point).collect();
    f(&x).map(|y| y.tangent().tangent().tangent())
}
