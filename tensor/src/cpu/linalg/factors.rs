//! Factorisations of stacks of matrices. Several results lie one after the other along the last axis.

use num_traits::Float;

use super::for_each;
use super::routines::{Diagonal, Triangle};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Which of a matrix and its transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Plain,
    Transposed,
}

/// The axes before the last `item` ones, and the last extent.
fn stack<T: Element>(x: &Tensor<T>, item: usize) -> (&[usize], usize) {
    let shape = x.shape();
    (&shape[..shape.rank() - item], shape[shape.rank() - 1])
}

/// [L and U in one matrix | the order of rows] of each matrix.
pub(crate) fn lu<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (stack, n) = stack(a, 2);
    for_each(stack, [a], shape, n * n * n, |[a], out| {
        let (factors, rows) = out.split_at_mut(n * n);
        let mut order = vec![0; n];
        factors.copy_from_slice(a);
        (T::routines().lu)(factors, &mut order);
        // (A column of zeros below the diagonal is divided by its pivot 0 there.)
        if factors.iter().any(|x| x.is_nan()) && a.iter().all(|x| x.is_finite()) {
            factors.copy_from_slice(a);
            eliminate(factors, &mut order);
        }
        for (row, order) in rows.iter_mut().zip(order) {
            *row = T::nearest(order as f64);
        }
    })
}

/// The same factors, row by row, and for singular matrices too: a column that has no pivot is left as it is.
fn eliminate<T: Element>(a: &mut [T], order: &mut [usize]) {
    let n = order.len();
    for (i, order) in order.iter_mut().enumerate() {
        *order = i;
    }
    for k in 0..n {
        let larger = |p: usize, i: usize| {
            if Float::abs(a[i * n + k]) > Float::abs(a[p * n + k]) { i } else { p }
        };
        let pivot = (k + 1..n).fold(k, larger);
        if a[pivot * n + k] == T::zero() {
            continue;
        }
        if pivot != k {
            order.swap(k, pivot);
            let (above, below) = a.split_at_mut(pivot * n);
            above[k * n..(k + 1) * n].swap_with_slice(&mut below[..n]);
        }
        let (above, below) = a.split_at_mut((k + 1) * n);
        let row = &above[k * n..];
        for other in below.chunks_mut(n) {
            let factor = other[k] / row[k];
            other[k] = factor;
            for (x, &y) in other[k + 1..].iter_mut().zip(&row[k + 1..]) {
                *x -= factor * y;
            }
        }
    }
}

/// The solutions X of A X = B, or of Aᵀ X = B, by the factors of A.
pub(crate) fn solve<T: Element>(
    factors: &Tensor<T>,
    b: &Tensor<T>,
    side: Side,
    shape: &Shape,
) -> Tensor<T> {
    let (stack, k) = stack(b, 2);
    let n = b.shape()[b.rank() - 2];
    for_each(stack, [factors, b], shape, n * n * k, |[packed, b], x| {
        let (factors, order) = packed.split_at(n * n);
        let row = |i: usize| k * order[i].widen() as usize;
        let routines = T::routines();
        match side {
            Side::Plain => {
                for (i, x) in x.chunks_mut(k).enumerate() {
                    x.copy_from_slice(&b[row(i)..row(i) + k]);
                }
                (routines.solve_triangular)(Triangle::Lower, Diagonal::Ones, factors, n, x);
                (routines.solve_triangular)(Triangle::Upper, Diagonal::Stored, factors, n, x);
            }
            Side::Transposed => {
                let mut y = b.to_vec();
                (routines.solve_transposed)(Triangle::Upper, Diagonal::Stored, factors, n, &mut y);
                (routines.solve_transposed)(Triangle::Lower, Diagonal::Ones, factors, n, &mut y);
                for (i, y) in y.chunks(k).enumerate() {
                    x[row(i)..row(i) + k].copy_from_slice(y);
                }
            }
        }
    })
}

/// What each pivot contributes to a determinant: folds over them, beginning with the sign of the order of rows.
fn over_pivots<T: Element>(
    factors: &Tensor<T>,
    n: usize,
    shape: &Shape,
    fold: impl Fn(T, &mut dyn Iterator<Item = T>) -> T + Sync + Send,
) -> Tensor<T> {
    let (stack, _) = stack(factors, 1);
    for_each(stack, [factors], shape, n * n, |[packed], out| {
        let (factors, order) = packed.split_at(n * n);
        out[0] = fold(sign_of(order), &mut (0..n).map(|i| factors[i * n + i]));
    })
}

/// 1 for an even permutation and −1 for an odd one.
pub(super) fn sign_of<T: Element>(order: &[T]) -> T {
    let mut order: Vec<usize> = order.iter().map(|i| i.widen() as usize).collect();
    let mut sign = T::one();
    for i in 0..order.len() {
        while order[i] != i {
            let j = order[i];
            order.swap(i, j);
            sign = -sign;
        }
    }
    sign
}

