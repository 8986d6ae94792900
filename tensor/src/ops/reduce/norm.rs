//! Lengths of vectors.

use num_traits::Float;
use wengert_autodiff::rules::{Piecewise, Powers};

use super::extremes::shares;
use super::{Reduction, keep, of_all, over};
use crate::cpu;
use crate::element::Element;
use crate::shape::Axes;
use crate::tensor::Tensor;
use crate::var::Var;

/// (Σ|x|ᵖ)^(1/p)
#[derive(Clone, Copy)]
pub(super) struct Norm {
    p: f64,
}

impl<T: Element> Reduction<T> for Norm {
    const NAME: &'static str = "norm";

    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        cpu::lanes::reduce(x, axis, 2, |lane| match self.p {
            1.0 => cpu::reduce::sum_by(lane, Float::abs),
            2.0 => cpu::reduce::norm_by(lane, |x| x),
            f64::INFINITY => cpu::reduce::largest_magnitude(lane),
            p => cpu::reduce::norm_of_order(lane, T::nearest(p)),
        })
    }

    #[cfg(feature = "cuda")]
    fn composed(&self, x: Var<T>, axis: usize) -> Option<Var<T>> {
        let magnitudes = Piecewise::abs(x);
        let total = |x: Var<T>| super::summed(x, smallvec::smallvec![axis], true);
        let kept = if self.p == 1.0 || x.shape()[axis] == 0 {
            total(magnitudes)
        } else {
            // Powers relative to the largest magnitude neither overflow nor vanish.
            let largest = magnitudes.amax_keep(axis as isize);
            let is_ordinary = largest.greater(0.0) & largest.less(f64::INFINITY);
            let unit = is_ordinary.select(largest, 1.0);
            let relative = magnitudes / unit;
            if self.p == f64::INFINITY {
                largest
            } else if self.p == 2.0 {
                total(relative * relative).sqrt() * unit
            } else {
                let (power, root) = (Var::from(self.p), Var::from(self.p.recip()));
                total(relative.powf(power)).powf(root) * unit
            }
        };
        Some(kept.reshape(x.shape().reduced(&[axis], false)))
    }

    /// sign(x) (|x|/y)ᵖ⁻¹, and 0 at the kinks: for zero elements if p ≤ 1, and everywhere if all elements are zero.
    fn partials(&self, x: Var<T>, axis: usize, y: Var<T>) -> Var<T> {
        // (The branch that is not taken divides by 1, so that its derivatives are finite, too.)
        let divisor = y.equal(0.0).select(1.0, y);
        if self.p == 2.0 {
            return y.equal(0.0).select(0.0, x / divisor);
        }
        let zero = x.equal(0.0);
        let sign = zero.select(0.0, x.signum());
        if self.p == 1.0 {
            sign
        } else if self.p == f64::INFINITY {
            sign * shares(Piecewise::abs(x), axis, y)
        } else {
            let magnitude = zero.select(1.0, Piecewise::abs(x));
            sign * (magnitude / divisor).powf(Var::from(self.p - 1.0))
        }
    }
}

impl Norm {
    #[track_caller]
    fn of_order(p: f64) -> Self {
        assert!(p > 0.0, "lp_norm: the order {p} must be positive (or infinite)");
        Norm { p }
    }
}

pub(super) const EUCLIDEAN: Norm = Norm { p: 2.0 };

impl<T: Element> Var<T> {
    /// √Σx² of all elements, without overflow. If all are 0 the derivatives are 0.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([3.0, -4.0]), |x| x.norm());
    /// assert_eq!((y.item(), dy), (5.0, Tensor::from([0.6, -0.8])));
    /// assert_eq!(gradient(&Tensor::<f64>::zeros([2]), |x| x.norm()), Tensor::from([0.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn norm(self) -> Self {
        of_all(EUCLIDEAN, self)
    }

    /// √Σx² along the given axes, which are gone then: see [`Var::norm`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[3.0, 4.0], [0.0, 2.0]]);
    /// assert_eq!(x.map(|x| x.norm_over(-1)), Tensor::from([5.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn norm_over(self, axes: impl Into<Axes>) -> Self {
        over(EUCLIDEAN, self, axes.into())
    }

    /// √Σx² along the given axes, which stay with extent 1: see [`Var::norm`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[3.0, 4.0], [0.0, 2.0]]);
    /// assert_eq!(x.map(|x| x / x.norm_keep(-1)), Tensor::from([[0.6, 0.8], [0.0, 1.0]]));
    /// ```
    #[track_caller]
    pub fn norm_keep(self, axes: impl Into<Axes>) -> Self {
        keep(EUCLIDEAN, self, axes.into())
    }

    /// (Σ|x|ᵖ)^(1/p) of all elements, without overflow; for p = ∞ max |x|, whose ties share the derivative evenly.
    /// (For p < 1 it is no norm, but still defined.) If all elements are 0 the derivatives are 0, and so are for p ≤ 1
    /// those for the elements that are 0, and for p < 2 the second derivatives there.
    ///
    /// # Panics
    /// If `p` is not positive.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let x = Tensor::from([1.0, -2.0, 0.0]);
    /// let (y, dy) = value_and_gradient(&x, |x| x.lp_norm(1.0));
    /// assert_eq!((y.item(), dy), (3.0, Tensor::from([1.0, -1.0, 0.0])));
    /// let (y, dy) = value_and_gradient(&x, |x| x.lp_norm(f64::INFINITY));
    /// assert_eq!((y.item(), dy), (2.0, Tensor::from([0.0, -1.0, 0.0])));
    /// ```
    #[track_caller]
    pub fn lp_norm(self, p: f64) -> Self {
        of_all(Norm::of_order(p), self)
    }

    /// (Σ|x|ᵖ)^(1/p) along the given axes, which are gone then: see [`Var::lp_norm`].
    ///
    /// # Panics
    /// If `p` is not positive.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, -2.0], [3.0, 0.0]]);
    /// assert_eq!(x.map(|x| x.lp_norm_over(1.0, 0)), Tensor::from([4.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn lp_norm_over(self, p: f64, axes: impl Into<Axes>) -> Self {
        over(Norm::of_order(p), self, axes.into())
    }

    /// (Σ|x|ᵖ)^(1/p) along the given axes, which stay with extent 1: see [`Var::lp_norm`].
    ///
    /// # Panics
    /// If `p` is not positive.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, -2.0], [3.0, 0.0]]);
    /// assert_eq!(x.map(|x| x.lp_norm_keep(1.0, -1)), Tensor::from([[3.0], [3.0]]));
    /// ```
    #[track_caller]
    pub fn lp_norm_keep(self, p: f64, axes: impl Into<Axes>) -> Self {
        keep(Norm::of_order(p), self, axes.into())
    }
}
