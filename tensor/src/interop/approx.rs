//! `approx`: approximate equality, element by element.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};

use crate::tensor::Tensor;
use crate::tensor::data::Data;

impl<T: Data> Tensor<T> {
    /// Whether the shapes are equal and `close` holds of each pair of elements.
    fn all_close(&self, other: &Self, close: impl Fn(&T, &T) -> bool) -> bool {
        let (a, b) = (self.contiguous(), other.contiguous());
        let pairs = a.as_slice().into_iter().flatten().zip(b.as_slice().into_iter().flatten());
        self.shape() == other.shape() && pairs.into_iter().all(|(a, b)| close(a, b))
    }
}

impl<T: Data + AbsDiffEq<Epsilon: Copy>> AbsDiffEq for Tensor<T> {
    type Epsilon = T::Epsilon;
    fn default_epsilon() -> Self::Epsilon {
        T::default_epsilon()
    }
    fn abs_diff_eq(&self, other: &Self, epsilon: Self::Epsilon) -> bool {
        self.all_close(other, |a, b| a.abs_diff_eq(b, epsilon))
    }
}

impl<T: Data + RelativeEq<Epsilon: Copy>> RelativeEq for Tensor<T> {
    fn default_max_relative() -> Self::Epsilon {
        T::default_max_relative()
    }
    fn relative_eq(
        &self,
        other: &Self,
        epsilon: Self::Epsilon,
        max_relative: Self::Epsilon,
    ) -> bool {
        self.all_close(other, |a, b| a.relative_eq(b, epsilon, max_relative))
    }
}

impl<T: Data + UlpsEq<Epsilon: Copy>> UlpsEq for Tensor<T> {
    fn default_max_ulps() -> u32 {
        T::default_max_ulps()
    }
    fn ulps_eq(&self, other: &Self, epsilon: Self::Epsilon, max_ulps: u32) -> bool {
        self.all_close(other, |a, b| a.ulps_eq(b, epsilon, max_ulps))
    }
}
