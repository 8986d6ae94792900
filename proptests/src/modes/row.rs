//! One function with all its modes, without type parameters.

use core::any::Any;
use core::fmt;
use std::sync::{Arc, OnceLock};

use super::functions;
use super::kinds::{Forward, Plain, Reverse, Series, Sparse, Vector};
use super::{Function, Machine, Mode, OfRule, unless_panic};
use wengert_autodiff::{Rule, RuleVisitor, rules};

/// All that a mode says about derivatives along a line: for each order one number or more. (Nested
/// numbers hold each derivative of a middle order more than once.)
#[derive(Clone, Debug, PartialEq)]
pub struct Orders<F>(pub Vec<Vec<F>>);

impl<F: Copy> Orders<F> {
    /// The orders of a function of which `parts[j]` is the derivative of order j.
    pub fn merged(parts: &[Self]) -> Self {
        let highest = parts.iter().enumerate().map(|(j, part)| j + part.0.len()).max();
        let mut orders = vec![Vec::new(); highest.unwrap_or(0)];
        for (j, part) in parts.iter().enumerate() {
            for (k, values) in part.0.iter().enumerate() {
                orders[j + k].extend_from_slice(values);
            }
        }
        Self(orders)
    }

    /// One number for each order.
    pub fn firsts(&self) -> Vec<F> {
        self.0.iter().map(|values| values[0]).collect()
    }
}

type Run<F> = Arc<dyn Fn(&[F], &[F]) -> Orders<F> + Send + Sync>;
type AtPoint<F, Y> = Arc<dyn Fn(&[F]) -> Y + Send + Sync>;
type Partial = Arc<dyn Fn(usize, &[f64]) -> Option<f64> + Send + Sync>;

/// A function in one mode.
#[derive(Clone)]
pub struct Evaluation<F> {
    /// The number type.
    pub mode: String,
    /// The highest order of derivatives that it finds.
    pub order: usize,
    run: Run<F>,
}

impl<F: Machine> Evaluation<F> {
    fn of<M: Mode<Machine = F>>(function: impl Function) -> Self {
        let run = move |x: &[F], v: &[F]| {
            let mut outputs = M::along(x, v, &|x| vec![function.evaluate(x)]);
            outputs.pop().expect("one output")
        };
        Self { mode: M::name(), order: M::ORDER, run: Arc::new(run) }
    }

    /// Value and derivatives along x + t v at t = 0.
    pub fn along(&self, x: &[F], v: &[F]) -> Orders<F> {
        (self.run)(x, v)
    }
}

impl<F> fmt::Debug for Evaluation<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (order {})", self.mode, self.order)
    }
}

/// One function with all its modes.
#[derive(Clone)]
pub struct Row {
    /// The function's name, with its parameter if it has one.
    pub name: String,
    /// The number of arguments.
    pub arguments: usize,
    /// The modes over `f64`.
    pub modes: Vec<Evaluation<f64>>,
    /// The modes over `f32`.
    pub single: Vec<Evaluation<f32>>,
    /// Whether the function is one row of a rule table, whose partials all modes use as they are.
    pub is_rule: bool,
    smooth: AtPoint<f64, bool>,
    plain: AtPoint<f64, f64>,
    plain_single: AtPoint<f32, f32>,
    partial: Partial,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} arguments", self.name, self.arguments)
    }
}

impl Row {
    /// The row of a function.
    pub fn of(name: impl Into<String>, function: impl Function) -> Self {
        type F<M> = Forward<M>;
        type R<M> = Reverse<M>;
        type V<M> = Vector<M>;
        type T<M, const N: usize> = Series<M, N>;
        type P = Plain<f64>;
        type S = Plain<f32>;
        macro_rules! modes {
            ($($Mode:ty),+ $(,)?) => { vec![$( Evaluation::of::<$Mode>(function) ),+] };
        }
        Self {
            name: name.into(),
            arguments: function.arguments(),
            is_rule: function.stated_partial(0, &vec![0.5; function.arguments()]).is_some(),
            modes: modes![
                F<P>, V<P>, R<P>, Sparse<P>, T<P, 4>,
                F<F<P>>, R<F<P>>, F<R<P>>, R<R<P>>, R<V<P>>, Sparse<F<P>>,
                F<F<F<P>>>, R<R<R<P>>>,
                F<F<F<F<P>>>>, R<F<F<F<P>>>>, F<T<P, 3>>, R<T<P, 3>>, T<R<P>, 3>,
            ],
            single: modes![F<S>, R<S>, T<S, 4>, F<F<S>>],
            smooth: Arc::new(move |x| function.smooth(x)),
            plain: Arc::new(move |x| function.evaluate(x)),
            plain_single: Arc::new(move |x| function.evaluate(x)),
            partial: Arc::new(move |argument, x| function.stated_partial(argument, x)),
        }
    }

    /// Whether all derivatives exist near `x`.
    pub fn smooth(&self, x: &[f64]) -> bool {
        (self.smooth)(x)
    }

    /// The plain computation.
    pub fn plain(&self, x: &[f64]) -> f64 {
        (self.plain)(x)
    }

    /// The plain computation, unless it panics.
    pub fn try_plain(&self, x: &[f64]) -> Option<f64> {
        unless_panic(|| self.plain(x))
    }

    /// The plain computation in single precision.
    pub fn plain_single(&self, x: &[f32]) -> f32 {
        (self.plain_single)(x)
    }

    /// What the rule states, evaluated in plain numbers.
    pub fn stated_partial(&self, argument: usize, x: &[f64]) -> Option<f64> {
        (self.partial)(argument, x)
    }

    /// The evaluation in the mode with this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn mode(&self, name: &str) -> &Evaluation<f64> {
        let found = self.modes.iter().find(|evaluation| evaluation.mode == name);
        found.unwrap_or_else(|| panic!("no mode is called {name}"))
    }
}

/// The name of a rule with its parameter.
pub(crate) fn label<const A: usize, K: Rule<A>>(rule: K, seen: usize) -> String {
    let rule: &dyn Any = &rule;
    if let Some(powi) = rule.downcast_ref::<rules::Powi>() {
        format!("{}({})", K::NAME, powi.n)
    } else if let Some(polygamma) = rule.downcast_ref::<rules::Polygamma>() {
        format!("{}({})", K::NAME, polygamma.m)
    } else if let Some(difference) = rule.downcast_ref::<rules::PolygammaDifference>() {
        format!("{}({})", K::NAME, difference.m)
    } else if seen > 0 {
        format!("{} sample {seen}", K::NAME)
    } else {
        K::NAME.into()
    }
}

/// Rows, each with the plain name of its rule.
struct Collect(Vec<(Row, &'static str)>);

impl RuleVisitor for Collect {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        let seen = self.0.iter().filter(|(_, name)| *name == K::NAME).count();
        self.0.push((Row::of(label(rule, seen), OfRule::<K, A>(rule)), K::NAME));
    }
}

/// Every row of the rule table, then the operators and the functions of slices.
pub fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut collect = Collect(Vec::new());
        rules::visit_all(&mut collect);
        let mut rows: Vec<Row> = collect.0.into_iter().map(|(row, _)| row).collect();
        rows.extend(functions::rows());
        rows
    })
}
