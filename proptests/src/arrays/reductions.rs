//! Operations that gather elements: reductions, running ones, softmax, losses.

use wengert_autodiff::rules;
use wengert_tensor::*;

use super::{Inputs, Numbers, Scalar, rows};

/// A function of all elements.
fn whole(x: &[Numbers], f: impl Fn(&[Scalar]) -> Scalar) -> Vec<Scalar> {
    vec![f(&x[0].elements)]
}

/// A function of each row.
fn by_rows(x: &[Numbers], f: impl Fn(&[Scalar]) -> Scalar) -> Vec<Scalar> {
    x[0].rows().map(f).collect()
}

/// A function of each row to a row.
fn along_rows(x: &[Numbers], f: impl Fn(&[Scalar]) -> Vec<Scalar>) -> Vec<Scalar> {
    x[0].rows().flat_map(f).collect()
}

/// f of the first element, of the first two, …
fn beginnings(row: &[Scalar], f: impl Fn(&[Scalar]) -> Scalar) -> Vec<Scalar> {
    (1..=row.len()).map(|n| f(&row[..n])).collect()
}

fn largest(x: &[Scalar]) -> Scalar {
    x[1..].iter().fold(x[0], |largest, &x| largest.max(x))
}

fn smallest(x: &[Scalar]) -> Scalar {
    x[1..].iter().fold(x[0], |smallest, &x| smallest.min(x))
}

/// A class for each row.
fn classes(shape: &[usize]) -> Tensor<usize> {
    let (last, rows) = shape.split_last().expect("an axis of classes");
    let mut k = 0;
    Tensor::from_fn(rows, |_| {
        k += 2;
        k % *last
    })
}

