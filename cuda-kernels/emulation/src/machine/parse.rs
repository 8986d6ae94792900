//! PTX as a list of instructions, with numbers for names.

use std::collections::HashMap;

use super::arithmetic::{self, ones, sort_of};
use super::floats;
use super::memory::FIRST;
use super::program::{
    Action, Base, Function, Instruction, Matrices, Piece, Place, Program, Register, SPECIAL,
};

/// What `.param .align 8 .b8 name[16]` declares.
struct Declaration<'a> {
    name: &'a str,
    /// Of an element.
    element: usize,
    bytes: usize,
}

fn declared(text: &str) -> Result<Declaration<'_>, String> {
    let mut words = text.split_whitespace();
    let (mut element, mut name) = (0, "");
    while let Some(word) = words.next() {
        match word {
            ".align" => _ = words.next(),
            ".ptr" => {}
            _ => match word.strip_prefix('.') {
                Some(kind) => {
                    element = sort_of(kind).map_or(element, |(_, bits)| bits as usize / 8)
                }
                None => name = word,
            },
        }
    }
    let mut count = 1;
    if let Some((array, length)) = name.split_once('[') {
        name = array;
        count = length.trim_end_matches(']').parse().map_err(|_| format!("{text}: its length?"))?;
    }
    if element == 0 {
        return Err(format!("{text}: its type?"));
    }
    Ok(Declaration { name, element, bytes: element * count })
}

/// What a module declares outside of its functions.
#[derive(Clone, Copy)]
enum Global {
    /// At this address.
    Data(u64),
    /// So far into what the threads of a block share.
    Shared(usize),
}

/// Room at the end of what is so long, aligned for anything.
fn place(end: &mut usize, bytes: usize) -> usize {
    let offset = end.next_multiple_of(16);
    *end = offset + bytes;
    offset
}

/// Fails on what is no module, as far as it can be told; instructions that are not known are kept as such.
pub(super) fn parse(text: &str) -> Result<Program, String> {
    let clean: Vec<&str> =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let clean = clean.join("\n");
    let mut program = Program::default();
    let (mut globals, mut shared_bytes) = (HashMap::new(), 0);
    let mut rest = clean.as_str();
    loop {
        rest = rest.trim_start();
        for linkage in [".visible ", ".weak ", ".extern "] {
            rest = rest.strip_prefix(linkage).unwrap_or(rest);
        }
        if rest.is_empty() {
            return Ok(program);
        } else if rest.starts_with(".func") || rest.starts_with(".entry") {
            let end = rest.find(['{', ';']).ok_or("a function without an end")?;
            let head = &rest[..end];
            if rest.as_bytes()[end] == b';' {
                rest = &rest[end + 1..];
                continue;
            }
            let length = length_of_block(&rest[end..])?;
            let body = &rest[end + 1..end + length - 1];
            let function = Function { shared_bytes, ..Function::default() };
            let (name, function) = read_function(head, body, function, &mut program, &globals)?;
            let number = program.number(name);
            program.functions[number] = Some(function);
            rest = &rest[end + length..];
        } else if rest.starts_with(".shared") {
            let (item, after) = rest.split_once(';').ok_or("data without an end")?;
            let Declaration { name, bytes, .. } = declared(item)?;
            globals.insert(name.to_owned(), Global::Shared(place(&mut shared_bytes, bytes)));
            rest = after;
        } else if rest.starts_with(".global") || rest.starts_with(".const") {
            let (item, after) = rest.split_once(';').ok_or("data without an end")?;
            let (head, list) = item.split_once('=').unwrap_or((item, ""));
            let Declaration { name, element, bytes } = declared(head)?;
            let at = place(&mut program.data.len(), bytes);
            program.data.resize(at + bytes, 0);
            let list = list.trim().trim_start_matches('{').trim_end_matches('}');
            let numbers = list.split(',').map(str::trim).filter(|text| !text.is_empty());
            for (text, to) in numbers.zip(program.data[at..].chunks_mut(element)) {
                let bits = number(text).ok_or_else(|| format!("{text} is no constant"))?;
                to.copy_from_slice(&bits.to_le_bytes()[..element]);
            }
            globals.insert(name.to_owned(), Global::Data(FIRST + at as u64));
            rest = after;
        } else {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        }
    }
}

fn length_of_block(text: &str) -> Result<usize, String> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Ok(at + 1);
        }
    }
    Err("a block without an end".into())
}

