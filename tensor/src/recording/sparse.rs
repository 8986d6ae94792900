//! Batches of arrays that are zero but for a few elements, each in another place: what basis vectors begin as, and stay
//! while elements are scaled, moved, and added to few others. What is zero is neither stored nor computed.

use std::cell::OnceCell;

use smallvec::SmallVec;

use super::{Kind, made, record};
use crate::element::Element;
use crate::ops::{accumulated, expand_to, joined, strong_mul};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// Of more terms, a batch is made an array.
const MOST_TERMS: usize = 8;

/// The sum of its terms.
pub(crate) struct Sparse<T: Element> {
    terms: SmallVec<[Term<T>; 2]>,
    /// Of a member's array.
    shape: Shape,
    count: usize,
    dense: OnceCell<Var<T>>,
}

/// Arrays of which each element is zero for all members but one.
struct Term<T: Element> {
    values: Var<T>,
    /// The member that has the value of each element. (As numbers of the same type, so that operations which move elements
    /// move them.)
    members: Tensor<T>,
}

/// How many members a number of this type can name.
fn most_members<T: Element>() -> usize {
    (1.0 / T::EPSILON) as usize
}

impl<T: Element> Sparse<T> {
    /// All basis vectors of a shape, in row-major order. `None` if they are too many for the type of numbers.
    #[track_caller]
    pub(super) fn basis(number: u64, shape: &Shape) -> Option<Self> {
        let (count, mut member) = (shape.size(), 0.0);
        let members = Tensor::from_fn(shape, |_| {
            member += 1.0;
            T::nearest(member - 1.0)
        });
        let values = made(number, Tensor::ones(shape));
        let terms = [Term { values, members }].into_iter().collect();
        let basis = Sparse { terms, shape: shape.clone(), count, dense: OnceCell::new() };
        (count < most_members::<T>()).then_some(basis)
    }

    /// What an operation that keeps zeros makes of its inputs, some of which are sparse. `None` if it has too many terms.
    #[track_caller]
    pub(super) fn through(
        kind: &Kind<T>,
        inputs: &[Var<T>],
        sparse: &[Option<&Self>],
        shape: &Shape,
    ) -> Option<Self> {
        let operation = kind.operation().expect("a given value has no inputs");
        let zero = |input: usize| match (kind, sparse[input]) {
            (_, None) => inputs[input],
            (Kind::Elementwise(_), _) => Var::number(T::zero()),
            (_, Some(sparse)) => expand_to(Var::number(T::zero()), &sparse.shape),
        };
        let first = sparse.iter().find_map(|sparse| *sparse).expect("one is sparse");
        let mut terms: SmallVec<[Term<T>; 2]> = SmallVec::new();
        for (input, batch) in sparse.iter().enumerate() {
            for term in batch.iter().flat_map(|batch| &batch.terms) {
                let operand = |k: usize| if k == input { term.values } else { zero(k) };
                let operands: SmallVec<[Var<T>; 4]> = (0..inputs.len()).map(operand).collect();
                let values = record(kind.clone(), &operands, shape.clone());
                let members = match kind {
                    Kind::Elementwise(_) => term.members.expanded(shape),
                    _ => {
                        let member = |k: usize| match sparse[k] {
                            _ if k == input => term.members.clone(),
                            Some(other) => Tensor::zeros(&other.shape),
                            None => Tensor::from(T::zero()),
                        };
                        let members: SmallVec<[Tensor<T>; 4]> =
                            (0..inputs.len()).map(member).collect();
                        operation.forward(&members.iter().collect::<Vec<_>>(), shape)
                    }
                };
                match terms.iter_mut().find(|other| other.members == members) {
                    Some(other) => other.values += values,
                    None => terms.push(Term { values, members }),
                }
            }
        }
        let is_sparse = terms.len() <= MOST_TERMS && 2 * terms.len() < first.count.max(3);
        let (shape, count) = (shape.clone(), first.count);
        is_sparse.then(|| Sparse { terms, shape, count, dense: OnceCell::new() })
    }

    /// The members that the elements of all terms belong to, one term after the other.
    fn members(&self) -> impl Iterator<Item = usize> {
        let members = self.terms.iter().flat_map(|term| term.members.to_vec());
        members.map(|member| member.widen() as usize)
    }

    /// The batch as an array.
    #[track_caller]
    pub(super) fn dense(&self) -> Var<T> {
        *self.dense.get_or_init(|| {
            let size = self.shape.size();
            let batch = [self.count].into_iter().chain(self.shape.iter().copied());
            let batch: Shape = batch.collect();
            if let (1, [term]) = (self.count, &self.terms[..]) {
                return term.values.reshape(batch);
            }
            let places = self.members().enumerate();
            let places = places.map(|(k, member)| member * size + k % size.max(1)).collect();
            let values: Vec<Var<T>> =
                self.terms.iter().map(|term| term.values.reshape([size])).collect();
            let all = size * values.len();
            let places = Tensor::from_vec([all], places);
            let values = joined(&values, 0, &vec![size; values.len()], Shape::from([all]));
            let elements = accumulated(values, 0, &places, self.count * size);
            elements.reshape(batch)
        })
    }

    /// The product of each member, as a row of numbers, with a matrix `[n, m]` that all share: `[members, m]`. `None` if the
    /// rows of the matrix, scaled for each term, would take much more memory than the result.
    #[track_caller]
    pub(crate) fn times(&self, matrix: Var<T>) -> Option<Var<T>> {
        let shape = matrix.shape();
        let (n, m) = (shape[0], shape[1]);
        if n * self.terms.len() > 2 * self.count {
            return None;
        }
        let rows: Vec<Var<T>> = (self.terms.iter())
            .map(|term| strong_mul(term.values.reshape([n, 1]), matrix))
            .collect();
        // Member k has row number k alone.
        if rows.len() == 1 && n == self.count && self.members().eq(0..n) {
            return Some(rows[0]);
        }
        let all = n * rows.len();
        let places = Tensor::from_vec([all], self.members().collect());
        let rows = joined(&rows, 0, &vec![n; rows.len()], Shape::from([all, m]));
        Some(accumulated(rows, 0, &places, self.count))
    }
}
