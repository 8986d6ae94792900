//! The functions of the driver, under their names.

use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

use crate::kernels;
use crate::machine::Dimensions;
use crate::memory::Guarded;
use crate::state::{Launch, Module, State, Work, current, set_current};

const INVALID_VALUE: i32 = 1;
const OUT_OF_MEMORY: i32 = 2;
const NOT_INITIALIZED: i32 = 3;
const NO_DEVICE: i32 = 100;
const INVALID_DEVICE: i32 = 101;
const INVALID_CONTEXT: i32 = 201;
const INVALID_PTX: i32 = 218;
const INVALID_HANDLE: i32 = 400;
const NOT_FOUND: i32 = 500;
const NOT_READY: i32 = 600;

/// The name of each code, and what it means.
const WORDS: &[(i32, &CStr, &CStr)] = &[
    (0, c"CUDA_SUCCESS", c"no error"),
    (1, c"CUDA_ERROR_INVALID_VALUE", c"invalid argument"),
    (2, c"CUDA_ERROR_OUT_OF_MEMORY", c"out of memory"),
    (3, c"CUDA_ERROR_NOT_INITIALIZED", c"initialization error"),
    (100, c"CUDA_ERROR_NO_DEVICE", c"no CUDA-capable device is detected"),
    (101, c"CUDA_ERROR_INVALID_DEVICE", c"invalid device ordinal"),
    (201, c"CUDA_ERROR_INVALID_CONTEXT", c"invalid device context"),
    (218, c"CUDA_ERROR_INVALID_PTX", c"a PTX JIT compilation failed"),
    (
        222,
        c"CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        c"the provided PTX was compiled with an unsupported toolchain.",
    ),
    (400, c"CUDA_ERROR_INVALID_HANDLE", c"invalid resource handle"),
    (500, c"CUDA_ERROR_NOT_FOUND", c"named symbol not found"),
    (600, c"CUDA_ERROR_NOT_READY", c"device not ready"),
    (700, c"CUDA_ERROR_ILLEGAL_ADDRESS", c"an illegal memory access was encountered"),
    (719, c"CUDA_ERROR_LAUNCH_FAILED", c"unspecified launch failure"),
    (999, c"CUDA_ERROR_UNKNOWN", c"unknown error"),
];

