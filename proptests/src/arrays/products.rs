//! Products of vectors and matrices.

use wengert_autodiff::rules;
use wengert_tensor::Var;

use super::{Inputs, Numbers, Scalar, rows};

/// [m, k] · [k, n]
fn matrix_product(x: &[Numbers]) -> Vec<Scalar> {
    let ([m, k], [_, n]) = (&x[0].shape[..], &x[1].shape[..]) else { panic!("two matrices") };
    let row = |i: usize| &x[0].elements[i * k..(i + 1) * k];
    let column = |j: usize| (0..*k).map(|l| x[1].elements[l * n + j]).collect::<Vec<_>>();
    let element = |i| (0..*n).map(move |j| rules::dot(row(i), &column(j)));
    (0..*m).flat_map(element).collect()
}

rows! {
    "matmul, matrices",
        Inputs::of(
            [[&[2, 3], &[3, 2]], [&[1, 1], &[1, 4]], [&[3, 2], &[2, 3]], [&[2, 0], &[0, 3]], [&[0, 2], &[2, 2]]],
            [&[130, 90], &[90, 150]],
        ),
        |x| x[0].matmul(x[1]), twin |x| matrix_product(x);
    "matmul, stacks of matrices",
        Inputs::of(
            [[&[2, 2, 3], &[2, 3, 2]], [&[2, 2, 3], &[3, 1]], [&[2, 1, 1, 2], &[3, 2, 1]], [&[0, 2, 2], &[2, 2]]],
            [&[30, 40, 30], &[30, 30, 45]],
        ),
        |x| x[0].matmul(x[1]);
    "matmul, vector on the left",
        Inputs::of([[&[3], &[3, 2]], [&[2], &[2, 2, 3]], [&[0], &[0, 2]]], [&[1100], &[1100, 1000]]),
        |x| x[0].matmul(x[1]);
    "matmul, vector on the right",
        Inputs::of([[&[2, 3], &[3]], [&[2, 2, 3], &[3]], [&[2, 0], &[0]]], [&[1100, 1000], &[1000]]),
        |x| x[0].matmul(x[1]);
    "matmul, vectors", Inputs::of([[&[3], &[3]], [&[1], &[1]], [&[0], &[0]]], [&[200_000], &[200_000]]),
        |x| x[0].matmul(x[1]), twin |x| vec![rules::dot(&x[0].elements, &x[1].elements)];
    "matmul, a matrix with itself", Inputs::of([[&[2, 2]], [&[3, 3]]], [&[110, 110]]),
        |x| x[0].matmul(x[0].transpose()).matmul(x[0]);
    "dot", Inputs::of([[&[3], &[3]], [&[1], &[1]], [&[0], &[0]]], [&[200_000], &[200_000]]),
        |x| x[0].dot(x[1]), twin |x| vec![rules::dot(&x[0].elements, &x[1].elements)];
    "outer", Inputs::of([[&[3], &[2]], [&[1], &[4]], [&[0], &[2]]], [&[400], &[400]]),
        |x| x[0].outer(x[1]);
}
