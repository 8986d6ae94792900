//! Parts of arrays: ranges along axes, with steps, and single places.

use core::fmt;
use core::ops::{
    Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use num_traits::PrimInt;
use smallvec::SmallVec;

use super::{Arrange, on_arrays};
use crate::shape::Shape;

/// A range of places along an axis, and the step in which they are taken.
///
/// Made from Rust's ranges, of any integers. Negative bounds count from the end, as in Python. Unlike there, a bound
/// beyond the end is a bug, and a negative step takes the places *of the same range* backwards, as
/// `(2..5).rev()` does.
///
/// ```
/// use wengert_tensor::{Slice, Tensor};
/// let x = Tensor::from([0, 1, 2, 3, 4, 5]);
/// assert_eq!(x.slice(0, 2..5).to_vec(), [2, 3, 4]);
/// assert_eq!(x.slice(0, -2..).to_vec(), [4, 5]);
/// assert_eq!(x.slice(0, Slice::stepped(2..5, -1)).to_vec(), [4, 3, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    start: isize,
    /// Excluded; the end of the axis if there is none.
    end: Option<isize>,
    step: isize,
}

impl Slice {
    /// Every `step`-th place of a range, from its first; if the step is negative, from its last and backwards.
    ///
    /// ```
    /// use wengert_tensor::{Slice, Tensor};
    /// let x = Tensor::from([0, 1, 2, 3, 4, 5]);
    /// assert_eq!(x.at(Slice::stepped(1.., 2)).to_vec(), [1, 3, 5]);
    /// assert_eq!(x.at(Slice::stepped(.., -2)).to_vec(), [5, 3, 1]);
    /// ```
    pub fn stepped(range: impl Into<Slice>, step: isize) -> Self {
        Slice { step, ..range.into() }
    }

    /// The first place and how many there are, along an axis of an array.
    #[track_caller]
    fn resolve(self, axis: usize, shape: &Shape, operation: &str) -> (usize, usize) {
        let n = shape[axis] as isize;
        let place = |bound: isize| if bound < 0 { bound + n } else { bound };
        let (start, end) = (place(self.start), self.end.map_or(n, place));
        assert!(
            0 <= start && start <= end && end <= n,
            "{operation}: the range {self} is out of range for axis {axis} of shape {shape}, whose extent is {n}"
        );
        assert!(
            self.step != 0,
            "{operation}: the step along axis {axis} is 0; it must lead somewhere"
        );
        let count = ((end - start) as usize).div_ceil(self.step.unsigned_abs());
        let first = if self.step < 0 && count > 0 { end - 1 } else { start };
        (first as usize, count)
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.start)?;
        self.end.map_or(Ok(()), |end| write!(f, "{end}"))
    }
}

fn integer(bound: impl PrimInt) -> isize {
    bound.to_isize().expect("a bound or index is within isize")
}

impl From<RangeFull> for Slice {
    fn from(_: RangeFull) -> Self {
        Slice { start: 0, end: None, step: 1 }
    }
}

/// A kind of range of integers.
macro_rules! range {
    ($($Range:ident)*) => {$(
        impl<I: PrimInt> From<$Range<I>> for Slice {
            fn from(range: $Range<I>) -> Self {
                use core::ops::Bound::{Excluded, Included, Unbounded};
                let start = match range.start_bound() {
                    Included(&start) => integer(start),
                    _ => 0,
                };
                let end = match range.end_bound() {
                    Excluded(&end) => Some(integer(end)),
                    // (After the last place, which −1 means, comes the end.)
                    Included(&last) => Some(integer(last) + 1).filter(|_| integer(last) != -1),
                    Unbounded => None,
                };
                Slice { start, end, step: 1 }
            }
        }
    )*};
}
range!(Range RangeFrom RangeTo RangeInclusive RangeToInclusive);

/// What is taken along one axis: a [`Slice`], or one place, with which the axis is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One place; counted from the end if negative.
    Index(isize),
    /// Several, in a row.
    Slice(Slice),
}

impl<R> From<R> for Place
where
    Slice: From<R>,
{
    fn from(range: R) -> Self {
        Place::Slice(range.into())
    }
}

/// What is taken along the first axes: a tuple of integers and ranges, for [`Tensor::at`](crate::Tensor::at).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(SmallVec<[Place; 4]>);

macro_rules! index {
    ($($I:ident)*) => {$(
        impl From<$I> for Place {
            fn from(index: $I) -> Self {
                Place::Index(integer(index))
            }
        }
    )*};
}
index!(i32 isize usize);

impl<P> From<P> for Places
where
    Place: From<P>,
{
    fn from(place: P) -> Self {
        Places(SmallVec::from_slice(&[place.into()]))
    }
}

impl From<Vec<Place>> for Places {
    fn from(places: Vec<Place>) -> Self {
        Places(SmallVec::from_vec(places))
    }
}

macro_rules! tuple {
    ($($P:ident)*) => {
        impl<$($P: Into<Place>),*> From<($($P,)*)> for Places {
            #[allow(non_snake_case)]
            fn from(($($P,)*): ($($P,)*)) -> Self {
                Places([$($P.into()),*].into_iter().collect())
            }
        }
    };
}
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);

