//! The same functions recorded in more and in fewer nodes: what a recording saves in nodes, bytes and time.

use std::hint::black_box;

use wengert_autodiff::rules::dot;
use wengert_autodiff::{Tape, Var};
use wengert_benches::clock::median_ns;

/// Numbers between 0 and 1 that look random (a Weyl sequence).
fn scattered(n: usize) -> Vec<f64> {
    (1..=n).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract()).collect()
}

/// One way to write a function of some variables.
struct Way<'a> {
    name: &'a str,
    f: &'a dyn Fn(&[Var<f64>]) -> Var<f64>,
}

/// Measures the recording of the function and the sweep through it, for each of the ways, beside the first one.
fn compare(title: &str, x: &[f64], ways: &[Way<'_>]) {
    println!("{title}");
    let mut first = f64::NAN;
    for Way { name, f } in ways {
        let mut tape = Tape::new();
        let x = tape.vars(x);
        let start = tape.mark();
        let leaves = tape.bytes();
        tape.gradient(f(&x));
        let (nodes, bytes) = (tape.nodes() - x.len(), tape.bytes() - leaves);
        let ns = median_ns(|| {
            tape.rewind(start);
            let y = f(black_box(&x));
            tape.gradient(y).wrt(x[0])
        });
        first = if first.is_nan() { ns } else { first };
        println!("  {name:<28} {nodes:>8} {bytes:>10} {:>12.3} {:>8.2}", ns / 1e3, first / ns);
    }
}

fn slices() {
    for n in [4, 10, 32, 1000] {
        let x = scattered(2 * n);
        let constants = scattered(n);
        let lifted: Vec<Var<f64>> = constants.iter().map(|&c| Var::constant(c)).collect();
        compare(
            &format!("Σ xₖ yₖ, n = {n}"),
            &x,
            &[
                Way {
                    name: "zip, map, sum",
                    f: &|x| x[..n].iter().zip(&x[n..]).map(|(&x, &y)| x * y).sum(),
                },
                Way { name: "dot", f: &|x| dot(&x[..n], &x[n..]) },
            ],
        );
        compare(
            &format!("Σ cₖ xₖ, n = {n}"),
            &x[..n],
            &[
                Way {
                    name: "zip, map, sum",
                    f: &|x| x.iter().zip(&constants).map(|(&x, &c)| x * c).sum(),
                },
                Way { name: "dot", f: &|x| dot(x, &lifted) },
            ],
        );
    }
}

fn main() {
    println!("{:<30} {:>8} {:>10} {:>12} {:>8}", "", "nodes", "bytes", "µs", "times");
    slices();
}
