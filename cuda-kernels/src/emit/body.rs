//! The computation of one element, as PTX.

use core::fmt::Write;

use crate::symbol::{Function, Graph, Id, Node};

use super::library::{Item, Library};

/// The type of the numbers of a kernel.
///
/// ```
/// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
/// let graph = Graph::record(1, |x| vec![x[0] + 0.1]);
/// let ptx = |precision| {
///     let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
///     Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: false }.ptx()
/// };
/// // Constants are rounded to the type: 0.1 in each.
/// assert!(ptx(Precision::Single).unwrap().contains("0f3DCCCCCD"));
/// assert!(ptx(Precision::Double).unwrap().contains("0d3FB999999999999A"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// `f32`
    Single,
    /// `f64`
    Double,
}

impl Precision {
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Single => "f32",
            Self::Double => "f64",
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// A number as PTX writes it, by its bits.
    fn literal(self, value: f64) -> String {
        match self {
            Self::Single => format!("0f{:08X}", (value as f32).to_bits()),
            Self::Double => format!("0d{:016X}", value.to_bits()),
        }
    }
}

/// A function of at most so many lines stands in the place of its call.
const SHORT: usize = 64;

/// The block `{ … }` that computes the outputs `%y…{lane}` from the inputs `%x…{lane}`. Its registers are its own, so that
/// it may stand in a kernel several times.
pub(super) fn block(graph: &Graph, precision: Precision, lane: usize) -> String {
    let of = precision.suffix();
    let nodes = graph.nodes();
    let is_mask = |place: Id| nodes[place as usize].is_mask();
    let operand = |place: Id| match nodes[place as usize] {
        Node::Input(k) => format!("%x{k}_{lane}"),
        _ if is_mask(place) => format!("%m{place}"),
        _ => format!("%v{place}"),
    };
    let mut text = format!("\t{{\n\t.reg .{of} %v<{0}>;\n\t.reg .pred %m<{0}>;\n", nodes.len());
    for (place, node) in nodes.iter().enumerate() {
        let result = operand(place as Id);
        let line = match *node {
            Node::Input(_) => continue,
            Node::Constant(bits) => {
                format!("mov.{of} {result}, {}", precision.literal(f64::from_bits(bits)))
            }
            Node::Negate(a) => format!("neg.{of} {result}, {}", operand(a)),
            // (With the rounding named, products and sums stay apart.)
            Node::Add(a, b) => format!("add.rn.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::Subtract(a, b) => format!("sub.rn.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::Multiply(a, b) => format!("mul.rn.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::Divide(a, b) => format!("div.rn.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::Less(a, b) => format!("setp.lt.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::Equal(a, b) => format!("setp.eq.{of} {result}, {}, {}", operand(a), operand(b)),
            Node::And(a, b) => format!("and.pred {result}, {}, {}", operand(a), operand(b)),
            Node::Or(a, b) => format!("or.pred {result}, {}, {}", operand(a), operand(b)),
            Node::Not(a) => format!("not.pred {result}, {}", operand(a)),
            Node::Select(a, b, c) => {
                format!("selp.{of} {result}, {}, {}, {}", operand(b), operand(c), operand(a))
            }
            Node::Call(function, x) => {
                let x: Vec<String> = x[..function.arity].iter().map(|&x| operand(x)).collect();
                text += &call(function, precision, &x, &result);
                continue;
            }
        };
        let _ = writeln!(text, "\t{line};");
    }
    for (k, &output) in graph.outputs().iter().enumerate() {
        let _ = writeln!(text, "\tmov.{of} %y{k}_{lane}, {};", operand(output));
    }
    text + "\t}\n"
}

/// The functions of the library that the block calls.
pub(super) fn called(graph: &Graph, precision: Precision) -> Vec<&'static Item> {
    let library = Library::values();
    let functions = graph.nodes().iter().filter_map(|node| match node {
        Node::Call(function, _) => Some(function.symbol(precision.suffix())),
        _ => None,
    });
    let called: Vec<String> = functions.filter(|name| !is_short(entry(library, name))).collect();
    library.definitions(&called)
}

fn entry<'a>(library: &'a Library, name: &str) -> &'a Item {
    library.get(name).unwrap_or_else(|| panic!("{name}: not in the committed module of values"))
}

fn is_short(item: &Item) -> bool {
    item.is_self_contained() && item.body().lines().count() <= SHORT
}

fn call(function: Function, precision: Precision, x: &[String], result: &str) -> String {
    let name = function.symbol(precision.suffix());
    let item = entry(Library::values(), &name);
    if is_short(item) {
        return in_place(item.body(), &name, x, function.parameter, result);
    }
    let of = precision.suffix();
    let bits = 8 * precision.bytes();
    let mut text = String::from("\t{\n");
    for (k, x) in x.iter().enumerate() {
        let _ = writeln!(text, "\t.param .b{bits} a{k};\n\tst.param.{of} [a{k}+0], {x};");
    }
    let mut count = x.len();
    if let Some(parameter) = function.parameter {
        let _ =
            writeln!(text, "\t.param .b32 a{count};\n\tst.param.b32 [a{count}+0], {parameter};");
        count += 1;
    }
    let arguments: Vec<String> = (0..count).map(|k| format!("a{k}")).collect();
    let _ =
        writeln!(text, "\t.param .b{bits} r;\n\tcall.uni (r), {name}, ({});", arguments.join(", "));
    let _ = writeln!(text, "\tld.param.{of} {result}, [r+0];");
    text + "\t}\n"
}

/// The body of a function with its arguments and its result in place. Labels and registers are those of its block.
fn in_place(body: &str, name: &str, x: &[String], parameter: Option<i32>, result: &str) -> String {
    let argument = |k: usize| match (x.get(k), parameter) {
        (Some(x), _) => x.clone(),
        (None, Some(parameter)) => parameter.to_string(),
        (None, None) => unreachable!("{name} has {} arguments", x.len()),
    };
    let mut text = String::from("\t{\n");
    for line in body.lines() {
        let line = line.trim();
        let mut words = line.splitn(2, char::is_whitespace);
        let (operation, rest) = (words.next().unwrap_or(""), words.next().unwrap_or("").trim());
        let line = if let Some(of) = operation.strip_prefix("ld.param.") {
            let (register, parameter) = rest.split_once(',').expect("a register and an address");
            let number = parameter.trim().trim_start_matches('[').trim_end_matches("];");
            let number = number.strip_prefix(name).and_then(|rest| rest.strip_prefix("_param_"));
            let number =
                number.and_then(|number| number.parse().ok()).expect("a parameter's number");
            format!("mov.{of} {register}, {};", argument(number))
        } else if let Some(of) = operation.strip_prefix("st.param.") {
            let (_, value) = rest.split_once(',').expect("an address and a value");
            format!("mov.{of} {result}, {}", value.trim())
        } else if operation == "ret;" || line.is_empty() {
            continue;
        } else {
            line.into()
        };
        let _ = writeln!(text, "\t{line}");
    }
    text + "\t}\n"
}
