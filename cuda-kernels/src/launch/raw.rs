//! What the driver hands out, owned: memory, modules, and functions of them. The context of their device has to be current; if it is
//! not, the driver says so.

use core::ffi::{CStr, c_void};
use core::ptr::{null, null_mut};
use std::ffi::CString;

use cust::context::{Context, CurrentContext};
use cust::stream::Stream;
use cust::sys::{CUfunction, CUfunction_attribute, CUjit_option, CUmodule};

use super::driver;
use super::error::Error;

pub(super) fn check(call: &'static str, code: i32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(failure(call)) }
}

/// The error of the call that has just failed on this thread.
pub(super) fn failure(call: &'static str) -> Error {
    match driver::last_failure() {
        driver::NO_DRIVER => Error::NoDriver(driver::why_none()),
        driver::NO_FUNCTION => {
            let words = "the driver has no such function; it may be too old".to_owned();
            Error::Driver { call, code: driver::NO_FUNCTION, words }
        }
        code => Error::Driver { call, code, words: words(code) },
    }
}

/// Makes a context that of this thread, unless it is. (The driver is asked each time, which costs it one look: other libraries of the
/// program may have changed the context since.)
pub(super) fn enter(context: &Context) -> Result<(), Error> {
    let mut current = null_mut();
    // SAFETY: the driver writes the handle.
    check("cuCtxGetCurrent", unsafe { driver::cuCtxGetCurrent(&mut current) })?;
    if current == context.as_raw() {
        return Ok(());
    }
    CurrentContext::set_current(context).map_err(|_| failure("cuCtxSetCurrent"))
}

/// The name of a code, and what it means.
fn words(code: i32) -> String {
    let ask = |function: unsafe extern "C" fn(i32, *mut *const core::ffi::c_char) -> i32| {
        let mut words = null();
        // SAFETY: the driver writes the address of a C string that is never freed, or leaves null.
        unsafe {
            function(code, &mut words);
            if words.is_null() { None } else { Some(CStr::from_ptr(words).to_string_lossy()) }
        }
    };
    match (ask(driver::cuGetErrorName), ask(driver::cuGetErrorString)) {
        (Some(name), Some(meaning)) => format!("{name}, {meaning}"),
        _ => "which the driver has no words for".to_owned(),
    }
}

/// Memory on a device, owned; whoever has it gives it back with [`Memory::free`].
#[derive(Debug)]
pub(super) struct Memory {
    address: u64,
    bytes: usize,
}

impl Memory {
    /// None if there is not as much.
    pub(super) fn new(bytes: usize) -> Result<Option<Self>, Error> {
        let mut address = 0;
        // SAFETY: the driver writes the address.
        match unsafe { driver::cuMemAlloc_v2(&mut address, bytes) } {
            driver::OUT_OF_MEMORY => Ok(None),
            code => check("cuMemAlloc", code).map(|()| Some(Memory { address, bytes })),
        }
    }

    pub(super) fn free(self) -> Result<(), Error> {
        // SAFETY: the driver gave it, and it is given back once, because `self` is gone. (The driver waits for what uses it.)
        check("cuMemFree", unsafe { driver::cuMemFree_v2(self.address) })
    }

    pub(super) fn address(&self) -> u64 {
        self.address
    }

    /// Copies the first bytes, later: they have to stay until the stream is there.
    pub(super) fn write_pinned(
        &mut self,
        x: &Pinned,
        bytes: usize,
        stream: &Stream,
    ) -> Result<(), Error> {
        assert!(bytes <= self.bytes.min(x.bytes), "{bytes} bytes of {} are written", x.bytes);
        // SAFETY: both have as many bytes; those of the host stay, as the caller has promised.
        check("cuMemcpyHtoDAsync", unsafe {
            driver::cuMemcpyHtoDAsync_v2(self.address, x.address, bytes, stream.as_inner())
        })
    }