macro_rules! functions {
    ($($(#[$attribute:meta])* fn $name:ident($($argument:ident: $Type:ty),*) records $numbers:expr; |$state:ident| $body:block)*) => {
        $(
            #[allow(non_snake_case, unused_variables)]
            unsafe extern "C" fn $name($($argument: $Type),*) -> c_int {
                State::with(|$state| {
                    let code = $state.called(stringify!($name), &$numbers, "");
                    if code != 0 {
                        return code;
                    }
                    // SAFETY: pointers are what the functions of these names ask for.
                    #[allow(unused_unsafe)]
                    unsafe { $body }
                })
            }
        )*

        /// The address of a function of the driver; null if it has none of this name.
        pub fn lookup(name: &CStr) -> *const c_void {
            match name.to_bytes() {
                $(name if name == stringify!($name).as_bytes() => $name as *const c_void,)*
                b"cuLaunchKernel" => cuLaunchKernel as *const c_void,
                b"cuGetErrorName" => cuGetErrorName as *const c_void,
                b"cuGetErrorString" => cuGetErrorString as *const c_void,
                _ => core::ptr::null(),
            }
        }
    };
}

functions! {
    fn cuInit(flags: c_uint) records [flags.into()]; |state| {
        if state.devices.is_empty() {
            return NO_DEVICE;
        }
        state.is_initialised = true;
        0
    }
    fn cuDriverGetVersion(version: *mut c_int) records []; |state| {
        *version = state.version;
        0
    }
    fn cuDeviceGetCount(count: *mut c_int) records []; |state| {
        *count = state.devices.len() as c_int;
        if state.is_initialised { 0 } else { NOT_INITIALIZED }
    }
    fn cuDeviceGet(device: *mut c_int, ordinal: c_int) records [ordinal as u64]; |state| {
        *device = ordinal;
        if (ordinal as usize) < state.devices.len() { 0 } else { INVALID_DEVICE }
    }
    fn cuDeviceGetName(name: *mut c_char, length: c_int, device: c_int) records [length as u64, device as u64]; |state| {
        let text = state.devices[device as usize].name.as_bytes();
        let count = text.len().min(length as usize - 1);
        core::ptr::copy(text.as_ptr(), name.cast(), count);
        *name.add(count) = 0;
        0
    }
    fn cuDeviceGetAttribute(value: *mut c_int, attribute: c_int, device: c_int) records [attribute as u64, device as u64]; |state| {
        let (major, minor) = state.devices[device as usize].capability;
        *value = match attribute {
            75 => major,
            76 => minor,
            16 => 4,
            _ => return INVALID_VALUE,
        };
        0
    }
    fn cuDevicePrimaryCtxRetain(context: *mut u64, device: c_int) records [device as u64]; |state| {
        *state.contexts.entry(device as usize).or_default() += 1;
        *context = device as u64 + 1;
        0
    }
    fn cuDevicePrimaryCtxRelease_v2(device: c_int) records [device as u64]; |state| {
        match state.contexts.get_mut(&(device as usize)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                0
            }
            _ => {
                state.faults.push(format!("the context of device {device} was given back too often"));
                INVALID_CONTEXT
            }
        }
    }
    fn cuCtxSetCurrent(context: u64) records [context]; |state| {
        set_current((context as usize).checked_sub(1));
        0
    }
    fn cuCtxGetCurrent(context: *mut u64) records []; |state| {
        *context = current().map_or(0, |device| device as u64 + 1);
        0
    }

    fn cuStreamCreateWithPriority(stream: *mut u64, flags: c_uint, priority: c_int) records [flags.into()]; |state| {
        if current().is_none() {
            return INVALID_CONTEXT;
        }
        *stream = state.handle();
        state.streams.insert(*stream);
        0
    }
    fn cuStreamSynchronize(stream: u64) records [stream]; |state| {
        if !state.streams.contains(&stream) {
            return INVALID_HANDLE;
        }
        state.finish()
    }
    fn cuStreamDestroy_v2(stream: u64) records [stream]; |state| {
        state.finish();
        if !state.streams.remove(&stream) {
            state.faults.push("a stream was destroyed twice".into());
            return INVALID_HANDLE;
        }
        0
    }

    fn cuEventCreate(event: *mut u64, flags: c_uint) records [flags.into()]; |state| {
        *event = state.handle();
        state.events.insert(*event, None);
        0
    }
    fn cuEventRecord(event: u64, stream: u64) records [event, stream]; |state| {
        if !state.streams.contains(&stream) || !state.events.contains_key(&event) {
            return INVALID_HANDLE;
        }
        // (What counts is the latest mark.)
        state.events.insert(event, None);
        state.queue.push(Work::Record { event });
        0
    }
    fn cuEventQuery(event: u64) records [event]; |state| {
        match state.events.get(&event) {
            None => INVALID_HANDLE,
            // (The next time it is done.)
            Some(None) => {
                state.finish();
                NOT_READY
            }
            Some(Some(_)) => state.broken,
        }
    }
    fn cuEventSynchronize(event: u64) records [event]; |state| {
        if state.events.contains_key(&event) { state.finish() } else { INVALID_HANDLE }
    }
    fn cuEventElapsedTime(milliseconds: *mut f32, start: u64, end: u64) records [start, end]; |state| {
        match (state.events.get(&start), state.events.get(&end)) {
            // A millisecond for each piece of work.
            (Some(&Some(start)), Some(&Some(end))) => {
                *milliseconds = end as f32 - start as f32;
                0
            }
            (Some(_), Some(_)) => NOT_READY,
            _ => INVALID_HANDLE,
        }
    }
    fn cuEventDestroy_v2(event: u64) records [event]; |state| {
        state.finish();
        if state.events.remove(&event).is_none() {
            state.faults.push("an event was destroyed twice".into());
            return INVALID_HANDLE;
        }
        0
    }

    fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) records []; |state| {
        let Some(device) = current() else { return INVALID_CONTEXT };
        *total = state.devices[device].memory;
        *free = *total - state.in_use(device);
        0
    }
    fn cuMemAlloc_v2(address: *mut u64, bytes: usize) records [bytes as u64]; |state| {
        let Some(device) = current() else { return INVALID_CONTEXT };
        if bytes == 0 {
            return INVALID_VALUE;
        }
        if state.in_use(device) + bytes > state.devices[device].memory {
            return OUT_OF_MEMORY;
        }
        let memory = Guarded::new(bytes);
        *address = memory.address();
        state.freed.remove(&memory.address());
        state.memory.insert(memory.address(), (device, memory));
        0
    }
    fn cuMemFree_v2(address: u64) records [address]; |state| {
        let broken = state.finish();
        match state.memory.remove(&address) {
            Some((_, memory)) => {
                if !memory.is_intact() {
                    state.faults.push(format!("something was written outside of {} bytes", memory.bytes));
                }
                state.freed.insert(address);
                broken
            }
            None => {
                let how = if state.freed.contains(&address) { "twice" } else { "that is none" };
                state.faults.push(format!("memory was given back {how}"));
                INVALID_VALUE
            }
        }
    }
    fn cuMemAllocHost_v2(address: *mut u64, bytes: usize) records [bytes as u64]; |state| {
        if current().is_none() {
            return INVALID_CONTEXT;
        }
        let memory = Guarded::new(bytes);
        *address = memory.address();
        state.pinned.insert(memory.address(), memory);
        0
    }
    fn cuMemFreeHost(address: u64) records [address]; |state| {
        let Some(memory) = state.pinned.remove(&address) else {
            return fault(state, "memory of the host was given back that is none");
        };
        if !memory.is_intact() {
            return fault(state, "something was written outside of memory of the host");
        }
        let is_read = |work: &Work| match *work {
            Work::Copy { to, from, bytes } => memory.contains(from, bytes) || memory.contains(to, bytes),
            _ => false,
        };
        // (Unlike for its own, the driver does not wait for what uses it.)
        if state.queue.iter().any(is_read) {
            state.finish();
            return fault(state, "memory of the host was given back before it was read");
        }
        0
    }
    fn cuMemcpyHtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) records [to, bytes as u64, stream]; |state| {
        copy(state, to, from, bytes, state.has(to, bytes))
    }
    fn cuMemcpyDtoHAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) records [from, bytes as u64, stream]; |state| {
        copy(state, to, from, bytes, state.has(from, bytes))
    }
    fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: u64) records [to, from, bytes as u64, stream]; |state| {
        copy(state, to, from, bytes, state.has(to, bytes) && state.has(from, bytes))
    }
    fn cuMemsetD8Async(to: u64, byte: u8, bytes: usize, stream: u64) records [to, byte.into(), bytes as u64, stream]; |state| {
        if !state.has(to, bytes) {
            return fault(state, "bytes are set outside of memory");
        }
        state.queue.push(Work::Set { to, byte, bytes });
        0
    }

    fn cuModuleLoadDataEx(module: *mut u64, image: *const c_char, options: c_uint, names: *const c_int, values: *const usize) records [options.into()]; |state| {
        if current().is_none() {
            return INVALID_CONTEXT;
        }
        let text = CStr::from_ptr(image).to_string_lossy();
        if let Some(code) = refused(&text, log_of(options, names, values)) {
            return code;
        }
        *module = state.handle();
        state.modules.insert(*module, Module::new(text.into_owned()));
        0
    }
    fn cuModuleUnload(module: u64) records [module]; |state| {
        state.finish();
        if state.modules.remove(&module).is_none() {
            state.faults.push("a module was unloaded twice".into());
            return INVALID_HANDLE;
        }
        0
    }
    fn cuModuleGetFunction(function: *mut u64, module: u64, name: *const c_char) records [module]; |state| {
        let Some(loaded) = state.modules.get(&module) else { return INVALID_HANDLE };
        let name = CStr::from_ptr(name).to_string_lossy();
        let Some(entry) = loaded.entries.iter().find(|entry| entry.name == name) else {
            return NOT_FOUND;
        };
        state.functions.push((module, entry.clone()));
        *function = state.functions.len() as u64;
        0
    }
    fn cuLinkCreate_v2(options: c_uint, names: *const c_int, values: *const usize, linker: *mut u64) records [options.into()]; |state| {
        *linker = state.handle();
        let (log, size) = log_of(options, names, values);
        state.linkers.insert(*linker, (String::new(), log, size));
        0
    }
    fn cuLinkAddData_v2(linker: u64, kind: c_int, data: *const u8, bytes: usize, name: *const c_char, options: c_uint, names: *const c_int, values: *const usize) records [linker, kind as u64, bytes as u64]; |state| {
        let Some((texts, log, size)) = state.linkers.get_mut(&linker) else { return INVALID_HANDLE };
        let text = String::from_utf8_lossy(core::slice::from_raw_parts(data, bytes - 1)).into_owned();
        if let Some(code) = refused(&text, (*log, *size)) {
            return code;
        }
        texts.push_str(&text);
        0
    }
    fn cuLinkComplete(linker: u64, image: *mut *const u8, bytes: *mut usize) records [linker]; |state| {
        let Some((texts, ..)) = state.linkers.get_mut(&linker) else { return INVALID_HANDLE };
        texts.push('\0');
        (*image, *bytes) = (texts.as_ptr(), texts.len());
        0
    }
    fn cuLinkDestroy(linker: u64) records [linker]; |state| {
        if state.linkers.remove(&linker).is_none() {
            state.faults.push("a linker was destroyed twice".into());
            return INVALID_HANDLE;
        }
        0
    }
    fn cuFuncSetAttribute(function: u64, attribute: c_int, value: c_int) records [function, attribute as u64, value as u64]; |state| {
        0
    }
}

