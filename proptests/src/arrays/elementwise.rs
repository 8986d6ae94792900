//! Elementwise operations: every row of the rule table, operators, choices.

use wengert_autodiff::{RuleVisitor, rules};
use wengert_tensor::*;

use super::twins::elementwise;
use super::{Inputs, Row, rows};
use crate::modes::{label, operands};

struct Collect(Vec<(Row, &'static str)>);

impl RuleVisitor for Collect {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        fn at<const A: usize, K: Rule<A>, R: Number>(rule: K, x: &[R]) -> R {
            R::apply(rule, operands(x))
        }
        let seen = self.0.iter().filter(|(_, name)| *name == K::NAME).count();
        let inputs =
            Inputs::points(A, move |x| rule.smooth(operands(x)) && at(rule, x).is_finite());
        let (double, single) =
            (move |x: &[Var<f64>]| at(rule, x), move |x: &[Var<f32>]| at(rule, x));
        let row = Row::new(label(rule, seen), inputs, double, single)
            .with_twin(move |x| elementwise(x, |x| at(rule, x)));
        self.0.push((row, K::NAME));
    }
}

/// Every row of the rule table.
pub(super) fn rules() -> Vec<Row> {
    let mut collect = Collect(Vec::new());
    rules::visit_all(&mut collect);
    collect.0.into_iter().map(|(row, _)| row).collect()
}

/// Every other element.
fn pattern<T: Element>(x: Var<T>) -> Mask<T> {
    let mut k = 0;
    Mask::constant(&Tensor::from_fn(x.shape(), |_| {
        k += 1;
        k % 2 == 0
    }))
}

rows! {
    "-x", Inputs::any(), |x| -x[0], twin |x| elementwise(x, |x| -x[0]);
    "x + y", Inputs::pairs(), |x| x[0] + x[1], twin |x| elementwise(x, |x| x[0] + x[1]);
    "x - y", Inputs::pairs(), |x| x[0] - x[1], twin |x| elementwise(x, |x| x[0] - x[1]);
    "x * y", Inputs::pairs(), |x| x[0] * x[1], twin |x| elementwise(x, |x| x[0] * x[1]);
    "x / y", Inputs::pairs().within(0.5, 2.0), |x| x[0] / x[1], twin |x| elementwise(x, |x| x[0] / x[1]);
    "x % y", Inputs::pairs().within(0.55, 1.0), |x| (x[0] * 5.3) % x[1],
        twin |x| elementwise(x, |x| (x[0] * 5.3) % x[1]);
    "x * 2 + 1", Inputs::any(), |x| x[0] * 2.0 + 1.0, twin |x| elementwise(x, |x| x[0] * 2.0 + 1.0);
    "1 / x", Inputs::any().within(0.5, 2.0), |x| 1.0 / x[0], twin |x| elementwise(x, |x| 1.0 / x[0]);
    "x * x (one array twice)", Inputs::any(), |x| x[0] * x[0], twin |x| elementwise(x, |x| x[0] * x[0]);
    "hypot, broadcast", Inputs::pairs(), |x| x[0].hypot(x[1]), twin |x| elementwise(x, |x| x[0].hypot(x[1]));
    "powf, broadcast", Inputs::pairs().within(0.5, 2.0), |x| x[0].powf(x[1]),
        twin |x| elementwise(x, |x| x[0].powf(x[1]));
    "max, broadcast", Inputs::pairs().apart(), |x| x[0].max(x[1] + 0.013),
        twin |x| elementwise(x, |x| x[0].max(x[1] + 0.013));
    "a chain in one pass", Inputs::pairs(), |x| ((x[0] * x[1]).tanh() + x[0].exp() * 0.25).sin() - x[1],
        twin |x| elementwise(x, |x| ((x[0] * x[1]).tanh() + x[0].exp() * 0.25).sin() - x[1]);
    "select by comparison", Inputs::pairs().apart(), |x| x[0].less(x[1] + 0.013).select(x[0] * x[1], x[1].sin()),
        twin |x| elementwise(x, |x| if x[0].less(x[1] + 0.013) { x[0] * x[1] } else { x[1].sin() });
    "select by a constant mask", Inputs::pairs(), |x| pattern(x[0]).select(x[0].exp(), x[1]);
    "clamp between numbers", Inputs::any(), |x| x[0].clamp(-0.75, 1.25), twin |x| elementwise(x, |x| x[0].clamp(-0.75, 1.25));
    "dropout", Inputs::any(), |x| x[0].dropout(0.4, 7) * x[0];
}
