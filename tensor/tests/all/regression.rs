//! Losses of what is linear in its parameters, whose products with the data and with the transposed data are one pass over it where the
//! data is large.

use crate::checks::{check, some};
use wengert_tensor::*;

/// Σ of a smooth function of (prediction, label).
fn loss<T: Element>(prediction: Var<T>, labels: &Tensor<T>) -> Var<T> {
    (-(prediction * labels)).softplus().mean() + (prediction - labels).tanh().sum() * 1e-3
}

/// The same numbers otherwise in memory: in order, transposed, with a gap after each row, further on, each second column.
fn layouts<T: Element>(x: &Tensor<T>) -> Vec<Tensor<T>> {
    let [m, k] = [x.shape()[0], x.shape()[1]];
    let zeros = |shape: [usize; 2]| Tensor::<T>::zeros(shape);
    let doubled = Tensor::from_fn([m, 2 * k], |i| x[[i[0], i[1] / 2]]);
    vec![
        x.contiguous(),
        x.transpose().contiguous().transpose(),
        Tensor::concat(&[x.clone(), zeros([m, 3])], 1).at((.., ..-3)),
        Tensor::concat(&[zeros([5, k]), x.clone()], 0).at(5..),
        doubled.at((.., Slice::stepped(.., 2))),
    ]
}

/// The gradient with one product after the other, each of values.
fn one_by_one<T: Element>(x: &Tensor<T>, w: &Tensor<T>, labels: &Tensor<T>) -> Tensor<T> {
    let weights = gradient(&x.matmul(w), |prediction| loss(prediction, labels));
    x.transpose().matmul(&weights)
}

fn single(x: Tensor<f64>) -> Tensor<f32> {
    let elements: Vec<f32> = x.to_vec().into_iter().map(|x| x as f32).collect();
    Tensor::from(elements).reshape(x.shape())
}

const SHAPES: [[usize; 2]; 5] = [[1501, 100], [9001, 17], [70_001, 1], [40, 2001], [300, 256]];

#[test]
fn gradients_are_those_of_the_separate_products() {
    for [m, k] in SHAPES {
        let (x, w) = (some([m, k], 1), some([k], 2));
        let labels = some([m], 3);
        let expected = one_by_one(&x, &w, &labels);
        let v = some([k], 4);
        let f = |x: &Tensor<f64>, w: Var<f64>| loss(constant(x).matmul(w), &labels);
        let (value, along) = jvp(|w| f(&x, w), &w, &v);
        for x in layouts(&x) {
            let (y, slope) = value_and_gradient(&w, |w| f(&x, w));
            assert!(y.is_close(&value, 1e-13), "{m} × {k}: {y} {value}");
            assert!(slope.is_close(&expected, 1e-12), "{m} × {k}");
            // Forward mode, which has no product with the transposed matrix.
            assert!((&slope * &v).sum().is_close(&along, 1e-12), "{m} × {k}");
            // The vector on the left, and as a column.
            let turned = x.transpose();
            let left = gradient(&w, |w| loss(w.matmul(constant(&turned)), &labels));
            assert!(left.is_close(&expected, 1e-12), "{m} × {k}, on the left");
            let column = gradient(&w.reshape([k, 1]), |w| {
                loss(constant(&x).matmul(w), &labels.reshape([m, 1]))
            });
            assert!(column.is_close(&expected.reshape([k, 1]), 1e-12), "{m} × {k}, a column");
        }
    }
}

#[test]
fn in_single_precision() {
    for [m, k] in SHAPES {
        let (x, w, labels) = (single(some([m, k], 1)), single(some([k], 2)), single(some([m], 3)));
        let expected = one_by_one(&x, &w, &labels);
        for x in layouts(&x) {
            let slope = gradient(&w, |w| loss(constant(&x).matmul(w), &labels));
            assert!(slope.is_close(&expected, 1e-5), "{m} × {k}");
        }
    }
}

#[test]
fn all_derivatives_with_a_bias_and_with_the_data_as_a_variable() {
    let (x, w, b) = (some([700, 100], 1), some([100], 2), some([1], 3));
    let labels = some([700], 4);
    check(&[w.clone(), b], |p| loss(constant(&x).matmul(p[0]) + p[1], &labels));
    check(&[x, w], |p| loss(p[0].matmul(p[1]), &labels));
}

