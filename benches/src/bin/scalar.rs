//! The cost of a gradient of scalar programs: its time over that of the plain program, and what it takes beyond that program, to
//! record and to sweep, in time and clocks of the processor per recorded node.

use std::hint::black_box;

use wengert_autodiff::{Tape, gradient_into};
use wengert_benches::clock::{clocks_per_ns, median_ns};
use wengert_benches::workloads::{
    Determinant, LogSumExp, MatrixVector, Program, Rosenbrock, Stencil,
};

struct Row {
    ns_per_node: f64,
    clocks_per_node: f64,
    ratio: f64,
}

fn measure<P: Program>() -> Row {
    let x = P::point();
    let mut gradient = vec![0.0; x.len()];
    let nodes = {
        let tape = Tape::new();
        P::run(&tape.vars(&x));
        tape.nodes()
    };
    let plain = median_ns(|| P::run(black_box(&x)));
    let differentiated = median_ns(|| gradient_into(P::run, black_box(&x), &mut gradient));
    let ns_per_node = (differentiated - plain) / nodes as f64;
    let clocks_per_node = ns_per_node * clocks_per_ns();
    let row = Row { ns_per_node, clocks_per_node, ratio: differentiated / plain };
    println!(
        "{:<24} {:>8} {:>12.2} {:>12.2} {:>8.1} {:>12.2} {:>10.1}",
        P::NAME,
        nodes,
        plain / 1e3,
        differentiated / 1e3,
        row.ratio,
        row.ns_per_node,
        row.clocks_per_node
    );
    row
}

fn main() {
    println!(
        "{:<24} {:>8} {:>12} {:>12} {:>8} {:>12} {:>10}",
        "", "nodes", "plain, µs", "gradient, µs", "ratio", "ns per node", "clocks"
    );
    let rows = [
        measure::<Rosenbrock>(),
        measure::<LogSumExp>(),
        measure::<MatrixVector>(),
        measure::<Determinant>(),
        measure::<Stencil>(),
    ];
    let worst = |of: fn(&Row) -> f64| rows.iter().map(of).fold(0.0, f64::max);
    println!(
        "scalar: worst {:.1} ns per node ({:.0} clocks), worst ratio {:.0}",
        worst(|row| row.ns_per_node),
        worst(|row| row.clocks_per_node),
        worst(|row| row.ratio)
    );
}