fn read_function<'a>(
    head: &'a str,
    body: &str,
    function: Function,
    program: &mut Program,
    globals: &HashMap<String, Global>,
) -> Result<(&'a str, Function), String> {
    let unfit = || format!("{head}: a function?");
    let mut head_left = head.trim_start_matches(".func").trim_start_matches(".entry").trim();
    let mut results = "";
    if let Some(rest) = head_left.strip_prefix('(') {
        let (list, rest) = rest.split_once(')').ok_or_else(unfit)?;
        (results, head_left) = (list, rest.trim());
    }
    let (name, rest) = head_left.split_once('(').ok_or_else(unfit)?;
    let (parameters, _) = rest.split_once(')').ok_or_else(unfit)?;
    let mut body_reader = Body {
        function,
        program,
        globals,
        constants: HashMap::new(),
        scopes: vec![Scope::default()],
        scopes_so_far: 0,
        branches: Vec::new(),
        labels: HashMap::new(),
    };
    body_reader.begin(parameters, results)?;
    body_reader.read(body).map_err(|error| format!("{}: {error}", name.trim()))?;
    Ok((name.trim(), body_reader.function))
}

#[derive(Clone, Debug)]
enum Operand<'a> {
    Register(Register),
    /// A place in memory, with an offset.
    Address(Register, i64),
    Vector(Vec<Operand<'a>>),
    Name(&'a str),
}

#[derive(Default)]
struct Scope {
    number: usize,
    /// Registers by name; of numbered ones, the first by the name without a number, and how many there are.
    registers: HashMap<String, (Register, Option<u32>)>,
}

struct Body<'a> {
    function: Function,
    program: &'a mut Program,
    globals: &'a HashMap<String, Global>,
    /// The registers that have them.
    constants: HashMap<u64, Register>,
    scopes: Vec<Scope>,
    scopes_so_far: usize,
    /// Branches, with the numbers of the scopes around them.
    branches: Vec<(usize, String, Vec<usize>)>,
    /// Where they are, by scope and name.
    labels: HashMap<(usize, String), usize>,
}