    /// Copies from the host, and waits.
    pub(super) fn write<T: Copy>(&mut self, x: &[T], stream: &Stream) -> Result<(), Error> {
        let bytes = size_of_val(x);
        assert!(bytes <= self.bytes, "{bytes} bytes are written to memory of {}", self.bytes);
        // SAFETY: both have as many bytes, and `x` stays until the stream is done.
        check("cuMemcpyHtoDAsync", unsafe {
            let from = x.as_ptr().cast();
            driver::cuMemcpyHtoDAsync_v2(self.address, from, bytes, stream.as_inner())
        })?;
        synchronize(stream)
    }

    /// Copies elements from number `first` on to the host, and waits. Whatever bits there are have to be a `T`.
    pub(super) fn read<T: super::super::signature::Scalar>(
        &self,
        first: usize,
        len: usize,
        stream: &Stream,
    ) -> Result<Vec<T>, Error> {
        let [before, bytes] = [first, len].map(|len| len * size_of::<T>());
        assert!(
            before + bytes <= self.bytes,
            "{bytes} bytes are read from memory of {}",
            self.bytes
        );
        let from = self.address + before as u64;
        let mut x = Vec::<T>::with_capacity(len);
        // SAFETY: both have as many bytes, and `x` stays until the stream is done.
        check("cuMemcpyDtoHAsync", unsafe {
            let to = x.as_mut_ptr().cast();
            driver::cuMemcpyDtoHAsync_v2(to, from, bytes, stream.as_inner())
        })?;
        if let Err(error) = synchronize(stream) {
            // The copy may be still to come: its memory has to stay.
            core::mem::forget(x);
            return Err(error);
        }
        // SAFETY: they have been written, and all bits are numbers.
        unsafe { x.set_len(len) };
        Ok(x)
    }

    pub(super) fn copy_from(&mut self, x: &Memory, stream: &Stream) -> Result<(), Error> {
        assert!(x.bytes <= self.bytes, "{} bytes are copied to memory of {}", x.bytes, self.bytes);
        // SAFETY: both have as many bytes.
        check("cuMemcpyDtoDAsync", unsafe {
            driver::cuMemcpyDtoDAsync_v2(self.address, x.address, x.bytes, stream.as_inner())
        })
    }

    pub(super) fn clear(&mut self, stream: &Stream) -> Result<(), Error> {
        // SAFETY: the memory has as many bytes.
        check("cuMemsetD8Async", unsafe {
            driver::cuMemsetD8Async(self.address, 0, self.bytes, stream.as_inner())
        })
    }
}

/// Page-locked memory of the host, owned; whoever has it gives it back with [`Pinned::free`].
#[derive(Debug)]
pub(super) struct Pinned {
    address: *mut c_void,
    bytes: usize,
}

// SAFETY: memory that only its owner refers to, and what the owner has asked the device to do.
unsafe impl Send for Pinned {}

impl Pinned {
    /// None if there is not as much.
    pub(super) fn new(bytes: usize) -> Result<Option<Self>, Error> {
        let mut address = null_mut();
        // SAFETY: the driver writes the address.
        match unsafe { driver::cuMemAllocHost_v2(&mut address, bytes) } {
            driver::OUT_OF_MEMORY => Ok(None),
            code => check("cuMemAllocHost", code).map(|()| Some(Pinned { address, bytes })),
        }
    }

    /// Replaces the first bytes.
    pub(super) fn fill<T: super::super::signature::Scalar>(&mut self, x: &[T]) {
        let bytes = size_of_val(x);
        assert!(bytes <= self.bytes, "{bytes} bytes are written to memory of {}", self.bytes);
        // SAFETY: both have as many bytes, those of numbers, and the owner's memory is nobody else's.
        unsafe { self.address.cast::<u8>().copy_from_nonoverlapping(x.as_ptr().cast(), bytes) };
    }

    pub(super) fn free(self) -> Result<(), Error> {
        // SAFETY: the driver gave it, and it is given back once, because `self` is gone.
        check("cuMemFreeHost", unsafe { driver::cuMemFreeHost(self.address) })
    }
}

/// Free bytes, and all.
pub(super) fn memory_of_device() -> Result<(usize, usize), Error> {
    let (mut free, mut total) = (0, 0);
    // SAFETY: the driver writes both.
    check("cuMemGetInfo", unsafe { driver::cuMemGetInfo_v2(&mut free, &mut total) })?;
    Ok((free, total))
}

