//! A machine that carries out PTX, as far as the compiler and `wengert-cuda-kernels` write it: so that kernels can be run and
//! compared with the rule table where there is no device.
//!
//! Arithmetic is that of the language's definition. Where this leaves room (`ex2.approx` and its like), results are as good as
//! they can be, or as bad as they may be.

mod arithmetic;
mod floats;
mod memory;
mod parse;
mod program;
mod run;

use core::fmt;
use core::ops::Range;

use memory::Memory;
use program::Program;

/// How many blocks, and how many threads in each: along x, y and z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// Blocks.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub block: [u32; 3],
}

/// A module that is ready to be run, and the memory that its kernels see.
///
/// ```
/// use wengert_cuda_emulation::machine::{Dimensions, Machine};
/// let twice = ".visible .entry twice(.param .u64 x) {
///     .reg .u64 %at, %x;
///     ld.param.u64 %at, [x];
///     ld.global.u64 %x, [%at];
///     add.u64 %x, %x, %x;
///     st.global.u64 [%at], %x;
/// }";
/// let mut machine = Machine::new(twice)?;
/// let x = machine.allocate(8);
/// machine.store(x, 8, 21);
/// let one = Dimensions { grid: [1, 1, 1], block: [1, 1, 1] };
/// machine.launch("twice", one, &[vec![x]])?;
/// assert_eq!(machine.load(x, 8), 42);
/// // Nothing is at 0.
/// let fault = machine.launch("twice", one, &[vec![0]]).unwrap_err();
/// assert!(fault.starts_with("twice reads 8 bytes at 0x0, outside of memory"));
/// # Ok::<(), String>(())
/// ```
pub struct Machine {
    program: Program,
    memory: Memory,
    spare: Vec<Vec<u64>>,
    /// How far approximations are off, of what their definition allows: from −1 to 1.
    pub error: f64,
}

impl Machine {
    /// Takes a module. Instructions that are not known are errors where they are come to.
    ///
    /// # Errors
    /// If the text is no module.
    pub fn new(ptx: &str) -> Result<Self, String> {
        let mut program = parse::parse(ptx)?;
        let memory = Memory::new(core::mem::take(&mut program.data));
        Ok(Machine { program, memory, spare: Vec::new(), error: 0.0 })
    }

    /// The address of so many bytes of zeros of the machine's own, a multiple of 16.
    ///
    /// # Panics
    /// If there is not as much memory: 1 GB.
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        self.memory.allocate(bytes).expect("memory")
    }

    /// Writes the lowest bytes of a number.
    ///
    /// # Panics
    /// If they are outside of memory.
    #[track_caller]
    pub fn store(&mut self, at: u64, bytes: usize, value: u64) {
        self.memory.store(at, bytes, value).expect("memory");
    }

    /// Reads a number of so many bytes.
    ///
    /// # Panics
    /// If they are outside of memory.
    #[track_caller]
    pub fn load(&self, at: u64, bytes: usize) -> u64 {
        self.memory.load(at, bytes).expect("memory")
    }

    /// Runs a kernel on memory of the machine's own. Each parameter is as many words as it has bytes for.
    ///
    /// # Errors
    /// If the module has no such kernel, or the kernel does what it may not; it has then run in parts.
    pub fn launch(
        &mut self,
        entry: &str,
        dimensions: Dimensions,
        parameters: &[Vec<u64>],
    ) -> Result<(), String> {
        // SAFETY: nothing is lent.
        unsafe { self.launch_on(Vec::new(), entry, dimensions, parameters) }
    }

    /// Runs a kernel on memory of the host, too: on these pieces of it, in ascending order.
    ///
    /// # Errors
    /// As [`Machine::launch`].
    ///
    /// # Safety
    /// The pieces may be read and written until this returns.
    pub unsafe fn launch_on(
        &mut self,
        pieces: Vec<Range<u64>>,
        entry: &str,
        dimensions: Dimensions,
        parameters: &[Vec<u64>],
    ) -> Result<(), String> {
        let Machine { program, memory, spare, error } = self;
        let number = program.names.get(entry);
        let Some(function) = number.and_then(|&number| program.functions[number].as_ref()) else {
            return Err(format!("{entry}: not in the module"));
        };
        let bytes = |words: &Vec<u64>| 8 * words.len();
        let fits = function.parameters.len() == parameters.len()
            && function.parameters.iter().zip(parameters).all(|(x, y)| x.bytes <= bytes(y));
        if !fits {
            return Err(format!("{entry}: other parameters are declared than given"));
        }
        // SAFETY: by the caller's promise; they are taken back below.
        unsafe { memory.lend(pieces) };
        let launch = run::Launch { program, memory, spare, error: *error };
        let result = launch.run(function, dimensions, parameters);
        // SAFETY: nothing is lent.
        unsafe { memory.lend(Vec::new()) };
        result.map_err(|fault| format!("{entry} {fault}"))
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("functions", &self.program.names).finish_non_exhaustive()
    }
}
