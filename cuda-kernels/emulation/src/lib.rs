//! A driver for GPUs that has none: it keeps devices, memory, modules and streams on the host, records what it is asked for, and runs
//! kernels that a C++ compiler has compiled from the same sources as the device's (`device.h`). For tests.
//!
//! What is asynchronous on a GPU happens late here: copies and kernels wait until something waits for them. Each piece of memory
//! ends before a page that may not be touched, begins after bytes that may not change, and is full of NaNs at first.
//!
//! Errors of the program under test (memory given back twice, an argument that points to nothing) are kept as
//! [`Driver::faults`].

mod functions;
mod kernels;
pub mod machine;
mod memory;
mod ptx;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use functions::lookup;
pub use kernels::{Source, compile, signature};
pub use state::{Call, Device};

use state::State;

/// The driver, for one test at a time; as new when it is taken.
#[derive(Debug)]
pub struct Driver {
    _alone: MutexGuard<'static, ()>,
}

impl Driver {
    /// Waits until no other test has it.
    pub fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        State::with(State::reset);
        Driver { _alone: alone }
    }

    /// What version of CUDA the driver says that it knows: 1000 · major + 10 · minor.
    pub fn set_version(&self, version: i32) {
        State::with(|state| state.version = version);
    }

    /// Which devices it finds.
    pub fn set_devices(&self, devices: &[Device]) {
        State::with(|state| state.devices = devices.to_vec());
    }

    /// Call number `number`, from 0, of this function from now on returns `code`; of an asynchronous kernel, `cuLaunchKernel`
    /// with a negative code: whatever waits for it returns −`code`, from then on.
    pub fn fail(&self, function: &'static str, number: usize, code: i32) {
        State::with(|state| state.failures.push((function, number, code)));
    }

    /// In which order blocks and threads run.
    pub fn set_seed(&self, seed: u32) {
        State::with(|state| state.seed = seed);
    }

    /// What it was asked for.
    pub fn calls(&self) -> Vec<Call> {
        State::with(|state| state.calls.clone())
    }

    /// The numbers of the calls of a function.
    pub fn calls_of(&self, function: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.function == function).collect()
    }

    /// What the program has done wrong.
    pub fn faults(&self) -> Vec<String> {
        State::with(|state| state.faults.clone())
    }

    /// What was not given back: pieces of memory, modules, streams, events, linkers, and contexts.
    pub fn leaks(&self) -> Vec<String> {
        State::with(|state| state.leaks())
    }
}

impl Default for Driver {
    fn default() -> Self {
        Driver::new()
    }
}
