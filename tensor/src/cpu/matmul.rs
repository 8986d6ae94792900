//! Products of stacks of matrices, and sums of them.

use smallvec::SmallVec;

use super::gemm::{self, Matrix, Product};
use super::parallel::{self, TASKS};
use super::vectors::{multiply, multiply_on_threads};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Below this many multiplications, a task is not worth a thread.
const PARALLEL: usize = 1 << 21;

/// From this many on, threads take less time than one.
const WORTH_DIVIDING: usize = 2 * PARALLEL;

/// An axis of a stack, with the steps along it.
#[derive(Clone, Copy)]
struct Axis {
    extent: usize,
    a: isize,
    b: isize,
}

/// One product of a sum: where its operands are, and its inner extent.
#[derive(Clone, Copy)]
struct Term {
    a: isize,
    b: isize,
    k: usize,
}

/// A product of stacks, with as few axes as strides allow.
struct Plan {
    m: usize,
    k: usize,
    n: usize,
    a: [isize; 2],
    b: [isize; 2],
    /// Axes of the result.
    kept: SmallVec<[Axis; 4]>,
    /// Axes that are summed over.
    summed: SmallVec<[Axis; 4]>,
}

impl Plan {
    fn new<T: Element>(a: &Tensor<T>, b: &Tensor<T>, shape: &Shape) -> Self {
        let [(a_stack, a_matrix), (b_stack, b_matrix)] = [a, b].map(|x| {
            let axes = x.shape().iter().copied().zip(x.strides().iter().copied());
            let axes: SmallVec<[(usize, isize); 4]> = axes.collect();
            let (stack, matrix) = axes.split_at(axes.len() - 2);
            (SmallVec::<[(usize, isize); 4]>::from_slice(stack), [matrix[0], matrix[1]])
        });
        let mut plan = Plan {
            m: a_matrix[0].0,
            k: a_matrix[1].0,
            n: b_matrix[1].0,
            a: a_matrix.map(|(_, stride)| stride),
            b: b_matrix.map(|(_, stride)| stride),
            kept: SmallVec::new(),
            summed: SmallVec::new(),
        };
        let stack = &shape[..shape.rank() - 2];
        // Aligned at the last axis: number `back` from the end.
        for back in (1..=a_stack.len().max(b_stack.len())).rev() {
            let of = |stack: &[(usize, isize)]| match stack.len().checked_sub(back) {
                Some(axis) if stack[axis].0 != 1 => stack[axis],
                _ => (1, 0),
            };
            let ((p, a), (q, b)) = (of(&a_stack), of(&b_stack));
            let extent = if p == 1 { q } else { p };
            let is_kept = stack.len().checked_sub(back).is_some_and(|axis| stack[axis] == extent);
            match extent {
                1 => {}
                _ if is_kept => plan.kept.push(Axis { extent, a, b }),
                _ => plan.summed.push(Axis { extent, a, b }),
            }
        }
        plan.merge();
        plan
    }

    /// A stack times one matrix is a matrix of more rows, and a sum over a stack is a longer inner sum, where the axes lie
    /// one in the other in memory.
    fn merge(&mut self) {
        while let Some(&Axis { extent, a, b }) = self.kept.last() {
            let nested = self.m == 1 || a == self.m as isize * self.a[0];
            if b != 0 || !nested {
                break;
            }
            if self.m == 1 {
                self.a[0] = a;
            }
            self.m *= extent;
            self.kept.pop();
        }
        while let Some(&Axis { extent, a, b }) = self.summed.last() {
            let k = self.k as isize;
            let nested = self.k == 1 || (a == k * self.a[1] && b == k * self.b[0]);
            if !nested {
                break;
            }
            if self.k == 1 {
                (self.a[1], self.b[0]) = (a, b);
            }
            self.k *= extent;
            self.summed.pop();
        }
    }

    /// How many rows a task gets of a product with a vector. (Of a matrix that lies in memory by columns, few rows are a strip, which is
    /// slow to read.)
    fn rows_of_vector(&self) -> usize {
        self.m.div_ceil((self.m * self.k / PARALLEL).clamp(1, TASKS)).max(512).min(self.m)
    }

    /// The products that are summed for an element of the stack, in as many parts as are worth a thread each where
    /// results are too few to be shared among threads.
    fn terms<T: Element>(&self) -> Vec<Vec<Term>> {
        let offsets = offsets(&self.summed);
        let of_matrix = match self.n {
            1 => self.m.div_ceil(self.rows_of_vector()),
            n => gemm::tasks::<T>(self.m, n),
        };
        let results = extent(&self.kept) * of_matrix;
        let work = self.m * self.n * self.k * offsets.len() * extent(&self.kept);
        let parts = (work / PARALLEL).clamp(1, TASKS) / results;
        if parts <= 1 {
            return vec![offsets.iter().map(|&(a, b)| Term { a, b, k: self.k }).collect()];
        }
        if let [(a, b)] = offsets[..] {
            let length = self.k.div_ceil(parts);
            let part = |start: usize| {
                let (along_a, along_b) = (start as isize * self.a[1], start as isize * self.b[0]);
                vec![Term { a: a + along_a, b: b + along_b, k: length.min(self.k - start) }]
            };
            return (0..self.k).step_by(length).map(part).collect();
        }
        let term = |&(a, b): &(isize, isize)| Term { a, b, k: self.k };
        let chunks = offsets.chunks(offsets.len().div_ceil(parts));
        chunks.map(|chunk| chunk.iter().map(term).collect()).collect()
    }
}

