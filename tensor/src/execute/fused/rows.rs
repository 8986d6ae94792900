//! A pass over the rows of a matrix: on products of the rows with vectors, which are made block by block, and with results by which the
//! same rows are multiplied at once, while they are in the cache.

use smallvec::SmallVec;

use super::{Course, Pass, Run, Slices, Source, split};
use crate::cpu::gemm::{Matrix, Product};
use crate::cpu::parallel;
use crate::cpu::reduce::block_len;
use crate::cpu::vectors::multiply;
use crate::device::Device;
use crate::element::Element;
use crate::execute::plan::Place;
use crate::recording::Elementwise;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// How much of the matrix is multiplied on both sides before the next: it stays in the second cache.
const BYTES: usize = 1 << 18;
/// A task of one thread.
const BLOCKS_PER_TASK: usize = 16;

/// What happens to the rows beside the pass.
pub(in crate::execute) struct Rows<'a, T: Element> {
    /// Of as many rows as the pass has elements.
    pub(in crate::execute) matrix: Matrix<'a, T>,
    pub(in crate::execute) columns: usize,
    /// Vectors, and the slots from which the pass reads their products with the rows.
    pub(in crate::execute) products: SmallVec<[(&'a [T], usize); 2]>,
    /// The slots of those results of the pass by which the transposed matrix is multiplied.
    pub(in crate::execute) weights: SmallVec<[usize; 2]>,
}

type Arrays<T> = SmallVec<[Vec<T>; 2]>;

impl<T: Element> Pass<T> {
    pub(in crate::execute) fn size(&self) -> usize {
        self.shape.size()
    }

    /// Whether it takes sums of rows: then its blocks are made of those.
    pub(in crate::execute) fn sums_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// The slots of the arrays that it makes.
    pub(in crate::execute) fn results(&self) -> impl Iterator<Item = usize> {
        self.outputs.iter().map(|&(slot, _)| slot)
    }

    /// Whether what it reads, as far as it is there already, is in the memory of the CPU.
    pub(in crate::execute) fn is_here(&self, values: &[Option<Tensor<T>>]) -> bool {
        let slots = self.sources.iter().filter_map(Place::slot);
        slots.filter_map(|slot| values[slot].as_ref()).all(|x| x.device() == Device::Cpu)
    }

    /// Computes the results and totals from what is in the slots, and from products of the rows. Returns these products, and those of
    /// the transposed matrix with the weights.
    pub(in crate::execute) fn run_by_rows(
        &self,
        rows: &Rows<'_, T>,
        values: &mut [Option<Tensor<T>>],
    ) -> (Arrays<T>, Arrays<T>) {
        let (size, columns) = (self.size(), rows.columns);
        let block = (BYTES / (columns * size_of::<T>())).clamp(16, block_len::<T>());
        let task = block * BLOCKS_PER_TASK;
        let memory = |n: usize, len: usize| -> Arrays<T> { (0..n).map(|_| scratch(len)).collect() };
        let mut products = memory(rows.products.len(), size);
        let mut results = memory(self.outputs.len(), size);
        let mut sums = memory(self.totals.len(), size.div_ceil(block));
        let mut transformed = memory(rows.weights.len(), size.div_ceil(task) * columns);
        transformed.iter_mut().for_each(|sums| sums.fill(T::zero()));

        let is_made = |slot: usize| rows.products.iter().any(|&(_, made)| made == slot);
        let sources = self.given(values, is_made);
        let operations: SmallVec<[&dyn Elementwise<T>; 16]> =
            self.operations.iter().map(|operation| &**operation).collect();
        let source = |slot: usize| self.sources.iter().position(|x| *x == Place::Slot(slot));
        let output = |slot: usize| self.results().position(|output| output == slot);
        let of_rows = OfRows {
            rows,
            given: &sources,
            made: rows.products.iter().map(|x| source(x.1).expect("a source")).collect(),
            weights: rows.weights.iter().map(|&x| output(x).expect("a result")).collect(),
            operations: &operations,
            course: &self.course,
            block,
        };
        let [of_products, of_results, of_sums, of_transformed] =
            [&mut products, &mut results, &mut sums, &mut transformed]
                .map(|all| all.iter_mut().map(|all| &mut all[..]).collect::<Slices<'_, T>>());
        let all = Task {
            first: 0,
            products: of_products,
            results: of_results,
            sums: of_sums,
            transformed: of_transformed,
        };
        parallel::divide(
            size.div_ceil(task),
            all,
            |all, tasks| all.split(tasks, task, columns),
            |task| of_rows.run(task),
        );
        drop(sources);
        self.store(values, results.into_iter().chain(sums));
        for all in &mut transformed {
            let (total, others) = all.split_at_mut(columns);
            for part in others.chunks(columns) {
                total.iter_mut().zip(part).for_each(|(total, &x)| *total += x);
            }
            all.truncate(columns);
        }
        (products, transformed)
    }
}

/// A pass over rows, for tasks to take part in.
struct OfRows<'a, 'm, T: Element> {
    rows: &'a Rows<'m, T>,
    given: &'a [Source<'a, T>],
    /// The numbers of the sources that are products of the rows.
    made: SmallVec<[usize; 2]>,
    /// The numbers of the results by which the rows are multiplied.
    weights: SmallVec<[usize; 2]>,
    operations: &'a [&'a dyn Elementwise<T>],
    course: &'a Course,
    block: usize,
}

