//! Reductions of tensors at once.

use super::Tensor;
use super::data::Data;
use crate::cpu;
use crate::element::Element;
use crate::shape::Axes;
use crate::var::Var;

impl<T: Element> Tensor<T> {
    /// Σ along the given axes, which stay with extent 1: see [`Var::sum_keep`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 2.0], [3.0, 4.0]]).sum_keep(-1), Tensor::from([[3.0], [7.0]]));
    /// ```
    #[track_caller]
    pub fn sum_keep(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.sum_keep(axes))
    }

    /// The mean of all elements: see [`Var::mean`].
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([1.0, 4.0]).mean().item(), 2.5);
    /// ```
    pub fn mean(&self) -> Self {
        self.map(Var::mean)
    }

    /// Means along the given axes, which are gone then: see [`Var::mean_over`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 2.0], [3.0, 6.0]]).mean_over(0), Tensor::from([2.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn mean_over(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.mean_over(axes))
    }

    /// Means along the given axes, which stay with extent 1: see [`Var::mean_keep`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 2.0], [3.0, 6.0]]).mean_keep(0), Tensor::from([[2.0, 4.0]]));
    /// ```
    #[track_caller]
    pub fn mean_keep(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.mean_keep(axes))
    }

    /// Π of all elements: see [`Var::prod`].
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([2.0, 3.0]).prod().item(), 6.0);
    /// ```
    pub fn prod(&self) -> Self {
        self.map(Var::prod)
    }

    /// The largest element; NaN if there is one.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([2.0, 3.0]).amax().item(), 3.0);
    /// ```
    #[track_caller]
    pub fn amax(&self) -> Self {
        self.map(|x| x.amax())
    }

    /// The largest elements along the given axes, which are gone then: see [`Var::amax_over`].
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [4.0, 2.0]]).amax_over(0), Tensor::from([4.0, 5.0]));
    /// ```
    #[track_caller]
    pub fn amax_over(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.amax_over(axes))
    }

    /// The smallest element; NaN if there is one.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([2.0, 3.0]).amin().item(), 2.0);
    /// ```
    #[track_caller]
    pub fn amin(&self) -> Self {
        self.map(|x| x.amin())
    }

    /// The smallest elements along the given axes, which are gone then: see [`Var::amin_over`].
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [4.0, 2.0]]).amin_over(0), Tensor::from([1.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn amin_over(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.amin_over(axes))
    }

    /// √Σx² of all elements: see [`Var::norm`].
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([3.0, 4.0]).norm().item(), 5.0);
    /// ```
    pub fn norm(&self) -> Self {
        self.map(Var::norm)
    }

    /// √Σx² along the given axes, which are gone then: see [`Var::norm_over`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[3.0, 4.0], [0.0, 2.0]]).norm_over(-1), Tensor::from([5.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn norm_over(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.norm_over(axes))
    }

    /// Variances along the given axes, which are gone then: see [`Var::variance_over`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 3.0], [5.0, 5.0]]).variance_over(-1, 1), Tensor::from([2.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn variance_over(&self, axes: impl Into<Axes>, correction: usize) -> Self {
        self.map(|x| x.variance_over(axes, correction))
    }

    /// Standard deviations along the given axes, which are gone then: see [`Var::std_over`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [2.0, 2.0]]).std_over(-1, 0), Tensor::from([2.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn std_over(&self, axes: impl Into<Axes>, correction: usize) -> Self {
        self.map(|x| x.std_over(axes, correction))
    }

    /// The standard deviation of all elements: see [`Var::std`].
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([1.0, 5.0]).std(0).item(), 2.0);
    /// ```
    pub fn std(&self, correction: usize) -> Self {
        self.map(|x| x.std(correction))
    }

    /// Where the largest element is, counted in row-major order; of several, the first. A NaN counts as larger than
    /// all.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [5.0, 2.0]]).argmax(), 1);
    /// ```
    #[track_caller]
    pub fn argmax(&self) -> usize {
        self.has_elements(self.size(), "argmax");
        cpu::reduce::first_largest(self.contiguous().as_slice().expect("contiguous"))
    }

    /// Where along an axis the largest elements are; of several, the first. A NaN counts as larger than all. The axis is
    /// gone from the result.
    ///
    /// # Panics
    /// If there is no element along the axis.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [4.0, 2.0]]).argmax_over(0), Tensor::from([1, 0]));
    /// ```
    #[track_caller]
    pub fn argmax_over(&self, axis: isize) -> Tensor<usize> {
        let axis = self.shape().axis(axis, "argmax");
        self.has_elements(self.shape()[axis], "argmax");
        cpu::lanes::reduce(self, axis, 1, cpu::reduce::first_largest)
    }

    /// Where the smallest element is, counted in row-major order; of several, the first. A NaN counts as smaller than
    /// all.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[2.0, 1.0], [1.0, 2.0]]).argmin(), 1);
    /// ```
    #[track_caller]
    pub fn argmin(&self) -> usize {
        self.has_elements(self.size(), "argmin");
        cpu::reduce::first_smallest(self.contiguous().as_slice().expect("contiguous"))
    }

    /// Where along an axis the smallest elements are; of several, the first. A NaN counts as smaller than all. The axis
    /// is gone from the result.
    ///
    /// # Panics
    /// If there is no element along the axis.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 5.0], [4.0, 2.0]]).argmin_over(0), Tensor::from([0, 1]));
    /// ```
    #[track_caller]
    pub fn argmin_over(&self, axis: isize) -> Tensor<usize> {
        let axis = self.shape().axis(axis, "argmin");
        self.has_elements(self.shape()[axis], "argmin");
        cpu::lanes::reduce(self, axis, 1, cpu::reduce::first_smallest)
    }

    #[track_caller]
    fn has_elements(&self, extent: usize, operation: &str) {
        assert!(
            extent > 0,
            "{operation}: shape {} has no elements there, and none of none can be chosen; check for emptiness first",
            self.shape()
        );
    }
}

