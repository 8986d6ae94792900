//! Elements in order.

use crate::arrange::Arrange;
use crate::cpu::sort;
use crate::element::Element;
use crate::tensor::Tensor;
use crate::tensor::data::Data;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// The elements in ascending order along an axis, and the permutation that sorts them. Equal elements stay in
    /// order; NaNs come last. (`flip` gives descending order.)
    ///
    /// The derivative moves with the elements: the permutation counts as constant. The array is evaluated at once.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([3.0, 1.0, 2.0]));
    /// let (sorted, order) = x.sort(0);
    /// assert_eq!(sorted.value(), Tensor::from([1.0, 2.0, 3.0]));
    /// assert_eq!(order, Tensor::from([1, 2, 0]));
    /// assert_eq!(tape.gradient(sorted.index(0, -1)).wrt(x), Tensor::from([1.0, 0.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn sort(self, axis: isize) -> (Self, Tensor<usize>) {
        let axis = self.shape().axis(axis, "sort");
        let order = sort::argsort(&self.value(), axis);
        (self.gathered(axis, &order), order)
    }

    /// The permutation that [`Var::sort`] sorts by: `x.gather(axis, order)` is in ascending order.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([3.0, 1.0, 2.0]));
    /// assert_eq!(x.argsort(-1), Tensor::from([1, 2, 0]));
    /// ```
    #[track_caller]
    pub fn argsort(self, axis: isize) -> Tensor<usize> {
        self.value().argsort(axis)
    }

    /// The k largest elements along an axis, the largest first, and their places. Of equal ones, the first comes first;
    /// NaNs count as larger than all numbers. The derivative moves with the elements. The array is evaluated at once.
    ///
    /// # Panics
    /// If the axis is not there, or has fewer than k places.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([3.0, 1.0, 4.0]));
    /// let (largest, places) = x.top_k(0, 2);
    /// assert_eq!(largest.value(), Tensor::from([4.0, 3.0]));
    /// assert_eq!(places, Tensor::from([2, 0]));
    /// ```
    #[track_caller]
    pub fn top_k(self, axis: isize, k: usize) -> (Self, Tensor<usize>) {
        let places = top_places(&self.value(), axis, k);
        let axis = self.shape().axis(axis, "top_k");
        (self.gathered(axis, &places), places)
    }
}

impl<T: Data> Tensor<T> {
    /// The elements in ascending order along an axis, and the permutation that sorts them. Equal elements stay in
    /// order; NaNs come last.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let (sorted, order) = Tensor::from([[3, 1], [2, 4]]).sort(-1);
    /// assert_eq!((sorted, order), (Tensor::from([[1, 3], [2, 4]]), Tensor::from([[1, 0], [0, 1]])));
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: isize) -> (Self, Tensor<usize>) {
        let axis = self.shape().axis(axis, "sort");
        let order = sort::argsort(self, axis);
        (self.gathered(axis, &order), order)
    }

    /// The permutation that [`Tensor::sort`] sorts by.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([3, 1, 2]).argsort(0), Tensor::from([1, 2, 0]));
    /// ```
    #[track_caller]
    pub fn argsort(&self, axis: isize) -> Tensor<usize> {
        sort::argsort(self, self.shape().axis(axis, "argsort"))
    }

    /// The k largest elements along an axis, the largest first, and their places. Of equal ones, the first comes first;
    /// NaNs count as larger than all numbers.
    ///
    /// # Panics
    /// If the axis is not there, or has fewer than k places.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let (largest, places) = Tensor::from([3, 1, 4]).top_k(0, 2);
    /// assert_eq!((largest, places), (Tensor::from([4, 3]), Tensor::from([2, 0])));
    /// ```
    #[track_caller]
    pub fn top_k(&self, axis: isize, k: usize) -> (Self, Tensor<usize>) {
        let places = top_places(self, axis, k);
        (self.gathered(self.shape().axis(axis, "top_k"), &places), places)
    }
}

#[track_caller]
fn top_places<T: Data>(x: &Tensor<T>, axis: isize, k: usize) -> Tensor<usize> {
    let shape = x.shape();
    let axis = shape.axis(axis, "top_k");
    assert!(
        k <= shape[axis],
        "top_k: {k} elements of axis {axis} of shape {shape} are wanted, whose extent is {}",
        shape[axis]
    );
    sort::argtop(x, axis, k)
}
