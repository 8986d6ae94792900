use super::{Contiguous, Float, View, counted, for_elements, long, run};
use crate::kernels::INDEXING;
use crate::launch::{Argument, Buffer, Device, Dimensions, Error};
use crate::layout::Steps;
use crate::signature::Scalar;

/// Places along an axis of an array, listed on the host, where they are checked.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// In row-major order.
    pub places: &'a [usize],
    /// Whether each element has a place of its own, or each row one.
    pub is_of_elements: bool,
    /// How many rows are listed.
    pub rows: usize,
}

impl List<'_> {
    /// The places on a device, and the steps between them, for `outer` blocks of rows of `inner` elements.
    #[track_caller]
    fn upload(
        &self,
        operation: &str,
        device: &Device,
        [outer, inner]: [usize; 2],
        extent: usize,
    ) -> Result<(Buffer<u64>, Steps), Error> {
        let (count, steps) = if self.is_of_elements {
            let (outer_step, row) = ((self.rows * inner) as i64, inner as i64);
            (outer * self.rows * inner, Steps { outer: outer_step, row, inner: 1 })
        } else {
            (self.rows, Steps { outer: 0, row: 1, inner: 0 })
        };
        let listed = self.places.len();
        assert!(listed == count, "{operation}: {listed} places are listed, and {count} are needed");
        let place = |&place: &usize| {
            assert!(place < extent, "{operation}: place {place} of an axis of extent {extent}");
            place as u64
        };
        let places: Vec<u64> = self.places.iter().map(place).collect();
        Ok((device.upload(&places)?, steps))
    }
}

/// The numbers of blocks before an axis, and of elements after it.
#[track_caller]
fn around(extents: &[usize], axis: usize) -> [usize; 2] {
    [extents[..axis].iter().product(), extents[axis + 1..].iter().product()]
}

/// Elements at the listed places of an axis.
///
/// # Panics
/// If there are not as many places as are needed, or one is outside of the axis.
#[track_caller]
pub fn gather<T: Scalar>(x: View<'_, T>, axis: usize, list: List<'_>) -> Result<Buffer<T>, Error> {
    let [outer, inner] = around(x.extents, axis);
    let (places, steps) = list.upload("gather", x.device(), [outer, inner], x.extents[axis])?;
    let count = counted("gather", &[outer, list.rows, inner]);
    let mut out = x.device().buffer(count)?;
    if count == 0 {
        return Ok(out);
    }
    let x_in_order = Contiguous::of(x)?;
    let arguments = [
        Argument::write_bits(&mut out),
        x_in_order.bits(),
        Argument::read(&places),
        long(count),
        long(list.rows),
        long(x.extents[axis]),
        long(inner),
        Argument::structure(&steps),
    ];
    let name = format!("gather_{}", size_of::<T>());
    let dimensions = for_elements(x.device(), count);
    // SAFETY: x has all rows, of which the places were seen to be; there are as many places as steps lead to.
    unsafe { run(x.device(), &INDEXING, &name, dimensions, &arguments) }?;
    Ok(out)
}

/// Zeros in an axis of the given extent, to which elements are added at the listed places, in the order of the list.
///
/// # Panics
/// As [`gather`].
#[track_caller]
pub fn scatter_add<T: Float>(
    x: View<'_, T>,
    axis: usize,
    list: List<'_>,
    extent: usize,
) -> Result<Buffer<T>, Error> {
    let [outer, inner] = around(x.extents, axis);
    let (places, steps) = list.upload("scatter_add", x.device(), [outer, inner], extent)?;
    assert!(
        list.rows == x.extents[axis],
        "scatter_add: {} places for {} rows",
        list.rows,
        x.extents[axis]
    );
    let mut out = x.device().zeros(counted("scatter_add", &[outer, extent, inner]))?;
    if out.is_empty() || x.size() == 0 {
        return Ok(out);
    }
    let x_in_order = Contiguous::of(x)?;
    let lanes = outer * inner;
    let arguments = [
        Argument::write(&mut out),
        x_in_order.argument(),
        Argument::read(&places),
        long(lanes),
        long(list.rows),
        long(extent),
        long(inner),
        Argument::structure(&steps),
    ];
    let name = format!("scatter_add_{}", T::KERNEL_SUFFIX);
    let dimensions = Dimensions::of_elements(lanes, usize::MAX);
    // SAFETY: the result has all rows, of which the places were seen to be; there are as many places as steps lead
    // to.
    unsafe { run(x.device(), &INDEXING, &name, dimensions, &arguments) }?;
    Ok(out)
}
