//! What a differentiated function may return.

use crate::number::Number;

/// What a differentiated function may return: a number, several numbers (`Vec`, array), or a
/// `Result` of these. A driver returns its own result in the same wrapping.
///
/// ```
/// use wengert_autodiff::{Real, gradient};
///
/// fn log_ratio<R: Real>(x: &[R]) -> Result<R, String> {
///     if x[1] <= 0.0 {
///         return Err(format!("log_ratio of {}", x[1]));
///     }
///     Ok((x[0] / x[1]).ln())
/// }
/// assert_eq!(gradient(log_ratio, &[2.0, 4.0]), Ok(vec![0.5, -0.25]));
/// assert_eq!(gradient(log_ratio, &[2.0, 0.0]), Err("log_ratio of 0".to_string()));
/// ```
pub trait Outcome<V: ?Sized> {
    /// `U`, wrapped as the outcome is.
    type Of<U>;

    /// Wraps what a driver computed.
    fn wrap<U>(value: U) -> Self::Of<U>;

    /// The plain outcome, if there is one.
    fn get(&self) -> Option<&V>;

    /// Applies `f` to the plain outcome, if there is one.
    fn map<U>(self, f: impl FnOnce(&V) -> U) -> Self::Of<U>;
}

impl<T: Number> Outcome<T> for T {
    type Of<U> = U;
    #[inline]
    fn wrap<U>(value: U) -> U {
        value
    }
    #[inline]
    fn get(&self) -> Option<&T> {
        Some(self)
    }
    #[inline]
    #[track_caller]
    fn map<U>(self, f: impl FnOnce(&T) -> U) -> U {
        f(&self)
    }
}

impl<T: Number> Outcome<[T]> for Vec<T> {
    type Of<U> = U;
    #[inline]
    fn wrap<U>(value: U) -> U {
        value
    }
    #[inline]
    fn get(&self) -> Option<&[T]> {
        Some(self)
    }
    #[inline]
    #[track_caller]
    fn map<U>(self, f: impl FnOnce(&[T]) -> U) -> U {
        f(&self)
    }
}

impl<T: Number, const M: usize> Outcome<[T]> for [T; M] {
    type Of<U> = U;
    #[inline]
    fn wrap<U>(value: U) -> U {
        value
    }
    #[inline]
    fn get(&self) -> Option<&[T]> {
        Some(self)
    }
    #[inline]
    #[track_caller]
    fn map<U>(self, f: impl FnOnce(&[T]) -> U) -> U {
        f(&self)
    }
}

impl<V: ?Sized, O: Outcome<V>, E> Outcome<V> for Result<O, E> {
    type Of<U> = Result<O::Of<U>, E>;
    #[inline]
    fn wrap<U>(value: U) -> Self::Of<U> {
        Ok(O::wrap(value))
    }
    #[inline]
    fn get(&self) -> Option<&V> {
        self.as_ref().ok()?.get()
    }
    #[inline]
    #[track_caller]
    fn map<U>(self, f: impl FnOnce(&V) -> U) -> Self::Of<U> {
        self.map(|outcome| Outcome::map(outcome, f))
    }
}
