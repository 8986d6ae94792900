//! Convolutions and pooling.

use wengert_tensor::{Conv, Pool, Var};

use super::{Inputs, rows};

rows! {
    "conv2d", Inputs::of([[&[1, 2, 3, 3], &[2, 2, 2, 2]], [&[2, 1, 2, 3], &[1, 1, 1, 2]]], [&[2, 8, 40, 40], &[9, 8, 3, 3]]),
        |x| x[0].conv2d(x[1], Conv::default());
    "conv2d, padding, stride, dilation",
        Inputs::of([[&[1, 1, 4, 5], &[2, 1, 2, 2]], [&[2, 1, 3, 3], &[1, 1, 2, 2]]], [&[2, 8, 60, 60], &[9, 8, 3, 3]]),
        |x| x[0].conv2d(x[1], Conv::default().padding([1, 0]).stride([2, 1]).dilation([1, 2]));
    "conv2d, groups", Inputs::of([[&[1, 4, 2, 3], &[2, 2, 2, 2]]], [&[2, 8, 60, 60], &[10, 4, 3, 3]]),
        |x| x[0].conv2d(x[1], Conv::default().groups(2));
    "conv1d", Inputs::of([[&[1, 2, 4], &[2, 2, 2]], [&[2, 1, 3], &[1, 1, 3]]], [&[4, 8, 2000], &[8, 8, 5]]),
        |x| x[0].conv1d(x[1], Conv::default().padding(1));
    "conv_transpose2d", Inputs::of([[&[1, 2, 2, 2], &[2, 1, 2, 2]]], [&[2, 8, 40, 40], &[8, 9, 3, 3]]),
        |x| x[0].conv_transpose2d(x[1], Conv::default().stride(2).padding([1, 0]));
    "conv_transpose2d_to", Inputs::of([[&[1, 1, 2, 2], &[1, 2, 2, 2]]], [&[2, 8, 2, 2], &[8, 9, 2, 2]]),
        |x| x[0].conv_transpose2d_to(x[1], Conv::default().stride(2), [5, 4]);
    "conv_transpose1d", Inputs::of([[&[1, 2, 3], &[2, 1, 2]]], [&[4, 8, 2000], &[8, 8, 5]]),
        |x| x[0].conv_transpose1d(x[1], Conv::default());
    "conv_transpose1d_to", Inputs::of([[&[1, 2, 3], &[2, 1, 2]]], [&[4, 8, 3], &[8, 8, 2]]),
        |x| x[0].conv_transpose1d_to(x[1], Conv::default().stride(2), 7);
    "max_pool2d", Inputs::of([[&[1, 2, 2, 4]], [&[1, 4, 3]]], [&[8, 8, 64, 64]]).apart(), |x| x[0].max_pool2d([2, 2]);
    "max_pool2d, overlapping", Inputs::of([[&[1, 1, 3, 4]]], [&[8, 8, 64, 64]]).apart(),
        |x| x[0].max_pool2d(Pool::new([2, 3]).stride(1).padding([1, 0]));
    "max_pool1d", Inputs::of([[&[1, 2, 4]], [&[1, 5]]], [&[8, 8, 4096]]).apart(), |x| x[0].max_pool1d(2);
    "avg_pool2d", Inputs::of([[&[1, 2, 2, 4]], [&[1, 4, 3]]], [&[8, 8, 64, 64]]), |x| x[0].avg_pool2d([2, 2]);
    "avg_pool2d, overlapping", Inputs::of([[&[1, 1, 3, 4]]], [&[8, 8, 64, 64]]),
        |x| x[0].avg_pool2d(Pool::new([2, 3]).stride(1).padding([1, 0]));
    "avg_pool1d", Inputs::of([[&[1, 2, 4]], [&[1, 5]]], [&[8, 8, 4096]]), |x| x[0].avg_pool1d(2);
}
