use std::sync::{Arc, Mutex, PoisonError};

use super::{Contiguous, Float, View, by_size, counted, for_elements, long, run};
use crate::kernels::INDEXING;
use crate::launch::{Argument, Buffer, Device, Error};
use crate::layout::Steps;
use crate::signature::Scalar;

/// Places along an axis, in the memory of a device. They are looked at here, once: kernels trust them.
#[derive(Debug)]
pub struct Places {
    device: Device,
    places: Box<[usize]>,
    /// How long an axis has to be to have all of them.
    extent: usize,
    /// The places, as kernels take them, once they were asked for.
    in_order: Mutex<Option<Arc<Buffer<u64>>>>,
    /// The same sorted, for the arrays that they were last needed for.
    sorted: Mutex<Option<(Sorting, Arc<Sorted>)>>,
}

/// What the order of sorted places depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sorting {
    Rows { extent: usize },
    Elements { of_block: usize, extent: usize, inner: usize, size: usize },
}

/// Numbers of places sorted by these.
#[derive(Debug)]
struct Sorted {
    /// Where those of each place begin; and where the last ones end.
    starts: Buffer<u64>,
    /// In ascending order for each place.
    order: Buffer<u64>,
}

impl Places {
    /// A copy of these.
    pub fn new(device: &Device, places: &[usize]) -> Self {
        let extent = places.iter().max().map_or(0, |last| last + 1);
        let (device, places) = (device.clone(), places.into());
        Places { device, places, extent, in_order: Mutex::default(), sorted: Mutex::default() }
    }

    /// Where they are.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn in_order(&self) -> Result<Arc<Buffer<u64>>, Error> {
        let mut known = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let places: Vec<u64> = self.places.iter().map(|&place| place as u64).collect();
        Ok(Arc::clone(known.insert(Arc::new(self.device.upload(&places)?))))
    }

    fn sorted(&self, sorting: Sorting) -> Result<Arc<Sorted>, Error> {
        let mut known = self.sorted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sorted)) = known.as_ref().filter(|(of, _)| *of == sorting) {
            return Ok(Arc::clone(sorted));
        }
        let [starts, order] = match sorting {
            Sorting::Rows { extent } => by_place(self.places.iter().copied(), extent),
            Sorting::Elements { of_block, extent, inner, size } => {
                let to = |(number, &place): (usize, &usize)| {
                    (number / of_block * extent + place) * inner + number % inner
                };
                by_place(self.places.iter().enumerate().map(to), size)
            }
        };
        let [starts, order] = [self.device.upload(&starts)?, self.device.upload(&order)?];
        let sorted = Arc::new(Sorted { starts, order });
        *known = Some((sorting, Arc::clone(&sorted)));
        Ok(sorted)
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
    /// Panics if there are not as many places as `outer` blocks of rows of `inner` elements need, or one is no place.
    #[track_caller]
    fn check(&self, operation: &str, [outer, inner]: [usize; 2], extent: usize) {
        let needed = if self.is_of_elements {
            counted(operation, &[outer, self.rows, inner])
        } else {
            self.rows
        };
        let listed = self.places.places.len();
        assert!(
            listed == needed,
            "{operation}: {listed} places are listed, and {needed} are needed"
        );
        let least = self.places.extent;
        assert!(
            least <= extent,
            "{operation}: place {} of an axis of extent {extent}",
            least.wrapping_sub(1)
        );
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
    list.check("gather", [outer, inner], x.extents[axis]);
    let count = counted("gather", &[outer, list.rows, inner]);
    let mut out = x.device().buffer(count)?;
    if count == 0 {
        return Ok(out);
    }
    let (steps, places) = (list.steps(inner), list.places.in_order()?);
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
    list.check("scatter_add", [outer, inner], extent);
    assert!(
        list.rows == x.extents[axis],
        "scatter_add: {} places for {} rows",
        list.rows,
        x.extents[axis]
    );
    let (device, size) = (x.device(), counted("scatter_add", &[outer, extent, inner]));
    if size == 0 || x.size() == 0 {
        return device.zeros(size);
    }
    // Each result adds up the rows that are listed for it; where elements have places of their own, each is a row.
    let (sorting, [rows, extent, inner]) = if list.is_of_elements {
        let of_block = list.rows * inner;
        (Sorting::Elements { of_block, extent, inner, size }, [x.size(), size, 1])
    } else {
        (Sorting::Rows { extent }, [list.rows, extent, inner])
    };
    let sorted = list.places.sorted(sorting)?;
    let x_in_order = Contiguous::of(x)?;
    let mut out = device.buffer(size)?;
    let arguments = [
        Argument::write(&mut out),
        x_in_order.argument(),
        Argument::read(&sorted.starts),
        Argument::read(&sorted.order),
        long(size),
        long(rows),
        long(extent),
        long(inner),
    ];
    let name = by_size::<T>(["segment_sums_f32", "segment_sums_f64"]);
    // SAFETY: each result has a start and an end in the order, which lists rows of x.
    unsafe { run(device, &INDEXING, name, for_elements(device, size), &arguments) }?;
    Ok(out)
}
