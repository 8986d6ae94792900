//! y₀′ = x₀, yᵢ′ = xᵢ yᵢ₋₁, from y = 0, over the time 2 in s steps of the classical Runge–Kutta method; and the
//! gradient of the last yᵢ.
//!
//! In reverse mode, with checkpoints: of the way there only the states between steps are kept, and each step is
//! recorded on the way back. So the tape is as long as one step.

use serde::Deserialize;
use wengert_autodiff::{Real, fuse, vjp};

#[derive(Deserialize)]
pub(super) struct Input {
    x: Vec<f64>,
    s: usize,
}

impl Input {
    fn start(&self) -> Vec<f64> {
        vec![0.0; self.x.len()]
    }

    fn h(&self) -> f64 {
        2.0 / self.s as f64
    }
}

fn slope<R: Real>(x: &[R], y: &[R]) -> Vec<R> {
    let products = x[1..].iter().zip(y).map(|(&x, &y)| x * y);
    std::iter::once(x[0]).chain(products).collect()
}

/// The state after a time of h.
fn step<R: Real>(x: &[R], y: &[R], h: f64) -> Vec<R> {
    let along = |k: &[R], h: f64| {
        y.iter().zip(k).map(|(&y, &k)| fuse!([y, k], |y, k; h: f64| y + k * h)).collect::<Vec<R>>()
    };
    let k1 = slope(x, y);
    let k2 = slope(x, &along(&k1, h / 2.0));
    let k3 = slope(x, &along(&k2, h / 2.0));
    let k4 = slope(x, &along(&k3, h));
    (0..x.len()).map(|i| y[i] + (k1[i] + (k2[i] + k3[i]) * 2.0 + k4[i]) * (h / 6.0)).collect()
}

pub(super) fn primal(input: &Input) -> Vec<f64> {
    (0..input.s).fold(input.start(), |y, _| step(&input.x, &y, input.h()))
}

pub(super) fn gradient(input: &Input) -> Vec<f64> {
    let n = input.x.len();
    let mut states = vec![input.start()];
    for k in 1..input.s {
        states.push(step(&input.x, &states[k - 1], input.h()));
    }
    let mut by_x = vec![0.0; n];
    let mut by_y = vec![0.0; n];
    by_y[n - 1] = 1.0;
    for y in states.iter().rev() {
        let f = |xy: &[_]| step(&xy[..n], &xy[n..], input.h());
        let (_, pullback) = vjp(f, &[&input.x[..], y].concat());
        let mut back = pullback.apply(&by_y);
        by_y = back.split_off(n);
        by_x.iter_mut().zip(back).for_each(|(sum, term)| *sum += term);
    }
    by_x
}