rows! {
    "sum", Inputs::any(), |x| x[0].sum(), twin |x| whole(x, rules::sum);
    "sum_over(-1)", Inputs::lanes(), |x| x[0].sum_over(-1), twin |x| by_rows(x, rules::sum);
    "sum_over(0)", Inputs::matrices(), |x| x[0].sum_over(0);
    "sum_keep([0, -1])", Inputs::matrices(), |x| x[0].sum_keep([0, -1]) * x[0];
    "mean", Inputs::filled(), |x| x[0].mean(), twin |x| whole(x, rules::mean);
    "mean_over(0)", Inputs::filled(), |x| x[0].mean_over(0);
    "mean_keep(-1)", Inputs::lanes(), |x| x[0] - x[0].mean_keep(-1),
        twin |x| along_rows(x, |x| x.iter().map(|&y| y - rules::mean(x)).collect());
    "prod", Inputs::any(), |x| x[0].prod(), twin |x| whole(x, rules::prod);
    "prod_over(-1)", Inputs::lanes(), |x| x[0].prod_over(-1), twin |x| by_rows(x, rules::prod);
    "prod_keep(0)", Inputs::matrices(), |x| x[0].prod_keep(0) + x[0];
    "amax", Inputs::filled().apart(), |x| x[0].amax(), twin |x| whole(x, largest);
    "amax_over(-1)", Inputs::lanes().apart(), |x| x[0].amax_over(-1), twin |x| by_rows(x, largest);
    "amax_keep(0)", Inputs::filled().apart(), |x| x[0].amax_keep(0) * x[0];
    "amin", Inputs::filled().apart(), |x| x[0].amin(), twin |x| whole(x, smallest);
    "amin_over(-1)", Inputs::lanes().apart(), |x| x[0].amin_over(-1), twin |x| by_rows(x, smallest);
    "amin_keep(0)", Inputs::filled().apart(), |x| x[0].amin_keep(0) * x[0];
    "norm", Inputs::filled(), |x| x[0].norm(), twin |x| whole(x, rules::norm);
    "norm_over(-1)", Inputs::lanes(), |x| x[0].norm_over(-1), twin |x| by_rows(x, rules::norm);
    "norm_keep(0)", Inputs::filled(), |x| x[0] / x[0].norm_keep(0);
    "lp_norm(1)", Inputs::filled(), |x| x[0].lp_norm(1.0),
        twin |x| whole(x, |x| x.iter().map(|x| x.abs()).sum());
    "lp_norm(2.5)", Inputs::filled(), |x| x[0].lp_norm(2.5),
        twin |x| whole(x, |x| x.iter().map(|x| x.abs().powf(2.5)).sum::<Scalar>().powf(0.4));
    "lp_norm_over(3, -1)", Inputs::lanes(), |x| x[0].lp_norm_over(3.0, -1),
        twin |x| by_rows(x, |x| x.iter().map(|x| x.abs().powi(3)).sum::<Scalar>().cbrt());
    "lp_norm_keep(∞, 0)", Inputs::filled().apart(), |x| x[0].lp_norm_keep(f64::INFINITY, 0) * x[0];
    "variance(0)", Inputs::filled(), |x| x[0].variance(0), twin |x| whole(x, |x| rules::variance(x, 0));
    "variance_over(-1, 1)", Inputs::of([[&[2]], [&[2, 3]], [&[2, 1, 4]]], [&[67, 33, 65]]),
        |x| x[0].variance_over(-1, 1), twin |x| by_rows(x, |x| rules::variance(x, 1));
    "variance_keep([0, -1], 0)", Inputs::of([[&[2, 3]], [&[3, 2, 2]]], [&[67, 33, 65]]),
        |x| x[0].variance_keep([0, -1], 0) * x[0];
    "std(1)", Inputs::of([[&[4]], [&[2, 3]]], [&[67, 33, 65]]), |x| x[0].std(1),
        twin |x| whole(x, |x| rules::variance(x, 1).sqrt());
    "std_over(0, 0)", Inputs::of([[&[4]], [&[2, 3]], [&[3, 2, 2]]], [&[67, 33, 65]]).apart(),
        |x| x[0].std_over(0, 0);
    "std_keep(-1, 0)", Inputs::of([[&[4]], [&[2, 3]]], [&[67, 33, 65]]).apart(),
        |x| (x[0] - x[0].mean_keep(-1)) / x[0].std_keep(-1, 0);
    "log_sum_exp", Inputs::filled(), |x| x[0].log_sum_exp(), twin |x| whole(x, rules::log_sum_exp);
    "log_sum_exp_over(-1)", Inputs::lanes(), |x| x[0].log_sum_exp_over(-1),
        twin |x| by_rows(x, rules::log_sum_exp);
    "log_sum_exp_keep(0)", Inputs::filled(), |x| x[0] - x[0].log_sum_exp_keep(0);
    "softmax(-1)", Inputs::lanes(), |x| x[0].softmax(-1), twin |x| along_rows(x, rules::softmax);
    "softmax(0)", Inputs::filled(), |x| x[0].softmax(0);
    "log_softmax(-1)", Inputs::lanes(), |x| x[0].log_softmax(-1),
        twin |x| along_rows(x, |x| x.iter().map(|&y| y - rules::log_sum_exp(x)).collect());
    "cumsum(-1)", Inputs::lanes(), |x| x[0].cumsum(-1), twin |x| along_rows(x, |x| beginnings(x, rules::sum));
    "cumsum(0)", Inputs::matrices(), |x| x[0].cumsum(0);
    "cumprod(-1)", Inputs::lanes(), |x| x[0].cumprod(-1), twin |x| along_rows(x, |x| beginnings(x, rules::prod));
    "cumprod(0)", Inputs::matrices(), |x| x[0].cumprod(0);
    "log_cumsum_exp(-1)", Inputs::lanes(), |x| x[0].log_cumsum_exp(-1),
        twin |x| along_rows(x, |x| beginnings(x, rules::log_sum_exp));
    "log_cumsum_exp(0)", Inputs::filled(), |x| x[0].log_cumsum_exp(0);
    "cross_entropy", Inputs::of([[&[3]], [&[2, 3]], [&[2, 2, 3]]], [&[670, 5, 65]]),
        |x| x[0].cross_entropy(&classes(&x[0].shape()));
    "cross_entropy_with_probabilities",
        Inputs::of([[&[3], &[3]], [&[2, 3], &[2, 3]]], [&[2000, 70], &[2000, 70]]).within(0.1, 1.0),
        |x| (x[0] * 3.0).cross_entropy_with_probabilities(x[1]);
    "sort(-1)", Inputs::lanes().apart(), |x| x[0].sort(-1).0;
    "sort(0)", Inputs::filled().apart(), |x| x[0].sort(0).0;
    "top_k(-1, 2)", Inputs::of([[&[2]], [&[2, 3]], [&[2, 2, 4]]], [&[67, 33, 65]]).apart(),
        |x| x[0].top_k(-1, 2).0;
}
