//! The law of arrays on a device: what is computed there is what is computed on the CPU, and stays there.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use wengert_tensor::{
    Device, Element, Tensor, Var, constant, evaluate, gradient, hvp, measure_memory,
};

use super::{Layout, Program, Row};
use crate::modes::outcome;
use crate::points::Random;
use crate::report::Findings;

/// By how many units of rounding the results of a device may differ from those of the CPU, the unit being that of the largest
/// number among the result, the derivatives of one order less, and 1.
///
/// Both round products and sums of elementwise work one by one, so what differs is the order of sums (of at most some hundred
/// terms here), roundings that a device saves where it adds up products, and elementary functions, which are within 4 units of
/// the last place of the exact value on either side. A program of several such functions, differentiated, has some ten of them
/// one after the other.
pub const BOUNDS: [f64; 3] = [16.0, 64.0, 256.0];

/// What was computed, in the order of [`BOUNDS`].
const KINDS: [&str; 3] = ["value", "gradient", "second derivatives"];

/// The operations that go by way of the host, which factorises matrices for all devices: factorisations, and what is computed of
/// them. (So do functions of a program's own, which no device has code for.)
pub const BY_HOST: [&str; 13] = [
    "cholesky",
    "cofactors",
    "det",
    "eigh",
    "log_det",
    "lu",
    "matrix_exp",
    "qr",
    "slog_det",
    "solve",
    "solve_lower_triangular",
    "solve_upper_triangular",
    "svd",
];

/// What was found about operations on a device.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Values, gradients, and second derivatives along a direction, in `f64`; errors in units of rounding.
    pub double: [Findings; 3],
    /// The same in `f32`.
    pub single: [Findings; 3],
    /// Values and gradients of arrays with zeros, infinities and NaNs.
    pub special: [Findings; 2],
    /// The operations that went by way of the host, and the rows that they occurred in.
    pub by_host: BTreeMap<&'static str, BTreeSet<String>>,
    /// How many operations the device carried out itself, by name.
    pub on_device: BTreeMap<&'static str, usize>,
}

impl Report {
    /// All failures.
    pub fn failures(&self) -> Vec<&str> {
        let all = self.double.iter().chain(&self.single).chain(&self.special);
        all.flat_map(|findings| &findings.failures).map(String::as_str).collect()
    }

    /// How many numbers were compared.
    pub fn cases(&self) -> usize {
        let all = self.double.iter().chain(&self.single).chain(&self.special);
        all.map(|findings| findings.cases).sum()
    }

    /// Adds what another one found.
    pub fn absorb(&mut self, other: Self) {
        let pairs = (self.double.iter_mut().zip(other.double))
            .chain(self.single.iter_mut().zip(other.single))
            .chain(self.special.iter_mut().zip(other.special));
        pairs.for_each(|(findings, others)| findings.absorb(others));
        for (operation, rows) in other.by_host {
            self.by_host.entry(operation).or_default().extend(rows);
        }
        for (operation, count) in other.on_device {
            *self.on_device.entry(operation).or_default() += count;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets = [("f64", &self.double[..]), ("f32", &self.single), ("special", &self.special)];
        for (name, set) in sets {
            for (findings, kind) in set.iter().zip(KINDS) {
                let Findings { cases, worst, failures } = findings;
                let failed = failures.len();
                writeln!(
                    f,
                    "{name}, {kind}: {cases} compared, {failed} fail, worst {worst:.1} units of rounding"
                )?;
            }
        }
        let own = self.on_device.len();
        writeln!(f, "{own} operations by the device, {} by the host:", self.by_host.len())?;
        for (operation, rows) in &self.by_host {
            writeln!(f, "  {operation}: {}", rows.iter().cloned().collect::<Vec<_>>().join("; "))?;
        }
        Ok(())
    }
}

/// A program at a point, with a direction and the weights of a curved loss Σ wy + ½ Σ uy² of its result.
struct Case<'a, T: Element> {
    program: &'a Program<T>,
    x: Vec<Tensor<T>>,
    v: Vec<Tensor<T>>,
    w: Tensor<T>,
    u: Tensor<T>,
}

