//! Axes: dropped, inserted, exchanged; and the order of elements along them.

use smallvec::SmallVec;

use super::{Arrange, on_arrays};
use crate::shape::Axes;

on_arrays! {
    /// The array without the given axes, which have extent 1.
    ///
    /// # Panics
    /// If an axis has another extent, or is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0], [2.0]]);
    /// assert_eq!(x.squeeze(-1), Tensor::from([1.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn squeeze(&self, axes: impl Into<Axes>) -> Self {
        let shape = self.extents();
        let axes = axes.into().of(&shape, "squeeze");
        for &axis in &axes {
            assert!(
                shape[axis] == 1,
                "squeeze: axis {axis} of shape {shape} has extent {}; only axes of extent 1 can be dropped, and \
                 `index` picks one place of another",
                shape[axis]
            );
        }
        self.reshaped(shape.reduced(&axes, false))
    }

    /// The array with new axes of extent 1, which are axes number `axes` of the result.
    ///
    /// # Panics
    /// If the result has no such axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.unsqueeze(0), Tensor::from([[1.0, 2.0]]));
    /// assert_eq!(x.unsqueeze(-1), Tensor::from([[1.0], [2.0]]));
    /// assert_eq!(x.unsqueeze([0, -1]).shape(), &[1, 2, 1]);
    /// ```
    #[track_caller]
    pub fn unsqueeze(&self, axes: impl Into<Axes>) -> Self {
        self.reshaped(axes.into().inserted_into(&self.extents()))
    }

    /// The array with two axes exchanged.
    ///
    /// # Panics
    /// If an axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::<f64>::zeros([2, 3, 4]);
    /// assert_eq!(x.swap_axes(0, -1).shape(), &[4, 3, 2]);
    /// ```
    #[track_caller]
    pub fn swap_axes(&self, a: isize, b: isize) -> Self {
        let shape = self.extents();
        let (a, b) = (shape.axis(a, "swap_axes"), shape.axis(b, "swap_axes"));
        let mut order: SmallVec<[usize; 4]> = (0..shape.rank()).collect();
        order.swap(a, b);
        self.reordered(&order)
    }

    /// The array with axis `from` moved, so that it is axis `to` of the result; the others stay in order.
    ///
    /// # Panics
    /// If an axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::<f64>::zeros([2, 3, 4]);
    /// assert_eq!(x.move_axis(0, -1).shape(), &[3, 4, 2]);
    /// ```
    #[track_caller]
    pub fn move_axis(&self, from: isize, to: isize) -> Self {
        let shape = self.extents();
        let (from, to) = (shape.axis(from, "move_axis"), shape.axis(to, "move_axis"));
        let mut order: SmallVec<[usize; 4]> = (0..shape.rank()).collect();
        order.remove(from);
        order.insert(to, from);
        self.reordered(&order)
    }

    /// The elements in reverse order along each of the axes.
    ///
    /// # Panics
    /// If an axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.flip(0), Tensor::from([[3, 4], [1, 2]]));
    /// assert_eq!(x.flip([0, 1]), Tensor::from([[4, 3], [2, 1]]));
    /// ```
    #[track_caller]
    pub fn flip(&self, axes: impl Into<Axes>) -> Self {
        let shape = self.extents();
        let axes = axes.into().of(&shape, "flip");
        let turned = axes.iter().filter(|&&axis| shape[axis] > 1);
        turned.fold(self.clone(), |x, &axis| x.part(axis, shape[axis] - 1, shape[axis], -1))
    }

    /// The elements moved on by `shift` places along an axis; what leaves at one end enters at the other.
    /// `roll(axis, k)[i] = x[i − k mod n]`.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1, 2, 3, 4]);
    /// assert_eq!(x.roll(0, 1), Tensor::from([4, 1, 2, 3]));
    /// assert_eq!(x.roll(0, -1), Tensor::from([2, 3, 4, 1]));
    /// ```
    #[track_caller]
    pub fn roll(&self, axis: isize, shift: isize) -> Self {
        let shape = self.extents();
        let axis = shape.axis(axis, "roll");
        let n = shape[axis];
        let back = if n == 0 { 0 } else { shift.rem_euclid(n as isize) as usize };
        if back == 0 {
            return self.clone();
        }
        let parts = [self.part(axis, n - back, back, 1), self.part(axis, 0, n - back, 1)];
        Self::joined(&parts, axis, &[back, n - back], shape)
    }
}
