use core::fmt;

use super::Device;

/// The name of a device, or of none: known as soon as an operation is recorded, and compared by a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site(u8);

impl Site {
    /// Numbers, and arrays that operations make for themselves: they go to where the other operands are.
    pub(crate) const ANYWHERE: Site = Site(0);
    pub(crate) const CPU: Site = Site(1);

    #[cfg(feature = "cuda")]
    pub(crate) fn of(device: &Device) -> Self {
        match device {
            Device::Cpu => Site::CPU,
            Device::Cuda(device) => Site(2 + device.ordinal() as u8),
        }
    }

    /// The device of this name, which is likely to be the given one; that one, if it may be any.
    pub(crate) fn device(self, likely: &Device) -> Device {
        match self {
            Site::CPU => Device::Cpu,
            Site::ANYWHERE => likely.clone(),
            #[cfg(feature = "cuda")]
            Site(cuda) if Site::of(likely) != self => {
                Device::cuda(usize::from(cuda - 2)).expect("a device that has arrays")
            }
            _ => likely.clone(),
        }
    }

    /// Where the result of two operands is; `None` if they are on different devices.
    pub(crate) fn with(self, other: Site) -> Option<Site> {
        match (self, other) {
            (Site::ANYWHERE, other) => Some(other),
            (_, Site::ANYWHERE) => Some(self),
            _ => (self == other).then_some(self),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Site::ANYWHERE => f.write_str("no device"),
            Site::CPU => write!(f, "{}", Device::Cpu),
            Site(cuda) => write!(f, "cuda:{}", cuda - 2),
        }
    }
}
