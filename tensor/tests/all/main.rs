//! All tests of the crate in one program, so that what they share is compiled once.
//!
//! (`tests/cuda_host.rs` is another, because it counts what its allocator is asked for.)

mod calculus;
mod checks;
mod collector;
mod compile;
mod conv;
mod conv_large;
mod cuda;
mod derive;
mod eager;
mod einsum;
mod files;
mod indexing;
mod interop;
mod layout;
mod layouts;
#[cfg(feature = "linalg")]
mod linalg;
#[cfg(feature = "linalg")]
mod linalg_points;
mod matmul;
mod random;
mod recordings;
mod reduce;
mod regression;
mod slopes;
mod traffic;
mod vmap;
