//! Array programs, forward and backward, beside other crates, and beside PyTorch and JAX where `python3` has them.
//!
//! `cargo run --release -p wengert-benches --bin tensor [row …]`; `RAYON_NUM_THREADS=1` for one thread, which is better pinned to a core
//! (`taskset -c 1`). Without names of rows, all are measured, and written to `results/`.

mod report;
mod rivals;

use std::error::Error;
use std::hint::black_box;

use report::{Row, short, shown};
use rivals::Rivals;
use serde::de::DeserializeOwned;
use serde_json::json;
use wengert_benches::arrays::*;
use wengert_benches::clock::median_ns;
use wengert_benches::gradbench::{gmm, kmeans, lse};
use wengert_tensor::*;

struct Report {
    /// The rows that are wanted, by the beginnings of their names; none for all.
    only: Vec<String>,
    rivals: Rivals,
    rows: Vec<Row>,
}

impl Report {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }

    /// A workload, by the rivals' key for it.
    fn row(&mut self, name: &str, key: &str, f: impl FnMut()) {
        self.row_compiled(name, key, f, None::<fn()>);
    }

    fn row_compiled(
        &mut self,
        name: &str,
        key: &str,
        f: impl FnMut(),
        compiled: Option<impl FnMut()>,
    ) {
        let ours = median_ns(f) / 1e3;
        let compiled = compiled.map(|compiled| median_ns(compiled) / 1e3);
        let rivals = self.rivals.measure(key);
        let times = [Some(ours), compiled].into_iter().chain(rivals.iter().copied());
        println!(
            "{name:<52}{}",
            times.map(|time| format!(" {:>10}", shown(time))).collect::<String>()
        );
        self.rows.push(Row { name: name.into(), ours, compiled, rivals });
    }

    fn elementwise(&mut self, name: &str, n: usize) {
        let x = wave::<f32>([n]);
        let mut compiled = compile(&x, |x| value_and_gradient(&x, elementwise));
        self.row_compiled(
            &format!("a. Σ tanh x · sigmoid x + exp(−x²), n = {name}"),
            &format!("a {n}"),
            || drop(black_box(value_and_gradient(&x, elementwise))),
            Some(|| drop(black_box(compiled.call(&x)))),
        );
    }

    fn large_network(&mut self) {
        let mut parameters = layers::<f32>(&[784, 512, 512, 10]);
        let (x, classes) = (wave::<f32>([128, 784]), classes(128));
        let loss =
            |layers: Vec<Layer<Var<f32>>>| network(&layers, constant(&x)).cross_entropy(&classes);
        if self.wants("b") {
            self.row("b. MLP 784-512-512-10, batch 128, SGD step", "b", || {
                let (_, gradient) = value_and_gradient(&parameters, loss);
                descend(&mut parameters, &gradient);
            });
        }
        if self.wants("g") {
            let v = parameters.clone();
            self.row("g. Hessian–vector product of b", "g", || {
                black_box(hvp(loss, &parameters, &v));
            });
        }
    }

    fn small_network(&mut self, batch: usize) {
        let mut parameters = layers::<f32>(&[8, 16, 16, 1]);
        let (x, y) = (wave::<f32>([batch, 8]), wave::<f32>([batch, 1]));
        let mut arguments = (parameters.clone(), x.clone(), y.clone());
        let mut compiled = compile(&arguments, |(layers, x, y)| {
            value_and_gradient(&layers, |layers| mean_square(network(&layers, x) - y))
        });
        self.row_compiled(
            &format!("c. MLP 8-16-16-1, batch {batch}, SGD step"),
            &format!("c {batch}"),
            || {
                let (_, gradient) = value_and_gradient(&parameters, |layers| {
                    mean_square(network(&layers, constant(&x)) - &y)
                });
                descend(&mut parameters, &gradient);
            },
            Some(|| {
                let (_, gradient) = compiled.call(&arguments);
                descend(&mut arguments.0, &gradient);
            }),
        );
    }

    fn logistic_regression(&mut self) {
        let (x, y) = (wave::<f64>([100_000, 100]), wave::<f64>([100_000]));
        let labels = y.map(|y| y.greater(0.0).indicator() * 2.0 - 1.0);
        let w = wave::<f64>([100]);
        self.row("e. logistic regression 1e5 × 100, f64", "e", || {
            let loss = |w: Var<f64>| (-(constant(&x).matmul(w) * &labels)).softplus().mean();
            black_box(value_and_gradient(&w, loss));
        });
    }

    fn whole_derivatives(&mut self) {
        let x = &wave::<f64>([100]) + 1.0;
        let mut compiled = compile(&x, |x| hessian(rosenbrock, &x));
        self.row_compiled(
            "h. Hessian of Rosenbrock's function, n = 100, f64",
            "hessian",
            || drop(black_box(hessian(rosenbrock, &x))),
            Some(|| drop(black_box(compiled.call(&x)))),
        );
        let w = wave::<f64>([100, 100]);
        let f = |x: Var<f64>| constant(&w).matmul(x).tanh();
        let mut compiled = compile(&x, |x| jacobian(f, &x));
        self.row_compiled(
            "h. Jacobian 100 → 100 of tanh(W x), f64",
            "jacobian",
            || drop(black_box(jacobian(f, &x))),
            Some(|| drop(black_box(compiled.call(&x)))),
        );
    }

    /// Evaluations of GradBench that are array programs.
    fn evaluations(&mut self) {
        for d in [10, 32] {
            let (k, n) = (25, 1000);
            let input = of_json::<gmm::Input>(json!({
                "x": numbers([n, d]), "m": 0.0, "gamma": 1.0, "alpha": numbers([k]), "mu": numbers([k, d]), "q": numbers([k, d]),
                "l": numbers([k, d * (d - 1) / 2]),
            }));
            let name = format!("n. mixture of {k} Gaussians, d = {d}, n = {n}, f64");
            self.row(&name, &format!("gmm {d}"), || drop(black_box(gmm::jacobian(&input))));
        }
        let input = of_json::<kmeans::Input>(
            json!({ "points": numbers([1000, 8]), "centroids": numbers([100, 8]) }),
        );
        let direction = || drop(black_box(kmeans::direction(&input)));
        self.row("n. k-means, 100 × 1000 × 8, Newton's direction, f64", "kmeans", direction);
        let input = of_json::<lse::Input>(json!({ "x": numbers([40_000]) }));
        self.row("n. log-sum-exp, 40 000, f64", "lse", || drop(black_box(lse::gradient(&input))));
    }

    /// A layer of ResNet, and both of its derivatives.
    fn convolution(&mut self, channels: usize, extent: usize) {
        let images = wave::<f32>([8, channels, extent, extent]);
        let filters = &wave::<f32>([channels, channels, 3, 3]) * 0.1;
        let parameters = (images, filters);
        let name =
            format!("k. convolution 3 × 3, {channels} channels, {extent} × {extent}, batch 8");
        self.row(&name, &format!("convolution {channels} {extent}"), || {
            let square = |(x, w): (Var<f32>, Var<f32>)| {
                let y = x.conv2d(w, Conv::new().padding(1));
                (y * y).sum()
            };
            black_box(value_and_gradient(&parameters, square));
        });
    }

    fn product(&mut self, [m, k, n]: [usize; 3]) {
        let (a, b) = (wave::<f32>([m, k]), wave::<f32>([k, n]));
        let name = format!("m. product of matrices {m} × {k} × {n}");
        self.row(&name, &format!("product {m} {k} {n}"), || drop(black_box(a.matmul(&b))));
        let gflops = 2e-3 * (m * k * n) as f64 / self.rows.last().expect("a row").ours;
        println!("{:<52} {gflops:>10.1} GFLOP/s", "");
    }
}

