//! Leaving elements out at random.

use super::Mask;
use crate::element::Element;
use crate::recording::{beside, device_of, made, newest};
use crate::tensor::Tensor;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// Each element 0 with probability `rate`, and divided by 1 − `rate` otherwise, so that expectations stay
    /// (N. Srivastava et al., *Dropout*, JMLR 15, 2014). The seed decides which, as for [`Tensor::uniform`]:
    /// a program of the same seed is the same function, and every step of a training needs another.
    ///
    /// What is left out contributes no derivative, even where it is infinite or NaN.
    ///
    /// # Panics
    /// If the rate is not within 0 … 1.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient};
    /// let x = Tensor::<f64>::ones([1000]);
    /// let y = x.map(|x| x.dropout(0.75, 1)).to_vec();
    /// assert!(y.iter().all(|&y| y == 0.0 || y == 4.0));
    /// assert!((150..350).contains(&y.iter().filter(|&&y| y == 4.0).count()));
    /// assert_eq!(gradient(&x, |x| x.dropout(0.75, 1)).to_vec(), y);
    /// ```
    #[track_caller]
    pub fn dropout(self, rate: f64, seed: u64) -> Self {
        assert!((0.0..=1.0).contains(&rate), "dropout: the rate {rate} is not within 0 … 1");
        if rate == 0.0 {
            return self;
        }
        let coins = Tensor::coins(&device_of(self), self.shape(), 1.0 - rate, seed);
        let kept = Mask(beside(self, || made(newest::<T>("dropout"), coins)));
        let scale = if rate == 1.0 { 0.0 } else { 1.0 / (1.0 - rate) };
        kept.select(self * scale, 0.0)
    }
}
