//! Gradients of few variables: by reverse mode, which records, and by forward mode, with a tangent for each variable.

use std::hint::black_box;

use wengert_autodiff::{Real, gradient, gradient_forward, gradient_into};
use wengert_benches::clock::median_ns;

/// A program that is generic over its numbers.
trait Program {
    const NAME: &'static str;
    fn run<R: Real>(x: &[R]) -> R;
}

struct Rosenbrock;

impl Program for Rosenbrock {
    const NAME: &'static str = "Rosenbrock";
    fn run<R: Real>(x: &[R]) -> R {
        x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
    }
}

/// Logistic regression: Σ ln(1 + exp(−yᵢ aᵢ·x)) of sixteen observations.
struct Logistic;

impl Program for Logistic {
    const NAME: &'static str = "logistic regression";
    fn run<R: Real>(x: &[R]) -> R {
        let term = |i: usize| {
            let feature =
                |k: usize| ((i * x.len() + k) as f64 * 0.618_033_988_749_894_9).fract() - 0.5;
            let score: R = x.iter().enumerate().map(|(k, &x)| x * feature(k)).sum();
            (if i.is_multiple_of(2) { score } else { -score }).softplus()
        };
        (0..16).map(term).sum()
    }
}

/// The program is called where the compiler cannot look into it, as a long one would be.
#[inline(never)]
fn run<P: Program, R: Real>(x: &[R]) -> R {
    P::run(x)
}

fn row<P: Program, const N: usize>() {
    let x: [f64; N] = std::array::from_fn(|k| 0.3 + 0.1 * k as f64);
    let mut buffer = [0.0; N];
    let forward = gradient_forward(|x| run::<P, _>(&x), x);
    for (forward, reverse) in forward.iter().zip(gradient(run::<P, _>, &x)) {
        assert!((forward - reverse).abs() <= 1e-13 * reverse.abs().max(1.0));
    }
    let plain = median_ns(|| run::<P, _>(black_box(&x)));
    let reverse = median_ns(|| gradient_into(run::<P, _>, black_box(&x), &mut buffer));
    let forward = median_ns(|| gradient_forward(|x| run::<P, _>(&x), black_box(x)));
    let ratio = reverse / forward;
    println!("| {} | {N} | {plain:.1} | {reverse:.1} | {forward:.1} | {ratio:.1} |", P::NAME);
}

fn rows<P: Program>() {
    row::<P, 2>();
    row::<P, 4>();
    row::<P, 8>();
    row::<P, 12>();
    row::<P, 16>();
    row::<P, 24>();
    row::<P, 32>();
}

fn main() {
    println!("| function | variables | plain, ns | reverse, ns | forward, ns | times |");
    println!("|---|---|---|---|---|---|");
    rows::<Rosenbrock>();
    rows::<Logistic>();
}
