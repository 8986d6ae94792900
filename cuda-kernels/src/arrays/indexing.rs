use super::{Contiguous, Float, View, counted, for_elements, long, run};
use super::{Contiguous, Float, View, by_size, for_elements, long, run};
use crate::kernels::INDEXING;
use crate::launch::{Argument, Buffer, Error};
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
    /// Panics if there are not as many places as `outer` blocks of rows of `inner` elements need, or one is no place.
    #[track_caller]
    fn check(&self, operation: &str, [outer, inner]: [usize; 2], extent: usize) {
        let count = if self.is_of_elements { outer * self.rows * inner } else { self.rows };
        let listed = self.places.len();
        assert!(listed == count, "{operation}: {listed} places are listed, and {count} are needed");
        if let Some(place) = self.places.iter().find(|&&place| place >= extent) {
            panic!("{operation}: place {place} of an axis of extent {extent}");
        }
    }

    /// The steps between the places.
    fn steps(&self, inner: usize) -> Steps {
        if self.is_of_elements {
            Steps { outer: (self.rows * inner) as i64, row: inner as i64, inner: 1 }
        } else {
            Steps { outer: 0, row: 1, inner: 0 }
        }
    }
}

/// Numbers 0, 1, … of places, sorted by these: where those of each place begin, and the numbers, in ascending order.
fn by_place(places: impl ExactSizeIterator<Item = usize> + Clone, extent: usize) -> [Vec<u64>; 2] {
    let mut starts = vec![0_u64; extent + 1];
    places.clone().for_each(|place| starts[place + 1] += 1);
    for place in 0..extent {
        starts[place + 1] += starts[place];
    }
    let (mut next, mut order) = (starts.clone(), vec![0; places.len()]);
    for (number, place) in places.enumerate() {
        order[next[place] as usize] = number as u64;
        next[place] += 1;
    }
    [starts, order]
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
    list.check("gather", [outer, inner], x.extents[axis]);
    let steps = list.steps(inner);
    let places: Vec<u64> = list.places.iter().map(|&place| place as u64).collect();
    let places = x.device().upload(&places)?;
    let count = outer * list.rows * inner;
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
    let name = by_size::<T>(["gather_4", "gather_8"]);
    let dimensions = for_elements(x.device(), count);
    // SAFETY: x has all rows, of which the places were seen to be; there are as many places as steps lead to.
    unsafe { run(x.device(), &INDEXING, name, dimensions, &arguments) }?;
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
    list.check("scatter_add", [outer, inner], extent);
    assert!(
        list.rows == x.extents[axis],
        "scatter_add: {} places for {} rows",
        list.rows,
        x.extents[axis]
    );
    let mut out = x.device().zeros(counted("scatter_add", &[outer, extent, inner]))?;
    if out.is_empty() || x.size() == 0 {
        return Ok(out);
    let (device, size) = (x.device(), outer * extent * inner);
    if size == 0 || x.size() == 0 {
        return device.zeros(size);
    }
    // Each result adds up the rows that are listed for it; where elements have places of their own, each is a row.
    let ([starts, order], [rows, extent, inner]) = if list.is_of_elements {
        let of_block = list.rows * inner;
        let to = |(number, &place): (usize, &usize)| {
            (number / of_block * extent + place) * inner + number % inner
        };
        (by_place(list.places.iter().enumerate().map(to), size), [x.size(), size, 1])
    } else {
        (by_place(list.places.iter().copied(), extent), [list.rows, extent, inner])
    };
    let (starts, order) = (device.upload(&starts)?, device.upload(&order)?);
    let x_in_order = Contiguous::of(x)?;
    let mut out = device.buffer(size)?;
    let arguments = [
        Argument::write(&mut out),
        x_in_order.argument(),
        list.argument(),
        long(lanes),
        long(list.rows),
        Argument::read(&starts),
        Argument::read(&order),
        long(size),
        long(rows),
        long(extent),
        long(inner),
    ];
    let name = format!("segment_sums_{}", T::KERNEL_SUFFIX);
    // SAFETY: each result has a start and an end in the order, which lists rows of x.
    unsafe { run(device, &INDEXING, &name, for_elements(device, size), &arguments) }?;
    let name = by_size::<T>(["scatter_add_f32", "scatter_add_f64"]);
    let dimensions = Dimensions::of_elements(lanes, usize::MAX);
    // SAFETY: the result has all rows, of which the places were seen to be; there are as many places as steps lead
    // to.
    unsafe { run(x.device(), &INDEXING, name, dimensions, &arguments) }?;
    Ok(out)
}
