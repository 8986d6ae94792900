//! Linear algebra.

use wengert_tensor::*;

use super::{Inputs, rows};

/// The matrices, whose numbers are small, plus a diagonal of 2, 3, …: regular, without values that are nearly equal.
fn regular<T: Element>(x: Var<T>) -> Var<T> {
    let shape = x.shape();
    let diagonal = |i: &[usize]| if i[0] == i[1] { 2.0 + i[0] as f64 } else { 0.0 };
    let [m, n] = [shape[shape.rank() - 2], shape[shape.rank() - 1]];
    x + constant(&Tensor::from_fn([m, n], |i| T::nearest(diagonal(i))).to(&x.device()))
}

/// Symmetric ones.
fn symmetric<T: Element>(x: Var<T>) -> Var<T> {
    regular(x).symmetrise()
}

/// V diag(d) W
fn around<T: Element>(v: Var<T>, d: Var<T>, w: Var<T>) -> Var<T> {
    (v * d.unsqueeze(-2)).matmul(w)
}

fn squares() -> Inputs {
    Inputs::of([[&[1, 1]], [&[2, 2]], [&[3, 3]], [&[2, 2, 2]], [&[0, 2, 2]]], [&[200, 12, 12]])
        .within(-0.2, 0.2)
}

fn tall() -> Inputs {
    Inputs::of([[&[2, 1]], [&[3, 2]], [&[2, 3, 2]]], [&[200, 14, 10]]).within(-0.2, 0.2)
}

fn wide() -> Inputs {
    Inputs::of([[&[1, 2]], [&[2, 3]], [&[2, 2, 3]]], [&[200, 10, 14]]).within(-0.2, 0.2)
}

fn systems() -> Inputs {
    Inputs::of(
        [[&[2, 2], &[2]], [&[3, 3], &[3, 2]], [&[2, 2, 2], &[2, 1]], [&[1, 1], &[1]]],
        [&[200, 12, 12], &[200, 12, 5]],
    )
    .within(-0.2, 0.2)
}

rows! {
    "det", squares(), |x| regular(x[0]).det();
    "det, 2 × 2", Inputs::of([[&[2, 2]]], [&[300, 2, 2]]), |x| x[0].det(), twin |x| {
        let x = &x[0].elements;
        vec![x[0] * x[3] - x[1] * x[2]]
    };
    "log_det", squares(), |x| regular(x[0]).log_det();
    "slog_det", squares(), |x| {
        let SlogDet { sign, log_abs } = (-regular(x[0])).slog_det();
        sign * log_abs
    };
    "inv", squares(), |x| regular(x[0]).inv();
    "solve", systems(), |x| regular(x[0]).solve(x[1]);
    "solve_lower_triangular", systems(), |x| regular(x[0]).solve_lower_triangular(x[1]);
    "solve_upper_triangular", systems(), |x| regular(x[0]).solve_upper_triangular(x[1]);
    "cholesky", squares(), |x| regular(x[0]).cholesky();
    "qr, tall", tall(), |x| {
        let Qr { q, r } = regular(x[0]).qr();
        q.matmul(r.sin())
    };
    "qr, wide", wide(), |x| {
        let Qr { q, r } = regular(x[0]).qr();
        q.matmul(r.sin())
    };
    "lstsq", Inputs::of([[&[3, 2], &[3]], [&[2, 1], &[2, 2]]], [&[100, 14, 10], &[100, 14, 3]]).within(-0.2, 0.2),
        |x| regular(x[0]).lstsq(x[1]);
    "eigvalsh", squares(), |x| symmetric(x[0]).eigvalsh();
    "eigh, a function of matrices", squares(), |x| {
        let Eigh { values, vectors } = symmetric(x[0]).eigh();
        around(vectors, values * values, vectors.transpose())
    };
    "eigh, vectors", squares(), |x| symmetric(x[0]).eigh().vectors;
    "svdvals", tall(), |x| regular(x[0]).svdvals();
    "svd, tall", tall(), |x| {
        let Svd { u, s, vt } = regular(x[0]).svd();
        around(u, s * s, vt)
    };
    "svd, wide", wide(), |x| {
        let Svd { u, s, vt } = regular(x[0]).svd();
        around(u, s * s, vt)
    };
    "pinv", tall(), |x| regular(x[0]).pinv();
    "matrix_exp", squares(), |x| x[0].matrix_exp();
    "matrix_power", squares(), |x| regular(x[0]).matrix_power(-2);
    "trace", squares(), |x| (x[0] * x[0]).trace();
    "symmetrise", squares(), |x| x[0].symmetrise();
    "frobenius_norm", squares(), |x| regular(x[0]).frobenius_norm();
    "nuclear_norm", tall(), |x| regular(x[0]).nuclear_norm();
    "spectral_norm", tall(), |x| regular(x[0]).spectral_norm();
}
