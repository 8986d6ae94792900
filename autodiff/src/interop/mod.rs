//! Other crates.

#[cfg(feature = "nalgebra")]
mod approx;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "serde")]
pub(crate) mod serde;
