//! The calculus of `wengert-autodiff` on dense arrays.
//!
//! This crate is not written yet: it holds its place in the workspace, and nothing else.
