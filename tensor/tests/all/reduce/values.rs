//! Values and gradients of lanes against those of the scalar functions of slices, and of empty arrays.

use wengert_autodiff::{self as scalar, Number, SliceRule, rules};
use wengert_tensor::*;

use super::checks::numbers;

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} {b}");
}

/// A reduction over the middle axis against a function of slices.
#[track_caller]
fn agrees<K: SliceRule<1>>(f: fn(Var<f64>) -> Var<f64>, rule: K) {
    fn apply<K: SliceRule<1>, R: Number>(rule: K, x: &[R]) -> R {
        R::apply_slices(rule, [x])
    }
    let x = numbers([3, 7, 20], 21);
    let (y, dy) = (evaluate(&x, f), gradient(&x, f));
    assert_eq!(y.shape(), &[3, 20]);
    for i in 0..3 {
        for j in 0..20 {
            let lane: Vec<f64> = (0..7).map(|k| x[[i, k, j]]).collect();
            close(y[[i, j]], apply(rule, &lane));
            let expected = scalar::gradient(|x| apply(rule, x), &lane);
            (0..7).for_each(|k| close(dy[[i, k, j]], expected[k]));
        }
    }
}

#[test]
fn lanes_agree_with_slices() {
    agrees(|x| x.sum_over(1), rules::Sum);
    agrees(|x| x.prod_over(1), rules::Prod);
    agrees(|x| x.norm_over(1), rules::Norm);
    agrees(|x| x.log_sum_exp_over(1), rules::LogSumExp);
}

#[test]
fn variances_agree_with_slices() {
    let x = numbers([4, 6], 2);
    for correction in [0, 1, 3] {
        let y = x.map(|x| x.variance_over(-1, correction));
        let std = x.std_over(-1, correction);
        for i in 0..4 {
            let row: Vec<f64> = (0..6).map(|k| x[[i, k]]).collect();
            close(y[[i]], rules::variance(&row, correction));
            close(std[[i]].powi(2), y[[i]]);
        }
    }
}

#[test]
fn softmax_agrees_with_slices() {
    let x = numbers([4, 6], 2);
    let y = x.map(|x| (x * 300.0).softmax(0));
    let logs = x.map(|x| (x * 300.0).log_softmax(0));
    for j in 0..6 {
        let column: Vec<f64> = (0..4).map(|i| x[[i, j]] * 300.0).collect();
        let log_sum = rules::log_sum_exp(&column);
        for (i, expected) in rules::softmax(&column).into_iter().enumerate() {
            close(y[[i, j]], expected);
            // (The difference is exact to a rounding error of numbers up to 450.)
            assert!((logs[[i, j]] - (column[i] - log_sum)).abs() < 1e-13);
        }
    }
}

#[test]
fn running_results_are_reductions_of_beginnings() {
    let x = numbers([2, 6, 3], 2);
    let [sums, products, logs] =
        [Var::cumsum, Var::cumprod, Var::log_cumsum_exp].map(|f| x.map(|x| f(x, 1)));
    for (i, j) in [(0, 0), (1, 2), (1, 1)] {
        for k in 0..6 {
            let lane: Vec<f64> = (0..=k).map(|k| x[[i, k, j]]).collect();
            close(sums[[i, k, j]], lane.iter().sum());
            close(products[[i, k, j]], lane.iter().product());
            close(logs[[i, k, j]], rules::log_sum_exp(&lane));
        }
    }
}

#[test]
fn axes_in_any_position_are_reduced_alike() {
    let x = numbers([2, 3, 4, 2], 9);
    let front = x.permute([3, 1, 0, 2]).contiguous();
    let pairs: [(Tensor<f64>, Tensor<f64>); 5] = [
        (x.map(|x| x.prod_over([1, 3])), front.map(|x| x.prod_over([0, 1]))),
        (x.map(|x| x.amax_over([1, -1])), front.map(|x| x.amax_over([0, 1]))),
        (x.map(|x| x.norm_over([3, 1])), front.map(|x| x.norm_over([1, 0]))),
        (x.map(|x| x.variance_over([1, 3], 1)), front.map(|x| x.variance_over([0, 1], 1))),
        (x.map(|x| x.log_sum_exp_over([1, 3])), front.map(|x| x.log_sum_exp_over([0, 1]))),
    ];
    for (a, b) in pairs {
        assert_eq!(a.shape(), &[2, 4]);
        assert!(a.is_close(&b, 1e-14), "{a} {b}");
    }
    let kept = x.map(|x| x.norm_keep([1, 3]));
    assert_eq!(kept.shape(), &[2, 1, 4, 1]);
    assert_eq!(kept.to_vec(), x.map(|x| x.norm_over([1, 3])).to_vec());
    assert_eq!(x.map(|x| x.prod_over([])), x);
}

