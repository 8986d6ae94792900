//! Array programs on a GPU: here an emulated one, which runs the same kernels (those that are written at run time, too) on the host.

use crate::checks::panic_message;
use wengert_autodiff::rules::log_sum_exp;
use wengert_cuda_emulation::{Driver, install};
use wengert_cuda_kernels::launch::use_driver;
use wengert_tensor::*;

/// The device that all tests share.
fn device() -> Device {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(install()) };
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

/// They are made of the same operations, for more elements.
#[test]
fn mapped_functions() {
    let x = Tensor::uniform([3, 4, 6], -1.0..1.0, 20);
    compare(&x, |x| vmap(|x| x.layer_norm(-1, 1e-2).softmax(0).matmul(x.transpose()), &x));
    compare(&x, |x| vmap(|x| x.gather(1, [[2, 0, 5]; 4]).cumsum(0), &x));
    compare(&x, |x| vmap(|x| gradient(&x, |x| (x * x.sum()).sin().sum()), &x));
    compare(&x, |x| {
        let filters = |x: Var<f64>| x.slice(1, ..2).reshape([1, 4, 2]);
        vmap(|x| x.conv1d(filters(x), Conv::new()).max_pool1d(2), &x)
    });
}

/// By one kernel where the axes can be taken as one, and composed of sums else; of any order.
#[test]
fn layer_norms() {
    let x = Tensor::uniform([3, 5, 4, 6], -1.0..3.0, 12);
    let weights = Tensor::uniform([3, 5, 4, 6], -1.0..1.0, 13);
    let weighted = |y: Var<f64>| {
        let device = y.device();
        y * constant(&weights.to(&device)) * y
    };
    for axes in [&[-1][..], &[1], &[-2, -1], &[0], &[0, 2, 3], &[0, 1, 2, 3]] {
        compare(&x, |x| weighted(x.layer_norm(axes, 1e-2)));
    }
    let device = device();
    let square = |x: Var<f64>| weighted(x.layer_norm(-1, 0.1)).sum();
    let there = hvp(square, &x.to(&device), &weights.to(&device));
    assert_close(&there, &hvp(square, &x, &weights));
    let both = |x: Var<f64>| x.layer_norm([-2, -1], 0.1);
    let (value, tangent) = jvp(both, &x, &weights);
    let (value_there, tangent_there) = jvp(both, &x.to(&device), &weights.to(&device));
    assert_close(&value_there, &value);
    assert_close(&tangent_there, &tangent);
    let made = measure_memory(|| x.to(&device).map(|x| x.layer_norm(1, 0.0))).1.by_operation;
    assert_eq!(made["layer_norm"].results, 1);
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

#[test]
fn results_that_are_numbers() {
    let (device, x) = (device(), Tensor::from([1.0, 2.0]));
    let there = x.to(&device);
    let number = evaluate(&there, |_| Var::from(3.0));
    assert_eq!((number.device(), number.item()), (device.clone(), 3.0));
    for slope in
        [gradient(&there, |x| (x * 0.0 + 1.0).powi(0).sum()), gradient(&there, |_| Var::from(3.0))]
    {
        assert_eq!((slope.device(), slope.to_vec()), (device.clone(), vec![0.0, 0.0]));
    }
    let (y, slope) = value_and_gradient(&there, |x| x.detach().sum());
    assert_eq!((y.device(), y.item()), (device.clone(), 3.0));
    assert_eq!((slope.device(), slope.to_vec()), (device, vec![0.0, 0.0]));
}

#[test]
fn numbers_that_change() {
    // One kernel for all of them, but those that programs contain.
    let x = Tensor::<f64>::uniform([33], 0.5..2.0, 8);
    for number in [0.0, -0.0, 1.0, 2.5, 0.1, -7.3, 1e300, 1e-320, f64::INFINITY, f64::NAN] {
        let here = evaluate(&x, |x| x * number + number);
        let there = evaluate(&x.to(&device()), |x| x * number + number);
        for (there, here) in there.to_vec().iter().zip(here.to_vec()) {
            assert!(
                there.to_bits() == here.to_bits() || there.is_nan() && here.is_nan(),
                "{number}"
            );
        }
    }
}

#[test]
fn compiled_functions() {
    let (device, x) = (device(), Tensor::uniform([4, 3], -1.0..1.0, 5));
    let program = |x: Var<f64>| {
        value_and_gradient(&x, |x| (x.tril(0).matmul(x.transpose()) / x.norm()).sum())
    };
    let mut here = compile(&x, program);
    let mut there = compile(&x.to(&device), program);
    for seed in 0..3 {
        let x = Tensor::uniform([4, 3], -1.0..1.0, seed);
        let ((y, slope), (y_there, slope_there)) = (here.call(&x), there.call(&x.to(&device)));
        assert_eq!((y_there.device(), slope_there.device()), (device.clone(), device.clone()));
        assert_close(&y_there, &y);
        assert_close(&slope_there, &slope);
    }
    let words = panic_message(|| there.call(&x));
    assert!(words.contains("is on cpu, and the function was compiled for cuda:0"), "{words}");
}

#[test]
fn whole_matrices_of_derivatives() {
    let (device, x) = (device(), Tensor::uniform([3], 0.5..1.5, 6));
    let f = |x: Var<f64>| x.outer(x).exp().sum_over(0);
    let there = jacobian(f, &x.to(&device));
    assert_eq!(there.device(), device);
    assert_close(&there, &jacobian(f, &x));
    let f = |x: Var<f64>| (x.prod() * x.norm()).sin();
    let there = hessian(f, &x.to(&device));
    assert_eq!(there.device(), device);
    assert_close(&there, &hessian(f, &x));
}

#[test]
fn gradients_of_parameters() {
    let (device, x) = (device(), Tensor::from([1.0, 2.0]));
    let mut parameter = Parameter::new(x.to(&device));
    assert_eq!(
        (parameter.gradient().device(), parameter.gradient().to_vec()),
        (device.clone(), vec![0.0; 2])
    );
    for _ in 0..2 {
        let collector = GradientCollector::new();
        let v = collector.var(&parameter);
        let y = (v * v).sum();
        collector.backward(y);
        collector.backward(y);
        drop(collector);
        let before = parameter.value().to_vec();
        assert_eq!(parameter.gradient().device(), device);
        assert_eq!(parameter.gradient().to_vec(), [4.0 * before[0], 4.0 * before[1]]);
        parameter.update(|x, slope| *x = &*x - &(slope * 0.125));
        assert_eq!(parameter.value().to_vec(), [before[0] / 2.0, before[1] / 2.0]);
        assert_eq!(parameter.value().device(), device);
    }
}

/// Twelve axes of which no two lie one in the other, some of them backwards.
fn scattered(x: &Tensor<f64>) -> Tensor<f64> {
    let x = x.reshape([2; 12]).flip([3, 8]);
    x.permute([11, 4, 7, 0, 9, 2, 5, 10, 1, 8, 3, 6]).slice_step(0, .., -1)
}

#[test]
fn any_number_of_axes() {
    let x = Tensor::uniform([4096], -1.0..1.0, 7);
    let (here, there) = (scattered(&x), scattered(&x.to(&device())));
    assert_eq!(here.to_vec(), there.contiguous().to_vec());
    let programs: [fn(Var<f64>) -> Var<f64>; 6] = [
        |x| x.sum_over([0, 2, 4, 6, 8, 10]).sin(),
        |x| x.amax_over([1]) * 2.0,
        |x| x * x.permute([1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]) + x.flip(5),
        |x| x.matmul(x.swap_axes(0, 9)).sum_over([1, 3, 5]),
        |x| x.reshape([64, 64]).softmax(0),
        |x| Var::concat(&[x, x.flip([0, 1, 2])], 6).slice_step(6, 1.., 2),
    ];
    for program in programs {
        let w = |y: Var<f64>| Tensor::uniform(y.shape(), -1.0..1.0, 1).to(&y.device());
        let loss = |x: Var<f64>| {
            let y = program(x);
            (y * constant(&w(y))).sum()
        };
        assert_close(&evaluate(&there, program), &evaluate(&here, program));
        assert_close(&gradient(&there, loss), &gradient(&here, loss));
    }
    // Parameters of a kernel have place for less.
    let shifted = |x: Var<f64>| {
        (0..36).map(|k| x.roll(k % 12, 1).flip((k + 1) % 12)).fold(x, |sum, x| sum * 0.5 + x)
    };
    assert_close(&evaluate(&there, shifted), &evaluate(&here, shifted));
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

#[test]
fn many_results_at_once() {
    let x = Tensor::uniform([70], -1.0..1.0, 9);
    let all = |x: &Tensor<f64>| {
        let tape = Tape::new();
        let x = tape.var(x);
        let each: Vec<Var<f64>> = (0..60).map(|k| (x * f64::from(k)).sin() + x).collect();
        // (A value in the middle keeps all that it was computed from.)
        let total = each.iter().fold(x, |sum, &y| sum + y).sum();
        let value = total.value();
        (value, each.iter().map(|y| y.value()).collect::<Vec<_>>())
    };
    let ((y, each), report) = measure_memory(|| all(&x.to(&device())));
    let (want_y, want_each) = all(&x);
    assert_close(&y, &want_y);
    each.iter().zip(&want_each).for_each(|(each, want)| assert_close(each, want));
    assert!(report.by_operation.values().all(|made| made.by_host == 0));
}

wengert_autodiff::rules! {
    /// Of our own.
    pub trait Ours;

    /// x⁴ + 1
    quartic(x) = Quartic {
        value: x * x * x * x + F::one(),
        partials: [x * x * x * R::lit(4.0)],
        smooth: true,
    }
}

/// A kernel takes some hundred arrays; the host takes any number.
#[test]
fn more_arrays_than_a_kernel_takes() {
    let x = Tensor::uniform([600, 3], -1.0..1.0, 13);
    let program = |x: Var<f64>| {
        let rows: Vec<Var<f64>> = (0..600).map(|k| x.at(k)).collect();
        (log_sum_exp(&rows) * rows.iter().map(|row| row.sin()).sum::<Var<f64>>()).sum()
    };
    let (want, want_slope) = value_and_gradient(&x, program);
    let (got, slope) = value_and_gradient(&x.to(&device()), program);
    assert_eq!((got.device(), slope.device()), (device(), device()));
    assert_close(&got, &want);
    assert_close(&slope, &want_slope);
}

#[test]
fn functions_of_ones_own() {
    let (device, x) = (device(), Tensor::uniform([5], -1.0..1.0, 10));
    let program = |x: Var<f64>| (x.sin().quartic() * x.exp()).sum();
    let ((y, slope), report) = measure_memory(|| value_and_gradient(&x.to(&device), program));
    assert_eq!((y.device(), slope.device()), (device.clone(), device));
    let (want_y, want_slope) = value_and_gradient(&x, program);
    assert_close(&y, &want_y);
    assert_close(&slope, &want_slope);
    // The host computes its value, and nothing else.
    let by_host = report.by_operation.iter().filter(|(_, made)| made.by_host > 0);
    assert_eq!(by_host.map(|(name, _)| *name).collect::<Vec<_>>(), ["quartic"]);
}

#[test]
fn windows_over_nothing() {
    let device = device();
    let filters = Tensor::uniform([2, 1, 2, 2], -1.0..1.0, 11);
    for images in [[0, 1, 3, 3], [1, 1, 0, 3]] {
        let images = Tensor::<f64>::zeros(images).contiguous();
        let program = |(x, f): (Var<f64>, Var<f64>)| x.conv2d(f, Conv::default().padding(1)).sin();
        let here = evaluate(&(images.clone(), filters.clone()), program);
        let there = (images.to(&device), filters.to(&device));
        assert_close(&evaluate(&there, program), &here);
        let loss = |x: (Var<f64>, Var<f64>)| program(x).sum();
        let (of_images, of_filters) = gradient(&there, loss);
        let want = gradient(&(images.clone(), filters.clone()), loss);
        assert_close(&of_images, &want.0);
        assert_close(&of_filters, &want.1);
        // (Windows of pooling have to cover an element.)
        if images.shape()[2] == 0 {
            continue;
        }
        let pooled = |x: Var<f64>| x.avg_pool2d(Pool::new([2, 2]).padding(1)) + 1.0;
        assert_close(&evaluate(&there.0, pooled), &evaluate(&images, pooled));
        assert_close(
            &gradient(&there.0, |x| pooled(x).sum()),
            &gradient(&images, |x| pooled(x).sum()),
        );
    }
}

#[test]
fn rearranged_tensors_stay() {
    let (device, x) = (device(), Tensor::uniform([3, 4], -1.0..1.0, 12));
    let there = x.to(&device);
    type Program = fn(&Tensor<f64>) -> Tensor<f64>;
    let programs: [Program; 7] = [
        |x| Tensor::concat(&[x.clone(), x.flip(0)], 1),
        |x| Tensor::stack(&[x.clone(), x.clone()], -1),
        |x| x.index_select(1, [3, 0, 3]),
        |x| x.sort(0).0,
        |x| x.top_k(1, 2).0,
        |x| x.transpose().contiguous().diagonal(0),
        |x| &(x * 2.0) - &x.map(|x| x.cumsum(0)),
    ];
    for program in programs {
        let result = program(&there);
        assert_eq!(result.device(), device);
        assert_close(&result, &program(&x));
    }
    assert!(there.to_string().ends_with("shape [3, 4], cuda:0 (Emulated 0), f64"), "{there}");
    assert_eq!((there.argmax(), there == x), (x.argmax(), true));
}

#[test]
fn mistakes_are_told() {
    let device = device();
    let (x, there) = (Tensor::from([1.0, 2.0]), Tensor::from([1.0, 2.0]).to(&device));
    let words = panic_message(|| evaluate(&there, |y| y + constant(&x)));
    assert!(
        words.starts_with("add: one operand is on cuda:0, another on cpu; copy one"),
        "{words}"
    );
    // The constant's remedy.
    assert_eq!(evaluate(&there, |y| y + constant(&x.to(&y.device()))).to_vec(), [2.0, 4.0]);
    let mistakes: [fn(&Tensor<f64>); 7] = [
        |x| _ = evaluate(x, |x| x + x.reshape([2, 1]).matmul(x.reshape([1, 2])).index(0, 5)),
        |x| _ = evaluate(x, |x| x.matmul(x.reshape([1, 2]))),
        |x| _ = evaluate(x, |x| x.index_select(0, [2])),
        |x| _ = evaluate(x, |x| x.slice(0, 1..1).amax()),
        |x| _ = evaluate(x, |x| x.reshape([3])),
        |x| _ = x.item(),
        |x| _ = evaluate(x, |x| x.reshape([2, 1]).cholesky()),
    ];
    for mistake in mistakes {
        assert_eq!(panic_message(|| mistake(&there)), panic_message(|| mistake(&x)));
    }
}
