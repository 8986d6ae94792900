//! Derivatives of all orders at smooth points, in all modes.

use wengert_tensor::*;

use super::checks::{check, numbers};

macro_rules! programs {
    ($($name:ident: [$($x:expr),+], |$v:ident| $y:expr;)*) => {$(
        #[test]
        fn $name() {
            fn program<T: Element>($v: Var<T>) -> Var<T> {
                $y
            }
            $(check(program, program, &$x);)+
        }
    )*};
}

/// Zeros in several places of a lane, and in one, and in none.
fn with_zeros() -> Tensor<f64> {
    Tensor::from([
        [0.5, -1.2, 0.8, 1.1, -0.7],
        [0.0, -1.2, 0.8, 0.0, -0.7],
        [0.5, 0.0, -0.3, 1.1, 0.9],
        [0.0, 0.0, 0.0, 0.0, 0.0],
    ])
}

fn block() -> Tensor<f64> {
    numbers([2, 3, 4], 7)
}

programs! {
    sum: [numbers([5], 1), block()], |x| (x * x * x).sum();
    sum_over: [block()], |x| (x * x * x).sum_over([0, 2]);
    sum_keep: [block()], |x| x * (x * x).sum_keep(1);
    mean: [numbers([5], 1), block()], |x| (x * x * x).mean();
    mean_over: [block()], |x| (x * x * x).mean_over(-1);
    mean_keep: [block()], |x| x * (x * x).mean_keep([0, 1]);

    prod: [numbers([5], 1), block(), with_zeros()], |x| x.prod();
    prod_of_a_number: [Tensor::from(0.5)], |x| x.prod() * x;
    prod_over_rows: [with_zeros(), block()], |x| x.prod_over(-1);
    prod_over_columns: [with_zeros(), with_zeros().transpose()], |x| x.prod_over(0);
    prod_over_two_axes: [block()], |x| x.prod_over([0, 2]);
    prod_keep: [block()], |x| x + x.prod_keep([1, 2]);

    amax_over: [block()], |x| (x * x * x).amax_over(1);
    amax_keep: [block()], |x| x * (x * x * x).amax_keep([0, -1]);
    amin: [block()], |x| (x * x * x).amin();
    amin_over: [block()], |x| (x * x * x).amin_over([0, 1]);

    norm: [numbers([5], 1), block()], |x| x.norm();
    norm_over: [block()], |x| x.norm_over([0, 2]);
    norm_keep: [block()], |x| x / x.norm_keep(1);
    lp_norm_1: [block()], |x| (x * x * x).lp_norm_over(1.0, -1);
    lp_norm_3: [numbers([5], 1), block()], |x| x.lp_norm_over(3.0, 0);
    lp_norm_of_some_order: [&numbers([2, 3], 11) + 2.0], |x| x.lp_norm_keep(1.5, -1);
    lp_norm_below_one: [&numbers([2, 3], 11) + 2.0], |x| x.lp_norm(0.7);
    lp_norm_infinity: [numbers([2, 3, 4], 13)], |x| (x * x * x).lp_norm_over(f64::INFINITY, [0, 1]);

    variance: [numbers([5], 1), block()], |x| x.variance(1);
    variance_over: [block()], |x| (x * x).variance_over([0, 2], 0);
    variance_keep: [block()], |x| x * x.variance_keep(1, 2);
    std: [numbers([5], 1), block()], |x| x.std(1);
    std_over: [block()], |x| (x * x).std_over([0, 2], 0);
    std_keep: [block()], |x| (x - x.mean_keep(-1)) / x.std_keep(-1, 0);

    log_sum_exp: [numbers([5], 1), block()], |x| x.log_sum_exp();
    log_sum_exp_over: [block()], |x| (x * 2.0).log_sum_exp_over([0, 2]);
    log_sum_exp_keep: [block()], |x| x * x.log_sum_exp_keep(1);
    softmax_of_rows: [numbers([5], 1), block()], |x| (x * 2.0).softmax(-1);
    softmax_of_columns: [block()], |x| x.softmax(1);
    log_softmax_of_rows: [numbers([5], 1), block()], |x| (x * 2.0).log_softmax(-1);
    log_softmax_of_columns: [block()], |x| x.log_softmax(0);
    cross_entropy: [block()], |x| {
        (x * 2.0).cross_entropy(&Tensor::from([[0, 3, 1], [2, 2, 0]]))
    };
    cross_entropy_with_probabilities: [block()], |x| {
        x.cross_entropy_with_probabilities((x * x).softmax(-1))
    };

    cumsum_of_rows: [numbers([5], 1), block()], |x| (x * x * x).cumsum(-1);
    cumsum_of_columns: [block()], |x| (x * x * x).cumsum(1);
    cumprod_of_rows: [numbers([5], 1), with_zeros(), block()], |x| x.cumprod(-1);
    cumprod_of_columns: [with_zeros(), with_zeros().transpose(), block()], |x| x.cumprod(0);
    log_cumsum_exp_of_rows: [numbers([5], 1), block()], |x| (x * 2.0).log_cumsum_exp(-1);
    log_cumsum_exp_of_columns: [block()], |x| x.log_cumsum_exp(0);
}
