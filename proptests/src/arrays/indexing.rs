//! Elements at places that are computed.

use wengert_tensor::{Tensor, Var};

use super::{Inputs, rows};

/// Places of an axis of extent n, some of them several times.
fn places(shape: &[usize], n: usize) -> Tensor<usize> {
    let mut k = 0;
    Tensor::from_fn(shape, |_| {
        k += 1;
        (k * k + k / 3) % n
    })
}

/// As [`places`], no place twice in a row.
fn different(rows: usize, count: usize, n: usize) -> Tensor<usize> {
    Tensor::from_fn([rows, count], |i| (i[0] + 2 * n - i[1]) % n)
}

fn every_third(shape: &[usize]) -> Tensor<bool> {
    let mut k = 0;
    Tensor::from_fn(shape, |_| {
        k += 1;
        k % 3 == 0
    })
}

rows! {
    "index_select", Inputs::lanes(), |x| x[0].index_select(-1, places(&[4], *x[0].shape().last().unwrap()));
    "index_select, two axes of places", Inputs::filled(), |x| x[0].index_select(0, places(&[2, 3], x[0].shape()[0]));
    "take", Inputs::filled(), |x| x[0].take(places(&[2, 3], x[0].shape().size()));
    "embedding", Inputs::of([[&[3, 2]], [&[1, 4]], [&[3, 0]]], [&[50, 300]]),
        |x| x[0].embedding(places(&[400], x[0].shape()[0]).slice(0, 0..(x[0].shape()[0] * 2)));
    "gather", Inputs::of([[&[2, 3]], [&[3, 1]], [&[2, 4]]], [&[600, 300]]),
        |x| x[0].gather(1, places(&[x[0].shape()[0], 3], x[0].shape()[1]));
    "gather, broadcast places", Inputs::of([[&[3, 2]], [&[1, 3]]], [&[600, 300]]),
        |x| x[0].gather(0, places(&[4, 1], x[0].shape()[0]));
    "index_add", Inputs::of([[&[3, 2], &[4, 2]], [&[2], &[4]]], [&[60, 2000], &[4, 2000]]),
        |x| x[0].index_add(0, places(&[4], x[0].shape()[0]), x[1]);
    "scatter_add", Inputs::of([[&[2, 3], &[2, 4]], [&[1, 2], &[1, 3]]], [&[600, 300], &[600, 300]]),
        |x| x[0].scatter_add(1, places(&x[1].shape(), x[0].shape()[1]), x[1]);
    "scatter", Inputs::of([[&[2, 3], &[2, 2]], [&[1, 4], &[1, 3]]], [&[600, 300], &[600, 300]]),
        |x| x[0].scatter(1, different(x[1].shape()[0], x[1].shape()[1], x[0].shape()[1]), x[1]);
    "masked_fill", Inputs::of([[&[2, 3], &[]], [&[4], &[]], [&[2, 2], &[2]], [&[0], &[]]], [&[600, 300], &[300]]),
        |x| x[0].masked_fill(&every_third(&x[0].shape()), x[1]);
}
