//! cuda-kernels
