use core::fmt;

/// Why a device cannot do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// This program was built without the feature `cuda`.
    NotBuilt,
    /// There is no driver; in the words of the system.
    NoDriver(String),
    /// The driver is older than this library needs. Versions of CUDA, such as (11, 0).
    OldDriver {
        /// What the driver knows.
        found: (i32, i32),
        /// What is needed.
        needed: (i32, i32),
    },
    /// There is no device of this number.
    NoDevice {
        /// The number that was asked for.
        ordinal: usize,
        /// How many there are.
        count: usize,
    },
    /// The device is older than kernels are made for. Compute capabilities.
    OldDevice {
        /// The device.
        name: String,
        /// Its capability.
        found: (i32, i32),
        /// What is needed.
        needed: (i32, i32),
    },
    /// The device has not as much memory left.
    OutOfMemory {
        /// The device.
        device: String,
        /// Bytes that were asked for.
        requested: usize,
        /// Bytes that buffers of this program hold there.
        in_use: usize,
        /// Bytes that the driver says are free.
        free: usize,
        /// Bytes that the device has.
        total: usize,
    },
    /// The driver does not accept a module; in its words.
    Module {
        /// The module.
        name: String,
        /// What the driver returned.
        code: i32,
        /// What the driver's compiler said.
        log: String,
    },
    /// Something else that the driver refused.
    Driver {
        /// The function that was called.
        call: &'static str,
        /// What it returned.
        code: i32,
        /// The name of that, and what it means, in the driver's words.
        words: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |(major, minor): &(i32, i32)| format!("{major}.{minor}");
        match self {
            Error::NotBuilt => {
                f.write_str("this program was built without GPUs; build it with the feature `cuda`")
            }
            Error::NoDriver(words) => {
                write!(
                    f,
                    "there is no NVIDIA driver here ({words}); install one, or compute on the CPU"
                )
            }
            Error::OldDriver { found, needed } => write!(
                f,
                "the NVIDIA driver is too old: it knows CUDA {}, and {} is needed; update the driver",
                version(found),
                version(needed)
            ),
            Error::NoDevice { ordinal, count: 0 } => {
                write!(f, "there is no GPU number {ordinal}: the driver finds none at all")
            }
            Error::NoDevice { ordinal, count } => {
                write!(
                    f,
                    "there is no GPU number {ordinal}: the driver finds {count}, numbered from 0"
                )
            }
            Error::OldDevice { name, found, needed } => write!(
                f,
                "{name} has compute capability {}.{}, and kernels need {}.{}",
                found.0, found.1, needed.0, needed.1
            ),
            Error::OutOfMemory { device, requested, in_use, free, total } => write!(
                f,
                "{device} is out of memory: {requested} bytes were asked for; of its {total}, {in_use} are in \
                 arrays of this program, and {free} free; drop arrays, or divide the work"
            ),
            Error::Module { name, code, log } => {
                write!(f, "the driver refuses the module {name} (error {code}): {log}")
            }
            Error::Driver { call, code, words } => {
                write!(f, "{call} failed with error {code}: {words}")?;
                // (Kernels run later than they are launched, and what asks next is told.)
                match code {
                    700..=719 => f.write_str(
                        "; a kernel that was launched before has failed: run with CUDA_LAUNCH_BLOCKING=1 to see which",
                    ),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl core::error::Error for Error {}
