//! The operators of Rust on symbols: with symbols, references and plain numbers on either side.

use core::iter::{Product, Sum};
use core::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use num_traits::One;
use wengert_autodiff::Number;
use wengert_autodiff::rules::Remainder;

use super::graph::Node;
use super::{Handle, Symbol, recording};

impl Neg for Symbol {
    type Output = Symbol;
    #[track_caller]
    fn neg(self) -> Symbol {
        match self.0 {
            Handle::Number(value) => Symbol(Handle::Number(-value)),
            handle => Symbol::node(Node::Negate(recording::place(handle))),
        }
    }
}

impl Neg for &Symbol {
    type Output = Symbol;
    #[track_caller]
    fn neg(self) -> Symbol {
        -*self
    }
}

/// One operator in all its forms.
macro_rules! operator {
    ($Op:ident $op:ident $OpAssign:ident $op_assign:ident: |$a:ident, $b:ident| $result:expr) => {
        impl $Op for Symbol {
            type Output = Symbol;
            #[track_caller]
            fn $op(self, other: Symbol) -> Symbol {
                let ($a, $b) = (self, other);
                $result
            }
        }
        operator!(@mixed $Op $op Symbol, &Symbol);
        operator!(@mixed $Op $op &Symbol, Symbol);
        operator!(@mixed $Op $op &Symbol, &Symbol);
        operator!(@mixed $Op $op Symbol, f64);
        operator!(@mixed $Op $op &Symbol, f64);
        operator!(@mixed $Op $op f64, Symbol);
        operator!(@mixed $Op $op f64, &Symbol);
        operator!(@assign $OpAssign $op_assign $op Symbol);
        operator!(@assign $OpAssign $op_assign $op &Symbol);
        operator!(@assign $OpAssign $op_assign $op f64);
    };
    (@mixed $Op:ident $op:ident $Left:ty, $Right:ty) => {
        impl $Op<$Right> for $Left {
            type Output = Symbol;
            #[track_caller]
            fn $op(self, other: $Right) -> Symbol {
                $Op::$op(Symbol::from(self), Symbol::from(other))
            }
        }
    };
    (@assign $OpAssign:ident $op_assign:ident $op:ident $Right:ty) => {
        impl $OpAssign<$Right> for Symbol {
            #[track_caller]
            fn $op_assign(&mut self, other: $Right) {
                *self = self.$op(other);
            }
        }
    };
}

operator!(Add add AddAssign add_assign: |a, b| Symbol::binary(Node::Add, a, b));
operator!(Sub sub SubAssign sub_assign: |a, b| Symbol::binary(Node::Subtract, a, b));
operator!(Mul mul MulAssign mul_assign: |a, b| Symbol::binary(Node::Multiply, a, b));
operator!(Div div DivAssign div_assign: |a, b| Symbol::binary(Node::Divide, a, b));
operator!(Rem rem RemAssign rem_assign: |a, b| Number::apply(Remainder {}, [a, b]));

impl From<&Symbol> for Symbol {
    fn from(symbol: &Symbol) -> Symbol {
        *symbol
    }
}

impl Sum for Symbol {
    #[track_caller]
    fn sum<I: Iterator<Item = Symbol>>(mut terms: I) -> Symbol {
        // (Of no terms, what std says: −0.)
        let nothing = || Symbol::from(-0.0);
        terms.next().map_or_else(nothing, |first| terms.fold(first, |sum, term| sum + term))
    }
}

impl Product for Symbol {
    #[track_caller]
    fn product<I: Iterator<Item = Symbol>>(mut factors: I) -> Symbol {
        let first = factors.next();
        first.map_or_else(Symbol::one, |first| {
            factors.fold(first, |product, factor| product * factor)
        })
    }
}

impl<'a> Sum<&'a Symbol> for Symbol {
    #[track_caller]
    fn sum<I: Iterator<Item = &'a Symbol>>(terms: I) -> Symbol {
        terms.copied().sum()
    }
}

impl<'a> Product<&'a Symbol> for Symbol {
    #[track_caller]
    fn product<I: Iterator<Item = &'a Symbol>>(factors: I) -> Symbol {
        factors.copied().product()
    }
}
