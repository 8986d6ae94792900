//! Gradient descent on functions that differentiate inside, and the modes in which they may do so.

use std::array::from_fn;

use wengert_autodiff::{DualVec, Primitive, Real, Var, gradient_into};

/// A mode of differentiation. Modes nest, because their numbers do.
pub(super) trait Mode {
    /// The numbers on which a function of N variables is evaluated to find its derivatives at `R`s.
    type Over<R: Real, const N: usize>: Real;

    /// A number that does not take part in this differentiation.
    fn constant<R: Real, const N: usize>(x: R) -> Self::Over<R, N>;

    fn gradient<R: Real, const N: usize>(
        f: impl Fn([Self::Over<R, N>; N]) -> Self::Over<R, N>,
        x: [R; N],
    ) -> [R; N];
}

pub(super) enum Forward {}

impl Mode for Forward {
    type Over<R: Real, const N: usize> = DualVec<R, N>;

    fn constant<R: Real, const N: usize>(x: R) -> DualVec<R, N> {
        DualVec::constant(x)
    }

    fn gradient<R: Real, const N: usize>(
        f: impl Fn([DualVec<R, N>; N]) -> DualVec<R, N>,
        x: [R; N],
    ) -> [R; N] {
        f(from_fn(|k| DualVec::variable(x[k], k))).tangents
    }
}

pub(super) enum Reverse {}

impl Mode for Reverse {
    type Over<R: Real, const N: usize> = Var<R>;

    fn constant<R: Real, const N: usize>(x: R) -> Var<R> {
        Var::constant(x)
    }

    fn gradient<R: Real, const N: usize>(f: impl Fn([Var<R>; N]) -> Var<R>, x: [R; N]) -> [R; N] {
        let mut gradient = [R::zero(); N];
        gradient_into(|x| f(from_fn(|k| x[k])), &x, &mut gradient);
        gradient
    }
}

/// The length of a vector; its derivatives are not asked for.
fn length<R: Real>(x: impl IntoIterator<Item = R>) -> f64 {
    x.into_iter().map(|x| x.primal().widen().powi(2)).sum::<f64>().sqrt()
}

/// Where f is smallest near `x`, by gradient descent. Ten steps downhill in a row double the step size, and one
/// uphill halves it.
pub(super) fn argmin<R: Real, const N: usize>(
    f: impl Fn([R; N]) -> R,
    gradient: impl Fn([R; N]) -> [R; N],
    mut x: [R; N],
) -> [R; N] {
    let (mut value, mut slope) = (f(x), gradient(x));
    let (mut size, mut successes) = (1e-5, 0);
    while length(slope) > 1e-5 {
        if successes == 10 {
            (size, successes) = (size * 2.0, 0);
        }
        let next: [R; N] = from_fn(|k| x[k] - slope[k] * size);
        if length((0..N).map(|k| x[k] - next[k])) <= 1e-5 {
            break;
        }
        let there = f(next);
        if there < value {
            (x, value, successes) = (next, there, successes + 1);
            slope = gradient(x);
        } else {
            (size, successes) = (size / 2.0, 0);
        }
    }
    x
}
