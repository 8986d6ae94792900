//! The law of operations on a device, for every row of their table, on an emulated one; and faults that it finds.

use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::launch::use_driver;
use wengert_proptests::arrays::on_device::{BY_HOST, check, check_row};
use wengert_proptests::arrays::{Inputs, Row};
use wengert_tensor::*;

fn device() -> Device {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(install()) };
    let _ = Driver::shared();
    Device::cuda(0).expect("an emulated device")
}

#[test]
fn every_operation_is_the_same_on_a_device() {
    let report = check(&device());
    println!("{report}");
    let failures = report.failures();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(report.cases() > 1_000_000);
    assert_eq!(report.by_host.keys().copied().collect::<Vec<_>>(), BY_HOST);
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

/// Another function there than on the CPU.
fn planted(
    double: fn(Var<f64>, bool) -> Var<f64>,
    single: fn(Var<f32>, bool) -> Var<f32>,
) -> [usize; 3] {
    let is_there = |device: Device| device != Device::Cpu;
    let row = Row::new(
        "planted",
        Inputs::any(),
        move |x| double(x[0], is_there(x[0].device())),
        move |x| single(x[0], is_there(x[0].device())),
    );
    check_row(&row, &device()).double.map(|findings| findings.failures.len())
}

#[test]
fn faults_of_a_device_are_found() {
    fn right<T: Element>(x: Var<T>, _: bool) -> Var<T> {
        x.sin() * x
    }
    assert_eq!(planted(right, right), [0, 0, 0]);

    fn value<T: Element>(x: Var<T>, is_there: bool) -> Var<T> {
        if is_there { x.sin() + 1e-13 } else { x.sin() }
    }
    let [of_value, of_gradient, _] = planted(value, value);
    assert!(of_value > 0 && of_gradient > 0);

    // (The value is the same.)
    fn gradient<T: Element>(x: Var<T>, is_there: bool) -> Var<T> {
        if is_there { x.sin() + (x - x.detach()) * 1e-11 } else { x.sin() }
    }
    let [of_value, of_gradient, _] = planted(gradient, gradient);
    assert!(of_value == 0 && of_gradient > 0);

    fn second<T: Element>(x: Var<T>, is_there: bool) -> Var<T> {
        let deviation = x - x.detach();
        if is_there { x.sin() + deviation * deviation * 1e-10 } else { x.sin() }
    }
    let [of_value, of_gradient, of_second] = planted(second, second);
    assert!(of_value == 0 && of_gradient == 0 && of_second > 0);

    // What goes to the host and does not come back.
    fn lost<T: Element>(x: Var<T>, is_there: bool) -> Var<T> {
        if is_there { constant(&x.value().to(&Device::Cpu)) } else { constant(&x.value()) }
    }
    assert!(planted(lost, lost)[0] > 0);
}
