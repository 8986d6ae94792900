//! Steps downhill, for parameters in any structure.

use std::iter::zip;

use wengert_tensor::*;

/// What changes parameters by a gradient of the same structure.
pub trait Optimiser {
    fn step(
        &mut self,
        parameters: &mut impl Tree<Leaf = Tensor<f32>>,
        gradient: &impl Tree<Leaf = Tensor<f32>>,
    );
}

/// Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013).
pub struct Sgd {
    rate: f64,
    momentum: f64,
    velocity: Vec<Tensor<f32>>,
}

impl Sgd {
    pub fn new(rate: f64, momentum: f64) -> Self {
        Sgd { rate, momentum, velocity: Vec::new() }
    }
}

impl Optimiser for Sgd {
    fn step(
        &mut self,
        parameters: &mut impl Tree<Leaf = Tensor<f32>>,
        gradient: &impl Tree<Leaf = Tensor<f32>>,
    ) {
        let (gradient, rate, momentum) = (gradient.leaves(), self.rate, self.momentum);
        start_with_zeros(&mut self.velocity, &gradient);
        for ((p, g), v) in zip(zip(parameters.leaves_mut(), gradient), &mut self.velocity) {
            [*p, *v] = evaluate(&[p.clone(), g.clone(), v.clone()], |[p, g, v]| {
                let v = v * momentum + g;
                [p - rate * (g + momentum * v), v]
            });
        }
    }
}

/// Adam (Kingma and Ba 2015), with weights that decay by themselves (Loshchilov and Hutter 2019).
pub struct Adam {
    rate: f64,
    decay: f64,
    steps: i32,
    means: Vec<Tensor<f32>>,
    squares: Vec<Tensor<f32>>,
}

impl Adam {
    pub fn new(rate: f64, decay: f64) -> Self {
        Adam { rate, decay, steps: 0, means: Vec::new(), squares: Vec::new() }
    }
}

impl Optimiser for Adam {
    fn step(
        &mut self,
        parameters: &mut impl Tree<Leaf = Tensor<f32>>,
        gradient: &impl Tree<Leaf = Tensor<f32>>,
    ) {
        let gradient = gradient.leaves();
        start_with_zeros(&mut self.means, &gradient);
        start_with_zeros(&mut self.squares, &gradient);
        self.steps += 1;
        let [mean_kept, square_kept] = [0.9_f64, 0.999];
        let [mean_share, square_share] =
            [mean_kept, square_kept].map(|kept| 1.0 - kept.powi(self.steps));
        let moments = zip(&mut self.means, &mut self.squares);
        for ((p, g), (m, s)) in zip(zip(parameters.leaves_mut(), gradient), moments) {
            [*p, *m, *s] =
                evaluate(&[p.clone(), g.clone(), m.clone(), s.clone()], |[p, g, m, s]| {
                    let m = m * mean_kept + g * (1.0 - mean_kept);
                    let s = s * square_kept + g * g * (1.0 - square_kept);
                    let step = (m / mean_share) / ((s / square_share).sqrt() + 1e-8);
                    [p - self.rate * (step + self.decay * p), m, s]
                });
        }
    }
}

/// Zeros in the shapes of a gradient, before the first step.
fn start_with_zeros(moments: &mut Vec<Tensor<f32>>, gradient: &[&Tensor<f32>]) {
    if moments.is_empty() {
        moments.extend(gradient.iter().map(|g| Tensor::zeros(g.shape()).to(&g.device())));
    }
}
