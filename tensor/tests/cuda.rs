//! Array programs on a GPU: here an emulated one, which runs the same kernels (those that are written at run time, too) on the host.

use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::launch::use_driver;
use wengert_tensor::*;

/// The device that all tests share.
fn device() -> Device {
    use_driver(install());
    let _ = Driver::shared();
    Device::cuda(0).expect("an emulated device")
}

#[track_caller]
fn assert_close(got: &Tensor<f64>, want: &Tensor<f64>) {
    assert_eq!(got.shape(), want.shape());
    for (got, want) in got.to_vec().into_iter().zip(want.to_vec()) {
        let bound = 1e-13 * want.abs().max(1.0);
        assert!((got - want).abs() <= bound || got.to_bits() == want.to_bits(), "{got} {want}");
    }
}

/// The same program on both devices, its value and its gradient.
#[track_caller]
fn compare(x: &Tensor<f64>, f: impl Fn(Var<f64>) -> Var<f64>) {
    let device = device();
    let (value, slope) = value_and_gradient(x, |x| f(x).sum());
    let (there, report) = measure_memory(|| value_and_gradient(&x.to(&device), |x| f(x).sum()));
    assert_eq!((there.0.device(), there.1.device()), (device.clone(), device));
    assert_close(&there.0, &value);
    assert_close(&there.1, &slope);
    let by_host: Vec<_> = report.by_operation.iter().filter(|(_, made)| made.by_host > 0).collect();
    assert!(by_host.is_empty(), "{by_host:?}");
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

#[test]
fn elementwise_programs() {
    let x = Tensor::uniform([7, 30], -2.0..2.0, 1);
    compare(&x, |x| (x.tanh() * x.sigmoid() + (-x * x).exp()) * 0.3);
    compare(&x, |x| x.greater(0.5).select(x.sin(), x * 2.0) / (x.abs() + 1.0));
    compare(&x, |x| (x - x.mean_keep(-1)).powi(2).sum_over(0).sqrt());
}

#[test]
fn products_and_sums() {
    let x = Tensor::uniform([5, 12, 9], -1.0..1.0, 2);
    compare(&x, |x| x.matmul(x.transpose()).sum_over([0, -1]));
    compare(&x, |x| x.amax_over(1) * x.amin_over(2).sum());
    compare(&x, |x| x.softmax(1).matmul(x.log_softmax(-1).transpose()).log_sum_exp_over(0));
}
