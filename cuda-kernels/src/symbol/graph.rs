//! Expressions as data: what a function of numbers computes, each subexpression once.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use wengert_autodiff::rules::{InverseExpM1, Polygamma, PolygammaDifference, Powi, SigmoidSlope};
use wengert_autodiff::{Rule, RuleVisitor, rules};

use super::Symbol;
use super::recording;
use super::simplify::simplified;

/// The place of a node in its [`Graph`]; operands come before what uses them.
///
/// ```
/// use wengert_cuda_kernels::{Graph, Id};
/// let graph = Graph::record(1, |x| vec![x[0] + x[0]]);
/// let output: Id = graph.outputs()[0];
/// assert_eq!(output, 1);
/// ```
pub type Id = u32;

/// One operation of a [`Graph`], with the places of its operands.
///
/// Comparisons, and what combines them, are truth values; everything else is a number.
///
/// ```
/// use wengert_autodiff::Number;
/// use wengert_cuda_kernels::{Graph, Node, Symbol};
/// let graph = Graph::record(2, |x| vec![Symbol::blend(x[0].less(x[1]), x[0], x[1])]);
/// assert_eq!(graph.nodes()[2..], [Node::Less(0, 1), Node::Select(2, 0, 1)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Node {
    /// Argument number k of the function.
    Input(u32),
    /// A constant, by the bits of its `f64` (which tell zeros and NaNs apart).
    Constant(u64),
    /// −a
    Negate(Id),
    /// a + b
    Add(Id, Id),
    /// a − b
    Subtract(Id, Id),
    /// a · b
    Multiply(Id, Id),
    /// a / b
    Divide(Id, Id),
    /// The value of a row of the rule table; of the operands, as many as the function has arguments.
    Call(Function, [Id; 3]),
    /// a < b
    Less(Id, Id),
    /// a = b
    Equal(Id, Id),
    /// a and b
    And(Id, Id),
    /// a or b
    Or(Id, Id),
    /// not a
    Not(Id),
    /// b where a holds, else c
    Select(Id, Id, Id),
}

impl Node {
    /// The operands.
    pub(crate) fn operands(&self) -> impl Iterator<Item = Id> + use<> {
        let (all, count) = match *self {
            Node::Input(_) | Node::Constant(_) => ([0; 3], 0),
            Node::Negate(a) | Node::Not(a) => ([a, 0, 0], 1),
            Node::Add(a, b)
            | Node::Subtract(a, b)
            | Node::Multiply(a, b)
            | Node::Divide(a, b)
            | Node::Less(a, b)
            | Node::Equal(a, b)
            | Node::And(a, b)
            | Node::Or(a, b) => ([a, b, 0], 2),
            Node::Call(function, x) => (x, function.arity),
            Node::Select(a, b, c) => ([a, b, c], 3),
        };
        all.into_iter().take(count)
    }

    /// The same operation on other operands.
    pub(super) fn renumbered(self, place: impl Fn(Id) -> Id) -> Self {
        match self {
            Node::Input(_) | Node::Constant(_) => self,
            Node::Negate(a) => Node::Negate(place(a)),
            Node::Not(a) => Node::Not(place(a)),
            Node::Add(a, b) => Node::Add(place(a), place(b)),
            Node::Subtract(a, b) => Node::Subtract(place(a), place(b)),
            Node::Multiply(a, b) => Node::Multiply(place(a), place(b)),
            Node::Divide(a, b) => Node::Divide(place(a), place(b)),
            Node::Less(a, b) => Node::Less(place(a), place(b)),
            Node::Equal(a, b) => Node::Equal(place(a), place(b)),
            Node::And(a, b) => Node::And(place(a), place(b)),
            Node::Or(a, b) => Node::Or(place(a), place(b)),
            Node::Select(a, b, c) => Node::Select(place(a), place(b), place(c)),
            Node::Call(function, mut x) => {
                x[..function.arity].iter_mut().for_each(|x| *x = place(*x));
                Node::Call(function, x)
            }
        }
    }

    /// Whether the node is a truth value, not a number.
    pub(crate) fn is_mask(&self) -> bool {
        matches!(
            self,
            Node::Less(..) | Node::Equal(..) | Node::And(..) | Node::Or(..) | Node::Not(_)
        )
    }
}

/// A row of the rule table, as something to call.
///
/// ```
/// use wengert_autodiff::rules::{Powi, Sin};
/// use wengert_cuda_kernels::Function;
/// assert_eq!(Function::of(Sin {}).to_string(), "sin");
/// assert_eq!(Function::of(Powi { n: -3 }).to_string(), "powi(-3)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    pub(crate) name: &'static str,
    pub(crate) arity: usize,
    pub(crate) parameter: Option<i32>,
    /// Whether the row is one of the library's table, whose values exist as device code.
    pub(crate) in_table: bool,
}

impl Function {
    /// The function that a rule states.
    ///
    /// ```
    /// use wengert_autodiff::rules::Exp;
    /// use wengert_cuda_kernels::{Function, Row};
    /// assert_eq!(Function::of(Exp {}), Row::of(Exp {}).function);
    /// ```
    pub fn of<const A: usize, K: Rule<A>>(rule: K) -> Self {
        // The parameters of the table's rows. (An order beyond what an `i32` holds is NaN anyway.)
        let order = |m: u32| i32::try_from(m).unwrap_or(i32::MAX);
        let row: &dyn Any = &rule;
        let parameter = row
            .downcast_ref::<Powi>()
            .map(|powi| powi.n)
            .or_else(|| row.downcast_ref::<Polygamma>().map(|row| order(row.m)))
            .or_else(|| row.downcast_ref::<PolygammaDifference>().map(|row| order(row.m)));
        Self { name: K::NAME, arity: A, parameter, in_table: is_in_table(TypeId::of::<K>()) }
    }

