//! burn, on its own processor backend.

use burn::tensor::activation::{gelu, log_softmax, sigmoid, softplus, softmax, tanh};
use burn::tensor::module::{conv2d, layer_norm, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use crate::{LARGE, LEARNING_RATE, SMALL, classes, time, wave};

/// A constant, of numbers that look random.
fn data<const D: usize>(shape: [usize; D], scale: f64) -> Tensor<D> {
    let numbers: Vec<f32> = wave(shape.iter().product()).map(|x| (x * scale) as f32).collect();
    Tensor::from_data(TensorData::new(numbers, shape), &Device::flex().autodiff())
}

fn variable<const D: usize>(shape: [usize; D], scale: f64) -> Tensor<D> {
    data(shape, scale).require_grad()
}

fn layers(widths: &[usize]) -> Vec<(Tensor<2>, Tensor<1>)> {
    let layer = |w: &[usize]| {
        (variable([w[0], w[1]], (w[0] as f64).powf(-0.5)), variable([w[1]], 1.0))
    };
    widths.windows(2).map(layer).collect()
}

fn network(layers: &[(Tensor<2>, Tensor<1>)], mut x: Tensor<2>) -> Tensor<2> {
    for (k, (weight, bias)) in layers.iter().enumerate() {
        x = x.matmul(weight.clone()) + bias.clone().unsqueeze();
        if k + 1 < layers.len() {
            x = tanh(x);
        }
    }
    x
}

fn cross_entropy(logits: Tensor<2>, classes: &Tensor<2, Int>) -> Tensor<1> {
    -log_softmax(logits, 1).gather(1, classes.clone()).mean()
}

fn class_indices(n: usize) -> Tensor<2, Int> {
    let classes: Vec<i32> = classes(n).map(|c| c as i32).collect();
    Tensor::from_data(TensorData::new(classes, [n, 1]), &Device::flex().autodiff())
}

/// A step of gradient descent.
fn descend(layers: &mut [(Tensor<2>, Tensor<1>)], loss: &Tensor<1>) {
    let mut slopes = loss.backward();
    for (weight, bias) in layers {
        let of_weight = weight.grad_remove(&mut slopes).expect("a gradient");
        let of_bias = bias.grad_remove(&mut slopes).expect("a gradient");
        *weight = stepped(weight, of_weight);
        *bias = stepped(bias, of_bias);
    }
}

fn stepped<const D: usize>(x: &Tensor<D>, slope: Tensor<D>) -> Tensor<D> {
    Tensor::from_inner(x.clone().inner() - slope * LEARNING_RATE).require_grad()
}

fn elementwise(n: usize) -> Option<f64> {
    let x = variable([n], 1.0);
    time(|| {
        let y = (tanh(x.clone()) * sigmoid(x.clone()) + (-x.clone() * x.clone()).exp()).sum();
        let _ = x.grad(&y.backward()).expect("a gradient");
    })
}

fn large_network() -> Option<f64> {
    let (mut parameters, x, classes) = (layers(&LARGE), data([128, 784], 1.0), class_indices(128));
    time(|| {
        let loss = cross_entropy(network(&parameters, x.clone()), &classes);
        descend(&mut parameters, &loss);
    })
}

fn small_network(batch: usize) -> Option<f64> {
    let (mut parameters, x, y) = (layers(&SMALL), data([batch, 8], 1.0), data([batch, 1], 1.0));
    time(|| {
        let error = network(&parameters, x.clone()) - y.clone();
        descend(&mut parameters, &(error.clone() * error).mean());
    })
}

fn lenet() -> Option<f64> {
    let (images, classes) = (data([64, 1, 28, 28], 1.0), class_indices(64));
    let filters = [variable([6, 1, 5, 5], 0.1), variable([16, 6, 5, 5], 0.1)];
    let biases = [variable([6], 0.1), variable([16], 0.1)];
    let dense = layers(&[400, 120, 84, 10]);
    let pool = |x| {
        let (kernel_size, stride) = ([2, 2], [2, 2]);
        let (padding, dilation) = ([(0, 0); 2], [1, 1]);
        max_pool2d(x, MaxPoolOptions { kernel_size, stride, padding, dilation, ceil_mode: false })
    };
    let block = |x, k: usize, padding| {
        let options = ConvOptions::new([1, 1], [padding; 2], [1, 1], 1);
        pool(tanh(conv2d(x, filters[k].clone(), Some(biases[k].clone()), options)))
    };
    time(|| {
        let x = block(block(images.clone(), 0, 2), 1, 0).reshape([64, 400]);
        let slopes = cross_entropy(network(&dense, x), &classes).backward();
        let _ = filters[0].grad(&slopes).expect("a gradient");
    })
}

fn convolution(channels: usize, extent: usize) -> Option<f64> {
    let x = variable([8, channels, extent, extent], 1.0);
    let w = variable([channels, channels, 3, 3], 0.1);
    time(|| {
        let y = conv2d(x.clone(), w.clone(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
        let _ = w.grad(&(y.clone() * y).sum().backward()).expect("a gradient");
    })
}

fn logistic_regression() -> Option<f64> {
    let double = |n: usize| Tensor::<1>::from_data(
        TensorData::new(wave(n).collect::<Vec<f64>>(), [n]),
        (&Device::flex().autodiff(), DType::F64),
    );
    let x = double(10_000_000).reshape([100_000, 100]);
    let labels = double(100_000).sign().reshape([100_000, 1]);
    let w = double(100).reshape([100, 1]).detach().require_grad();
    time(|| {
        let loss = softplus(-x.clone().matmul(w.clone()) * labels.clone(), 1.0).mean();
        let _ = w.grad(&loss.backward()).expect("a gradient");
    })
}

fn encoder_block() -> Option<f64> {
    let (d, heads) = (256, 4);
    let (x, one, zero) = (data([8, 128, d], 1.0), data([d], 0.0) + 1.0, data([d], 0.0));
    let scale = (d as f64).powf(-0.5);
    let [q, k, v, out] = [(); 4].map(|()| variable([d, d], scale));
    let (up, up_bias) = (variable([d, 4 * d], scale), variable([4 * d], scale));
    let (down, down_bias) = (variable([4 * d, d], scale), variable([d], scale));
    let norm = |x| layer_norm(x, one.clone(), Some(zero.clone()), 1e-5);
    let times = |x: Tensor<3>, w: &Tensor<2>| x.matmul(w.clone().unsqueeze());
    let part = |x: &Tensor<3>, w| {
        times(x.clone(), w).reshape([8, 128, heads, d / heads]).swap_dims(1, 2)
    };
    time(|| {
        let normal = norm(x.clone());
        let [q, k, v] = [&q, &k, &v].map(|w| part(&normal, w));
        let weights = softmax(q.matmul(k.swap_dims(2, 3)) * ((d / heads) as f64).powf(-0.5), 3);
        let seen: Tensor<4> = weights.matmul(v).swap_dims(1, 2);
        let y = x.clone() + times(seen.reshape([8, 128, d]), &out);
        let inner = gelu(times(norm(y.clone()), &up) + up_bias.clone().unsqueeze());
        let y = y + times(inner, &down) + down_bias.clone().unsqueeze();
        let _ = out.grad(&(y.clone() * y).mean().backward()).expect("a gradient");
    })
}

fn product(m: usize, k: usize, n: usize) -> Option<f64> {
    let (a, b) = (data([m, k], 1.0).inner(), data([k, n], 1.0).inner());
    time(|| drop(a.clone().matmul(b.clone())))
}

/// The median microseconds of a workload.
pub fn measure(name: &str, numbers: &[usize]) -> Option<f64> {
    match (name, numbers) {
        ("a", &[n]) => elementwise(n),
        ("b", []) => large_network(),
        ("c", &[batch]) => small_network(batch),
        ("d", []) => lenet(),
        ("convolution", &[channels, extent]) => convolution(channels, extent),
        ("e", []) => logistic_regression(),
        ("f", []) => encoder_block(),
        ("product", &[m, k, n]) => product(m, k, n),
        _ => None,
    }
}
