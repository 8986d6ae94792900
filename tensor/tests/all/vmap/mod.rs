//! Functions of one member, mapped over batches; whole Jacobians and Hessians, which are batches of basis vectors.

mod drivers;
mod members;
mod misuse;
mod operations;
mod table;
mod whole;
