//! From expressions to text: C++ for the compiler, PTX for the driver.

pub(crate) mod cpp;
