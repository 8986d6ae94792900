//! y₀′ = x₀, yᵢ′ = xᵢ yᵢ₋₁, from y = 0, over the time 2 in s steps of the classical Runge–Kutta method; and the
//! gradient of the last yᵢ.
//!
//! In reverse mode, with checkpoints: of the way there only the states between steps are kept, and each step is
//! recorded on the way back. So the tape is as long as one step; and shorter still, because only those components are
//! recorded that the last one of the result depends on.

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

/// By how many components a step lets another influence one: each of its four slopes looks at the one below.
const REACH: usize = 4;

/// The state after a time of h.
fn step<R: Real>(x: &[R], y: &[R], h: f64) -> Vec<R> {
    let slope = |k: &[R], h: f64| -> Vec<R> {
        let below = x[1..].iter().zip(y).zip(k);
        let others =
            below.map(|((&x, &y), &k)| fuse!([x, y, k], |x, y, k; h: f64| x * (y + k * h)));
        [x[0]].into_iter().chain(others).collect()
    };
    let others = x[1..].iter().zip(y).map(|(&x, &y)| x * y);
    let k1: Vec<R> = [x[0]].into_iter().chain(others).collect();
    let k2 = slope(&k1, h / 2.0);
    let k3 = slope(&k2, h / 2.0);
    let k4 = slope(&k3, h);
    let mean = |i| [k1[i], k2[i], k3[i], k4[i]];
    let change = |i| fuse!(mean(i), |a, b, c, d; h: f64| (a + (b + c) * 2.0 + d) * (h / 6.0));
    (0..x.len()).map(|i| y[i] + change(i)).collect()
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
    for (k, y) in states.iter().enumerate().rev() {
        // (What is below the first of these would be wrong, and plays no part.)
        let first = (n - 1).saturating_sub(REACH * (input.s - k));
        let f = |xy: &[_]| step(&xy[..n - first], &xy[n - first..], input.h());
        let (_, pullback) = vjp(f, &[&input.x[first..], &y[first..]].concat());
        let back = pullback.apply(&by_y[first..]);
        let (more_by_x, before) = back.split_at(n - first);
        by_y[first..].copy_from_slice(before);
        by_x[first..].iter_mut().zip(more_by_x).for_each(|(sum, term)| *sum += term);
    }
    by_x
}
