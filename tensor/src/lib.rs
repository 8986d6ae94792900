//! Automatic differentiation of array programs.

mod arrange;
pub mod collector;
mod cpu;
mod drivers;
mod element;
mod execute;
mod memory;
mod ops;
mod recording;
mod shape;
mod tape;
mod tensor;
mod tree;
mod var;
mod windows;

pub use arrange::{Place, Places, Slice};
pub use collector::{GradientCollector, Parameter};
pub use drivers::*;
pub use element::Element;
pub use memory::{Made, MemoryReport, measure_memory};
pub use ops::{CustomOperation, Mask, custom, opaque};
pub use shape::{Axes, Shape};
pub use tape::{Gradient, Tape, constant};
pub use tensor::Tensor;
pub use tensor::data::{Data, release_memory};
#[doc(hidden)]
pub use tree::Path;
pub use tree::{Leaf, Tree};
pub use var::Var;
pub use wengert_autodiff::rules::{
    Activations, Exponential, Hyperbolic, LogCombinations, Piecewise, Powers, SpecialFunctions,
    Trigonometric,
};
pub use wengert_autodiff::{Number, Primitive, Real, Rule, rules};
pub use wengert_tensor_derive::Tree;
pub use windows::{Conv, PerAxis, Pool};
