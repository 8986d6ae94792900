//! The exponential of matrices.

use super::for_each;
use super::routines::{Diagonal, Triangle};
use crate::cpu::gemm::{self, Matrix, Product};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The coefficients of the numerator of the Padé approximant of degree 13, from that of x⁰ on.
const PADE: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];

/// Up to this 1-norm the approximant is as good as double precision.
const REACH: f64 = 5.371920351148152;

/// exp A for each matrix, by scaling and squaring of the Padé approximant of degree 13 (N. J. Higham, The scaling and
/// squaring method for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26, 2005). NaN where a number is
/// not finite.
pub(crate) fn exp<T: Element>(a: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let n = shape[shape.rank() - 1];
    for_each(&shape[..shape.rank() - 2], [a], shape, 10 * n.pow(3), |[a], out| exp_of(a, n, out))
}

fn exp_of<T: Element>(a: &[T], n: usize, out: &mut [T]) {
    let column = |j: usize| -> f64 { (0..n).map(|i| a[i * n + j].widen().abs()).sum() };
    let norm =
        (0..n).map(column).fold(0.0, |norm: f64, x| if x > norm || x.is_nan() { x } else { norm });
    if !norm.is_finite() {
        return out.fill(T::nan());
    }
    let squarings = (norm / REACH).log2().ceil().max(0.0) as i32;
    let scale = T::nearest(0.5_f64.powi(squarings));
    let a: Vec<T> = a.iter().map(|&x| x * scale).collect();
    // (Divided by the first, so that exp 0 is exact, and so that single precision holds them well.)
    let b = PADE.map(|b| T::nearest(b / PADE[0]));
    let a2 = multiply(&a, &a, n);
    let a4 = multiply(&a2, &a2, n);
    let a6 = multiply(&a4, &a2, n);
    // u = A (A⁶ (b₁₃A⁶ + b₁₁A⁴ + b₉A²) + b₇A⁶ + b₅A⁴ + b₃A² + b₁I), and v alike: the odd and the even powers.
    let half = |high: [T; 3], low: [T; 4]| {
        let sum = |c: &[T]| -> Vec<T> {
            (0..n * n).map(|i| c[0] * a6[i] + c[1] * a4[i] + c[2] * a2[i]).collect()
        };
        let mut sum_of_all = multiply(&a6, &sum(&high), n);
        for (x, low) in sum_of_all.iter_mut().zip(sum(&low[..3])) {
            *x += low;
        }
        sum_of_all.iter_mut().step_by(n + 1).for_each(|x| *x += low[3]);
        sum_of_all
    };
    let u = multiply(&a, &half([b[13], b[11], b[9]], [b[7], b[5], b[3], b[1]]), n);
    let v = half([b[12], b[10], b[8]], [b[6], b[4], b[2], b[0]]);
    let mut denominator: Vec<T> = v.iter().zip(&u).map(|(&v, &u)| v - u).collect();
    let numerator: Vec<T> = v.iter().zip(&u).map(|(&v, &u)| v + u).collect();
    let routines = T::routines();
    let mut order = vec![0; n];
    (routines.lu)(&mut denominator, &mut order);
    for (row, from) in out.chunks_mut(n).zip(order) {
        row.copy_from_slice(&numerator[from * n..(from + 1) * n]);
    }
    (routines.solve_triangular)(Triangle::Lower, Diagonal::Ones, &denominator, n, out);
    (routines.solve_triangular)(Triangle::Upper, Diagonal::Stored, &denominator, n, out);
    for _ in 0..squarings {
        let square = multiply(out, out, n);
        out.copy_from_slice(&square);
    }
}

fn multiply<T: Element>(a: &[T], b: &[T], n: usize) -> Vec<T> {
    let matrix = |memory| Matrix { memory, offset: 0, strides: [n as isize, 1] };
    let mut c = vec![T::zero(); n * n];
    gemm::multiply(
        Product {
            m: n,
            k: n,
            n,
            a: matrix(a),
            b: matrix(b),
            c: &mut c,
            c_stride: n,
            accumulate: false,
        },
        false,
    );
    c
}
