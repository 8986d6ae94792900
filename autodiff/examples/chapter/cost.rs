//! What first and second derivatives cost, as measured.

use std::hint::black_box;
use std::time::{Duration, Instant};

use wengert_autodiff::{
    Dual, DualVec, Number, Real, Tape, Var, gradient, hessian, hvp, release_memory,
};

use crate::programs::rosenbrock;

/// What a recording takes.
#[derive(Clone, Copy)]
pub struct Recording {
    nodes: usize,
    bytes: usize,
}

impl Recording {
    fn of<T: Number>(tape: &Tape<T>) -> Self {
        Self { nodes: tape.nodes(), bytes: tape.bytes() }
    }
}

/// What one way to one kind of derivative costs.
struct Cost {
    what: &'static str,
    recording: Option<Recording>,
    time: Duration,
}

impl Cost {
    fn relative_to(&self, other: &Cost) -> f64 {
        self.time.as_secs_f64() / other.time.as_secs_f64()
    }
}

/// The costs of Rosenbrock's function of `n` variables.
pub struct Costs {
    n: usize,
    value: Cost,
    gradient: Cost,
    second: [Cost; 3],
}

impl Costs {
    pub fn measure(n: usize) -> Self {
        let x: Vec<f64> = (0..n).map(|k| 0.5 + k as f64 / n as f64).collect();
        let v = vec![1.0; n];
        // What the drivers record, recorded here to be looked at.
        let dual: Vec<Dual<f64>> = x.iter().map(|&x| Dual::constant(x)).collect();
        let duals: Vec<DualVec<f64, 8>> = x.iter().map(|&x| DualVec::constant(x)).collect();
        let cost = |what, recording, time| Cost { what, recording, time };
        let costs = Self {
            n,
            value: cost("value", None, median_time(|| rosenbrock(&x))),
            gradient: cost("gradient", recorded(&x), median_time(|| gradient(rosenbrock, &x))),
            second: [
                cost("H × one vector", recorded(&dual), median_time(|| hvp(rosenbrock, &x, &v))),
                cost(
                    "H, forward over reverse",
                    recorded(&duals),
                    median_time(|| hessian(rosenbrock, &x)),
                ),
                cost(
                    "H, reverse over reverse",
                    Some(hessian_by_two_tapes(&x).1),
                    median_time(|| hessian_by_two_tapes(&x)),
                ),
            ],
        };
        release_memory();
        costs
    }

    /// Prints everything.
    pub fn print(&self) {
        let title = format!("n = {}, median times", self.n);
        println!("\n   {title:<28}{:>8}{:>10}{:>13}{:>14}", "nodes", "bytes", "time", "÷ gradient");
        for cost in [&self.value, &self.gradient].into_iter().chain(&self.second) {
            let [nodes, bytes] = match cost.recording {
                Some(recording) => [recording.nodes, recording.bytes].map(|n| n.to_string()),
                None => ["–", "–"].map(str::to_string),
            };
            let (time, ratio) = (cost.time.as_secs_f64() * 1e6, cost.relative_to(&self.gradient));
            println!("   {:<28}{nodes:>8}{bytes:>10}{time:>10.2} µs{ratio:>14.2}", cost.what);
        }
    }
}

/// Prints the times of second derivatives in terms of the gradient's.
pub fn print_ratios(costs: &[Costs]) {
    let numbers: String = costs.iter().map(|costs| format!("{:>9}", costs.n)).collect();
    println!("\n   {:<28}{numbers}", "time ÷ gradient, for n =");
    for row in 0..3 {
        let ratio = |costs: &Costs| costs.second[row].relative_to(&costs.gradient);
        let ratios: String = costs.iter().map(|costs| format!("{:>9.1}", ratio(costs))).collect();
        println!("   {:<28}{ratios}", costs[0].second[row].what);
    }
}

/// What the recording of a gradient takes, or of eight columns of a Hessian.
fn recorded<T: Number>(x: &[T]) -> Option<Recording>
where
    Var<T>: Real,
{
    let tape = Tape::new();
    rosenbrock(&tape.vars(x));
    Some(Recording::of(&tape))
}

/// The Hessian of Rosenbrock's function row by row, as gradients of the gradient: an inner tape gives the
/// gradient, and an outer one records how.
pub fn hessian_by_two_tapes(x: &[f64]) -> (Vec<f64>, Recording) {
    let outer = Tape::new();
    let x = outer.vars(x);
    let inner = Tape::new();
    let inner_x = inner.vars(&x);
    let first = inner.gradient(rosenbrock(&inner_x)).wrt_slice(&inner_x);
    let rows = first.iter().flat_map(|&element| outer.gradient(element).wrt_slice(&x)).collect();
    let (inner, outer) = (Recording::of(&inner), Recording::of(&outer));
    let both = Recording { nodes: inner.nodes + outer.nodes, bytes: inner.bytes + outer.bytes };
    (rows, both)
}

/// The median of the times that `f` takes.
fn median_time<R>(f: impl Fn() -> R) -> Duration {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < 15 || begun.elapsed() < Duration::from_millis(40) {
        let start = Instant::now();
        black_box(f());
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}
