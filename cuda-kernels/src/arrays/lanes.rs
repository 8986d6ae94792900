use super::{Contiguous, Float, View, contiguous, long, run};
use crate::kernels::{LANES, SCAN};
use crate::launch::{Argument, Buffer, Dimensions, Error};
use crate::signature::Module;

/// Which lanes of an array: those along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// How many there are.
    pub count: usize,
    /// The extent of the axis.
    pub length: usize,
    /// How many elements the axes after it have.
    pub inner: usize,
}

impl Lanes {
    /// The lanes along an axis of an array with these extents.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn along(extents: &[usize], axis: usize) -> Self {
        let (outer, inner) = (extents[..axis].iter(), extents[axis + 1..].iter().product());
        Lanes { count: outer.product::<usize>() * inner, length: extents[axis], inner }
    }

    fn numbers(self) -> [Argument<'static>; 3] {
        [self.count, self.length, self.inner].map(long)
    }

    /// Blocks in which neighbouring threads read neighbouring elements, for kernels of [`LANES`].
    ///
    /// ```
    /// use wengert_cuda_kernels::arrays::Lanes;
    /// let block = |extents: &[usize], axis| Lanes::along(extents, axis).dimensions(132).block;
    /// // A thread holds 8 elements: rows of 512 take two warps, and a block has four such rows.
    /// assert_eq!(block(&[5000, 512], 1), [64, 4, 1]);
    /// // Columns are 8 to a block where there would be too few blocks of 32.
    /// assert_eq!(block(&[1024, 50_000], 0), [32, 8, 1]);
    /// assert_eq!(block(&[1024, 4096], 0), [8, 32, 1]);
    /// ```
    pub fn dimensions(self, multiprocessors: usize) -> Dimensions {
        const THREADS: usize = 256;
        const PER_THREAD: usize = 8;
        let wanted = self.length.div_ceil(PER_THREAD).max(1).next_power_of_two();
        let (lanes, block) = if self.inner == 1 {
            let threads = wanted.min(THREADS);
            (THREADS / threads, [threads, THREADS / threads])
        } else {
            let is_enough = self.count >= 32 * 4 * multiprocessors;
            let threads = wanted.min(if is_enough { THREADS / 32 } else { THREADS / 8 });
            (THREADS / threads, [THREADS / threads, threads])
        };
        let [x, y] = block.map(|n| n as u32);
        Dimensions { grid: [self.count.div_ceil(lanes) as u32, 1, 1], block: [x, y, 1] }
    }
}