/// An array of numbers as a list of lists.
fn numbers(shape: impl Into<Shape>) -> serde_json::Value {
    let x = wave::<f64>(shape);
    match x.rank() {
        1 => json!(x.to_vec()),
        _ => json!(x.to_vec().chunks(x.shape()[1]).collect::<Vec<_>>()),
    }
}

fn of_json<I: DeserializeOwned>(json: serde_json::Value) -> I {
    serde_json::from_value(json).expect("as the evaluation wants it")
}

fn classes(n: usize) -> Tensor<usize> {
    Tensor::from_fn([n], |i| i[0] % 10)
}

fn main() -> Result<(), Box<dyn Error>> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let mut report = Report { only, rivals: Rivals::start(), rows: Vec::new() };
    let names =
        ["Wengert", "compiled"].into_iter().chain(report.rivals.ways.iter().map(|way| short(way)));
    let names: String = names.map(|name| format!(" {:>10}", &name[..name.len().min(10)])).collect();
    println!("{:<52}{names}", "µs, f32 unless said");
    if report.wants("a") {
        for (name, n) in [("1e3", 1_000), ("1e5", 100_000), ("1e7", 10_000_000)] {
            report.elementwise(name, n);
        }
    }
    report.large_network();
    if report.wants("c") {
        report.small_network(1);
        report.small_network(32);
    }
    if report.wants("d") {
        let model = LeNet::<Tensor<f32>>::untrained();
        let (images, classes) = (wave::<f32>([64, 1, 28, 28]), classes(64));
        report.row("d. LeNet, batch 64", "d", || {
            black_box(value_and_gradient(&model, |m| m.loss(constant(&images), &classes)));
        });
    }
    if report.wants("e") {
        report.logistic_regression();
    }
    if report.wants("f") {
        let model = EncoderBlock::<Tensor<f32>>::untrained(256);
        let x = wave::<f32>([8, 128, 256]);
        report.row("f. encoder block, d 256, 4 heads, 8 × 128", "f", || {
            black_box(value_and_gradient(&model, |m| mean_square(m.call(constant(&x), 4))));
        });
    }
    if report.wants("h") {
        report.whole_derivatives();
    }
    if report.wants("k") {
        for (channels, extent) in [(64, 56), (128, 28), (256, 14), (512, 7)] {
            report.convolution(channels, extent);
        }
    }
    if report.wants("n") {
        report.evaluations();
    }
    if report.wants("m") {
        for shape in [[16; 3], [128; 3], [512; 3], [2048; 3], [64, 1024, 1024], [1, 1024, 1024]] {
            report.product(shape);
        }
    }
    if report.only.is_empty() {
        report::write(&report.rows, rayon::current_num_threads(), &report.rivals.ways)?;
    }
    Ok(())
}
