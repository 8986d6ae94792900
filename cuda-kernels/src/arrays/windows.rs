//! Windows on planes, which are the last two axes of arrays.

use super::{Contiguous, Float, View, counted, for_elements, long, run, same_device};
use crate::kernels::{CONVOLUTION, POOLING};
use crate::launch::{Argument, Buffer, Error};
use crate::layout::Windows;
use crate::signature::Module;

/// An operation on stacks of planes: the kernel, and what a plane of its operands and of its result has.
struct OnPlanes {
    module: &'static Module,
    name: &'static str,
    from: i64,
    to: i64,
}

fn count(extents: [i64; 2]) -> i64 {
    extents[0].checked_mul(extents[1]).expect("extents of windows whose product can be counted")
}

impl OnPlanes {
    #[track_caller]
    fn of<T: Float>(
        &self,
        operands: &[View<'_, T>],
        lens: &[i64],
        windows: Windows,
    ) -> Result<Buffer<T>, Error> {
        let x = operands[0];
        let valid = windows.stride.iter().all(|&n| n > 0) && self.from > 0;
        assert!(valid, "{}: {windows:?}", self.name);
        let planes = x.size() / self.from as usize;
        for (y, &len) in operands.iter().zip(lens) {
            same_device(self.name, x, *y);
            assert!(
                y.size() == planes * len as usize,
                "{}: extents {:?} are not {planes} planes of {len} elements",
                self.name,
                y.extents
            );
        }
        let device = x.device();
        let size = counted(self.name, &[planes, self.to as usize]);
        let mut out = device.buffer(size)?;
        if size == 0 {
            return Ok(out);
        }
        let operands: Vec<Contiguous<'_, T>> =
            operands.iter().map(|&y| Contiguous::of(y)).collect::<Result<_, _>>()?;
        let mut arguments = vec![Argument::write(&mut out)];
        arguments.extend(operands.iter().map(Contiguous::argument));
        arguments.extend([long(size), Argument::structure(&windows)]);
        let name = format!("{}_{}", self.name, T::KERNEL_SUFFIX);
        // SAFETY: operands and result have the same number of planes, of as many elements as windows are for; the kernels look
        // only at what windows cover of a plane.
        unsafe { run(device, self.module, &name, for_elements(device, size), &arguments) }?;
        Ok(out)
    }
}

/// \[…, plane\] → \[…, taps, places\]: the element that each tap covers at each place, 0 if none.
#[track_caller]
pub fn unfold<T: Float>(x: View<'_, T>, windows: Windows) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.plane), count(windows.kernel) * count(windows.places));
    OnPlanes { module: &CONVOLUTION, name: "unfold", from, to }.of(&[x], &[from], windows)
}

/// The transpose of [`unfold`].
#[track_caller]
pub fn fold<T: Float>(x: View<'_, T>, windows: Windows) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.kernel) * count(windows.places), count(windows.plane));
    OnPlanes { module: &CONVOLUTION, name: "fold", from, to }.of(&[x], &[from], windows)
}

/// For each window the tap on its largest element, as a number: the first of several, and the first NaN if there is one. Each window
/// covers an element.
#[track_caller]
pub fn winners<T: Float>(x: View<'_, T>, windows: Windows) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.plane), count(windows.places));
    OnPlanes { module: &POOLING, name: "winners", from, to }.of(&[x], &[from], windows)
}

/// The element under the given tap of each window; NaN where it is none.
#[track_caller]
pub fn pick<T: Float>(
    x: View<'_, T>,
    taps: View<'_, T>,
    windows: Windows,
) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.plane), count(windows.places));
    OnPlanes { module: &POOLING, name: "pick", from, to }.of(&[x, taps], &[from, to], windows)
}

/// The transpose of [`pick`].
#[track_caller]
pub fn put<T: Float>(
    y: View<'_, T>,
    taps: View<'_, T>,
    windows: Windows,
) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.places), count(windows.plane));
    OnPlanes { module: &POOLING, name: "put", from, to }.of(&[y, taps], &[from, from], windows)
}

/// Σ over each window.
#[track_caller]
pub fn window_sums<T: Float>(x: View<'_, T>, windows: Windows) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.plane), count(windows.places));
    OnPlanes { module: &POOLING, name: "window_sums", from, to }.of(&[x], &[from], windows)
}

/// The transpose of [`window_sums`].
#[track_caller]
pub fn spread<T: Float>(y: View<'_, T>, windows: Windows) -> Result<Buffer<T>, Error> {
    let (from, to) = (count(windows.places), count(windows.plane));
    OnPlanes { module: &POOLING, name: "spread", from, to }.of(&[y], &[from], windows)
}
