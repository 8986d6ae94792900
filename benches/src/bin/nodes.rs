//! The same functions recorded in more and in fewer nodes: what a recording saves in nodes, bytes and time.

use std::hint::black_box;

use wengert_autodiff::rules::dot;
use wengert_autodiff::{Function, Real, Tape, Var, preaccumulate};
use wengert_benches::clock::median_ns;

/// Numbers between 0 and 1 that look random (a Weyl sequence).
fn scattered(n: usize) -> Vec<f64> {
    (1..=n).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract()).collect()
}

type Body<'a> = &'a dyn Fn(&[Var<f64>]) -> Var<f64>;

/// Measures a gradient, for each way to write the function, beside the first one.
fn compare(title: &str, x: &[f64], ways: &[(&str, Body<'_>)]) {
    let mut before = None;
    for &(name, f) in ways {
        let mut gradient = vec![0.0; x.len()];
        let mut record = || {
            let tape = Tape::new();
            let x = tape.vars(black_box(x));
            let y = f(&x);
            tape.gradient(y).wrt_into(&x, &mut gradient);
            (tape.nodes() - x.len(), tape.bytes() - x.len() * 24)
        };
        let (nodes, bytes) = record();
        let ns = median_ns(record);
        let times = before.map_or(String::new(), |before: f64| format!("{:.2}", before / ns));
        before = before.or(Some(ns));
        let us = ns / 1e3;
        println!("| {title} | {name} | {nodes} | {bytes} | {us:.2} | {times} |");
    }
}

/// 100 (y − x²)² + (x − 1)²
struct Valley;

impl Function<2> for Valley {
    #[inline]
    fn call<R: Real>(&self, [x, y]: [R; 2]) -> [R; 1] {
        [(y - x * x).powi(2) * 100.0 + (x - 1.0).powi(2)]
    }
}

/// A point of a ring after one explicit step of a reaction–diffusion equation, from itself and its neighbours.
struct Step;

impl Function<3> for Step {
    #[inline]
    fn call<R: Real>(&self, [left, here, right]: [R; 3]) -> [R; 1] {
        let diffusion = left - here * 2.0 + right;
        let reaction = here * (R::one() - here);
        [here + (diffusion * 0.2 + reaction * 0.05)]
    }
}

/// A cell of long short-term memory: from the signal below, its hidden value, its content, and weight and bias of
/// four gates, the new hidden value and content.
struct Cell;

impl Function<11, 2> for Cell {
    #[inline]
    fn call<R: Real>(&self, x: [R; 11]) -> [R; 2] {
        let [below, hidden, content, w0, b0, w1, b1, w2, b2, w3, b3] = x;
        let forget = (below * w0 + b0).sigmoid();
        let enter = (hidden * w1 + b1).sigmoid();
        let leave = (below * w2 + b2).sigmoid();
        let change = (hidden * w3 + b3).tanh();
        let content = content * forget + enter * change;
        [leave * content.tanh(), content]
    }
}

/// A point, turned about an axis by the axis' length.
struct Rotation;

impl Function<6, 3> for Rotation {
    #[inline]
    fn call<R: Real>(&self, [a, b, c, x, y, z]: [R; 6]) -> [R; 3] {
        let angle = (a * a + b * b + c * c).sqrt();
        let (sin, cos) = angle.sin_cos();
        let [a, b, c] = [a / angle, b / angle, c / angle];
        let along = (a * x + b * y + c * z) * (-cos + 1.0);
        [
            x * cos + (b * z - c * y) * sin + a * along,
            y * cos + (c * x - a * z) * sin + b * along,
            z * cos + (a * y - b * x) * sin + c * along,
        ]
    }
}

/// The sum of a function's results at each of the windows of x.
fn over_windows<const N: usize, const M: usize>(
    f: &impl Function<N, M>,
    fused: bool,
    x: &[Var<f64>],
) -> Var<f64> {
    let at = |x: &[Var<f64>]| {
        let x = core::array::from_fn(|k| x[k]);
        if fused { f.fuse(x) } else { f.call(x) }
    };
    x.windows(N).flat_map(at).sum()
}

fn windows<const N: usize, const M: usize>(title: &str, f: impl Function<N, M>) {
    compare(
        title,
        &scattered(999 + N),
        &[
            ("operation by operation", &|x| over_windows(&f, false, x)),
            ("fused", &|x| over_windows(&f, true, x)),
        ],
    );
}

/// The logistic map, repeated.
fn logistic<R: Real>(rate: R, x: R, times: usize) -> R {
    (0..times).fold(x, |x, _| rate * x * (-x + 1.0))
}

fn sections(times: usize) {
    compare(
        &format!("1000 times the logistic map, {times} times repeated"),
        &scattered(1001),
        &[
            ("operation by operation", &|x| {
                x.windows(2).map(|x| logistic(x[0] + 2.0, x[1], times)).sum()
            }),
            ("preaccumulated", &|x| {
                let section = |x: &[_]| [logistic(x[0] + 2.0, x[1], times)];
                x.windows(2).map(|x| preaccumulate(section, x)[0]).sum()
            }),
        ],
    );
}

fn slices(n: usize) {
    let x = scattered(2 * n);
    let constants = scattered(n);
    let lifted: Vec<Var<f64>> = constants.iter().map(|&c| Var::constant(c)).collect();
    compare(
        &format!("Σ xₖ yₖ, n = {n}"),
        &x,
        &[
            ("zip, map, sum", &|x| x[..n].iter().zip(&x[n..]).map(|(&x, &y)| x * y).sum()),
            ("dot", &|x| dot(&x[..n], &x[n..])),
        ],
    );
    compare(
        &format!("Σ cₖ xₖ, n = {n}"),
        &x[..n],
        &[
            ("zip, map, sum", &|x| x.iter().zip(&constants).map(|(&x, &c)| x * c).sum()),
            ("dot", &|x| dot(x, &lifted)),
        ],
    );
}

fn main() {
    println!("| function | recorded | nodes | bytes | µs | times |");
    println!("|---|---|---|---|---|---|");
    windows("1000 valleys of Rosenbrock, 2 variables", Valley);
    windows("1000 steps of diffusion, 3 variables", Step);
    windows("1000 rotations, 6 variables, 3 results", Rotation);
    windows("1000 LSTM cells, 11 variables, 2 results", Cell);
    [10, 30, 100, 300].into_iter().for_each(sections);
    [4, 10, 32, 1000].into_iter().for_each(slices);
}
