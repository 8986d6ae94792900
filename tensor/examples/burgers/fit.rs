//! The network's parameters by L-BFGS, from the crate `argmin`.

use std::cell::RefCell;

use argmin::core::observers::{Observe, ObserverMode};
use argmin::core::{CostFunction, Error, Executor, Gradient, IterState, KV, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use indicatif::ProgressBar;
use wengert_tensor::*;

use crate::equation::residual;
use crate::network::Network;
use crate::points::Points;

/// How many of its last steps the method knows.
const MEMORY: usize = 60;

type Parameters = Network<Tensor<f64>>;

/// Makes the mean square of the weighted residual small.
pub fn fit(
    network: &Parameters,
    points: &Points,
    steps: u64,
    progress: &ProgressBar,
) -> Result<(Parameters, f64), Error> {
    let problem = Problem { network, points, last: RefCell::default() };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
    let solved = Executor::new(problem, solver)
        .configure(|state| state.param(flat(network)).max_iters(steps))
        .add_observer(Progress(progress.clone()), ObserverMode::Always)
        .run()?;
    let state = solved.state();
    let best = state.get_best_param().expect("the solver has made a step");
    Ok((shaped(network, best), state.get_best_cost()))
}

/// The mean square of the weighted residual, and its gradient.
fn loss(network: &Parameters, points: &Points) -> (f64, Parameters) {
    let (loss, gradient) = value_and_gradient(network, |network| {
        let residual = residual(|x, t| network.velocity(x, t), points);
        (residual * &points.weight).powi(2).mean()
    });
    (loss.item(), gradient)
}

/// The parameters one after the other, as the solver wants them.
fn flat(network: &Parameters) -> Vec<f64> {
    network.leaves().into_iter().flat_map(Tensor::to_vec).collect()
}

/// The inverse of [`flat`], with shapes as in `network`.
fn shaped(network: &Parameters, mut flat: &[f64]) -> Parameters {
    network.map(&mut |leaf| {
        let (elements, rest) = flat.split_at(leaf.size());
        flat = rest;
        Tensor::from_vec(leaf.shape(), elements.to_vec())
    })
}

struct Problem<'a> {
    network: &'a Parameters,
    points: &'a Points,
    /// The solver asks for value and gradient one after the other; they are computed together.
    last: RefCell<(Vec<f64>, f64, Vec<f64>)>,
}

impl Problem<'_> {
    fn visit(&self, parameters: &[f64]) {
        if self.last.borrow().0 != parameters {
            let (loss, gradient) = loss(&shaped(self.network, parameters), self.points);
            self.last.replace((parameters.to_vec(), loss, flat(&gradient)));
        }
    }
}

impl CostFunction for Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, Error> {
        self.visit(parameters);
        Ok(self.last.borrow().1)
    }
}

impl Gradient for Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, Error> {
        self.visit(parameters);
        Ok(self.last.borrow().2.clone())
    }
}

struct Progress(ProgressBar);

impl Observe<IterState<Vec<f64>, Vec<f64>, (), (), (), f64>> for Progress {
    fn observe_iter(
        &mut self,
        state: &IterState<Vec<f64>, Vec<f64>, (), (), (), f64>,
        _: &KV,
    ) -> Result<(), Error> {
        self.0.inc(1);
        self.0.set_message(format!("loss {:.2e}", state.get_best_cost()));
        Ok(())
    }
}
