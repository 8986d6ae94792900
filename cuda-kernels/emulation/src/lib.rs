//! A driver for GPUs that has none: it keeps devices, memory, modules and streams on the host, records what it is asked for, and runs
//! kernels. Those that are written by hand, as a C++ compiler has compiled them from the same sources as the device's ([`install`],
//! `device.h`); others, and those written at run time, as their PTX says ([`machine`]). For tests.
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
pub use kernels::{install, signature};
pub use state::{Call, Device, is_inside};

use state::State;

/// The driver, as a test sees it.
#[derive(Debug)]
pub struct Driver {
    _alone: Option<MutexGuard<'static, IsShared>>,
}

type IsShared = bool;

impl Driver {
    /// The driver for one test at a time, as new: waits until no other test has it.
    ///
    /// # Panics
    /// If this process [shares](Driver::shared) it.
    #[track_caller]
    pub fn new() -> Self {
        let is_shared = Driver::alone();
        assert!(
            !*is_shared,
            "Driver::new: tests of this process share the driver; use Driver::shared in all of them"
        );
        State::with(State::reset);
        Driver { _alone: Some(is_shared) }
    }

    /// The driver for all tests of a process, on any threads: as new the first time, and never again. A device may stay open for as
    /// long as the process runs. What is set here, and what was recorded, is common to all; of calls it is known which thread made
    /// them.
    pub fn shared() -> Self {
        let mut is_shared = Driver::alone();
        if !*is_shared {
            State::with(State::reset);
            *is_shared = true;
        }
        Driver { _alone: None }
    }

    fn alone() -> MutexGuard<'static, IsShared> {
        static ALONE: Mutex<IsShared> = Mutex::new(false);
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
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
        let of = |call: &&Call| call.function == function;
        State::with(|state| state.calls.iter().filter(of).cloned().collect())
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
