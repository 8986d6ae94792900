//! Whole Jacobians and Hessians beside their rows, and beside differences.

use wengert_tensor::*;

use super::members::{assert_close, numbers, operation};
use super::table;

type Program<'a> = dyn Fn(Var<f64>) -> Var<f64> + 'a;

/// Row by row, each by a pullback of its own.
fn by_rows(f: &Program<'_>, x: &Tensor<f64>) -> Tensor<f64> {
    let (y, pullback) = vjp(f, x);
    let row = |place: usize| {
        let mut seed = Tensor::zeros(y.shape()).contiguous();
        seed.as_mut_slice()[place] = 1.0;
        pullback.call(&seed)
    };
    let rows: Vec<Tensor<f64>> = (0..y.size()).map(row).collect();
    let shape: Vec<usize> = y.shape().iter().chain(x.shape().iter()).copied().collect();
    match rows.is_empty() {
        true => Tensor::zeros(shape),
        false => Tensor::stack(&rows, 0).reshape(shape),
    }
}

/// Column by column, by central differences.
fn by_differences(f: &Program<'_>, x: &Tensor<f64>) -> Tensor<f64> {
    let h = 1e-5;
    let at = |place: usize, h: f64| {
        let mut x = x.contiguous();
        x.as_mut_slice()[place] += h;
        evaluate(&x, f)
    };
    let column = |place| &(&at(place, h) - &at(place, -h)) * (0.5 / h);
    let columns: Vec<Tensor<f64>> = (0..x.size()).map(column).collect();
    let all = Tensor::stack(&columns, -1);
    let shape: Vec<usize> = columns[0].shape().iter().chain(x.shape().iter()).copied().collect();
    all.reshape(shape)
}

fn check(name: &str, f: &Program<'_>, x: &Tensor<f64>) {
    let j = jacobian(f, x);
    assert_close(&j, &by_rows(f, x), 1e-12, &format!("Jacobian of {name}"));
    assert_close(&j, &by_differences(f, x), 1e-7, &format!("Jacobian of {name}, differences"));
    // As part of a recording, and of a program.
    let inside = evaluate(x, |x| jacobian(f, &x));
    assert_close(&inside, &j, 1e-13, &format!("Jacobian of {name} within a recording"));
    let compiled = compile(x, |x| jacobian(f, &x)).call(x);
    assert_close(&compiled, &j, 1e-13, &format!("Jacobian of {name}, compiled"));
    let loss = |x: Var<f64>| (f(x) * 1.3).sin().sum();
    let slope = |x: Var<f64>| gradient(&x, loss);
    let h = hessian(loss, x);
    assert_close(&h, &by_rows(&slope, x), 1e-11, &format!("Hessian of {name}"));
    assert_close(&h, &by_differences(&slope, x), 1e-6, &format!("Hessian of {name}, differences"));
}

#[test]
fn they_are_their_rows_for_every_operation() {
    for mut operation in table::all() {
        if operation.name == "opaque" || operation.name == "detach" {
            continue;
        }
        let others: Vec<Tensor<f64>> =
            operation.shapes[1..].iter().map(|s| numbers(s, 2.0)).collect();
        let program = operation.program;
        let x = numbers(&operation.shapes.swap_remove(0), 1.0);
        let f = move |x: Var<f64>| {
            let others = others.iter().map(constant);
            program(&core::iter::once(x).chain(others).collect::<Vec<_>>())
        };
        check(operation.name, &f, &x);
    }
}

#[test]
fn tall_and_wide_ones_and_those_of_any_rank() {
    let w = numbers(&[7, 3], 1.0);
    check("tall", &move |x| constant(&w).matmul(x).tanh(), &numbers(&[3], 2.0));
    let w = numbers(&[2, 5], 1.0);
    check("wide", &move |x| constant(&w).matmul(x).tanh(), &numbers(&[5], 2.0));
    check("a number", &|x| x.sin(), &Tensor::from(0.3));
    check("of numbers", &|x| x.sum().exp(), &numbers(&[2, 2], 1.0));
    check("to many", &|x| x.expand([2, 3, 2]).sin(), &numbers(&[2], 1.0));
    check("constant", &|_| constant(&numbers(&[2], 3.0)), &numbers(&[3], 1.0));
}

