//! Variances and standard deviations.

use smallvec::smallvec;

#[cfg(feature = "cuda")]
use super::norm::EUCLIDEAN;
use super::{Reduction, keep, of_all, over, summed};
use crate::cpu;
use crate::element::Element;
use crate::shape::Axes;
use crate::tensor::Tensor;
use crate::var::Var;

/// Σ (x − x̄)² / (n − correction)
#[derive(Clone, Copy)]
struct Variance {
    correction: usize,
}

/// √variance
#[derive(Clone, Copy)]
struct StandardDeviation {
    correction: usize,
}

/// n − correction; NaN if that is not positive.
fn freedom(n: usize, correction: usize) -> f64 {
    if n > correction { (n - correction) as f64 } else { f64::NAN }
}

/// x − x̄ along an axis.
#[track_caller]
fn deviations<T: Element>(x: Var<T>, axis: usize) -> Var<T> {
    let n = x.shape()[axis];
    if n == 0 {
        return x;
    }
    // Relative to the first element, so that rounding errors are small next to the deviations.
    let x = x - x.sliced(axis, 0, 1, 1).detach();
    x - summed(x, smallvec![axis], true) / n as f64
}

impl<T: Element> Reduction<T> for Variance {
    const NAME: &'static str = "variance";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        let freedom = T::nearest(freedom(x.shape()[axis], self.correction));
        cpu::lanes::reduce(x, axis, 2, |lane| {
            let mean = cpu::reduce::mean(lane);
            cpu::reduce::sum_by(lane, |x| (x - mean) * (x - mean)) / freedom
        })
    }
    #[cfg(feature = "cuda")]
    fn composed(&self, x: Var<T>, axis: usize) -> Option<Var<T>> {
        let deviations = deviations(x, axis);
        let squares = summed(deviations * deviations, smallvec![axis], false);
        Some(squares / freedom(x.shape()[axis], self.correction))
    }
    fn partials(&self, x: Var<T>, axis: usize, _: Var<T>) -> Var<T> {
        deviations(x, axis) * (2.0 / freedom(x.shape()[axis], self.correction))
    }
}

impl<T: Element> Reduction<T> for StandardDeviation {
    const NAME: &'static str = "std";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        let root = T::nearest(freedom(x.shape()[axis], self.correction).sqrt());
        cpu::lanes::reduce(x, axis, 2, |lane| {
            let mean = cpu::reduce::mean(lane);
            cpu::reduce::norm_by(lane, |x| x - mean) / root
        })
    }
    #[cfg(feature = "cuda")]
    fn composed(&self, x: Var<T>, axis: usize) -> Option<Var<T>> {
        let length = EUCLIDEAN.composed(deviations(x, axis), axis)?;
        Some(length / freedom(x.shape()[axis], self.correction).sqrt())
    }
    fn partials(&self, x: Var<T>, axis: usize, y: Var<T>) -> Var<T> {
        let constant = y.equal(0.0);
        let freedom = freedom(x.shape()[axis], self.correction);
        constant.select(0.0, deviations(x, axis) / constant.select(1.0, y) * (1.0 / freedom))
    }
}

impl<T: Element> Var<T> {
    /// Σ (x − x̄)² / (n − correction) of all n elements; NaN if n is not larger than the correction. With a correction
    /// of 1 the unbiased estimate from a sample, with 0 the variance of a whole population.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([1.0, 3.0]), |x| x.variance(1));
    /// assert_eq!((y.item(), dy), (2.0, Tensor::from([-2.0, 2.0])));
    /// ```
    #[track_caller]
    pub fn variance(self, correction: usize) -> Self {
        of_all(Variance { correction }, self)
    }

    /// Σ (x − x̄)² / (n − correction) along the given axes, which are gone then: see [`Var::variance`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 3.0], [5.0, 5.0]]);
    /// assert_eq!(x.map(|x| x.variance_over(-1, 0)), Tensor::from([1.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn variance_over(self, axes: impl Into<Axes>, correction: usize) -> Self {
        over(Variance { correction }, self, axes.into())
    }

    /// Σ (x − x̄)² / (n − correction) along the given axes, which stay with extent 1: see [`Var::variance`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 3.0], [5.0, 5.0]]);
    /// assert_eq!(x.map(|x| x.variance_keep(-1, 0)), Tensor::from([[1.0], [0.0]]));
    /// ```
    #[track_caller]
    pub fn variance_keep(self, axes: impl Into<Axes>, correction: usize) -> Self {
        keep(Variance { correction }, self, axes.into())
    }

    /// The standard deviation of all elements: the root of the [variance](Var::variance). If all elements are equal
    /// the derivatives are 0.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([1.0, 5.0]), |x| x.std(0));
    /// assert_eq!((y.item(), dy), (2.0, Tensor::from([-0.5, 0.5])));
    /// assert_eq!(gradient(&Tensor::from([0.1, 0.1, 0.1]), |x| x.std(1)), Tensor::zeros([3]));
    /// ```
    #[track_caller]
    pub fn std(self, correction: usize) -> Self {
        of_all(StandardDeviation { correction }, self)
    }

    /// Standard deviations along the given axes, which are gone then: see [`Var::std`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [2.0, 2.0]]);
    /// assert_eq!(x.map(|x| x.std_over(-1, 0)), Tensor::from([2.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn std_over(self, axes: impl Into<Axes>, correction: usize) -> Self {
        over(StandardDeviation { correction }, self, axes.into())
    }

    /// Standard deviations along the given axes, which stay with extent 1: see [`Var::std`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [2.0, 6.0]]);
    /// let standard = x.map(|x| (x - x.mean_keep(-1)) / x.std_keep(-1, 0));
    /// assert_eq!(standard, Tensor::from([[-1.0, 1.0], [-1.0, 1.0]]));
    /// ```
    #[track_caller]
    pub fn std_keep(self, axes: impl Into<Axes>, correction: usize) -> Self {
        keep(StandardDeviation { correction }, self, axes.into())
    }
}
