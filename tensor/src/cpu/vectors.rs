//! Products of a matrix and a vector, which need no packing: each element of the matrix is used once.

use std::borrow::Cow;

use super::dispatch::{Loop, dispatch};
use super::gemm::{self, Matrix, Product};
use super::reduce::combined;
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};

/// c ← a · b, or c + a · b, in the way that suits the shapes, on this thread.
pub(crate) fn multiply<T: Element>(product: Product<'_, T>) {
    by(product, false);
}

/// The same on all threads. Only products of two matrices are divided.
pub(crate) fn multiply_on_threads<T: Element>(product: Product<'_, T>) {
    by(product, true);
}

fn by<T: Element>(product: Product<'_, T>, threads: bool) {
    let Product { m, k, n, a, b, accumulate, .. } = product;
    if k == 1 && m * n > 0 && b.strides[1] == 1 && !accumulate {
        return dispatch(Outer(product));
    }
    if k == 0 || m.min(n) != 1 {
        return gemm::multiply(product, threads);
    }
    // The vector on the right, where it stands, or the transpose of the whole.
    let (matrix, memory, x, step) = if n == 1 {
        (a, b.memory, (b.offset, b.strides[0]), product.c_stride)
    } else {
        (b.transposed(), a.memory, (a.offset, a.strides[1]), 1)
    };
    let rows = m.max(n);
    if rows != 1 && !matrix.strides.contains(&1) {
        return gemm::multiply(product, threads);
    }
    let vector = in_order(memory, x, k);
    let in_place = step == 1 && !accumulate;
    if in_place {
        dispatch(Transform { matrix, x: &vector, y: &mut product.c[..rows] });
    } else {
        let mut result = scratch(rows);
        dispatch(Transform { matrix, x: &vector, y: &mut result });
        for (c, &x) in product.c.iter_mut().step_by(step).zip(&result) {
            *c = if accumulate { *c + x } else { x };
        }
        recycle(result);
    }
    if let Cow::Owned(vector) = vector {
        recycle(vector);
    }
}

/// The product of a column and a row whose elements lie side by side.
struct Outer<'a, T>(Product<'a, T>);

impl<T: Element> Loop for Outer<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Product { m, n, a, b, c, c_stride, .. } = self.0;
        let row = &b.memory[b.offset..b.offset + n];
        for (i, c) in c.chunks_mut(c_stride).take(m).enumerate() {
            let x = a.memory[(a.offset as isize + i as isize * a.strides[0]) as usize];
            c[..n].iter_mut().zip(row).for_each(|(c, &y)| *c = x * y);
        }
    }
}

/// The elements from `first` on, a stride apart.
fn in_order<T: Element>(memory: &[T], (first, stride): (usize, isize), n: usize) -> Cow<'_, [T]> {
    if stride == 1 || n == 1 {
        return Cow::Borrowed(&memory[first..first + n]);
    }
    let mut elements = scratch(n);
    for (i, place) in elements.iter_mut().enumerate() {
        *place = memory[(first as isize + i as isize * stride) as usize];
    }
    Cow::Owned(elements)
}

/// y ← matrix · x
struct Transform<'a, T> {
    matrix: Matrix<'a, T>,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Element> Loop for Transform<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Transform { matrix, x, y } = self;
        if matrix.strides[1] == 1 || y.len() == 1 {
            by_rows(matrix, x, y);
        } else {
            by_columns(matrix, x, y);
        }
    }
}

/// For rows whose elements lie side by side, or a single one.
#[inline(always)]
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

/// For columns whose elements lie side by side; in parts of the result that stay in the cache.
#[inline(always)]
fn by_columns<T: Element>(matrix: Matrix<'_, T>, x: &[T], y: &mut [T]) {
    const PART: usize = 2048;
    const SHORT: usize = 256;
    for (part, y) in y.chunks_mut(PART).enumerate() {
        y.fill(T::zero());
        let n = y.len();
        let column = |k: usize| {
            let first = matrix.offset as isize + k as isize * matrix.strides[1];
            &matrix.memory[first as usize + part * PART..][..n]
        };
        let (fours, rest) = if n <= SHORT { (&[][..], x) } else { x.as_chunks::<4>() };
        for (k, &[p, q, r, s]) in fours.iter().enumerate() {
            let [a, b, c, d] =
                [column(4 * k), column(4 * k + 1), column(4 * k + 2), column(4 * k + 3)];
            for i in 0..n {
                y[i] += (a[i] * p + b[i] * q) + (c[i] * r + d[i] * s);
            }
        }
        for (k, &p) in rest.iter().enumerate() {
            let a = column(4 * fours.len() + k);
            for i in 0..n {
                y[i] += a[i] * p;
            }
        }
    }
}

/// Σ xᵢ yᵢ, in sixteen interleaved parts, so that it vectorises.
#[inline(always)]
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
    combined(parts, |a, b| a + b)
}
