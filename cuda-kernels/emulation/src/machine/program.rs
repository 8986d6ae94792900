//! A module, ready to be carried out: names are numbers.

use std::collections::HashMap;

use super::arithmetic::Compute;

/// The number of a register. What is constant for a thread is in registers, too: numbers, addresses, and which thread it is.
pub(super) type Register = u32;

/// Which thread it is, in the first registers.
pub(super) const SPECIAL: [&str; 12] = [
    "%tid.x",
    "%tid.y",
    "%tid.z",
    "%ntid.x",
    "%ntid.y",
    "%ntid.z",
    "%ctaid.x",
    "%ctaid.y",
    "%ctaid.z",
    "%nctaid.x",
    "%nctaid.y",
    "%nctaid.z",
];

pub(super) enum Action {
    Compute {
        compute: Compute,
        result: Register,
        x: [Register; 4],
    },
    /// Copies the lowest bits.
    Move {
        result: Register,
        source: Register,
        mask: u64,
    },
    /// Takes a number apart, into two of so many bits.
    Split {
        low: Register,
        high: Register,
        source: Register,
        bits: u32,
    },
    /// … and puts it together.
    Join {
        result: Register,
        low: Register,
        high: Register,
        bits: u32,
    },
    Load {
        registers: Box<[Register]>,
        place: Place,
    },
    Store {
        place: Place,
        registers: Box<[Register]>,
    },
    /// Loads, and stores what is computed of that and a register.
    Atomic {
        compute: Compute,
        result: Register,
        place: Place,
        source: Register,
    },
    Branch(usize),
    Call {
        function: usize,
        arguments: Box<[Register]>,
        results: Box<[Register]>,
    },
    Return,
    /// All threads of the block wait here.
    Barrier,
    /// The threads of a warp wait here, and take the number of another one.
    Shuffle {
        result: Register,
        source: Register,
        /// Which one, by the thread's place in the warp and a number.
        from: fn(usize, usize) -> usize,
        number: Register,
        /// Among which; this machine knows whole warps.
        limits: Register,
    },
    /// The threads of a warp wait here, and multiply matrices that are spread over them.
    Matrices(Box<Matrices>),
    /// What this machine does not know; by its text.
    Unknown(Box<str>),
}

/// d = a · b + c for matrices of `rows` × `depth` and `depth` × 8 words, of one element each or of two that are next to each other
/// along the depth. With g = lane / 4 and f = lane % 4, a thread has a(g + 8 (i mod h), f + 4 ⌊i/h⌋), b(f + 4i, g), and c and d
/// (g + 8 ⌊i/2⌋, 2f + i mod 2), numbered by i, where h = rows/8 (PTX ISA, "Matrix fragments for mma.m16n8k8", "… m16n8k16 with floating
/// point type" and "… m8n8k4").
pub(super) struct Matrices {
    pub(super) rows: usize,
    pub(super) depth: usize,
    /// a · b + c for words, by their bits.
    pub(super) step: fn([u64; 3]) -> u64,
    pub(super) d: Box<[Register]>,
    pub(super) a: Box<[Register]>,
    pub(super) b: Box<[Register]>,
    pub(super) c: Box<[Register]>,
}

/// Where something is loaded or stored: so many bytes each time.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) base: Register,
    pub(super) offset: i64,
    pub(super) bytes: u32,
    /// Whether the highest bit fills those above it.
    pub(super) is_signed: bool,
}

pub(super) struct Instruction {
    /// The register that decides whether it is carried out, and for which value.
    pub(super) condition: Option<(Register, bool)>,
    pub(super) action: Action,
}

/// Bytes in memory that belong to a function.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) offset: usize,
    pub(super) bytes: usize,
}

/// What an address is counted from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The parameters and the result.
    Parameters,
    /// What each thread has for itself.
    Locals,
    /// What the threads of a block share.
    Shared,
}

#[derive(Default)]
pub(super) struct Function {
    pub(super) instructions: Vec<Instruction>,
    /// What is in the registers at first. What was never written is no number: all bits are set.
    pub(super) registers: Vec<u64>,
    /// Registers that hold addresses.
    pub(super) addresses: Vec<(Register, Base, usize)>,
    pub(super) parameters: Vec<Piece>,
    pub(super) results: Vec<Piece>,
    /// Bytes from each base.
    pub(super) parameter_bytes: usize,
    pub(super) local_bytes: usize,
    pub(super) shared_bytes: usize,
}

#[derive(Default)]
pub(super) struct Program {
    /// By name, the places in `functions`.
    pub(super) names: HashMap<String, usize>,
    /// (None of what is called, but not there.)
    pub(super) functions: Vec<Option<Function>>,
    /// Arrays of constants.
    pub(super) data: Vec<u8>,
}

impl Program {
    /// The number of the function of this name, which may be still to come.
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.names.get(name) {
            return number;
        }
        self.names.insert(name.to_owned(), self.functions.len());
        self.functions.push(None);
        self.functions.len() - 1
    }
}