    /// How the value of the function is called in device code.
    pub(crate) fn symbol(&self, suffix: &str) -> String {
        format!("wengert_{}_{suffix}", self.name)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parameter {
            Some(parameter) => write!(f, "{}({parameter})", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// (By type, because a row of a user may bear the name of one of the table's.)
fn is_in_table(rule: TypeId) -> bool {
    struct Types(Vec<TypeId>);
    impl RuleVisitor for Types {
        fn visit<const A: usize, K: Rule<A>>(&mut self, _: K) {
            self.0.push(TypeId::of::<K>());
        }
    }
    static TABLE: OnceLock<Vec<TypeId>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut types = Types(Vec::new());
        rules::visit_all(&mut types);
        // (Which the partials of others call.)
        types.visit(InverseExpM1);
        types.visit(SigmoidSlope);
        types.0
    });
    table.contains(&rule)
}

/// The expression of a function of numbers, or of several that share subexpressions.
///
/// ```
/// use wengert_autodiff::{Number, Real};
/// use wengert_cuda_kernels::Graph;
///
/// fn bell<R: Real>(x: R) -> R {
///     (-(x * x)).exp()
/// }
/// let graph = Graph::record(1, |x| vec![bell(x[0]), x[0] * bell(x[0])]);
/// // x, x², −x², exp(−x²) and the product: what both results need is there once.
/// assert_eq!(graph.nodes().len(), 5);
/// assert_eq!(graph.outputs(), [3, 4]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Graph {
    inputs: usize,
    nodes: Vec<Node>,
    outputs: Vec<Id>,
}

impl Graph {
    /// What `f` computes, called with a symbol for each of its `inputs`.
    ///
    /// # Panics
    /// If `f` asks for the value of a symbol (see [`Symbol`]), or uses one that is not of this recording.
    ///
    /// ```
    /// use wengert_cuda_kernels::{Graph, Node};
    /// let graph = Graph::record(2, |x| vec![x[0] / x[1]]);
    /// assert_eq!(graph.nodes(), [Node::Input(0), Node::Input(1), Node::Divide(0, 1)]);
    /// ```
    #[track_caller]
    pub fn record(inputs: usize, f: impl FnOnce(&[Symbol]) -> Vec<Symbol>) -> Self {
        let (nodes, outputs) = recording::record(|| {
            let arguments: Vec<Symbol> = (0..inputs)
                .map(|k| Node::Input(u32::try_from(k).expect("as many inputs as memory holds")))
                .map(|node| Symbol(recording::push(node)))
                .collect();
            f(&arguments).into_iter().map(|symbol| recording::place(symbol.0)).collect::<Vec<Id>>()
        });
        let (nodes, outputs) = simplified(&nodes, &outputs);
        Self { inputs, nodes, outputs }
    }

    /// How many arguments the function has, used or not.
    ///
    /// ```
    /// assert_eq!(wengert_cuda_kernels::Graph::record(2, |x| vec![-x[1]]).inputs(), 2);
    /// ```
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The operations, in an order in which they can be carried out.
    ///
    /// ```
    /// use wengert_cuda_kernels::{Graph, Node};
    /// let graph = Graph::record(1, |x| vec![-x[0]]);
    /// assert_eq!(graph.nodes(), [Node::Input(0), Node::Negate(0)]);
    /// ```
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Which nodes the results are.
    ///
    /// ```
    /// use wengert_cuda_kernels::Graph;
    /// assert_eq!(Graph::record(1, |x| vec![-x[0], x[0]]).outputs(), [1, 0]);
    /// ```
    pub fn outputs(&self) -> &[Id] {
        &self.outputs
    }

    /// The first function whose value does not exist as device code: a row that is not of the library's table.
    ///
    /// ```
    /// use wengert_autodiff::{Number, rules::Exponential};
    /// wengert_autodiff::rules! {
    ///     /// Functions of our own.
    ///     pub trait Ours;
    ///     /// x + x
    ///     twice(x) = Twice { value: x + x, partials: [R::lit(2.0)], smooth: true, }
    /// }
    /// use wengert_cuda_kernels::Graph;
    /// let graph = Graph::record(1, |x| vec![x[0].exp(), x[0].twice()]);
    /// assert_eq!(graph.unknown_function().unwrap().to_string(), "twice");
    /// ```
    pub fn unknown_function(&self) -> Option<Function> {
        self.nodes.iter().find_map(|node| match node {
            Node::Call(function, _) if !function.in_table => Some(*function),
            _ => None,
        })
    }
}

/// A list of nodes, in which none is there twice.
#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    places: HashMap<Node, Id>,
}

impl Arena {
    pub(super) fn push(&mut self, node: Node) -> Id {
        *self.places.entry(node).or_insert_with(|| {
            let place = Id::try_from(self.nodes.len()).expect("an expression that memory holds");
            self.nodes.push(node);
            place
        })
    }

    pub(super) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }
}

/// A handle that is a constant becomes a node.
pub(super) fn constant(value: f64) -> Node {
    Node::Constant(value.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert_autodiff::Number;

    #[test]
    fn zeros_of_both_signs_are_different_constants() {
        let graph = Graph::record(1, |x| vec![x[0] + 0.0, x[0] + Symbol::lit(-0.0)]);
        assert_eq!(graph.nodes().len(), 5);
    }

    #[test]
    fn what_no_output_needs_is_left_out() {
        let graph = Graph::record(2, |x| {
            let _ = x[0] * x[0];
            vec![x[1] + x[1]]
        });
        assert_eq!(graph.nodes(), [Node::Input(1), Node::Add(0, 0)]);
        assert_eq!(graph.inputs(), 2);
    }
}
