//! The two classifiers. Each is written once: training, evaluation and the products with its Hessian run the same lines.

use wengert_tensor::*;

use crate::digits::{CLASSES, SIDE};

/// What a network is run for.
#[derive(Clone, Copy)]
pub enum Mode {
    Evaluation,
    /// With dropout, by a seed.
    Training(u64),
}

impl Mode {
    fn dropout(self, x: Var<f32>, rate: f64) -> Var<f32> {
        match self {
            Mode::Evaluation => x,
            Mode::Training(seed) => x.dropout(rate, seed),
        }
    }
}

/// A linear map and a shift.
#[derive(Tree, Clone, Debug, PartialEq)]
pub struct Layer<A> {
    weight: A,
    bias: A,
}

/// Three convolutions, the largest of each two by two, and two dense layers.
#[derive(Tree, Clone, Debug, PartialEq)]
pub struct Cnn<A> {
    convolutions: [Layer<A>; 3],
    hidden: Layer<A>,
    output: Layer<A>,
}

/// A hidden layer between pixels and digits.
#[derive(Tree, Clone, Debug, PartialEq)]
pub struct Mlp<A> {
    hidden: Layer<A>,
    output: Layer<A>,
}

impl Layer<Tensor<f32>> {
    /// Filters of 3 × 3. (He et al. 2015 choose the deviation √(2/inputs) for layers before a relu.)
    fn convolution(inputs: usize, outputs: usize, seed: u64) -> Self {
        let deviation = (2.0 / (9 * inputs) as f64).sqrt();
        let weight = Tensor::normal([outputs, inputs, 3, 3], 0.0, deviation, seed);
        Layer { weight, bias: Tensor::zeros([outputs, 1, 1]) }
    }

    fn dense(inputs: usize, outputs: usize, seed: u64) -> Self {
        let deviation = (2.0 / inputs as f64).sqrt();
        let weight = Tensor::normal([inputs, outputs], 0.0, deviation, seed);
        Layer { weight, bias: Tensor::zeros([outputs]) }
    }
}

impl Layer<Var<f32>> {
    fn convolve(&self, x: Var<f32>) -> Var<f32> {
        x.conv2d(self.weight, Conv::new().padding(1)) + self.bias
    }

    fn apply(&self, x: Var<f32>) -> Var<f32> {
        x.matmul(self.weight) + self.bias
    }
}

impl Cnn<Tensor<f32>> {
    pub fn new(seed: u64) -> Self {
        let [a, b, c] = [16, 32, 64];
        let quarter = SIDE / 4;
        Cnn {
            convolutions: [
                Layer::convolution(1, a, seed),
                Layer::convolution(a, b, seed + 1),
                Layer::convolution(b, c, seed + 2),
            ],
            hidden: Layer::dense(c * quarter * quarter, 64, seed + 3),
            output: Layer::dense(64, CLASSES, seed + 4),
        }
    }
}

impl Cnn<Var<f32>> {
    /// The logits [N, 10] of images [N, 1, 8, 8].
    pub fn logits(&self, images: Var<f32>, mode: Mode) -> Var<f32> {
        let [first, second, third] = &self.convolutions;
        let x = first.convolve(images).relu();
        let x = second.convolve(x).relu().max_pool2d(2);
        let x = third.convolve(x).relu().max_pool2d(2);
        let x = self.hidden.apply(flat(x)).relu();
        self.output.apply(mode.dropout(x, 0.5))
    }
}

impl Mlp<Tensor<f32>> {
    pub fn new(seed: u64) -> Self {
        let width = 128;
        Mlp {
            hidden: Layer::dense(SIDE * SIDE, width, seed),
            output: Layer::dense(width, CLASSES, seed + 1),
        }
    }
}

impl Mlp<Var<f32>> {
    /// The logits [N, 10] of images [N, 1, 8, 8].
    pub fn logits(&self, images: Var<f32>, mode: Mode) -> Var<f32> {
        let x = self.hidden.apply(flat(images)).relu();
        self.output.apply(mode.dropout(x, 0.2))
    }
}

/// Each image as a row.
fn flat(images: Var<f32>) -> Var<f32> {
    let shape = images.shape();
    images.reshape([shape[0], shape.size() / shape[0]])
}