impl Tensor<bool> {
    /// Whether any element is true; of none, none is.
    ///
    /// ```
    /// assert!(wengert_tensor::Tensor::from([false, true]).any());
    /// ```
    pub fn any(&self) -> bool {
        self.to_vec().contains(&true)
    }

    /// Whether every element is true; of none, every one is.
    ///
    /// ```
    /// assert!(!wengert_tensor::Tensor::from([false, true]).all());
    /// ```
    pub fn all(&self) -> bool {
        !self.to_vec().contains(&false)
    }

    /// How many elements are true.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([true, false, true]).count(), 2);
    /// ```
    pub fn count(&self) -> usize {
        count(&self.to_vec())
    }

    /// How many elements along the given axes, which are gone then, are true.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[true, false], [true, true]]).count_over(0), Tensor::from([2, 1]));
    /// ```
    #[track_caller]
    pub fn count_over(&self, axes: impl Into<Axes>) -> Tensor<usize> {
        let axes = axes.into().of(self.shape(), "count");
        let (lanes, axis) = self.as_one_axis(&axes);
        cpu::lanes::reduce(&lanes, axis, 1, count)
    }
}

fn count(elements: &[bool]) -> usize {
    elements.iter().filter(|&&yes| yes).count()
}

impl<T: Data> Tensor<T> {
    /// The tensor with the given axes made the last one, and its number.
    fn as_one_axis(&self, axes: &[usize]) -> (Self, usize) {
        let kept = || (0..self.rank()).filter(|axis| !axes.contains(axis));
        let order: Vec<usize> = kept().chain(axes.iter().copied()).collect();
        let count = axes.iter().map(|&axis| self.shape()[axis]).product();
        let merged: Vec<usize> = kept().map(|axis| self.shape()[axis]).chain([count]).collect();
        let axis = merged.len() - 1;
        (self.permuted(&order).reshape(merged), axis)
    }
}
