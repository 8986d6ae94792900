//! Kernels for NVIDIA GPUs from the rules of `wengert-autodiff`, and their launch. Not yet run on a GPU.
//!
//! Without the feature `cuda` this is text, and nothing in it needs a device, a driver or a compiler. With it, [`launch`]
//! has devices, their memory, and launches of kernels with checked arguments; it looks for the driver when the first device
//! is asked for.
//!
//! # Kernels from functions
//!
//! A [`Symbol`] is a number that records what is done to it. A function that is generic over
//! [`Real`](wengert_autodiff::Real), or a row of the rule table, leaves its expression in a [`Graph`]; this becomes a
//! [`Kernel`] as PTX, which the driver compiles for its device, or C++ ([`cpp_function`]). So derivatives on devices
//! come from the rule table, too. The values of its rows are device code of this package (`functions/`), compiled once to
//! a module that is committed ([`VALUES`]); kernels carry what they need of it.
//!
//! ```
//! use wengert_autodiff::{Rule, rules::{Hyperbolic, Tanh}};
//! use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
//!
//! // tanh x, and its derivative there, for all elements of an array in one pass
//! let graph = Graph::record(1, |x| {
//!     let y = x[0].tanh();
//!     vec![y, Tanh {}.partial(0, [x[0]], y)]
//! });
//! let kernel = Kernel {
//!     graph: &graph,
//!     precision: Precision::Double,
//!     inputs: &[Access::InOrder],
//!     outputs: &[Output::Array, Output::Array],
//!     rank: 1,
//!     wide: false,
//!     aligned: true,
//! };
//! assert!(kernel.ptx().unwrap().starts_with(".version 6.3\n.target sm_75\n"));
//! ```
//!
//! # Kernels by hand
//!
//! What is not elementwise is written by hand: [`kernels`] is the table, and `kernels/*.cu` states what each does.

#[cfg(feature = "cuda")]
pub mod arrays;
mod emit;
mod fingerprint;
mod generate;
pub mod kernels;
pub mod launch;
pub mod layout;
pub mod matmul;
mod modules;
mod rows;
pub mod signature;
mod symbol;

pub use emit::cpp::cpp_function;
pub use emit::{Access, Kernel, Output, Precision, UnknownFunction};
pub use fingerprint::fingerprint;
pub use generate::{generated_sources, partial_entries, partial_name};
pub use modules::{VALUES, modules};
pub use rows::Row;
pub use symbol::{Function, Graph, Id, Node, Symbol, SymbolMask};
