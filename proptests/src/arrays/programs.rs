//! Whole programs as one operation: checkpoints, and operations that users make.

use wengert_tensor::*;

use super::twins::elementwise;
use super::{Inputs, rows};

/// The rows of a matrix, each times its norm, by rules of their own: ∂(x |x|) v = |x| v + (x · v) x / |x|.
struct Stretched;

fn stretch<T: Element>(x: Var<T>, norm: Var<T>, direction: Var<T>) -> Var<T> {
    direction * norm + (x * direction).sum_keep(-1) * x / norm
}

impl<T: Element> CustomOperation<T> for Stretched {
    fn name(&self) -> &'static str {
        "stretched"
    }
    fn shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0].clone()
    }
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].map(|x| x * x.norm_keep(-1))
    }
    // (The Jacobian is symmetric.)
    fn vjp(&self, inputs: &[Var<T>], _: Var<T>, cotangent: Var<T>) -> Vec<Var<T>> {
        vec![stretch(inputs[0], inputs[0].norm_keep(-1), cotangent)]
    }
    fn jvp(&self, inputs: &[Var<T>], _: Var<T>, tangents: &[Var<T>]) -> Var<T> {
        stretch(inputs[0], inputs[0].norm_keep(-1), tangents[0])
    }
}

fn layer<T: Element>(x: Var<T>) -> Var<T> {
    (x.sin() * x).exp()
}

rows! {
    "checkpoint", Inputs::any(), |x| checkpoint(&x[0], layer),
        twin |x| elementwise(x, |x| (x[0].sin() * x[0]).exp());
    "checkpoint, of two arrays", Inputs::pairs(),
        |x| checkpoint(&(x[0], x[1]), |(x, y)| (x * y).tanh() + x) * x[1],
        twin |x| elementwise(x, |x| ((x[0] * x[1]).tanh() + x[0]) * x[1]);
    "checkpoint, within another", Inputs::any(),
        |x| checkpoint(&x[0], |x| checkpoint(&x.sin(), layer).sin() * x),
        twin |x| elementwise(x, |x| {
            let y = x[0].sin();
            (y.sin() * y).exp().sin() * x[0]
        });
    "custom", Inputs::of([[&[3]], [&[2, 3]], [&[2, 1, 4]]], [&[670, 330]]), |x| custom(Stretched, &[x[0]]);
    "detach, of one of two uses", Inputs::of([[&[3]], [&[2, 3]]], [&[670, 330]]), |x| x[0].sin() + x[0].detach() * 0.0;
}