fn extent(axes: &[Axis]) -> usize {
    axes.iter().map(|axis| axis.extent).product()
}

/// For each element of a stack, in row-major order, how far it is from the first in both operands.
fn offsets(axes: &[Axis]) -> Vec<(isize, isize)> {
    let mut offsets = vec![(0, 0)];
    for axis in axes {
        let along = |k: usize| (k as isize * axis.a, k as isize * axis.b);
        offsets = (offsets.iter())
            .flat_map(|&(a, b)| (0..axis.extent).map(along).map(move |(c, d)| (a + c, b + d)))
            .collect();
    }
    offsets
}

/// […, m, k] · […, k, n] → `shape` = […, m, n]. Operands of any strides, broadcast along the leading axes; summed
/// over those leading axes that the result has not, or has with extent 1.
pub(crate) fn matmul<T: Element>(a: &Tensor<T>, b: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    if let (&[m, k], &[_, n]) = (&a.shape()[..], &b.shape()[..])
        && m * k * n < WORTH_DIVIDING
        && m * k * n > 0
    {
        return small(a, b, [m, k, n]);
    }
    let size = shape.size();
    let plan = Plan::new(a, b, shape);
    if size == 0 || a.size() == 0 || b.size() == 0 {
        let mut out = scratch(size);
        out.fill(T::zero());
        return Tensor::from_buffer(shape.clone(), out);
    }
    let Plan { m, k, n, .. } = plan;
    let parts = plan.terms::<T>();
    let stack = offsets(&plan.kept);
    let mut out = scratch(size * parts.len());
    let ((a_memory, a_first), (b_memory, b_first)) = (a.whole_memory(), b.whole_memory());
    let run = |(c, along_a, along_b, terms): (&mut [T], isize, isize, &Vec<Term>),
               threads: bool| {
        for (number, term) in terms.iter().enumerate() {
            let offset = a_first.wrapping_add_signed(along_a + term.a);
            let a = Matrix { memory: a_memory, offset, strides: plan.a };
            let offset = b_first.wrapping_add_signed(along_b + term.b);
            let b = Matrix { memory: b_memory, offset, strides: plan.b };
            let (m, k, accumulate) = (c.len() / n, term.k, number > 0);
            let product = Product { m, k, n, a, b, c: &mut *c, c_stride: n, accumulate };
            if threads { multiply_on_threads(product) } else { multiply(product) }
        }
    };
    let stacks = out.chunks_mut(size).zip(&parts);
    let products = stacks.flat_map(|(out, terms)| {
        let of_stack = out.chunks_mut(m * n).zip(&stack);
        of_stack.map(move |(c, &(along_a, along_b))| (c, along_a, along_b, terms))
    });
    let count = stack.len() * parts.len();
    let work = m * n * k * count * extent(&plan.summed) / parts.len();
    // Few products are divided themselves.
    if n > 1 && work / count >= WORTH_DIVIDING && count < TASKS.min(gemm::tasks::<T>(m, n)) {
        products.for_each(|product| run(product, true));
    } else if n == 1 {
        let rows = plan.rows_of_vector();
        let tasks = products.flat_map(|(c, along_a, along_b, terms)| {
            let tasks = c.chunks_mut(rows).enumerate();
            tasks.map(move |(k, c)| (c, along_a + (k * rows) as isize * plan.a[0], along_b, terms))
        });
        parallel::for_each_if(work >= WORTH_DIVIDING, tasks, |product| run(product, false));
    } else {
        let products: Vec<_> = products.collect();
        parallel::for_each_if(work >= WORTH_DIVIDING, products, |product| run(product, false));
    }
    let (total, others) = out.split_at_mut(size);
    for part in others.chunks(size) {
        total.iter_mut().zip(part).for_each(|(total, &x)| *total += x);
    }
    out.truncate(size);
    Tensor::from_buffer(shape.clone(), out)
}

/// The product of two matrices that are not worth a plan.
fn small<T: Element>(a: &Tensor<T>, b: &Tensor<T>, [m, k, n]: [usize; 3]) -> Tensor<T> {
    let [a, b] = [a, b].map(|x| {
        let (memory, offset) = x.whole_memory();
        Matrix { memory, offset, strides: [x.strides()[0], x.strides()[1]] }
    });
    let mut out = scratch(m * n);
    multiply(Product { m, k, n, a, b, c: &mut out, c_stride: n, accumulate: false });
    Tensor::from_buffer(Shape::from([m, n]), out)
}
