//! Rearranging elements: reshape, permute, expand.

use smallvec::SmallVec;

use super::structural;
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::view::{permutation, transposition};
use crate::var::Var;

/// Operations that are linear in their only input state the operation (and, if they are no views, that of a device, or what it is
/// composed of there), their transpose, and what they make of a batch.
macro_rules! linear {
    ($(#[$meta:meta])* $Op:ident { $($field:ident: $Field:ty),* } $name:literal;
        forward |$self:ident, $x:ident, $shape:ident| $forward:expr;
        $(on |$self4:ident, $x4:ident, $shape4:ident| $on:expr;)?
        $(composed |$self5:ident, $x5:ident| $composed:expr;)?
        apply |$self2:ident, $v:ident| $apply:expr;
        transpose |$self3:ident, $at:ident, $ct:ident| $transpose:expr;
        batch |$self6:ident, $x6:ident, $members:ident| $batch:expr;
        $(moves $elements:ident;)?
        $(reshapes $reshapes:literal;)?
    ) => {
        $(#[$meta])*
        struct $Op { $($field: $Field),* }

        impl<T: Element> Operation<T> for $Op {
            fn name(&self) -> &'static str {
                $name
            }
            fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
                let ($self, $x, $shape) = (self, inputs[0], shape);
                let _ = $shape;
                $forward
            }
            $(
                #[cfg(feature = "cuda")]
                fn forward_on(
                    &self,
                    _: &crate::device::Cuda,
                    inputs: &[&Tensor<T>],
                    $shape4: &Shape,
                ) -> Option<Tensor<T>> {
                    let ($self4, $x4) = (self, inputs[0]);
                    Some($on)
                }
            )?
            $(
                #[cfg(feature = "cuda")]
                fn composed(&self, inputs: &[Var<T>]) -> Option<Var<T>> {
                    let ($self5, $x5) = (self, inputs[0]);
                    Some($composed)
                }
            )?
            fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
                let ($self3, $at, $ct) = (self, at, cotangent);
                let _ = $at;
                Some($transpose)
            }
            fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
                let $self2 = self;
                tangents[0].map(|$v| $apply)
            }
            fn batched(&self, $members: &Members<'_, T>) -> Option<Var<T>> {
                let ($self6, $x6) = (self, $members.all(0));
                Some($batch)
            }
            $(
                fn keeps_zeros(&self, $elements: &[Var<T>], _: &dyn Fn(usize) -> bool) -> bool {
                    $elements.len() == 1
                }
                fn moves_elements(&self) -> bool {
                    true
                }
            )?
            $(
                fn is_reshape(&self) -> bool {
                    $reshapes
                }
            )?
        }
    };
}
pub(super) use linear;

linear! {
    Reshape { to: Shape } "reshape";
    forward |_op, x, shape| x.reshape(shape);
    apply |op, v| v.reshape(&op.to);
    transpose |_op, at, cotangent| cotangent.reshape(at.inputs[0].shape());
    batch |op, x, members| x.reshape(members.many(&op.to));
    moves elements;
    reshapes true;
}

linear! {
    Permute { order: SmallVec<[usize; 4]> } "permute";
    forward |op, x, _shape| x.permuted(&op.order);
    apply |op, v| v.permuted(op.order.clone());
    transpose |op, _at, cotangent| cotangent.permuted(inverse(&op.order));
    batch |op, x, _members| x.permuted([0].into_iter().chain(op.order.iter().map(|k| k + 1)).collect());
    moves elements;
}

linear! {
    Expand { to: Shape } "expand";
    forward |_op, x, shape| x.expanded(shape);
    apply |op, v| expand_to(v, &op.to);
    transpose |_op, at, cotangent| sum_to(cotangent, &at.inputs[0].shape());
    batch |op, _x, members| expand_to(members.aligned(0, op.to.rank()), &members.many(&op.to));
    moves elements;
}

fn inverse(order: &[usize]) -> SmallVec<[usize; 4]> {
    let mut inverse = SmallVec::from_elem(0, order.len());
    for (to, &from) in order.iter().enumerate() {
        inverse[from] = to;
    }
    inverse
}

/// The array repeated to a shape that it broadcasts to.
#[track_caller]
pub(crate) fn expand_to<T: Element>(x: Var<T>, shape: &Shape) -> Var<T> {
    if x.shape() == *shape {
        return x;
    }
    structural(Expand { to: shape.clone() }, &[x], shape.clone())
}

/// The array summed to a shape that broadcasts to its own: the transpose of [`expand_to`].
#[track_caller]
pub(crate) fn sum_to<T: Element>(x: Var<T>, shape: &Shape) -> Var<T> {
    let from = x.shape();
    if from == *shape {
        return x;
    }
    if from.broadcasts_to(shape) {
        return expand_to(x, shape);
    }
    let new = from.rank() - shape.rank();
    let axes: Vec<isize> = (0..from.rank())
        .filter(|&axis| axis < new || (shape[axis - new] == 1 && from[axis] != 1))
        .map(|axis| axis as isize)
        .collect();
    x.sum_keep(axes).reshape(shape)
}

impl<T: Element> Var<T> {
    /// The elements, in the same row-major order, in another shape.
    ///
    /// # Panics
    /// If the numbers of elements differ.
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let (from, to) = (self.shape(), shape.into());
        assert!(
            from.size() == to.size(),
            "reshape: shape {from} has {} elements, and {to} has {}",
            from.size(),
            to.size()
        );
        if from == to {
            return self;
        }
        structural(Reshape { to: to.clone() }, &[self], to)
    }

    /// The axes in another order: axis k of the result is axis `order[k]` of the array.
    ///
    /// # Panics
    /// If `order` is not a permutation of the axes.
    #[track_caller]
    pub fn permute<const N: usize>(self, order: [isize; N]) -> Self {
        self.permuted(permutation(&self.shape(), &order))
    }

    #[track_caller]
    pub(crate) fn permuted(self, order: SmallVec<[usize; 4]>) -> Self {
        let shape = self.shape();
        let to = order.iter().map(|&axis| shape[axis]).collect();
        structural(Permute { order }, &[self], to)
    }

    /// The last two axes exchanged; of a vector, itself.
    #[must_use]
    #[track_caller]
    pub fn transpose(self) -> Self {
        match self.shape().rank() {
            0 | 1 => self,
            rank => self.permuted(transposition(rank)),
        }
    }

    /// The array repeated along new axes in front and along axes of extent 1.
    ///
    /// # Panics
    /// If the shape does not broadcast to the given one.
    #[track_caller]
    pub fn expand(self, shape: impl Into<Shape>) -> Self {
        let (from, to) = (self.shape(), shape.into());
        assert!(
            from.broadcasts_to(&to),
            "expand: shape {from} does not broadcast to {to}; extents must be equal, or 1 before"
        );
        expand_to(self, &to)
    }
}
