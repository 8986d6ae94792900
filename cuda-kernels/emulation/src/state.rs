//! What the driver remembers.

use core::cell::Cell;
use core::ffi::c_void;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use crate::kernels;
use crate::machine::{Dimensions, Machine};
use crate::memory::Guarded;
use crate::ptx::{Entry, entries};

/// A device that the driver finds.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Its compute capability.
    pub capability: (i32, i32),
    /// Bytes of memory.
    pub memory: usize,
}

/// A call of a function of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub function: &'static str,
    /// The arguments that are numbers: sizes, addresses, handles.
    pub numbers: Vec<u64>,
    /// The name of a kernel, if there is one.
    pub kernel: String,
    /// Who called.
    pub thread: ThreadId,
}

/// Something to do later.
pub(crate) enum Work {
    Launch(Launch),
    Copy { to: u64, from: u64, bytes: usize },
    Set { to: u64, byte: u8, bytes: usize },
    Record { event: u64 },
}

pub(crate) struct Launch {
    pub(crate) device: usize,
    pub(crate) module: u64,
    pub(crate) entry: Entry,
    pub(crate) dimensions: Dimensions,
    pub(crate) arguments: Vec<Vec<u64>>,
    /// The code that it fails with.
    pub(crate) fails: i32,
}

pub(crate) struct Module {
    pub(crate) entries: Vec<Entry>,
    text: String,
    /// What carries out its kernels, made when it is first needed; or why there is none.
    machine: Option<Result<Machine, String>>,
}

impl Module {
    pub(crate) fn new(text: String) -> Self {
        Module { entries: entries(&text), text, machine: None }
    }
}