fn fault(state: &mut State, words: &str) -> i32 {
    state.faults.push(words.to_owned());
    INVALID_VALUE
}

fn copy(state: &mut State, to: u64, from: u64, bytes: usize, is_inside: bool) -> i32 {
    if !is_inside {
        return fault(state, "a copy reaches outside of memory");
    }
    state.queue.push(Work::Copy { to, from, bytes });
    0
}

/// Where the compiler is to write what it has to say, and how much.
unsafe fn log_of(options: c_uint, names: *const c_int, values: *const usize) -> (usize, usize) {
    let mut log = (0, 0);
    for k in 0..options as usize {
        // SAFETY: there are as many.
        match unsafe { (*names.add(k), *values.add(k)) } {
            (5, place) => log.0 = place,
            (6, size) => log.1 = size,
            _ => {}
        }
    }
    log
}

/// What PTX has to look like, as far as this driver cares.
unsafe fn refused(text: &str, (log, size): (usize, usize)) -> Option<i32> {
    let (code, words) = if !text.contains(".version") {
        (INVALID_PTX, "ptxas fatal   : Missing .version directive at start of file")
    } else if text.contains(".version 99") {
        (222, "ptxas fatal   : Unsupported .version 99.0; current version is '9.0'")
    } else {
        return None;
    };
    if size > words.len() {
        // SAFETY: there is as much room.
        unsafe { core::ptr::copy(words.as_ptr(), log as *mut u8, words.len()) };
    }
    Some(code)
}

