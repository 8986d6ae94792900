//! Solves Burgers' equation by a network that obeys it, the benchmark of Raissi, Perdikaris and Karniadakis (*Journal of
//! Computational Physics* 378, 2019), and compares with the exact solution.
//!
//! ```text
//! cargo run --release -p wengert-tensor --example burgers
//! ```
//!
//! The derivatives of the network by place and time are forward mode, the second one forward mode within forward mode,
//! and the gradient of what they add up to is reverse mode around both. The figure goes to `target/burgers.svg` and
//! `target/burgers.png` of the workspace. The exit code is 1 if the relative error is more than 1 %.

mod equation;
mod figure;
mod fit;
mod network;
#[path = "../../../autodiff/examples/plot/mod.rs"]
mod plot;
mod points;

use std::process::ExitCode;
use std::time::Instant;

use equation::{exact, residual, slope};
use figure::Sheet;
use indicatif::{ProgressBar, ProgressStyle};
use network::Network;
use points::Points;
use wengert_tensor::*;

/// Hidden layers, and their width.
const NETWORK: (usize, usize) = (3, 20);
const POINTS: usize = 2000;
/// So often are points drawn by the residual, from so many times more.
const ROUNDS: u64 = 16;
const CANDIDATES: usize = 10;
/// Steps of L-BFGS in each round.
const STEPS: u64 = 150;
/// Residuals are divided by 1 + this · the slope, where the solution is steep.
const STEEP: f64 = 0.1;
/// The relative error that is acceptable.
const ENOUGH: f64 = 0.01;
/// The steepest slope that the solution ever has at the middle, and when (Basdevant et al., *Computers & Fluids* 14, 1986).
const STEEPEST: (f64, f64) = (152.00516, 0.5105);

fn main() -> ExitCode {
    match solve() {
        Ok(error) if error < ENOUGH => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("burgers: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Solves, prints and draws everything, and gives the relative error.
fn solve() -> Result<f64, String> {
    let begun = Instant::now();
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps, {msg}");
    let style = style.map_err(|why| why.to_string())?;
    let progress = ProgressBar::new(ROUNDS * STEPS).with_style(style);

    let mut network = Network::new(NETWORK.0, NETWORK.1, 1);
    let (mut points, mut loss) = (Points::uniform(POINTS, 0), f64::NAN);
    for round in 1..=ROUNDS {
        if round > 1 {
            points = next_points(&network, round);
        }
        (network, loss) =
            fit::fit(&network, &points, STEPS, &progress).map_err(|why| why.to_string())?;
    }
    progress.finish_and_clear();

    let sheet = sheet(&network, &points);
    let pairs = || sheet.network.iter().flatten().zip(sheet.exact.iter().flatten());
    let squared = pairs().map(|(u, exact)| (u - exact).powi(2)).sum::<f64>();
    let error = (squared / pairs().map(|(_, exact)| exact.powi(2)).sum::<f64>()).sqrt();
    println!("{}", plot::write(&sheet, "burgers")?);
    let (steepest, time) = STEEPEST;
    let middle = Points::new(vec![0.0], vec![time]);
    let slope = evaluate(&network, |network| slope(|x, t| network.velocity(x, t), &middle));
    println!("steepest slope: {:.2}, exactly {steepest:.2}", -slope.item());
    println!(
        "burgers: relative error {error:.1e} (L²), mean square of the weighted residual {loss:.1e}, {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(error)
}

/// Points for another round: more where the residual is large, which counts less where the solution is steep, because
/// there a small displacement makes a large residual. (L. Liu et al., *Discontinuity computing using physics-informed neural
/// networks*, 2022, weight similarly.)
fn next_points(network: &Network<Tensor<f64>>, seed: u64) -> Points {
    let mut candidates = Points::uniform(CANDIDATES * POINTS, seed);
    let [residual, slope] = evaluate(network, |network| {
        let u = |x, t| network.velocity(x, t);
        [residual(u, &candidates), slope(u, &candidates)]
    });
    candidates.weight = slope.map(|slope| 1.0 / (1.0 + STEEP * slope.abs()));
    candidates.drawn_by(&residual, POINTS)
}

/// Network and exact solution on a grid of 257 places and 101 times.
fn sheet(network: &Network<Tensor<f64>>, points: &Points) -> Sheet {
    let grid = |from: f64, to, count| Tensor::<f64>::linspace(from, to, count).to_vec();
    let (places, times) = (grid(-1.0, 1.0, 257), grid(0.0, 1.0, 101));
    let at_time = |&time: &f64| {
        let points = Points::new(places.clone(), vec![time; places.len()]);
        let velocity =
            evaluate(network, |network| network.velocity(constant(&points.x), constant(&points.t)));
        velocity.to_vec()
    };
    let exact_at = |&time: &f64| places.iter().map(|&place| exact(place, time)).collect();
    Sheet {
        network: times.iter().map(at_time).collect(),
        exact: times.iter().map(exact_at).collect(),
        points: points.t.to_vec().into_iter().zip(points.x.to_vec()).collect(),
        places,
        times,
    }
}