fn each<T: Element>(x: &Tensor<f64>, f: impl FnMut(f64) -> T) -> Tensor<T> {
    Tensor::from_vec(x.shape(), x.to_vec().into_iter().map(f).collect())
}

fn numbers<T: Element>(shape: &[usize], random: &mut Random) -> Tensor<T> {
    Tensor::from_fn(shape, |_| T::nearest(random.uniform(0.3, 1.0) * random.choose(&[-1.0, 1.0])))
}

impl<'a, T: Element> Case<'a, T> {
    fn new(program: &'a Program<T>, x: Vec<Tensor<T>>, random: &mut Random) -> Self {
        let y = evaluate(&x, |x: Vec<Var<T>>| program(&x));
        let v = x.iter().map(|x| numbers(x.shape(), random)).collect();
        let largest = y.to_vec().iter().map(|y| y.widen().abs()).fold(1.0, f64::max);
        let [w, u] = [1.0, 1.0 / largest].map(|size| &numbers(y.shape(), random) * size);
        Case { program, x, v, w, u }
    }

    fn to(&self, device: &Device) -> Self {
        let all = |x: &[Tensor<T>]| x.iter().map(|x| x.to(device)).collect();
        let (w, u) = (self.w.to(device), self.u.to(device));
        Case { program: self.program, x: all(&self.x), v: all(&self.v), w, u }
    }

    fn laid_out(self, layout: Layout) -> Self {
        let of = |x: &Tensor<T>| layout.of(x);
        let (x, v) = (self.x.iter().map(of).collect(), self.v.iter().map(of).collect());
        Case { program: self.program, x, v, w: of(&self.w), u: of(&self.u) }
    }

    fn loss(&self, x: &[Var<T>]) -> Var<T> {
        let y = (self.program)(x);
        (y * constant(&self.w) + y * y * constant(&self.u) * 0.5).sum()
    }

    /// What is computed: [`KINDS`].
    fn results(&self, kind: usize) -> Vec<Tensor<T>> {
        match kind {
            0 => vec![evaluate(&self.x, |x: Vec<Var<T>>| (self.program)(&x))],
            1 => gradient(&self.x, |x| self.loss(&x)),
            _ => hvp(|x| self.loss(&x), &self.x, &self.v),
        }
    }
}

fn wide<T: Element>(x: &[Tensor<T>]) -> Vec<f64> {
    x.iter().flat_map(Tensor::to_vec).map(|x| x.widen()).collect()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().filter(|x| x.is_finite()).fold(0.0, |largest, x| x.abs().max(largest))
}

/// Compares arrays element by element, NaNs and infinities exactly; the unit is that of the largest number.
fn compare<T: Element>(
    findings: &mut Findings,
    what: &dyn Fn() -> String,
    [got, want]: [&[f64]; 2],
    scale: f64,
    bound: f64,
) {
    let unit = largest(want).max(scale) * T::EPSILON;
    findings.case(got.len() == want.len(), || format!("{}: {} elements", what(), got.len()));
    for (k, (&got, &want)) in got.iter().zip(want).enumerate() {
        let same = got == want || (got.is_nan() && want.is_nan());
        let error = if same { 0.0 } else { (got - want).abs() / unit };
        let error = if error.is_nan() { f64::INFINITY } else { error };
        findings.error(error, bound, || {
            format!("{}[{k}]: {got:e} on the device, {want:e} on the CPU", what())
        });
    }
}

