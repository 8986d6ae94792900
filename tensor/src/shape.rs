//! Shapes: arithmetic on extents and axes, no data.

use core::fmt;
use core::ops::Deref;

use smallvec::{Array, SmallVec};

/// The extents of a tensor along its axes. `[]` is the shape of a single number.
///
/// Made from arrays, slices and vectors of extents:
///
/// ```
/// use wengert_tensor::Shape;
/// let shape = Shape::from([2, 3]);
/// assert_eq!((shape.rank(), shape.size()), (2, 6));
/// assert_eq!(shape.to_string(), "[2, 3]");
/// assert_eq!(Shape::from([]).size(), 1);
/// ```
#[derive(PartialEq, Eq, Hash, Default)]
pub struct Shape(SmallVec<[usize; 4]>);

impl Shape {
    /// The number of axes.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Shape::from([4, 5, 6]).rank(), 3);
    /// ```
    #[inline]
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements: the product of the extents.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Shape::from([4, 5, 0]).size(), 0);
    /// ```
    #[inline]
    pub fn size(&self) -> usize {
        self.0.iter().product()
    }

    /// The steps, in elements, from one index to the next along each axis of a row-major array.
    #[inline]
    pub(crate) fn strides(&self) -> Strides {
        let mut strides = few_of(&self.0, |extent| extent as isize);
        let mut step = 1;
        for stride in strides.iter_mut().rev() {
            (*stride, step) = (step, step * *stride);
        }
        strides
    }

    /// The shape that two broadcast to, by NumPy's rule: aligned at the last axis, extents are equal or one of
    /// them is 1.
    pub(crate) fn broadcast(&self, other: &Shape) -> Option<Shape> {
        if self == other {
            return Some(self.clone());
        }
        let rank = self.rank().max(other.rank());
        (0..rank)
            .map(|axis| match (self.aligned(axis, rank), other.aligned(axis, rank)) {
                (a, b) if a == b || b == 1 => Some(a),
                (1, b) => Some(b),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(Shape)
    }

    /// Whether the shape broadcasts to `target` without changing that.
    pub(crate) fn broadcasts_to(&self, target: &Shape) -> bool {
        self.broadcast(target).as_ref() == Some(target)
    }

    fn aligned(&self, axis: usize, rank: usize) -> usize {
        (axis + self.rank()).checked_sub(rank).map_or(1, |axis| self.0[axis])
    }

    /// The shape that is left when the given axes are summed over: without them, or with extent 1 there.
    pub(crate) fn reduced(&self, axes: &[usize], keep: bool) -> Shape {
        let extents = self.0.iter().enumerate();
        if keep {
            extents.map(|(axis, &n)| if axes.contains(&axis) { 1 } else { n }).collect()
        } else {
            extents.filter(|(axis, _)| !axes.contains(axis)).map(|(_, &n)| n).collect()
        }
    }

    /// The shape with axis `order[k]` as axis k.
    pub(crate) fn permuted(&self, order: &[usize]) -> Shape {
        Shape(few_of(order, |axis| self.0[axis]))
    }

    /// The shape with another extent along an axis.
    pub(crate) fn with_extent(&self, axis: usize, extent: usize) -> Shape {
        let mut shape = self.clone();
        shape.0[axis] = extent;
        shape
    }

    /// The axis that a possibly negative number means, counted from the end.
    #[track_caller]
    pub(crate) fn axis(&self, axis: isize, operation: &str) -> usize {
        let rank = self.rank() as isize;
        let resolved = if axis < 0 { axis + rank } else { axis };
        assert!(
            (0..rank).contains(&resolved),
            "{operation}: axis {axis} is out of range for shape {self}, which has {rank} axes"
        );
        resolved as usize
    }
}

impl Clone for Shape {
    #[inline]
    fn clone(&self) -> Self {
        Shape(few_of(&self.0, |extent| extent))
    }
}

impl Deref for Shape {
    type Target = [usize];
    #[inline]
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl FromIterator<usize> for Shape {
    #[inline]
    fn from_iter<I: IntoIterator<Item = usize>>(extents: I) -> Self {
        Shape(few(extents.into_iter()))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(extents: [usize; N]) -> Self {
        Shape(SmallVec::from_slice(&extents))
    }
}

impl From<&[usize]> for Shape {
    fn from(extents: &[usize]) -> Self {
        Shape(SmallVec::from_slice(extents))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(extents: Vec<usize>) -> Self {
        Shape(SmallVec::from_slice(&extents))
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

impl PartialEq<[usize]> for Shape {
    fn eq(&self, other: &[usize]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0[..], f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// As `collect`, of a few: without the call that makes room for any number.
#[inline(always)]
pub(crate) fn few<A: Array>(items: impl Iterator<Item = A::Item>) -> SmallVec<A> {
    let mut few = SmallVec::new();
    for item in items {
        few.push(item);
    }
    few
}

/// `f` of each of a few: without calls that copy any number.
#[inline(always)]
pub(crate) fn few_of<X: Copy, Y: Copy + Default>(
    items: &[X],
    f: impl Fn(X) -> Y,
) -> SmallVec<[Y; 4]> {
    if items.len() > 4 {
        return items.iter().map(|&x| f(x)).collect();
    }
    let at = |k: usize| items.get(k).map_or(Y::default(), |&x| f(x));
    SmallVec::from_buf_and_len([at(0), at(1), at(2), at(3)], items.len())
}

/// Steps in elements along each axis; 0 where a tensor is broadcast.
pub(crate) type Strides = SmallVec<[isize; 4]>;

/// Several axes of a tensor: one number, or an array, slice or vector of them. Negative ones count from the end.
///
/// ```
/// use wengert_tensor::Tensor;
/// let x = Tensor::from_vec([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(x.sum_over(0), Tensor::from([5.0, 7.0, 9.0]));
/// assert_eq!(x.sum_over([0, -1]), Tensor::from(21.0));
/// ```
#[derive(Clone, Debug)]
pub struct Axes(SmallVec<[isize; 4]>);

impl Axes {
    /// The axes of `shape` that are meant, in ascending order.
    #[track_caller]
    pub(crate) fn of(&self, shape: &Shape, operation: &str) -> SmallVec<[usize; 4]> {
        let mut axes = SmallVec::<[usize; 4]>::new();
        for &axis in &self.0 {
            axes.push(shape.axis(axis, operation));
        }
        axes.sort_unstable();
        let named = axes.len();
        axes.dedup();
        assert!(axes.len() == named, "{operation}: the axes {:?} name one twice", &self.0[..]);
        axes
    }

    /// The shape with new axes of extent 1, which are these axes of the result.
    #[track_caller]
    pub(crate) fn inserted_into(&self, shape: &Shape) -> Shape {
        let rank = shape.rank() + self.0.len();
        let mut extents: SmallVec<[Option<usize>; 4]> = SmallVec::from_elem(None, rank);
        for &axis in &self.0 {
            let resolved = if axis < 0 { axis + rank as isize } else { axis };
            let place = usize::try_from(resolved).ok().and_then(|axis| extents.get_mut(axis));
            assert!(
                place.is_some_and(|place| place.replace(1).is_none()),
                "unsqueeze: the new axes {:?} are named twice, or out of range for the result, which has {rank} axes \
                 (shape {shape} and the new ones)",
                &self.0[..]
            );
        }
        let mut old = shape.iter().copied();
        extents
            .into_iter()
            .map(|new| new.or_else(|| old.next()).expect("as many as axes"))
            .collect()
    }
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Self {
        Axes(SmallVec::from_slice(&[axis]))
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Self {
        Axes(SmallVec::from_slice(&axes))
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Self {
        Axes(SmallVec::from_slice(axes))
    }
}

impl From<Vec<isize>> for Axes {
    fn from(axes: Vec<isize>) -> Self {
        Axes(SmallVec::from_vec(axes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        let broadcast = |a: &[usize], b: &[usize]| Shape::from(a).broadcast(&Shape::from(b));
        assert_eq!(broadcast(&[2, 3], &[3]), Some(Shape::from([2, 3])));
        assert_eq!(broadcast(&[2, 1], &[1, 3]), Some(Shape::from([2, 3])));
        assert_eq!(broadcast(&[], &[4]), Some(Shape::from([4])));
        assert_eq!(broadcast(&[0], &[1]), Some(Shape::from([0])));
        assert_eq!(broadcast(&[2], &[3]), None);
        assert_eq!(broadcast(&[0], &[2]), None);
    }

    #[test]
    #[should_panic(expected = "sum: axis 2 is out of range for shape [2, 3], which has 2 axes")]
    fn an_axis_out_of_range_is_named() {
        let _ = Shape::from([2, 3]).axis(2, "sum");
    }
}
