//! Every row of the rule table against differences of its values, at smooth points and hard by its edges.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wengert_autodiff::{Real, Rule, RuleVisitor, rules};
use wengert_proptests::check::{
    Checked, Function, check_gradient, edge_points, repeatable, smooth_points,
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

const CASES: u32 = 24;

/// Checks the row at points of the strategy, the same in each run.
fn check<const A: usize, K: Rule<A>>(
    rule: K,
    points: impl Strategy<Value = [f64; A]>,
    total: &mut Checked,
) {
    let mut runner = TestRunner::new(repeatable(CASES));
    for _ in 0..CASES {
        let x = points.new_tree(&mut runner).expect("there are such points").current();
        match check_gradient(Row::<K, A>(rule), &x) {
            Ok(checked) => *total = total.and(checked),
            Err(mismatch) => panic!("{mismatch}"),
        }
    }
}

#[derive(Default)]
struct EveryRow {
    smooth: Checked,
    edges: Checked,
}

impl RuleVisitor for EveryRow {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        check(rule, smooth_points(rule), &mut self.smooth);
        check(rule, edge_points(rule), &mut self.edges);
    }
}

#[test]
fn every_row_of_the_table() {
    let mut rows = EveryRow::default();
    rules::visit_all(&mut rows);
    let EveryRow { smooth, edges } = rows;
    assert!(smooth.compared > 4000 && smooth.unsettled * 50 < smooth.compared, "{smooth:?}");
    assert!(edges.compared > 3000 && edges.unsettled * 4 < edges.compared, "{edges:?}");
}
