//! Where the time goes: each kernel at each size beside the least time that one core of this machine could need for its arithmetic
//! and for its bytes, both as measured here. Writes a table and a chart to `results/`.
//!
//! `cargo run --release -p wengert-benches --bin roofline`, on one thread; better pinned to a core.

mod ceilings;
mod report;

use std::error::Error;
use std::hint::black_box;

use ceilings::Ceilings;
use report::Row;
use wengert_autodiff::Tape;
use wengert_benches::arrays::{elementwise, wave};
use wengert_benches::clock::median_ns;
use wengert_tensor::*;

/// How many operations an elementary function counts for: about what its polynomial and its reduction take.
const ELEMENTARY: usize = 20;

struct Report {
    ceilings: Ceilings,
    rows: Vec<Row>,
}

impl Report {
    /// A kernel that does `flops` operations on numbers of so many bytes each, and touches `bytes` of memory.
    fn row(&mut self, name: &str, number: usize, flops: usize, bytes: usize, f: impl FnMut()) {
        let ns = median_ns(f);
        let level = self.ceilings.level(bytes);
        let by_arithmetic = flops as f64 / (self.ceilings.peak * 4.0 / number as f64);
        let row = Row {
            name: name.into(),
            level: level.name,
            flops: flops as f64,
            bytes: bytes as f64,
            ns,
            by_arithmetic,
            by_memory: bytes as f64 / level.bandwidth,
        };
        println!("{}", row.line());
        self.rows.push(row);
    }

    fn elementwise(&mut self, n: usize) {
        let x = wave::<f32>([n]);
        let mut sum = compile(&x, |x| x.sum());
        self.row(&format!("Σ x, n = {n}, f32"), 4, n, 4 * n, || drop(black_box(sum.call(&x))));
        let mut scale = compile(&x, |x| x * 2.0 + 1.0);
        self.row(&format!("2x + 1, n = {n}, f32"), 4, 2 * n, 8 * n, || {
            drop(black_box(scale.call(&x)))
        });
        let mut exp = compile(&x, |x| x.exp());
        let flops = ELEMENTARY * n;
        self.row(&format!("exp x, n = {n}, f32"), 4, flops, 8 * n, || {
            drop(black_box(exp.call(&x)))
        });
        let mut slope = compile(&x, |x| value_and_gradient(&x, elementwise));
        // Three functions, and what their derivatives need besides, if all that is common is done once.
        let flops = (3 * ELEMENTARY + 20) * n;
        self.row(
            &format!("∇ Σ tanh x · sigmoid x + exp(−x²), n = {n}, f32"),
            4,
            flops,
            8 * n,
            || {
                drop(black_box(slope.call(&x)));
            },
        );
    }

    fn rows_of_softmax(&mut self, rows: usize, columns: usize) {
        let x = wave::<f32>([rows, columns]);
        let mut softmax = compile(&x, |x| x.softmax(-1));
        let n = rows * columns;
        let flops = (ELEMENTARY + 4) * n;
        self.row(&format!("softmax of {rows} × {columns}, f32"), 4, flops, 8 * n, || {
            drop(black_box(softmax.call(&x)));
        });
    }

    fn product(&mut self, m: usize, k: usize, n: usize) {
        let (a, b) = (wave::<f32>([m, k]), wave::<f32>([k, n]));
        let bytes = 4 * (m * k + k * n + m * n);
        let name = format!("product {m} × {k} × {n}, f32");
        self.row(&name, 4, 2 * m * k * n, bytes, || drop(black_box(a.matmul(&b))));
    }

    fn logistic_regression(&mut self) {
        let (n, d) = (100_000, 100);
        let (x, w) = (wave::<f64>([n, d]), wave::<f64>([d]));
        let labels = wave::<f64>([n]).map(|y| y.greater(0.0).indicator() * 2.0 - 1.0);
        let loss = |w: Var<f64>| (-(constant(&x).matmul(w) * &labels)).softplus().mean();
        let flops = n * (4 * d + 3 * ELEMENTARY);
        self.row("∇ logistic regression, 1e5 × 100, f64", 8, flops, 8 * n * (d + 1), || {
            drop(black_box(value_and_gradient(&w, loss)));
        });
    }

    /// A recording of numbers: nodes of 24 bytes are written, and read again by the sweep, beside adjoints of 8 bytes.
    fn recording(&mut self, nodes: usize) {
        let name = format!("recording and sweep of {nodes} nodes, f64");
        self.row(&name, 8, 5 * nodes, 2 * 32 * nodes, || {
            let tape = Tape::new();
            let (a, mut x, mut y) = (tape.var(1.4), tape.var(0.1), tape.var(0.1));
            for _ in 0..nodes / 5 {
                (x, y) = (y + 1.0 - a * (x * x), x * 0.3);
            }
            black_box(tape.gradient(x + y).wrt(a));
        });
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let mut report = Report { ceilings: Ceilings::measure(), rows: Vec::new() };
    println!("{}", report::machine(&report.ceilings));
    for n in [1_000, 100_000, 10_000_000] {
        report.elementwise(n);
    }
    report.rows_of_softmax(1000, 100);
    report.rows_of_softmax(1000, 10_000);
    report.logistic_regression();
    for [m, k, n] in [[16; 3], [128; 3], [512; 3], [2048; 3], [64, 1024, 1024], [1, 1024, 1024]] {
        report.product(m, k, n);
    }
    for nodes in [1_000, 10_000, 1_000_000, 10_000_000] {
        report.recording(nodes);
    }
    report::write(&report.ceilings, &report.rows)
}