#[test]
fn a_matrix_that_is_multiplied_twice_and_a_square_one() {
    let (x, u, v) = (some([900, 90], 1), some([90], 2), some([90], 3));
    check(&[u, v], |p| {
        let [a, b] = [0, 1].map(|k| constant(&x).matmul(p[k]));
        (a.tanh() * b).mean()
    });
    // The matrix itself in place of its transpose.
    let (x, w) = (some([300, 300], 4), some([300], 5));
    check(&[w], |p| {
        let y = constant(&x).matmul(p[0]).tanh();
        (constant(&x).matmul(y) * 0.1).sin().mean()
    });
    // Steps along the gradient inside of the program: what comes after the pass is used in turn.
    let (x, w) = (some([1000, 80], 6), some([80], 7));
    check(&[w], |p| {
        let slope = gradient(&p[0], |w| constant(&x).matmul(w).tanh().mean());
        (p[0] - slope * 3.0).powi(2).sum()
    });
}

#[test]
fn products_with_the_hessian() {
    let (x, w, v) = (some([2000, 50], 1), some([50], 2), some([50], 3));
    let labels = some([2000], 4);
    let f = |w: Var<f64>| loss(constant(&x).matmul(w), &labels);
    let product = hvp(f, &w, &v);
    let reverse = gradient(&w, |w| (gradient(&w, f) * &v).sum());
    assert!(product.is_close(&reverse, 1e-12));
    let h = 1e-5;
    let [ahead, behind] = [h, -h].map(|h| gradient(&(&w + &(&v * h)), f));
    assert!(product.is_close(&(&(&ahead - &behind) / (2.0 * h)), 1e-7));
}

#[test]
fn rows_that_are_not_finite() {
    let [m, k] = [2000, 60];
    for bad in [f64::NAN, f64::INFINITY] {
        let x = some([m, k], 1);
        let x = Tensor::from_fn([m, k], |i| if i[..] == [700, 7] { bad } else { x[[i[0], i[1]]] });
        let (w, labels) = (some([k], 2), some([m], 3));
        let expected = one_by_one(&x, &w, &labels);
        let slope = gradient(&w, |w| loss(constant(&x).matmul(w), &labels));
        for (j, (a, b)) in slope.to_vec().into_iter().zip(expected.to_vec()).enumerate() {
            let same = (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan() || a == b;
            assert!(same, "{bad} {j}: {a} {b}");
        }
        assert!(slope.to_vec()[7].is_nan() || bad.is_infinite());
    }
}

#[test]
fn all_that_is_asked_for_and_a_program_that_is_kept() {
    let (x, w, labels) = (some([3000, 40], 1), some([40], 2), some([3000], 3));
    let expected = one_by_one(&x, &w, &labels);
    // Predictions and weights are results, too.
    let tape = Tape::new();
    let p = tape.var(&w);
    let prediction = constant(&x).matmul(p);
    let slopes = tape.gradient(loss(prediction, &labels));
    assert!(slopes.wrt(p).is_close(&expected, 1e-12));
    assert!(prediction.value().is_close(&x.matmul(&w), 1e-12));
    let mut program = compile(&w, |w| {
        let prediction = constant(&x).matmul(w);
        (prediction, gradient(&w, |w| loss(constant(&x).matmul(w), &labels)))
    });
    for seed in [2, 5, 2] {
        let w = some([40], seed);
        let (prediction, slope) = program.call(&w);
        assert!(prediction.is_close(&x.matmul(&w), 1e-12));
        assert!(slope.is_close(&one_by_one(&x, &w, &labels), 1e-12));
    }
}

/// Bit by bit, on any number of threads: this, and products of all shapes.
#[test]
fn threads_make_no_difference() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let mut results = Vec::new();
            for [m, k] in [[30_011, 37], [120_000, 5], [1300, 700]] {
                let (x, w, labels) = (some([m, k], 1), some([k], 2), some([m], 3));
                let (y, slope) = value_and_gradient(&w, |w| loss(constant(&x).matmul(w), &labels));
                results.extend([y, slope]);
                results.push(x.transpose().matmul(&labels));
                results.push(labels.matmul(&x));
            }
            for [m, k, n] in [[128, 784, 512], [1001, 300, 77], [64, 1024, 130], [33, 5000, 40]] {
                let (a, b) = (some([m, k], 1), some([k, n], 2));
                results.push(a.matmul(&b));
                results.push(b.transpose().matmul(&a.transpose()));
            }
            let (a, b) = (single(some([515, 260], 1)), single(some([260, 301], 2)));
            let product = a.matmul(&b);
            let wide: Vec<f64> = product.to_vec().into_iter().map(f64::from).collect();
            results.push(Tensor::from(wide));
            results.iter().flat_map(Tensor::to_vec).map(f64::to_bits).collect::<Vec<_>>()
        })
    };
    let one = on(1);
    for threads in [2, 3, 5] {
        assert!(one == on(threads), "{threads} threads");
    }
}
