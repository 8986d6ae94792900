//! Products of one matrix with vectors, an elementwise pass over what comes of them, and products of the transposed matrix with its
//! results, as one step: the matrix, the largest of what takes part, then comes from memory once and not twice. Such are the value and
//! the gradient of regressions of all kinds, and their products with Hessians.

#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use super::fused::{Pass, Rows};
use super::plan::{Place, Single, Step};
use crate::cpu::gemm::Matrix;
use crate::device::Device;
use crate::element::Element;
use crate::memory;
use crate::tensor::Tensor;

/// Below this many bytes, a matrix stays in the cache from one step to the next.
const LEAST: usize = 1 << 19;
/// The longest rows, in bytes, of which enough stay in the cache.
const LONGEST: usize = 1 << 14;

/// A product of the matrix with a vector, and what reshapes it for the pass.
struct Before<T: Element> {
    product: Single<T>,
    view: Option<Single<T>>,
}

/// What reshapes a result of the pass, and the product of the transposed matrix with it.
struct After<T: Element> {
    view: Option<Single<T>>,
    product: Single<T>,
    /// The slot of the result.
    weights: usize,
}

/// Steps that belong together.
pub(super) struct Together<T: Element> {
    before: SmallVec<[Before<T>; 2]>,
    pass: Pass<T>,
    after: SmallVec<[After<T>; 2]>,
}

impl<T: Element> Before<T> {
    /// The slot that the pass reads.
    fn slot(&self) -> usize {
        self.view.as_ref().unwrap_or(&self.product).slot
    }
}

impl<T: Element> Together<T> {
    /// The slots that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> {
        let before = self.before.iter().flat_map(|b| [Some(&b.product), b.view.as_ref()]);
        let after = self.after.iter().flat_map(|a| [a.view.as_ref(), Some(&a.product)]);
        let singles =
            before.chain(after).flatten().flat_map(|single| single.inputs.iter().copied());
        singles.chain(self.pass.sources().iter().filter_map(Place::slot))
    }

    pub(super) fn run(&self, values: &mut [Option<Tensor<T>>]) {
        match self.matrix(values) {
            Some(matrix) => self.run_by_rows(&matrix, values),
            None => {
                for Before { product, view } in &self.before {
                    product.run(values);
                    view.iter().for_each(|view| view.run(values));
                }
                self.pass.run(values);
                for After { view, product, .. } in &self.after {
                    view.iter().for_each(|view| view.run(values));
                    product.run(values);
                }
            }
        }
    }

    /// The matrix, if it is the same everywhere, and lies in memory as products with vectors want it.
    fn matrix(&self, values: &[Option<Tensor<T>>]) -> Option<Tensor<T>> {
        let x = self.before[0].product.matrix(values)?;
        let is_x = |other: &Tensor<T>| {
            other.shares_memory_with(&x)
                && other.whole_memory().1 == x.whole_memory().1
                && (other.shape(), other.strides()) == (x.shape(), x.strides())
        };
        let is_ready = |Before { product, .. }: &Before<T>| {
            product.matrix(values).is_some_and(|other| is_x(&other))
                && product.vector(values).is_some_and(|v| v.device() == Device::Cpu)
        };
        let is_transposed = |After { product, .. }: &After<T>| {
            product.matrix(values).is_some_and(|other| is_x(&other.transpose()))
        };
        let fits = self.before.iter().all(is_ready)
            && self.after.iter().all(is_transposed)
            && x.strides().contains(&1)
            && x.device() == Device::Cpu
            && self.pass.is_here(values);
        fits.then_some(x)
    }

    fn run_by_rows(&self, x: &Tensor<T>, values: &mut [Option<Tensor<T>>]) {
        let vector = |b: &Before<T>| b.product.vector(values).expect("as was seen").contiguous();
        let vectors: SmallVec<[Tensor<T>; 2]> = self.before.iter().map(vector).collect();
        let vectors = vectors.iter().map(|v| v.as_slice().expect("contiguous"));
        let (memory, offset) = x.whole_memory();
        let rows = Rows {
            matrix: Matrix { memory, offset, strides: [x.strides()[0], x.strides()[1]] },
            columns: x.shape()[1],
            products: vectors.zip(self.before.iter().map(Before::slot)).collect(),
            weights: self.after.iter().map(|a| a.weights).collect(),
        };
        let (products, transformed) = self.pass.run_by_rows(&rows, values);
        for (Before { product, view }, elements) in self.before.iter().zip(products) {
            product.store(elements, values);
            view.iter().for_each(|view| view.run(values));
        }
        for (After { view, product, .. }, elements) in self.after.iter().zip(transformed) {
            view.iter().for_each(|view| view.run(values));
            product.store(elements, values);
        }
    }
}

impl<T: Element> Single<T> {
    fn store(&self, elements: Vec<T>, values: &mut [Option<Tensor<T>>]) {
        let value = Tensor::from_buffer(self.shape.clone(), elements);
        memory::note(self.operation.name(), value.bytes());
        values[self.slot] = Some(value);
    }
}

/// Puts steps together where that is worth it.
pub(super) fn joined<T: Element>(steps: Vec<Step<T>>, slots: usize) -> Vec<Step<T>> {
    let products = steps.iter().filter(|step| step.product().is_some());
    if products.count() < 2 {
        return steps;
    }
    let uses = Uses::of(&steps, slots);
    let mut steps: Vec<Option<Step<T>>> = steps.into_iter().map(Some).collect();
    for at in 0..steps.len() {
        let Some((before, after)) = uses.around(&steps, at) else { continue };
        let Some(Step::Fused(pass)) = steps[at].take() else { unreachable!("a pass") };
        let mut take = |step: usize| match steps[step].take() {
            Some(Step::Single(single)) => single,
            _ => unreachable!("no pass"),
        };
        let before = before
            .into_iter()
            .map(|(product, view)| Before { product: take(product), view: view.map(&mut take) });
        let before = before.collect();
        let after = after.into_iter().map(|(view, product, weights)| After {
            view: view.map(&mut take),
            product: take(product),
            weights,
        });
        let after = after.collect();
        steps[at] = Some(Step::Rows(Box::new(Together { before, pass: *pass, after })));
    }
    steps.into_iter().flatten().collect()
}

