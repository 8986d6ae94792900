//! Elements taken from places that an array of indices lists, put there, and added there.
//!
//! Two pairs of linear operations, each the transpose of the other: `index_select` ⇄ `index_add` of whole rows, and
//! `gather` ⇄ `scatter_add` of single elements. Everything else is composed of them.

use super::choice::Mask;
use super::layout::linear;
use super::{expand_to, structural};
use crate::arrange::{elementwise_places, flat_places, listed_places};
use crate::cpu::indexing;
use crate::device::Places;
#[cfg(feature = "cuda")]
use crate::device::work;
use crate::element::Element;
use crate::recording::{self, Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

linear! {
    Select { axis: usize, places: Places } "index_select";
    forward |op, x, _shape| indexing::select(x, op.axis, op.places.here());
    on |op, x, shape| work::gathered(x, op.axis, &op.places, false, shape);
    apply |op, v| selected(v, op.axis, &op.places);
    transpose |op, at, cotangent| {
        accumulated(cotangent, op.axis, &op.places, at.inputs[0].shape()[op.axis])
    };
    batch |op, x, _members| selected(x, op.axis + 1, &op.places);
    moves elements;
}

linear! {
    /// Added up on zeros.
    Accumulate { axis: usize, places: Places, extent: usize } "index_add";
    forward |op, x, _shape| indexing::accumulate(x, op.axis, op.places.here(), op.extent);
    on |op, x, shape| work::scattered(x, op.axis, &op.places, false, shape);
    apply |op, v| accumulated(v, op.axis, &op.places, op.extent);
    transpose |op, _at, cotangent| selected(cotangent, op.axis, &op.places);
    batch |op, x, _members| accumulated(x, op.axis + 1, &op.places, op.extent);
}

linear! {
    Gather { axis: usize, places: Places } "gather";
    forward |op, x, _shape| indexing::gather(x, op.axis, op.places.here());
    on |op, x, shape| work::gathered(x, op.axis, &op.places, true, shape);
    apply |op, v| gathered(v, op.axis, &op.places);
    transpose |op, at, cotangent| {
        scattered(cotangent, op.axis, &op.places, at.inputs[0].shape()[op.axis])
    };
    batch |op, x, members| {
        // (So that the list need not be repeated for each member.)
        let places = flat_places(op.places.here(), op.axis, &members.shape_of(0));
        selected(by_members(x), 1, &places).reshape(members.many(members.shape()))
    };
    moves elements;
}

linear! {
    /// Added up on zeros.
    Scatter { axis: usize, places: Places, extent: usize } "scatter_add";
    forward |op, x, _shape| indexing::scatter_add(x, op.axis, op.places.here(), op.extent);
    on |op, x, shape| work::scattered(x, op.axis, &op.places, true, shape);
    apply |op, v| scattered(v, op.axis, &op.places, op.extent);
    transpose |op, _at, cotangent| gathered(cotangent, op.axis, &op.places);
    batch |op, x, members| {
        let places = flat_places(op.places.here(), op.axis, members.shape());
        let size = members.shape().size();
        accumulated(by_members(x), 1, &places, size).reshape(members.many(members.shape()))
    };
}

/// A batch as a matrix, a row for each member.
#[track_caller]
fn by_members<T: Element>(x: Var<T>) -> Var<T> {
    let shape = x.shape();
    x.reshape([shape[0], shape[1..].iter().product()])
}

/// The places of an axis that a vector lists.
#[track_caller]
pub(crate) fn selected<T: Element>(x: Var<T>, axis: usize, places: impl Into<Places>) -> Var<T> {
    let places = places.into();
    let shape = x.shape().with_extent(axis, places.here().size());
    structural(Select { axis, places }, &[x], shape)
}

#[track_caller]
pub(crate) fn accumulated<T: Element>(
    x: Var<T>,
    axis: usize,
    places: impl Into<Places>,
    extent: usize,
) -> Var<T> {
    let shape = x.shape().with_extent(axis, extent);
    structural(Accumulate { axis, places: places.into(), extent }, &[x], shape)
}

/// The elements at places of an axis, one for each.
#[track_caller]
pub(crate) fn gathered<T: Element>(x: Var<T>, axis: usize, places: impl Into<Places>) -> Var<T> {
    let places = places.into();
    let shape = places.here().shape().clone();
    structural(Gather { axis, places }, &[x], shape)
}

#[track_caller]
fn scattered<T: Element>(
    x: Var<T>,
    axis: usize,
    places: impl Into<Places>,
    extent: usize,
) -> Var<T> {
    let shape = x.shape().with_extent(axis, extent);
    structural(Scatter { axis, places: places.into(), extent }, &[x], shape)
}

/// The values to be put somewhere, broadcast to as many as there are places.
#[track_caller]
fn spread<T: Element>(
    values: impl Into<Var<T>>,
    shape: &Shape,
    x: Var<T>,
    operation: &str,
) -> Var<T> {
    recording::beside(x, || {
        let values = values.into();
        let from = values.shape();
        assert!(
            from.broadcasts_to(shape),
            "{operation}: values of shape {from} do not broadcast to {shape}, which the indices need"
        );
        expand_to(values, shape)
    })
}

/// What putting values at places of their own rows needs: the axis, the places, and the values.
#[track_caller]
fn targets<T: Element>(
    x: Var<T>,
    axis: isize,
    indices: &Tensor<usize>,
    values: impl Into<Var<T>>,
    operation: &str,
) -> (usize, Tensor<usize>, Var<T>) {
    let shape = x.shape();
    let axis = shape.axis(axis, operation);
    let places = elementwise_places(indices, axis, &shape, operation);
    let values = spread(values, places.shape(), x, operation);
    (axis, places, values)
}

impl<T: Element> Var<T> {
    /// The array with rows of values added at the listed places of an axis; values for a place that is listed several
    /// times add up: xᵢⱼ + Σ valuesₖⱼ over the k with indicesₖ = i, along the first axis. The values
    /// broadcast to the shape of the array, with as many places along the axis as are listed.
    ///
    /// # Panics
    /// If the axis is not there, the indices are no vector or out of range, or the values do not broadcast.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let (x, values) = (Tensor::from([1.0, 2.0, 3.0]), Tensor::from([10.0, 20.0, 30.0]));
    /// let y = evaluate(&(x, values), |(x, values)| x.index_add(0, [2, 0, 2], values));
    /// assert_eq!(y, Tensor::from([21.0, 2.0, 43.0]));
    /// ```
    #[track_caller]
    pub fn index_add(
        self,
        axis: isize,
        indices: impl Into<Tensor<usize>>,
        values: impl Into<Var<T>>,
    ) -> Self {
        let (shape, indices) = (self.shape(), indices.into());
        let axis = shape.axis(axis, "index_add");
        let given = indices.shape();
        assert!(
            given.rank() == 1,
            "index_add: indices of shape {given} are no vector; `reshape` them"
        );
        let places = listed_places(&indices, axis, &shape, "index_add");
        let to = shape.with_extent(axis, places.size());
        let values = spread(values, &to, self, "index_add");
        self + accumulated(values, axis, &places, shape[axis])
    }

    /// The array with values added at places of the axis; values for the same place add up: along the last axis of
    /// a matrix, xᵢⱼ + Σ valuesᵢₖ over the k with indicesᵢₖ = j. But for the axis, the indices have
    /// the shape of the array, or are broadcast to it; the values are broadcast to the shape of the indices.
    ///
    /// # Panics
    /// If the axis is not there, the shapes do not fit, or an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let (x, values) = (Tensor::from([[1.0, 2.0]]), Tensor::from([[10.0, 20.0, 30.0]]));
    /// let y = evaluate(&(x, values), |(x, values)| x.scatter_add(1, [[1, 0, 1]], values));
    /// assert_eq!(y, Tensor::from([[21.0, 42.0]]));
    /// ```
    #[track_caller]
    pub fn scatter_add(
        self,
        axis: isize,
        indices: impl Into<Tensor<usize>>,
        values: impl Into<Var<T>>,
    ) -> Self {
        let indices = indices.into();
        let (axis, places, values) = targets(self, axis, &indices, values, "scatter_add");
        let extent = self.shape()[axis];
        self + scattered(values, axis, &places, extent)
    }

    /// The array with values in place of its elements at places of the axis; of several values for the same place, the
    /// last one stays. But for the axis, the indices have the shape of the array, or are broadcast to it; the values are
    /// broadcast to the shape of the indices.
    ///
    /// Elements and values that are overwritten contribute no derivative.
    ///
    /// # Panics
    /// If the axis is not there, the shapes do not fit, or an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate, gradient};
    /// let x = (Tensor::from([1.0, 2.0, 3.0]), Tensor::from([10.0, 20.0, 30.0]));
    /// let y = evaluate(&x, |(x, values)| x.scatter(0, [2, 0, 2], values));
    /// assert_eq!(y, Tensor::from([20.0, 2.0, 30.0]));
    /// let (of_x, of_values) = gradient(&x, |(x, values)| x.scatter(0, [2, 0, 2], values));
    /// assert_eq!(of_x, Tensor::from([0.0, 1.0, 0.0]));
    /// assert_eq!(of_values, Tensor::from([0.0, 1.0, 1.0]));
    /// ```
    #[track_caller]
    pub fn scatter(
        self,
        axis: isize,
        indices: impl Into<Tensor<usize>>,
        values: impl Into<Var<T>>,
    ) -> Self {
        let indices = indices.into();
        let (axis, places, values) = targets(self, axis, &indices, values, "scatter");
        if places.size() == 0 {
            return self;
        }
        let (is_listed, last) = indexing::last_listed(&places, axis, self.shape()[axis]);
        let mask = Mask(recording::made(recording::number_of(self), is_listed));
        mask.select(gathered(values, axis, &last), self)
    }

    /// The array with a value (or the elements of an array that broadcasts to it) where the mask holds.
    ///
    /// What is filled in or left out contributes no derivative, even where it is infinite or NaN.
    ///
    /// # Panics
    /// If the mask or the value does not broadcast to the shape of the array.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let hidden = Tensor::from([false, true]);
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = evaluate(&x, |x| x.masked_fill(&hidden, f64::NEG_INFINITY));
    /// assert_eq!(y.index(1, 0), Tensor::from([1.0, 3.0]));
    /// assert_eq!(y.index(1, 1), Tensor::from([f64::NEG_INFINITY; 2]));
    /// ```
    #[track_caller]
    pub fn masked_fill(self, mask: impl Into<Mask<T>>, value: impl Into<Var<T>>) -> Self {
        let (mask, value) = recording::beside(self, || (mask.into(), value.into()));
        let (shape, of_mask, other) = (self.shape(), mask.0.shape(), value.shape());
        assert!(
            of_mask.broadcasts_to(&shape) && other.broadcasts_to(&shape),
            "masked_fill: a mask of shape {of_mask} and values of shape {other} do not both broadcast to {shape}; \
             `Mask::select` broadcasts all three"
        );
        mask.select(value, self)
    }
}

impl<T: Element> From<&Tensor<bool>> for Mask<T> {
    /// A constant mask of the recording that is active on this thread.
    #[track_caller]
    fn from(mask: &Tensor<bool>) -> Self {
        Mask::constant(mask)
    }
}

impl<T: Element> Tensor<T> {
    /// 1 at the place that each index names along a new last axis of the given extent, 0 elsewhere: […] → […, classes].
    ///
    /// # Panics
    /// If an index is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let y = Tensor::<f64>::one_hot([2, 0], 3);
    /// assert_eq!(y, Tensor::from([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn one_hot(indices: impl Into<Tensor<usize>>, classes: usize) -> Self {
        let indices = indices.into();
        let list = listed_places(&indices, 0, &Shape::from([classes]), "one_hot");
        let shape = indices.shape().iter().copied().chain([classes]).collect::<Shape>();
        let ones = Tensor::ones([list.size(), 1]);
        let places = list.reshape([list.size(), 1]);
        indexing::scatter_add(&ones, 1, &places, classes).reshape(shape)
    }
}
