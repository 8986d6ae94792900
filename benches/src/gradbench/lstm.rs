//! The loss of a network of long short-term memory with diagonal weights, which predicts the bits of the next
//! character from those before.
//!
//! In reverse mode; a gate is one node.

use serde::Deserialize;
use wengert_autodiff::{Real, fuse, gradient};

use super::rows::Rows;

#[derive(Deserialize)]
pub(super) struct Input {
    /// For each layer, weights and biases, each for the gates forget, in, out, and the change.
    main_params: Rows,
    /// Weights of the input, and weights and biases of the output.
    extra_params: Rows,
    /// For each layer, hidden values and cells.
    state: Rows,
    sequence: Rows,
}

impl Input {
    fn parameters(&self) -> Vec<f64> {
        [&self.main_params.elements[..], &self.extra_params.elements].concat()
    }
}

/// Moves a layer on by one character, given what the layer below it says.
fn advance<R: Real>(parameters: &[R], below: &[R], hidden: &mut [R], cell: &mut [R]) {
    let bits = below.len();
    for i in 0..bits {
        let gate = |gate: usize, x: R| {
            let (weight, bias) = (parameters[gate * bits + i], parameters[(4 + gate) * bits + i]);
            [x, weight, bias]
        };
        let forget = fuse!(gate(0, below[i]), |x, w, b| (x * w + b).sigmoid());
        let ingate = fuse!(gate(1, hidden[i]), |x, w, b| (x * w + b).sigmoid());
        let outgate = fuse!(gate(2, below[i]), |x, w, b| (x * w + b).sigmoid());
        let change = fuse!(gate(3, hidden[i]), |x, w, b| (x * w + b).tanh());
        cell[i] = cell[i] * forget + ingate * change;
        hidden[i] = fuse!([outgate, cell[i]], |gate, cell| gate * cell.tanh());
    }
}

/// The mean of −ln p over all predicted bits.
fn loss<R: Real>(input: &Input, parameters: &[R]) -> R {
    let bits = input.extra_params.width;
    let (main, extra) = parameters.split_at(input.main_params.elements.len());
    let (in_weight, out) = extra.split_at(bits);
    let (out_weight, out_bias) = out.split_at(bits);
    let mut state: Vec<R> = input.state.elements.iter().map(|&x| x.into()).collect();

    let mut step = |t: usize| {
        let now = input.sequence.row(t).iter();
        let mut signal: Vec<R> = now.zip(in_weight).map(|(&x, &w)| w * x).collect();
        for (parameters, state) in main.chunks(8 * bits).zip(state.chunks_mut(2 * bits)) {
            let (hidden, cell) = state.split_at_mut(bits);
            advance(parameters, &signal, hidden, cell);
            signal.copy_from_slice(hidden);
        }
        let predicted: Vec<R> =
            (0..bits).map(|i| signal[i] * out_weight[i] + out_bias[i]).collect();
        let log_total = (predicted.iter().map(|y| y.exp()).sum::<R>() + 2.0).ln();
        let actual = input.sequence.row(t + 1).iter();
        actual.zip(predicted).map(|(&bit, y)| (y - log_total) * bit).sum::<R>()
    };
    let steps = input.sequence.height - 1;
    (0..steps).map(&mut step).sum::<R>() * (-1.0 / (steps * bits) as f64)
}

pub(super) fn objective(input: &Input) -> f64 {
    loss(input, &input.parameters())
}

pub(super) fn jacobian(input: &Input) -> Vec<f64> {
    gradient(|parameters| loss(input, parameters), &input.parameters())
}
