//! Structures of arrays: what drivers differentiate with respect to, and what functions return.

use crate::element::Element;
use crate::tensor::Tensor;
use crate::var::Var;

/// What a [`Tree`] has at its leaves: a [`Tensor`], or, inside of a recording, a [`Var`].
///
/// Drivers take trees of either. With tensors they open a recording, and return values; with variables they
/// add to the recording that is open, and so they nest.
pub trait Leaf:
    Clone + Tree<Leaf = Self, With<Self> = Self> + private::Place<Self::Element>
{
    /// `f32` or `f64`.
    type Element: Element;
}

pub(crate) mod private {
    use super::*;
    use crate::execute::{self, Keep};
    use crate::tape::Tape;
    use crate::{ops, recording};

    /// Where a driver that was given such leaves works.
    pub trait Place<T: Element>: Sized {
        /// New variables that stand for the leaves, in a recording that lives as long as what is returned beside them
        /// (or the one that is open), and the number of its nodes before.
        #[track_caller]
        fn enter(leaves: &[Self]) -> (Option<Tape<T>>, Vec<Var<T>>, usize);
        /// The leaves that results are.
        #[track_caller]
        fn leave(results: &[Var<T>], keep: Keep) -> Vec<Self>;
        /// The leaf as part of the recording that is open.
        #[track_caller]
        fn var(&self) -> Var<T>;
    }

    impl<T: Element> Place<T> for Tensor<T> {
        fn enter(leaves: &[Self]) -> (Option<Tape<T>>, Vec<Var<T>>, usize) {
            let tape = Tape::new();
            let variables = leaves.iter().map(|leaf| tape.var(leaf)).collect();
            (Some(tape), variables, 0)
        }

        fn leave(results: &[Var<T>], keep: Keep) -> Vec<Self> {
            execute::values(results, keep).iter().map(Tensor::contiguous).collect()
        }

        fn var(&self) -> Var<T> {
            crate::constant(self)
        }
    }

    impl<T: Element> Place<T> for Var<T> {
        fn enter(leaves: &[Self]) -> (Option<Tape<T>>, Vec<Var<T>>, usize) {
            let recorded = leaves.iter().find(|leaf| leaf.as_number().is_none());
            let number = match recorded {
                Some(&leaf) => recording::number_of(leaf),
                None => recording::newest::<T>("a driver"),
            };
            let first = recording::len::<T>(number);
            let alias = || leaves.iter().map(|&leaf| ops::alias(leaf)).collect();
            (None, recording::within::<T, _>(number, alias), first)
        }

        fn leave(results: &[Var<T>], _: Keep) -> Vec<Self> {
            results.to_vec()
        }

        fn var(&self) -> Var<T> {
            *self
        }
    }
}

impl<T: Element> Leaf for Tensor<T> {
    type Element = T;
}

impl<T: Element> Leaf for Var<T> {
    type Element = T;
}

/// A structure of arrays: a [`Tensor`] or [`Var`] itself; arrays, vectors, tuples and options of trees; and, by
/// `derive`, the user's own structs.
///
/// ```
/// use wengert_tensor::{Tensor, value_and_gradient};
/// let parameters = (Tensor::from([1.0, 2.0]), vec![Tensor::from(3.0)]);
/// let (value, gradient) = value_and_gradient(&parameters, |(x, c)| (x * x).sum() * c[0]);
/// assert_eq!(value.item(), 15.0);
/// assert_eq!(gradient, (Tensor::from([6.0, 12.0]), vec![Tensor::from(5.0)]));
/// ```
pub trait Tree {
    /// What is at the leaves.
    type Leaf: Leaf;

    /// The same structure with other leaves.
    type With<B: Leaf>: Tree<Leaf = B, With<B> = Self::With<B>>;

    /// The structure with each leaf replaced, in order.
    fn map<B: Leaf>(&self, f: &mut impl FnMut(&Self::Leaf) -> B) -> Self::With<B>;

