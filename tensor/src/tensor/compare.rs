//! Equality, exact and approximate.

use super::Tensor;
use super::data::Data;
use crate::element::Element;

impl<T: Data> PartialEq for Tensor<T> {
    /// Equal shapes and equal elements. A NaN equals nothing, as in IEEE arithmetic.
    fn eq(&self, other: &Self) -> bool {
        if self.shape() != other.shape() {
            return false;
        }
        let (a, b) = (self.here(), other.here());
        match (a.as_slice(), b.as_slice()) {
            (Some(a), Some(b)) => a == b,
            _ => a.to_vec() == b.to_vec(),
        }
    }
}

impl<T: Element> Tensor<T> {
    /// Whether the shapes are equal, and each pair of elements differs by no more than `tolerance`, absolutely or
    /// relative to the larger one. Equal infinities are close; a NaN is close to nothing.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1.0, 1e6]);
    /// assert!(x.is_close(&Tensor::from([1.0 + 1e-12, 1e6 + 1e-7]), 1e-11));
    /// assert!(!x.is_close(&Tensor::from([1.1, 1e6]), 1e-11));
    /// ```
    pub fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        let close = |(a, b): (&T, &T)| {
            let (a, b) = (a.widen(), b.widen());
            a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
        };
        self.shape() == other.shape() && self.to_vec().iter().zip(&other.to_vec()).all(close)
    }
}
