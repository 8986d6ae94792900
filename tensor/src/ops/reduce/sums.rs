//! Sums and means along axes.

use smallvec::SmallVec;

use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::ops::{expand_to, structural};
use crate::recording::{Arguments, Members, Operation};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;
use crate::var::Var;

struct Sum {
    axes: SmallVec<[usize; 4]>,
    /// Of the input.
    rank: usize,
    keep: bool,
}

impl<T: Element> Operation<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        cpu::reduce::sum(inputs[0], &self.axes, shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::reduced(work::Reduction::Sum, inputs[0], &self.axes, shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let shape = at.inputs[0].shape();
        Some(expand_to(cotangent.reshape(shape.reduced(&self.axes, true)), &shape))
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| summed(tangent, self.axes.clone(), self.keep))
    }
    fn is_total(&self) -> bool {
        self.axes.len() == self.rank && !self.keep
    }
    fn sums_rows(&self) -> bool {
        self.axes.iter().copied().eq(self.rank - self.axes.len()..self.rank)
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let axes = self.axes.iter().map(|axis| axis + 1).collect();
        Some(summed(members.all(0), axes, self.keep))
    }
}

#[track_caller]
pub(crate) fn summed<T: Element>(x: Var<T>, axes: SmallVec<[usize; 4]>, keep: bool) -> Var<T> {
    let shape = x.shape();
    let reduced = shape.reduced(&axes, keep);
    // (A sum of one term, or over no axes, is that term.)
    if axes.iter().all(|&axis| shape[axis] == 1) {
        return x.reshape(reduced);
    }
    structural(Sum { axes, rank: shape.rank(), keep }, &[x], reduced)
}

impl<T: Element> Var<T> {
    /// Σ of all elements; 0 of none.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let (y, dy) = value_and_gradient(&x, |x| (x * x).sum());
    /// assert_eq!((y.item(), dy), (30.0, Tensor::from([[2.0, 4.0], [6.0, 8.0]])));
    /// ```
    #[track_caller]
    pub fn sum(self) -> Self {
        let axes = (0..self.shape().rank()).collect();
        summed(self, axes, false)
    }

    /// Σ along the given axes, which are gone then.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.map(|x| x.sum_over(0)), Tensor::from([5.0, 7.0, 9.0]));
    /// assert_eq!(x.map(|x| x.sum_over([0, 1])), Tensor::from(21.0));
    /// ```
    #[track_caller]
    pub fn sum_over(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "sum");
        summed(self, axes, false)
    }

    /// Σ along the given axes, which stay with extent 1.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 3.0], [1.0, 1.0]]);
    /// assert_eq!(x.map(|x| x / x.sum_keep(-1)), Tensor::from([[0.25, 0.75], [0.5, 0.5]]));
    /// ```
    #[track_caller]
    pub fn sum_keep(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "sum");
        summed(self, axes, true)
    }

    /// The mean of all elements; NaN of none.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([1.0, 4.0]), |x| x.mean());
    /// assert_eq!((y.item(), dy), (2.5, Tensor::from([0.5, 0.5])));
    /// ```
    #[track_caller]
    pub fn mean(self) -> Self {
        self.sum() / self.shape().size() as f64
    }

    /// Means along the given axes, which are gone then; NaN of no elements.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 6.0]]);
    /// assert_eq!(x.map(|x| x.mean_over(0)), Tensor::from([2.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn mean_over(self, axes: impl Into<Axes>) -> Self {
        let shape = self.shape();
        let axes = axes.into().of(&shape, "mean");
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        summed(self, axes, false) / count as f64
    }

    /// Means along the given axes, which stay with extent 1; NaN of no elements.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 6.0]]);
    /// assert_eq!(x.map(|x| x - x.mean_keep(0)), Tensor::from([[-1.0, -2.0], [1.0, 2.0]]));
    /// ```
    #[track_caller]
    pub fn mean_keep(self, axes: impl Into<Axes>) -> Self {
        let shape = self.shape();
        let axes = axes.into().of(&shape, "mean");
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        summed(self, axes, true) / count as f64
    }
}
