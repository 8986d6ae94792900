//! Sums and extremes along axes.

use smallvec::SmallVec;
use wengert_autodiff::rules::Powers;

use super::structural;
use crate::cpu;
use crate::element::Element;
use crate::recording::{Arguments, Operation};
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
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let shape = at.inputs[0].shape();
        Some(super::expand_to(cotangent.reshape(shape.reduced(&self.axes, true)), &shape))
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| summed(tangent, self.axes.clone(), self.keep))
    }
    fn is_total(&self) -> bool {
        self.axes.len() == self.rank && !self.keep
    }
}

#[track_caller]
fn summed<T: Element>(x: Var<T>, axes: SmallVec<[usize; 4]>, keep: bool) -> Var<T> {
    let shape = x.shape();
    let reduced = shape.reduced(&axes, keep);
    if axes.is_empty() {
        return x;
    }
    structural(Sum { axes, rank: shape.rank(), keep }, &[x], reduced)
}

/// The largest elements along axes.
struct Max {
    axes: SmallVec<[usize; 4]>,
    keep: bool,
}

impl Max {
    /// 1/k for each of the k elements that are the largest together, 0 for the others; NaN where the largest is NaN.
    #[track_caller]
    fn shares<T: Element>(&self, at: &Arguments<'_, T>) -> Var<T> {
        let (x, shape) = (at.inputs[0], at.inputs[0].shape());
        let largest = at.output.reshape(shape.reduced(&self.axes, true)).detach();
        let tied = x.detach().equal(largest).indicator();
        tied / summed(tied, self.axes.clone(), true)
    }
}

impl<T: Element> Operation<T> for Max {
    fn name(&self) -> &'static str {
        "amax"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        cpu::reduce::max(inputs[0], &self.axes, shape)
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let kept = at.inputs[0].shape().reduced(&self.axes, true);
        Some(super::strong_mul(cotangent.reshape(kept), self.shares(at)))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let product = super::strong_mul(tangents[0]?, self.shares(at));
        Some(summed(product, self.axes.clone(), self.keep))
    }
}

impl<T: Element> Var<T> {
    /// Σ of all elements.
    #[track_caller]
    pub fn sum(self) -> Self {
        let axes = (0..self.shape().rank()).collect();
        summed(self, axes, false)
    }

    /// Σ along the given axes, which are gone then.
    #[track_caller]
    pub fn sum_over(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "sum");
        summed(self, axes, false)
    }

    /// Σ along the given axes, which stay with extent 1.
    #[track_caller]
    pub fn sum_keep(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "sum");
        summed(self, axes, true)
    }

    /// The mean of all elements; NaN of none.
    #[track_caller]
    pub fn mean(self) -> Self {
        self.sum() / self.shape().size() as f64
    }

    /// Means along the given axes, which are gone then.
    #[track_caller]
    pub fn mean_over(self, axes: impl Into<Axes>) -> Self {
        let shape = self.shape();
        let axes = axes.into().of(&shape, "mean");
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        summed(self, axes, false) / count as f64
    }

    /// Means along the given axes, which stay with extent 1.
    #[track_caller]
    pub fn mean_keep(self, axes: impl Into<Axes>) -> Self {
        let shape = self.shape();
        let axes = axes.into().of(&shape, "mean");
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        summed(self, axes, true) / count as f64
    }

    #[track_caller]
    pub(crate) fn max_along(self, axes: SmallVec<[usize; 4]>, keep: bool) -> Self {
        let shape = self.shape();
        if axes.is_empty() {
            return self;
        }
        assert!(
            axes.iter().all(|&axis| shape[axis] > 0),
            "amax: shape {shape} has no elements along the axes; nothing has no largest"
        );
        let reduced = shape.reduced(&axes, keep);
        structural(Max { axes, keep }, &[self], reduced)
    }

    /// The largest element. Elements that tie for it share its derivative evenly.
    ///
    /// # Panics
    /// If there is no element.
    #[track_caller]
    pub fn amax(self) -> Self {
        let axes = (0..self.shape().rank()).collect();
        self.max_along(axes, false)
    }

    /// The largest elements along the given axes, which are gone then. Ties share the derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    #[track_caller]
    pub fn amax_over(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "amax");
        self.max_along(axes, false)
    }

    /// The largest elements along the given axes, which stay with extent 1. Ties share the derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    #[track_caller]
    pub fn amax_keep(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into().of(&self.shape(), "amax");
        self.max_along(axes, true)
    }

    /// √Σx² of all elements. At 0 the derivative is 0.
    #[track_caller]
    pub fn norm(self) -> Self {
        (self * self).sum().sqrt()
    }
}
