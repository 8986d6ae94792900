//! A machine that carries out PTX, as far as the compiler and this package write it for elementwise code: so that kernels
//! can be compared with the rule table where there is no device.
//!
//! Arithmetic is that of the language's definition. Where this leaves room (`ex2.approx` and its like), results are as good as
//! they can be, or as bad as they may be.

mod arithmetic;
mod parse;

use std::collections::HashMap;

use parse::{Function, Instruction, Operand, Program};

pub struct Machine {
    program: Program,
    memory: Vec<u8>,
    data: HashMap<String, u64>,
    /// How far approximations are off, of what their definition allows: from −1 to 1.
    pub error: f64,
}

/// A thread in a function.
struct Frame<'a> {
    function: &'a Function,
    registers: Vec<u64>,
    names: HashMap<String, u64>,
    next: usize,
    carry: bool,
}

/// Why a thread stopped.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    Done,
    /// At an instruction that all threads carry out together.
    Together,
}

/// Which thread it is.
#[derive(Clone, Copy)]
struct Place {
    block: u32,
    blocks: u32,
    thread: u32,
    threads: u32,
}

impl Machine {
    pub fn new(ptx: &str) -> Self {
        let mut machine = Self {
            program: parse::parse(ptx),
            memory: vec![0; 64],
            data: HashMap::new(),
            error: 0.0,
        };
        let data = std::mem::take(&mut machine.program.data);
        for (name, bytes) in data {
            let at = machine.allocate(bytes.len());
            machine.memory[at as usize..][..bytes.len()].copy_from_slice(&bytes);
            machine.data.insert(name, at);
        }
        machine
    }

