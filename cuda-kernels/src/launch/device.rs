use core::fmt;
use core::hash::{Hash, Hasher};
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cust::CudaFlags;
use cust::context::{Context, CurrentContext};
use cust::device::DeviceAttribute;
use cust::stream::{Stream, StreamFlags};

use super::buffer::Buffer;
use super::error::Error;
use super::event::Event;
use super::function::{Code, Function};
use super::pool::{Pool, rounded};
use super::raw;
use super::staging::Staging;
use crate::arrays::{Float, Form};
use crate::emit::Kernel;
use crate::matmul::Target;
use crate::signature::{Module, Parameter, Scalar};
use crate::symbol::Graph;

/// The oldest driver that knows all functions that are called, and all PTX: CUDA 11.0.
const DRIVER: (i32, i32) = (11, 0);
/// The oldest devices that kernels are made for (Turing).
const CAPABILITY: (i32, i32) = (7, 5);

/// A GPU: its memory, and the order of work on it. Copies of it are the same device.
///
/// ```no_run
/// use wengert_cuda_kernels::launch::Device;
/// let device = Device::cuda(0)?;
/// let x = device.upload(&[1.0_f32, 2.0, 3.0])?;
/// assert_eq!(x.read()?, [1.0, 2.0, 3.0]);
/// # Ok::<(), wengert_cuda_kernels::launch::Error>(())
/// ```
#[derive(Clone)]
pub struct Device(Arc<Inner>);

struct Inner {
    ordinal: usize,
    name: String,
    target: Target,
    pool: Mutex<Pool<raw::Memory>>,
    staging: Mutex<Staging>,
    /// By the address of their text, which is static.
    modules: Mutex<HashMap<usize, Arc<raw::Module>>>,
    /// Kernels of these, by their names, too.
    kernels: Mutex<HashMap<(usize, &'static str), Arc<Code>>>,
    /// By their texts.
    assembled: Mutex<HashMap<String, Arc<raw::Module>>>,
    /// Kernels that were written at run time, by a hash of what they depend on.
    elementwise: Mutex<HashMap<u64, Vec<Written>>>,
    stream: Stream,
    context: Context,
}

/// A kernel that was written at run time.
type Written = (Graph, Form, Arc<Code>);

/// How much of a device's memory is where, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// In buffers.
    pub in_use: usize,
    /// Given back by buffers, and kept for the next.
    pub cached: usize,
    /// The most that was ever in buffers at the same time.
    pub largest: usize,
}

