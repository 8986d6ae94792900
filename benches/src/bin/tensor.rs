//! Array programs: forward and backward, one table.
//!
//! `cargo run --release -p wengert-benches --bin tensor [row …]`; set `RAYON_NUM_THREADS=1` for one thread.

use std::hint::black_box;

use wengert_benches::arrays::*;
use wengert_benches::clock::median_ns;
use wengert_tensor::*;

fn row(name: &str, f: impl FnMut()) {
    println!("{name:<56} {:>12.2} µs", median_ns(f) / 1e3);
}

fn product<T: Element>([m, k, n]: [usize; 3]) {
    let (a, b) = (wave::<T>([m, k]), wave::<T>([k, n]));
    let ns = median_ns(|| black_box(a.matmul(&b)));
    let gflops = 2.0 * (m * k * n) as f64 / ns;
    println!("{:<56} {gflops:>12.1} GFLOP/s", format!("m. product {m} × {k} × {n}, {}", T::NAME));
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| name.starts_with(o.as_str()));

    for (name, n) in [("1e3", 1_000), ("1e5", 100_000), ("1e7", 10_000_000)] {
        if wanted("a") {
            let x = wave::<f32>([n]);
            row(&format!("a. elementwise, n = {name}, f32"), || {
                black_box(value_and_gradient(&x, elementwise));
            });
            let mut compiled = compile(&x, |x| value_and_gradient(&x, elementwise));
            row(&format!("a. the same, compiled, n = {name}"), || {
                black_box(compiled.call(&x));
            });
        }
    }
    let classes = |n: usize| Tensor::from_fn([n], |i| i[0] % 10);
    if wanted("b") || wanted("g") {
        let mut parameters = layers::<f32>(&[784, 512, 512, 10]);
        let (x, classes) = (wave::<f32>([128, 784]), classes(128));
        let loss =
            |layers: Vec<Layer<Var<f32>>>| network(&layers, constant(&x)).cross_entropy(&classes);
        row("b. MLP 784-512-512-10, batch 128, SGD step, f32", || {
            let (_, gradient) = value_and_gradient(&parameters, loss);
            descend(&mut parameters, &gradient);
        });
        let v = parameters.clone();
        row("g. Hessian–vector product of b", || {
            black_box(hvp(loss, &parameters, &v));
        });
    }
    for batch in [1, 32] {
        if wanted("c") {
            let mut parameters = layers::<f32>(&[8, 16, 16, 1]);
            let (x, y) = (wave::<f32>([batch, 8]), wave::<f32>([batch, 1]));
            row(&format!("c. MLP 8-16-16-1, batch {batch}, SGD step, f32"), || {
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
    if wanted("d") {
        let model = LeNet::<Tensor<f32>>::untrained();
        let (images, classes) = (wave::<f32>([64, 1, 28, 28]), classes(64));
        row("d. LeNet, batch 64, loss and gradient, f32", || {
            black_box(value_and_gradient(&model, |m| m.loss(constant(&images), &classes)));
        });
    }
    if wanted("e") {
        let (x, y) = (wave::<f64>([100_000, 100]), wave::<f64>([100_000]));
        let labels = y.map(|y| y.greater(0.0).indicator() * 2.0 - 1.0);
        let w = wave::<f64>([100]);
        row("e. logistic regression 1e5 × 100, f64", || {
            let loss = |w: Var<f64>| (-(constant(&x).matmul(w) * &labels)).softplus().mean();
            black_box(value_and_gradient(&w, loss));
        });
    }
    if wanted("f") {
        let model = EncoderBlock::<Tensor<f32>>::untrained(256);
        let x = wave::<f32>([8, 128, 256]);
        row("f. encoder block, d 256, 4 heads, 8 × 128, f32", || {
            black_box(value_and_gradient(&model, |m| mean_square(m.call(constant(&x), 4))));
        });
    }
    if wanted("h") {
        let x = &wave::<f64>([100]) + 1.0;
        row("h. Hessian of Rosenbrock's function, n = 100, f64", || {
            black_box(hessian(rosenbrock, &x));
        });
        let w = wave::<f64>([100, 100]);
        row("h. Jacobian 100 → 100 of tanh(W x), f64", || {
            black_box(jacobian(|x| constant(&w).matmul(x).tanh(), &x));
        });
    }
    if wanted("m") {
        for shape in [[16; 3], [128; 3], [512; 3], [2048; 3], [64, 1024, 1024], [1, 1024, 1024]] {
            product::<f32>(shape);
        }
    }
}
