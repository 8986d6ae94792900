//! dfdx, whose shapes are types.

use dfdx::data::OneHotEncode;
use dfdx::optim::{Momentum, Sgd, SgdConfig};
use dfdx::prelude::*;

use crate::{LEARNING_RATE, classes, time, wave};

type Large = ((Linear<784, 512>, Tanh), (Linear<512, 512>, Tanh), Linear<512, 10>);
type Small = ((Linear<8, 16>, Tanh), (Linear<16, 16>, Tanh), Linear<16, 1>);

/// A constant, of numbers that look random.
fn data<S: Shape>(device: &Cpu, shape: S) -> Tensor<S, f32, Cpu> {
    let numbers: Vec<f32> = wave(shape.num_elements()).map(|x| x as f32).collect();
    device.tensor_from_vec(numbers, shape)
}

fn sgd<M>(model: &M) -> Sgd<M, f32, Cpu> {
    let (lr, momentum, weight_decay) = (LEARNING_RATE, None::<Momentum>, None);
    Sgd::new(model, SgdConfig { lr, momentum, weight_decay })
}

fn elementwise(n: usize) -> Option<f64> {
    let device = Cpu::default();
    let x = data(&device, (n,));
    time(|| {
        let traced = || x.leaky_trace();
        let y = traced().tanh() * traced().sigmoid() + (-traced() * x.clone()).exp();
        let _ = y.sum::<Rank0, _>().backward();
    })
}

fn large_network() -> Option<f64> {
    let device = Cpu::default();
    let mut model = device.build_module::<Large, f32>();
    let (mut optimizer, mut slopes) = (sgd(&model), model.alloc_grads());
    let x = data(&device, (Const::<128>, Const::<784>));
    let classes: Vec<usize> = classes(128).collect();
    let targets = device.one_hot_encode(Const::<10>, classes).realize::<(Const<128>, Const<10>)>();
    time(|| {
        let logits = model.forward_mut(x.trace(std::mem::replace(&mut slopes, Gradients::leaky())));
        let loss = cross_entropy_with_logits_loss(logits, targets.clone());
        slopes = loss.backward();
        optimizer.update(&mut model, &slopes).expect("all are used");
        model.zero_grads(&mut slopes);
    })
}

fn small_network<const BATCH: usize>() -> Option<f64> {
    let device = Cpu::default();
    let mut model = device.build_module::<Small, f32>();
    let (mut optimizer, mut slopes) = (sgd(&model), model.alloc_grads());
    let x = data(&device, (Const::<BATCH>, Const::<8>));
    let y = data(&device, (Const::<BATCH>, Const::<1>));
    time(|| {
        let found = model.forward_mut(x.trace(std::mem::replace(&mut slopes, Gradients::leaky())));
        slopes = mse_loss(found, y.clone()).backward();
        optimizer.update(&mut model, &slopes).expect("all are used");
        model.zero_grads(&mut slopes);
    })
}

fn logistic_regression() -> Option<f64> {
    let device = Cpu::default();
    let double = |n: usize| wave(n).collect::<Vec<f64>>();
    let x = device.tensor_from_vec(double(10_000_000), (Const::<100_000>, Const::<100>));
    let labels = device.tensor_from_vec(
        double(100_000).into_iter().map(f64::signum).collect(),
        (Const::<100_000>,),
    );
    let w = device.tensor_from_vec(double(100), (Const::<100>,));
    // ln(1 + eᶻ) = max(z, 0) + ln(1 + e^(−|z|))
    time(|| {
        let z = (-(w.leaky_trace().matmul(x.clone().permute::<Rank2<100, 100_000>, _>()))) * labels.clone();
        let soft = z.with_empty_tape().abs().negate().exp() + 1.0;
        let _ = (z.relu() + soft.ln()).mean::<Rank0, _>().backward();
    })
}

/// The median microseconds of a workload.
pub fn measure(name: &str, numbers: &[usize]) -> Option<f64> {
    match (name, numbers) {
        ("a", &[n]) => elementwise(n),
        ("b", []) => large_network(),
        ("c", &[1]) => small_network::<1>(),
        ("c", &[32]) => small_network::<32>(),
        ("e", []) => logistic_regression(),
        _ => None,
    }
}
