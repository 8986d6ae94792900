//! Recording by hand.

use core::marker::PhantomData;

use crate::element::Element;
use crate::execute;
use crate::ops;
use crate::recording::{self, index};
use crate::tensor::Tensor;
use crate::var::Var;

/// An open recording on this thread. Ends when it is dropped.
///
/// The drivers ([`value_and_gradient`](crate::value_and_gradient), [`jvp`](crate::jvp) …) open one for themselves;
/// by hand it is opened where a program is explored line by line.
///
/// ```
/// use wengert_tensor::{Tape, Tensor};
/// let tape = Tape::new();
/// let x = tape.var(&Tensor::<f64>::arange(4));
/// let y = 2.0 * x.dot(x);
/// assert_eq!(y.item(), 28.0);
/// assert_eq!(tape.gradient(y).wrt(x), Tensor::from([0.0, 4.0, 8.0, 12.0]));
/// ```
#[derive(Debug)]
pub struct Tape<T: Element> {
    number: u64,
    /// A recording lives on one thread.
    _not_send: PhantomData<*const T>,
}

impl<T: Element> Tape<T> {
    /// Starts a recording.
    ///
    /// ```
    /// let tape = wengert_tensor::Tape::<f64>::new();
    /// assert!(tape.is_empty());
    /// ```
    #[allow(clippy::new_without_default)]
    #[must_use = "the recording ends when the tape is dropped"]
    pub fn new() -> Self {
        Tape { number: recording::open::<T>(), _not_send: PhantomData }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// A variable with this value.
    #[track_caller]
    pub fn var(&self, value: &Tensor<T>) -> Var<T> {
        recording::leaf(self.number, value.clone())
    }

    /// How many operations and variables are recorded.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// let _ = x * x;
    /// assert_eq!(tape.len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        recording::len::<T>(self.number)
    }

    /// Whether nothing is recorded yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The derivatives of Σ over the elements of `y` (which is y itself, if there is one) with respect to everything
    /// that it was computed from.
    #[track_caller]
    pub fn gradient(&self, y: Var<T>) -> Gradient<T> {
        let ones = recording::within::<T, _>(self.number, || {
            ops::expand_to(Var::number(T::one()), &y.shape())
        });
        self.gradient_with(y, ones)
    }

    /// The derivatives of Σ over the elements of `y · cotangent`: the vector–Jacobian product.
    ///
    /// # Panics
    /// If the shapes of `y` and `cotangent` differ, or `y` belongs to another recording.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor, constant};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// let weights = constant(&Tensor::from([10.0, 100.0]));
    /// assert_eq!(tape.gradient_with(x * x, weights).wrt(x), Tensor::from([20.0, 400.0]));
    /// ```
    #[track_caller]
    pub fn gradient_with(&self, y: Var<T>, cotangent: Var<T>) -> Gradient<T> {
        let (shape, other) = (y.shape(), cotangent.shape());
        assert!(
            shape == other,
            "gradient_with: the cotangent has shape {other}, and must have the shape {shape} of the result"
        );
        assert!(
            belongs(y, self.number),
            "gradient: the result belongs to another recording than this one, of which it is no function"
        );
        let leaves = recording::leaves::<T>(self.number);
        Gradient {
            number: self.number,
            cotangents: recording::cotangents_of_all(y, cotangent, &leaves),
        }
    }
}

impl<T: Element> Drop for Tape<T> {
    fn drop(&mut self) {
        recording::close::<T>(self.number);
    }
}

/// The derivatives of one result with respect to everything that it was computed from: see [`Tape::gradient`].
#[derive(Debug)]
pub struct Gradient<T: Element> {
    number: u64,
    cotangents: Vec<Option<Var<T>>>,
}

impl<T: Element> Gradient<T> {
    /// The derivative with respect to `x`, in its shape; zeros if the result does not depend on it.
    ///
    /// # Panics
    /// If `x` belongs to another recording.
    #[track_caller]
    pub fn wrt(&self, x: Var<T>) -> Tensor<T> {
        execute::value(self.var(x)).contiguous()
    }

    /// The same as part of the recording, to be differentiated again.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// let slope = tape.gradient(x * x * x).var(x);
    /// assert_eq!(tape.gradient(slope).wrt(x), Tensor::from([6.0, 12.0]));
    /// ```
    #[track_caller]
    pub fn var(&self, x: Var<T>) -> Var<T> {
        let shape = x.shape();
        assert!(
            belongs(x, self.number),
            "wrt: the variable belongs to another recording than the result, which is no function of it"
        );
        let found = match x.as_number() {
            Some(_) => None,
            None => self.cotangents.get(index(x.id())).copied().flatten(),
        };
        let found = found.unwrap_or(Var::number(T::zero()));
        recording::within::<T, _>(self.number, || ops::expand_to(found, &shape))
    }
}

/// Whether a handle may be used in a recording.
fn belongs<T: Element>(x: Var<T>, recording: u64) -> bool {
    x.as_number().is_some() || recording::number_of(x) == recording
}

/// A constant of the newest recording of this thread: how data enters an array program.
///
/// # Panics
/// If no recording is open on this thread.
///
/// ```
/// use wengert_tensor::{Tape, Tensor, constant};
/// let tape = Tape::new();
/// let x = tape.var(&Tensor::from([1.0, 2.0]));
/// let y = constant(&Tensor::from([3.0, 4.0])) * x;
/// assert_eq!(tape.gradient(y).wrt(x), Tensor::from([3.0, 4.0]));
/// ```
#[track_caller]
pub fn constant<T: Element>(value: &Tensor<T>) -> Var<T> {
    recording::leaf(recording::newest::<T>("constant"), value.clone())
}
