use super::{Contiguous, Float, View, long, run};
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

    /// Blocks in which neighbouring threads read neighbouring elements.
    fn dimensions(self) -> Dimensions {
        let [lanes, threads] = match (self.inner, self.length) {
            (_, ..16) => [256, 1],
            (1, 128..) => [1, 256],
            (1, _) => [8, 32],
            _ => [32, 8],
        };
        let grid = [self.count.div_ceil(lanes as usize) as u32, 1, 1];
        Dimensions { grid, block: [lanes, threads, 1] }
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
    launch(&LANES, name, &[x], lanes, x.size(), lanes.dimensions(), &lanes.numbers())
}

/// max + ln Σ exp(x − max), one number for each lane; −∞ of none.
#[track_caller]
pub fn log_sum_exp<T: Float>(x: View<'_, T>, axis: usize) -> Result<Buffer<T>, Error> {
    let lanes = Lanes::along(x.extents, axis);
    let dimensions = lanes.dimensions();
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
    // Few long lanes take a block each, many a thread.
    if lanes.length >= 64 && lanes.count < 64 * x.device().multiprocessors() {
        let dimensions = Dimensions { grid: [lanes.count as u32, 1, 1], block: [256, 1, 1] };
        let last = [long(lanes.length), long(lanes.inner), backward];
        return launch(&SCAN, &format!("long_{what}"), &[x], lanes, x.size(), dimensions, &last);
    }
    let dimensions = Dimensions::of_elements(lanes.count, usize::MAX);
    let [count, length, inner] = lanes.numbers();
    let last = [count, length, inner, backward];
    launch(&SCAN, &format!("cumulative_{what}"), &[x], lanes, x.size(), dimensions, &last)
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
