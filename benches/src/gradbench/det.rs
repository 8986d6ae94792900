//! The determinant by expansion in minors along the first row, recursively.
//!
//! In reverse mode, on a tape for each of the minors of the whole matrix.

use serde::Deserialize;
use wengert_autodiff::{Real, par_gradient};

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "A")]
    a: Vec<f64>,
    ell: usize,
}

/// The elements of a set of columns, given as bits.
fn members(mut columns: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let first = (columns != 0).then_some(columns.trailing_zeros() as usize);
        columns &= columns.wrapping_sub(1);
        first
    })
}

/// The determinant of the last rows of a matrix of ℓ × ℓ, as many as there are `columns`, restricted to these.
fn minor<R: Real>(a: &[R], ell: usize, columns: u32) -> R {
    let row = &a[ell * (ell - columns.count_ones() as usize)..][..ell];
    if columns.is_power_of_two() {
        return row[columns.trailing_zeros() as usize];
    }
    let mut terms = members(columns).map(|j| row[j] * minor(a, ell, columns & !(1 << j)));
    let mut sum = terms.next().expect("there are columns");
    while let Some(minus) = terms.next() {
        sum -= minus;
        if let Some(plus) = terms.next() {
            sum += plus;
        }
    }
    sum
}

pub(super) fn primal(input: &Input) -> f64 {
    minor(&input.a, input.ell, (1 << input.ell) - 1)
}

pub(super) fn gradient(input: &Input) -> Vec<f64> {
    let ell = input.ell;
    if ell == 1 {
        return vec![1.0];
    }
    let columns: Vec<usize> = (0..ell).collect();
    let term = |&j: &usize, a: &[_]| {
        let sign = if j % 2 == 0 { 1.0 } else { -1.0 };
        a[j] * minor(a, ell, ((1 << ell) - 1) & !(1 << j)) * sign
    };
    par_gradient(term, &columns, &input.a).1
}
