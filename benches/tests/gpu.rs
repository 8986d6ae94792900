//! The workloads for GPUs, small, on an emulated one.

use wengert_benches::gpu::{Sizes, measure};
use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::launch::{Device, use_driver};

#[test]
fn all_workloads_run() {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(install()) };
    let driver = Driver::shared();
    let lines = measure(&Device::cuda(0).expect("an emulated device"), &Sizes::small());
    assert_eq!(driver.faults(), [""; 0]);
    let names: Vec<&str> = lines.iter().map(|line| &*line.name).collect();
    assert_eq!(names.len(), 18, "{names:?}");
    // The table in Python has lines of the same names, but for sizes.
    let script = include_str!("../pytorch_gpu.py");
    let stems = [
        "copy",
        "elementwise",
        "sum of",
        "max of",
        "softmax of",
        "layer norm of",
        "matmul",
        "MLP step, batch",
        "LeNet gradient, batch",
        "encoder block gradient",
    ];
    for name in names.iter().filter(|name| !name.starts_with("launch")) {
        let stem = stems.iter().find(|stem| name.starts_with(**stem));
        assert!(stem.is_some_and(|stem| script.contains(stem)), "{name}");
    }
}
