//! Blocks and threads.

use super::Dimensions;
use super::arithmetic::{Context, ones};
use super::memory::Memory;
use super::program::{Action, Base, Function, Matrices, Place, Program, Register};

/// A thread in a function.
struct Frame<'a> {
    function: &'a Function,
    registers: Vec<u64>,
    next: usize,
    context: Context,
    shared: u64,
}

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    /// At an instruction that several threads carry out together.
    Waits,
    Done,
}

/// Where a function's memory is.
#[derive(Clone, Copy)]
struct Bases {
    parameters: u64,
    locals: u64,
    shared: u64,
}

impl Frame<'_> {
    #[inline]
    fn get(&self, register: Register) -> u64 {
        self.registers[register as usize]
    }

    #[inline]
    fn set(&mut self, register: Register, value: u64) {
        self.registers[register as usize] = value;
    }

    /// The address of `count` elements.
    #[inline]
    fn address(&self, place: Place, count: usize) -> Result<u64, String> {
        let at = self.get(place.base).wrapping_add_signed(place.offset);
        let bytes = place.bytes as usize * count;
        // (Of a power of two.)
        if at & (bytes as u64 - 1) == 0 {
            Ok(at)
        } else {
            Err(format!("takes {bytes} bytes at {at:#x}, which is no multiple"))
        }
    }
}

/// What all threads of a launch see.
pub(super) struct Launch<'a> {
    pub(super) program: &'a Program,
    pub(super) memory: &'a mut Memory,
    /// Registers of threads that are done, for the next.
    pub(super) spare: &'a mut Vec<Vec<u64>>,
    pub(super) error: f64,
}