pub(crate) struct State {
    pub(crate) version: i32,
    pub(crate) devices: Vec<Device>,
    pub(crate) failures: Vec<(&'static str, usize, i32)>,
    pub(crate) seed: u32,
    pub(crate) calls: Vec<Call>,
    pub(crate) faults: Vec<String>,
    pub(crate) is_initialised: bool,
    /// With the device that it is on.
    pub(crate) memory: BTreeMap<u64, (usize, Guarded)>,
    pub(crate) freed: BTreeSet<u64>,
    /// Page-locked memory of the host.
    pub(crate) pinned: BTreeMap<u64, Guarded>,
    /// How often each device's context is held.
    pub(crate) contexts: BTreeMap<usize, usize>,
    pub(crate) modules: BTreeMap<u64, Module>,
    /// (module, entry)
    pub(crate) functions: Vec<(u64, Entry)>,
    pub(crate) streams: BTreeSet<u64>,
    /// Whether it has happened, and when: a number of pieces of work done.
    pub(crate) events: BTreeMap<u64, Option<u64>>,
    /// Linkers, with their texts, and where they write what they have to say.
    pub(crate) linkers: BTreeMap<u64, (String, usize, usize)>,
    pub(crate) queue: Vec<Work>,
    pub(crate) done: u64,
    /// A kernel has failed: nothing works any more.
    pub(crate) broken: i32,
    next: u64,
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Whether this thread is in the driver: what it allocates there is none of the program's.
pub fn is_inside() -> bool {
    INSIDE.get()
}

/// The device whose context is current on this thread.
pub(crate) fn current() -> Option<usize> {
    CURRENT.get()
}

pub(crate) fn set_current(device: Option<usize>) {
    CURRENT.set(device);
}

static STATE: Mutex<State> = Mutex::new(State::new());

impl State {
    const fn new() -> Self {
        State {
            version: 13_000,
            devices: Vec::new(),
            failures: Vec::new(),
            seed: 0,
            calls: Vec::new(),
            faults: Vec::new(),
            is_initialised: false,
            memory: BTreeMap::new(),
            freed: BTreeSet::new(),
            pinned: BTreeMap::new(),
            contexts: BTreeMap::new(),
            modules: BTreeMap::new(),
            functions: Vec::new(),
            streams: BTreeSet::new(),
            events: BTreeMap::new(),
            linkers: BTreeMap::new(),
            queue: Vec::new(),
            done: 0,
            broken: 0,
            next: 0x1000,
        }
    }

    pub(crate) fn with<R>(f: impl FnOnce(&mut State) -> R) -> R {
        let outside = INSIDE.replace(true);
        let result = f(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner));
        INSIDE.set(outside);
        result
    }

    pub(crate) fn reset(&mut self) {
        *self = State::new();
        let device = |number| Device {
            name: format!("Emulated {number}"),
            capability: (9, 0),
            memory: 1 << 30,
        };
        self.devices = vec![device(0), device(1)];
        set_current(None);
    }

    /// Records a call, and gives the code that it is to return.
    pub(crate) fn called(&mut self, function: &'static str, numbers: &[u64], kernel: &str) -> i32 {
        let (numbers, kernel) = (numbers.to_vec(), kernel.to_owned());
        self.calls.push(Call { function, numbers, kernel, thread: thread::current().id() });
        let mut code = 0;
        self.failures.retain_mut(|(of, number, failure)| {
            if *of != function {
                return true;
            }
            if *number == 0 {
                code = *failure;
                return false;
            }
            *number -= 1;
            true
        });
        code
    }

    pub(crate) fn handle(&mut self) -> u64 {
        self.next += 0x10;
        self.next
    }

    pub(crate) fn in_use(&self, device: usize) -> usize {
        self.memory.values().filter(|(of, _)| *of == device).map(|(_, x)| x.bytes).sum()
    }

    /// Whether bytes of the current device's memory begin there.
    pub(crate) fn has(&self, address: u64, bytes: usize) -> bool {
        (self.memory.range(..=address).next_back()).is_some_and(|(_, (device, x))| {
            current() == Some(*device) && x.contains(address, bytes)
        })
    }

    /// Does all that waits, and gives the code for whoever waits for it.
    pub(crate) fn finish(&mut self) -> i32 {
        for work in core::mem::take(&mut self.queue) {
            if self.broken == 0 {
                self.broken = self.run(work);
            }
        }
        self.broken
    }

    fn run(&mut self, work: Work) -> i32 {
        self.done += 1;
        match work {
            Work::Copy { to, from, bytes } => {
                // SAFETY: both were there when the copy was asked for, and what gives memory back waits for it.
                unsafe { core::ptr::copy(from as *const u8, to as *mut u8, bytes) };
            }
            Work::Set { to, byte, bytes } => {
                // SAFETY: as above.
                unsafe { core::ptr::write_bytes(to as *mut u8, byte, bytes) };
            }
            Work::Record { event } => {
                self.events.insert(event, Some(self.done));
            }
            Work::Launch(launch) if launch.fails != 0 => return launch.fails,
            Work::Launch(launch) => {
                if let Err(fault) = self.launch(launch) {
                    self.faults.push(fault);
                }
            }
        }
        0
    }

    /// Runs a kernel: as it is compiled for the host, or else as its module says.
    fn launch(&mut self, launch: Launch) -> Result<(), String> {
        let Launch { device, module, entry, dimensions, mut arguments, .. } = launch;
        let mut places: Vec<*mut c_void> =
            arguments.iter_mut().map(|words| words.as_mut_ptr().cast()).collect();
        if kernels::launch(&entry.name, dimensions, &mut places, self.seed)? {
            return Ok(());
        }
        let module = self.modules.get_mut(&module).expect("what unloads it waits for its kernels");
        let machine = module.machine.get_or_insert_with(|| Machine::new(&module.text));
        let machine = machine.as_mut().map_err(|words| format!("{}: {words}", entry.name))?;
        let pieces = (self.memory.values())
            .filter(|(of, _)| *of == device)
            .map(|(_, memory)| memory.address()..memory.address() + memory.bytes as u64)
            .collect();
        // SAFETY: memory of the driver's own, which only the driver touches, and whoever calls this has the driver to itself.
        unsafe { machine.launch_on(pieces, &entry.name, dimensions, &arguments) }
    }

    pub(crate) fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        let mut count = |what: &str, count: usize| {
            if count > 0 {
                leaks.push(format!("{count} {what}"));
            }
        };
        count("pieces of memory", self.memory.len());
        count("pieces of memory of the host", self.pinned.len());
        count("modules", self.modules.len());
        count("streams", self.streams.len());
        count("events", self.events.len());
        count("linkers", self.linkers.len());
        count("contexts", self.contexts.values().sum());
        leaks
    }
}
