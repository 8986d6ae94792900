//! The law of operations on a device, for every row of their table, on an emulated one.

use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::launch::use_driver;
use wengert_proptests::arrays::on_device::check;
use wengert_tensor::Device;

#[test]
fn every_operation_is_the_same_on_a_device() {
    use_driver(install());
    let driver = Driver::shared();
    let device = Device::cuda(0).expect("an emulated device");
    let report = check(&device);
    println!("{report}");
    let failures = report.failures();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(driver.faults(), [""; 0]);
}
