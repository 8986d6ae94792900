//! Kernels for NVIDIA GPUs from the rules of `wengert-autodiff`.

mod rows;
mod symbol;

pub use rows::Row;
pub use symbol::{Function, Graph, Id, Node, Symbol, SymbolMask};
