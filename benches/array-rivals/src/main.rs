//! The array programs of the benches in other crates: for each key that is read, a line with the median microseconds of each crate,
//! separated by tabs; a dash where a crate has not what the program needs. The first line says which crates.

mod autograd;
mod burn;
mod candle;
mod dfdx;

use std::io::stdin;

use wengert_benches::clock::median_ns;

/// The network of the large workload, and that of the small one.
const LARGE: [usize; 4] = [784, 512, 512, 10];
const SMALL: [usize; 4] = [8, 16, 16, 1];
const LEARNING_RATE: f64 = 1e-3;

/// Classes of the images of a batch.
fn classes(n: usize) -> impl Iterator<Item = usize> {
    (0..n).map(|i| i % 10)
}

/// Numbers in [−1, 1) that look random.
fn wave(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(|i| (i as f64 * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0)
}

/// The median microseconds of a call.
fn time(f: impl FnMut()) -> Option<f64> {
    Some(median_ns(f) / 1e3)
}

fn main() {
    println!("burn 0.22\tcandle 0.11\tdfdx 0.13\tautograd 1.1");
    for line in stdin().lines() {
        let line = line.expect("a line of text");
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let numbers: Vec<usize> = words.map(|word| word.parse().expect("a number")).collect();
        let times = [burn::measure, candle::measure, dfdx::measure, autograd::measure]
            .map(|measure| measure(name, &numbers))
            .map(|time| time.map_or_else(|| "-".into(), |time| format!("{time:.3}")));
        println!("{}", times.join("\t"));
    }
}
