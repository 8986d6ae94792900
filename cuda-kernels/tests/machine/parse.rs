//! PTX as a list of instructions.

use std::collections::HashMap;

#[derive(Clone, Debug)]
pub enum Operand {
    Register(usize),
    /// By its bits.
    Number(u64),
    /// A place in memory, or a parameter, with an offset.
    Address(Box<Operand>, i64),
    Vector(Vec<Operand>),
    /// An array, a parameter, a special register, or what is ignored.
    Name(String),
}

#[derive(Clone, Debug)]
pub struct Instruction {
    /// The register that decides whether it is carried out, and for which value.
    pub condition: Option<(usize, bool)>,
    /// The name, at its points.
    pub words: Vec<String>,
    pub operands: Vec<Operand>,
    /// Where a branch goes.
    pub target: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Function {
    pub instructions: Vec<Instruction>,
    pub registers: usize,
    /// The names of parameters, in order, with their sizes.
    pub parameters: Vec<(String, usize)>,
    /// The result's size.
    pub result: usize,
    /// Local and shared arrays, and parameters of calls, with their sizes.
    pub arrays: Vec<(String, usize)>,
}

#[derive(Default)]
pub struct Program {
    pub functions: HashMap<String, Function>,
    /// Arrays of constants.
    pub data: HashMap<String, Vec<u8>>,
}

fn size_of_type(name: &str) -> usize {
    match name.trim_start_matches(['.', 'b', 'u', 's', 'f']) {
        "8" => 1,
        "16" => 2,
        "32" => 4,
        "64" => 8,
        _ => panic!("a type: {name}"),
    }
}

/// The name and the size of `.param .align 8 .b8 name[16]`.
fn declared(text: &str) -> (String, usize) {
    let mut words = text.split_whitespace().peekable();
    let mut size = 0;
    let mut name = String::new();
    while let Some(word) = words.next() {
        match word {
            ".align" => _ = words.next(),
            ".param" | ".local" | ".shared" | ".global" => {}
            _ if word.starts_with('.') => size = size_of_type(word),
            _ => name = word.into(),
        }
    }
    if let Some((array, count)) = name.clone().split_once('[') {
        name = array.into();
        size *= count.trim_end_matches(']').parse::<usize>().expect("a length");
    }
    (name, size)
}

/// # Panics
/// On anything that the compiler and this package do not write.
pub fn parse(text: &str) -> Program {
    let clean: Vec<&str> =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let clean = clean.join("\n");
    let mut program = Program::default();
    let mut rest = clean.as_str();
    loop {
        rest = rest.trim_start();
        for linkage in [".visible ", ".weak "] {
            rest = rest.strip_prefix(linkage).unwrap_or(rest);
        }
        if rest.is_empty() {
            return program;
        } else if rest.starts_with(".func") || rest.starts_with(".entry") {
            let end = rest.find(['{', ';']).expect("a body or an end");
            let head = &rest[..end];
            if rest.as_bytes()[end] == b';' {
                rest = &rest[end + 1..];
                continue;
            }
            let length = length_of_block(&rest[end..]);
            let (name, function) = function(head, &rest[end + 1..end + length - 1]);
            program.functions.insert(name, function);
            rest = &rest[end + length..];
        } else if rest.starts_with(".global") {
            let (item, after) = rest.split_once(';').expect("an end");
            let (head, list) = item.split_once('=').expect("constants");
            let list = list.trim().trim_start_matches('{').trim_end_matches('}');
            let bytes = list.split(',').map(|byte| byte.trim().parse().expect("a byte"));
            program.data.insert(declared(head).0, bytes.collect());
            rest = after;
        } else {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        }
    }
}

fn length_of_block(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return at + 1;
        }
    }
    panic!("a block without an end")
}

fn function(head: &str, body: &str) -> (String, Function) {
    let mut function = Function::default();
    let mut head = head.trim_start_matches(".func").trim_start_matches(".entry").trim();
    if let Some(rest) = head.strip_prefix('(') {
        let (result, rest) = rest.split_once(')').expect("a list of results");
        function.result = declared(result).1;
        head = rest.trim();
    }
    let (name, parameters) = head.split_once('(').expect("parameters");
    let parameters = parameters.trim().trim_end_matches(')').split(',');
    function.parameters = parameters.filter(|p| !p.trim().is_empty()).map(declared).collect();
    Body {
        function: &mut function,
        scopes: vec![Scope::default()],
        branches: Vec::new(),
        labels: Vec::new(),
    }
    .read(body);
    (name.trim().into(), function)
}

#[derive(Default)]
struct Scope {
    number: usize,
    /// Registers by name; of numbered ones, the first by the name without a number.
    registers: HashMap<String, (usize, usize)>,
}

