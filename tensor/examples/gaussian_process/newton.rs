//! Newton's method with the exact Hessian.

use wengert_tensor::*;

/// The search ends when no component of the gradient is larger.
const SMALL: f64 = 1e-6;
const MAX_STEPS: usize = 100;

/// A minimum, and what is known about it.
pub struct Minimum {
    pub at: Tensor<f64>,
    pub value: f64,
    pub hessian: Tensor<f64>,
    pub steps: usize,
}

/// A minimum of f, downhill from a point; `report` sees each step.
///
/// Where the Hessian has negative eigenvalues, their absolute values are taken, so that steps lead away from saddles (Dauphin et
/// al. 2014). No component of a step is larger than 1.
pub fn minimise(
    f: impl Fn(Var<f64>) -> Var<f64>,
    start: &Tensor<f64>,
    mut report: impl FnMut(usize, f64, f64),
) -> Minimum {
    let mut at = start.clone();
    for steps in 0.. {
        let (value, gradient) = value_and_gradient(&at, &f);
        let (value, slope) = (value.item(), gradient.map(|g| g.abs()).amax().item());
        let hessian = hessian(&f, &at);
        report(steps, value, slope);
        let found = |at| Minimum { at, value, hessian: hessian.clone(), steps };
        if slope < SMALL || steps == MAX_STEPS {
            return found(at);
        }
        let step = evaluate(&[hessian.clone(), gradient], |[hessian, gradient]| {
            let Eigh { values, vectors } = hessian.eigh();
            let step = -vectors.matmul(vectors.transpose().matmul(gradient) / values.abs());
            step / step.abs().amax().max(1.0)
        });
        // Half of the way, and half of that …, until it leads down.
        let mut lower = (0..30).map(|k| &at + &(&step * 0.5_f64.powi(k)));
        match lower.find(|at| evaluate(at, &f).item() < value) {
            Some(next) => at = next,
            None => return found(at),
        }
    }
    unreachable!("the loop returns")
}
