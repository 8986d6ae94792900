//! Work on arrays in memory. No calculus here.

mod accumulate;
pub(crate) mod convolution;
pub(crate) mod copy;
pub(crate) mod dispatch;
pub(crate) mod elementary;
pub(crate) mod gemm;
pub(crate) mod indexing;
pub(crate) mod lane;
pub(crate) mod lanes;
#[cfg(feature = "linalg")]
pub(crate) mod linalg;
mod matmul;
pub(crate) mod parallel;
pub(crate) mod pooling;
pub(crate) mod random;
pub(crate) mod reduce;
pub(crate) mod scan;
pub(crate) mod softmax;
pub(crate) mod sort;
pub(crate) mod vectors;
pub(crate) mod windows;

pub(crate) use accumulate::{accumulate, add_scaled};
pub(crate) use matmul::matmul;