/// Place `i` of an axis, counted from the end if negative.
#[track_caller]
fn place(i: isize, axis: usize, shape: &Shape, operation: &str) -> usize {
    let n = shape[axis] as isize;
    let place = if i < 0 { i + n } else { i };
    assert!(
        (0..n).contains(&place),
        "{operation}: index {i} is out of range for axis {axis} of shape {shape}, whose extent is {n}"
    );
    place as usize
}

on_arrays! {
    /// The elements in a range along an axis. Negative bounds count from the end.
    ///
    /// # Panics
    /// If the axis is not there, or the range leads out of it.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.slice(1, 1..3), Tensor::from([[2, 3], [5, 6]]));
    /// assert_eq!(x.slice(-1, ..-1), Tensor::from([[1, 2], [4, 5]]));
    /// ```
    #[track_caller]
    pub fn slice(&self, axis: isize, range: impl Into<Slice>) -> Self {
        let (shape, slice) = (self.extents(), range.into());
        let axis = shape.axis(axis, "slice");
        let (start, count) = slice.resolve(axis, &shape, "slice");
        self.part(axis, start, count, slice.step)
    }

    /// Every `step`-th element of a range along an axis, from its first; if the step is negative, from its last
    /// and backwards.
    ///
    /// # Panics
    /// If the axis is not there, the range leads out of it, or the step is 0.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([0, 1, 2, 3, 4, 5]);
    /// assert_eq!(x.slice_step(0, 1..6, 2).to_vec(), [1, 3, 5]);
    /// assert_eq!(x.slice_step(0, .., -1).to_vec(), [5, 4, 3, 2, 1, 0]);
    /// ```
    #[track_caller]
    pub fn slice_step(&self, axis: isize, range: impl Into<Slice>, step: isize) -> Self {
        self.slice(axis, Slice::stepped(range, step))
    }

    /// `length` elements along an axis, from `start` on.
    ///
    /// # Panics
    /// If the axis is not there, or has not so many.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from([0, 1, 2, 3]).narrow(0, 1, 2).to_vec(), [1, 2]);
    /// ```
    #[track_caller]
    pub fn narrow(&self, axis: isize, start: usize, length: usize) -> Self {
        let shape = self.extents();
        let axis = shape.axis(axis, "narrow");
        assert!(
            start.checked_add(length).is_some_and(|end| end <= shape[axis]),
            "narrow: {length} places from {start} on are out of range for axis {axis} of shape {shape}, whose extent \
             is {}",
            shape[axis]
        );
        self.part(axis, start, length, 1)
    }

    /// Place `i` of an axis, which is gone then. A negative index counts from the end.
    ///
    /// # Panics
    /// If the axis is not there, or has no such place.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.index(0, 1), Tensor::from([4, 5, 6]));
    /// assert_eq!(x.index(1, -1), Tensor::from([3, 6]));
    /// ```
    #[track_caller]
    pub fn index(&self, axis: isize, i: impl PrimInt) -> Self {
        let shape = self.extents();
        let axis = shape.axis(axis, "index");
        let i = place(integer(i), axis, &shape, "index");
        self.part(axis, i, 1, 1).reshaped(shape.reduced(&[axis], false))
    }

    /// The part at the given places of the first axes, in order: a range keeps its axis, an index drops it. Axes that
    /// are not named are taken as a whole.
    ///
    /// # Panics
    /// If there are more places than axes, or one is out of range.
    ///
    /// ```
    /// use wengert_tensor::{Slice, Tensor};
    /// let x = Tensor::from_fn([2, 3, 4], |i| 100 * i[0] + 10 * i[1] + i[2]);
    /// assert_eq!(x.at((1, 0..2, -1)), Tensor::from([103, 113]));
    /// assert_eq!(x.at((.., 2)).shape(), &[2, 4]);
    /// assert_eq!(x.at((0, 0, Slice::stepped(.., -1))), Tensor::from([3, 2, 1, 0]));
    /// ```
    #[track_caller]
    pub fn at(&self, places: impl Into<Places>) -> Self {
        let (shape, Places(places)) = (self.extents(), places.into());
        assert!(
            places.len() <= shape.rank(),
            "at: {} places are given, and shape {shape} has {} axes",
            places.len(),
            shape.rank()
        );
        let mut dropped: SmallVec<[usize; 4]> = SmallVec::new();
        let mut part = self.clone();
        for (axis, taken) in places.into_iter().enumerate() {
            part = match taken {
                Place::Index(i) => {
                    dropped.push(axis);
                    part.part(axis, place(i, axis, &shape, "at"), 1, 1)
                }
                Place::Slice(slice) => {
                    let (start, count) = slice.resolve(axis, &shape, "at");
                    part.part(axis, start, count, slice.step)
                }
            };
        }
        let kept = part.extents().reduced(&dropped, false);
        part.reshaped(kept)
    }
}
