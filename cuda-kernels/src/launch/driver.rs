//! The driver's functions, found when they are called.
//!
//! Defined under their own names, so that `cust` is linked with them. What a newer driver returns that `cust` has no name for becomes
//! `CUDA_ERROR_UNKNOWN` on the way, because its enumeration may not hold anything else; the code itself is kept for the
//! error message.

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::sync::OnceLock;

use cust::sys::{
    CUcontext, CUdevice, CUdevice_attribute, CUdeviceptr, CUevent, CUfunction,
    CUfunction_attribute, CUjit_option, CUmodule, CUstream,
};

/// Gives the address of a driver's function, or null.
pub type Lookup = fn(&CStr) -> *const c_void;

static LOOKUP: OnceLock<Lookup> = OnceLock::new();

/// Takes the driver's functions from elsewhere than the system's driver: from one that records calls, for tests. False if a
/// function was called before, or another driver chosen.
///
/// # Safety
/// What is found must behave as the function of that name in the driver does.
pub unsafe fn use_driver(lookup: Lookup) -> bool {
    LOOKUP.set(lookup).is_ok()
}

/// What the functions here return if there is no driver; no code of the driver's.
pub(super) const NO_DRIVER: i32 = -1;
/// … and if the driver has no such function.
pub(super) const NO_FUNCTION: i32 = -2;

pub(super) const OUT_OF_MEMORY: i32 = 2;
const NOT_READY: i32 = 600;
const UNKNOWN: i32 = 999;

thread_local! {
    static LAST: Cell<i32> = const { Cell::new(0) };
}

/// What the last function that failed on this thread has returned.
pub(super) fn last_failure() -> i32 {
    LAST.get()
}

const NAME: &CStr = c"libcuda.so.1";

#[cfg(unix)]
mod system {
    use super::{CStr, NAME, c_char, c_int, c_void};
    use std::sync::OnceLock;

    unsafe extern "C" {
        fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
        fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
        fn dlerror() -> *const c_char;
    }

    /// The address of the system's driver, or why there is none.
    pub(super) fn library() -> Result<usize, String> {
        static LIBRARY: OnceLock<Result<usize, String>> = OnceLock::new();
        let open = || {
            const RTLD_NOW: c_int = 2;
            // SAFETY: the name is a C string; the library is never closed.
            let library = unsafe { dlopen(NAME.as_ptr(), RTLD_NOW) };
            if !library.is_null() {
                return Ok(library as usize);
            }
            // SAFETY: after a failure on this thread, dlerror gives a C string, or null.
            let words = unsafe { dlerror() };
            if words.is_null() {
                return Err(format!("{} cannot be opened", NAME.to_string_lossy()));
            }
            // SAFETY: it is a C string, and stays until the next call of the like on this thread.
            Err(unsafe { CStr::from_ptr(words) }.to_string_lossy().into_owned())
        };
        LIBRARY.get_or_init(open).clone()
    }

    pub(super) fn find(name: &CStr) -> *const c_void {
        match library() {
            // SAFETY: the library is open, and the name a C string.
            Ok(library) => unsafe { dlsym(library as *mut c_void, name.as_ptr()) },
            Err(_) => core::ptr::null(),
        }
    }
}

#[cfg(not(unix))]
mod system {
    use super::{CStr, c_void};

    pub(super) fn library() -> Result<usize, String> {
        Err("the driver is looked for on Linux only".into())
    }

    pub(super) fn find(_: &CStr) -> *const c_void {
        core::ptr::null()
    }
}

/// Why there is no driver; empty if there is one.
pub(super) fn why_none() -> String {
    let lookup = *LOOKUP.get_or_init(|| system::find);
    if !lookup(c"cuInit").is_null() {
        return String::new();
    }
    match system::library() {
        Ok(_) => format!("{} has no function cuInit", NAME.to_string_lossy()),
        Err(words) => words,
    }
}

/// The address of a function, once found.
fn function(found: &AtomicPtr<c_void>, name: &CStr) -> *mut c_void {
    let mut address = found.load(Ordering::Acquire);
    if address.is_null() {
        address = LOOKUP.get_or_init(|| system::find)(name).cast_mut();
        found.store(address, Ordering::Release);
    }
    address
}

/// What is returned for a code.
fn known(code: i32) -> i32 {
    if code == 0 {
        return 0;
    }
    LAST.set(code);
    // Those that `cust` tells apart for us; the others by `last_failure`.
    if [OUT_OF_MEMORY, NOT_READY].contains(&code) { code } else { UNKNOWN }
}