impl Launch<'_> {
    /// Runs a kernel, block by block.
    pub(super) fn run(
        mut self,
        function: &Function,
        dimensions: Dimensions,
        parameters: &[Vec<u64>],
    ) -> Result<(), String> {
        let before = self.memory.len();
        let result = self.run_blocks(function, dimensions, parameters);
        self.memory.truncate(before);
        result
    }

    fn run_blocks(
        &mut self,
        function: &Function,
        dimensions: Dimensions,
        parameters: &[Vec<u64>],
    ) -> Result<(), String> {
        let at = self.memory.allocate(function.parameter_bytes)?;
        for (piece, words) in function.parameters.iter().zip(parameters) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for (k, &byte) in bytes.iter().take(piece.bytes).enumerate() {
                self.memory.store(at + (piece.offset + k) as u64, 1, byte.into())?;
            }
        }
        let [x, y, z] = dimensions.grid;
        let before = self.memory.len();
        for (z, y, x) in places(x, y, z) {
            self.run_block(function, dimensions, [x, y, z], at)
                .map_err(|fault| format!("{fault}, in block {:?}", [x, y, z]))?;
            self.memory.truncate(before);
        }
        Ok(())
    }

    fn run_block(
        &mut self,
        function: &Function,
        dimensions: Dimensions,
        block: [u32; 3],
        parameters: u64,
    ) -> Result<(), String> {
        let shared = self.memory.allocate(function.shared_bytes)?;
        let mut frames = Vec::new();
        let [x, y, z] = dimensions.block;
        let numbers = |x: [u32; 3]| x.map(u64::from);
        let mut special = [[0; 3], dimensions.block, block, dimensions.grid].map(numbers);
        for (z, y, x) in places(x, y, z) {
            special[0] = numbers([x, y, z]);
            let locals = self.memory.allocate(function.local_bytes)?;
            let bases = Bases { parameters, locals, shared };
            frames.push(self.frame(function, special.as_flattened(), bases));
        }
        let mut states = vec![State::Runs; frames.len()];
        while states.contains(&State::Runs) {
            for (thread, (frame, state)) in frames.iter_mut().zip(&mut states).enumerate() {
                if *state == State::Runs {
                    *state = self
                        .run_thread(frame)
                        .map_err(|fault| format!("{fault}, by thread {thread}"))?;
                }
            }
            release(&mut frames, &mut states);
        }
        if states.contains(&State::Waits) {
            return Err("some threads wait where others never come".into());
        }
        self.spare.extend(frames.into_iter().map(|frame| frame.registers));
        Ok(())
    }

    fn frame<'a>(&mut self, function: &'a Function, special: &[u64], bases: Bases) -> Frame<'a> {
        let mut registers = self.spare.pop().unwrap_or_default();
        registers.clear();
        registers.extend_from_slice(&function.registers);
        registers[..special.len()].copy_from_slice(special);
        for &(register, base, offset) in &function.addresses {
            let base = match base {
                Base::Parameters => bases.parameters,
                Base::Locals => bases.locals,
                Base::Shared => bases.shared,
            };
            registers[register as usize] = base + offset as u64;
        }
        let context = Context { carry: false, error: self.error };
        Frame { function, registers, next: 0, context, shared: bases.shared }
    }

    /// Carries out a thread up to its end, or to where it waits for others.
    fn run_thread(&mut self, frame: &mut Frame<'_>) -> Result<State, String> {
        let function = frame.function;
        while let Some(instruction) = function.instructions.get(frame.next) {
            frame.next += 1;
            if let Some((register, value)) = instruction.condition
                && (frame.get(register) != 0) != value
            {
                continue;
            }
            match &instruction.action {
                Action::Compute { compute, result, x } => {
                    let x = x.map(|register| frame.get(register));
                    let value = compute(&x, &mut frame.context);
                    frame.set(*result, value);
                }
                Action::Move { result, source, mask } => {
                    frame.set(*result, frame.get(*source) & mask);
                }
                Action::Split { low, high, source, bits } => {
                    let value = frame.get(*source);
                    frame.set(*low, value & ones(*bits));
                    frame.set(*high, value >> bits & ones(*bits));
                }
                Action::Join { result, low, high, bits } => {
                    let high = (frame.get(*high) & ones(*bits)) << bits;
                    frame.set(*result, (frame.get(*low) & ones(*bits)) | high);
                }
                Action::Load { registers, place } => self.load(frame, registers, *place)?,
                Action::Store { place, registers } => {
                    let at = frame.address(*place, registers.len())?;
                    let bytes = place.bytes as usize;
                    for (k, &register) in registers.iter().enumerate() {
                        self.memory.store(at + (k * bytes) as u64, bytes, frame.get(register))?;
                    }
                }
                Action::Atomic { compute, result, place, source } => {
                    let at = frame.address(*place, 1)?;
                    let old = self.memory.load(at, place.bytes as usize)?;
                    let new = compute(&[old, frame.get(*source), 0, 0], &mut frame.context);
                    self.memory.store(at, place.bytes as usize, new)?;
                    frame.set(*result, old);
                }
                Action::Branch(target) => frame.next = *target,
                Action::Call { function, arguments, results } => {
                    self.call(frame, *function, arguments, results)?;
                }
                Action::Return => break,
                Action::Shuffle { limits, .. } if frame.get(*limits) != 31 => {
                    return Err("shuffles parts of a warp, which this machine does not know".into());
                }
                Action::Barrier | Action::Shuffle { .. } | Action::Matrices(_) => {
                    return Ok(State::Waits);
                }
                Action::Unknown(text) => {
                    return Err(format!("comes to `{text}`, which this machine does not know"));
                }
            }
        }
        Ok(State::Done)
    }

    fn load(
        &mut self,
        frame: &mut Frame<'_>,
        registers: &[Register],
        place: Place,
    ) -> Result<(), String> {
        let at = frame.address(place, registers.len())?;
        let bytes = place.bytes as usize;
        for (k, &register) in registers.iter().enumerate() {
            let mut value = self.memory.load(at + (k * bytes) as u64, bytes)?;
            if place.is_signed {
                let unused = 64 - 8 * place.bytes;
                value = ((value << unused) as i64 >> unused) as u64;
            }
            frame.set(register, value);
        }
        Ok(())
    }

    /// Arguments and results are addresses of what is copied.
    fn call(
        &mut self,
        frame: &Frame<'_>,
        function: usize,
        arguments: &[Register],
        results: &[Register],
    ) -> Result<(), String> {
        let program = self.program;
        let Some(function) = &program.functions[function] else {
            let name = program.names.iter().find(|(_, number)| **number == function);
            let name = name.map_or("?", |(name, _)| name);
            return Err(format!("calls {name}, which is not in the module"));
        };
        let before = self.memory.len();
        let parameters = self.memory.allocate(function.parameter_bytes)?;
        let locals = self.memory.allocate(function.local_bytes)?;
        for (&argument, piece) in arguments.iter().zip(&function.parameters) {
            let to = parameters + piece.offset as u64;
            self.copy(frame.get(argument), to, piece.bytes)?;
        }
        let special = &frame.registers[..super::program::SPECIAL.len()];
        let bases = Bases { parameters, locals, shared: frame.shared };
        let mut inner = self.frame(function, special, bases);
        if self.run_thread(&mut inner)? == State::Waits {
            return Err("waits for others within a function".into());
        }
        for (&result, piece) in results.iter().zip(&function.results) {
            self.copy(parameters + piece.offset as u64, frame.get(result), piece.bytes)?;
        }
        self.spare.push(inner.registers);
        self.memory.truncate(before);
        Ok(())
    }

    fn copy(&mut self, from: u64, to: u64, bytes: usize) -> Result<(), String> {
        let mut done = 0;
        while done < bytes {
            let count = (bytes - done).min(8);
            let value = self.memory.load(from + done as u64, count)?;
            self.memory.store(to + done as u64, count, value)?;
            done += count;
        }
        Ok(())
    }
}