/// The determinants.
pub(crate) fn det<T: Element>(factors: &Tensor<T>, n: usize, shape: &Shape) -> Tensor<T> {
    over_pivots(factors, n, shape, |sign, pivots| pivots.fold(sign, |det, pivot| det * pivot))
}

/// The signs of the determinants: −1, 0 or 1.
pub(crate) fn sign_of_det<T: Element>(factors: &Tensor<T>, n: usize, shape: &Shape) -> Tensor<T> {
    over_pivots(factors, n, shape, |sign, pivots| {
        pivots.fold(sign, |sign, pivot| {
            if pivot == T::zero() { sign * T::zero() } else { sign * Float::signum(pivot) }
        })
    })
}

/// The logarithms of the absolute values of the determinants.
pub(crate) fn log_abs_det<T: Element>(factors: &Tensor<T>, n: usize, shape: &Shape) -> Tensor<T> {
    over_pivots(factors, n, shape, |_, pivots| {
        pivots.fold(T::zero(), |sum, pivot| sum + Float::ln(Float::abs(pivot)))
    })
}

/// The solutions X of A X = B for triangular A.
pub(crate) fn solve_triangular<T: Element>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    triangle: Triangle,
    shape: &Shape,
) -> Tensor<T> {
    let (stack, k) = stack(b, 2);
    let n = b.shape()[b.rank() - 2];
    for_each(stack, [a, b], shape, n * n * k, |[a, b], x| {
        x.copy_from_slice(b);
        (T::routines().solve_triangular)(triangle, Diagonal::Stored, a, n, x);
    })
}

/// The lower triangular L of L Lᵀ = A; NaN where A is not positive definite.
pub(crate) fn cholesky<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (stack, n) = stack(a, 2);
    for_each(stack, [a], shape, n * n * n, |[a], l| {
        l.copy_from_slice(a);
        if !(T::routines().cholesky)(l, n) {
            return l.fill(T::nan());
        }
        for (i, row) in l.chunks_mut(n).enumerate() {
            row[i + 1..].fill(T::zero());
        }
    })
}

/// [Q | R] of m × n matrices, m ≥ n, with no negative number on the diagonal of R.
pub(crate) fn qr<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (stack, n) = stack(a, 2);
    let m = a.shape()[a.rank() - 2];
    for_each(stack, [a], shape, m * n * n, |[a], out| {
        let (q, r) = out.split_at_mut(m * n);
        (T::routines().qr)(a, n, q, r);
        for i in 0..n {
            if r[i * n + i] < T::zero() {
                r[i * n..][..n].iter_mut().for_each(|x| *x = -*x);
                q.iter_mut().skip(i).step_by(n).for_each(|x| *x = -*x);
            }
        }
    })
}

/// [U | singular values | Vᵀ], the singular values in descending order; in each column of U the first number of
/// (nearly) the largest magnitude is positive.
pub(crate) fn svd<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (stack, n) = stack(a, 2);
    let m = a.shape()[a.rank() - 2];
    let k = m.min(n);
    for_each(stack, [a], shape, 4 * m * n * k, |[a], out| {
        let (u, rest) = out.split_at_mut(m * k);
        let (s, vt) = rest.split_at_mut(k);
        let finite = a.iter().all(|x| x.is_finite());
        if !finite || !(T::routines().svd)(a, n, [&mut *u, s, &mut *vt]) {
            return out.fill(T::nan());
        }
        for (j, row) in vt.chunks_mut(n).enumerate() {
            if leading(u.iter().skip(j).step_by(k)) < T::zero() {
                u.iter_mut().skip(j).step_by(k).for_each(|x| *x = -*x);
                row.iter_mut().for_each(|x| *x = -*x);
            }
        }
    })
}

/// [eigenvalues | eigenvectors] of symmetric matrices, the values in ascending order; in each vector the first number of
/// (nearly) the largest magnitude is positive.
pub(crate) fn eigh<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let (stack, n) = stack(a, 2);
    for_each(stack, [a], shape, 4 * n * n * n, |[a], out| {
        let (values, vectors) = out.split_at_mut(n);
        let finite = a.iter().all(|x| x.is_finite());
        if !finite || !(T::routines().eigh)(a, values, vectors) {
            return out.fill(T::nan());
        }
        for j in 0..n {
            if leading(vectors.iter().skip(j).step_by(n)) < T::zero() {
                vectors.iter_mut().skip(j).step_by(n).for_each(|x| *x = -*x);
            }
        }
    })
}

/// The first number of (nearly) the largest magnitude. (Of several that are equal but for rounding, the first one.)
fn leading<'a, T: Element>(numbers: impl Iterator<Item = &'a T> + Clone) -> T {
    let larger = |largest: T, &x: &T| Float::max(largest, Float::abs(x));
    let nearly = numbers.clone().fold(T::zero(), larger) * T::nearest(0.9);
    numbers.copied().find(|&x| Float::abs(x) >= nearly).unwrap_or(T::zero())
}
