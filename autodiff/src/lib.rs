//! Numbers that carry derivatives.

pub mod drivers;
pub mod dual;
mod matrix;
mod num_traits_impls;
mod number;
mod operators;
mod real;
#[macro_use]
pub mod rules;
mod special;
pub mod tape;
pub mod taylor;
pub mod var;

pub use drivers::*;
pub use dual::{Dual, DualVec};
pub use matrix::Matrix;
pub use number::{Mask, Number, Primitive};
pub use real::Real;
pub use rules::{Rule, RuleVisitor, SliceRule};
pub use tape::{Gradient, Mark, NonFinite, Tape, release_memory};
pub use taylor::Taylor;
pub use var::Var;