/// How `cuLaunchKernel` has its arguments copied: when it is called.
#[allow(non_snake_case, clippy::too_many_arguments)]
unsafe extern "C" fn cuLaunchKernel(
    function: u64,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    shared_bytes: c_uint,
    stream: u64,
    parameters: *const *const u8,
    _extra: *const c_void,
) -> c_int {
    State::with(|state| {
        let found =
            (function as usize).checked_sub(1).and_then(|k| state.functions.get(k)).cloned();
        let name = found.as_ref().map_or("", |(_, entry)| &entry.name);
        let (grid, block) = ([grid_x, grid_y, grid_z], [block_x, block_y, block_z]);
        let mut numbers: Vec<u64> = grid.iter().chain(&block).map(|&x| x.into()).collect();
        numbers.extend([shared_bytes.into(), stream]);
        let Some((module, entry)) = found.clone() else { return INVALID_HANDLE };
        let mut arguments = Vec::new();
        for (number, &bytes) in entry.bytes.iter().enumerate() {
            let mut words = vec![0_u64; bytes.div_ceil(8)];
            // SAFETY: there is an address for each parameter, of as many bytes.
            unsafe {
                let from = *parameters.add(number);
                core::ptr::copy(from, words.as_mut_ptr().cast::<u8>(), bytes);
            }
            numbers.extend(&words);
            arguments.push(words);
        }
        let code = state.called("cuLaunchKernel", &numbers, name);
        if code > 0 {
            return code;
        }
        if state.broken != 0 {
            return state.broken;
        }
        if !state.modules.contains_key(&module) || !state.streams.contains(&stream) {
            return INVALID_HANDLE;
        }
        let threads: u64 = block.iter().map(|&x| u64::from(x)).product();
        if numbers[..6].contains(&0) || threads > 1024 || grid_y > 65535 || grid_z > 65535 {
            return INVALID_VALUE;
        }
        if let Some(signature) = kernels::signature(&entry.name) {
            let declared: Vec<&str> = signature.split(", ").collect();
            for (number, (words, declared)) in arguments.iter().zip(&declared).enumerate() {
                if declared.starts_with('*') && words[0] != 0 && !state.has(words[0], 0) {
                    state.faults.push(format!("{name}: argument {number} points to no memory"));
                    return INVALID_VALUE;
                }
            }
        }
        let Some(device) = current() else { return INVALID_CONTEXT };
        let dimensions = Dimensions { grid, block };
        let launch = Launch { device, module, entry, dimensions, arguments, fails: -code };
        state.queue.push(Work::Launch(launch));
        0
    })
}

#[allow(non_snake_case)]
unsafe extern "C" fn cuGetErrorName(code: c_int, words: *mut *const c_char) -> c_int {
    // SAFETY: there is a place to write to.
    unsafe { tell(code, words, |&(_, name, _)| name) }
}

#[allow(non_snake_case)]
unsafe extern "C" fn cuGetErrorString(code: c_int, words: *mut *const c_char) -> c_int {
    // SAFETY: there is a place to write to.
    unsafe { tell(code, words, |&(_, _, meaning)| meaning) }
}

unsafe fn tell(
    code: c_int,
    words: *mut *const c_char,
    which: fn(&(i32, &'static CStr, &'static CStr)) -> &'static CStr,
) -> c_int {
    let found = WORDS.iter().find(|(of, ..)| *of == code);
    // SAFETY: by the caller's promise.
    unsafe { *words = found.map_or(core::ptr::null(), |found| which(found).as_ptr()) };
    if found.is_some() { 0 } else { INVALID_VALUE }
}