/// Both sides of the law: the results, or the same words of a panic.
fn judge<T: Element>(
    report: &mut Report,
    findings: fn(&mut Report) -> &mut [Findings],
    place: &str,
    [there, here]: [&Case<'_, T>; 2],
    device: &Device,
) {
    let mut scale = 1.0;
    for (kind, name) in KINDS.iter().enumerate().take(findings(report).len()) {
        let what = || format!("{place}: {name}");
        let want = outcome(|| wide(&here.results(kind)));
        let got = outcome(|| {
            let (results, made) = measure_memory(|| there.results(kind));
            let places: Vec<Device> = results.iter().map(Tensor::device).collect();
            (wide(&results), places, made)
        });
        let found = &mut findings(report)[kind];
        match (got, want) {
            (Ok((got, places, made)), Ok(want)) => {
                let stays = places.iter().all(|place| place == device);
                found.case(stays, || format!("{}: the results are on {places:?}", what()));
                compare::<T>(found, &what, [&got, &want], scale, BOUNDS[kind]);
                scale = largest(&want).max(scale);
                for (operation, made) in made.by_operation {
                    if made.by_host > 0 {
                        let rows = report.by_host.entry(operation).or_default();
                        rows.insert(place.split(" at ").next().unwrap_or(place).into());
                    } else {
                        *report.on_device.entry(operation).or_default() += made.results;
                    }
                }
            }
            (Err(got), Err(want)) => found.case(got == want, || {
                format!("{}: panics with {got:?} on the device, and {want:?} on the CPU", what())
            }),
            (got, want) => {
                let (got, want) = (got.err(), want.err());
                found.failures.push(format!(
                    "{}: panics with {got:?} on the device, and {want:?} on the CPU",
                    what()
                ));
            }
        }
    }
}

/// Holds an operation to the law on a device.
pub fn check_row(row: &Row, device: &Device) -> Report {
    let (mut random, mut report) = (Random::named(&row.name), Report::default());
    let cases = row.inputs.small(&mut random);
    for (number, x) in cases.iter().enumerate() {
        let shapes: Vec<String> = x.iter().map(|x| x.shape().to_string()).collect();
        let place = format!("{} at {}", row.name, shapes.join(", "));
        let here = Case::new(&row.double, x.clone(), &mut random);
        judge(&mut report, |r| &mut r.double, &place, [&here.to(device), &here], device);
        if number % 2 == 1 {
            // Views, in memory of the device, one kind of them for each case.
            let layout = Layout::ALL[number / 2 % Layout::ALL.len()];
            let place = format!("{place}, {layout:?}");
            let views = [here.to(device).laid_out(layout), here.laid_out(layout)];
            judge(&mut report, |r| &mut r.double[..2], &place, [&views[0], &views[1]], device);
        } else {
            let x = x.iter().map(|x| each(x, |x| x as f32)).collect();
            let here = Case::new(&row.single, x, &mut random);
            let place = format!("{place}, f32");
            judge(&mut report, |r| &mut r.single, &place, [&here.to(device), &here], device);
        }
    }
    let x = row.inputs.medium(&mut random);
    let shapes: Vec<String> = x.iter().map(|x| x.shape().to_string()).collect();
    let place = format!("{} at {}", row.name, shapes.join(", "));
    let narrow = x.iter().map(|x| each(x, |x| x as f32)).collect();
    let here = Case::new(&row.double, x, &mut random);
    judge(&mut report, |r| &mut r.double, &place, [&here.to(device), &here], device);
    let (here, place) = (Case::new(&row.single, narrow, &mut random), format!("{place}, f32"));
    judge(&mut report, |r| &mut r.single[..2], &place, [&here.to(device), &here], device);
    if let Some(x) = cases.iter().rev().find(|x| x.iter().any(|x| x.size() > 1)) {
        let special = |x: &Tensor<f64>| {
            let element = |x: f64| {
                let special = random.choose(&[f64::NAN, f64::INFINITY, -f64::INFINITY, 0.0, -0.0]);
                random.choose(&[x, x, special])
            };
            each(x, element)
        };
        let mut here = Case::new(&row.double, x.clone(), &mut Random::named("weights"));
        here.x = x.iter().map(special).collect();
        let place = format!("{} at {:?}", row.name, here.x);
        judge(&mut report, |r| &mut r.special, &place, [&here.to(device), &here], device);
    }
    report
}

/// Holds all operations to the law on a device.
pub fn check(device: &Device) -> Report {
    let mut report = Report::default();
    super::table().iter().for_each(|row| report.absorb(check_row(row, device)));
    report
}