impl<T: Element> Step<T> {
    fn single(&self) -> Option<&Single<T>> {
        match self {
            Step::Single(single) => Some(single),
            _ => None,
        }
    }

    /// A product of a matrix and a vector.
    fn product(&self) -> Option<&Single<T>> {
        let is_vector = |single: &Single<T>| single.shape.rank() == 2 && single.shape.contains(&1);
        self.single().filter(|&single| single.operation.is_product() && is_vector(single))
    }

    fn view(&self) -> Option<&Single<T>> {
        self.single().filter(|single| single.operation.is_reshape())
    }
}

/// Of a product with a vector: as a matrix and a column, which it has, or their transposes.
impl<T: Element> Single<T> {
    fn has_column(&self) -> bool {
        self.shape[1] == 1
    }

    fn matrix_slot(&self) -> usize {
        self.inputs[usize::from(!self.has_column())]
    }

    fn vector_slot(&self) -> usize {
        self.inputs[usize::from(self.has_column())]
    }

    fn factor(&self, slot: usize, values: &[Option<Tensor<T>>]) -> Option<Tensor<T>> {
        let factor = values[slot].as_ref().filter(|x| x.rank() == 2)?;
        Some(if self.has_column() { factor.clone() } else { factor.transpose() })
    }

    fn matrix(&self, values: &[Option<Tensor<T>>]) -> Option<Tensor<T>> {
        self.factor(self.matrix_slot(), values)
    }

    fn vector(&self, values: &[Option<Tensor<T>>]) -> Option<Tensor<T>> {
        self.factor(self.vector_slot(), values)
    }
}

/// Which steps make what is in the slots, and which read it, in order.
struct Uses {
    makers: Vec<Option<usize>>,
    readers: Vec<SmallVec<[usize; 2]>>,
}

type ProductsBefore = SmallVec<[(usize, Option<usize>); 2]>;
type ProductsAfter = SmallVec<[(Option<usize>, usize, usize); 2]>;

impl Uses {
    fn of<T: Element>(steps: &[Step<T>], slots: usize) -> Self {
        let mut uses = Uses { makers: vec![None; slots], readers: vec![SmallVec::new(); slots] };
        for (number, step) in steps.iter().enumerate() {
            step.for_each_input(|slot| {
                if uses.readers[slot].last() != Some(&number) {
                    uses.readers[slot].push(number);
                }
            });
            if let Step::Single(single) = step {
                uses.makers[single.slot] = Some(number);
            }
        }
        uses
    }

    /// The products, by their steps, that can go together with a pass.
    fn around<T: Element>(
        &self,
        steps: &[Option<Step<T>>],
        at: usize,
    ) -> Option<(ProductsBefore, ProductsAfter)> {
        let Some(Step::Fused(pass)) = &steps[at] else { return None };
        if pass.sums_rows() {
            return None;
        }
        let step = |number: usize| steps[number].as_ref();
        let mut before = ProductsBefore::new();
        for slot in pass.sources().iter().filter_map(Place::slot) {
            let Some(maker) = self.makers[slot].filter(|_| self.readers[slot][0] == at) else {
                continue;
            };
            let is_product = |number: usize| {
                let product = step(number).and_then(Step::product);
                product.is_some_and(|single| single.shape.size() == pass.size())
            };
            if is_product(maker) {
                before.push((maker, None));
            } else if let Some(view) = step(maker).and_then(Step::view)
                && let Some(product) = self.makers[view.inputs[0]]
                && self.readers[view.inputs[0]][..] == [maker]
                && is_product(product)
            {
                before.push((product, Some(maker)));
            }
        }
        let matrix =
            |number: usize| step(number).and_then(Step::product).expect("a product").matrix_slot();
        let mut after = ProductsAfter::new();
        for weights in pass.results() {
            for &reader in &self.readers[weights] {
                let (view, vector, product) = match step(reader).and_then(Step::view) {
                    Some(view) => {
                        (Some(reader), view.slot, self.readers[view.slot].first().copied())
                    }
                    None => (None, weights, Some(reader)),
                };
                let is_product = |single: &Single<T>| {
                    let row = single.shape.size() * size_of::<T>();
                    single.vector_slot() == vector
                        && self.makers[single.matrix_slot()].is_none_or(|maker| maker < at)
                        && row <= LONGEST
                        && row * pass.size() >= LEAST
                };
                if let Some(product) = product
                    && step(product).and_then(Step::product).is_some_and(is_product)
                {
                    after.push((view, product, weights));
                }
            }
        }
        // Of those with one matrix: the transpose is made of it.
        let is_transpose = |of: usize, slot: usize| {
            let made = self.makers[slot].and_then(step).and_then(Step::single);
            slot == of || made.is_some_and(|single| single.inputs[..] == [of])
        };
        let mut of = before.iter().map(|&(product, _)| matrix(product));
        let of = of.find(|&of| after.iter().any(|a| is_transpose(of, matrix(a.1))))?;
        before.retain(|b| matrix(b.0) == of);
        after.retain(|a| is_transpose(of, matrix(a.1)));
        Some((before, after))
    }
}
