//! min over x of max over y of (x₀² + x₁²) − (y₀² + y₁²), by gradient descent inside of gradient descent.

use serde::Deserialize;
use wengert_autodiff::Real;

use super::descent::{Mode, argmin};

#[derive(Deserialize)]
pub(super) struct Input {
    start: [f64; 2],
}

fn f<R: Real>(x: [R; 2], y: [R; 2]) -> R {
    (x[0] * x[0] + x[1] * x[1]) - (y[0] * y[0] + y[1] * y[1])
}

/// The y that maximises f(x, y).
fn argmax<M: Mode, R: Real>(x: [R; 2], start: [R; 2]) -> [R; 2] {
    let constant = x.map(M::constant);
    argmin(|y| -f(x, y), |y| M::gradient(|y| -f(constant, y), y), start)
}

fn max<M: Mode, R: Real>(x: [R; 2], start: [f64; 2]) -> R {
    f(x, argmax::<M, R>(x, start.map(R::from)))
}

pub(super) fn solve<Outer: Mode, Inner: Mode>(input: &Input) -> Vec<f64> {
    let start = input.start;
    let gradient = |x: [f64; 2]| Outer::gradient(|x| max::<Inner, _>(x, start), x);
    let x = argmin(|x| max::<Inner, _>(x, start), gradient, start);
    let y = argmax::<Outer, _>(x, start);
    [x, y].concat()
}
