//! The tests of the hand-written kernels once more: carried out as the PTX says that is committed.

#[path = "emulated/main.rs"]
mod emulated;