    /// Calls `f` with each leaf, in order.
    fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a Self::Leaf));

    /// Calls `f` with each leaf, to be changed, in order.
    fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut Self::Leaf));

    /// The leaves, in order.
    fn leaves(&self) -> Vec<&Self::Leaf> {
        let mut leaves = Vec::new();
        self.for_each(&mut |leaf| leaves.push(leaf));
        leaves
    }

    /// The leaves, to be changed, in order: how an optimiser walks along parameters and gradient.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, Tree};
    /// let mut parameters = vec![Tensor::from([1.0, 2.0]), Tensor::from([3.0])];
    /// let gradient = vec![Tensor::from([10.0, 20.0]), Tensor::from([30.0])];
    /// for (p, g) in parameters.leaves_mut().into_iter().zip(gradient.leaves()) {
    ///     *p = &*p - &(g * 0.1);
    /// }
    /// assert_eq!(parameters, vec![Tensor::from([0.0, 0.0]), Tensor::from([0.0])]);
    /// ```
    fn leaves_mut(&mut self) -> Vec<&mut Self::Leaf> {
        let mut leaves = Vec::new();
        self.for_each_mut(&mut |leaf| leaves.push(leaf));
        leaves
    }
}

/// A leaf is a tree.
macro_rules! leaf {
    ($Type:ident) => {
        impl<T: Element> Tree for $Type<T> {
            type Leaf = Self;
            type With<B: Leaf> = B;
            fn map<B: Leaf>(&self, f: &mut impl FnMut(&Self) -> B) -> B {
                f(self)
            }
            fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a Self)) {
                f(self);
            }
            fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut Self)) {
                f(self);
            }
        }
    };
}
leaf!(Tensor);
leaf!(Var);

/// A sequence of trees of one type.
macro_rules! sequence {
    ([$($generics:tt)*] $Type:ty, $With:ty, |$self:ident, $f:ident| $map:expr) => {
        impl<P: Tree, $($generics)*> Tree for $Type {
            type Leaf = P::Leaf;
            type With<B: Leaf> = $With;
            fn map<B: Leaf>(&$self, $f: &mut impl FnMut(&P::Leaf) -> B) -> Self::With<B> {
                $map
            }
            fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a P::Leaf)) {
                self.iter().for_each(|tree| tree.for_each(f));
            }
            fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut P::Leaf)) {
                self.iter_mut().for_each(|tree| tree.for_each_mut(f));
            }
        }
    };
}
sequence!([] Vec<P>, Vec<P::With<B>>, |self, f| self.iter().map(|tree| tree.map(f)).collect());
sequence!([] Option<P>, Option<P::With<B>>, |self, f| self.as_ref().map(|tree| tree.map(f)));
sequence!([const N: usize] [P; N], [P::With<B>; N], |self, f| self.each_ref().map(|tree| tree.map(f)));

macro_rules! tuple {
    ($First:ident $($P:ident)*) => {
        #[allow(non_snake_case)]
        impl<$First: Tree, $($P: Tree<Leaf = $First::Leaf>),*> Tree for ($First, $($P,)*) {
            type Leaf = $First::Leaf;
            type With<BB: Leaf> = ($First::With<BB>, $($P::With<BB>,)*);
            fn map<BB: Leaf>(&self, f: &mut impl FnMut(&Self::Leaf) -> BB) -> Self::With<BB> {
                let ($First, $($P,)*) = self;
                ($First.map(f), $($P.map(f),)*)
            }
            fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a Self::Leaf)) {
                let ($First, $($P,)*) = self;
                $First.for_each(f);
                $($P.for_each(f);)*
            }
            fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut Self::Leaf)) {
                let ($First, $($P,)*) = self;
                $First.for_each_mut(f);
                $($P.for_each_mut(f);)*
            }
        }
    };
}
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
