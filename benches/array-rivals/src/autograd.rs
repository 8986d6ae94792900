//! rust-autograd: a graph is made once, and evaluated for each gradient.

use autograd::ndarray_ext::{NdArray, into_shared};
use autograd::optimizers::sgd::SGD;
use autograd::tensor::Variable;
use autograd::{Float, Graph, Tensor, run};

use crate::{LARGE, LEARNING_RATE, SMALL, classes, time, wave};

/// Numbers that look random.
fn data<F: Float>(shape: &[usize], scale: f64) -> NdArray<F> {
    let numbers = wave(shape.iter().product()).map(|x| F::from(x * scale).expect("a float"));
    NdArray::from_shape_vec(shape, numbers.collect()).expect("as many as the shape says")
}

/// Weights and biases, one after the other.
fn layers<'g>(g: &'g Graph<f32>, widths: &[usize]) -> Vec<Tensor<'g, f32>> {
    let layer = |w: &[usize]| {
        let weight = into_shared(data(w, (w[0] as f64).powf(-0.5)));
        [g.variable(weight), g.variable(into_shared(data(&[1, w[1]], 1.0)))]
    };
    widths.windows(2).flat_map(layer).collect()
}

fn network<'g>(
    g: &'g Graph<f32>,
    layers: &[Tensor<'g, f32>],
    mut x: Tensor<'g, f32>,
) -> Tensor<'g, f32> {
    for (k, layer) in layers.chunks(2).enumerate() {
        x = g.matmul(x, layer[0]) + layer[1];
        if 2 * k + 2 < layers.len() {
            x = g.tanh(x);
        }
    }
    x
}

fn time_descent<'g>(
    g: &'g Graph<f32>,
    parameters: Vec<Tensor<'g, f32>>,
    loss: Tensor<'g, f32>,
) -> Option<f64> {
    let slopes = g.grad(&[loss], &parameters);
    let step = SGD { lr: LEARNING_RATE as f32 }.compute_updates(parameters, slopes, g);
    time(|| drop(g.eval(&step, &[])))
}

fn elementwise(n: usize) -> Option<f64> {
    run(|g: &mut Graph<f32>| {
        let x = g.variable(into_shared(data(&[n], 1.0)));
        let y = g.reduce_sum_to_scalar(g.tanh(x) * g.sigmoid(x) + g.exp(g.neg(x) * x));
        let slope = g.grad(&[y], &[x])[0];
        time(|| drop(g.eval(&[y, slope], &[])))
    })
}

fn large_network() -> Option<f64> {
    run(|g: &mut Graph<f32>| {
        let g = &*g;
        let parameters = layers(g, &LARGE);
        let x = g.variable(into_shared(data(&[128, 784], 1.0)));
        let classes = classes(128).map(|c| c as f32).collect();
        let classes = NdArray::from_shape_vec(&[128, 1][..], classes).expect("one for each");
        let logits = network(g, &parameters, x);
        let losses = g.sparse_softmax_cross_entropy(logits, g.variable(into_shared(classes)));
        time_descent(g, parameters, g.reduce_mean(losses, &[0], false))
    })
}

fn small_network(batch: usize) -> Option<f64> {
    run(|g: &mut Graph<f32>| {
        let g = &*g;
        let parameters = layers(g, &SMALL);
        let x = g.variable(into_shared(data(&[batch, 8], 1.0)));
        let y = g.variable(into_shared(data(&[batch, 1], 1.0)));
        let squares = g.square(network(g, &parameters, x) - y);
        time_descent(g, parameters, g.reduce_mean(squares, &[0, 1], false))
    })
}

fn logistic_regression() -> Option<f64> {
    run(|g: &mut Graph<f64>| {
        let x = g.variable(into_shared(data(&[100_000, 100], 1.0)));
        let labels = g.variable(into_shared(data(&[100_000, 1], 1.0).mapv(f64::signum)));
        let w = g.variable(into_shared(data(&[100, 1], 1.0)));
        let losses = g.softplus(g.neg(g.matmul(x, w)) * labels);
        let loss = g.reduce_mean(losses, &[0, 1], false);
        let slope = g.grad(&[loss], &[w])[0];
        time(|| drop(g.eval(&[loss, slope], &[])))
    })
}

/// The median microseconds of a workload.
pub fn measure(name: &str, numbers: &[usize]) -> Option<f64> {
    match (name, numbers) {
        ("a", &[n]) => elementwise(n),
        ("b", []) => large_network(),
        ("c", &[batch]) => small_network(batch),
        ("e", []) => logistic_regression(),
        _ => None,
    }
}
