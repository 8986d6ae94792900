//! Where arrays are: in the memory of the host, or of a GPU (with the feature `cuda`).
//!
//! An array program runs where its arrays are. Operations on a GPU go four ways: elementwise ones become kernels that are written
//! at run time ([`crate::execute`]); operations that have kernels say so in [`Operation::forward_on`](crate::recording::Operation::forward_on);
//! those that are made of others there, in [`Operation::composed`](crate::recording::Operation::composed); all others are computed
//! on the host, from copies.

#[cfg(feature = "cuda")]
pub(crate) mod convolution;
#[cfg(feature = "cuda")]
mod memory;
mod places;
mod precision;
mod site;
#[cfg(feature = "cuda")]
pub(crate) mod work;

use core::fmt;

use crate::element::Element;
use crate::tensor::Tensor;

pub(crate) use places::Places;
pub use precision::MatmulPrecision;
pub(crate) use site::Site;
#[cfg(feature = "cuda")]
pub(crate) use wengert_cuda_kernels::launch::Device as Cuda;

/// Where a tensor is, and where what is computed from it will be.
///
/// Copies are explicit: [`Tensor::to`]. Operands of an operation are on one device; numbers are anywhere. A GPU works while the
/// program goes on, and is waited for when elements are read (`to_vec`, `item`, printing). What is borrowed (`as_slice`, `x[[0, 1]]`)
/// keeps a copy of all elements on the host for as long as the tensor lives.
///
/// Some operations are computed by the host, from copies, and their results brought back: factorisations of matrices and what is
/// computed of factors (`solve`, `det`, `inv`, `svd`, `matrix_exp` …); code of one's own ([`rules!`](wengert_autodiff::rules!), and a
/// [`CustomOperation`](crate::CustomOperation) that reads elements); and functions of slices of more arrays than a kernel takes
/// (498). [`measure_memory`](crate::measure_memory) tells them: [`by_host`](crate::Made::by_host). Results that are indices (`argmax`, the
/// order of `sort` …) are found by the host, and stay there.
///
/// Kernels have not yet run on a GPU: their tests run on an emulated one.
///
/// ```
/// use wengert_tensor::{Device, Tensor, gradient};
/// // On a GPU if there is one, else here.
/// let device = Device::cuda(0).unwrap_or_default();
/// let x = Tensor::from([1.0, 2.0]).to(&device);
/// let slope = gradient(&x, |x| (x * x).sum());
/// assert_eq!(slope.device(), device);
/// assert_eq!(slope.to_vec(), [2.0, 4.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Device {
    /// The host.
    #[default]
    Cpu,
    /// A GPU.
    #[cfg(feature = "cuda")]
    Cuda(Cuda),
}

/// Why there is no such device: in the driver's words, where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceError(String);

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for DeviceError {}

impl Device {
    /// The NVIDIA GPU with this number, from 0.
    ///
    /// # Errors
    /// If the program was built without the feature `cuda`; if there is no driver, or one before CUDA 11.0; if there is no such GPU,
    /// or one before compute capability 7.5.
    ///
    /// ```
    /// use wengert_tensor::Device;
    /// if let Err(error) = Device::cuda(0) {
    ///     println!("computing on the CPU: {error}");
    /// }
    /// ```
    pub fn cuda(ordinal: usize) -> Result<Self, DeviceError> {
        #[cfg(feature = "cuda")]
        return Cuda::cuda(ordinal).map(Device::Cuda).map_err(|e| DeviceError(e.to_string()));
        #[cfg(not(feature = "cuda"))]
        Err(DeviceError(format!(
            "there is no device cuda:{ordinal}: this program was built without GPUs; build it with the feature `cuda`"
        )))
    }

    /// Waits until the device has done all that it was asked for: for measuring time.
    ///
    /// # Panics
    /// If a kernel has failed.
    pub fn synchronize(&self) {
        match self {
            Device::Cpu => {}
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => work::granted(device.synchronize()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => write!(f, "{device}"),
        }
    }
}

/// Numbers that all devices know.
#[cfg(feature = "cuda")]
#[doc(hidden)]
pub trait OnDevices: wengert_cuda_kernels::arrays::Float {}
#[cfg(feature = "cuda")]
impl<T: wengert_cuda_kernels::arrays::Float> OnDevices for T {}

/// Numbers that all devices know.
#[cfg(not(feature = "cuda"))]
#[doc(hidden)]
pub trait OnDevices {}
#[cfg(not(feature = "cuda"))]
impl<T> OnDevices for T {}

impl<T: Element> Tensor<T> {
    /// The same tensor on a device: itself if it is there, else a copy.
    ///
    /// # Panics
    /// If the device has not enough memory left.
    ///
    /// ```
    /// use wengert_tensor::{Device, Tensor};
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.to(&Device::Cpu).as_ptr(), x.as_ptr());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to(&self, device: &Device) -> Self {
        let here = self.device();
        if here == *device {
            return self.clone();
        }
        match device {
            Device::Cpu => self.here().contiguous(),
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => work::upload(device, self),
        }
    }
}
