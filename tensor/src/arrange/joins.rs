//! Arrays put together, taken apart, and repeated.

use super::{Arrange, on_arrays};
use crate::shape::{Axes, Shape};

on_arrays! {
    /// The arrays one after the other along an axis.
    ///
    /// # Panics
    /// If there are none, or their shapes differ in more than the extent of this axis.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let (x, y) = (Tensor::from([[1, 2], [3, 4]]), Tensor::from([[5], [6]]));
    /// assert_eq!(Tensor::concat(&[x, y], 1), Tensor::from([[1, 2, 5], [3, 4, 6]]));
    /// ```
    #[track_caller]
    pub fn concat(arrays: &[Self], axis: isize) -> Self {
        assert!(!arrays.is_empty(), "concat: no arrays are given; at least one is needed");
        let first = arrays[0].extents();
        let axis = first.axis(axis, "concat");
        let extent = |array: &Self| {
            let shape = array.extents();
            assert!(
                shape.rank() == first.rank() && shape.with_extent(axis, first[axis]) == first,
                "concat: shapes {first} and {shape} differ in more than the extent of axis {axis}"
            );
            shape[axis]
        };
        let extents: Vec<usize> = arrays.iter().map(extent).collect();
        let shape = first.with_extent(axis, extents.iter().sum());
        Self::joined(arrays, axis, &extents, shape)
    }

    /// The arrays, which have one shape, along a new axis, which is axis number `axis` of the result.
    ///
    /// # Panics
    /// If there are none, their shapes differ, or the result has no such axis.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let (x, y) = (Tensor::from([1, 2]), Tensor::from([3, 4]));
    /// assert_eq!(Tensor::stack(&[x.clone(), y.clone()], 0), Tensor::from([[1, 2], [3, 4]]));
    /// assert_eq!(Tensor::stack(&[x, y], -1), Tensor::from([[1, 3], [2, 4]]));
    /// ```
    #[track_caller]
    pub fn stack(arrays: &[Self], axis: isize) -> Self {
        assert!(!arrays.is_empty(), "stack: no arrays are given; at least one is needed");
        let first = arrays[0].extents();
        for array in arrays {
            let shape = array.extents();
            assert!(shape == first, "stack: shapes {first} and {shape} differ; `concat` joins those");
        }
        let rank = first.rank() as isize + 1;
        let place = if axis < 0 { axis + rank } else { axis };
        assert!(
            (0..rank).contains(&place),
            "stack: axis {axis} is out of range for the result, which has {rank} axes (shape {first} and the new one)"
        );
        let row = Axes::from(place).inserted_into(&first);
        let shape = row.with_extent(place as usize, arrays.len());
        // (Single numbers are broadcast where they are put.)
        let row = |array: &Self| if rank == 1 { array.clone() } else { array.reshaped(row.clone()) };
        let rows: Vec<Self> = arrays.iter().map(row).collect();
        Self::joined(&rows, place as usize, &vec![1; rows.len()], shape)
    }

    /// Parts of the given extents, one after the other, along an axis.
    ///
    /// # Panics
    /// If the axis is not there, or the extents do not sum to its own.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let parts = Tensor::from([1, 2, 3]).split(0, &[1, 2]);
    /// assert_eq!(parts, [Tensor::from([1]), Tensor::from([2, 3])]);
    /// ```
    #[track_caller]
    pub fn split(&self, axis: isize, extents: &[usize]) -> Vec<Self> {
        let shape = self.extents();
        let axis = shape.axis(axis, "split");
        assert!(
            extents.iter().sum::<usize>() == shape[axis],
            "split: the extents {extents:?} do not sum to that of axis {axis} of shape {shape}"
        );
        let mut start = 0;
        let part = |&extent: &usize| {
            start += extent;
            self.part(axis, start - extent, extent, 1)
        };
        extents.iter().map(part).collect()
    }

    /// N parts of equal extent along an axis.
    ///
    /// # Panics
    /// If the axis is not there, or N does not divide its extent.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let [a, b] = Tensor::from([1, 2, 3, 4]).chunk(0);
    /// assert_eq!((a, b), (Tensor::from([1, 2]), Tensor::from([3, 4])));
    /// ```
    #[track_caller]
    pub fn chunk<const N: usize>(&self, axis: isize) -> [Self; N] {
        let shape = self.extents();
        let axis = shape.axis(axis, "chunk");
        assert!(
            N > 0 && shape[axis].is_multiple_of(N),
            "chunk: the extent of axis {axis} of shape {shape} is not divisible by {N}; `split` takes any extents"
        );
        let mut parts = self.split(axis as isize, &[shape[axis] / N; N]).into_iter();
        core::array::from_fn(|_| parts.next().expect("N parts"))
    }

    /// The places of an axis, one by one, each without the axis.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.unbind(0), [Tensor::from([1, 2]), Tensor::from([3, 4])]);
    /// ```
    #[track_caller]
    pub fn unbind(&self, axis: isize) -> Vec<Self> {
        let shape = self.extents();
        let axis = shape.axis(axis, "unbind");
        let kept = shape.reduced(&[axis], false);
        let rows = self.split(axis as isize, &vec![1; shape[axis]]);
        rows.iter().map(|row| row.reshaped(kept.clone())).collect()
    }

    /// The array with a margin of `(before, after)` places along each axis, filled with one value.
    ///
    /// # Panics
    /// If there is not one pair for each axis, or the value is not a single number.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0]]);
    /// let y = Tensor::from([[0.0, 1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]);
    /// assert_eq!(x.pad([(0, 1), (1, 2)], 0.0), y);
    /// ```
    #[track_caller]
    pub fn pad(&self, margins: impl AsRef<[(usize, usize)]>, value: impl Into<Self>) -> Self {
        let (shape, margins, value) = (self.extents(), margins.as_ref(), value.into());
        assert!(
            margins.len() == shape.rank(),
            "pad: {} margins are given, and shape {shape} has {} axes; each needs one",
            margins.len(),
            shape.rank()
        );
        let other = value.extents();
        assert!(
            other.rank() == 0,
            "pad: the value has shape {other}, and must be a single number; `concat` joins arrays"
        );
        let mut padded = self.clone();
        for (axis, &(before, after)) in margins.iter().enumerate() {
            if before + after > 0 {
                let n = shape[axis];
                let to = padded.extents().with_extent(axis, before + n + after);
                let parts = [value.clone(), padded, value.clone()];
                padded = Self::joined(&parts, axis, &[before, n, after], to);
            }
        }
        padded
    }

    /// The whole array repeated `counts[k]` times along axis k; counts and axes are aligned at the last, as in NumPy.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1, 2]);
    /// assert_eq!(x.tile([2]), Tensor::from([1, 2, 1, 2]));
    /// assert_eq!(x.tile([2, 1]), Tensor::from([[1, 2], [1, 2]]));
    /// ```
    #[track_caller]
    pub fn tile(&self, counts: impl Into<Shape>) -> Self {
        let (shape, counts) = (self.extents(), counts.into());
        let rank = shape.rank().max(counts.rank());
        let aligned = |list: &Shape, axis: usize| {
            (axis + list.rank()).checked_sub(rank).map_or(1, |axis| list[axis])
        };
        let pairs = || (0..rank).map(|axis| (aligned(&counts, axis), aligned(&shape, axis)));
        let apart: Shape = pairs().flat_map(|(_, n)| [1, n]).collect();
        let repeated: Shape = pairs().flat_map(|(count, n)| [count, n]).collect();
        let tiled = pairs().map(|(count, n)| count * n).collect();
        self.reshaped(apart).repeated(&repeated).reshaped(tiled)
    }

    /// Each place of an axis repeated `count` times.
    ///
    /// # Panics
    /// If the axis is not there.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1, 2]);
    /// assert_eq!(x.repeat_interleave(0, 3), Tensor::from([1, 1, 1, 2, 2, 2]));
    /// ```
    #[track_caller]
    pub fn repeat_interleave(&self, axis: isize, count: usize) -> Self {
        let shape = self.extents();
        let axis = shape.axis(axis, "repeat_interleave");
        let with = |extent: usize| -> Shape {
            shape[..=axis].iter().copied().chain([extent]).chain(shape[axis + 1..].iter().copied()).collect()
        };
        let to = shape.with_extent(axis, shape[axis] * count);
        self.reshaped(with(1)).repeated(&with(count)).reshaped(to)
    }
}