impl Body<'_> {
    fn begin(&mut self, parameters: &str, results: &str) -> Result<(), String> {
        for name in SPECIAL {
            let register = self.new_register(0);
            self.name(name, register, None);
        }
        // (What is written there is ignored.)
        let ignored = self.new_register(0);
        self.name("_", ignored, None);
        for (list, is_parameter) in [(parameters, true), (results, false)] {
            for text in list.split(',').filter(|text| !text.trim().is_empty()) {
                let Declaration { name, bytes, .. } = declared(text)?;
                let offset = place(&mut self.function.parameter_bytes, bytes);
                self.name_address(name, Base::Parameters, offset);
                let pieces = match is_parameter {
                    true => &mut self.function.parameters,
                    false => &mut self.function.results,
                };
                pieces.push(Piece { offset, bytes });
            }
        }
        Ok(())
    }

    fn new_register(&mut self, value: u64) -> Register {
        self.function.registers.push(value);
        self.function.registers.len() as Register - 1
    }

    fn name(&mut self, name: &str, register: Register, count: Option<u32>) {
        let scope = self.scopes.last_mut().expect("the body's own is never closed");
        scope.registers.insert(name.to_owned(), (register, count));
    }

    fn name_address(&mut self, name: &str, base: Base, offset: usize) {
        let register = self.new_register(0);
        self.function.addresses.push((register, base, offset));
        self.name(name, register, None);
    }

    fn constant(&mut self, bits: u64) -> Register {
        if let Some(&register) = self.constants.get(&bits) {
            return register;
        }
        let register = self.new_register(bits);
        self.constants.insert(bits, register);
        register
    }

    fn read(&mut self, body: &str) -> Result<(), String> {
        let mut rest = body;
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            } else if let Some(after) = rest.strip_prefix('}') {
                self.scopes.pop();
                if self.scopes.is_empty() {
                    return Err("a block ends twice".into());
                }
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                self.scopes_so_far += 1;
                self.scopes.push(Scope { number: self.scopes_so_far, ..Scope::default() });
                rest = after;
            } else if let Some((label, after)) = label(rest) {
                let scope = self.scopes.last().expect("one is open").number;
                self.labels.insert((scope, label.to_owned()), self.function.instructions.len());
                rest = after;
            } else {
                let (statement, after) =
                    rest.split_once(';').ok_or("a statement without an end")?;
                let statement = statement.trim();
                self.statement(statement).map_err(|error| format!("`{statement}`: {error}"))?;
                rest = after;
            }
        }
        for (at, label, scopes) in &self.branches {
            let find = |&scope: &usize| self.labels.get(&(scope, label.clone()));
            let target = scopes.iter().rev().find_map(find);
            let target = *target.ok_or_else(|| format!("{label} is nowhere"))?;
            self.function.instructions[*at].action = Action::Branch(target);
        }
        Ok(())
    }

    fn statement(&mut self, statement: &str) -> Result<(), String> {
        if let Some(registers) = statement.strip_prefix(".reg") {
            let (_, names) = registers
                .trim()
                .split_once(char::is_whitespace)
                .ok_or("registers without names")?;
            for name in names.split(',').map(str::trim) {
                let (name, count) = match name.split_once('<') {
                    Some((name, count)) => {
                        let count = count.trim_end_matches('>').parse();
                        (name, Some(count.map_err(|_| "a count of registers?")?))
                    }
                    None => (name, None),
                };
                let first = self.function.registers.len() as Register;
                // (What was never written is no number.)
                let end = self.function.registers.len() + count.unwrap_or(1) as usize;
                self.function.registers.resize(end, u64::MAX);
                self.name(name, first, count);
            }
            return Ok(());
        }
        for (word, base) in
            [(".param", Base::Locals), (".local", Base::Locals), (".shared", Base::Shared)]
        {
            if statement.starts_with(word) {
                let Declaration { name, bytes, .. } = declared(statement)?;
                let end = match base {
                    Base::Shared => &mut self.function.shared_bytes,
                    _ => &mut self.function.local_bytes,
                };
                let offset = place(end, bytes);
                self.name_address(name, base, offset);
                return Ok(());
            }
        }
        if statement.starts_with(".pragma") {
            return Ok(());
        }
        let mut text = statement;
        let mut condition = None;
        if let Some(rest) = text.strip_prefix('@') {
            let (register, rest) = rest.split_once(char::is_whitespace).ok_or("no instruction")?;
            let (register, value) = match register.strip_prefix('!') {
                Some(register) => (register, false),
                None => (register, true),
            };
            let Operand::Register(register) = self.operand(register)? else {
                return Err("no such register".into());
            };
            condition = Some((register, value));
            text = rest.trim();
        }
        let action = self.action(text)?;
        self.function.instructions.push(Instruction { condition, action });
        Ok(())
    }

    fn action(&mut self, text: &str) -> Result<Action, String> {
        let (name, operands) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let words: Vec<&str> = name.split('.').collect();
        if words[0] == "bra" {
            let scopes = self.scopes.iter().map(|scope| scope.number).collect();
            let at = self.function.instructions.len();
            self.branches.push((at, operands.trim().to_owned(), scopes));
            return Ok(Action::Return);
        }
        let operands = self.operands(operands)?;
        let known = self.known(&words, &operands);
        Ok(known.unwrap_or_else(|| Action::Unknown(text.into())))
    }

    fn known(&mut self, words: &[&str], operands: &[Operand<'_>]) -> Option<Action> {
        use Operand::{Address, Name, Register, Vector};
        let (name, kind) = (*words.first()?, *words.last()?);
        let registers = |operand: &Operand<'_>| match operand {
            Vector(all) => all.iter().map(register).collect(),
            one => Some([register(one)?].into()),
        };
        let place = |base, offset| {
            let (sort, bits) = sort_of(kind)?;
            Some(Place { base, offset, bytes: bits / 8, is_signed: sort == 's' })
        };
        Some(match (name, operands) {
            ("ret", []) => Action::Return,
            ("bar", [_]) if words == ["bar", "sync"] => Action::Barrier,
            (
                "shfl",
                [Register(result), Register(source), Register(number), Register(limits), _],
            ) => {
                let from: fn(usize, usize) -> usize = match words[1..] {
                    ["sync", "down", "b32"] => |lane, distance| lane + distance,
                    ["sync", "bfly", "b32"] => |lane, bits| lane ^ bits,
                    _ => return None,
                };
                let [result, source, number] = [*result, *source, *number];
                Action::Shuffle { result, source, from, number, limits: *limits }
            }
            ("mma", [Vector(d), Vector(a), Vector(b), Vector(c)]) => {
                let (rows, depth, step) = match words[1..] {
                    ["sync", "aligned", "m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"] => {
                        (16, 8, floats::step_single as fn([u64; 3]) -> u64)
                    }
                    ["sync", "aligned", "m16n8k16", "row", "col", "f32", "bf16", "bf16", "f32"] => {
                        (16, 8, floats::step_pairs as fn([u64; 3]) -> u64)
                    }
                    ["sync", "aligned", "m8n8k4", "row", "col", "f64", "f64", "f64", "f64"] => {
                        (8, 4, floats::step_double as fn([u64; 3]) -> u64)
                    }
                    _ => return None,
                };
                let list =
                    |all: &[Operand<'_>]| all.iter().map(register).collect::<Option<Box<_>>>();
                let (d, a, b, c) = (list(d)?, list(a)?, list(b)?, list(c)?);
                let lengths = [d.len(), a.len(), b.len(), c.len()].map(|len| 32 * len);
                if lengths != [rows * 8, rows * depth, depth * 8, rows * 8] {
                    return None;
                }
                Action::Matrices(Box::new(Matrices { rows, depth, step, d, a, b, c }))
            }
            ("call", [Vector(results), Name(function), Vector(arguments)]) => Action::Call {
                function: self.program.number(function),
                arguments: arguments.iter().map(register).collect::<Option<_>>()?,
                results: results.iter().map(register).collect::<Option<_>>()?,
            },
            ("ld", [to, Address(base, offset)]) => {
                Action::Load { registers: registers(to)?, place: place(*base, *offset)? }
            }
            ("st", [Address(base, offset), from]) => {
                Action::Store { place: place(*base, *offset)?, registers: registers(from)? }
            }
            ("atom", [Register(result), Address(base, offset), Register(source)]) => {
                let ["global" | "shared", operation, _] = words[1..] else { return None };
                Action::Atomic {
                    compute: arithmetic::compute(&[operation, kind])?,
                    result: *result,
                    place: place(*base, *offset)?,
                    source: *source,
                }
            }
            ("mov", [Vector(halves), Register(source)]) => {
                let [Register(low), Register(high)] = halves[..] else { return None };
                Action::Split { low, high, source: *source, bits: sort_of(kind)?.1 / 2 }
            }
            ("mov", [Register(result), Vector(halves)]) => {
                let [Register(low), Register(high)] = halves[..] else { return None };
                Action::Join { result: *result, low, high, bits: sort_of(kind)?.1 / 2 }
            }
            ("mov" | "cvta", [Register(result), Register(source)]) => {
                let mask = if kind == "pred" { u64::MAX } else { ones(sort_of(kind)?.1) };
                Action::Move { result: *result, source: *source, mask }
            }
            (_, [Register(result), from @ ..]) if from.len() <= 4 => {
                let mut x = [0; 4];
                for (x, from) in x.iter_mut().zip(from) {
                    *x = register(from)?;
                }
                Action::Compute { compute: arithmetic::compute(words)?, result: *result, x }
            }
            _ => return None,
        })
    }

    fn operands<'t>(&mut self, text: &'t str) -> Result<Vec<Operand<'t>>, String> {
        let mut depth = 0;
        let split = |c: char| {
            depth += match c {
                '{' | '[' | '(' => 1,
                '}' | ']' | ')' => -1,
                _ => 0,
            };
            c == ',' && depth == 0
        };
        let parts = text.split(split).map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| self.operand(part)).collect()
    }

    fn operand<'t>(&mut self, text: &'t str) -> Result<Operand<'t>, String> {
        let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
        if let Some(list) = inside('{', '}').or_else(|| inside('(', ')')) {
            return Ok(Operand::Vector(self.operands(list)?));
        }
        if let Some(address) = inside('[', ']') {
            let (base, offset) = address.split_once('+').unwrap_or((address, "0"));
            let offset = offset.trim().parse().map_err(|_| "an offset?")?;
            return match self.operand(base.trim())? {
                Operand::Register(base) => Ok(Operand::Address(base, offset)),
                _ => Err(format!("{base} is nowhere")),
            };
        }
        // (Whether a shuffle found a thread, the second result, is not told: it is true, as all that was never written.)
        let text = text.split_once('|').map_or(text, |(first, _)| first);
        if let Some(register) = self.register(text) {
            return Ok(Operand::Register(register));
        }
        let bits = match self.globals.get(text) {
            Some(&Global::Shared(offset)) => {
                let register = self.new_register(0);
                self.function.addresses.push((register, Base::Shared, offset));
                return Ok(Operand::Register(register));
            }
            Some(&Global::Data(address)) => Some(address),
            None => number(text),
        };
        if let Some(bits) = bits {
            return Ok(Operand::Register(self.constant(bits)));
        }
        if text.starts_with('%') {
            Err(format!("{text} is not declared"))
        } else {
            Ok(Operand::Name(text))
        }
    }

    fn register(&self, name: &str) -> Option<Register> {
        let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
        self.scopes.iter().rev().find_map(|scope| {
            if let Some(&(register, None)) = scope.registers.get(name) {
                return Some(register);
            }
            let number: u32 = name[digits.len()..].parse().ok()?;
            let &(first, count) = scope.registers.get(digits)?;
            (number < count?).then_some(first + number)
        })
    }
}

fn register(operand: &Operand<'_>) -> Option<Register> {
    match operand {
        Operand::Register(register) => Some(*register),
        _ => None,
    }
}

/// A label at the beginning, and what is after it.
fn label(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let (label, rest) = text.split_at(text.find(|c| !is_name(c))?);
    Some((label, rest.strip_prefix(':')?))
}

fn number(text: &str) -> Option<u64> {
    let hexadecimal = |digits| u64::from_str_radix(digits, 16).ok();
    if let Some(bits) = text.strip_prefix("0f").or_else(|| text.strip_prefix("0d")) {
        return hexadecimal(bits);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return hexadecimal(digits);
    }
    text.parse::<i128>().ok().map(|n| n as u64)
}