/// The devices that are open, by their numbers.
static OPEN: Mutex<Vec<(usize, Weak<Inner>)>> = Mutex::new(Vec::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// The GPU with this number, as the driver counts, from 0. While one is open, it is the same device for all who ask.
    ///
    /// # Errors
    /// If there is no driver, or one before CUDA 11.0; if there is no such GPU, or one before compute capability 7.5; and if the
    /// driver refuses it, in its words.
    pub fn cuda(ordinal: usize) -> Result<Self, Error> {
        let mut open = locked(&OPEN);
        if let Some(inner) = open.iter().find(|(k, _)| *k == ordinal).and_then(|(_, x)| x.upgrade())
        {
            return Ok(Device(inner));
        }
        let device = Device(Arc::new(Inner::open(ordinal)?));
        open.retain(|(_, inner)| inner.strong_count() > 0);
        open.push((ordinal, Arc::downgrade(&device.0)));
        Ok(device)
    }

    /// Its number.
    pub fn ordinal(&self) -> usize {
        self.0.ordinal
    }

    /// What its maker calls it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its compute capability, such as (9, 0).
    pub fn capability(&self) -> (i32, i32) {
        self.0.target.capability
    }

    /// How many multiprocessors it has, each of which runs some blocks at a time.
    pub fn multiprocessors(&self) -> usize {
        self.0.target.multiprocessors
    }

    /// What the choice of a kernel for a product depends on.
    pub fn target(&self) -> Target {
        self.0.target
    }

    /// Waits until all is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    pub fn synchronize(&self) -> Result<(), Error> {
        self.enter()?;
        raw::synchronize(self.stream())
    }

    /// How much of its memory is where.
    pub fn memory(&self) -> Memory {
        let pool = locked(&self.0.pool);
        Memory { in_use: pool.in_use, cached: pool.cached, largest: pool.largest }
    }

    /// Gives cached memory back to the driver: of the device, and of the host that it was copied from.
    ///
    /// # Errors
    /// As [`Device::synchronize`].
    pub fn release(&self) -> Result<(), Error> {
        // (Locked, so that nobody copies from there meanwhile.)
        let mut staging = locked(&self.0.staging);
        self.synchronize()?;
        staging.release()?;
        drop(staging);
        locked(&self.0.pool).release().into_iter().try_for_each(raw::Memory::free)
    }

    /// `len` elements, which may be anything.
    ///
    /// # Errors
    /// If there is not as much memory.
    pub fn buffer<T: Scalar>(&self, len: usize) -> Result<Buffer<T>, Error> {
        Buffer::new(self, len)
    }

    /// `len` elements, all of them 0.
    ///
    /// # Errors
    /// If there is not as much memory.
    pub fn zeros<T: Scalar>(&self, len: usize) -> Result<Buffer<T>, Error> {
        let mut buffer = self.buffer(len)?;
        buffer.clear()?;
        Ok(buffer)
    }

    /// A copy of these elements.
    ///
    /// # Errors
    /// If there is not as much memory.
    pub fn upload<T: Scalar>(&self, x: &[T]) -> Result<Buffer<T>, Error> {
        let mut buffer = self.buffer(x.len())?;
        buffer.write(x)?;
        Ok(buffer)
    }

    /// A mark after all that was asked for until now.
    ///
    /// # Errors
    /// If the driver refuses.
    pub fn record(&self) -> Result<Event, Error> {
        Event::new(self)
    }

    /// A kernel of a module, which is compiled for this device the first time.
    ///
    /// # Errors
    /// If the driver refuses the module; with what its compiler said.
    ///
    /// # Panics
    /// If the module has no kernel of this name.
    #[track_caller]
    pub fn kernel(&self, module: &'static Module, name: &str) -> Result<Function, Error> {
        let key = module.ptx.as_ptr().addr();
        let known = locked(&self.0.kernels);
        // (Keys of any lifetime can be looked up.)
        let found: Option<&Arc<Code>> = HashMap::<(usize, &str), _>::get(&known, &(key, name));
        if let Some(code) = found {
            return Ok(Function::new(self, code.clone()));
        }
        drop(known);
        let Some(kernel) = module.kernel(name) else {
            panic!("the module {} has no kernel {name}; see `kernels.rs`", module.name())
        };
        self.enter()?;
        let mut modules = locked(&self.0.modules);
        let loaded = match modules.get(&key) {
            Some(loaded) => loaded.clone(),
            None => {
                let loaded = Arc::new(raw::Module::new(module.name(), module.ptx)?);
                modules.insert(key, loaded.clone());
                loaded
            }
        };
        drop(modules);
        let code =
            Arc::new(Code::new(loaded, kernel.name, kernel.parameters, module.shared_bytes)?);
        locked(&self.0.kernels).insert((key, kernel.name), code.clone());
        Ok(Function::new(self, code))
    }

    /// A kernel of a PTX text that is made at run time, with all that it calls. A text that was seen before is not compiled again.
    ///
    /// # Errors
    /// If the driver refuses the text, with what its compiler said; or if it has no kernel of this name.
    pub fn assemble(
        &self,
        text: &str,
        name: &str,
        parameters: &[Parameter],
    ) -> Result<Function, Error> {
        self.enter()?;
        let mut assembled = locked(&self.0.assembled);
        let loaded = match assembled.get(text) {
            Some(loaded) => loaded.clone(),
            None => {
                let loaded = Arc::new(raw::Module::new(name, text)?);
                assembled.insert(text.to_owned(), loaded.clone());
                loaded
            }
        };
        drop(assembled);
        Ok(Function::new(self, Arc::new(Code::new(loaded, name, parameters, 0)?)))
    }

    /// An elementwise kernel, which is written and compiled the first time. It is for numbers of type `T`.
    ///
    /// # Panics
    /// As [`Kernel::ptx`], and if a function is not known there.
    #[track_caller]
    pub(crate) fn elementwise_kernel<T: Float>(
        &self,
        kernel: &Kernel<'_>,
    ) -> Result<Function, Error> {
        let mut hasher = DefaultHasher::new();
        kernel.hash(&mut hasher);
        let mut known = locked(&self.0.elementwise);
        let alike = known.entry(hasher.finish()).or_default();
        let is_known = |(graph, form, _): &&Written| graph == kernel.graph && form.is_of(kernel);
        if let Some((_, _, code)) = alike.iter().find(is_known) {
            return Ok(Function::new(self, code.clone()));
        }
        let text = match kernel.ptx() {
            Ok(text) => text,
            Err(unknown) => panic!("{unknown}"),
        };
        self.enter()?;
        let loaded = Arc::new(raw::Module::new(Kernel::ENTRY, &text)?);
        let code = Arc::new(Code::new(loaded, Kernel::ENTRY, &kernel.signature(T::TYPE), 0)?);
        alike.push((kernel.graph.clone(), Form::of(kernel), code.clone()));
        Ok(Function::new(self, code))
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.0.stream
    }

    /// Makes it the device of this thread.
    pub(super) fn enter(&self) -> Result<(), Error> {
        raw::enter(&self.0.context)
    }

    /// Memory for a buffer: of those that were given back, or else of the driver, or else again when all that is cached went back
    /// to it.
    pub(super) fn take(&self, bytes: usize) -> Result<raw::Memory, Error> {
        let size = rounded(bytes);
        if let Some(memory) = locked(&self.0.pool).take(size) {
            return Ok(memory);
        }
        self.enter()?;
        let mut pool = locked(&self.0.pool);
        let mut memory = raw::Memory::new(size)?;
        if memory.is_none() && pool.cached > 0 {
            raw::synchronize(self.stream())?;
            pool.release().into_iter().try_for_each(raw::Memory::free)?;
            memory = raw::Memory::new(size)?;
        }
        let Some(memory) = memory else {
            let (free, total) = raw::memory_of_device()?;
            let device = self.to_string();
            let in_use = pool.in_use;
            return Err(Error::OutOfMemory { device, requested: bytes, in_use, free, total });
        };
        pool.lent(size);
        Ok(memory)
    }

    pub(super) fn write<T: Scalar>(&self, to: &mut raw::Memory, x: &[T]) -> Result<(), Error> {
        self.enter()?;
        locked(&self.0.staging).write(to, x, self.stream())
    }

    pub(super) fn give_back(&self, memory: raw::Memory, bytes: usize) {
        locked(&self.0.pool).give_back(memory, rounded(bytes));
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Device {}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cuda:{} ({})", self.0.ordinal, self.0.name)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({self}, {:?})", self.memory())
    }
}

