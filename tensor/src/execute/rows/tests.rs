//! That steps are put together where they should be.

use wengert_autodiff::rules::*;

use super::*;
use crate::execute::{Keep, plan::Plan};
use crate::var::Var;
use crate::{Tape, constant, gradient, recording};

/// For each step that goes over a matrix in a gradient: its products before and after the pass, and whether they are one sweep.
fn sweeps(k: usize, f: impl Fn(Var<f64>) -> Var<f64>) -> Vec<(usize, usize, bool)> {
    let tape = Tape::new();
    let slope = gradient(&tape.var(&Tensor::ones([k])), f);
    let (plan, mut values) = recording::with(slope.id(), "value", |recording| {
        Plan::new(recording, &[slope], Keep::Roots)
    });
    let mut found = Vec::new();
    for (step, _) in &plan.steps {
        match step {
            Step::Fused(pass) => pass.run(&mut values),
            Step::Single(single) => single.run(&mut values),
            Step::Rows(together) => {
                let is_one = together.matrix(&values).is_some();
                found.push((together.before.len(), together.after.len(), is_one));
                together.run(&mut values);
            }
        }
    }
    found
}

#[test]
fn one_matrix_is_read_once() {
    let x = Tensor::<f64>::uniform([2000, 40], -1.0..1.0, 1);
    let turned = x.transpose().contiguous();
    let half =
        Tensor::<f64>::uniform([2000, 80], -1.0..1.0, 2).at((.., crate::Slice::stepped(.., 2)));
    assert_eq!(sweeps(40, |w| constant(&x).matmul(w).tanh().sum()), [(1, 1, true)]);
    assert_eq!(sweeps(40, |w| w.matmul(constant(&turned)).tanh().sum()), [(1, 1, true)]);
    // Rows whose elements do not lie side by side, in either direction.
    assert_eq!(sweeps(40, |w| constant(&half).matmul(w).tanh().sum()), [(1, 1, false)]);
    // Two products with it, of which both come back.
    let twice = |w: Var<f64>| {
        let (x, turned) = (constant(&x), w.at(crate::Slice::stepped(.., -1)));
        (x.matmul(w).tanh() * x.matmul(turned)).sum()
    };
    assert_eq!(sweeps(40, twice), [(2, 2, true)]);
    // What stays in the cache anyway.
    let small = x.at(..20);
    assert_eq!(sweeps(40, |w| constant(&small).matmul(w).tanh().sum()), []);
}
