//! Structures of arrays: what drivers differentiate with respect to, and what functions return.

mod path;

use core::marker::PhantomData;
use std::collections::BTreeMap;

use crate::element::Element;
use crate::tensor::Tensor;
use crate::var::Var;
#[doc(hidden)]
pub use path::Path;

/// What a [`Tree`] has at its leaves: a [`Tensor`], or, inside of a recording, a [`Var`].
///
/// Drivers take trees of either. With tensors they open a recording, and return values; with variables they
/// add to the recording that is open, and so they nest.
///
/// A leaf is a tree by itself, of one array.
// (`Tree` is no supertrait: as it is, `L::With<B>` is known to be `B` for any leaf `L`, also in generic code.)
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tree of arrays",
    note = "trees are `Tensor`, `Var`, arrays, vectors, tuples, options and maps of trees, and structs with `derive(Tree)`"
)]
pub trait Leaf: Clone + private::Place<Self::Element> {
    /// `f32` or `f64`.
    type Element: Element;
}

pub(crate) mod private {
    use super::*;
    use crate::arrange::Arrange;
    use crate::device::Device;
    use crate::drivers::basis::Basis;
    use crate::execute::{self, Keep, Program};
    use crate::shape::Shape;
    use crate::tape::Tape;
    use crate::{ops, recording};

    /// Where a driver that was given such leaves works.
    pub trait Place<T: Element>: Arrange {
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
        /// What a linear map makes of each basis vector of a shape, one after the other along leading axes of this
        /// shape. The map rests on what `at` was computed from.
        #[track_caller]
        fn map_basis(shape: &Shape, at: Var<T>, map: impl FnOnce(Var<T>) -> Var<T>) -> Self;
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

        /// Recorded once, and evaluated for each part of the basis.
        fn map_basis(shape: &Shape, at: Var<T>, map: impl FnOnce(Var<T>) -> Var<T>) -> Self {
            let basis = Basis::new(shape, map);
            if let Some(whole) = basis.whole() {
                return Self::leave(&[whole], Keep::Roots).swap_remove(0);
            }
            // What does not depend on the vectors is found once.
            execute::values(&[at], Keep::Everything);
            let (seeds, images) = basis.map(basis.part(0));
            let mut program = Program::new(&[seeds], &[images]);
            let parts: Vec<Self> = basis
                .parts()
                .map(|start| {
                    program.set(0, &basis.part(start));
                    program.run(|result| result(0))
                })
                .collect();
            let device = parts.first().map_or(Device::Cpu, |part| part.device());
            basis.together(parts).to(&device)
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

        fn map_basis(shape: &Shape, _: Var<T>, map: impl FnOnce(Var<T>) -> Var<T>) -> Self {
            let basis = Basis::new(shape, map);
            basis.whole().unwrap_or_else(|| {
                basis.together(basis.parts().map(|start| basis.map(basis.part(start)).1).collect())
            })
        }
    }
}

impl<T: Element> Leaf for Tensor<T> {
    type Element = T;
}

impl<T: Element> Leaf for Var<T> {
    type Element = T;
}

/// A structure of arrays: a [`Tensor`] or [`Var`] itself; arrays, vectors, tuples, options and maps of trees; and, by
/// [`derive`](wengert_tensor_derive::Tree), the user's own structs.
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

    /// Calls `f` with the name of each leaf, in order: `path`, and how the leaf is reached from the tree.
    #[doc(hidden)]
    fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String));

    /// The names of the leaves, in order: fields, keys and indices on the way to each, with dots in between.
    /// The name of a tensor by itself is empty.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, Tree};
    /// let x = Tensor::from(1.0);
    /// assert_eq!((x.clone(), vec![x.clone(), x]).names(), ["0", "1.0", "1.1"]);
    /// ```
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.for_each_name(Path::ROOT, &mut |name| names.push(name));
        names
    }

    /// The number of leaves.
    #[doc(hidden)]
    fn count(&self) -> usize {
        let mut count = 0;
        self.for_each(&mut |_| count += 1);
        count
    }

    /// The leaves, in order.
    fn leaves(&self) -> Vec<&Self::Leaf> {
        let mut leaves = Vec::with_capacity(self.count());
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
        let mut leaves = Vec::with_capacity(self.count());
        self.for_each_mut(&mut |leaf| leaves.push(leaf));
        leaves
    }
}

