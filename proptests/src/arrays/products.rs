//! Products of vectors, matrices and arrays, and what is made of them.

use wengert_autodiff::rules;
use wengert_tensor::{Var, einsum};

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
    "einsum, ij,jk->ik", Inputs::of([[&[2, 3], &[3, 2]], [&[0, 2], &[2, 2]]], [&[130, 90], &[90, 150]]),
        |x| einsum("ij,jk->ik", [x[0], x[1]]), twin |x| matrix_product(x);
    "einsum, traces and transposes", Inputs::of([[&[2, 2, 3]], [&[1, 1, 2]]], [&[60, 60, 50]]),
        |x| einsum("iij->ji", [x[0] * x[0]]);
    "einsum, three operands",
        Inputs::of([[&[2, 3], &[3, 2], &[2, 2]], [&[1, 2], &[2, 1], &[1, 3]]], [&[130, 90], &[90, 150], &[150, 20]]),
        |x| einsum("ij,jk,kl->il", [x[0], x[1], x[2]]);
    "einsum, stacks that broadcast", Inputs::of([[&[2, 2, 3], &[3, 2]], [&[1, 2, 2], &[3, 2, 1]]], [&[30, 40, 30], &[30, 45]]),
        |x| einsum("...ij,...jk->...ik", [x[0], x[1]]);
    "einsum, one operand twice", Inputs::of([[&[2, 3]], [&[3, 1]]], [&[120, 150]]),
        |x| einsum("ij,kj->ik", [x[0], x[0]]);
    "tensordot", Inputs::of([[&[2, 3, 2], &[3, 2]], [&[1, 2, 1], &[2, 3]]], [&[30, 40, 30], &[40, 45]]),
        |x| x[0].tensordot(x[1], [(1, 0)]);
    "attention", Inputs::of([[&[2, 3], &[4, 3], &[4, 2]], [&[2, 2, 1], &[2, 2, 1], &[2, 2, 3]]], [&[8, 64, 32], &[8, 64, 32], &[8, 64, 32]]),
        |x| x[0].attention(x[1], x[2], None);
    "layer_norm", Inputs::of([[&[4]], [&[2, 3]], [&[2, 2, 4]]], [&[670, 330]]), |x| x[0].layer_norm(-1, 1e-5);
}
