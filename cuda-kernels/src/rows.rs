//! The rows of the rule table as expressions.

use wengert_autodiff::{Number, Rule, RuleVisitor, rules};

use crate::symbol::{Function, Graph, Symbol};

/// A row of the rule table: its function, and the expression of each partial derivative.
///
/// ```
/// use wengert_autodiff::rules::Sin;
/// use wengert_cuda_kernels::{Node, Row};
/// let row = Row::of(Sin {});
/// // ∂ sin x / ∂x = cos x
/// assert_eq!(row.partials.len(), 1);
/// let Node::Call(function, _) = row.partials[0].nodes()[1] else { panic!() };
/// assert_eq!(function.to_string(), "cos");
/// ```
#[derive(Clone, Debug)]
pub struct Row {
    /// The function that the row states.
    pub function: Function,
    /// The partial derivative for each argument. Its inputs are the arguments and, if
    /// [`uses_value`](Row::uses_value), the value of the function there.
    pub partials: Vec<Graph>,
    /// Whether the partials look at the value.
    pub uses_value: bool,
}

impl Row {
    /// The row that a rule is.
    ///
    /// ```
    /// use wengert_autodiff::rules::Hypot;
    /// use wengert_cuda_kernels::Row;
    /// let row = Row::of(Hypot {});
    /// // Two partials, which look at the two arguments and the value.
    /// assert_eq!((row.partials.len(), row.partials[0].inputs()), (2, 3));
    /// ```
    pub fn of<const A: usize, K: Rule<A>>(rule: K) -> Self {
        let inputs = A + usize::from(K::USES_VALUE);
        let partial = |argument| {
            Graph::record(inputs, |x| {
                let arguments = core::array::from_fn(|k| x[k]);
                // (A partial that does not use the value is given a number that shows it if it does.)
                let value = x.get(A).copied().unwrap_or(Symbol::lit(f64::NAN));
                vec![rule.partial(argument, arguments, value)]
            })
        };
        Self {
            function: Function::of(rule),
            partials: (0..A).map(partial).collect(),
            uses_value: K::USES_VALUE,
        }
    }

    /// The parameter of the function, such as the exponent of a power.
    ///
    /// ```
    /// use wengert_autodiff::rules::Powi;
    /// assert_eq!(wengert_cuda_kernels::Row::of(Powi { n: 3 }).parameter(), Some(3));
    /// ```
    pub fn parameter(&self) -> Option<i32> {
        self.function.parameter
    }

    /// All rows of the library's table; of those with a parameter, one for each sample.
    ///
    /// ```
    /// use wengert_cuda_kernels::Row;
    /// assert!(Row::table().iter().all(|row| row.partials[0].unknown_function().is_none()));
    /// ```
    pub fn table() -> Vec<Self> {
        struct Rows(Vec<Row>);
        impl RuleVisitor for Rows {
            fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
                self.0.push(Row::of(rule));
            }
        }
        let mut rows = Rows(Vec::new());
        rules::visit_all(&mut rows);
        rows.0
    }
}