    /// The address of so many bytes of zeros, a multiple of 16.
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        let at = self.memory.len().next_multiple_of(16);
        self.memory.resize(at + bytes, 0);
        at as u64
    }

    pub fn store(&mut self, at: u64, bytes: usize, value: u64) {
        self.memory[at as usize..][..bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    }

    pub fn load(&self, at: u64, bytes: usize) -> u64 {
        let mut value = [0; 8];
        value[..bytes].copy_from_slice(&self.memory[at as usize..][..bytes]);
        u64::from_le_bytes(value)
    }

    /// Launches a kernel whose parameters are numbers of 64 bits.
    pub fn launch(&mut self, entry: &str, blocks: u32, threads: u32, parameters: &[u64]) {
        let program = std::mem::take(&mut self.program);
        let function = &program.functions[entry];
        assert_eq!(function.parameters.len(), parameters.len(), "parameters of {entry}");
        let before = self.memory.len();
        for block in 0..blocks {
            // (Shared arrays are those of the first thread.)
            let mut shared: Option<HashMap<String, u64>> = None;
            let mut frames: Vec<Frame<'_>> = (0..threads)
                .map(|_| {
                    let mut frame = self.frame(function, parameters);
                    let arrays = shared.get_or_insert_with(|| frame.names.clone());
                    for (name, _) in &function.arrays {
                        frame.names.insert(name.clone(), arrays[name]);
                    }
                    frame
                })
                .collect();
            let mut stops = vec![Stop::Together; frames.len()];
            while stops.contains(&Stop::Together) {
                for (thread, frame) in frames.iter_mut().enumerate() {
                    if stops[thread] == Stop::Together {
                        let place = Place { block, blocks, thread: thread as u32, threads };
                        stops[thread] = self.run(&program, frame, place);
                    }
                }
                self.together(&mut frames, &stops);
            }
            self.memory.truncate(before);
        }
        self.program = program;
    }

    fn frame<'a>(&mut self, function: &'a Function, parameters: &[u64]) -> Frame<'a> {
        let mut names = HashMap::new();
        for ((name, bytes), &value) in function.parameters.iter().zip(parameters) {
            let at = self.allocate(*bytes);
            self.store(at, *bytes, value);
            names.insert(name.clone(), at);
        }
        for (name, bytes) in &function.arrays {
            names.insert(name.clone(), self.allocate(*bytes));
        }
        if function.result > 0 {
            names.insert("func_retval0".into(), self.allocate(function.result));
        }
        // (What was never written is no number.)
        let registers = vec![u64::MAX; function.registers];
        Frame { function, registers, names, next: 0, carry: false }
    }

    /// Carries out a thread up to its end, or to what all threads do together.
    fn run(&mut self, program: &Program, frame: &mut Frame<'_>, place: Place) -> Stop {
        let function = frame.function;
        while let Some(instruction) = function.instructions.get(frame.next) {
            frame.next += 1;
            let holds =
                |(register, value): (usize, bool)| (frame.registers[register] != 0) == value;
            if !instruction.condition.is_none_or(holds) {
                continue;
            }
            match instruction.words[0].as_str() {
                "ret" => break,
                "bra" => frame.next = instruction.target,
                "shfl" | "bar" => return Stop::Together,
                "call" => self.call(program, frame, instruction, place),
                "ld" => self.load_registers(frame, instruction),
                "st" => self.store_registers(frame, instruction),
                "mov" | "cvta" => self.mov(frame, instruction, place),
                _ => {
                    let (result, x) = instruction.operands.split_first().expect("a result");
                    let x: Vec<u64> = x.iter().map(|x| self.value(frame, x, place)).collect();
                    let words: Vec<&str> = instruction.words.iter().map(String::as_str).collect();
                    let value = arithmetic::evaluate(&words, &x, &mut frame.carry, self.error);
                    set(frame, result, value);
                }
            }
        }
        Stop::Done
    }

    fn value(&self, frame: &Frame<'_>, operand: &Operand, place: Place) -> u64 {
        match operand {
            Operand::Register(register) => frame.registers[*register],
            Operand::Number(bits) => *bits,
            Operand::Name(name) => match name.as_str() {
                "%ctaid.x" => place.block.into(),
                "%nctaid.x" => place.blocks.into(),
                "%tid.x" => place.thread.into(),
                "%ntid.x" => place.threads.into(),
                name => self.address(frame, name),
            },
            _ => panic!("{operand:?} is no value"),
        }
    }

    fn address(&self, frame: &Frame<'_>, name: &str) -> u64 {
        let local = frame.names.get(name);
        *local.or_else(|| self.data.get(name)).unwrap_or_else(|| panic!("{name} is nowhere"))
    }

    fn place_of(&self, frame: &Frame<'_>, operand: &Operand) -> u64 {
        let Operand::Address(base, offset) = operand else { panic!("{operand:?} is no place") };
        let base = match &**base {
            Operand::Register(register) => frame.registers[*register],
            Operand::Name(name) => self.address(frame, name),
            base => panic!("{base:?} is no place"),
        };
        base.wrapping_add_signed(*offset)
    }

    fn load_registers(&mut self, frame: &mut Frame<'_>, instruction: &Instruction) {
        let bytes = arithmetic::bytes(instruction.words.last().expect("a type"));
        let at = self.place_of(frame, &instruction.operands[1]);
        for (k, register) in elements(&instruction.operands[0]).iter().enumerate() {
            let value = self.load(at + (k * bytes) as u64, bytes);
            set(frame, register, value);
        }
    }

    fn store_registers(&mut self, frame: &mut Frame<'_>, instruction: &Instruction) {
        let bytes = arithmetic::bytes(instruction.words.last().expect("a type"));
        let at = self.place_of(frame, &instruction.operands[0]);
        for (k, value) in elements(&instruction.operands[1]).iter().enumerate() {
            let value = match value {
                Operand::Register(register) => frame.registers[*register],
                Operand::Number(bits) => *bits,
                other => panic!("{other:?} is not stored"),
            };
            self.store(at + (k * bytes) as u64, bytes, value);
        }
    }

    /// Copies, and takes numbers of 64 bits apart or puts them together.
    fn mov(&mut self, frame: &mut Frame<'_>, instruction: &Instruction, place: Place) {
        let [result, source] = &instruction.operands[..] else { panic!("{instruction:?}") };
        match (result, source) {
            (Operand::Vector(halves), source) => {
                let value = self.value(frame, source, place);
                set(frame, &halves[0], value & 0xffff_ffff);
                set(frame, &halves[1], value >> 32);
            }
            (result, Operand::Vector(halves)) => {
                let [low, high] =
                    [0, 1].map(|k| self.value(frame, &halves[k], place) & 0xffff_ffff);
                set(frame, result, low | high << 32);
            }
            (result, source) => {
                let value = self.value(frame, source, place);
                let kind = instruction.words.last().expect("a type");
                let bits = if kind == "pred" { 64 } else { 8 * arithmetic::bytes(kind) };
                set(frame, result, arithmetic::low(value, bits));
            }
        }
    }

    fn call(
        &mut self,
        program: &Program,
        frame: &mut Frame<'_>,
        instruction: &Instruction,
        place: Place,
    ) {
        let [Operand::Vector(results), Operand::Name(name), Operand::Vector(arguments)] =
            &instruction.operands[..]
        else {
            panic!("{instruction:?}")
        };
        let function = &program.functions[name];
        let before = self.memory.len();
        let names = |operand: &Operand| match operand {
            Operand::Name(name) => frame.names[name],
            other => panic!("{other:?} is no parameter"),
        };
        let values = arguments.iter().zip(&function.parameters);
        let values: Vec<u64> = values.map(|(x, (_, bytes))| self.load(names(x), *bytes)).collect();
        let mut inner = self.frame(function, &values);
        assert!(
            self.run(program, &mut inner, place) == Stop::Done,
            "{name} waits for other threads"
        );
        let from = inner.names.get("func_retval0").copied();
        for result in results {
            let (from, to) = (from.expect("a result"), names(result));
            for k in 0..function.result as u64 {
                let byte = self.load(from + k, 1);
                self.store(to + k, 1, byte);
            }
        }
        self.memory.truncate(before);
    }

    /// What all threads that stopped do together.
    fn together(&mut self, frames: &mut [Frame<'_>], stops: &[Stop]) {
        let waiting: Vec<usize> =
            (0..frames.len()).filter(|&thread| stops[thread] == Stop::Together).collect();
        let Some(&first) = waiting.first() else { return };
        let at = frames[first].next;
        assert!(
            waiting.iter().all(|&thread| frames[thread].next == at),
            "threads wait at different places"
        );
        let instruction = &frames[first].function.instructions[at - 1];
        if instruction.words[0] == "bar" {
            return;
        }
        let [Operand::Register(result), Operand::Register(source), Operand::Number(distance), ..] =
            &instruction.operands[..]
        else {
            panic!("{instruction:?}")
        };
        let values: Vec<u64> = frames.iter().map(|frame| frame.registers[*source]).collect();
        for &thread in &waiting {
            let from = thread + *distance as usize;
            let from = if from / 32 == thread / 32 { from } else { thread };
            assert!(waiting.contains(&from), "a thread of the warp is not there");
            frames[thread].registers[*result] = values[from];
        }
    }
}

fn elements(operand: &Operand) -> &[Operand] {
    match operand {
        Operand::Vector(elements) => elements,
        operand => std::slice::from_ref(operand),
    }
}

fn set(frame: &mut Frame<'_>, operand: &Operand, value: u64) {
    match operand {
        Operand::Register(register) => frame.registers[*register] = value,
        Operand::Name(name) if name == "_" => {}
        other => panic!("{other:?} is no register"),
    }
}