/// What is zero in the rows is not computed, as long as it is known where.
#[test]
fn banded_ones_and_those_that_become_full() {
    let w = numbers(&[4, 5], 3.0);
    let on_the_left = move |x: Var<f64>| constant(&w).matmul(x * x.roll(0, 1));
    check("bands times a matrix", &on_the_left, &numbers(&[5], 1.0));
    let w = numbers(&[5, 4], 3.0);
    let on_the_right = move |x: Var<f64>| (x - x.roll(0, 2)).sin().matmul(constant(&w));
    check("a matrix times bands", &on_the_right, &numbers(&[5], 1.0));
    // Taller than wide: columns, of which the matrix meets two bands.
    let bands = |x: Var<f64>| x.at(1..) * x.at(..-1);
    let w = numbers(&[8, 5], 3.0);
    let tall = move |x: Var<f64>| constant(&w).matmul(bands(x));
    check("a tall matrix", &tall, &numbers(&[6], 1.0));
    let w = numbers(&[5, 8], 3.0);
    let wide = move |x: Var<f64>| bands(x).matmul(constant(&w));
    check("a wide matrix", &wide, &numbers(&[6], 1.0));
    check("two bands", &|x| (x.at(1..) - x.at(..-1) * x.at(..-1)).powi(2), &numbers(&[7], 1.0));
    check(
        "many bands",
        &|x| (1..11).fold(x, |sum, k| sum + x.roll(0, k).sin()),
        &numbers(&[12], 1.0),
    );
    check("moved twice", &|x| x.index_select(0, [3, 0, 3, 1]).exp() * x, &numbers(&[4], 1.0));
    check("gathered", &|x| x.gather(1, [[2, 2, 0], [0, 1, 1]]) / 3.0, &numbers(&[2, 3], 1.0));
    check(
        "turned",
        &|x| x.permute([1, 0]).reshape([3, 2]) - x.reshape([3, 2]),
        &numbers(&[2, 3], 1.0),
    );
    check(
        "spread",
        &|x| (x.expand([4, 3]) * constant(&numbers(&[4, 3], 2.0))).tanh(),
        &numbers(&[3], 1.0),
    );
    check(
        "joined",
        &|x| Var::concat(&[x * 2.0, x.flip(0), Var::from(1.0) / x], 0),
        &numbers(&[3], 1.0),
    );
    check("padded", &|x| -x.pad([(2, 1)], 0.0) * x.pad([(0, 3)], 1.0), &numbers(&[4], 1.0));
    check("chosen", &|x| x.greater(0.0).select(x.sin(), x.roll(0, 1) * 2.0), &numbers(&[5], 1.0));
    check("one place", &|x| x.at(2) * x.at(0).exp(), &numbers(&[5], 1.0));
    check("sums", &|x| (x * x.roll(0, 1)).cumsum(0).sin() + x.sum(), &numbers(&[5], 1.0));
    check("full in the end", &|x| x.sin().outer(x).softmax(1), &numbers(&[3], 1.0));
}

#[test]
fn banded_ones_in_single_precision() {
    let x = Tensor::<f32>::from([1.0, 2.0, 3.0, 4.0]);
    let j = jacobian(|x| x.at(1..) * x.at(..-1), &x);
    let expected = [[2.0, 1.0, 0.0, 0.0], [0.0, 3.0, 2.0, 0.0], [0.0, 0.0, 4.0, 3.0]];
    assert_eq!(j, Tensor::<f32>::from(expected));
}

/// Bands cost as many multiplications as they have elements, also where a batch of dense rows would be too large.
#[test]
fn large_banded_ones_take_no_more_than_the_result() {
    let n = 2000;
    let x = numbers(&[n], 1.0);
    let (h, report) = measure_memory(|| hessian(|x| (x.at(1..) * x.at(..-1)).sin().sum(), &x));
    assert!(report.peak < 8 * n * n * 11 / 10, "{report}");
    let made: usize = report.by_operation.values().map(|made| made.bytes).sum();
    assert!(made < 8 * n * n * 11 / 10, "{report}");
    for k in [0, 1, 700, n - 1] {
        let v = Tensor::from_fn([n], |i| f64::from(i[0] == k));
        let column = hvp(|x| (x.at(1..) * x.at(..-1)).sin().sum(), &x, &v);
        assert_close(&h.index(1, k), &column, 1e-14, "a column");
    }
}

#[test]
fn they_may_be_empty() {
    let none = Tensor::<f64>::zeros([0]);
    assert_eq!(jacobian(|x| x * 2.0, &none).shape(), &[0, 0]);
    assert_eq!(jacobian(|x| x.at(..0), &numbers(&[3], 1.0)).shape(), &[0, 3]);
    assert_eq!(jacobian(|x| x.sum().expand([2]), &none).shape(), &[2, 0]);
    assert_eq!(hessian(|x| x.sum(), &none).shape(), &[0, 0]);
}

