//! Hello, world: x² and its derivative.

use wengert_autodiff::{Real, derivative};

fn squared<R: Real>(x: R) -> R {
    x * x
}

pub(super) fn square(x: &f64) -> f64 {
    squared(*x)
}

pub(super) fn double(x: &f64) -> f64 {
    derivative(squared, *x)
}
