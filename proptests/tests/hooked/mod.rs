//! A number that tells somebody of each operation on it, before it happens.

use std::cell::RefCell;
use std::fmt;
use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use num_traits::{One, Zero};
use wengert_autodiff::{Number, Rule, SliceRule};

/// What the hook is told.
pub const OPERATIONS: [&str; 14] = [
    "add",
    "sub",
    "mul",
    "div",
    "rem",
    "neg",
    "zero",
    "one",
    "from_primitive",
    "apply",
    "apply_slices",
    "blend",
    "is_structural_zero",
    "primal",
];

type Hook = Box<dyn FnMut(&'static str)>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Calls this before each operation from now on, but not for operations of the hook itself.
pub fn hook(hook: Option<Hook>) {
    drop(HOOK.replace(hook));
}

fn tell(operation: &'static str) {
    struct PutBack(Option<Hook>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            HOOK.set(self.0.take());
        }
    }
    if let Some(hook) = HOOK.take() {
        let mut hook = PutBack(Some(hook));
        hook.0.as_mut().expect("put there")(operation);
    }
}

/// An `f64`.
#[derive(Clone, Copy, Debug)]
pub struct Hooked(pub f64);

impl fmt::Display for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tell("display");
        self.0.fmt(f)
    }
}

macro_rules! operators {
    ($($Op:ident $op:ident $OpAssign:ident $op_assign:ident;)*) => {$(
        impl $Op for Hooked {
            type Output = Hooked;
            fn $op(self, other: Hooked) -> Hooked {
                tell(stringify!($op));
                Hooked($Op::$op(self.0, other.0))
            }
        }
        impl $Op<&Hooked> for Hooked {
            type Output = Hooked;
            fn $op(self, other: &Hooked) -> Hooked {
                $Op::$op(self, *other)
            }
        }
        impl $OpAssign for Hooked {
            fn $op_assign(&mut self, other: Hooked) {
                *self = $Op::$op(*self, other);
            }
        }
        impl $OpAssign<&Hooked> for Hooked {
            fn $op_assign(&mut self, other: &Hooked) {
                *self = $Op::$op(*self, *other);
            }
        }
    )*};
}
operators! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
    Rem rem RemAssign rem_assign;
}

impl Neg for Hooked {
    type Output = Self;
    fn neg(self) -> Self {
        tell("neg");
        Self(-self.0)
    }
}

impl Zero for Hooked {
    fn zero() -> Self {
        tell("zero");
        Self(0.0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl One for Hooked {
    fn one() -> Self {
        tell("one");
        Self(1.0)
    }
}

impl Number for Hooked {
    type Primitive = f64;
    type Mask = bool;
    const RECORDINGS: usize = 0;

    fn from_primitive(value: f64) -> Self {
        tell("from_primitive");
        Self(value)
    }
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        tell("apply");
        Self(rule.value(x.map(|x| x.0)))
    }
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        tell("apply_slices");
        let values = x.map(|x| x.iter().map(|x| x.0).collect::<Vec<f64>>());
        Self(rule.value(std::array::from_fn(|k| values[k].as_slice())))
    }
    fn less(self, other: Self) -> bool {
        self.0 < other.0
    }
    fn equal(self, other: Self) -> bool {
        self.0 == other.0
    }
    fn blend(mask: bool, yes: Self, no: Self) -> Self {
        tell("blend");
        if mask { yes } else { no }
    }
    fn is_structural_zero(&self) -> bool {
        tell("is_structural_zero");
        self.0 == 0.0
    }
    fn primal(&self) -> f64 {
        tell("primal");
        self.0
    }
}
