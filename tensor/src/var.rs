//! The handle to an array in a recording.

use core::fmt;

use crate::device::Device;
use crate::element::Element;
use crate::recording::{self, CONSTANT, Recording};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// An array whose computation is recorded: what array programs are written with.
///
/// A `Var` is a name for a result, `Copy`, without lifetime: `x * x + y` needs no clones and no references. Work is
/// recorded when it is written and done when a value is needed, so that chains of elementwise operations
/// run as one pass over memory. Operations broadcast by NumPy's rule.
///
/// `Var` implements [`Number`](wengert_autodiff::Number) and [`Real`](wengert_autodiff::Real): every function of the
/// rule table is a method (`x.tanh()`, `x.erf()`), and a function that is generic over `Real` works on arrays,
/// elementwise.
///
/// A recording is opened by a driver such as [`gradient`](crate::gradient), or by [`Tape::new`](crate::Tape::new).
///
/// ```
/// use wengert_tensor::{Tape, Tensor};
/// let tape = Tape::new();
/// let x = tape.var(&Tensor::from([1.0, 2.0]));
/// let y = (x * x * 3.0).sum();
/// assert_eq!(y.item(), 15.0);
/// assert_eq!(tape.gradient(y).wrt(x), Tensor::from([6.0, 12.0]));
/// ```
///
/// # Panics
/// Operations panic if operands belong to different recordings, or to one that has ended or lives on another
/// thread, and if shapes do not fit; the message names the operation and both shapes.
#[derive(Clone, Copy)]
pub struct Var<T> {
    /// Recording and node; [`CONSTANT`] for a number that is not recorded.
    id: u64,
    /// The number that a constant is.
    constant: T,
}

impl<T: Element> Var<T> {
    pub(crate) fn from_id(id: u64) -> Self {
        Var { id, constant: T::zero() }
    }

    pub(crate) fn number(constant: T) -> Self {
        Var { id: CONSTANT, constant }
    }

    pub(crate) fn id(self) -> u64 {
        self.id
    }

    /// The number, if it is one that is not recorded.
    pub(crate) fn as_number(self) -> Option<T> {
        (self.id == CONSTANT).then_some(self.constant)
    }

    /// The extents.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// assert_eq!(tape.var(&Tensor::<f64>::zeros([2, 3])).sum_over(0).shape(), [3]);
    /// ```
    #[track_caller]
    pub fn shape(self) -> Shape {
        if self.id == CONSTANT {
            return Shape::default();
        }
        recording::with_node(self, "shape", |node| node.shape.clone())
    }

    /// Where the value is, or will be. (A number by itself is on the CPU.)
    ///
    /// ```
    /// use wengert_tensor::{Device, Tape, Tensor, constant};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// // A constant for wherever the program runs.
    /// let y = x + constant(&Tensor::from([3.0, 4.0]).to(&x.device()));
    /// assert_eq!(y.device(), Device::Cpu);
    /// ```
    #[track_caller]
    pub fn device(self) -> Device {
        if self.id == CONSTANT {
            return Device::Cpu;
        }
        recording::with(self.id, "device", |recording: &mut Recording<T>| {
            let node = &recording.nodes[recording::index(self.id)];
            node.site.device(&recording.device)
        })
    }

    /// The value, computed now if it was not yet.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// assert_eq!((x * 2.0).value(), Tensor::from([2.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn value(self) -> Tensor<T> {
        match self.as_number() {
            Some(number) => Tensor::from(number),
            None => crate::execute::value(self),
        }
    }

    /// The number that the value is, if it has one element: for branches and loops that depend on data.
    ///
    /// # Panics
    /// If there is more than one element, or none.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let mut x = tape.var(&Tensor::from([1.0, 2.0]));
    /// while x.norm().item() < 1000.0 {
    ///     x = x * 2.0;
    /// }
    /// assert_eq!(x.value(), Tensor::from([512.0, 1024.0]));
    /// ```
    #[track_caller]
    pub fn item(self) -> T {
        self.value().item()
    }
}

impl<T: Element> From<f64> for Var<T> {
    /// A constant number, which broadcasts to any shape.
    fn from(value: f64) -> Self {
        Var::number(T::nearest(value))
    }
}

impl<T: Element> From<&Tensor<T>> for Var<T> {
    /// A constant of the recording that is active on this thread. (See [`constant`](crate::constant).)
    #[track_caller]
    fn from(tensor: &Tensor<T>) -> Self {
        crate::constant(tensor)
    }
}

impl<T: Element> fmt::Debug for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_number() {
            Some(number) => write!(f, "Var({number})"),
            None => write!(f, "Var(node {})", recording::index(self.id)),
        }
    }
}

impl<T: Element> fmt::Display for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)
    }
}
