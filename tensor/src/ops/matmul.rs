//! Products of matrices.

use super::structural;
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// […, m, k] · […, k, n] → […, m, n], the leading axes broadcast, and those summed over that the result has not, or has
/// with extent 1: what broadcast operands need as their cotangents.
struct MatMul;

impl<T: Element> Operation<T> for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        cpu::matmul(inputs[0], inputs[1], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::matmul(inputs[0], inputs[1], shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let [a, b] = [at.inputs[0], at.inputs[1]];
        Some(match argument {
            0 => product_to(cotangent, b.transpose(), &stack(&a.shape())),
            _ => product_to(a.transpose(), cotangent, &stack(&b.shape())),
        })
    }
    fn is_product(&self) -> bool {
        true
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let stack = stack(&at.output.shape());
        let left = tangents[0].map(|tangent| product_to(tangent, at.inputs[1], &stack));
        let right = tangents[1].map(|tangent| product_to(at.inputs[0], tangent, &stack));
        match (left, right) {
            (Some(left), Some(right)) => Some(left + right),
            (left, right) => left.or(right),
        }
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let shape = members.shape();
        let [sa, sb] = [0, 1].map(|input| members.shape_of(input));
        // Vectors that are mostly zero: some rows or columns of the matrix that they meet.
        if (sa.rank(), sb.rank()) == (2, 2) {
            let rows = match [0, 1].map(|input| members.sparse(input)) {
                [Some(rows), None] if sa[0] == 1 => rows.times(members.shared(1)),
                [None, Some(columns)] if sb[1] == 1 => columns.times(members.shared(0).transpose()),
                _ => None,
            };
            if let Some(rows) = rows {
                return Some(rows.reshape(members.many(shape)));
            }
        }
        if let (None, Some(vectors)) = (members.batch(0), members.batch(1))
            && (sa.rank(), sb[sb.rank() - 1]) == (2, 1)
            && stack(shape) == stack(&sb)
        {
            // A matrix times a vector of each member: the product with a matrix of them as rows.
            let rows = vectors.reshape(members.many(&sb[..sb.rank() - 1]));
            let products = product(rows, members.shared(0).transpose());
            return Some(products.reshape(members.many(shape)));
        }
        let rank = sa.rank().max(sb.rank());
        let operands = [0, 1].map(|input| members.aligned(input, rank));
        // (Axes that are summed over stay behind that of the members.)
        let ones = core::iter::repeat_n(1, rank - shape.rank());
        let to = [members.count()].into_iter().chain(ones).chain(shape.iter().copied());
        Some(structural(MatMul, &operands, to.collect()).reshape(members.many(shape)))
    }
}

/// The leading axes of a stack of matrices.
fn stack(shape: &Shape) -> Shape {
    Shape::from(&shape[..shape.rank() - 2])
}

/// The shape that the leading axes broadcast to.
#[track_caller]
fn common_stack(a: &Shape, b: &Shape) -> Shape {
    let Some(common) = stack(a).broadcast(&stack(b)) else {
        panic!(
            "matmul: the leading axes of shapes {a} and {b} do not broadcast; extents must be equal or 1"
        )
    };
    common
}

/// The product of stacks of matrices, of rank two or more.
#[track_caller]
pub(super) fn product<T: Element>(a: Var<T>, b: Var<T>) -> Var<T> {
    product_to(a, b, &common_stack(&a.shape(), &b.shape()))
}

/// The product summed over those of the leading axes that `target` has not, or has with extent 1. (Where `target` has more
/// than the product, so that this is to be repeated, extents are 1.)
#[track_caller]
fn product_to<T: Element>(a: Var<T>, b: Var<T>, target: &Shape) -> Var<T> {
    let (sa, sb) = (a.shape(), b.shape());
    let common = common_stack(&sa, &sb);
    let rank = target.rank().min(common.rank());
    let target = &target[target.rank() - rank..];
    let common = &common[common.rank() - rank..];
    let stack = target.iter().zip(common).map(|(&target, &all)| if all == 1 { 1 } else { target });
    let shape = stack.chain([sa[sa.rank() - 2], sb[sb.rank() - 1]]).collect();
    structural(MatMul, &[a, b], shape)
}

impl<T: Element> Var<T> {
    /// The matrix product, as NumPy's `@`: of matrices [m, k] · [k, n] → [m, n]; of stacks of matrices, whose leading
    /// axes broadcast; a vector on the left is a row, on the right a column, and its axis is gone from the result.
    ///
    /// # Panics
    /// If the inner extents differ, or an operand is a single number.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.var(&Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    /// let x = tape.var(&Tensor::from([1.0, -1.0]));
    /// assert_eq!(a.matmul(x).value(), Tensor::from([-1.0, -1.0]));
    /// assert_eq!(tape.gradient(a.matmul(x)).wrt(x), Tensor::from([4.0, 6.0]));
    /// ```
    #[track_caller]
    pub fn matmul(self, other: impl Into<Var<T>>) -> Self {
        let (a, b) = (self, other.into());
        let (sa, sb) = (a.shape(), b.shape());
        assert!(
            sa.rank() > 0 && sb.rank() > 0,
            "matmul: shapes {sa} and {sb}: a single number is no matrix; use `*`"
        );
        let inner = sb[sb.rank().saturating_sub(2)];
        assert!(
            sa[sa.rank() - 1] == inner,
            "matmul: shapes {sa} and {sb}: the inner extents {} and {inner} differ; is one to be transposed?",
            sa[sa.rank() - 1]
        );
        let row = if sa.rank() == 1 { a.reshape([1, sa[0]]) } else { a };
        let column = if sb.rank() == 1 { b.reshape([sb[0], 1]) } else { b };
        let product = product(row, column);
        let shape = product.shape();
        let stack = &shape[..shape.rank() - 2];
        let left = (sa.rank() > 1).then(|| shape[shape.rank() - 2]);
        let right = (sb.rank() > 1).then(|| shape[shape.rank() - 1]);
        product.reshape(stack.iter().copied().chain(left).chain(right).collect::<Shape>())
    }

    /// Σ xₖyₖ of two vectors.
    ///
    /// # Panics
    /// If an operand is no vector, or their lengths differ.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, 2.0]));
    /// assert_eq!(x.dot(x).item(), 5.0);
    /// ```
    #[track_caller]
    pub fn dot(self, other: impl Into<Var<T>>) -> Self {
        let other = other.into();
        let (a, b) = (self.shape(), other.shape());
        assert!(
            a.rank() == 1 && a == b,
            "dot: shapes {a} and {b}: two vectors of equal length are needed; `matmul` multiplies matrices"
        );
        (self * other).sum()
    }
}