impl Inner {
    fn open(ordinal: usize) -> Result<Self, Error> {
        cust::init(CudaFlags::empty()).map_err(|_| match raw::failure("cuInit") {
            Error::Driver { code: 100, .. } => Error::NoDevice { ordinal, count: 0 },
            error => error,
        })?;
        let version =
            cust::CudaApiVersion::get().map_err(|_| raw::failure("cuDriverGetVersion"))?;
        let driver = (version.major(), version.minor());
        if driver < DRIVER {
            return Err(Error::OldDriver { found: driver, needed: DRIVER });
        }
        let count =
            cust::device::Device::num_devices().map_err(|_| raw::failure("cuDeviceGetCount"))?;
        if ordinal >= count as usize {
            return Err(Error::NoDevice { ordinal, count: count as usize });
        }
        let device = cust::device::Device::get_device(ordinal as u32)
            .map_err(|_| raw::failure("cuDeviceGet"))?;
        let name = device.name().map_err(|_| raw::failure("cuDeviceGetName"))?;
        let attribute = |attribute| {
            device.get_attribute(attribute).map_err(|_| raw::failure("cuDeviceGetAttribute"))
        };
        let capability = (
            attribute(DeviceAttribute::ComputeCapabilityMajor)?,
            attribute(DeviceAttribute::ComputeCapabilityMinor)?,
        );
        if capability < CAPABILITY {
            return Err(Error::OldDevice { name, found: capability, needed: CAPABILITY });
        }
        let multiprocessors = attribute(DeviceAttribute::MultiprocessorCount)? as usize;
        let context = Context::new(device).map_err(|_| raw::failure("cuDevicePrimaryCtxRetain"))?;
        let stream = Stream::new(StreamFlags::DEFAULT, None)
            .map_err(|_| raw::failure("cuStreamCreateWithPriority"))?;
        Ok(Inner {
            ordinal,
            name,
            target: Target { capability, driver, multiprocessors },
            pool: Mutex::default(),
            staging: Mutex::default(),
            modules: Mutex::default(),
            kernels: Mutex::default(),
            assembled: Mutex::default(),
            elementwise: Mutex::default(),
            stream,
            context,
        })
    }
}

/// Everything goes back to the driver: first what is in the context, and the context last.
impl Drop for Inner {
    fn drop(&mut self) {
        // (Errors have nobody to go to: a device that has failed gives everything back by itself.)
        let _ = CurrentContext::set_current(&self.context);
        let _ = raw::synchronize(&self.stream);
        let _ = locked(&self.staging).release();
        for memory in locked(&self.pool).release() {
            let _ = memory.free();
        }
        locked(&self.elementwise).clear();
        locked(&self.kernels).clear();
        locked(&self.modules).clear();
        locked(&self.assembled).clear();
    }
}
