//! Work on arrays in memory. No calculus here.

pub(crate) mod copy;
pub(crate) mod gemm;
mod matmul;
pub(crate) mod parallel;
pub(crate) mod reduce;

pub(crate) use matmul::matmul;
