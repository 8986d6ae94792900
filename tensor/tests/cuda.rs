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

#[test]
fn convolutions_and_windows() {
    let x = Tensor::uniform([2, 4, 9, 8], -1.0..1.0, 3);
    let filters = Tensor::uniform([6, 2, 3, 3], -1.0..1.0, 4);
    let there = filters.to(&device());
    let conv = Conv::new().padding(1).stride(2).groups(2);
    let with = |filters: &Tensor<f64>, x: Var<f64>| {
        let filters = constant(filters);
        x.conv2d(filters, conv).tanh().max_pool2d(2) * x.avg_pool2d(4).sum()
    };
    let slope = gradient(&x, |x| with(&filters, x));
    assert_close(&gradient(&x.to(&device()), |x| with(&there, x)), &slope);
    let of_filters = gradient(&filters, |f| constant(&x).conv2d(f, conv).powi(2));
    let x = x.to(&device());
    assert_close(&gradient(&there, |f| constant(&x).conv2d(f, conv).powi(2)), &of_filters);
}

#[test]
fn places_and_scans() {
    let x = Tensor::uniform([6, 5], 0.5..1.5, 5);
    let list = Tensor::from([3, 0, 3, 5]);
    compare(&x, |x| x.index_select(0, &list).powi(3));
    compare(&x, |x| x.cumsum(0) * x.cumprod(1) + x.at((1..2, ..)));
    compare(&x, |x| {
        Var::concat(&[x, x.at((..2, ..)) * 2.0], 0)
            .transpose()
            .matmul(x.sum() + x.index_select(0, vec![0, 1, 2, 3, 4, 5, 0, 1]))
    });
}

#[test]
fn random_numbers_are_those_of_the_cpu() {
    let (here, there) = (Device::Cpu, device());
    let uniform = |device| Tensor::<f32>::uniform_on(device, [7, 30], -0.3..1.1, 5);
    assert_eq!(uniform(&here), uniform(&there));
    assert_eq!(uniform(&there).device(), there);
    let normal = |device| Tensor::normal_on(device, [7, 30], 1.0, 2.0, 5);
    assert_close(&normal(&there), &normal(&here));
    let x = Tensor::<f64>::ones([100]);
    assert_eq!(x.to(&there).map(|x| x.dropout(0.3, 1)), x.map(|x| x.dropout(0.3, 1)));
}

#[test]
fn products_of_rounded_operands() {
    let a = Tensor::<f32>::uniform([70, 50], -1.0..1.0, 1);
    let b = Tensor::<f32>::uniform([50, 90], -1.0..1.0, 2);
    let exact = a.matmul(&b);
    let (a, b) = (a.to(&device()), b.to(&device()));
    let errors = [MatmulPrecision::Full, MatmulPrecision::Tf32, MatmulPrecision::Bf16].map(|p| {
        let difference = p.within(|| a.matmul(&b)).to(&Device::Cpu);
        (&difference - &exact).map(|x| x.abs().amax()).item()
    });
    // Terms of a quarter on average, each of two rounded factors, and 50 of them added up one by one.
    let size = 50.0 / 4.0;
    for (error, unit) in errors.into_iter().zip([0.0, 2.0_f32.powi(-11), 2.0_f32.powi(-8)]) {
        let bound = size * (2.0 * unit + 50.0 * f32::EPSILON / 2.0);
        assert!(error > 0.0 && error < bound, "{error} {bound}");
    }
    assert!(errors[0] < errors[1] && errors[1] < errors[2], "{errors:?}");
}

#[test]
#[should_panic(
    expected = "mul: one operand is on cuda:0, another on cpu; copy one to where the other is"
)]
fn operands_on_two_devices_are_refused() {
    let here = Tensor::from([1.0, 2.0]);
    let there = here.to(&device());
    let _ = evaluate(&there, |x| x * constant(&here));
}

#[test]
#[should_panic(expected = "as_mut_slice: the tensor is on cuda:0 (Emulated 0)")]
fn elements_on_a_device_are_not_changed_in_place() {
    Tensor::from([1.0]).to(&device()).as_mut_slice()[0] = 2.0;
}

#[test]
fn compiled_functions_of_every_order() {
    let x = Tensor::uniform([6], -1.0..1.0, 8);
    let there = x.to(&device());
    let f = |x: Var<f64>| (x.tanh() * x.sum()).norm();
    let want = hessian(f, &x);
    let mut compiled = compile(&there, |x| hessian(f, &x));
    assert_close(&compiled.call(&there), &want);
    assert_close(&hessian(f, &there), &want);
    assert_eq!(compiled.call(&there).device(), device());
    let unused = gradient(&(there.clone(), there), |(x, _)| x.sum());
    assert_eq!((unused.0.device(), unused.1.device()), (device(), device()));
}
