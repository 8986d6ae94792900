//! Rearrangements.

use wengert_tensor::*;

use super::{Inputs, rows};

fn backwards(shape: &Shape) -> Axes {
    (0..shape.rank() as isize).collect::<Vec<_>>().into()
}

rows! {
    "reshape", Inputs::of([[&[2, 3]], [&[6]], [&[3, 1, 2]]], [&[66, 33, 65]]),
        |x| x[0].reshape([x[0].shape().size() / 2, 2]);
    "reshape to a number and back", Inputs::of([[&[1, 1]], [&[]]], [&[1]]),
        |x| x[0].reshape([] as [usize; 0]).exp().reshape([1, 1]);
    "permute", Inputs::of([[&[2, 3, 2]], [&[1, 3, 2]], [&[0, 2, 1]]], [&[67, 33, 65]]),
        |x| x[0].permute([2, 0, -2]);
    "transpose", Inputs::matrices(), |x| x[0].transpose();
    "transpose of a view", Inputs::matrices(), |x| x[0].transpose().exp().transpose() * x[0];
    "expand", Inputs::of([[&[]], [&[3]], [&[2, 1]], [&[1, 3]]], [&[1, 3]]), |x| x[0].expand([4, 2, 3]);
    "squeeze", Inputs::of([[&[2, 1, 3]], [&[1, 1, 1]], [&[0, 1]]], [&[67, 1, 2145]]), |x| x[0].squeeze(1);
    "unsqueeze", Inputs::any(), |x| x[0].unsqueeze([0, -1]);
    "swap_axes", Inputs::lanes(), |x| x[0].swap_axes(0, -1);
    "move_axis", Inputs::lanes(), |x| x[0].move_axis(0, -1);
    "flip", Inputs::any(), |x| x[0].flip(backwards(&x[0].shape()));
    "flip(0)", Inputs::lanes(), |x| x[0].flip(0);
    "roll", Inputs::lanes(), |x| x[0].roll(-1, 2) * x[0];
    "slice", Inputs::of([[&[3]], [&[4, 2]], [&[3, 0]]], [&[670, 330]]), |x| x[0].slice(0, 1..3);
    "slice_step", Inputs::of([[&[5]], [&[2, 4]]], [&[670, 330]]), |x| x[0].slice_step(-1, 1.., 2);
    "slice_step, backwards", Inputs::of([[&[5]], [&[2, 4]]], [&[670, 330]]), |x| x[0].slice_step(-1, .., -2);
    "narrow", Inputs::of([[&[5]], [&[3, 2]]], [&[670, 330]]), |x| x[0].narrow(0, 1, 2);
    "index", Inputs::of([[&[2]], [&[2, 3]], [&[3, 1, 2]]], [&[670, 330]]), |x| x[0].index(0, 1);
    "at", Inputs::of([[&[3, 4]], [&[2, 3, 2]]], [&[670, 330]]), |x| x[0].at((1, 0..3));
    "concat", Inputs::of([[&[2], &[3]], [&[2, 2], &[1, 2]], [&[0, 2], &[1, 2]]], [&[300, 330], &[400, 330]]),
        |x| Var::concat(&[x[0], x[1], x[0]], 0);
    "concat, last axis", Inputs::of([[&[2], &[3]], [&[2, 2], &[2, 1]]], [&[300, 330], &[300, 200]]),
        |x| Var::concat(&[x[1], x[0]], -1);
    "stack", Inputs::of([[&[2], &[2]], [&[2, 3], &[2, 3]], [&[], &[]], [&[0], &[0]]], [&[300, 330], &[300, 330]]),
        |x| Var::stack(&[x[0], x[1]], -1);
    "split", Inputs::of([[&[4]], [&[4, 2]]], [&[4, 50_000]]), |x| {
        let parts = x[0].split(0, &[1, 3]);
        parts[0] * parts[1]
    };
    "chunk", Inputs::of([[&[4]], [&[3, 2]]], [&[600, 440]]), |x| {
        let [a, b] = x[0].chunk(-1);
        a * b.sin()
    };
    "unbind", Inputs::of([[&[2]], [&[2, 3]]], [&[2, 70_000]]), |x| {
        let parts = x[0].unbind(0);
        parts[0] / (parts[1] + 4.0)
    };
    "pad", Inputs::of([[&[2, 2], &[]], [&[1, 3], &[]], [&[0, 2], &[]]], [&[300, 440], &[]]),
        |x| x[0].pad([(1, 0), (2, 1)], x[1]);
    "tile", Inputs::of([[&[2]], [&[2, 3]], [&[1, 1, 2]]], [&[300, 130]]), |x| x[0].tile([2, 3]);
    "repeat_interleave", Inputs::lanes(), |x| x[0].repeat_interleave(-1, 2);
    "diagonal", Inputs::matrices(), |x| x[0].diagonal(1);
    "diagonal below", Inputs::matrices(), |x| x[0].diagonal(-1);
    "diag", Inputs::of([[&[3]], [&[1]], [&[0]]], [&[400]]), |x| x[0].diag();
    "diag_embed", Inputs::lanes(), |x| x[0].diag_embed(1);
    "tril", Inputs::matrices(), |x| x[0].tril(0);
    "triu", Inputs::matrices(), |x| x[0].triu(1);
}
