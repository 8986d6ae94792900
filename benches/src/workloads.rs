//! Five programs with one result each, as a numerical programmer would write them.

use wengert_autodiff::{Primitive, Real};

/// A program that is generic over its numbers.
pub trait Program {
    /// The name in tables.
    const NAME: &'static str;
    /// Where to differentiate.
    fn point() -> Vec<f64>;
    /// The program.
    fn run<R: Real>(x: &[R]) -> R;
}

/// Numbers between 0 and 1 that look random (a Weyl sequence).
fn scattered(n: usize) -> impl Iterator<Item = f64> {
    (1..=n).map(|k| (k as f64 * 0.618_033_988_749_894_9).fract())
}

/// Rosenbrock's valley in 1000 dimensions.
#[derive(Debug)]
pub struct Rosenbrock;

impl Program for Rosenbrock {
    const NAME: &'static str = "Rosenbrock 1000";
    fn point() -> Vec<f64> {
        scattered(1000).collect()
    }
    fn run<R: Real>(x: &[R]) -> R {
        x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
    }
}

/// ln Σ exp xₖ of 1000 numbers.
#[derive(Debug)]
pub struct LogSumExp;

impl Program for LogSumExp {
    const NAME: &'static str = "log-sum-exp 1000";
    fn point() -> Vec<f64> {
        scattered(1000).map(|x| 10.0 * x).collect()
    }
    fn run<R: Real>(x: &[R]) -> R {
        let largest = x.iter().fold(x[0], |a, &b| if b > a { b } else { a }).detach();
        x.iter().map(|&x| (x - largest).exp()).sum::<R>().ln() + largest
    }
}

/// ‖A v‖² for a matrix of 100 × 100, with respect to A and v.
#[derive(Debug)]
pub struct MatrixVector;

impl Program for MatrixVector {
    const NAME: &'static str = "matrix–vector 100×100";
    fn point() -> Vec<f64> {
        scattered(100 * 100 + 100).collect()
    }
    fn run<R: Real>(x: &[R]) -> R {
        let (matrix, vector) = x.split_at(100 * 100);
        let rows = matrix.chunks_exact(100);
        let products = rows.map(|row| row.iter().zip(vector).map(|(&a, &v)| a * v).sum::<R>());
        products.map(|y| y * y).sum()
    }
}

/// The determinant of a matrix of 30 × 30, by elimination with pivots.
#[derive(Debug)]
pub struct Determinant;

impl Program for Determinant {
    const NAME: &'static str = "LU determinant 30×30";
    fn point() -> Vec<f64> {
        scattered(30 * 30).enumerate().map(|(k, x)| x + f64::from(k % 31 == 0)).collect()
    }
    fn run<R: Real>(x: &[R]) -> R {
        let n = 30;
        let mut a: Vec<R> = x.to_vec();
        let mut determinant = R::one();
        for k in 0..n {
            let magnitude = |a: &[R], i: usize| a[i * n + k].primal().widen().abs();
            let pivot = (k..n).max_by(|&i, &j| magnitude(&a, i).total_cmp(&magnitude(&a, j)));
            let pivot = pivot.expect("there are rows left");
            if pivot != k {
                (0..n).for_each(|j| a.swap(pivot * n + j, k * n + j));
                determinant = -determinant;
            }
            determinant *= a[k * n + k];
            for i in k + 1..n {
                let factor = a[i * n + k] / a[k * n + k];
                for j in k + 1..n {
                    let change = factor * a[k * n + j];
                    a[i * n + j] -= change;
                }
            }
        }
        determinant
    }
}

/// Fifty explicit steps of a reaction–diffusion equation on a ring of 200 points, with respect to
/// the initial state.
#[derive(Debug)]
pub struct Stencil;

impl Program for Stencil {
    const NAME: &'static str = "stencil ODE 200×50";
    fn point() -> Vec<f64> {
        scattered(200).collect()
    }
    fn run<R: Real>(x: &[R]) -> R {
        let n = x.len();
        let mut u = x.to_vec();
        let mut next = u.clone();
        for _ in 0..50 {
            for i in 0..n {
                let (left, here, right) = (u[(i + n - 1) % n], u[i], u[(i + 1) % n]);
                let diffusion = left - here * 2.0 + right;
                let reaction = here * (R::one() - here);
                next[i] = here + (diffusion * 0.2 + reaction * 0.05);
            }
            core::mem::swap(&mut u, &mut next);
        }
        u.iter().map(|&u| u * u).sum()
    }
}
