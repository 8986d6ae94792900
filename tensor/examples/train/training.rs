//! From random parameters to those that do best on images that were not learned from.

use indicatif::ProgressBar;
use wengert_tensor::*;

use crate::digits::{Digits, Split};
use crate::models::Mode;
use crate::optimiser::Optimiser;

/// How many images each step looks at.
const BATCH: usize = 64;
/// Training ends after so many epochs at the latest …
pub const EPOCHS: usize = 40;
/// … and when so many have not made the validation loss smaller.
const PATIENCE: usize = 8;

/// A model's method that gives the logits of images, by the parameters `P` as variables.
pub type Logits<P> = fn(&<P as Tree>::With<Var<f32>>, Var<f32>, Mode) -> Var<f32>;

/// The mean losses after an epoch.
pub struct Losses {
    pub training: f64,
    pub validation: f64,
}

/// The parameters of the epoch with the smallest validation loss, and the losses of all epochs.
pub fn train<P: Tree<Leaf = Tensor<f32>> + Clone>(
    mut parameters: P,
    logits: Logits<P>,
    mut optimiser: impl Optimiser,
    digits: &Split,
    progress: &ProgressBar,
) -> (P, Vec<Losses>) {
    let (mut best, mut best_epoch, mut history) = (parameters.clone(), 0, Vec::<Losses>::new());
    for epoch in 0..EPOCHS {
        for (k, batch) in digits.training.batches(BATCH, epoch as u64).iter().enumerate() {
            let mode = Mode::Training((epoch << 16 | k) as u64);
            let images = batch.images.to(&device(&parameters));
            let (_, gradient) = value_and_gradient(&parameters, |model| {
                logits(&model, constant(&images), mode).cross_entropy(&batch.labels)
            });
            optimiser.step(&mut parameters, &gradient);
        }
        let [training, validation] =
            [&digits.training, &digits.validation].map(|digits| loss(&parameters, logits, digits));
        history.push(Losses { training, validation });
        progress.inc(1);
        progress.set_message(format!("validation loss {validation:.3}"));
        if validation <= history[best_epoch].validation {
            (best, best_epoch) = (parameters.clone(), epoch);
        }
        if epoch - best_epoch >= PATIENCE {
            break;
        }
    }
    (best, history)
}

/// Where the parameters are, and so the work is done.
fn device(parameters: &impl Tree<Leaf = Tensor<f32>>) -> Device {
    parameters.leaves().first().map_or(Device::Cpu, |leaf| leaf.device())
}

/// The mean of −ln of the probability that the model gives to the truth.
pub fn loss<P: Tree<Leaf = Tensor<f32>>>(
    parameters: &P,
    logits: Logits<P>,
    digits: &Digits,
) -> f64 {
    let images = digits.images.to(&device(parameters));
    let loss = evaluate(parameters, |model| {
        logits(&model, constant(&images), Mode::Evaluation).cross_entropy(&digits.labels)
    });
    f64::from(loss.item())
}

/// The probability of each digit, for each image: [N, 10].
pub fn probabilities<P: Tree<Leaf = Tensor<f32>>>(
    parameters: &P,
    logits: Logits<P>,
    digits: &Digits,
) -> Tensor<f32> {
    let images = digits.images.to(&device(parameters));
    evaluate(parameters, |model| logits(&model, constant(&images), Mode::Evaluation).softmax(-1))
}

/// The largest eigenvalue of the Hessian of the loss, by power iteration: each step is one
/// Hessian–vector product, as forward over reverse gives it.
pub fn sharpness<P: Tree<Leaf = Tensor<f32>, With<Tensor<f32>> = P> + Clone>(
    parameters: &P,
    logits: Logits<P>,
    digits: &Digits,
) -> f64 {
    let images = digits.images.to(&device(parameters));
    let mut seed = 0;
    let mut direction = parameters.map(&mut |leaf| {
        seed += 1;
        Tensor::normal(leaf.shape(), 0.0, 1.0, seed).to(&leaf.device())
    });
    let mut eigenvalue = 0.0;
    for _ in 0..15 {
        let square: f32 = direction.leaves().iter().map(|v| v.norm().item().powi(2)).sum();
        direction = direction.map(&mut |v| v * f64::from(square.sqrt().recip()));
        let product = hvp(
            |model| {
                let logits = logits(&model, constant(&images), Mode::Evaluation);
                logits.cross_entropy(&digits.labels)
            },
            parameters,
            &direction,
        );
        let pairs = direction.leaves().into_iter().zip(product.leaves());
        eigenvalue = pairs.map(|(v, hv)| f64::from((v * hv).sum().item())).sum();
        direction = product.map(&mut Tensor::clone);
    }
    eigenvalue
}