/// (z, y, x), with x the fastest.
fn places(x: u32, y: u32, z: u32) -> impl Iterator<Item = (u32, u32, u32)> {
    (0..z).flat_map(move |z| (0..y).flat_map(move |y| (0..x).map(move |x| (z, y, x))))
}

/// Lets go on who waits for nobody else: a block whose threads are all at one barrier, a warp whose threads are all at one
/// exchange, which is carried out.
fn release(frames: &mut [Frame<'_>], states: &mut [State]) {
    const WARP: usize = 32;
    /// Whether all of them wait at the same place; what is there.
    fn common<'a>(frames: &[Frame<'a>], states: &[State]) -> Option<&'a Action> {
        let next = frames.first()?.next;
        let here =
            |(frame, state): (&Frame<'_>, &State)| *state == State::Waits && frame.next == next;
        if !frames.iter().zip(states).all(here) {
            return None;
        }
        Some(&frames[0].function.instructions[next - 1].action)
    }
    if let Some(Action::Barrier) = common(frames, states) {
        states.fill(State::Runs);
        return;
    }
    for (frames, states) in frames.chunks_mut(WARP).zip(states.chunks_mut(WARP)) {
        match common(frames, states) {
            Some(&Action::Shuffle { result, source, from, number, .. }) => {
                let values: Vec<u64> = frames.iter().map(|frame| frame.get(source)).collect();
                for (lane, frame) in frames.iter_mut().enumerate() {
                    let from = from(lane, frame.get(number) as usize);
                    frame.set(result, *values.get(from).unwrap_or(&values[lane]));
                }
            }
            Some(Action::Matrices(matrices)) if frames.len() == WARP => multiply(frames, matrices),
            _ => continue,
        }
        states.fill(State::Runs);
    }
}

fn multiply(warp: &mut [Frame<'_>], matrices: &Matrices) {
    let Matrices { rows, depth, step, d, a, b, c } = matrices;
    let halves = rows / 8;
    let fragment = |registers: &[Register]| -> Vec<Vec<u64>> {
        warp.iter().map(|frame| registers.iter().map(|&x| frame.get(x)).collect()).collect()
    };
    let (a, b, mut sums) = (fragment(a), fragment(b), fragment(c));
    for (lane, sums) in sums.iter_mut().enumerate() {
        for (i, sum) in sums.iter_mut().enumerate() {
            let (row, column) = (lane / 4 + 8 * (i / 2), 2 * (lane % 4) + i % 2);
            for k in 0..*depth {
                let x = a[row % 8 * 4 + k % 4][k / 4 * halves + row / 8];
                let y = b[column * 4 + k % 4][k / 4];
                *sum = step([x, y, *sum]);
            }
        }
    }
    for (frame, sums) in warp.iter_mut().zip(sums) {
        d.iter().zip(sums).for_each(|(&register, sum)| frame.set(register, sum));
    }
}
