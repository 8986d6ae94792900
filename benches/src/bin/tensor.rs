//! Array programs: forward and backward, one table.
//!
//! `cargo run --release -p wengert-benches --bin tensor`; set `RAYON_NUM_THREADS=1` for one thread.

use wengert_benches::clock::median_ns;
use wengert_tensor::*;

fn wave<T: Element>(shape: impl Into<Shape>) -> Tensor<T> {
    let mut k = 0;
    Tensor::from_fn(shape, |_| {
        k += 1;
        T::nearest((f64::from(k) * 0.7).sin())
    })
}

/// Σ tanh x · sigmoid x + exp(−x²)
fn elementwise(x: Var<f32>) -> Var<f32> {
    (x.tanh() * x.sigmoid() + (-x * x).exp()).sum()
}

type Layer<A> = (A, A);

/// Linear layers with tanh between them.
fn network<T: Element>(layers: &[Layer<Var<T>>], x: Var<T>) -> Var<T> {
    let mut y = x;
    for (k, &(w, b)) in layers.iter().enumerate() {
        y = y.matmul(w) + b;
        if k + 1 < layers.len() {
            y = y.tanh();
        }
    }
    y
}

fn layers<T: Element>(widths: &[usize]) -> Vec<Layer<Tensor<T>>> {
    let layer = |w: &[usize]| (&wave([w[0], w[1]]) * (1.0 / (w[0] as f64).sqrt()), wave([w[1]]));
    widths.windows(2).map(layer).collect()
}

/// −Σ log softmax at the labels, over the batch.
fn cross_entropy<T: Element>(logits: Var<T>, labels: Var<T>) -> Var<T> {
    let shifted = logits - logits.amax_keep(-1).detach();
    let log_sum = shifted.exp().sum_keep(-1).ln();
    -((shifted - log_sum) * labels).sum() / logits.shape()[0] as f64
}

/// Mean squared difference.
fn mean_square<T: Element>(error: Var<T>) -> Var<T> {
    (error * error).mean()
}

/// One step of stochastic gradient descent.
fn descend<T: Element>(parameters: &mut Vec<Layer<Tensor<T>>>, gradient: &Vec<Layer<Tensor<T>>>) {
    for (p, g) in parameters.leaves_mut().into_iter().zip(gradient.leaves()) {
        for (p, &g) in p.as_mut_slice().iter_mut().zip(g.as_slice().expect("contiguous")) {
            *p -= T::nearest(1e-3) * g;
        }
    }
}

fn row(name: &str, f: impl FnMut()) {
    println!("{name:<48} {:>12.2} µs", median_ns(f) / 1e3);
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| name.starts_with(o.as_str()));

    for (name, n) in [("1e3", 1_000), ("1e5", 100_000), ("1e7", 10_000_000)] {
        if wanted("a") {
            let x = wave::<f32>([n]);
            row(&format!("a. elementwise, n = {name}, f32"), || {
                std::hint::black_box(value_and_gradient(&x, elementwise));
            });
            let mut compiled = compile(&x, |x| value_and_gradient(&x, elementwise));
            row(&format!("a. the same, compiled, n = {name}"), || {
                std::hint::black_box(compiled.call(&x));
            });
        }
    }
    if wanted("b") {
        let mut parameters = layers::<f32>(&[784, 512, 512, 10]);
        let x = wave::<f32>([128, 784]);
        let labels = Tensor::from_fn([128, 10], |i| if i[0] % 10 == i[1] { 1.0 } else { 0.0 });
        row("b. MLP 784-512-512-10, batch 128, SGD step", || {
            let (_, gradient) = value_and_gradient(&parameters, |layers| {
                cross_entropy(network(&layers, constant(&x)), constant(&labels))
            });
            descend(&mut parameters, &gradient);
        });
        let v = parameters.clone();
        row("g. Hessian–vector product of b", || {
            let loss = |layers: Vec<Layer<Var<f32>>>| {
                cross_entropy(network(&layers, constant(&x)), constant(&labels))
            };
            std::hint::black_box(hvp(loss, &parameters, &v));
        });
    }
    if wanted("c") {
        for batch in [1, 32] {
            let mut parameters = layers::<f32>(&[8, 16, 16, 1]);
            let (x, y) = (wave::<f32>([batch, 8]), wave::<f32>([batch, 1]));
            row(&format!("c. MLP 8-16-16-1, batch {batch}, SGD step"), || {
                let (_, gradient) = value_and_gradient(&parameters, |layers| {
                    mean_square(network(&layers, constant(&x)) - &y)
                });
                descend(&mut parameters, &gradient);
            });
            let mut arguments = (parameters, x, y);
            let mut compiled = compile(&arguments, |(layers, x, y)| {
                value_and_gradient(&layers, |layers| mean_square(network(&layers, x) - y))
            });
            row(&format!("c. the same, compiled, batch {batch}"), || {
                let (_, gradient) = compiled.call(&arguments);
                descend(&mut arguments.0, &gradient);
            });
        }
    }
    if wanted("e") {
        let (x, y) = (wave::<f64>([100_000, 100]), wave::<f64>([100_000]));
        let labels = y.map(|y| y.greater(0.0).indicator() * 2.0 - 1.0);
        let w = wave::<f64>([100]);
        row("e. logistic regression 1e5 × 100, f64", || {
            let loss = |w: Var<f64>| (-(constant(&x).matmul(w) * &labels)).softplus().mean();
            std::hint::black_box(value_and_gradient(&w, loss));
        });
    }
    for n in [16, 128, 512, 2048] {
        if wanted("m") {
            let (a, b) = (wave::<f32>([n, n]), wave::<f32>([n, n]));
            let ns = median_ns(|| a.matmul(&b));
            let gflops = 2.0 * (n as f64).powi(3) / ns;
            println!("{:<48} {gflops:>12.1} GFLOP/s", format!("m. product {n} × {n}, f32"));
        }
    }
}