impl<L: Leaf> Tree for L {
    type Leaf = L;
    type With<B: Leaf> = B;
    fn map<B: Leaf>(&self, f: &mut impl FnMut(&L) -> B) -> B {
        f(self)
    }
    fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a L)) {
        f(self);
    }
    fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut L)) {
        f(self);
    }
    fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String)) {
        f(path.to_string());
    }
}

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
            fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String)) {
                for (index, tree) in self.iter().enumerate() {
                    tree.for_each_name(path.then(&index), f);
                }
            }
        }
    };
}
sequence!([] Vec<P>, Vec<P::With<B>>, |self, f| self.iter().map(|tree| tree.map(f)).collect());
sequence!([const N: usize] [P; N], [P::With<B>; N], |self, f| self.each_ref().map(|tree| tree.map(f)));

impl<P: Tree> Tree for Option<P> {
    type Leaf = P::Leaf;
    type With<B: Leaf> = Option<P::With<B>>;
    fn map<B: Leaf>(&self, f: &mut impl FnMut(&P::Leaf) -> B) -> Self::With<B> {
        self.as_ref().map(|tree| tree.map(f))
    }
    fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a P::Leaf)) {
        self.iter().for_each(|tree| tree.for_each(f));
    }
    fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut P::Leaf)) {
        self.iter_mut().for_each(|tree| tree.for_each_mut(f));
    }
    fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String)) {
        self.iter().for_each(|tree| tree.for_each_name(path, f));
    }
}

impl<K: Ord + Clone + core::fmt::Display, P: Tree> Tree for BTreeMap<K, P> {
    type Leaf = P::Leaf;
    type With<B: Leaf> = BTreeMap<K, P::With<B>>;
    fn map<B: Leaf>(&self, f: &mut impl FnMut(&P::Leaf) -> B) -> Self::With<B> {
        self.iter().map(|(key, tree)| (key.clone(), tree.map(f))).collect()
    }
    fn for_each<'a>(&'a self, f: &mut impl FnMut(&'a P::Leaf)) {
        self.values().for_each(|tree| tree.for_each(f));
    }
    fn for_each_mut<'a>(&'a mut self, f: &mut impl FnMut(&'a mut P::Leaf)) {
        self.values_mut().for_each(|tree| tree.for_each_mut(f));
    }
    fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String)) {
        self.iter().for_each(|(key, tree)| tree.for_each_name(path.then(key), f));
    }
}

/// Stands for arrays, and holds none.
impl<P: Tree> Tree for PhantomData<P> {
    type Leaf = P::Leaf;
    type With<B: Leaf> = PhantomData<P::With<B>>;
    fn map<B: Leaf>(&self, _: &mut impl FnMut(&P::Leaf) -> B) -> Self::With<B> {
        PhantomData
    }
    fn for_each<'a>(&'a self, _: &mut impl FnMut(&'a P::Leaf)) {}
    fn for_each_mut<'a>(&'a mut self, _: &mut impl FnMut(&'a mut P::Leaf)) {}
    fn for_each_name(&self, _: Path<'_>, _: &mut impl FnMut(String)) {}
}

macro_rules! tuple {
    ($First:ident $($P:ident $index:literal)*) => {
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
            fn for_each_name(&self, path: Path<'_>, f: &mut impl FnMut(String)) {
                let ($First, $($P,)*) = self;
                $First.for_each_name(path.then(&0), f);
                $($P.for_each_name(path.then(&$index), f);)*
            }
        }
    };
}
tuple!(A);
tuple!(A B 1);
tuple!(A B 1 C 2);
tuple!(A B 1 C 2 D 3);
tuple!(A B 1 C 2 D 3 E 4);
tuple!(A B 1 C 2 D 3 E 4 F 5);
