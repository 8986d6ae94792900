//! Products of a matrix and a vector, which need no packing: each element of the matrix is used once.

use super::gemm::{Matrix, Product};
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};

/// c ← a · b + beta · c, in the way that suits the shapes.
pub(crate) fn multiply<T: Element>(product: Product<'_, T>) {
    let Product { m, k, n, a, b, .. } = product;
    if k == 0 || m.min(n) != 1 {
        return T::gemm(product);
    }
    // The vector on the right, where it stands, or the transpose of the whole.
    let (matrix, x, step) = if n == 1 {
        (a, (b.offset, b.strides[0]), product.c_stride)
    } else {
        (b.transposed(), (a.offset, a.strides[1]), 1)
    };
    let (rows, memory) = (m.max(n), if n == 1 { b.memory } else { a.memory });
    if rows != 1 && !matrix.strides.contains(&1) {
        return T::gemm(product);
    }
    let mut vector = scratch(k);
    for (i, place) in vector.iter_mut().enumerate() {
        *place = memory[(x.0 as isize + i as isize * x.1) as usize];
    }
    let mut result = scratch(rows);
    if matrix.strides[1] == 1 || rows == 1 {
        by_rows(matrix, &vector, &mut result);
    } else {
        by_columns(matrix, &vector, &mut result);
    }
    let add = product.beta != T::zero();
    for (c, &x) in product.c.iter_mut().step_by(step).zip(&result) {
        *c = if add { *c + x } else { x };
    }
    recycle(vector);
    recycle(result);
}

/// Each element a sum along a row.
fn by_rows<T: Element>(matrix: Matrix<'_, T>, x: &[T], y: &mut [T]) {
    let [row, column] = matrix.strides;
    for (i, y) in y.iter_mut().enumerate() {
        let first = (matrix.offset as isize + i as isize * row) as usize;
        *y = match column {
            1 => dot(&matrix.memory[first..first + x.len()], x),
            _ => (x.iter().enumerate()).fold(T::zero(), |sum, (k, &x)| {
                sum + matrix.memory[(first as isize + k as isize * column) as usize] * x
            }),
        };
    }
}

/// All elements together, column by column, in parts that stay in the cache.
fn by_columns<T: Element>(matrix: Matrix<'_, T>, x: &[T], y: &mut [T]) {
    const PART: usize = 2048;
    for (part, y) in y.chunks_mut(PART).enumerate() {
        y.fill(T::zero());
        let column = |k: usize| {
            let first = matrix.offset as isize + k as isize * matrix.strides[1];
            &matrix.memory[first as usize + part * PART..][..y.len()]
        };
        let mut columns: Vec<(&[T], T)> = Vec::new();
        columns.extend(x.iter().enumerate().map(|(k, &x)| (column(k), x)));
        for four in columns.chunks(4) {
            match *four {
                [(a, p), (b, q), (c, r), (d, s)] => {
                    for ((((y, &a), &b), &c), &d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                        *y += (a * p + b * q) + (c * r + d * s);
                    }
                }
                _ => {
                    for &(a, p) in four {
                        y.iter_mut().zip(a).for_each(|(y, &a)| *y += a * p);
                    }
                }
            }
        }
    }
}

/// Σ xₖyₖ, in interleaved parts, so that it vectorises.
fn dot<T: Element>(x: &[T], y: &[T]) -> T {
    const LANES: usize = 16;
    let mut parts = [T::zero(); LANES];
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            parts[lane] += x[lane] * y[lane];
        }
    }
    for (part, (&x, &y)) in parts.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *part += x * y;
    }
    super::reduce::pairwise(&parts)
}
