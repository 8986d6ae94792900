//! The largest and the smallest elements, and where they are.

use smallvec::smallvec;

use super::{Reduction, keep, of_all, over, summed};
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::work;
use crate::element::Element;
use crate::shape::Axes;
#[cfg(feature = "cuda")]
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

#[derive(Clone, Copy)]
struct Largest;
#[derive(Clone, Copy)]
struct Smallest;

impl<T: Element> Reduction<T> for Largest {
    const NAME: &'static str = "amax";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        cpu::reduce::max(x, &[axis], &x.shape().reduced(&[axis], false))
    }
    #[cfg(feature = "cuda")]
    fn value_on(&self, x: &Tensor<T>, axis: usize, shape: &Shape) -> Option<Tensor<T>> {
        Some(work::reduced(work::Reduction::Max, x, &[axis], shape))
    }
    fn partials(&self, x: Var<T>, axis: usize, y: Var<T>) -> Var<T> {
        shares(x, axis, y)
    }
}

impl<T: Element> Reduction<T> for Smallest {
    const NAME: &'static str = "amin";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        cpu::reduce::min(x, &[axis], &x.shape().reduced(&[axis], false))
    }
    #[cfg(feature = "cuda")]
    fn value_on(&self, x: &Tensor<T>, axis: usize, shape: &Shape) -> Option<Tensor<T>> {
        Some(work::reduced(work::Reduction::Min, x, &[axis], shape))
    }
    fn partials(&self, x: Var<T>, axis: usize, y: Var<T>) -> Var<T> {
        shares(x, axis, y)
    }
}

/// 1/k for each of the k elements of a lane that equal `y`, 0 for the others; NaN where `y` is NaN.
#[track_caller]
pub(super) fn shares<T: Element>(x: Var<T>, axis: usize, y: Var<T>) -> Var<T> {
    let tied = x.detach().equal(y.detach()).indicator();
    tied / summed(tied, smallvec![axis], true)
}

/// There must be elements where one is chosen.
#[track_caller]
fn has_elements<T: Element>(x: Var<T>, axes: Option<&Axes>, name: &str) {
    let shape = x.shape();
    let empty = match axes {
        Some(axes) => axes.of(&shape, name).iter().any(|&axis| shape[axis] == 0),
        None => shape.size() == 0,
    };
    assert!(
        !empty,
        "{name}: shape {shape} has no elements along the axes, and none of none can be chosen; check for emptiness \
         first"
    );
}

impl<T: Element> Var<T> {
    /// The largest element; NaN if there is one. Elements that tie for it share its derivative evenly.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([5.0, 1.0, 5.0]), |x| x.amax());
    /// assert_eq!((y.item(), dy), (5.0, Tensor::from([0.5, 0.0, 0.5])));
    /// ```
    #[track_caller]
    pub fn amax(self) -> Self {
        has_elements(self, None, "amax");
        of_all(Largest, self)
    }

    /// The largest elements along the given axes, which are gone then; NaN where there is one. Ties share the
    /// derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [4.0, 2.0]]);
    /// assert_eq!(x.map(|x| x.amax_over(-1)), Tensor::from([5.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn amax_over(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into();
        has_elements(self, Some(&axes), "amax");
        over(Largest, self, axes)
    }

    /// The largest elements along the given axes, which stay with extent 1; NaN where there is one. Ties share the
    /// derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [4.0, 2.0]]);
    /// assert_eq!(x.map(|x| x - x.amax_keep(-1)), Tensor::from([[-4.0, 0.0], [0.0, -2.0]]));
    /// ```
    #[track_caller]
    pub fn amax_keep(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into();
        has_elements(self, Some(&axes), "amax");
        keep(Largest, self, axes)
    }

    /// The smallest element; NaN if there is one. Elements that tie for it share its derivative evenly.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([5.0, 1.0, 5.0]), |x| x.amin());
    /// assert_eq!((y.item(), dy), (1.0, Tensor::from([0.0, 1.0, 0.0])));
    /// ```
    #[track_caller]
    pub fn amin(self) -> Self {
        has_elements(self, None, "amin");
        of_all(Smallest, self)
    }

    /// The smallest elements along the given axes, which are gone then; NaN where there is one. Ties share the
    /// derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [4.0, 2.0]]);
    /// assert_eq!(x.map(|x| x.amin_over(-1)), Tensor::from([1.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn amin_over(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into();
        has_elements(self, Some(&axes), "amin");
        over(Smallest, self, axes)
    }

    /// The smallest elements along the given axes, which stay with extent 1; NaN where there is one. Ties share the
    /// derivative evenly.
    ///
    /// # Panics
    /// If there is no element along the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 5.0], [4.0, 2.0]]);
    /// assert_eq!(x.map(|x| x - x.amin_keep(-1)), Tensor::from([[0.0, 4.0], [2.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn amin_keep(self, axes: impl Into<Axes>) -> Self {
        let axes = axes.into();
        has_elements(self, Some(&axes), "amin");
        keep(Smallest, self, axes)
    }

    /// Where the largest element is: see [`Tensor::argmax`]. Evaluates at once.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// assert_eq!(tape.var(&Tensor::from([1.0, 5.0, 5.0])).argmax(), 1);
    /// ```
    #[track_caller]
    pub fn argmax(self) -> usize {
        self.value().argmax()
    }

    /// Where the largest elements along an axis are: see [`Tensor::argmax_over`]. Evaluates at once.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, 5.0], [4.0, 2.0]]));
    /// assert_eq!(x.argmax_over(-1), Tensor::from([1, 0]));
    /// ```
    #[track_caller]
    pub fn argmax_over(self, axis: isize) -> Tensor<usize> {
        self.value().argmax_over(axis)
    }

    /// Where the smallest element is: see [`Tensor::argmin`]. Evaluates at once.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// assert_eq!(tape.var(&Tensor::from([5.0, 1.0, 1.0])).argmin(), 1);
    /// ```
    #[track_caller]
    pub fn argmin(self) -> usize {
        self.value().argmin()
    }

    /// Where the smallest elements along an axis are: see [`Tensor::argmin_over`]. Evaluates at once.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, 5.0], [4.0, 2.0]]));
    /// assert_eq!(x.argmin_over(-1), Tensor::from([0, 1]));
    /// ```
    #[track_caller]
    pub fn argmin_over(self, axis: isize) -> Tensor<usize> {
        self.value().argmin_over(axis)
    }
}
