//! Arithmetic on tensors at once, for data preparation and optimisers.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::Tensor;
use crate::cpu;
use crate::device::Device;
use crate::drivers::evaluate;
use crate::element::Element;
use crate::memory;
use crate::shape::{Axes, Shape};
use crate::var::Var;

macro_rules! operator {
    ($Op:ident $op:ident) => {
        impl<T: Element> $Op for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $op(self, other: &Tensor<T>) -> Tensor<T> {
                evaluate(&[self.clone(), other.clone()], |[a, b]| $Op::$op(a, b))
            }
        }
        impl<T: Element> $Op<f64> for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $op(self, other: f64) -> Tensor<T> {
                evaluate(self, |a| $Op::$op(a, other))
            }
        }
    };
}
operator!(Add add);
operator!(Sub sub);
operator!(Mul mul);
operator!(Div div);

impl<T: Element> Neg for &Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        evaluate(self, |a| -a)
    }
}

impl<T: Element> Tensor<T> {
    /// Any array program on this tensor, at once.
    ///
    /// ```
    /// use wengert_tensor::*;
    /// assert_eq!(Tensor::from([0.0, 4.0]).map(|x| x.sqrt() + 1.0), Tensor::from([1.0, 3.0]));
    /// ```
    #[track_caller]
    pub fn map(&self, f: impl FnOnce(Var<T>) -> Var<T>) -> Self {
        evaluate(self, f)
    }

    /// `self ← self + factor · other`, in the memory where it is: a step of gradient descent, where the factor is negative.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let (mut weights, gradient) = (Tensor::from([1.0, 2.0]), Tensor::from([10.0, -20.0]));
    /// weights.scaled_add(-0.1, &gradient);
    /// assert_eq!(weights, Tensor::from([0.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn scaled_add(&mut self, factor: f64, other: &Self) {
        let (a, b) = (self.shape(), other.shape());
        assert!(a == b, "scaled_add: shapes {a} and {b}; expand the second one, or reshape it");
        if [&*self, other].iter().any(|x| x.device() != Device::Cpu) {
            *self = evaluate(&[self.clone(), other.clone()], |[a, b]| a + b * factor);
            return;
        }
        match other.as_slice() {
            Some(other) => cpu::add_scaled(self.as_mut_slice(), T::nearest(factor), other),
            None => self.scaled_add(factor, &other.contiguous()),
        }
    }

    /// Σ of all elements.
    pub fn sum(&self) -> Self {
        self.map(Var::sum)
    }

    /// Σ along the given axes, which are gone then.
    #[track_caller]
    pub fn sum_over(&self, axes: impl Into<Axes>) -> Self {
        self.map(|x| x.sum_over(axes))
    }

    /// The matrix product: see [`Var::matmul`].
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        if let (&[m, k], &[inner, n]) = (&self.shape()[..], &other.shape()[..])
            && k == inner
            && [self, other].iter().all(|x| x.device() == Device::Cpu)
        {
            // (The result at once: a recording would take longer than a product of small matrices.)
            let product = cpu::matmul(self, other, &Shape::from([m, n]));
            memory::note("matmul", product.bytes());
            return product;
        }
        evaluate(&[self.clone(), other.clone()], |[a, b]| a.matmul(b))
    }
}
