//! The evaluations of GradBench, the public benchmark of automatic differentiation.
//!
//! Each file is one evaluation: its mathematics, generic over the number type, and the derivatives that are
//! asked for, by a driver of the library. [`protocol`] is how they are asked.

mod ba;
mod descent;
mod det;
pub mod gmm;
mod hello;
mod ht;
pub mod kmeans;
mod llsq;
pub mod lse;
mod lstm;
mod ode;
mod particle;
pub mod protocol;
mod rows;
mod saddle;

use descent::{Forward, Reverse};
use protocol::Function;

/// The evaluations that are served.
const MODULES: [&str; 12] = [
    "hello", "ba", "det", "gmm", "ht", "kmeans", "llsq", "lse", "lstm", "ode", "particle", "saddle",
];

/// A function of an evaluation; `None` if there is none of this name.
fn function(module: &str, name: &str) -> Option<Function> {
    let function: Function = match (module, name) {
        ("hello", "square") => |call| call.time(hello::square),
        ("hello", "double") => |call| call.time(hello::double),
        ("ba", "objective") => |call| call.time(ba::objective),
        ("ba", "jacobian") => |call| call.time(ba::jacobian),
        ("det", "primal") => |call| call.time(det::primal),
        ("det", "gradient") => |call| call.time(det::gradient),
        ("gmm", "objective") => |call| call.time(gmm::objective),
        ("gmm", "jacobian") => |call| call.time(gmm::jacobian),
        ("ht", "objective") => |call| call.time(ht::objective),
        ("ht", "jacobian") => |call| call.time(ht::jacobian),
        ("kmeans", "cost") => |call| call.time(kmeans::cost),
        ("kmeans", "dir") => |call| call.time(kmeans::direction),
        ("llsq", "primal") => |call| call.time(llsq::primal),
        ("llsq", "gradient") => |call| call.time(llsq::gradient),
        ("lse", "primal") => |call| call.time(lse::primal),
        ("lse", "gradient") => |call| call.time(lse::gradient),
        ("lstm", "objective") => |call| call.time(lstm::objective),
        ("lstm", "jacobian") => |call| call.time(lstm::jacobian),
        ("ode", "primal") => |call| call.time(ode::primal),
        ("ode", "gradient") => |call| call.time(ode::gradient),
        ("particle", "ff") => |call| call.time(particle::solve::<Forward, Forward>),
        ("particle", "fr") => |call| call.time(particle::solve::<Forward, Reverse>),
        ("particle", "rf") => |call| call.time(particle::solve::<Reverse, Forward>),
        ("particle", "rr") => |call| call.time(particle::solve::<Reverse, Reverse>),
        ("saddle", "ff") => |call| call.time(saddle::solve::<Forward, Forward>),
        ("saddle", "fr") => |call| call.time(saddle::solve::<Forward, Reverse>),
        ("saddle", "rf") => |call| call.time(saddle::solve::<Reverse, Forward>),
        ("saddle", "rr") => |call| call.time(saddle::solve::<Reverse, Reverse>),
        _ => return None,
    };
    Some(function)
}
