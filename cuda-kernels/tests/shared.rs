//! One driver and one device for all tests of a process, which is how the tests of other crates use them.

use std::sync::LazyLock;
use std::thread;

use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::kernels::COPY;
use wengert_cuda_kernels::launch::{Argument, Device, Dimensions, Function, use_driver};
use wengert_cuda_kernels::signature::{Parameter, Type};
use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};

/// Open as long as the process runs.
static DEVICE: LazyLock<Device> = LazyLock::new(|| {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(install()) };
    Driver::shared();
    Device::cuda(0).expect("a device")
});

/// x² + `constant`: a text for each.
fn square_plus(constant: f64) -> Function {
    let graph = Graph::record(1, |x| vec![x[0] * x[0] + constant]);
    let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
    let precision = Precision::Double;
    let kernel =
        Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: true };
    let ptx = kernel.ptx().expect("a row has a value");
    let [number, read, write] =
        [Parameter::Value(Type::U64), Parameter::Read(Type::F64), Parameter::Write(Type::F64)];
    DEVICE.assemble(&ptx, Kernel::ENTRY, &[number, read, write]).expect("a module")
}

fn squares_plus(count: usize, constant: f64) {
    let x: Vec<f64> = (0..count).map(|k| k as f64).collect();
    let (from, mut to) = (DEVICE.upload(&x).unwrap(), DEVICE.buffer::<f64>(count).unwrap());
    let arguments =
        [Argument::number(count as u64), Argument::read(&from), Argument::write(&mut to)];
    // SAFETY: both have as many elements.
    unsafe { square_plus(constant).launch(Dimensions::of_elements(count, 8), &arguments) }.unwrap();
    let expected: Vec<f64> = x.iter().map(|x| x * x + constant).collect();
    assert_eq!(to.read().unwrap(), expected);
}

fn sevens(count: usize) {
    let mut to = DEVICE.buffer::<u32>(count).unwrap();
    let fill = DEVICE.kernel(&COPY, "fill_4").unwrap();
    let arguments =
        [Argument::write(&mut to), Argument::number(count as i64), Argument::number(7_u32)];
    // SAFETY: there are as many elements.
    unsafe { fill.launch(Dimensions::of_elements(count, 8), &arguments) }.unwrap();
    assert_eq!(to.read().unwrap(), vec![7; count]);
}

/// The calls of this thread.
fn launches() -> Vec<String> {
    let calls = Driver::shared().calls_of("cuLaunchKernel");
    let mine = calls.into_iter().filter(|call| call.thread == thread::current().id());
    mine.map(|call| call.kernel).collect()
}

#[test]
fn one_after_the_other() {
    squares_plus(1000, 1.0);
    sevens(1000);
    squares_plus(77, 2.0);
    assert_eq!(launches(), [Kernel::ENTRY, "fill_4", Kernel::ENTRY]);
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

#[test]
fn on_several_threads() {
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                for k in 0..20 {
                    squares_plus(100 * number + k, k as f64);
                    sevens(50 * number + k);
                }
                // (Without elements there is a launch, too.)
                assert_eq!(launches().len(), 40);
            });
        }
    });
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

#[test]
#[should_panic(expected = "Driver::new: tests of this process share the driver")]
fn a_shared_driver_is_not_taken_alone() {
    let _ = Driver::shared();
    let _ = Driver::new();
}
