//! Linear algebra in memory, on stacks of row-major matrices. No calculus here.

pub(crate) mod cofactors;
pub(crate) mod exponential;
pub(crate) mod factors;
pub(crate) mod parts;
pub(crate) mod routines;

use super::parallel;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::scratch;

/// Below this many multiplications, a task is not worth a thread.
const PARALLEL: usize = 1 << 17;

/// Calls `f` for each matrix of a stack, with what belongs to it of the inputs and of the result. All inputs lie along
/// the leading axes `stack`, as the result does; `work` is about the number of multiplications for one matrix.
pub(crate) fn for_each<T: Element, const K: usize>(
    stack: &[usize],
    inputs: [&Tensor<T>; K],
    shape: &Shape,
    work: usize,
    f: impl Fn([&[T]; K], &mut [T]) + Sync + Send,
) -> Tensor<T> {
    let mut out = scratch(shape.size());
    let count: usize = stack.iter().product();
    if out.is_empty() {
        return Tensor::from_buffer(shape.clone(), out);
    }
    let inputs = inputs.map(Tensor::contiguous);
    let inputs = inputs.each_ref().map(|x| x.as_slice().expect("contiguous"));
    let item = out.len() / count;
    let together = (PARALLEL / work.max(1)).max(1);
    let run = |(number, out): (usize, &mut [T])| {
        for (place, out) in out.chunks_mut(item).enumerate() {
            let i = number * together + place;
            f(inputs.map(|x| &x[i * (x.len() / count)..(i + 1) * (x.len() / count)]), out);
        }
    };
    parallel::for_each(out.chunks_mut(item * together).enumerate(), run);
    Tensor::from_buffer(shape.clone(), out)
}
