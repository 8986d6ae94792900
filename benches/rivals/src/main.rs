//! Gradients of the same programs by this crate and by others, in one run: samples of all take turns, so that each
//! is compared with what was measured directly before and after it. Time is that of this thread on a processor.
//! Writes a table and a chart to `benches/results/`.

mod adr;
mod numbers;
mod programs;
mod report;
mod rivals;

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use programs::{
    Determinant, LogSumExp, MatrixVector, Mixture, Program, Rosenbrock, Stencil, workloads,
};
use report::{Column, Entry, Name};
use rivals::Rival;

/// How long a program is measured, and how often at least and at most each rival takes its turn.
const BUDGET: Duration = Duration::from_secs(20);
const ROUNDS: std::ops::RangeInclusive<usize> = 5..=61;
/// How long a sample takes at least.
const SAMPLE: Duration = Duration::from_millis(2);
/// Of how many variables forward mode finds derivatives in a sample; all evaluations take the same time.
const VARIABLES: usize = 32;

struct Contender<P> {
    name: Name,
    forward: bool,
    rival: Box<dyn Rival<P>>,
}

fn contenders<P: Program>() -> Vec<Contender<P>> {
    let contender =
        |package, note, forward, rival| Contender { name: Name { package, note }, forward, rival };
    vec![
        contender("wengert-autodiff", "", false, Box::new(rivals::Wengert) as Box<dyn Rival<P>>),
        contender("reverse", "", false, Box::<rivals::Reverse>::default()),
        contender("echidna", "", false, Box::new(rivals::Echidna)),
        contender("echidna", "replay only", false, Box::<rivals::EchidnaReplay>::default()),
        contender("aad", "", false, Box::new(rivals::Aad)),
        contender("RustQuant_autodiff", "", false, Box::<rivals::RustQuant>::default()),
        contender("ad_trait", "reverse", false, Box::new(rivals::AdTrait)),
        contender("easy-ml", "", false, Box::<rivals::EasyMl>::default()),
        contender("num-dual", "forward", true, Box::new(rivals::NumDual)),
        contender("autodiff", "forward", true, Box::new(rivals::Autodiff)),
        contender("hyperdual", "forward, 8 at once", true, Box::new(rivals::Hyperdual)),
    ]
}

/// A rival at its program.
struct Runner<'a, P> {
    rival: &'a mut dyn Rival<P>,
    /// How often a sample calls it.
    calls: u32,
    /// The derivatives that it finds in a call.
    gradient: Vec<f64>,
    /// Nanoseconds of a whole gradient in each round.
    samples: Vec<f64>,
}

impl<'a, P: Program> Runner<'a, P> {
    fn new(rival: &'a mut dyn Rival<P>, x: &[f64], forward: bool) -> Self {
        let derivatives = if forward { VARIABLES } else { x.len() };
        let mut runner =
            Self { rival, calls: 1, gradient: vec![0.0; derivatives], samples: vec![] };
        runner.time(x);
        while runner.time(x) < SAMPLE {
            runner.calls *= 2;
        }
        runner
    }

    fn time(&mut self, x: &[f64]) -> Duration {
        let start = ThreadTime::now();
        for _ in 0..self.calls {
            self.rival.gradient(black_box(x), black_box(&mut self.gradient));
        }
        start.elapsed()
    }

    fn sample(&mut self, x: &[f64]) {
        let parts = x.len() as f64 / self.gradient.len() as f64;
        let time = self.time(x).as_secs_f64() * 1e9 / f64::from(self.calls);
        self.samples.push(time * parts);
    }
}

fn median(samples: impl Iterator<Item = f64>) -> f64 {
    let mut samples: Vec<f64> = samples.collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// Whether two gradients are the same to rounding.
fn assert_same(program: &str, name: &Name, got: &[f64], want: &[f64]) {
    let largest = want.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs() / largest;
        assert!(error < 1e-10, "{program}, {}: ∂{k} is {got}, not {want}", name.package);
    }
}

fn measure<P: Program>() -> Column {
    let x = P::point();
    let mut plain = rivals::Plain;
    let mut plain = Runner::<P>::new(&mut plain, &x, false);
    let mut contenders = contenders::<P>();
    let names: Vec<Name> = contenders.iter().map(|c| c.name).collect();
    let mut runners: Vec<_> =
        contenders.iter_mut().map(|c| Runner::new(&mut *c.rival, &x, c.forward)).collect();
    for (name, runner) in names.iter().zip(&runners) {
        assert_same(P::NAME, name, &runner.gradient, &runners[0].gradient);
    }

    let start = Instant::now();
    let more = |rounds: usize| {
        rounds < *ROUNDS.start() || rounds < *ROUNDS.end() && start.elapsed() < BUDGET
    };
    while more(plain.samples.len()) {
        plain.sample(&x);
        runners.iter_mut().for_each(|runner| runner.sample(&x));
    }
    let ratio = |of: &[f64], to: &[f64]| median(of.iter().zip(to).map(|(of, to)| of / to));
    let entry = |runner: &Runner<'_, P>| Entry {
        nanoseconds: median(runner.samples.iter().copied()),
        of_plain: ratio(&runner.samples, &plain.samples),
        of_ours: ratio(&runner.samples, &runners[0].samples),
    };
    Column {
        program: P::NAME,
        plain: median(plain.samples.iter().copied()),
        entries: runners.iter().map(entry).collect(),
    }
}

/// What Wengert finds for the program of the scalar benchmark, which is another text: both have to agree.
fn check<P: Program, Q: workloads::Program>() {
    let x = Q::point();
    let want = wengert_autodiff::gradient(Q::run, &x);
    let got = wengert_autodiff::gradient(P::run, &x);
    assert_same(P::NAME, &Name { package: "wengert-autodiff", note: "" }, &got, &want);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(&core) = core_affinity::get_core_ids().unwrap_or_default().last() {
        core_affinity::set_for_current(core);
    }
    check::<Rosenbrock, workloads::Rosenbrock>();
    check::<LogSumExp, workloads::LogSumExp>();
    check::<MatrixVector, workloads::MatrixVector>();
    check::<Determinant, workloads::Determinant>();
    check::<Stencil, workloads::Stencil>();
    let columns = [
        measure::<Rosenbrock>(),
        measure::<LogSumExp>(),
        measure::<MatrixVector>(),
        measure::<Determinant>(),
        measure::<Stencil>(),
        measure::<Mixture>(),
    ];
    let names: Vec<Name> = contenders::<Mixture>().iter().map(|c| c.name).collect();
    report::write(&names, &columns)
}
