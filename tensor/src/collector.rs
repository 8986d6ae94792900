//! Gradients in the words of textbooks: parameters that carry their gradient with them.
//!
//! The drivers, such as [`value_and_gradient`](crate::value_and_gradient), return gradients. Here they are *attached*
//! to [`Parameter`]s, in memory that is used again in each step: a [`GradientCollector`] records, and its
//! [`backward`](GradientCollector::backward) adds to the gradients of all parameters that were used.
//!
//! ```
//! use wengert_tensor::{GradientCollector, Parameter, Tensor};
//! let x = Parameter::new(Tensor::<f64>::arange(4));
//! let collector = GradientCollector::new();
//! let v = collector.var(&x);
//! let y = 2.0 * v.dot(v);
//! assert_eq!(y.item(), 28.0);
//! collector.backward(y);
//! assert_eq!(x.gradient(), Tensor::from([0.0, 4.0, 8.0, 12.0]));
//! ```
//!
//! Gradients obey four rules:
//!
//! 1. Before the first `backward`, a gradient is zero.
//! 2. Each new collector starts from zero: opening one resets the gradients of earlier ones on this thread.
//! 3. Within one collector, each `backward` *adds*. The recording is not used up, so that going backward twice from
//!    the same result gives twice its gradient; [`zero_gradients`](GradientCollector::zero_gradients) starts anew.
//! 4. Every parameter has its own gradient; that of one which the result does not depend on stays as it was.
//!
//! A derivative ends at [`Var::detach`] (“stop gradient”).

use core::cell::{Cell, RefCell};
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::cpu;
use crate::device::Device;
use crate::element::Element;
use crate::execute::{self, Keep};
use crate::recording;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tensor::Tensor;
use crate::var::Var;

/// A tensor with a gradient attached: see [the module](self).
///
/// A parameter may move to another thread, and be changed where no collector uses it.
pub struct Parameter<T: Element> {
    value: Tensor<T>,
    gradient: RefCell<Attached<T>>,
}

/// A gradient, and the collector that it comes from.
struct Attached<T: Element> {
    sum: Tensor<T>,
    collector: u64,
}

/// Zeros in memory of their own, in the shape of `x`, and where it is.
fn zeros_beside<T: Element>(x: &Tensor<T>) -> Tensor<T> {
    Tensor::from_fn(x.shape(), |_| T::zero()).to(&x.device())
}

impl<T: Element> Attached<T> {
    /// Zero, for a newer collector.
    fn reset(&mut self, collector: u64) {
        if self.sum.device() == Device::Cpu {
            self.sum.as_mut_slice().fill(T::zero());
        } else {
            self.sum = zeros_beside(&self.sum);
        }
        self.collector = collector;
    }

    /// The gradient as of now.
    fn current(&mut self) -> &mut Tensor<T> {
        let newest = NEWEST.get();
        if newest > self.collector {
            self.reset(newest);
        }
        &mut self.sum
    }
}

impl<T: Element> Parameter<T> {
    /// Attaches a gradient, which is zero, to a tensor.
    ///
    /// ```
    /// use wengert_tensor::{Parameter, Tensor};
    /// let x = Parameter::new(Tensor::from([5.0, 6.0]));
    /// assert_eq!(x.gradient(), Tensor::from([0.0, 0.0]));
    /// ```
    #[doc(alias = "attach_gradient")]
    #[doc(alias = "requires_grad")]
    pub fn new(value: Tensor<T>) -> Self {
        let sum = zeros_beside(&value);
        Parameter { value, gradient: RefCell::new(Attached { sum, collector: 0 }) }
    }

    /// The tensor.
    ///
    /// ```
    /// use wengert_tensor::{Parameter, Tensor};
    /// assert_eq!(Parameter::new(Tensor::from([5.0])).value(), &Tensor::from([5.0]));
    /// ```
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// The extents.
    ///
    /// ```
    /// use wengert_tensor::{Parameter, Tensor};
    /// assert_eq!(Parameter::new(Tensor::from([5.0, 6.0])).shape(), &[2]);
    /// ```
    pub fn shape(&self) -> &Shape {
        self.value.shape()
    }

    /// What the newest collector of this thread has added up until now; zeros if it has added nothing.
    ///
    /// The gradient lies in the same memory in every step, unless a tensor that was returned here is still held:
    /// such a tensor stays as it is, and the parameter takes other memory.
    ///
    /// ```
    /// use wengert_tensor::{GradientCollector, Parameter, Tensor};
    /// let x = Parameter::new(Tensor::from([1.0, 2.0]));
    /// let address = x.gradient().as_ptr();
    /// for factor in [10.0, 100.0] {
    ///     let collector = GradientCollector::new();
    ///     collector.backward(collector.var(&x) * factor);
    ///     assert_eq!(x.gradient(), Tensor::from([factor, factor]));
    ///     assert_eq!(x.gradient().as_ptr(), address);
    /// }
    /// ```
    #[doc(alias = "grad")]
    #[doc(alias = "get_gradient")]
    pub fn gradient(&self) -> Tensor<T> {
        self.gradient.borrow_mut().current().clone()
    }

    /// Changes the tensor, with the gradient at hand: a step of an optimiser.
    ///
    /// # Panics
    /// If the shape changes.
    ///
    /// ```
    /// use wengert_tensor::{GradientCollector, Parameter, Tensor};
    /// let mut x = Parameter::new(Tensor::from([3.0]));
    /// let collector = GradientCollector::new();
    /// let v = collector.var(&x);
    /// collector.backward(v * v);
    /// drop(collector);
    /// x.update(|value, gradient| *value = &*value - &(gradient * 0.5));
    /// assert_eq!(x.value(), &Tensor::from([0.0]));
    /// ```
    #[track_caller]
    pub fn update(&mut self, step: impl FnOnce(&mut Tensor<T>, &Tensor<T>)) {
        let before = self.value.shape().clone();
        step(&mut self.value, self.gradient.get_mut().current());
        let after = self.value.shape();
        assert!(
            *after == before,
            "update: the parameter has shape {before}, and its new value {after}; for another shape, make a new \
             Parameter"
        );
    }
}

