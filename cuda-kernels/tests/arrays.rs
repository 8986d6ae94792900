//! What operations on arrays in a device's memory refuse.

use wengert_cuda_emulation::{Driver, lookup};
use wengert_cuda_kernels::arrays::{Expression, MOST_ARRAYS, Operand, View, elementwise};
use wengert_cuda_kernels::launch::{Device, use_driver};
use wengert_cuda_kernels::{Graph, Output};

fn device() -> Device {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(lookup) };
    Driver::shared();
    Device::cuda(0).expect("an emulated device")
}

#[test]
#[should_panic(expected = "are not within")]
fn places_outside_of_memory() {
    let x = device().upload(&[1.0, 2.0, 3.0]).expect("memory");
    View::new(&x, 1, &[2, 2], &[1, 1]);
}

/// The last place is 2⁶⁴ elements away, which 64 bits take for 0.
#[test]
#[should_panic(expected = "are not within")]
fn places_that_cannot_be_counted() {
    let x = device().upload(&[1.0]).expect("memory");
    View::new(&x, 0, &[(1 << 32) + 1], &[1 << 32]);
}

#[test]
#[should_panic(expected = "are not within")]
fn elements_that_cannot_be_counted() {
    let x = device().upload(&[1.0]).expect("memory");
    View::new(&x, 0, &[1 << 32, 1 << 32], &[0, 0]);
}

#[test]
#[should_panic(expected = "600 operands and 1 results; a kernel has parameters for 499 of both")]
fn more_arrays_than_a_kernel_takes() {
    assert_eq!(MOST_ARRAYS, 499);
    let device = device();
    let x = device.upload(&[1.0]).expect("memory");
    let operands = vec![Operand::Array(View::new(&x, 0, &[1], &[1])); 600];
    let sum = Expression::from(Graph::record(600, |x| vec![x[0] + x[599]]));
    let _ = elementwise(&device, &sum, &[1], &operands, &[Output::Array]);
}
