//! Workloads written once, generic over the number type, and a clock to measure them with.

#[cfg(feature = "arrays")]
pub mod arrays;
pub mod clock;
#[cfg(feature = "cuda")]
pub mod gpu;
#[cfg(feature = "arrays")]
pub mod gradbench;
pub mod guard;
pub mod machine;
pub mod workloads;