struct Body<'a> {
    function: &'a mut Function,
    scopes: Vec<Scope>,
    /// Branches, with the numbers of the scopes around them.
    branches: Vec<(usize, String, Vec<usize>)>,
    labels: Vec<(usize, String, usize)>,
}

impl Body<'_> {
    fn read(mut self, body: &str) {
        let mut scopes_so_far = 0;
        let mut rest = body;
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            } else if let Some(after) = rest.strip_prefix('}') {
                self.scopes.pop();
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                scopes_so_far += 1;
                self.scopes.push(Scope { number: scopes_so_far, ..Scope::default() });
                rest = after;
            } else if rest.starts_with('$')
                && rest[..rest.find([':', ';']).expect("an end")].find(' ').is_none()
            {
                let (label, after) = rest.split_once(':').expect("a label");
                let scope = self.scopes.last().expect("a scope").number;
                self.labels.push((scope, label.into(), self.function.instructions.len()));
                rest = after;
            } else {
                let (statement, after) = rest.split_once(';').expect("an end");
                self.statement(statement.trim());
                rest = after;
            }
        }
        for (at, label, scopes) in &self.branches {
            let find = |scope: &usize| {
                self.labels.iter().find(|(of, name, _)| of == scope && name == label)
            };
            let (.., target) = scopes.iter().rev().find_map(find).expect("a label");
            self.function.instructions[*at].target = *target;
        }
    }

    fn statement(&mut self, statement: &str) {
        if let Some(registers) = statement.strip_prefix(".reg") {
            let (_, names) = registers.trim().split_once(char::is_whitespace).expect("names");
            for name in names.split(',').map(str::trim) {
                let (name, count) = match name.split_once('<') {
                    Some((name, count)) => {
                        (name, count.trim_end_matches('>').parse().expect("a count"))
                    }
                    None => (name, 0),
                };
                let scope = self.scopes.last_mut().expect("a scope");
                scope.registers.insert(name.into(), (self.function.registers, count));
                self.function.registers += count.max(1);
            }
            return;
        }
        if [".param", ".local", ".shared"].iter().any(|word| statement.starts_with(word)) {
            self.function.arrays.push(declared(statement));
            return;
        }
        if statement.starts_with(".pragma") {
            return;
        }
        let mut text = statement;
        let mut condition = None;
        if let Some(rest) = text.strip_prefix('@') {
            let (register, rest) = rest.split_once(char::is_whitespace).expect("an instruction");
            let (register, value) = match register.strip_prefix('!') {
                Some(register) => (register, false),
                None => (register, true),
            };
            let Operand::Register(register) = self.operand(register) else { panic!("{statement}") };
            condition = Some((register, value));
            text = rest.trim();
        }
        let (name, operands) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let words: Vec<String> = name.split('.').map(String::from).collect();
        let mut instruction = Instruction { condition, words, operands: Vec::new(), target: 0 };
        if instruction.words[0] == "bra" {
            let scopes = self.scopes.iter().map(|scope| scope.number).collect();
            self.branches.push((self.function.instructions.len(), operands.trim().into(), scopes));
        } else {
            instruction.operands = self.operands(operands);
        }
        self.function.instructions.push(instruction);
    }

    fn operands(&self, text: &str) -> Vec<Operand> {
        let mut depth = 0;
        let mut parts = vec![String::new()];
        for c in text.chars() {
            depth += match c {
                '{' | '[' | '(' => 1,
                '}' | ']' | ')' => -1,
                _ => 0,
            };
            if c == ',' && depth == 0 {
                parts.push(String::new());
            } else {
                parts.last_mut().expect("a part").push(c);
            }
        }
        parts
            .iter()
            .map(|part| part.trim())
            .filter(|p| !p.is_empty())
            .map(|p| self.operand(p))
            .collect()
    }

    fn operand(&self, text: &str) -> Operand {
        let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
        if let Some(list) = inside('{', '}').or_else(|| inside('(', ')')) {
            return Operand::Vector(self.operands(list));
        }
        if let Some(address) = inside('[', ']') {
            let (base, offset) = address.split_once('+').unwrap_or((address, "0"));
            let offset = offset.parse().expect("an offset");
            return Operand::Address(Box::new(self.operand(base.trim())), offset);
        }
        if let Some(register) = self.register(text) {
            return Operand::Register(register);
        }
        number(text).map_or_else(|| Operand::Name(text.into()), Operand::Number)
    }

    fn register(&self, name: &str) -> Option<usize> {
        if !name.starts_with('%') {
            return None;
        }
        let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
        self.scopes.iter().rev().find_map(|scope| {
            if let Some(&(place, 0)) = scope.registers.get(name) {
                return Some(place);
            }
            let number: usize = name[digits.len()..].parse().ok()?;
            let &(first, count) = scope.registers.get(digits)?;
            (number < count).then_some(first + number)
        })
    }
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
