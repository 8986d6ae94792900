//! Operations on arrays in a device's memory: which kernel, how many blocks, and that it stays within the arrays. Not yet run on a
//! GPU.
//!
//! With the feature `cuda`. Arrays are given as [`View`]s, of any strides; results are new [`Buffer`]s of neighbouring elements in
//! row-major order. Nothing waits for the device: the little that is copied to it, lists of [`Places`], it reads later
//! ([`Buffer::write`]).
//!
//! # Errors
//! All functions return the driver's refusals: of memory, of a module, of a launch.
//!
//! # Panics
//! If arrays are on different devices, or their extents do not fit each other.

mod elementwise;
mod expression;
mod indexing;
mod lanes;
mod movement;
mod products;
mod random;
mod reduce;
mod windows;

pub use elementwise::{MOST_ARRAYS, Operand, elementwise};
pub use expression::Expression;
pub(crate) use expression::Form;
pub use indexing::{List, Places, gather, scatter_add};
pub use lanes::{
    Lanes, layer_norm, layer_norm_jacobian, log_softmax, log_sum_exp, recurrence, running, softmax,
};
pub use movement::{add_into, contiguous, copy_into, fill};
pub use products::matmul;
pub use random::{coins, normal, uniform};
pub use reduce::{Reduction, reduce};
pub use windows::{fold, pick, put, spread, unfold, window_sums, winners};

use crate::emit::Precision;
use crate::launch::{Argument, Buffer, Device, Dimensions, Error};
use crate::layout::fewest;
use crate::signature::{Module, Scalar};

/// A type of numbers that kernels compute with: `f32` and `f64`.
pub trait Float: Scalar {
    /// The same, for kernels that are written at run time.
    const KERNEL_PRECISION: Precision;
    /// What names of kernels end in.
    const KERNEL_SUFFIX: &'static str;
    /// The bits, the last ones those of a shorter number.
    fn kernel_bits(self) -> u64;
}

impl Float for f32 {
    const KERNEL_PRECISION: Precision = Precision::Single;
    const KERNEL_SUFFIX: &'static str = "f32";
    fn kernel_bits(self) -> u64 {
        self.to_bits().into()
    }
}

impl Float for f64 {
    const KERNEL_PRECISION: Precision = Precision::Double;
    const KERNEL_SUFFIX: &'static str = "f64";
    fn kernel_bits(self) -> u64 {
        self.to_bits()
    }
}

/// An array in a device's memory: extents, the steps along the axes, and where the first element is.
#[derive(Debug)]
pub struct View<'a, T: Scalar> {
    buffer: &'a Buffer<T>,
    first: usize,
    extents: &'a [usize],
    steps: &'a [isize],
}

impl<T: Scalar> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Scalar> Copy for View<'_, T> {}

/// The product of these: how many elements there are.
///
/// # Panics
/// If they are more than an `isize` can count.
#[track_caller]
fn counted(operation: &str, factors: &[usize]) -> usize {
    if factors.contains(&0) {
        return 0;
    }
    let product = factors.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    let product = product.filter(|&product| product <= isize::MAX as usize);
    product.unwrap_or_else(|| {
        panic!("{operation}: {factors:?} are too many elements to be counted; divide the arrays")
    })
}

/// Whether all places that extents and steps lead to are within `len` elements of memory, and are no more than can be counted.
fn fits(len: usize, first: usize, extents: &[usize], steps: &[isize]) -> bool {
    if extents.contains(&0) {
        return true;
    }
    let counted = extents.iter().try_fold(1_isize, |size, &n| size.checked_mul(n.try_into().ok()?));
    // (Products of two, and sums of a few of them, have place in 128 bits.)
    let (mut low, mut high) = (first as i128, first as i128);
    for (&n, &step) in extents.iter().zip(steps) {
        let last = (n as i128 - 1) * step as i128;
        low += last.min(0);
        high += last.max(0);
    }
    counted.is_some() && low >= 0 && high < len as i128
}