/// Launches a kernel whose arguments are the result, arrays of neighbouring elements, the lanes, and `last`.
fn launch<T: Float>(
    module: &'static Module,
    name: &str,
    arrays: &[View<'_, T>],
    lanes: Lanes,
    len: usize,
    dimensions: Dimensions,
    last: &[Argument<'_>],
) -> Result<Buffer<T>, Error> {
    let device = arrays[0].device();
    for x in arrays {
        super::same_device(name, arrays[0], *x);
        assert!(
            x.size() == lanes.count * lanes.length,
            "{name}: {lanes:?} of extents {:?}",
            x.extents
        );
    }
    let mut out = device.buffer(len)?;
    if len == 0 {
        return Ok(out);
    }
    let arrays: Vec<Contiguous<'_, T>> =
        arrays.iter().map(|&x| Contiguous::of(x)).collect::<Result<_, _>>()?;
    let mut arguments = vec![Argument::write(&mut out)];
    arguments.extend(arrays.iter().map(Contiguous::argument));
    arguments.extend_from_slice(last);
    let name = format!("{name}_{}", T::KERNEL_SUFFIX);
    // SAFETY: the arrays have the elements of all lanes, and the result as many as its caller knows the kernel to write.
    unsafe { run(device, module, &name, dimensions, &arguments) }?;
    Ok(out)
}

/// exp(x − max) / Σ exp(x − max) along each lane.
#[track_caller]
pub fn softmax<T: Float>(x: View<'_, T>, axis: usize) -> Result<Buffer<T>, Error> {
    of_lanes("softmax", x, axis)
}

/// x − max − ln Σ exp(x − max) along each lane.
#[track_caller]
pub fn log_softmax<T: Float>(x: View<'_, T>, axis: usize) -> Result<Buffer<T>, Error> {
    of_lanes("log_softmax", x, axis)
}

#[track_caller]
fn of_lanes<T: Float>(name: &str, x: View<'_, T>, axis: usize) -> Result<Buffer<T>, Error> {
    let lanes = Lanes::along(x.extents, axis);
    let dimensions = lanes.dimensions(x.device().multiprocessors());
    launch(&LANES, name, &[x], lanes, x.size(), dimensions, &lanes.numbers())
}

/// (x − mean) / √(variance + epsilon) along each lane, with the variance Σ(x − mean)²/length.
#[track_caller]
pub fn layer_norm<T: Float>(x: View<'_, T>, axis: usize, epsilon: f64) -> Result<Buffer<T>, Error> {
    normed("layer_norm", &[x], axis, epsilon)
}

/// v times the Jacobian of [`layer_norm`], y(x), which is symmetric: (v − mean v − y · mean(v · y)) / √(variance + epsilon).
#[track_caller]
pub fn layer_norm_jacobian<T: Float>(
    x: View<'_, T>,
    v: View<'_, T>,
    axis: usize,
    epsilon: f64,
) -> Result<Buffer<T>, Error> {
    normed("layer_norm_jacobian", &[x, v], axis, epsilon)
}

#[track_caller]
fn normed<T: Float>(
    name: &str,
    arrays: &[View<'_, T>],
    axis: usize,
    epsilon: f64,
) -> Result<Buffer<T>, Error> {
    let x = arrays[0];
    let lanes = Lanes::along(x.extents, axis);
    let dimensions = lanes.dimensions(x.device().multiprocessors());
    let [count, length, inner] = lanes.numbers();
    let last = [count, length, inner, Argument::number(epsilon)];
    launch(&LANES, name, arrays, lanes, x.size(), dimensions, &last)
}

/// max + ln Σ exp(x − max), one number for each lane; −∞ of none.
#[track_caller]
pub fn log_sum_exp<T: Float>(x: View<'_, T>, axis: usize) -> Result<Buffer<T>, Error> {
    let lanes = Lanes::along(x.extents, axis);
    let dimensions = lanes.dimensions(x.device().multiprocessors());
    launch(&LANES, "log_sum_exp", &[x], lanes, lanes.count, dimensions, &lanes.numbers())
}

/// Sums (or products) of all elements so far along each lane, from its end if it goes `backward`.
#[track_caller]
pub fn running<T: Float>(
    x: View<'_, T>,
    axis: usize,
    is_product: bool,
    backward: bool,
) -> Result<Buffer<T>, Error> {
    let lanes = Lanes::along(x.extents, axis);
    let backward = Argument::number(i32::from(backward));
    let what = if is_product { "prod" } else { "sum" };
    // Few long lanes take a block each, or several; many a thread.
    let multiprocessors = x.device().multiprocessors();
    if lanes.length >= 64 && lanes.count > 0 && lanes.count < 64 * multiprocessors {
        return running_by_parts(x, lanes, what, backward, 4 * multiprocessors / lanes.count);
    }
    let dimensions = Dimensions::of_elements(lanes.count, usize::MAX);
    let [count, length, inner] = lanes.numbers();
    let last = [count, length, inner, backward];
    launch(&SCAN, &format!("cumulative_{what}"), &[x], lanes, x.size(), dimensions, &last)
}

/// [`running`] by blocks, in at most so many parts of each lane: their totals, sums of these, and what is within each part.
fn running_by_parts<T: Float>(
    x: View<'_, T>,
    lanes: Lanes,
    what: &str,
    backward: Argument<'_>,
    most: usize,
) -> Result<Buffer<T>, Error> {
    // (A part is worth a block.)
    let each = lanes.length.div_ceil(most.max(1)).max(2048).next_multiple_of(256);
    let parts = lanes.length.div_ceil(each);
    let copy;
    let x = if x.is_contiguous() {
        x
    } else {
        copy = contiguous(x)?;
        View { buffer: &copy, first: 0, extents: &[x.size()], steps: &[1] }
    };
    let grid = [lanes.count as u32, parts as u32, 1];
    let last = [long(lanes.length), long(lanes.inner), long(each), backward];
    let before = if parts == 1 {
        None
    } else {
        let dimensions = Dimensions { grid, block: [1, 256, 1] };
        let name = format!("part_totals_{what}");
        let totals = launch(&SCAN, &name, &[x], lanes, lanes.count * parts, dimensions, &last)?;
        let (extents, steps) = ([lanes.count, parts], [parts as isize, 1]);
        Some(running(View::new(&totals, 0, &extents, &steps), 1, what == "prod", false)?)
    };
    let before = before.as_ref().map_or(x.argument(), Argument::read);
    let dimensions = Dimensions { grid, block: [256, 1, 1] };
    let last = [&[before], &last[..]].concat();
    launch(&SCAN, &format!("long_{what}"), &[x], lanes, x.size(), dimensions, &last)
}

/// y\[k\] = a\[k\] · y\[k − 1\] + b\[k\] along each lane, from 0, or from its end if it goes `backward`; a factor of exactly 0 takes even
/// what is infinite or NaN to 0.
#[track_caller]
pub fn recurrence<T: Float>(
    a: View<'_, T>,
    b: View<'_, T>,
    axis: usize,
    backward: bool,
) -> Result<Buffer<T>, Error> {
    let lanes = Lanes::along(b.extents, axis);
    let dimensions = Dimensions::of_elements(lanes.count, usize::MAX);
    let [count, length, inner] = lanes.numbers();
    let last = [count, length, inner, Argument::number(i32::from(backward))];
    launch(&SCAN, "recurrence", &[a, b], lanes, b.size(), dimensions, &last)
}
