//! The hand-written kernels, launched through the launch layer, against references and the CPU crate: compiled for the host, and
//! (`by_ptx.rs`) as the PTX says that is committed.
//!
//! Each launch runs under three orders of blocks and threads, whose results have to be the same, bit by bit; memory is
//! full of NaNs before, and surrounded by what may not be touched.

mod copy;
mod indexing;
mod lanes;
mod matmul;
mod random;
mod reduce;
mod scan;
mod windows;

use wengert_cuda_emulation::{Driver, install, lookup};
use wengert_cuda_kernels::launch::{Argument, Buffer, Device, Dimensions, use_driver};
use wengert_cuda_kernels::signature::{Module, Scalar};

/// Whether this is not the program of its own, but a module of `by_ptx.rs`, where kernels are not compiled for the host.
fn is_by_ptx() -> bool {
    module_path!().starts_with("by_ptx")
}

/// A device on the host, for one test at a time.
struct Emulated {
    device: Device,
    driver: Driver,
}

impl Emulated {
    fn new() -> Self {
        // SAFETY: the emulated driver's functions take, and do, what the driver's do.
        unsafe { use_driver(if is_by_ptx() { lookup } else { install() }) };
        let driver = Driver::new();
        Emulated { device: Device::cuda(0).expect("a device"), driver }
    }

    /// A copy of these elements, the last of which is the last of the memory: what reaches past it is found.
    fn upload<T: Scalar + Bits>(&self, x: &[T]) -> Input<T> {
        let all = capacity::<T>(x.len());
        let nothing = T::from_bits_of(u64::MAX);
        let padded = [&vec![nothing; all - x.len()][..], x].concat();
        Input { buffer: self.device.upload(&padded).expect("memory"), first: all - x.len() }
    }

    /// What a kernel makes of `out`, its first argument.
    #[track_caller]
    fn run<T: Scalar + Bits>(
        &self,
        module: &'static Module,
        name: &str,
        dimensions: Dimensions,
        out: Out<'_, T>,
        arguments: &[Argument<'_>],
    ) -> Vec<T> {
        let function = self.device.kernel(module, name).expect("a kernel");
        let results: Vec<Vec<T>> = (0..4)
            .map(|seed| {
                self.driver.set_seed(seed);
                let Input { mut buffer, first } = match out {
                    Out::Anything(len) => self.upload(&vec![T::from_bits_of(u64::MAX); len]),
                    Out::Is(x) => self.upload(x),
                };
                let write = Argument::write(&mut buffer).from_element(first);
                // SAFETY: what reaches outside of memory is on the host, and is found there.
                unsafe { function.launch(dimensions, &[&[write], arguments].concat()) }
                    .expect("a launch");
                let mut result = buffer.read().expect("a result");
                drop(buffer);
                // (Also looks at what surrounds the memory.)
                self.device.release().expect("nothing fails");
                let before =
                    result.drain(..first).all(|x| x.bits() == T::from_bits_of(u64::MAX).bits());
                assert!(before, "{name} writes before its result");
                result
            })
            .collect();
        assert_eq!(self.driver.faults(), [""; 0], "{name}");
        for other in &results[1..] {
            let bits = |x: &[T]| x.iter().map(|x| x.bits()).collect::<Vec<_>>();
            assert!(bits(&results[0]) == bits(other), "{name} depends on the order of threads");
        }
        results.into_iter().next().expect("at least one")
    }
}

/// Elements at the end of a piece of memory.
struct Input<T: Scalar> {
    buffer: Buffer<T>,
    first: usize,
}

fn read<T: Scalar>(x: &Input<T>) -> Argument<'_> {
    Argument::read(&x.buffer).from_element(x.first)
}

/// How many elements fill the memory that is taken for `len`: a power of two of bytes, which is not rounded up.
fn capacity<T>(len: usize) -> usize {
    (len * size_of::<T>()).next_power_of_two().max(512) / size_of::<T>()
}

/// What is in the memory that a kernel writes, before.
#[derive(Clone, Copy)]
enum Out<'a, T> {
    /// As many elements, all of them NaN.
    Anything(usize),
    Is(&'a [T]),
}

trait Bits {
    fn bits(&self) -> u64;
    /// The number of the first of these bits.
    fn from_bits_of(bits: u64) -> Self;
}

macro_rules! bits {
    ($($T:ident)*) => {$(
        impl Bits for $T {
            fn bits(&self) -> u64 {
                u64::from_le_bytes({
                    let mut bytes = [0; 8];
                    bytes[..size_of::<$T>()].copy_from_slice(&self.to_le_bytes());
                    bytes
                })
            }
            fn from_bits_of(bits: u64) -> Self {
                let bytes = bits.to_le_bytes();
                $T::from_le_bytes(bytes[..size_of::<$T>()].try_into().expect("as many"))
            }
        }
    )*};
}
bits! { f32 f64 u32 u64 }

/// The numbers that kernels compute with.
trait Float: Scalar + Bits + Into<f64> + PartialEq + core::fmt::Debug {
    const SUFFIX: &'static str;
    const EPSILON: f64;
    fn of(x: f64) -> Self;
}

impl Float for f32 {
    const SUFFIX: &'static str = "f32";
    const EPSILON: f64 = f32::EPSILON as f64;
    fn of(x: f64) -> Self {
        x as f32
    }
}

impl Float for f64 {
    const SUFFIX: &'static str = "f64";
    const EPSILON: f64 = f64::EPSILON;
    fn of(x: f64) -> Self {
        x
    }
}

/// Numbers from a simple generator: the same each time.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    /// Numbers between −1 and 1.
    fn numbers<T: Float>(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| T::of(self.next() as f64 / (1_u64 << 30) as f64 - 1.0)).collect()
    }
}

/// Equal, or both NaN.
fn same<T: Float>(a: T, b: T) -> bool {
    a == b || (a.into().is_nan() && b.into().is_nan())
}

#[track_caller]
fn assert_close<T: Float>(found: &[T], expected: &[f64], tolerance: impl Fn(usize) -> f64) {
    assert_eq!(found.len(), expected.len());
    for (k, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let found: f64 = found.into();
        let is_close = (found - expected).abs() <= tolerance(k) || found == expected;
        assert!(is_close || (found.is_nan() && expected.is_nan()), "{k}: {found} for {expected}");
    }
}

/// All indices of an array with these extents, in row-major order.
fn indices(extents: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &extent in extents {
        all = (all.iter())
            .flat_map(|index| (0..extent).map(move |k| [&index[..], &[k]].concat()))
            .collect();
    }
    all
}

/// Row-major steps.
fn steps(extents: &[usize]) -> Vec<isize> {
    let mut steps = vec![1; extents.len()];
    for axis in (1..extents.len()).rev() {
        steps[axis - 1] = steps[axis] * extents[axis] as isize;
    }
    steps
}
