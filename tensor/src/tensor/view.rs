//! Views: other shapes and strides over the same memory.

use smallvec::SmallVec;

use super::Tensor;
use super::data::Data;
use crate::shape::{Shape, Strides, few, few_of};

impl<T: Data> Tensor<T> {
    /// The elements, in the same row-major order, in another shape. Shares memory where strides allow.
    ///
    /// # Panics
    /// If the numbers of elements differ.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
    /// assert_eq!(x[[1, 0]], 3.0);
    /// ```
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            shape.size() == self.size(),
            "reshape: shape {} has {} elements, and {shape} has {}",
            self.shape,
            self.size(),
            shape.size()
        );
        match self.strides_for(&shape) {
            Some(strides) => self.with_layout(shape, strides, self.offset),
            None => {
                let copy = self.copied();
                let strides = shape.strides();
                copy.with_layout(shape, strides, 0)
            }
        }
    }

    /// The strides that give `shape` over the same memory, if there are any.
    fn strides_for(&self, shape: &Shape) -> Option<Strides> {
        if self.is_contiguous() {
            return Some(shape.strides());
        }
        // Axes of extent 1 do not matter; each run of old axes that lie one in the other may be cut anew.
        let old: SmallVec<[(usize, isize); 4]> = (self.shape.iter().copied())
            .zip(self.strides.iter().copied())
            .filter(|&(n, _)| n != 1)
            .collect();
        let mut strides = Strides::from_elem(0, shape.rank());
        let (mut o, mut n) = (0, 0);
        while n < shape.rank() {
            if shape[n] == 1 {
                n += 1;
                continue;
            }
            let n_start = n;
            let (mut old_size, mut new_size) = (old.get(o)?.0, shape[n]);
            while old_size != new_size {
                if old_size < new_size {
                    o += 1;
                    let nested = old[o - 1].1 == old.get(o)?.1 * old[o].0 as isize;
                    if !nested {
                        return None;
                    }
                    old_size *= old[o].0;
                } else {
                    n += 1;
                    new_size *= shape[n];
                }
            }
            let mut step = old[o].1;
            for axis in (n_start..=n).rev() {
                strides[axis] = step;
                step *= shape[axis] as isize;
            }
            o += 1;
            n += 1;
        }
        Some(strides)
    }

    /// The axes in another order: axis k of the result is axis `order[k]` of the tensor.
    ///
    /// # Panics
    /// If `order` is not a permutation of the axes.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::<f64>::zeros([2, 3, 4]).permute([2, 0, 1]).shape(), &[4, 2, 3]);
    /// ```
    #[track_caller]
    pub fn permute<const N: usize>(&self, order: [isize; N]) -> Self {
        self.permuted(&permutation(&self.shape, &order))
    }

    pub(crate) fn permuted(&self, order: &[usize]) -> Self {
        let shape = self.shape.permuted(order);
        let strides = few_of(order, |axis| self.strides[axis]);
        self.with_layout(shape, strides, self.offset)
    }

    /// The last two axes exchanged; of a vector, itself.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1.0, 2.0]]).transpose(), Tensor::from([[1.0], [2.0]]));
    /// ```
    #[must_use]
    pub fn transpose(&self) -> Self {
        self.permuted(&transposition(self.rank()))
    }

    /// The tensor repeated along new axes in front and along axes of extent 1, without copying.
    ///
    /// # Panics
    /// If the shape does not broadcast to the given one.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([1.0, 2.0]).expand([2, 2]).to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn expand(&self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            self.shape.broadcasts_to(&shape),
            "expand: shape {} does not broadcast to {shape}; extents must be equal, or 1 before",
            self.shape
        );
        self.expanded(&shape)
    }

    pub(crate) fn expanded(&self, shape: &Shape) -> Self {
        self.with_layout(shape.clone(), self.strides_over(shape), self.offset)
    }

    /// The strides with which the tensor is spread over a shape that it broadcasts to.
    pub(crate) fn strides_over(&self, shape: &Shape) -> Strides {
        let new = shape.rank() - self.rank();
        let stride = |axis: usize| match axis.checked_sub(new) {
            Some(old) if self.shape[old] == shape[axis] => self.strides[old],
            _ => 0,
        };
        few((0..shape.rank()).map(stride))
    }

    /// Every `step`-th element along one axis, from `start`, `count` of them; backwards if `step` is negative.
    pub(crate) fn sliced(&self, axis: usize, start: usize, count: usize, step: isize) -> Self {
        let shape = self.shape.with_extent(axis, count);
        let mut strides = few_of(&self.strides, |stride| stride);
        let offset = self.offset as isize + start as isize * strides[axis];
        strides[axis] *= step;
        let offset = if count == 0 { self.offset } else { offset as usize };
        self.with_layout(shape, strides, offset)
    }
}

/// The permutation that `order` is, with negative axes resolved.
#[track_caller]
pub(crate) fn permutation(shape: &Shape, order: &[isize]) -> SmallVec<[usize; 4]> {
    let mut axes = SmallVec::<[usize; 4]>::new();
    for &axis in order {
        axes.push(shape.axis(axis, "permute"));
    }
    let mut seen = axes.clone();
    seen.sort_unstable();
    seen.dedup();
    assert!(
        seen.len() == shape.rank() && axes.len() == shape.rank(),
        "permute: {order:?} is not an order of the {} axes of shape {shape}",
        shape.rank()
    );
    axes
}

/// The order of axes in which the last two are exchanged.
pub(crate) fn transposition(rank: usize) -> SmallVec<[usize; 4]> {
    let mut order: SmallVec<[usize; 4]> = (0..rank).collect();
    if rank >= 2 {
        order.swap(rank - 2, rank - 1);
    }
    order
}
