//! Every row of the rule table against differences of its values, at smooth points and hard by its edges; and the same
//! rows with a fault in one partial, each of which is found.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use wengert_autodiff::{Number, Primitive, Real, Rule, RuleVisitor, rules};
use wengert_proptests::check::{
    Checked, Function, Mismatch, check_gradient, edge_points, repeatable, smooth_points,
};

/// A row of the table as a function.
#[derive(Clone, Copy)]
struct Row<K, const A: usize>(K);

impl<const A: usize, K: Rule<A>> Function for Row<K, A> {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        vec![R::apply(self.0, core::array::from_fn(|k| x[k]))]
    }
    fn name(&self) -> String {
        K::NAME.to_string()
    }
}

/// Checks the row at points of the strategy, the same in each run.
fn check<const A: usize, K: Rule<A>>(
    rule: K,
    points: &impl Strategy<Value = [f64; A]>,
    cases: u32,
) -> Result<Checked, Mismatch> {
    let config = Config { max_local_rejects: u32::MAX, ..repeatable(cases) };
    let cases = config.cases;
    let mut runner = TestRunner::new(config);
    let mut checked = Checked::default();
    for _ in 0..cases {
        let x = points.new_tree(&mut runner).expect("there are such points").current();
        checked = checked.and(check_gradient(Row::<K, A>(rule), &x)?);
    }
    Ok(checked)
}

#[derive(Default)]
struct EveryRow {
    smooth: Checked,
    edges: Checked,
    mismatches: Vec<String>,
}

impl RuleVisitor for EveryRow {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        const CASES: u32 = 120;
        for (points, total) in
            [(smooth_points(rule).boxed(), &mut self.smooth), (edge_points(rule), &mut self.edges)]
        {
            match check(rule, &points, CASES) {
                Ok(checked) => *total = total.and(checked),
                Err(mismatch) => self.mismatches.push(mismatch.to_string()),
            }
        }
    }
}

#[test]
fn every_row_of_the_table() {
    let mut rows = EveryRow::default();
    rules::visit_all(&mut rows);
    let EveryRow { smooth, edges, mismatches } = rows;
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
    assert!(smooth.compared > 20_000 && smooth.unsettled * 50 < smooth.compared, "{smooth:?}");
    assert!(edges.compared > 15_000 && edges.unsettled * 4 < edges.compared, "{edges:?}");
}

/// A row with one partial that is off by one part in a million.
#[derive(Clone, Copy)]
struct Off<K, const A: usize> {
    right: K,
    argument: usize,
}

const FAULT: f64 = 1e-6;

impl<const A: usize, K: Rule<A>> Rule<A> for Off<K, A> {
    const NAME: &'static str = K::NAME;
    fn value<F: Primitive>(self, x: [F; A]) -> F {
        self.right.value(x)
    }
    fn partial<R: Number>(self, argument: usize, x: [R; A], value: R) -> R {
        let partial = self.right.partial(argument, x, value);
        if argument != self.argument {
            partial
        } else if partial.equal_to_zero() {
            partial + R::lit(FAULT)
        } else {
            partial * R::lit(1.0 + FAULT)
        }
    }
    fn smooth(self, x: [f64; A]) -> bool {
        self.right.smooth(x)
    }
}

trait EqualToZero {
    fn equal_to_zero(&self) -> bool;
}
impl<R: Number> EqualToZero for R {
    fn equal_to_zero(&self) -> bool {
        self.primal().widen() == 0.0
    }
}

#[derive(Default)]
struct EveryFault {
    found: usize,
    missed: Vec<String>,
}

impl RuleVisitor for EveryFault {
    fn visit<const A: usize, K: Rule<A>>(&mut self, right: K) {
        for argument in 0..A {
            let rule = Off::<K, A> { right, argument };
            match check(rule, &smooth_points(rule).boxed(), 40) {
                Err(mismatch) => {
                    assert_eq!(mismatch.quantity, format!("∂y[0]/∂x[{argument}]"), "{mismatch}");
                    self.found += 1;
                }
                Ok(_) => self.missed.push(format!("{}, argument {argument}", K::NAME)),
            }
        }
    }
}

#[test]
fn a_fault_in_any_partial_of_any_row_is_found() {
    let mut faults = EveryFault::default();
    rules::visit_all(&mut faults);
    let EveryFault { found, missed } = faults;
    assert!(missed.is_empty() && found > 80, "{found} found, missed: {missed:?}");
}
