//! Elements at places that an array of indices lists.

use super::{Arrange, on_arrays};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Checks a list of places of an axis.
#[track_caller]
fn check(places: &Tensor<usize>, axis: usize, shape: &Shape, operation: &str) {
    let (n, places) = (shape[axis], places.contiguous());
    let mut places = places.as_slice().expect("contiguous").iter();
    if let Some(i) = places.find(|&&i| i >= n) {
        panic!(
            "{operation}: index {i} is out of range for axis {axis} of shape {shape}, whose extent is {n}"
        );
    }
}

/// A list of places of an axis, as a vector.
#[track_caller]
pub(crate) fn listed_places(
    places: &Tensor<usize>,
    axis: usize,
    shape: &Shape,
    operation: &str,
) -> Tensor<usize> {
    check(places, axis, shape, operation);
    places.reshape([places.size()])
}

/// A list of a place for each element, spread over the other axes of the shape.
#[track_caller]
pub(crate) fn elementwise_places(
    places: &Tensor<usize>,
    axis: usize,
    shape: &Shape,
    operation: &str,
) -> Tensor<usize> {
    let given = places.shape();
    let to = (given.rank() == shape.rank()).then(|| shape.with_extent(axis, given[axis]));
    let Some(to) = to.filter(|to| given.broadcasts_to(to)) else {
        panic!(
            "{operation}: indices of shape {given} do not fit shape {shape}; but for axis {axis}, extents must be \
             equal, or 1"
        );
    };
    check(places, axis, shape, operation);
    places.expanded(&to)
}

on_arrays! {
    /// The places of an axis that are listed; a place may be listed several times. The axis is replaced by the axes of
    /// the indices: with `k` indices, x of shape `[a, n, b]` gives `y[i, j, l] = x[i, indices[j], l]` of shape
    /// `[a, k, b]`.
    ///
    /// # Panics
    /// If the axis is not there, or an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.index_select(1, [2, 0, 2]), Tensor::from([[3, 1, 3], [6, 4, 6]]));
    /// assert_eq!(x.index_select(0, [[0, 1], [1, 1]]).shape(), &[2, 2, 3]);
    /// ```
    #[track_caller]
    pub fn index_select(&self, axis: isize, indices: impl Into<Tensor<usize>>) -> Self {
        let (shape, indices) = (self.extents(), indices.into());
        let axis = shape.axis(axis, "index_select");
        let selected = self.selected(axis, &listed_places(&indices, axis, &shape, "index_select"));
        let (before, after) = (&shape[..axis], &shape[axis + 1..]);
        selected.reshaped(before.iter().chain(indices.shape().iter()).chain(after).copied().collect())
    }

    /// The elements at the given places in row-major order, in the shape of the indices:
    /// `y[i] = x.reshape([n])[indices[i]]`.
    ///
    /// # Panics
    /// If an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.take([3, 0]), Tensor::from([4, 1]));
    /// ```
    #[track_caller]
    pub fn take(&self, indices: impl Into<Tensor<usize>>) -> Self {
        let (flat, indices) = (self.extents().size(), indices.into());
        let places = listed_places(&indices, 0, &Shape::from([flat]), "take");
        let elements = self.reshaped(Shape::from([flat])).selected(0, &places);
        elements.reshaped(indices.shape().clone())
    }

    /// The rows of a table of embeddings, […] → […, d] from [n, d]: `index_select` along the first axis.
    ///
    /// # Panics
    /// If the table has no axis, or an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let table = Tensor::from([[0.1, 0.2], [0.3, 0.4]]);
    /// assert_eq!(table.embedding([1, 1]), Tensor::from([[0.3, 0.4], [0.3, 0.4]]));
    /// ```
    #[track_caller]
    pub fn embedding(&self, indices: impl Into<Tensor<usize>>) -> Self {
        self.index_select(0, indices)
    }

    /// For each element of the indices, the element at that place of its own row along the axis: along the last
    /// axis of a matrix, `y[i, j] = x[i, indices[i, j]]`. But for the axis, the indices have the shape of the array,
    /// or are broadcast to it.
    ///
    /// # Panics
    /// If the axis is not there, the shapes do not fit, or an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.gather(1, [[2], [0]]), Tensor::from([[3], [4]]));
    /// assert_eq!(x.gather(0, [[1, 0, 1]]), Tensor::from([[4, 2, 6]]));
    /// ```
    #[track_caller]
    pub fn gather(&self, axis: isize, indices: impl Into<Tensor<usize>>) -> Self {
        let (shape, indices) = (self.extents(), indices.into());
        let axis = shape.axis(axis, "gather");
        self.gathered(axis, &elementwise_places(&indices, axis, &shape, "gather"))
    }
}

/// The places that [`elementwise_places`] along an axis of an array of the given shape are in its elements in row-major order.
pub(crate) fn flat_places(places: &Tensor<usize>, axis: usize, shape: &Shape) -> Tensor<usize> {
    let (strides, mut listed) = (shape.strides(), places.to_vec().into_iter());
    let flat = Tensor::from_fn(places.shape(), |index| {
        let place = listed.next().expect("as many as elements");
        let along = |k: usize| if k == axis { place } else { index[k] };
        (0..index.len()).map(|k| along(k) * strides[k] as usize).sum()
    });
    flat.reshape([flat.size()])
}