impl<'a, T: Scalar> View<'a, T> {
    /// The elements of a buffer that these extents and steps lead to from element number `first`.
    ///
    /// # Panics
    /// If some are outside of the buffer, there are not as many steps as extents, or more elements than an `isize` can count.
    #[track_caller]
    pub fn new(
        buffer: &'a Buffer<T>,
        first: usize,
        extents: &'a [usize],
        steps: &'a [isize],
    ) -> Self {
        assert!(
            extents.len() == steps.len() && fits(buffer.len(), first, extents, steps),
            "view: extents {extents:?} with steps {steps:?} from element {first} on are not within {buffer:?}"
        );
        View { buffer, first, extents, steps }
    }

    /// The device that the array is on.
    pub fn device(&self) -> &'a Device {
        self.buffer.device()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.extents.iter().product()
    }

    fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&n, &given) in self.extents.iter().zip(self.steps).rev() {
            if n != 1 && given != step {
                return self.size() == 0;
            }
            step *= n as isize;
        }
        true
    }

    /// The axes of these numbers, as few as there can be.
    fn axes(&self, of: impl Fn(usize) -> bool) -> Vec<(usize, [isize; 1])> {
        let axes = (0..self.extents.len()).filter(|&axis| of(axis));
        fewest(axes.map(|axis| (self.extents[axis], [self.steps[axis]])))
    }

    /// A copy with the axes in another order.
    fn reordered(&self, order: &[usize]) -> Result<Buffer<T>, Error> {
        let extents: Vec<usize> = order.iter().map(|&axis| self.extents[axis]).collect();
        let steps: Vec<isize> = order.iter().map(|&axis| self.steps[axis]).collect();
        contiguous(View { extents: &extents, steps: &steps, ..*self })
    }

    /// Memory for a kernel to read, from the first element on.
    fn argument(&self) -> Argument<'a> {
        Argument::read(self.buffer).from_element(self.first)
    }

    /// The same, where a kernel moves elements without knowing their type.
    fn bits(&self) -> Argument<'a> {
        Argument::read_bits(self.buffer).from_element(self.first)
    }
}

/// The array, or a copy of it, whose elements are neighbours in row-major order, and where the first is.
enum Contiguous<'a, T: Scalar> {
    View(View<'a, T>),
    Copy(Buffer<T>),
}

impl<'a, T: Scalar> Contiguous<'a, T> {
    fn of(x: View<'a, T>) -> Result<Self, Error> {
        Ok(if x.is_contiguous() { Contiguous::View(x) } else { Contiguous::Copy(contiguous(x)?) })
    }

    fn argument(&self) -> Argument<'_> {
        match self {
            Contiguous::View(x) => x.argument(),
            Contiguous::Copy(buffer) => Argument::read(buffer),
        }
    }

    fn bits(&self) -> Argument<'_> {
        match self {
            Contiguous::View(x) => x.bits(),
            Contiguous::Copy(buffer) => Argument::read_bits(buffer),
        }
    }
}

fn long(n: usize) -> Argument<'static> {
    Argument::number(n as i64)
}

fn step(n: isize) -> Argument<'static> {
    Argument::number(n as i64)
}

/// Enough blocks of 256 threads for a thread to take each element, or for the device to be busy.
fn for_elements(device: &Device, count: usize) -> Dimensions {
    Dimensions::of_elements(count, 32 * device.multiprocessors())
}

/// The kernel for elements of this size, of those for 4 and 8 bytes.
fn by_size<T: Scalar>([of_4, of_8]: [&'static str; 2]) -> &'static str {
    if size_of::<T>() == 4 { of_4 } else { of_8 }
}

/// Launches a kernel of a committed module.
///
/// # Safety
/// That of [`Function::launch`](crate::launch::Function::launch).
#[track_caller]
unsafe fn run(
    device: &Device,
    module: &'static Module,
    name: &str,
    dimensions: Dimensions,
    arguments: &[Argument<'_>],
) -> Result<(), Error> {
    let kernel = device.kernel(module, name)?;
    // SAFETY: the caller's promise.
    unsafe { kernel.launch(dimensions, arguments) }
}

#[track_caller]
fn same_device<T: Scalar, U: Scalar>(operation: &str, a: View<'_, T>, b: View<'_, U>) {
    assert!(
        a.device() == b.device(),
        "{operation}: one array is on {}, the other on {}; copy one to where the other is",
        a.device(),
        b.device()
    );
}
