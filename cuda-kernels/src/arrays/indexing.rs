use super::{Contiguous, Float, View, counted, for_elements, long, run};
use crate::kernels::INDEXING;
use crate::launch::{Argument, Buffer, Device, Dimensions, Error};
use crate::layout::Steps;
use crate::signature::Scalar;

/// Places along an axis, in the memory of a device. They are looked at here, once: kernels trust them.
#[derive(Debug)]
pub struct Places {
    places: Buffer<u64>,
    /// How long an axis has to be to have all of them.
    extent: usize,
}

impl Places {
    /// A copy of these.
    pub fn new(device: &Device, places: &[usize]) -> Result<Self, Error> {
        let extent = places.iter().max().map_or(0, |last| last + 1);
        let places: Vec<u64> = places.iter().map(|&place| place as u64).collect();
        Ok(Places { places: device.upload(&places)?, extent })
    }

    /// Where they are.
    pub fn device(&self) -> &Device {
        self.places.device()
    }
}

/// Places along an axis of an array.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// In row-major order.
    pub places: &'a Places,
    /// Whether each element has a place of its own, or each row one.
    pub is_of_elements: bool,
    /// How many rows are listed.
    pub rows: usize,
}

impl List<'_> {
    /// The steps between the places, for `outer` blocks of rows of `inner` elements.
    #[track_caller]
    fn steps(&self, operation: &str, [outer, inner]: [usize; 2], extent: usize) -> Steps {
        let (count, steps) = if self.is_of_elements {
            let (outer_step, row) = ((self.rows * inner) as i64, inner as i64);
            (outer * self.rows * inner, Steps { outer: outer_step, row, inner: 1 })
        } else {
            (self.rows, Steps { outer: 0, row: 1, inner: 0 })
        };
        let listed = self.places.places.len();
        assert!(listed == count, "{operation}: {listed} places are listed, and {count} are needed");
        let needed = self.places.extent;
        assert!(
            needed <= extent,
            "{operation}: place {} of an axis of extent {extent}",
            needed.wrapping_sub(1)
        );
        steps
    }

    fn argument(&self) -> Argument<'_> {
        Argument::read(&self.places.places)
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
    let steps = list.steps("gather", [outer, inner], x.extents[axis]);
    let count = counted("gather", &[outer, list.rows, inner]);
    let mut out = x.device().buffer(count)?;
    if count == 0 {
        return Ok(out);
    }
    let x_in_order = Contiguous::of(x)?;
    let arguments = [
        Argument::write_bits(&mut out),
        x_in_order.bits(),
        list.argument(),
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
    let steps = list.steps("scatter_add", [outer, inner], extent);
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
        list.argument(),
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
