//! Linear algebra: on matrices, and on stacks of them along leading axes.
//!
//! Rules are those of M. B. Giles, Collected matrix derivative results for forward and reverse mode algorithmic
//! differentiation (2008), and of the works named in the files, written with operations on variables, so that they can be
//! differentiated again. A factorisation is computed once, as an operation of its own; what builds on it (and its
//! derivatives, of all orders) takes the factors as one more operand.

mod cholesky;
mod commutator;
mod determinant;
mod eigh;
mod exponential;
mod least_squares;
mod norms;
mod powers;
mod pseudoinverse;
mod qr;
mod solve;
mod svd;
mod triangular;

pub use determinant::SlogDet;
pub use eigh::Eigh;
pub use qr::Qr;
pub use svd::Svd;

use super::layout::linear;
use super::{expand_to, structural};
use crate::cpu;
use crate::cpu::linalg::parts::Part;
use crate::element::Element;
use crate::recording::{self, Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The leading axes of a stack of matrices, and the extents of a matrix.
#[track_caller]
fn matrices<T: Element>(x: Var<T>, operation: &str) -> (Shape, [usize; 2]) {
    let shape = x.shape();
    assert!(
        shape.rank() >= 2,
        "{operation}: shape {shape} has {} axes, and a matrix has two; `reshape` makes a row or a column of a vector",
        shape.rank()
    );
    let (stack, extents) = shape.split_at(shape.rank() - 2);
    (stack.into(), [extents[0], extents[1]])
}

/// The leading axes of a stack of square matrices, and their extent.
#[track_caller]
fn square<T: Element>(x: Var<T>, operation: &str) -> (Shape, usize) {
    let (stack, [m, n]) = matrices(x, operation);
    assert!(
        m == n,
        "{operation}: shape {} is not one of square matrices; `lstsq` and `pinv` take any matrix",
        x.shape()
    );
    (stack, n)
}

/// The leading axes followed by others.
fn join(stack: &Shape, item: &[usize]) -> Shape {
    stack.iter().chain(item).copied().collect()
}

/// One of several results that lie one after the other along the last axis, from `start` on, in the shape `item`.
#[track_caller]
fn unpack<T: Element>(packed: Var<T>, start: usize, item: &[usize]) -> Var<T> {
    let shape = packed.shape();
    let axis = shape.rank() - 1;
    let stack = Shape::from(&shape[..axis]);
    packed.sliced(axis, start, item.iter().product(), 1).reshape(join(&stack, item))
}

/// Several results one after the other along the last axis: the inverse of [`unpack`].
#[track_caller]
fn pack<T: Element>(stack: &Shape, parts: &[Var<T>]) -> Var<T> {
    let length = |part: &Var<T>| part.shape()[stack.rank()..].iter().product::<usize>();
    let total = parts.iter().map(length).sum();
    let mut start = 0;
    let placed = parts.iter().map(|part| {
        let flat = part.reshape(join(stack, &[length(part)]));
        start += length(part);
        flat.placed(stack.rank(), start - length(part), 1, total)
    });
    placed.reduce(|sum, part| sum + part).expect("something is packed")
}

/// The identity matrices of the shape of `like`, in its recording.
#[track_caller]
fn identity<T: Element>(like: Var<T>) -> Var<T> {
    let shape = like.shape();
    let identity = Tensor::eye(shape[shape.rank() - 1]);
    expand_to(recording::made(recording::number_of(like), identity), &shape)
}

/// The main diagonals of n × n matrices.
#[track_caller]
fn diagonal<T: Element>(x: Var<T>) -> Var<T> {
    let shape = x.shape();
    let (stack, n) = (Shape::from(&shape[..shape.rank() - 2]), shape[shape.rank() - 1]);
    x.reshape(join(&stack, &[n * n])).sliced(stack.rank(), 0, n, n as isize + 1)
}

/// The matrices with the given main diagonals, and zeros elsewhere.
#[track_caller]
fn diagonal_matrix<T: Element>(d: Var<T>) -> Var<T> {
    let shape = d.shape();
    let (stack, n) = (Shape::from(&shape[..shape.rank() - 1]), shape[shape.rank() - 1]);
    d.placed(stack.rank(), 0, n as isize + 1, n * n).reshape(join(&stack, &[n, n]))
}

/// A number for each row of the matrices that it will be multiplied with.
#[track_caller]
fn by_row<T: Element>(d: Var<T>) -> Var<T> {
    let shape = d.shape();
    d.reshape(join(&shape, &[1]))
}

/// A number for each column of the matrices that it will be multiplied with.
#[track_caller]
fn by_column<T: Element>(d: Var<T>) -> Var<T> {
    let shape = d.shape();
    let (stack, n) = (Shape::from(&shape[..shape.rank() - 1]), shape[shape.rank() - 1]);
    d.reshape(join(&stack, &[1, n]))
}

/// dⱼ − dᵢ in row i, column j.
#[track_caller]
fn differences<T: Element>(d: Var<T>) -> Var<T> {
    by_column(d) - by_row(d)
}

/// 1/x where |x| exceeds `tolerance`, and 0 elsewhere, where no derivative flows either.
#[track_caller]
fn reciprocal_beyond<T: Element>(x: Var<T>, tolerance: Var<T>) -> Var<T> {
    let size = x.detach();
    let far = tolerance.less(size) | tolerance.less(-size);
    far.select(Var::number(T::one()) / far.select(x, 1.0), 0.0)
}

/// A batch of right-hand sides, to systems that all members share, as more columns of one.
#[track_caller]
fn by_columns<T: Element>(b: Var<T>, solve: impl FnOnce(Var<T>) -> Var<T>) -> Var<T> {
    let shape = b.shape();
    let rank = shape.rank();
    let (stack, [m, k]) = (&shape[1..rank - 2], [shape[rank - 2], shape[rank - 1]]);
    // [members, stack, m, k] → [stack, m, members · k], and back.
    let order = (1..rank - 1).chain([0, rank - 1]).collect();
    let columns = b.permuted(order).reshape(join(&stack.into(), &[m, shape[0] * k]));
    let x = solve(columns).reshape(join(&stack.into(), &[m, shape[0], k]));
    x.permuted([rank - 2].into_iter().chain(0..rank - 2).chain([rank - 1]).collect())
}

linear! {
    /// A part of each matrix, and zeros elsewhere.
    TakePart { part: Part } "triangle";
    forward |op, x, _shape| cpu::linalg::parts::part(x, op.part);
    composed |op, x| match op.part {
        Part::Lower => x.tril(0),
        Part::Upper => x.triu(0),
        Part::BelowDiagonal => x.tril(-1),
        Part::LowerHalf => x.tril(-1) + x.tril(0).triu(0) * 0.5,
    };
    apply |op, v| take(op.part, v);
    transpose |op, _at, cotangent| take(op.part, cotangent);
    batch |op, x, _members| take(op.part, x);
}

#[track_caller]
fn take<T: Element>(part: Part, x: Var<T>) -> Var<T> {
    structural(TakePart { part }, &[x], x.shape())
}
