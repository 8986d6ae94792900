//! What an operation sees of a batch.

use std::rc::Rc;

use smallvec::SmallVec;

use super::sparse::Sparse;
use super::{Kind, Operation, record};
use crate::element::Element;
use crate::ops::{expand_to, joined, structural};
use crate::shape::Shape;
use crate::var::Var;

/// What a node is in the section for the batch.
#[derive(Clone)]
pub(super) enum Image<T: Element> {
    Batch(Var<T>),
    Sparse(Rc<Sparse<T>>),
    /// All members share it.
    Shared(Var<T>),
}

impl<T: Element> Image<T> {
    /// The batch as an array.
    #[track_caller]
    pub(super) fn of_all(&self, count: usize) -> Var<T> {
        match self {
            Image::Batch(batch) => *batch,
            Image::Sparse(sparse) => sparse.dense(),
            Image::Shared(y) => {
                expand_to(*y, &[count].into_iter().chain(y.shape().to_vec()).collect())
            }
        }
    }
}

/// What an operation is applied to, where some of its inputs are batches, and its rule for batches.
pub(crate) struct Members<'a, T: Element> {
    /// As they are for one member; those of which there is a batch have a shape, and no value.
    pub(super) inputs: &'a [Var<T>],
    pub(super) images: &'a [Image<T>],
    pub(super) shape: &'a Shape,
    pub(super) count: usize,
}

impl<T: Element> Members<'_, T> {
    /// The batch of an input, unless all members share it.
    #[track_caller]
    pub(crate) fn batch(&self, input: usize) -> Option<Var<T>> {
        match &self.images[input] {
            Image::Batch(batch) => Some(*batch),
            Image::Sparse(sparse) => Some(sparse.dense()),
            Image::Shared(_) => None,
        }
    }

    /// The batch of an input, if it is mostly zero.
    pub(crate) fn sparse(&self, input: usize) -> Option<&Sparse<T>> {
        match &self.images[input] {
            Image::Sparse(sparse) => Some(sparse),
            _ => None,
        }
    }

    /// An input that all members share.
    pub(crate) fn shared(&self, input: usize) -> Var<T> {
        debug_assert!(matches!(self.images[input], Image::Shared(_)), "members differ in {input}");
        self.inputs[input]
    }

    /// The batch of an input, or what all members share.
    #[track_caller]
    pub(crate) fn image(&self, input: usize) -> Var<T> {
        self.batch(input).unwrap_or(self.inputs[input])
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The shape of an input of one member.
    #[track_caller]
    pub(crate) fn shape_of(&self, input: usize) -> Shape {
        self.inputs[input].shape()
    }

    /// The shape of the result of one member.
    pub(crate) fn shape(&self) -> &Shape {
        self.shape
    }

    /// The shape of a batch of arrays of these extents.
    pub(crate) fn many(&self, of: &[usize]) -> Shape {
        core::iter::once(self.count).chain(of.iter().copied()).collect()
    }

    /// An input as a batch, also if all members share it.
    #[track_caller]
    pub(crate) fn all(&self, input: usize) -> Var<T> {
        self.batch(input).unwrap_or_else(|| {
            let x = self.inputs[input];
            expand_to(x, &self.many(&x.shape()))
        })
    }

    /// An input as it broadcasts with others of at most `rank` axes for one member: a batch with axes of extent 1 behind
    /// the first.
    #[track_caller]
    pub(crate) fn aligned(&self, input: usize, rank: usize) -> Var<T> {
        let Some(batch) = self.batch(input) else { return self.inputs[input] };
        let shape = batch.shape();
        let ones = core::iter::repeat_n(1, (rank + 1).saturating_sub(shape.rank()));
        batch.reshape(
            [self.count].into_iter().chain(ones).chain(shape[1..].to_vec()).collect::<Shape>(),
        )
    }

    /// The results of an operation for which leading axes are a stack, and the new axis one more of them.
    #[track_caller]
    pub(crate) fn stacked(&self, operation: impl Operation<T>) -> Var<T> {
        let inputs: SmallVec<[Var<T>; 4]> =
            (0..self.inputs()).map(|input| self.all(input)).collect();
        structural(operation, &inputs, self.many(self.shape))
    }

    /// The results of an operation whose operands are broadcast to the shape of its result.
    #[track_caller]
    pub(crate) fn broadcast(&self, kind: Kind<T>) -> Var<T> {
        let rank = self.shape.rank();
        let inputs: SmallVec<[Var<T>; 4]> =
            (0..self.inputs()).map(|input| self.aligned(input, rank)).collect();
        record(kind, &inputs, self.many(self.shape))
    }

    /// The results of any operation, each member's by itself.
    #[track_caller]
    pub(super) fn one_by_one(&self, kind: &Kind<T>) -> Var<T> {
        let of_member = |input: usize, member: usize| match self.batch(input) {
            Some(batch) => batch.sliced(0, member, 1, 1).reshape(self.shape_of(input)),
            None => self.inputs[input],
        };
        let one: Shape = [1].into_iter().chain(self.shape.iter().copied()).collect();
        let results: Vec<Var<T>> = (0..self.count)
            .map(|member| {
                let inputs: SmallVec<[Var<T>; 4]> =
                    (0..self.inputs()).map(|input| of_member(input, member)).collect();
                record(kind.clone(), &inputs, self.shape.clone()).reshape(&one)
            })
            .collect();
        joined(&results, 0, &vec![1; self.count], self.many(self.shape))
    }
}