macro_rules! forward {
    ($(fn $name:ident($($argument:ident: $Type:ty),* $(,)?);)*) => {$(
        #[unsafe(no_mangle)]
        #[allow(non_snake_case, missing_docs)]
        pub(super) unsafe extern "C" fn $name($($argument: $Type),*) -> c_int {
            static FOUND: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
            const NAME: &CStr = match CStr::from_bytes_with_nul(
                concat!(stringify!($name), "\0").as_bytes(),
            ) {
                Ok(name) => name,
                Err(_) => panic!("a name has no zeros"),
            };
            let address = function(&FOUND, NAME);
            if address.is_null() {
                return known(if why_none().is_empty() { NO_FUNCTION } else { NO_DRIVER });
            }
            // SAFETY: the driver's function of this name has this type (cuda.h), and whoever calls this function has
            // promised what that one asks for.
            unsafe {
                let call: unsafe extern "C" fn($($Type),*) -> c_int = core::mem::transmute(address);
                known(call($($argument),*))
            }
        }
    )*};
}

forward! {
    fn cuInit(flags: c_uint);
    fn cuDriverGetVersion(version: *mut c_int);
    fn cuGetErrorName(code: c_int, words: *mut *const c_char);
    fn cuGetErrorString(code: c_int, words: *mut *const c_char);

    fn cuDeviceGetCount(count: *mut c_int);
    fn cuDeviceGet(device: *mut CUdevice, ordinal: c_int);
    fn cuDeviceGetName(name: *mut c_char, length: c_int, device: CUdevice);
    fn cuDeviceGetAttribute(value: *mut c_int, attribute: CUdevice_attribute, device: CUdevice);
    fn cuDevicePrimaryCtxRetain(context: *mut CUcontext, device: CUdevice);
    fn cuDevicePrimaryCtxRelease_v2(device: CUdevice);
    fn cuCtxSetCurrent(context: CUcontext);
    fn cuCtxGetCurrent(context: *mut CUcontext);

    fn cuStreamCreateWithPriority(stream: *mut CUstream, flags: c_uint, priority: c_int);
    fn cuStreamSynchronize(stream: CUstream);
    fn cuStreamDestroy_v2(stream: CUstream);

    fn cuEventCreate(event: *mut CUevent, flags: c_uint);
    fn cuEventRecord(event: CUevent, stream: CUstream);
    fn cuEventQuery(event: CUevent);
    fn cuEventSynchronize(event: CUevent);
    fn cuEventElapsedTime(milliseconds: *mut f32, start: CUevent, end: CUevent);
    fn cuEventDestroy_v2(event: CUevent);

    fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize);
    fn cuMemAlloc_v2(address: *mut CUdeviceptr, bytes: usize);
    fn cuMemFree_v2(address: CUdeviceptr);
    fn cuMemAllocHost_v2(address: *mut *mut c_void, bytes: usize);
    fn cuMemFreeHost(address: *mut c_void);
    fn cuMemcpyHtoDAsync_v2(to: CUdeviceptr, from: *const c_void, bytes: usize, stream: CUstream);
    fn cuMemcpyDtoHAsync_v2(to: *mut c_void, from: CUdeviceptr, bytes: usize, stream: CUstream);
    fn cuMemcpyDtoDAsync_v2(to: CUdeviceptr, from: CUdeviceptr, bytes: usize, stream: CUstream);
    fn cuMemsetD8Async(address: CUdeviceptr, byte: u8, bytes: usize, stream: CUstream);

    fn cuModuleLoadDataEx(
        module: *mut CUmodule,
        image: *const c_void,
        options: c_uint,
        names: *mut CUjit_option,
        values: *mut *mut c_void,
    );
    fn cuModuleUnload(module: CUmodule);
    fn cuModuleGetFunction(function: *mut CUfunction, module: CUmodule, name: *const c_char);

    fn cuFuncSetAttribute(function: CUfunction, attribute: CUfunction_attribute, value: c_int);
    fn cuLaunchKernel(
        function: CUfunction,
        grid_x: c_uint,
        grid_y: c_uint,
        grid_z: c_uint,
        block_x: c_uint,
        block_y: c_uint,
        block_z: c_uint,
        shared_bytes: c_uint,
        stream: CUstream,
        parameters: *mut *mut c_void,
        extra: *mut *mut c_void,
    );
}
