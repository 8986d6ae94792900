//! `Real`, the bound that user code writes.

use core::fmt::Display;
use core::iter::{Product, Sum};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Rem, RemAssign, Sub, SubAssign};

use num_traits::{FromPrimitive, ToPrimitive};

use crate::fuse::Function;
use crate::number::Number;

/// A real number, possibly one that carries derivatives: the bound to be generic over.
///
/// Everything of [`Number`] (arithmetic and all functions of the rule table), and what ordinary
/// programs need besides: comparison by value, arithmetic and comparison with literals, sums and
/// products of iterators. A function that is generic over `Real` runs on `f64`, and on every type of this crate.
///
/// `f32` itself is a [`Number`] only, because Rust has no `f32 * 2.0_f64`; numbers that carry derivatives over
/// `f32` are `Real`, and round literals to `f32`.
///
/// ```
/// use wengert_autodiff::{Real, gradient};
///
/// fn rosenbrock<R: Real>(x: &[R]) -> R {
///     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
/// }
/// assert_eq!(rosenbrock(&[2.0, 4.0]), 1.0);
/// assert_eq!(gradient(rosenbrock, &[2.0, 4.0]), [2.0, 0.0]);
/// ```
pub trait Real:
    Number
    + FromPrimitive
    + ToPrimitive
    + From<f64>
    + Display
    + PartialEq
    + PartialOrd
    + PartialEq<f64>
    + PartialOrd<f64>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + Rem<f64, Output = Self>
    + AddAssign<f64>
    + SubAssign<f64>
    + MulAssign<f64>
    + DivAssign<f64>
    + RemAssign<f64>
    + Sum
    + Product
    + for<'a> Sum<&'a Self>
    + for<'a> Product<&'a Self>
{
    /// What [`Function::fuse`] does.
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn fuse<const N: usize, const M: usize>(f: &impl Function<N, M>, x: [Self; N]) -> [Self; M] {
        f.call(x)
    }
}

impl Real for f64 {}
impl<T: Number + Display, const N: usize> Real for crate::DualVec<T, N> {
    #[inline]
    #[track_caller]
    fn fuse<const K: usize, const M: usize>(f: &impl Function<K, M>, x: [Self; K]) -> [Self; M] {
        Self::fused(x, f)
    }
}
impl<T: Number + Display, const N: usize> Real for crate::Taylor<T, N> {}
impl<T: Number + Display> Real for crate::Var<T> {
    #[inline]
    #[track_caller]
    fn fuse<const N: usize, const M: usize>(f: &impl Function<N, M>, x: [Self; N]) -> [Self; M] {
        Self::fused(x, |x| f.call(x))
    }
}
