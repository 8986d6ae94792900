//! Arrays that are worked on in tiles and by several threads.

use wengert_tensor::*;

use super::checks::numbers;

/// A function along the middle axis, where lanes are columns in memory, and along the last, where they are rows.
#[track_caller]
fn columns_and_rows_agree(f: fn(Var<f64>, isize) -> Var<f64>, keeps_axis: bool) {
    for shape in [[1, 300, 67], [5, 70, 67], [3, 4, 9000], [70, 300, 1], [2, 20_000, 2]] {
        let x = numbers(shape, 4);
        let turned = x.permute([0, 2, 1]).contiguous();
        let back = |y: Tensor<f64>| if keeps_axis { y.permute([0, 2, 1]) } else { y };
        let (a, b) = (x.map(|x| f(x, 1)), back(turned.map(|x| f(x, 2))));
        assert!(a.is_close(&b, 1e-12), "{shape:?}");
        let weights = numbers(a.shape(), 8);
        let turned_weights = back(weights.clone());
        let a = gradient(&x, |x| f(x, 1) * &weights);
        let b = gradient(&turned, |x| f(x, 2) * &turned_weights);
        assert!(a.is_close(&b.permute([0, 2, 1]), 1e-12), "{shape:?}");
    }
}

#[test]
fn reductions() {
    columns_and_rows_agree(|x, axis| x.sum_over(axis), false);
    columns_and_rows_agree(|x, axis| (x * 0.3 + 1.0).prod_over(axis), false);
    columns_and_rows_agree(|x, axis| x.amax_over(axis), false);
    columns_and_rows_agree(|x, axis| x.norm_over(axis), false);
    columns_and_rows_agree(|x, axis| x.lp_norm_over(3.0, axis), false);
    columns_and_rows_agree(|x, axis| x.std_over(axis, 1), false);
    columns_and_rows_agree(|x, axis| x.log_sum_exp_over(axis), false);
}

#[test]
fn lanes_to_lanes() {
    columns_and_rows_agree(|x, axis| x.softmax(axis), true);
    columns_and_rows_agree(|x, axis| x.log_softmax(axis), true);
    columns_and_rows_agree(|x, axis| x.cumsum(axis) * 1e-3, true);
    columns_and_rows_agree(|x, axis| (x * 0.1 + 1.0).cumprod(axis), true);
    columns_and_rows_agree(|x, axis| x.log_cumsum_exp(axis), true);
}

#[test]
fn places() {
    let x = numbers([300, 67], 4);
    let columns = x.argmax_over(0);
    let rows = x.transpose().contiguous().argmax_over(1);
    assert_eq!(columns, rows);
    assert_eq!(columns, x.transpose().argmax_over(1));
    for (column, place) in columns.to_vec().into_iter().enumerate() {
        assert!((0..300).all(|k| x[[k, column]] <= x[[place, column]]));
    }
    let mask = Tensor::from_vec([300, 67], x.to_vec().iter().map(|&x| x > 0.0).collect());
    let counts = mask.count_over(0).to_vec();
    assert_eq!(counts.iter().sum::<usize>(), mask.count());
    assert!(counts.iter().all(|&count| (100..200).contains(&count)));
}

/// Sums of many equal numbers, whose rounding errors would add up one by one.
#[test]
fn long_sums_keep_their_digits() {
    let x = Tensor::full([1 << 20], 0.1_f32);
    assert!((x.mean().item() / 0.1 - 1.0).abs() < 1e-6);
    assert!((x.norm().item() / 102.4 - 1.0).abs() < 1e-6);
    assert_eq!(x.std(1).item(), 0.0);
    let x = Tensor::<f64>::zeros([1 << 20]);
    let y = x.map(|x| x.log_sum_exp()).item();
    assert!((y - 20.0 * 2.0_f64.ln()).abs() < 1e-13, "{y}");
}
