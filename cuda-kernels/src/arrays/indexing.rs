use super::{Contiguous, Float, View, for_elements, long, run, same_device};
use crate::kernels::INDEXING;
use crate::launch::{Argument, Buffer, Dimensions, Error};
use crate::layout::Steps;
use crate::signature::Scalar;

/// Places along an axis of an array.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// In row-major order. All are less than the extent of the axis.
    pub places: &'a Buffer<u64>,
    /// Whether each element has a place of its own, or each row one.
    pub is_of_elements: bool,
    /// How many rows are listed.
    pub rows: usize,
}

impl List<'_> {
    /// `outer` blocks of rows of `inner` elements.
    #[track_caller]
    fn steps(&self, operation: &str, outer: usize, inner: usize) -> Steps {
        let (count, steps) = if self.is_of_elements {
            let (outer_step, row) = ((self.rows * inner) as i64, inner as i64);
            (outer * self.rows * inner, Steps { outer: outer_step, row, inner: 1 })
        } else {
            (self.rows, Steps { outer: 0, row: 1, inner: 0 })
        };
        assert!(
            self.places.len() == count,
            "{operation}: {} places are listed, and {count} are needed",
            self.places.len()
        );
        steps
    }
}

/// The numbers of blocks before an axis, and of elements after it.
#[track_caller]
fn around(extents: &[usize], axis: usize) -> [usize; 2] {
    [extents[..axis].iter().product(), extents[axis + 1..].iter().product()]
}

/// Elements at the listed places of an axis.
///
/// # Safety
/// All places are less than the extent of the axis.
#[track_caller]
pub unsafe fn gather<T: Scalar>(
    x: View<'_, T>,
    axis: usize,
    list: List<'_>,
) -> Result<Buffer<T>, Error> {
    let [outer, inner] = around(x.extents, axis);
    let steps = list.steps("gather", outer, inner);
    let places = (&[list.places.len()], &[1]);
    let places = View::new(list.places, 0, places.0, places.1);
    same_device("gather", x, places);
    let count = outer * list.rows * inner;
    let mut out = x.device().buffer(count)?;
    if count == 0 {
        return Ok(out);
    }
    let x_in_order = Contiguous::of(x)?;
    let arguments = [
        Argument::write_bits(&mut out),
        x_in_order.bits(),
        places.argument(),
        long(count),
        long(list.rows),
        long(x.extents[axis]),
        long(inner),
        Argument::structure(&steps),
    ];
    let name = format!("gather_{}", size_of::<T>());
    let dimensions = for_elements(x.device(), count);
    // SAFETY: x has all rows, of which the places are (the caller's promise); there are as many places as steps lead to.
    unsafe { run(x.device(), &INDEXING, &name, dimensions, &arguments) }?;
    Ok(out)
}

/// Zeros in an axis of the given extent, to which elements are added at the listed places, in the order of the list.
///
/// # Safety
/// All places are less than `extent`.
#[track_caller]
pub unsafe fn scatter_add<T: Float>(
    x: View<'_, T>,
    axis: usize,
    list: List<'_>,
    extent: usize,
) -> Result<Buffer<T>, Error> {
    let [outer, inner] = around(x.extents, axis);
    let steps = list.steps("scatter_add", outer, inner);
    assert!(
        list.rows == x.extents[axis],
        "scatter_add: {} places for {} rows",
        list.rows,
        x.extents[axis]
    );
    let places = (&[list.places.len()], &[1]);
    let places = View::new(list.places, 0, places.0, places.1);
    same_device("scatter_add", x, places);
    let mut out = x.device().zeros(outer * extent * inner)?;
    if out.is_empty() || x.size() == 0 {
        return Ok(out);
    }
    let x_in_order = Contiguous::of(x)?;
    let lanes = outer * inner;
    let arguments = [
        Argument::write(&mut out),
        x_in_order.argument(),
        places.argument(),
        long(lanes),
        long(list.rows),
        long(extent),
        long(inner),
        Argument::structure(&steps),
    ];
    let name = format!("scatter_add_{}", T::SUFFIX);
    let dimensions = Dimensions::of_elements(lanes, usize::MAX);
    // SAFETY: the result has all rows, of which the places are (the caller's promise); there are as many places as steps lead
    // to.
    unsafe { run(x.device(), &INDEXING, &name, dimensions, &arguments) }?;
    Ok(out)
}
