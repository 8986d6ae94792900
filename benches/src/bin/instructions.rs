//! Counts the instructions of a gradient of each workload, with valgrind, and fails if they have become more than in
//! `results/instructions.tsv`. With `--write`, writes that table.
//!
//! Without valgrind, or on another processor than the table's, it says so and does nothing.

use std::hint::black_box;
use std::process::{Command, ExitCode};

use wengert_autodiff::gradient_into;
use wengert_benches::guard::Counts;
use wengert_benches::workloads::{
    Determinant, LogSumExp, MatrixVector, Program, Rosenbrock, Stencil,
};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/results/instructions.tsv");

fn gradients<P: Program>(times: usize) {
    let x = P::point();
    let mut gradient = vec![0.0; x.len()];
    for _ in 0..times {
        black_box(gradient_into(P::run, black_box(&x), &mut gradient));
    }
}

/// A name, and what does so many gradients.
type Workload = (&'static str, fn(usize));

const WORKLOADS: [Workload; 5] = [
    (Rosenbrock::NAME, gradients::<Rosenbrock>),
    (LogSumExp::NAME, gradients::<LogSumExp>),
    (MatrixVector::NAME, gradients::<MatrixVector>),
    (Determinant::NAME, gradients::<Determinant>),
    (Stencil::NAME, gradients::<Stencil>),
];

/// The instructions of this program when it is told to do so many gradients.
fn instructions(workload: usize, times: usize) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["--run", &workload.to_string(), &times.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = report.split_once("Collected :")?;
    collected.split_whitespace().next()?.parse().ok()
}

/// The instructions of one gradient, once memory is there.
fn of_one_gradient(workload: usize) -> Option<u64> {
    let (few, many) = (2, 7);
    let more = instructions(workload, many)? - instructions(workload, few)?;
    Some(more / (many - few) as u64)
}

fn count() -> Option<Counts> {
    let version = Command::new("rustc").arg("--version").output().ok()?;
    let compiler = String::from_utf8_lossy(&version.stdout).trim().to_string();
    let row = |(k, &(name, _)): (usize, &Workload)| Some((name.to_string(), of_one_gradient(k)?));
    let rows = WORKLOADS.iter().enumerate().map(row).collect::<Option<_>>()?;
    Some(Counts { compiler, rows })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [_, workload, times] = &arguments[..] {
        let [workload, times] = [workload, times].map(|n| n.parse::<usize>().expect("a number"));
        WORKLOADS[workload].1(times);
        return ExitCode::SUCCESS;
    }
    if !cfg!(target_arch = "x86_64") {
        println!("instructions: not counted; the table is of x86-64");
        return ExitCode::SUCCESS;
    }
    let Some(counts) = count() else {
        println!("instructions: not counted; valgrind is not installed, or does not run here");
        return ExitCode::SUCCESS;
    };
    print!("{counts}");
    if arguments == ["--write"] {
        std::fs::write(TABLE, counts.to_string()).expect("the table can be written");
        return ExitCode::SUCCESS;
    }
    let table = std::fs::read_to_string(TABLE).ok().and_then(|text| Counts::parse(&text));
    let table = table.expect("results/instructions.tsv is a table; make one with --write");
    let complaints = counts.exceeding(&table);
    if complaints.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("instructions: more than in the table, which {} made.", table.compiler);
    complaints.iter().for_each(|complaint| println!("  {complaint}"));
    println!("If that is meant to be, write the table anew: --bin instructions -- --write");
    ExitCode::FAILURE
}