impl<T: Element> fmt::Debug for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gradient = self.gradient();
        f.debug_struct("Parameter")
            .field("value", &self.value)
            .field("gradient", &gradient)
            .finish()
    }
}

thread_local! {
    /// The newest collector of this thread.
    static NEWEST: Cell<u64> = const { Cell::new(0) };
    /// Whether it is open.
    static IS_OPEN: Cell<bool> = const { Cell::new(false) };
}

/// The time in which a collector is open on a thread.
struct Opening {
    /// Later ones have higher numbers, on all threads.
    number: u64,
    /// It ends where it began.
    _not_send: PhantomData<*const ()>,
}

impl Opening {
    #[track_caller]
    fn new() -> Self {
        static LATEST: AtomicU64 = AtomicU64::new(0);
        assert!(
            !IS_OPEN.replace(true),
            "GradientCollector::new: a collector is open on this thread; drop it before the next one is made, or use a \
             driver such as `gradient` inside of it"
        );
        let number = LATEST.fetch_add(1, Ordering::Relaxed) + 1;
        NEWEST.set(number);
        Opening { number, _not_send: PhantomData }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        IS_OPEN.set(false);
    }
}

/// Records what is computed from parameters, and collects their gradients, until it is dropped: see
/// [the module](self). Each thread may have one at a time.
pub struct GradientCollector<'p, T: Element> {
    tape: Tape<T>,
    parameters: RefCell<Vec<(Var<T>, &'p Parameter<T>)>>,
    opening: Opening,
}

impl<'p, T: Element> GradientCollector<'p, T> {
    /// Starts to record. All gradients that were collected on this thread before become zero.
    ///
    /// # Panics
    /// If a collector is open on this thread.
    ///
    /// ```
    /// use wengert_tensor::{GradientCollector, Parameter, Tensor};
    /// let x = Parameter::new(Tensor::from(3.0));
    /// let first = GradientCollector::new();
    /// first.backward(first.var(&x) * 2.0);
    /// assert_eq!(x.gradient().item(), 2.0);
    /// drop(first);
    /// let _second = GradientCollector::<f64>::new();
    /// assert_eq!(x.gradient().item(), 0.0);
    /// ```
    #[allow(clippy::new_without_default)]
    #[must_use = "the collector ends when it is dropped"]
    #[track_caller]
    pub fn new() -> Self {
        let opening = Opening::new();
        GradientCollector { tape: Tape::new(), parameters: RefCell::default(), opening }
    }

    /// The parameter as a variable, to compute with.
    #[track_caller]
    pub fn var(&self, parameter: &'p Parameter<T>) -> Var<T> {
        let var = self.tape.var(&parameter.value);
        self.parameters.borrow_mut().push((var, parameter));
        var
    }

    /// Adds the gradient of `y` (of the sum of its elements, if there are several) to those of all parameters.
    ///
    /// # Panics
    /// If `y` belongs to another recording.
    ///
    /// ```
    /// use wengert_tensor::{GradientCollector, Parameter, Tensor};
    /// let x = Parameter::new(Tensor::from([1.0, 2.0]));
    /// let collector = GradientCollector::new();
    /// let v = collector.var(&x);
    /// let y = v * v;
    /// collector.backward(y);
    /// assert_eq!(x.gradient(), Tensor::from([2.0, 4.0]));
    /// collector.backward(y);
    /// assert_eq!(x.gradient(), Tensor::from([4.0, 8.0]));
    /// ```
    #[track_caller]
    pub fn backward(&self, y: Var<T>) {
        let before = self.tape.len();
        let gradient = self.tape.gradient(y);
        let parameters = self.parameters.borrow();
        let slopes = parameters.iter().map(|&(x, _)| gradient.var(x));
        // (With y, so that its value is there afterwards.)
        let roots: Vec<Var<T>> = slopes.chain([y]).collect();
        let values = execute::values(&roots, Keep::Roots);
        recording::truncate::<T>(self.tape.number(), before);
        for ((_, parameter), value) in parameters.iter().zip(&values) {
            let mut attached = parameter.gradient.borrow_mut();
            let sum = attached.current();
            if sum.device() == Device::Cpu {
                cpu::accumulate(sum.as_mut_slice(), value);
            } else {
                *sum = &*sum + value;
            }
        }
    }

    /// Makes the gradients of all parameters of this collector zero.
    ///
    /// ```
    /// use wengert_tensor::{GradientCollector, Parameter, Tensor};
    /// let x = Parameter::new(Tensor::from(3.0));
    /// let collector = GradientCollector::new();
    /// let y = collector.var(&x) * 2.0;
    /// collector.backward(y);
    /// collector.zero_gradients();
    /// assert_eq!(x.gradient().item(), 0.0);
    /// collector.backward(y);
    /// assert_eq!(x.gradient().item(), 2.0);
    /// ```
    pub fn zero_gradients(&self) {
        for (_, parameter) in self.parameters.borrow().iter() {
            parameter.gradient.borrow_mut().reset(self.opening.number);
        }
    }
}

impl<T: Element> fmt::Debug for GradientCollector<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.borrow().len();
        write!(f, "GradientCollector({parameters} parameters, {} nodes)", self.tape.len())
    }
}
