//! The network that stands for the solution.

use std::f64::consts::PI;

use wengert_tensor::*;

rules! {
    /// What is between the layers.
    pub trait Activation;

    /// tanh x, with 1 − tanh² x for its derivative: every higher one is a polynomial of the value, and costs a few
    /// products. (That of the library's `tanh` keeps all digits where 1 − tanh² x cancels, for more work at each order.)
    squash(x) -> y = Squash {
        value: x.tanh(),
        partials: [R::one() - y * y],
        smooth: true,
    }
}

/// Dense layers, from a place and a time to a number.
#[derive(Tree, Clone, Debug)]
pub struct Network<A> {
    layers: Vec<Dense<A>>,
}

#[derive(Tree, Clone, Debug)]
struct Dense<A> {
    weight: A,
    bias: A,
}

impl Network<Tensor<f64>> {
    /// A network of hidden layers of this width, with the random weights that Glorot and Bengio (2010) recommend.
    pub fn new(hidden: usize, width: usize, seed: u64) -> Self {
        let widths: Vec<usize> = [2].into_iter().chain(vec![width; hidden]).chain([1]).collect();
        let dense = |(layer, ends): (usize, &[usize])| {
            let deviation = (2.0 / (ends[0] + ends[1]) as f64).sqrt();
            let weight = Tensor::normal([ends[0], ends[1]], 0.0, deviation, seed + layer as u64);
            Dense { weight, bias: Tensor::zeros([ends[1]]) }
        };
        Network { layers: widths.windows(2).enumerate().map(dense).collect() }
    }
}

impl Network<Var<f64>> {
    /// The velocity at places `x` and times `t`, columns of shape [N, 1].
    ///
    /// u = −sin πx + t(1 − x²) · (N(x, t) − N(−x, t)) has the initial and the boundary values and, as the solution, is odd,
    /// whatever the network N is.
    pub fn velocity(&self, x: Var<f64>, t: Var<f64>) -> Var<f64> {
        -(x * PI).sin() + t * (1.0 - x * x) * (self.output(x, t) - self.output(-x, t))
    }

    fn output(&self, x: Var<f64>, t: Var<f64>) -> Var<f64> {
        let (last, hidden) = self.layers.split_last().expect("a network has layers");
        let features = Var::concat(&[x, t], -1);
        last.of(hidden.iter().fold(features, |features, layer| layer.of(features).squash()))
    }
}

impl Dense<Var<f64>> {
    fn of(&self, x: Var<f64>) -> Var<f64> {
        x.matmul(self.weight) + self.bias
    }
}
