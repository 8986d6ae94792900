use super::Error;

/// A GPU; this program was built without them.
///
/// ```
/// use wengert_cuda_kernels::launch::{Device, Error};
/// assert_eq!(Device::cuda(0).unwrap_err(), Error::NotBuilt);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Device {}

impl Device {
    /// # Errors
    /// Always: the feature `cuda` is missing.
    pub fn cuda(_ordinal: usize) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }
}
