//! Logarithms of sums of exponentials, and the weights in them, along axes.

use smallvec::smallvec;

use super::reduce::{Reduction, keep, of_all, over};
use super::{strong_mul, structural, summed};
use wengert_autodiff::rules::Exponential;
#[cfg(feature = "cuda")]
use wengert_cuda_kernels::arrays;

use crate::cpu;
use crate::cpu::lanes::EXPONENTIALS;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;
use crate::var::Var;

#[derive(Clone, Copy)]
struct LogSumExp;

impl<T: Element> Reduction<T> for LogSumExp {
    const NAME: &'static str = "log_sum_exp";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        cpu::lanes::reduce_together(x, axis, EXPONENTIALS, cpu::softmax::log_sum_exp)
    }
    #[cfg(feature = "cuda")]
    fn value_on(&self, x: &Tensor<T>, axis: usize, shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_lanes(arrays::log_sum_exp, x, axis, shape))
    }
    fn partials(&self, x: Var<T>, axis: usize, _: Var<T>) -> Var<T> {
        softmax(x, axis)
    }
}

/// yₖ = exp xₖ / Σ exp xᵢ
struct Softmax {
    axis: usize,
}

impl Softmax {
    /// The Jacobian, diag y − y yᵀ, is symmetric.
    #[track_caller]
    fn times_jacobian<T: Element>(&self, y: Var<T>, v: Var<T>) -> Var<T> {
        strong_mul(y, v - summed(strong_mul(y, v), smallvec![self.axis], true))
    }
}

impl<T: Element> Operation<T> for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        cpu::lanes::map(inputs[0], self.axis, cpu::softmax::softmax)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_lanes(arrays::softmax, inputs[0], self.axis, shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(self.times_jacobian(at.output, cotangent))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| self.times_jacobian(at.output, tangent))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(softmax(members.all(0), self.axis + 1))
    }
}

#[track_caller]
fn softmax<T: Element>(x: Var<T>, axis: usize) -> Var<T> {
    structural(Softmax { axis }, &[x], x.shape())
}

/// yₖ = xₖ − ln Σ exp xᵢ
struct LogSoftmax {
    axis: usize,
}

impl<T: Element> Operation<T> for LogSoftmax {
    fn name(&self) -> &'static str {
        "log_softmax"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        cpu::lanes::map(inputs[0], self.axis, cpu::softmax::log_softmax)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_lanes(arrays::log_softmax, inputs[0], self.axis, shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let total = summed(cotangent, smallvec![self.axis], true);
        Some(cotangent - strong_mul(total, at.output.exp()))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let tangent = tangents[0]?;
        let weighted = strong_mul(tangent, at.output.exp());
        Some(tangent - summed(weighted, smallvec![self.axis], true))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(LogSoftmax { axis: self.axis + 1 }))
    }
}

impl<T: Element> Var<T> {
    /// ln Σ exp x of all elements, without overflow; −∞ of none. If all are −∞ the derivatives are 0; elements that
    /// are +∞ share the derivative evenly.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([1000.0, 1000.0]), |x| x.log_sum_exp());
    /// assert_eq!(y.item(), 1000.0 + 2.0_f64.ln());
    /// assert_eq!(dy, Tensor::from([0.5, 0.5]));
    /// ```
    #[track_caller]
    pub fn log_sum_exp(self) -> Self {
        of_all(LogSumExp, self)
    }

    /// ln Σ exp x along the given axes, which are gone then: see [`Var::log_sum_exp`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[0.0, 0.0], [-1e3, 5.0]]);
    /// let y = x.map(|x| x.log_sum_exp_over(-1));
    /// assert_eq!(y, Tensor::from([2.0_f64.ln(), 5.0]));
    /// ```
    #[track_caller]
    pub fn log_sum_exp_over(self, axes: impl Into<Axes>) -> Self {
        over(LogSumExp, self, axes.into())
    }

    /// ln Σ exp x along the given axes, which stay with extent 1: see [`Var::log_sum_exp`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[0.0, 0.0], [-1e3, 5.0]]);
    /// let y = x.map(|x| x.log_sum_exp_keep(-1));
    /// assert_eq!(y, Tensor::from([[2.0_f64.ln()], [5.0]]));
    /// ```
    #[track_caller]
    pub fn log_sum_exp_keep(self, axes: impl Into<Axes>) -> Self {
        keep(LogSumExp, self, axes.into())
    }

    /// exp xₖ / Σ exp xᵢ along an axis, without overflow: weights that sum to 1. Elements that are +∞ share the weight
    /// evenly; if all are −∞ the weights are 0.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([3.0_f64.ln(), 0.0]);
    /// assert!(x.map(|x| x.softmax(-1)).is_close(&Tensor::from([0.75, 0.25]), 1e-15));
    /// ```
    #[track_caller]
    pub fn softmax(self, axis: isize) -> Self {
        let axis = self.shape().axis(axis, "softmax");
        softmax(self, axis)
    }

    /// xₖ − ln Σ exp xᵢ along an axis: the logarithm of [`Var::softmax`], exact where that underflows or is
    /// close to 1.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let y = Tensor::from([0.0, -1000.0]).map(|x| x.log_softmax(-1));
    /// assert_eq!(y, Tensor::from([0.0, -1000.0]));
    /// ```
    #[track_caller]
    pub fn log_softmax(self, axis: isize) -> Self {
        let axis = self.shape().axis(axis, "log_softmax");
        structural(LogSoftmax { axis }, &[self], self.shape())
    }
}
