//! Work on arrays in memory. No calculus here.

pub(crate) mod copy;
pub(crate) mod dispatch;
pub(crate) mod elementary;
pub(crate) mod gemm;
pub(crate) mod lane;
mod matmul;
pub(crate) mod parallel;
pub(crate) mod reduce;

pub(crate) use matmul::matmul;
