//! Kernels for NVIDIA GPUs from the rules of `wengert-autodiff`.

mod emit;
mod generate;
mod rows;
mod symbol;

pub use emit::cpp::cpp_function;
pub use generate::{generated_sources, partial_entries, partial_name};
pub use rows::Row;
pub use symbol::{Function, Graph, Id, Node, Symbol, SymbolMask};