/// A stretch of everything.
struct Task<'a, T> {
    /// The first row.
    first: usize,
    products: Slices<'a, T>,
    results: Slices<'a, T>,
    /// The totals of blocks.
    sums: Slices<'a, T>,
    /// For each of the weights, the sum of rows times weights.
    transformed: Slices<'a, T>,
}

impl<T> Task<'_, T> {
    /// The first `tasks`, of so many rows each, and the others.
    fn split(self, tasks: usize, rows: usize, columns: usize) -> (Self, Self) {
        let (products, products_after) = split(self.products, |_| tasks * rows);
        let (results, results_after) = split(self.results, |_| tasks * rows);
        let (sums, sums_after) = split(self.sums, |_| tasks * BLOCKS_PER_TASK);
        let (transformed, transformed_after) = split(self.transformed, |_| tasks * columns);
        let after = Task {
            first: self.first + tasks * rows,
            products: products_after,
            results: results_after,
            sums: sums_after,
            transformed: transformed_after,
        };
        (Task { first: self.first, products, results, sums, transformed }, after)
    }
}

impl<T: Element> OfRows<'_, '_, T> {
    fn run(&self, mut task: Task<'_, T>) {
        let Rows { matrix, columns, products, .. } = self.rows;
        let size = task.products[0].len();
        for (number, start) in (0..size).step_by(self.block).enumerate() {
            let len = self.block.min(size - start);
            let stretch = start..start + len;
            let row = (task.first + start) as isize;
            let offset = (matrix.offset as isize + row * matrix.strides[0]) as usize;
            let block = Matrix { offset, ..*matrix };
            for (&(vector, _), product) in products.iter().zip(&mut task.products) {
                let (m, k, c) = (len, *columns, &mut product[stretch.clone()]);
                multiply(Product { a: block, ..of_vector(m, k, vector, c) });
            }
            let mut sources: SmallVec<[Source<'_, T>; 8]> = self.given.iter().copied().collect();
            for (&made, product) in self.made.iter().zip(&task.products) {
                sources[made] = Source::OfTask(&product[stretch.clone()]);
            }
            let run = Run { sources: &sources, operations: self.operations, course: self.course };
            let results = task.results.iter_mut().map(|x| &mut x[stretch.clone()]);
            let sums = task.sums.iter_mut().map(|x| &mut x[number..=number]);
            run.task(task.first + start, len, results.chain(sums).collect());
            for (&weights, sums) in self.weights.iter().zip(&mut task.transformed) {
                let weights = &task.results[weights][stretch.clone()];
                let product = of_vector(*columns, len, weights, sums);
                multiply(Product { a: block.transposed(), accumulate: true, ..product });
            }
        }
    }
}

/// The product of an m × k matrix, yet to be given, with a vector.
fn of_vector<'a, T: Element>(
    m: usize,
    k: usize,
    vector: &'a [T],
    c: &'a mut [T],
) -> Product<'a, T> {
    let b = Matrix { memory: vector, offset: 0, strides: [1, 1] };
    Product { m, k, n: 1, a: b, b, c, c_stride: 1, accumulate: false }
}