/// More than fit into one batch, in a number that is no multiple of it.
#[test]
fn many_rows_are_found_in_parts() {
    let n = 1031;
    let x = numbers(&[n], 1.0);
    let w = numbers(&[n, 3], 2.0);
    // Σ over a large intermediate array: 3·1031 elements for each row.
    let f = |x: Var<f64>| (x.reshape([n, 1]) * constant(&w)).sin().sum_over(-1) * x.roll(0, 1);
    let j = jacobian(f, &x);
    for row in [0, 1, 338, 339, 340, 515, 516, 1029, 1030] {
        let (y, pullback) = vjp(f, &x);
        let mut seed = Tensor::zeros(y.shape()).contiguous();
        seed.as_mut_slice()[row] = 1.0;
        assert_close(&j.index(0, row), &pullback.call(&seed), 1e-13, &format!("row {row}"));
    }
    let inside = evaluate(&x, |x| jacobian(f, &x));
    assert_close(&inside, &j, 1e-14, "within a recording");
}

/// A batch takes no more than the result and some arrays of a bounded size.
#[test]
fn memory_is_bounded() {
    let n = 4000;
    let x = numbers(&[n], 1.0);
    let f = |x: Var<f64>| (x.at(1..) * x.at(..-1)).sin().at(..10) * x.sum();
    let (j, report) = measure_memory(|| jacobian(f, &x));
    assert_eq!(j.shape(), &[10, n]);
    assert!(report.peak < 8 * 10 * n * 12, "{report}");
    let (h, report) = measure_memory(|| hessian(|x| (x.at(1..) * x.at(..-1)).sum(), &x));
    assert_eq!(h.shape(), &[n, n]);
    let result = 8 * n * n;
    assert!(report.peak < 2 * result, "{report}");
    // Full, and too large for one batch of 2²⁰ elements.
    let x = numbers(&[1100], 1.0);
    let (_, report) = measure_memory(|| hessian(|x| (x.sum() * x).sin().sum(), &x));
    assert!(report.peak < 6 * 8 * 1100 * 1100, "{report}");
    // More than the result: in parts.
    let f = |x: Var<f64>| (x.unsqueeze(-1) * x).sin().sum_over(-1);
    let x = numbers(&[300], 1.0);
    let (_, report) = measure_memory(|| jacobian(f, &x));
    assert!(report.peak < 6 * 8 * (1 << 20), "{report}");
}

/// Jacobians of Jacobians: all second derivatives of an array-valued function.
#[test]
fn they_nest() {
    let x = numbers(&[3], 1.0);
    let f = |x: Var<f64>| x.sin() * x.sum();
    let second = jacobian(|x| jacobian(f, &x), &x);
    assert_eq!(second.shape(), &[3, 3, 3]);
    let (h, e) = (1e-4, |k: usize| Tensor::from_fn([3], |i| f64::from(i[0] == k)));
    for k in 0..3 {
        let at = |h: f64| jacobian(f, &(&x + &(&e(k) * h)));
        let difference = &(&at(h) - &at(-h)) * (0.5 / h);
        assert_close(&second.index(-1, k), &difference, 1e-7, "second derivatives");
    }
    let twice = vmap(|x| hessian(|x| f(x).sum(), &x), &Tensor::stack(&[x.clone(), &x * 2.0], 0));
    assert_close(&twice.index(0, 0), &hessian(|x| f(x).sum(), &x), 1e-14, "mapped");
}

/// What is infinite in one row is in no other.
#[test]
fn rows_do_not_leak_into_each_other() {
    let x = Tensor::from([0.0, 1.0, 4.0]);
    let j = jacobian(|x| x.sqrt(), &x);
    let expected = [[f64::INFINITY, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.25]];
    assert_eq!(j, Tensor::from(expected));
    // Also where rows are full, but for zeros.
    let sums = |x: Var<f64>| constant(&Tensor::ones([3, 3])).tril(0).matmul(x.sqrt());
    let j = jacobian(sums, &Tensor::from([4.0, 1.0, 0.0]));
    let expected_sums = [[0.25, 0.0, 0.0], [0.25, 0.5, 0.0], [0.25, 0.5, f64::INFINITY]];
    assert_eq!(j, Tensor::from(expected_sums));
    let scaled = operation("scaled", [&[3]], |[x]| x.sqrt() * 2.0);
    let j = jacobian(|x| (scaled.program)(&[x]), &x);
    assert_eq!(j, &Tensor::from(expected) * 2.0);
}
