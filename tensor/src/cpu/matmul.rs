//! Products of stacks of matrices.

use super::gemm::{Matrix, Product};
use super::parallel;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Below this many multiplications, a task is not worth a thread.
const PARALLEL: usize = 1 << 20;

/// […, m, k] · […, k, n] → `shape` = […, m, n]. Operands of any strides, broadcast along the leading axes.
pub(crate) fn matmul<T: Element>(a: &Tensor<T>, b: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let rank = shape.rank();
    let [m, n] = [shape[rank - 2], shape[rank - 1]];
    let k = a.shape()[a.rank() - 1];
    let stack: Shape = shape[..rank - 2].iter().copied().collect();
    let mut out = scratch(shape.size());
    if shape.size() == 0 {
        return Tensor::from_buffer(shape.clone(), out);
    }
    let a = a.expanded(&stack.iter().copied().chain([m, k]).collect());
    let b = b.expanded(&stack.iter().copied().chain([k, n]).collect());
    // Rows of the result are split among tasks, by a rule that looks at sizes only.
    let work = m * n * k;
    let rows = if work >= 2 * PARALLEL { m.div_ceil((work / PARALLEL).min(8)).max(16) } else { m };
    let mut tasks: Vec<Product<'_, T>> = Vec::new();
    for (number, c) in out.chunks_mut(m * n).enumerate() {
        let [a, b] = [&a, &b].map(|x| matrix(x, &stack, number));
        for (part, c) in c.chunks_mut(rows * n).enumerate() {
            let offset = (a.offset as isize + (part * rows) as isize * a.strides[0]) as usize;
            let a = Matrix { offset, ..a };
            tasks.push(Product { m: c.len() / n, k, n, a, b, c, c_stride: n, beta: T::zero() });
        }
    }
    if work * stack.size() >= 2 * PARALLEL {
        parallel::for_each(tasks, T::gemm);
    } else {
        tasks.into_iter().for_each(T::gemm);
    }
    Tensor::from_buffer(shape.clone(), out)
}

/// Matrix `number` of a stack.
fn matrix<'a, T: Element>(x: &'a Tensor<T>, stack: &Shape, number: usize) -> Matrix<'a, T> {
    let (memory, offset) = x.whole_memory();
    let mut offset = offset as isize;
    let mut rest = number;
    for axis in (0..stack.rank()).rev() {
        offset += (rest % stack[axis]) as isize * x.strides()[axis];
        rest /= stack[axis];
    }
    let strides = x.strides();
    Matrix {
        memory,
        offset: offset as usize,
        strides: [strides[strides.len() - 2], strides[strides.len() - 1]],
    }
}
