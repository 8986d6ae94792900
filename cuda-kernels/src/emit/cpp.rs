//! Expressions as C++, for the device or for the host.

use core::fmt::Write;

use crate::symbol::{Graph, Id, Node};

/// A function template of the expression's first result, over the number type `F`.
///
/// It calls the values of rows in the namespace `wengert` (`functions/*.h`).
///
/// ```
/// use wengert_cuda_kernels::{Graph, cpp_function};
/// let graph = Graph::record(2, |x| vec![x[0] * x[1] + 1.0]);
/// assert_eq!(
///     cpp_function("f", &graph),
///     "template <class F> __device__ F f(F x0, F x1) {\n    \
///          const F v2 = x0 * x1;\n    \
///          const F v4 = v2 + F(1e0);\n    \
///          return v4;\n\
///      }\n"
/// );
/// ```
pub fn cpp_function(name: &str, graph: &Graph) -> String {
    let nodes = graph.nodes();
    let operand = |place: Id| match nodes[place as usize] {
        Node::Input(k) => format!("x{k}"),
        Node::Constant(bits) => constant(f64::from_bits(bits)),
        _ => format!("v{place}"),
    };
    let mut text = String::new();
    let inputs: Vec<String> = (0..graph.inputs()).map(|k| format!("F x{k}")).collect();
    let _ = writeln!(text, "template <class F> __device__ F {name}({}) {{", inputs.join(", "));
    for (place, node) in nodes.iter().enumerate() {
        let value = match *node {
            Node::Input(_) | Node::Constant(_) => continue,
            Node::Negate(a) => format!("-{}", operand(a)),
            Node::Add(a, b) => format!("{} + {}", operand(a), operand(b)),
            Node::Subtract(a, b) => format!("{} - {}", operand(a), operand(b)),
            Node::Multiply(a, b) => format!("{} * {}", operand(a), operand(b)),
            Node::Divide(a, b) => format!("{} / {}", operand(a), operand(b)),
            Node::Less(a, b) => format!("{} < {}", operand(a), operand(b)),
            Node::Equal(a, b) => format!("{} == {}", operand(a), operand(b)),
            Node::And(a, b) => format!("{} && {}", operand(a), operand(b)),
            Node::Or(a, b) => format!("{} || {}", operand(a), operand(b)),
            Node::Not(a) => format!("!{}", operand(a)),
            Node::Select(a, b, c) => format!("{} ? {} : {}", operand(a), operand(b), operand(c)),
            Node::Call(function, x) => {
                let x = x[..function.arity].iter().map(|&x| operand(x));
                let arguments: Vec<String> =
                    x.chain(function.parameter.map(|parameter| parameter.to_string())).collect();
                format!("wengert::{}({})", function.name, arguments.join(", "))
            }
        };
        let kind = if node.is_mask() { "bool" } else { "F" };
        let _ = writeln!(text, "    const {kind} v{place} = {value};");
    }
    let _ = writeln!(text, "    return {};\n}}", operand(graph.outputs()[0]));
    text
}

fn constant(value: f64) -> String {
    if value.is_nan() {
        "F(NAN)".into()
    } else if value.is_infinite() {
        format!("{}F(INFINITY)", if value < 0.0 { "-" } else { "" })
    } else {
        format!("F({value:e})")
    }
}
