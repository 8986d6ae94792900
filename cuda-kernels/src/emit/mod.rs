//! From expressions to text: C++ for the compiler, PTX for the driver.

mod body;
pub(crate) mod cpp;
mod kernel;
mod library;
mod writer;

pub use body::Precision;
pub use kernel::{Access, Kernel, Output, UnknownFunction};
