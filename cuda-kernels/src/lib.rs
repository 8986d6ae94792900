//! Kernels for NVIDIA GPUs from the rules of `wengert-autodiff`.

mod emit;
mod fingerprint;
mod generate;
mod modules;
mod rows;
mod symbol;

pub use emit::cpp::cpp_function;
pub use emit::{Access, Kernel, Output, Precision, UnknownFunction};
pub use fingerprint::fingerprint;
pub use generate::{generated_sources, partial_entries, partial_name};
pub use modules::{MODULES, Module, VALUES};
pub use rows::Row;
pub use symbol::{Function, Graph, Id, Node, Symbol, SymbolMask};
