//! Array programs, each as one would write it.

use wengert_tensor::*;

/// Numbers between −1 and 1 that look random.
pub fn wave<T: Element>(shape: impl Into<Shape>) -> Tensor<T> {
    let mut k = 0;
    Tensor::from_fn(shape, |_| {
        k += 1;
        T::nearest((f64::from(k) * 0.7).sin())
    })
}

/// Numbers of a size that keeps sums of `n` products near one.
fn weights<T: Element>(shape: impl Into<Shape>, n: usize) -> Tensor<T> {
    &wave(shape) * (1.0 / (n as f64).sqrt())
}

/// Σ tanh x · sigmoid x + exp(−x²)
pub fn elementwise<T: Element>(x: Var<T>) -> Var<T> {
    (x.tanh() * x.sigmoid() + (-x * x).exp()).sum()
}

/// The weights and the bias of a linear layer.
pub type Layer<A> = (A, A);

/// Linear layers of these widths.
pub fn layers<T: Element>(widths: &[usize]) -> Vec<Layer<Tensor<T>>> {
    widths.windows(2).map(|w| (weights([w[0], w[1]], w[0]), wave([w[1]]))).collect()
}

/// Linear layers with tanh between them.
pub fn network<T: Element>(layers: &[Layer<Var<T>>], x: Var<T>) -> Var<T> {
    let mut y = x;
    for (k, &(w, b)) in layers.iter().enumerate() {
        y = y.matmul(w) + b;
        if k + 1 < layers.len() {
            y = y.tanh();
        }
    }
    y
}

/// Mean squared difference.
pub fn mean_square<T: Element>(error: Var<T>) -> Var<T> {
    (error * error).mean()
}

/// One step of stochastic gradient descent.
pub fn descend<T: Element>(
    parameters: &mut Vec<Layer<Tensor<T>>>,
    gradient: &Vec<Layer<Tensor<T>>>,
) {
    for (p, g) in parameters.leaves_mut().into_iter().zip(gradient.leaves()) {
        p.scaled_add(-1e-3, g);
    }
}

/// LeNet-5 for images of 28 × 28 and ten classes (Y. LeCun et al., Gradient-based learning applied to document
/// recognition, Proc. IEEE 86, 1998), with maxima for its averages.
#[derive(Tree, Clone, Debug)]
pub struct LeNet<A> {
    filters: [Layer<A>; 2],
    dense: Vec<Layer<A>>,
}

impl<T: Element> LeNet<Tensor<T>> {
    /// With weights that look random.
    pub fn untrained() -> Self {
        let filters = [
            (weights([6, 1, 5, 5], 25), wave([6, 1, 1])),
            (weights([16, 6, 5, 5], 150), wave([16, 1, 1])),
        ];
        LeNet { filters, dense: layers(&[400, 120, 84, 10]) }
    }
}

impl<T: Element> LeNet<Var<T>> {
    /// The mean loss over […, 1, 28, 28] images.
    pub fn loss(&self, images: Var<T>, classes: &Tensor<usize>) -> Var<T> {
        let [(w1, b1), (w2, b2)] = self.filters;
        let x = (images.conv2d(w1, Conv::default().padding(2)) + b1).tanh().max_pool2d(2);
        let x = (x.conv2d(w2, Conv::default()) + b2).tanh().max_pool2d(2);
        let batch = x.shape()[0];
        network(&self.dense, x.reshape([batch, 400])).cross_entropy(classes)
    }
}

/// A block of a transformer's encoder, normalised before its parts.
#[derive(Tree, Clone, Debug)]
pub struct EncoderBlock<A> {
    query_key_value: A,
    out: A,
    up: Layer<A>,
    down: Layer<A>,
}

impl<T: Element> EncoderBlock<Tensor<T>> {
    /// For vectors of length `d`, with weights that look random.
    pub fn untrained(d: usize) -> Self {
        EncoderBlock {
            query_key_value: weights([3, d, d], d),
            out: weights([d, d], d),
            up: (weights([d, 4 * d], d), wave([4 * d])),
            down: (weights([4 * d, d], 4 * d), wave([d])),
        }
    }
}

impl<T: Element> EncoderBlock<Var<T>> {
    /// [batch, sequence, d] → the same
    pub fn call(&self, x: Var<T>, heads: usize) -> Var<T> {
        let [batch, sequence, d] = [x.shape()[0], x.shape()[1], x.shape()[2]];
        let normal = x.layer_norm(-1, 1e-5);
        // [batch, head, sequence, d / heads]
        let [q, k, v] = [0, 1, 2].map(|part| {
            let y = normal.matmul(self.query_key_value.at(part));
            y.reshape([batch, sequence, heads, d / heads]).permute([0, 2, 1, 3])
        });
        let seen = q.attention(k, v, None).permute([0, 2, 1, 3]).reshape([batch, sequence, d]);
        let x = x + seen.matmul(self.out);
        let hidden = (x.layer_norm(-1, 1e-5).matmul(self.up.0) + self.up.1).gelu();
        x + (hidden.matmul(self.down.0) + self.down.1)
    }
}

/// Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²
pub fn rosenbrock<T: Element>(x: Var<T>) -> Var<T> {
    let (here, next) = (x.at(..-1), x.at(1..));
    ((next - here * here).powi(2) * 100.0 + (here - 1.0).powi(2)).sum()
}
