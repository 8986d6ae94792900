//! Reductions, softmax, running sums and products.

mod calculus;
mod checks;
mod large;
mod points;
mod short_lanes;
mod values;
