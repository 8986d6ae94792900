//! What holds for whole functions: one program, so that the modes in which they are called are compiled once.

mod checkers;
mod programs;
mod sections;
