//! The programs: those of the scalar benchmark, and the mixture of Gaussians of GradBench, in terms that all crates
//! have.

use crate::numbers::Num;
use workloads::Program as _;

/// The file itself, because its crate also depends on all that the other benchmarks need.
#[path = "../../src/workloads.rs"]
pub mod workloads;

/// A function of many numbers, generic over them.
pub trait Program {
    const NAME: &'static str;
    /// Where to differentiate.
    fn point() -> Vec<f64>;
    fn run<N: Num>(x: &[N]) -> N;
}

fn square<N: Num>(x: N) -> N {
    x * x
}

pub struct Rosenbrock;

impl Program for Rosenbrock {
    const NAME: &'static str = workloads::Rosenbrock::NAME;
    fn point() -> Vec<f64> {
        workloads::Rosenbrock::point()
    }
    fn run<N: Num>(x: &[N]) -> N {
        N::sum(x.windows(2).map(|w| square(w[1] - w[0] * w[0]) * 100.0 + square(w[0] - 1.0)))
    }
}

pub struct LogSumExp;

fn log_sum_exp<N: Num>(x: &[N]) -> N {
    let largest = x.iter().fold(f64::NEG_INFINITY, |a, b| a.max(b.value()));
    N::sum(x.iter().map(|&x| (x - largest).exp())).ln() + largest
}

impl Program for LogSumExp {
    const NAME: &'static str = workloads::LogSumExp::NAME;
    fn point() -> Vec<f64> {
        workloads::LogSumExp::point()
    }
    fn run<N: Num>(x: &[N]) -> N {
        log_sum_exp(x)
    }
}

pub struct MatrixVector;

impl Program for MatrixVector {
    const NAME: &'static str = workloads::MatrixVector::NAME;
    fn point() -> Vec<f64> {
        workloads::MatrixVector::point()
    }
    fn run<N: Num>(x: &[N]) -> N {
        let (matrix, vector) = x.split_at(100 * 100);
        let rows = matrix.chunks_exact(100);
        let products = rows.map(|row| N::sum(row.iter().zip(vector).map(|(&a, &v)| a * v)));
        N::sum(products.map(square))
    }
}

pub struct Determinant;

impl Program for Determinant {
    const NAME: &'static str = workloads::Determinant::NAME;
    fn point() -> Vec<f64> {
        workloads::Determinant::point()
    }
    fn run<N: Num>(x: &[N]) -> N {
        let n = 30;
        let mut a = x.to_vec();
        let mut determinant: Option<N> = None;
        for k in 0..n {
            let magnitude = |a: &[N], i: usize| a[i * n + k].value().abs();
            let pivot = (k..n).max_by(|&i, &j| magnitude(&a, i).total_cmp(&magnitude(&a, j)));
            let pivot = pivot.expect("there are rows left");
            if pivot != k {
                (0..n).for_each(|j| a.swap(pivot * n + j, k * n + j));
                determinant = determinant.map(|d| -d);
            }
            let diagonal = a[k * n + k];
            // (The first pivot with its sign, in place of a constant 1.)
            let first = if pivot == k { diagonal } else { -diagonal };
            determinant = Some(determinant.map_or(first, |d| d * diagonal));
            for i in k + 1..n {
                let factor = a[i * n + k] / diagonal;
                for j in k + 1..n {
                    a[i * n + j] = a[i * n + j] - factor * a[k * n + j];
                }
            }
        }
        determinant.expect("there are rows")
    }
}

pub struct Stencil;

impl Program for Stencil {
    const NAME: &'static str = workloads::Stencil::NAME;
    fn point() -> Vec<f64> {
        workloads::Stencil::point()
    }
    fn run<N: Num>(x: &[N]) -> N {
        let n = x.len();
        let mut u = x.to_vec();
        let mut next = u.clone();
        for _ in 0..50 {
            for i in 0..n {
                let (left, here, right) = (u[(i + n - 1) % n], u[i], u[(i + 1) % n]);
                let diffusion = left - here * 2.0 + right;
                let reaction = here * (-here + 1.0);
                next[i] = here + (diffusion * 0.2 + reaction * 0.05);
            }
            std::mem::swap(&mut u, &mut next);
        }
        N::sum(u.iter().map(|&u| square(u)))
    }
}

/// The posterior of a mixture of k Gaussians in d dimensions, given n points: with respect to weights, means, and the
/// logarithms of the diagonal and the lower triangle of a factor of each precision matrix.
pub struct Mixture;

impl Mixture {
    const DIMENSIONS: usize = 10;
    const COMPONENTS: usize = 25;
    const POINTS: usize = 1000;

    /// Numbers between −1 and 1 that look random.
    fn scattered(n: usize, step: f64) -> impl Iterator<Item = f64> {
        (1..=n).map(move |k| (k as f64 * step).fract() * 2.0 - 1.0)
    }
}

impl Program for Mixture {
    const NAME: &'static str = "gmm d=10 k=25 n=1000";
    fn point() -> Vec<f64> {
        let (d, k) = (Self::DIMENSIONS, Self::COMPONENTS);
        Self::scattered(k * (1 + d + d + d * (d - 1) / 2), 0.618_033_988_749_894_9).collect()
    }
    fn run<N: Num>(theta: &[N]) -> N {
        let (d, k, n) = (Self::DIMENSIONS, Self::COMPONENTS, Self::POINTS);
        let below = d * (d - 1) / 2;
        let data: Vec<f64> = Self::scattered(n * d, 0.414_213_562_373_095_1).collect();
        let (alpha, rest) = theta.split_at(k);
        let (mu, rest) = rest.split_at(k * d);
        let (q, l) = rest.split_at(k * d);

        let sums: Vec<N> = q.chunks_exact(d).map(|q| N::sum(q.iter().copied())).collect();
        let diagonals: Vec<N> = q.iter().map(|q| q.exp()).collect();
        let likelihood = N::sum(data.chunks_exact(d).map(|x| {
            let terms = (0..k).map(|k| {
                let (mu, diagonal, l) = (&mu[k * d..], &diagonals[k * d..], &l[k * below..]);
                let centred: [N; Self::DIMENSIONS] = std::array::from_fn(|j| mu[j] - x[j]);
                let image = (0..d).map(|i| {
                    let row = l[i * i.saturating_sub(1) / 2..].iter().zip(&centred[..i]);
                    let row = row.map(|(&l, &c)| l * c);
                    N::sum(row.chain([diagonal[i] * centred[i]]))
                });
                alpha[k] + sums[k] - N::sum(image.map(square)) * 0.5
            });
            log_sum_exp(&terms.collect::<Vec<N>>())
        }));
        let factors = diagonals.iter().chain(&l[..k * below]);
        let squares = N::sum(factors.map(|&x| square(x)));
        let prior = squares * -0.5 + N::sum(sums.iter().copied());
        likelihood - log_sum_exp(alpha) * n as f64 + prior
    }
}
