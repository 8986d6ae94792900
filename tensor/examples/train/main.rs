//! Trains two networks on real images of handwritten digits: one with convolutions by Adam, and one with a single
//! hidden layer by stochastic gradient descent. Each is written once, in `models.rs`, and its gradient, its
//! predictions and the products with its Hessian follow from that.
//!
//! ```text
//! cargo run --release -p wengert-tensor --example train
//! cargo run --release -p wengert-tensor --example train --features cuda -- --device cuda
//! ```
//!
//! The 1,797 images are split at random, by seed 7: 1,078 to learn from, 359 to stop by, 360 to judge with. The figure goes
//! to `target/train.svg` and `target/train.png` of the workspace, the parameters to `target/train-cnn.safetensors`
//! and `target/train-mlp.safetensors`. The exit code is 1 if the first network reads less than 98 % right.

mod digits;
mod figure;
mod models;
mod optimiser;
#[path = "../../../autodiff/examples/plot/mod.rs"]
mod plot;
mod training;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use digits::{Digits, Split};
use figure::{Network, Sheet};
use indicatif::{ProgressBar, ProgressStyle};
use models::{Cnn, Mlp};
use optimiser::{Adam, Optimiser, Sgd};
use training::{EPOCHS, Logits, Losses, probabilities, sharpness, train};
use wengert_tensor::files::safetensors;
use wengert_tensor::*;

/// The share of the test images that the network with convolutions must read right.
const ENOUGH: f64 = 0.98;
/// The seed of the split.
const SEED: u64 = 7;

fn main() -> ExitCode {
    match device().and_then(|device| train_both(&device)) {
        Ok(share) if share >= ENOUGH => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("train: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The device that the command line names: `--device cpu`, `--device cuda` or `--device cuda:1`.
fn device() -> Result<Device, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ordinal = match arguments[..] {
        [] | ["--device", "cpu"] => return Ok(Device::Cpu),
        ["--device", "cuda"] => Some(0),
        ["--device", name] => name.strip_prefix("cuda:").and_then(|ordinal| ordinal.parse().ok()),
        _ => None,
    };
    let usage = || format!("`{}`: --device takes cpu, cuda, or cuda:1 …", arguments.join(" "));
    Device::cuda(ordinal.ok_or_else(usage)?).map_err(|error| error.to_string())
}

/// Trains, prints and draws everything, and gives the share that the first network reads right.
fn train_both(device: &Device) -> Result<f64, String> {
    let begun = Instant::now();
    let digits = Digits::load()?.split(SEED);
    let cnn = Study::of("cnn", Cnn::new(1), Cnn::logits, Adam::new(2e-3, 1e-2), &digits, device)?;
    let mlp = Study::of("mlp", Mlp::new(1), Mlp::logits, Sgd::new(0.05, 0.9), &digits, device)?;
    let networks = [cnn.network("network with convolutions"), mlp.network("one hidden layer")];
    println!("{}", plot::write(&Sheet { networks, test: &digits.test }, "train")?);
    println!(
        "train: cnn {:.1} %, mlp {:.1} %, {:.0} s on {device}",
        100.0 * cnn.right,
        100.0 * mlp.right,
        begun.elapsed().as_secs_f64()
    );
    Ok(cnn.right)
}

/// A trained network, judged.
struct Study {
    losses: Vec<Losses>,
    probabilities: Tensor<f32>,
    /// The share of the test images that are read right.
    right: f64,
}

impl Study {
    fn of<P>(
        name: &str,
        start: P,
        logits: Logits<P>,
        optimiser: impl Optimiser,
        digits: &Split,
        device: &Device,
    ) -> Result<Study, String>
    where
        P: Tree<Leaf = Tensor<f32>, With<Tensor<f32>> = P> + Clone,
    {
        let progress = progress_bar(name);
        let start = start.map(&mut |leaf| leaf.to(device));
        let (parameters, losses) = train(start.clone(), logits, optimiser, digits, &progress);
        progress.finish_and_clear();
        let probabilities_of = |parameters| probabilities(parameters, logits, &digits.test);
        let probabilities = probabilities_of(&parameters);

        // A network from the file must be the network that was saved.
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
        std::fs::create_dir_all(&directory).map_err(|why| why.to_string())?;
        let file = directory.join(format!("train-{name}.safetensors"));
        safetensors::save(&file, &parameters).map_err(|why| why.to_string())?;
        let mut loaded = start;
        safetensors::load_into(&file, &mut loaded).map_err(|why| why.to_string())?;
        let loaded = loaded.map(&mut |leaf| leaf.to(device));
        if probabilities_of(&loaded) != probabilities {
            return Err(format!("the parameters in {} predict otherwise", file.display()));
        }

        let answers = probabilities.argmax_over(-1).to_vec();
        let pairs = answers.iter().zip(digits.test.labels.to_vec());
        let right = pairs.filter(|&(&answer, label)| answer == label).count();
        let count: usize = parameters.leaves().iter().map(|leaf| leaf.size()).sum();
        println!(
            "{name}: {count} parameters, {} epochs, {right} of {} test images right, largest eigenvalue of the Hessian {:.1}",
            losses.len(),
            digits.test.len(),
            sharpness(&parameters, logits, &digits.validation),
        );
        println!("{name}: saved to {} and loaded: same predictions", file.display());
        Ok(Study { losses, probabilities, right: right as f64 / digits.test.len() as f64 })
    }

    fn network(&self, name: &'static str) -> Network<'_> {
        Network { name, losses: &self.losses, probabilities: &self.probabilities }
    }
}

fn progress_bar(name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} epochs, {msg}");
    ProgressBar::new(EPOCHS as u64)
        .with_style(style.expect("the template is well-formed"))
        .with_prefix(name.to_owned())
}
