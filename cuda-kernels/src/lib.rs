//! Kernels for NVIDIA GPUs from the rules of `wengert-autodiff`.
//!
//! This crate is not written yet: it holds its place in the workspace, and nothing else.
