//! Products of stacks of matrices of all shapes and layouts.

use crate::checks::{check, some};
use wengert_tensor::*;

/// The product by its definition, of stacks [p, q, m, k] and [p, q, k, n] where p and q broadcast.
fn naive(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    let extent = |axis: usize| match (a.shape()[axis], b.shape()[axis]) {
        (1, n) => n,
        (n, _) => n,
    };
    let inner = a.shape()[3];
    Tensor::from_fn([extent(0), extent(1), a.shape()[2], b.shape()[3]], |i| {
        let at = |x: &Tensor<f64>, axis: usize| if x.shape()[axis] == 1 { 0 } else { i[axis] };
        let term = |k| a[[at(a, 0), at(a, 1), i[2], k]] * b[[at(b, 0), at(b, 1), k, i[3]]];
        (0..inner).map(term).sum()
    })
}

fn layouts(x: &Tensor<f64>) -> Vec<Tensor<f64>> {
    let through = |order: [isize; 4], back: [isize; 4]| x.permute(order).contiguous().permute(back);
    vec![
        x.clone(),
        through([0, 1, 3, 2], [0, 1, 3, 2]),
        through([3, 2, 1, 0], [3, 2, 1, 0]),
        through([1, 0, 2, 3], [1, 0, 2, 3]),
        through([2, 0, 1, 3], [1, 2, 0, 3]),
    ]
}

const MATRICES: [(usize, usize, usize); 9] = [
    (2, 3, 4),
    (1, 5, 3),
    (3, 5, 1),
    (1, 5, 1),
    (4, 1, 3),
    (1, 1, 1),
    (1, 37, 9),
    (9, 37, 1),
    (2, 0, 3),
];
const STACKS: [([usize; 2], [usize; 2]); 8] = [
    ([1, 1], [1, 1]),
    ([2, 3], [2, 3]),
    ([2, 3], [1, 1]),
    ([1, 1], [2, 3]),
    ([2, 1], [1, 3]),
    ([2, 3], [1, 3]),
    ([2, 3], [2, 1]),
    ([0, 3], [1, 3]),
];

#[test]
fn products_and_their_cotangents_in_all_layouts() {
    for (m, k, n) in MATRICES {
        for (p, q) in STACKS {
            let (a, b) = (some([p[0], p[1], m, k], 1), some([q[0], q[1], k, n], 2));
            let y = naive(&a, &b);
            let w = some(y.shape(), 3);
            // ∂Σwy/∂a = w bᵀ, summed over what a is broadcast along, and likewise for b.
            let summed = |x: &Tensor<f64>, to: [usize; 2]| {
                let axes: Vec<isize> =
                    (0..2).filter(|&axis| to[axis] == 1).map(|axis| axis as isize).collect();
                x.map(|x| x.sum_keep(axes))
            };
            let for_a = summed(&naive(&w, &b.transpose().contiguous()), p);
            let for_b = summed(&naive(&a.transpose().contiguous(), &w), q);
            for (a, b) in layouts(&a).iter().zip(layouts(&b).iter().rev()) {
                let pair = [a.clone(), b.clone()];
                assert!(evaluate(&pair, |[a, b]| a.matmul(b)).is_close(&y, 1e-14));
                let gradient = gradient(&pair, |[a, b]| (a.matmul(b) * &w).sum());
                assert!(gradient[0].is_close(&for_a, 1e-13), "{m} {k} {n} {p:?} {q:?}");
                assert!(gradient[1].is_close(&for_b, 1e-13), "{m} {k} {n} {p:?} {q:?}");
            }
        }
    }
}

#[test]
fn derivatives_of_broadcast_products() {
    for (a, b) in [
        (vec![2, 3, 2], vec![2, 4]),
        (vec![3, 2], vec![4, 2, 3]),
        (vec![2, 1, 2, 3], vec![3, 3, 2]),
        (vec![3], vec![2, 3, 2]),
        (vec![2, 2, 3], vec![3]),
        (vec![3], vec![3]),
        (vec![4, 1, 2], vec![2, 3]),
    ] {
        check(&[some(a, 1), some(b, 2)], |x| x[0].matmul(x[1]));
    }
}

/// Σ with the rounding errors summed, too (Neumaier).
fn exact_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for x in terms {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    sum + lost
}

/// Results that are few, of sums that are long: in parts, for threads.
#[test]
fn long_sums() {
    for (stack, rows, m, n) in
        [(300, 100, 8, 9), (1, 60_000, 8, 9), (40, 1000, 12, 7), (9, 1, 3, 4)]
    {
        let x = some([stack, rows, m], 1);
        let y = some([stack, rows, n], 2);
        let w = some([m, n], 3);
        let found = gradient(&w, |w| (constant(&x).matmul(w) * &y).sum());
        let (x, y) = (x.to_vec(), y.to_vec());
        let expected = Tensor::from_fn([m, n], |i| {
            let terms = x.chunks(m).zip(y.chunks(n)).map(|(x, y)| x[i[0]] * y[i[1]]);
            exact_sum(terms)
        });
        assert!(found.is_close(&expected, 1e-12), "{stack} {rows}: {found} {expected}");
        // The same when the stacks do not lie one in the other.
        let (x, y) = (Tensor::from(x), Tensor::from(y));
        let (x, y) = (x.reshape([stack, rows, m]), y.reshape([stack, rows, n]));
        let turned = y.permute([1, 0, 2]).contiguous().permute([1, 0, 2]);
        let found = gradient(&w, |w| (constant(&x).matmul(w) * &turned).sum());
        assert!(found.is_close(&expected, 1e-12), "{stack} {rows}");
    }
}

#[test]
fn products_with_matrices_beyond_the_cache() {
    // Whole numbers, of which all sums are exact.
    let whole = |shape: [usize; 2], seed: u64| {
        let x: Vec<f32> =
            some(shape, seed).to_vec().iter().map(|x| (x * 3.0).trunc() as f32).collect();
        Tensor::from(x).reshape(shape)
    };
    let (m, k) = (513, 1030);
    for n in [1040, 1111] {
        let (a, b) = (whole([m, k], 1), whole([k, n], 2));
        for b in [b.clone(), b.transpose().contiguous().transpose()] {
            let product = a.matmul(&b);
            for v in [whole([n, 1], 3), whole([n, 1], 4)] {
                assert_eq!(product.matmul(&v), a.matmul(&b.matmul(&v)), "{n}");
            }
            for (i, j) in [(0, 0), (512, n - 1), (77, 64), (64, 191), (511, 1039)] {
                let expected: f32 = (0..k).map(|l| a[[i, l]] * b[[l, j]]).sum();
                assert_eq!(product[[i, j]], expected, "{i} {j}");
            }
        }
    }
}

#[test]
fn bits_of_large_products_do_not_depend_on_threads() {
    let (a, b) = (some([400, 600], 5), some([600, 900], 6));
    let by = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| a.matmul(&b).to_vec())
    };
    let one = by(1);
    assert!(by(2) == one && by(3) == one);
}