pub(super) fn synchronize(stream: &Stream) -> Result<(), Error> {
    stream.synchronize().map_err(|_| failure("cuStreamSynchronize"))
}

/// Code on a device, unloaded when it is dropped.
#[derive(Debug)]
pub(super) struct Module(CUmodule);

// SAFETY: a handle that the driver accepts on any thread.
unsafe impl Send for Module {}
// SAFETY: it allows calls from several threads at once.
unsafe impl Sync for Module {}

/// Where the driver's compiler writes what it has to say.
struct Log(Vec<u8>);

impl Log {
    fn new() -> Self {
        Log(vec![0; 8192])
    }

    /// Options that name this log, for as long as it stays.
    fn options(&mut self) -> ([CUjit_option; 2], [*mut c_void; 2]) {
        let names = [
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER,
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
        ];
        // (Numbers are passed as if they were addresses.)
        let size = core::ptr::without_provenance_mut(self.0.len());
        (names, [self.0.as_mut_ptr().cast(), size])
    }

    fn error(&self, name: &str) -> Error {
        let code = driver::last_failure();
        let log = CStr::from_bytes_until_nul(&self.0).unwrap_or_default().to_string_lossy();
        let log = if log.trim().is_empty() { words(code) } else { log.trim().to_owned() };
        Error::Module { name: name.to_owned(), code, log }
    }
}

impl Module {
    /// Compiles a PTX text for the current device.
    pub(super) fn new(name: &str, text: &str) -> Result<Self, Error> {
        let text = CString::new(text).expect("PTX has no zeros");
        let mut log = Log::new();
        let (mut names, mut values) = log.options();
        let mut module = null_mut();
        // SAFETY: the text ends with a zero, and the options are as many as said; the log stays until the return.
        let code = unsafe {
            let (names, values) = (names.as_mut_ptr(), values.as_mut_ptr());
            driver::cuModuleLoadDataEx(&mut module, text.as_ptr().cast(), 2, names, values)
        };
        if code == 0 { Ok(Module(module)) } else { Err(log.error(name)) }
    }

    pub(super) fn function(&self, name: &str) -> Result<Function, Error> {
        let name = CString::new(name).expect("names have no zeros");
        let mut function = null_mut();
        // SAFETY: the module is loaded, and the name a C string.
        check("cuModuleGetFunction", unsafe {
            driver::cuModuleGetFunction(&mut function, self.0, name.as_ptr())
        })?;
        Ok(Function(function))
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: loaded, and unloaded once; functions of it are kept together with it.
        unsafe { driver::cuModuleUnload(self.0) };
    }
}

/// A kernel of a module that is loaded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function(CUfunction);

// SAFETY: as for modules.
unsafe impl Send for Function {}
// SAFETY: as for modules.
unsafe impl Sync for Function {}

impl Function {
    /// Lets launches ask for so much shared memory, which may be more than what any kernel can have.
    pub(super) fn allow_shared(self, bytes: u32) -> Result<(), Error> {
        let most = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        // SAFETY: its module is loaded.
        check("cuFuncSetAttribute", unsafe {
            driver::cuFuncSetAttribute(self.0, most, bytes as i32)
        })
    }

    /// # Safety
    /// The module is loaded; `arguments` point to values of the types that the kernel declares, as many; and with them it touches
    /// memory of live buffers only, and no other kernel or thread writes there without being ordered.
    pub(super) unsafe fn launch(
        self,
        grid: [u32; 3],
        block: [u32; 3],
        shared_bytes: u32,
        stream: &Stream,
        arguments: &mut [*mut c_void],
    ) -> Result<(), Error> {
        // SAFETY: by the promise above; the driver copies the arguments before it returns.
        check("cuLaunchKernel", unsafe {
            driver::cuLaunchKernel(
                self.0,
                grid[0],
                grid[1],
                grid[2],
                block[0],
                block[1],
                block[2],
                shared_bytes,
                stream.as_inner(),
                arguments.as_mut_ptr(),
                null_mut(),
            )
        })
    }
}