#[test]
fn places_of_extremes() {
    let x = Tensor::from([[1.0, 5.0, 5.0], [7.0, 2.0, 0.0]]);
    assert_eq!((x.argmax(), x.argmin()), (3, 5));
    assert_eq!(x.argmax_over(-1), Tensor::from([1, 0]));
    assert_eq!(x.argmax_over(0), Tensor::from([1, 0, 0]));
    assert_eq!(x.argmin_over(1), Tensor::from([0, 2]));
    assert_eq!(x.transpose().argmax(), 1);
    assert_eq!(x.transpose().argmin_over(0), Tensor::from([0, 2]));
    let x = Tensor::from([1.0, f64::NAN, 9.0, f64::NAN]);
    assert_eq!((x.argmax(), x.argmin()), (1, 1));
    assert_eq!(Tensor::from(3.0).argmax(), 0);
    assert_eq!(Tensor::<f64>::zeros([3]).expand([2, 3]).argmax_over(1), Tensor::from([0, 0]));
    assert_eq!(Tensor::<f64>::zeros([0, 3]).argmax_over(1).shape(), &[0]);
}

#[test]
fn masks_are_counted() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::from([[1.0, -1.0, 2.0], [3.0, 4.0, 5.0]]));
    let positive = x.greater(0.0);
    assert!(positive.any() && !positive.all() && positive.count() == 5);
    assert_eq!(positive.all_over(1).value(), Tensor::from([false, true]));
    assert_eq!(positive.all_over(0).value(), Tensor::from([true, false, true]));
    assert_eq!((!positive).any_keep(0).value(), Tensor::from([[false, true, false]]));
    assert_eq!(positive.count_over(0), Tensor::from([2, 1, 2]));
    assert_eq!(positive.count_over([0, 1]), Tensor::from(5));
    let none = tape.var(&Tensor::zeros([0, 2])).greater(0.0);
    assert!(!none.any() && none.all() && none.count() == 0);
    assert_eq!(none.any_over(0).value(), Tensor::from([false, false]));
    assert_eq!(none.all_over(0).value(), Tensor::from([true, true]));
    assert_eq!(none.count_over(0), Tensor::from([0, 0]));
}

#[test]
fn nothing_is_reduced_to_the_neutral_element() {
    let none = Tensor::<f64>::zeros([0, 2]);
    let rows = |f: fn(Var<f64>) -> Var<f64>| {
        assert_eq!(gradient(&none, f).shape(), &[0, 2]);
        none.map(f)
    };
    assert_eq!(rows(|x| x.sum_over(0)), Tensor::from([0.0, 0.0]));
    assert_eq!(rows(|x| x.prod_over(0)), Tensor::from([1.0, 1.0]));
    assert_eq!(rows(|x| x.norm_over(0)), Tensor::from([0.0, 0.0]));
    assert_eq!(rows(|x| x.lp_norm_over(3.0, 0)), Tensor::from([0.0, 0.0]));
    assert_eq!(rows(|x| x.lp_norm_over(f64::INFINITY, 0)), Tensor::from([0.0, 0.0]));
    let nothing = f64::NEG_INFINITY;
    assert_eq!(rows(|x| x.log_sum_exp_over(0)), Tensor::from([nothing, nothing]));
    for undefined in
        [rows(|x| x.variance_over(0, 0)), rows(|x| x.std_over(0, 0)), rows(|x| x.mean_over(0))]
    {
        assert_eq!(undefined.shape(), &[2]);
        assert!(undefined.to_vec().iter().all(|x| x.is_nan()));
    }
    for f in [Var::cumsum, Var::cumprod, Var::log_cumsum_exp, Var::softmax, Var::log_softmax] {
        for axis in [0, 1] {
            assert_eq!(none.map(|x| f(x, axis)).shape(), &[0, 2]);
            assert_eq!(gradient(&none, |x| gradient(&x, |x| f(x, axis))).shape(), &[0, 2]);
        }
    }
    assert_eq!(gradient(&none, |x| gradient(&x, |x| x.prod_over(0))).shape(), &[0, 2]);
    assert_eq!(none.map(|x| x.amax_over(1)).shape(), &[0]);
    assert!(none.map(|x| x.cross_entropy(&Tensor::from(vec![]))).item().is_nan());
}
