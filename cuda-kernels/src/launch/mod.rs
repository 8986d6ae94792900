//! From a kernel's name to its launch: devices, their memory, modules and events. Not yet run on a GPU.
//!
//! With the feature `cuda`. Without it there is [`Device::cuda`], which says so, and [`Dimensions`].
//!
//! Work is asynchronous and in order: each device has one stream, on which all copies and kernels happen one after the other. What
//! reads results waits; what writes does not, up to 64 MB that the device has yet to copy. So memory that a buffer gives back may be
//! taken for the next one at once, while a kernel that uses the old one is still to come.
//!
//! # Building, and running
//!
//! Users need a driver, and no CUDA toolkit. The crate `cust` declares that the library `cuda` is to be linked; `driver.rs` defines
//! each of its functions that is used, finds the driver's own when it is first called, and an empty library satisfies the
//! linker. So the same program runs with and without a driver. The build script of `cust` looks for a toolkit all the same:
//! it is content with any folder that has a folder `lib64`, named by `CUDA_LIBRARY_PATH` (in this workspace
//! `.cargo/config.toml` names one; elsewhere, `CUDA_LIBRARY_PATH=/usr` will do on most systems).

mod dimensions;
mod error;

#[cfg(not(feature = "cuda"))]
mod absent;
#[cfg(feature = "cuda")]
mod arguments;
#[cfg(feature = "cuda")]
mod buffer;
#[cfg(feature = "cuda")]
mod device;
#[cfg(feature = "cuda")]
mod driver;
#[cfg(feature = "cuda")]
mod event;
#[cfg(feature = "cuda")]
mod function;
#[cfg(feature = "cuda")]
mod pool;
#[cfg(feature = "cuda")]
mod raw;
#[cfg(feature = "cuda")]
mod staging;

pub use dimensions::Dimensions;
pub use error::Error;

#[cfg(not(feature = "cuda"))]
pub use absent::Device;
#[cfg(feature = "cuda")]
pub use {
    arguments::Argument,
    buffer::Buffer,
    device::{Device, Memory},
    driver::{Lookup, use_driver},
    event::Event,
    function::Function,
};
