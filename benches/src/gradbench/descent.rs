//! Gradient descent on functions that differentiate inside, and the modes in which they may do so.

use wengert_autodiff::{Dual, Primitive, Real, Var, gradient};

/// A mode of differentiation. Modes nest, because their numbers do.
pub(super) trait Mode {
    /// The numbers on which a function is evaluated to find its derivatives at `R`s.
    type Over<R: Real>: Real;

    /// A number that does not take part in this differentiation.
    fn constant<R: Real>(x: R) -> Self::Over<R>;

    fn gradient<R: Real>(f: impl Fn(&[Self::Over<R>]) -> Self::Over<R>, x: &[R]) -> Vec<R>;
}

pub(super) enum Forward {}

impl Mode for Forward {
    type Over<R: Real> = Dual<R>;

    fn constant<R: Real>(x: R) -> Dual<R> {
        Dual::constant(x)
    }

    fn gradient<R: Real>(f: impl Fn(&[Dual<R>]) -> Dual<R>, x: &[R]) -> Vec<R> {
        let along = |k| {
            let seed = |(i, &x)| Dual::new(x, if i == k { R::one() } else { R::zero() });
            f(&x.iter().enumerate().map(seed).collect::<Vec<_>>()).tangent()
        };
        (0..x.len()).map(along).collect()
    }
}

pub(super) enum Reverse {}

impl Mode for Reverse {
    type Over<R: Real> = Var<R>;

    fn constant<R: Real>(x: R) -> Var<R> {
        Var::constant(x)
    }

    fn gradient<R: Real>(f: impl Fn(&[Var<R>]) -> Var<R>, x: &[R]) -> Vec<R> {
        gradient(f, x)
    }
}

/// The length of a vector; its derivatives are not asked for.
fn length<R: Real>(x: impl Iterator<Item = R>) -> f64 {
    x.map(|x| x.primal().widen().powi(2)).sum::<f64>().sqrt()
}

/// Where f is smallest near `x`, by gradient descent. Ten steps downhill in a row double the step size, and one
/// uphill halves it.
pub(super) fn argmin<R: Real>(
    f: impl Fn(&[R]) -> R,
    gradient: impl Fn(&[R]) -> Vec<R>,
    x: &[R],
) -> Vec<R> {
    let mut x = x.to_vec();
    let (mut value, mut slope) = (f(&x), gradient(&x));
    let (mut size, mut successes) = (1e-5, 0);
    while length(slope.iter().copied()) > 1e-5 {
        if successes == 10 {
            (size, successes) = (size * 2.0, 0);
        }
        let next: Vec<R> = x.iter().zip(&slope).map(|(&x, &slope)| x - slope * size).collect();
        if length(x.iter().zip(&next).map(|(&x, &next)| x - next)) <= 1e-5 {
            break;
        }
        let there = f(&next);
        if there < value {
            (x, value, successes) = (next, there, successes + 1);
            slope = gradient(&x);
        } else {
            (size, successes) = (size / 2.0, 0);
        }
    }
    x
}
