//! What must hold for every operation, and the one check of it.

use rayon::ThreadPoolBuilder;
use wengert_tensor::{Tensor, Var, constant, evaluate, gradient, hvp, jvp};

use super::{Layout, Row, twins};
use crate::check::Rounded;
use crate::check::differences::{Estimate, along};
use crate::modes::outcome;
use crate::points::Random;
use crate::report::Findings;

type Arrays = Vec<Tensor<f64>>;

/// One of the laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// ⟨w, Jv⟩ = ⟨Jᵀw, v⟩: forward and reverse mode are each other's transpose.
    Transpose,
    /// Reverse mode against central differences, element by element.
    Gradient,
    /// Forward mode against central differences.
    Tangent,
    /// Hv by forward over reverse, reverse over reverse, forward over forward, and by differences of the gradient.
    Second,
    /// Value and gradient in `f32` against those in `f64` at the same numbers.
    Single,
    /// Value and gradient of operands, and under cotangents, that lie in memory otherwise.
    Layouts,
    /// Value and gradient of large arrays, bit for bit, on one thread and on three.
    Threads,
    /// Value, both first derivatives and Hv, element by element, against the same program on single numbers.
    Scalars,
}

/// All laws, with their names.
pub const LAWS: [(Law, &str); 8] = [
    (Law::Transpose, "transpose"),
    (Law::Gradient, "vjp"),
    (Law::Tangent, "jvp"),
    (Law::Second, "second order"),
    (Law::Single, "f32"),
    (Law::Layouts, "layouts"),
    (Law::Threads, "threads"),
    (Law::Scalars, "scalars"),
];

/// What the laws found about one operation.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: [Findings; LAWS.len()],
    /// How many derivatives were compared with differences, and how many of those were exact enough to judge.
    pub differences: usize,
    /// See above.
    pub judged: usize,
}

impl Report {
    /// What one law found.
    pub fn of(&self, law: Law) -> &Findings {
        &self.findings[law as usize]
    }

    /// All failures, each after the name of its law.
    pub fn failures(&self) -> Vec<String> {
        let named = |(findings, (_, name)): (&Findings, &(Law, &'static str))| {
            findings.failures.iter().map(|failure| format!("{name}: {failure}")).collect::<Vec<_>>()
        };
        let mut failures: Vec<String> = self.findings.iter().zip(&LAWS).flat_map(named).collect();
        // Where inputs are smooth, differences say something nearly everywhere.
        if self.judged * 5 < self.differences * 4 {
            let (judged, all) = (self.judged, self.differences);
            failures.push(format!("only {judged} of {all} differences are exact enough to judge"));
        }
        failures
    }

    fn law(&mut self, law: Law) -> &mut Findings {
        &mut self.findings[law as usize]
    }

    /// Compares arrays element by element; errors are relative to `scale`, or the largest element if that is larger.
    fn compare(&mut self, law: Law, what: &str, got: &[f64], want: &[f64], scale: f64, bound: f64) {
        let scale = want.iter().fold(scale, |scale, want| scale.max(want.abs()));
        let findings = self.law(law);
        findings.case(got.len() == want.len(), || {
            format!("{what}: {} elements, and {} are right", got.len(), want.len())
        });
        for (k, (&got, &want)) in got.iter().zip(want).enumerate() {
            let same = got == want || (got.is_nan() && want.is_nan());
            let error = if same { 0.0 } else { (got - want).abs() / scale };
            let error = if error.is_nan() { f64::INFINITY } else { error };
            findings.error(error, bound, || format!("{what}[{k}]: {got:e}, and {want:e} is right"));
        }
    }

    /// Compares derivatives with differences, where these are exact enough.
    fn differ(&mut self, law: Law, what: &str, got: &[f64], estimates: &[Estimate], scale: f64) {
        const EXACT: f64 = 1e-6;
        let scale = got.iter().fold(scale, |scale, got| scale.max(got.abs()));
        for (k, (&got, estimate)) in got.iter().zip(estimates).enumerate() {
            let &Estimate { value, error } = estimate;
            self.differences += 1;
            if error <= EXACT * scale || (got.is_nan() && value.is_finite()) {
                self.judged += 1;
                let distance = (got - value).abs() / scale;
                let distance = if distance.is_nan() { f64::INFINITY } else { distance };
                self.law(law).error(distance, 4.0 * error / scale + 1e-12, || {
                    format!("{what}[{k}]: {got:e}, and differences give {value:e} ± {error:.1e}")
                });
            }
        }
    }
}

impl Findings {
    fn no_panic(&mut self, outcome: Result<(), String>) {
        if let Err(message) = outcome {
            self.failures.push(format!("panicked: {message}"));
        }
    }
}

fn flat(arrays: &[Tensor<f64>]) -> Vec<f64> {
    arrays.iter().flat_map(Tensor::to_vec).collect()
}

fn dot(a: &[f64], b: &[f64]) -> (f64, f64) {
    let terms = || a.iter().zip(b).map(|(a, b)| a * b);
    (terms().sum(), terms().map(f64::abs).sum())
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

/// A result with what rounding may have done to it: nothing, if it is an exact zero.
fn rounded(value: f64, noise: f64) -> Rounded {
    Rounded { value, error: if value == 0.0 { 0.0 } else { noise } }
}

/// x + t v
fn moved(x: &[Tensor<f64>], t: f64, v: &[Tensor<f64>]) -> Arrays {
    x.iter().zip(v).map(|(x, v)| x + &(v * t)).collect()
}

fn numbers(shape: &[usize], random: &mut Random) -> Tensor<f64> {
    Tensor::from_fn(shape, |_| random.uniform(0.3, 1.0) * random.choose(&[-1.0, 1.0]))
}

fn like(x: &[Tensor<f64>], random: &mut Random) -> Arrays {
    x.iter().map(|x| numbers(x.shape(), random)).collect()
}

/// An operation at a point, with weights that make a curved loss of its result: Σ wy + ½ Σ uy².
struct At<'a> {
    row: &'a Row,
    x: Arrays,
    v: Arrays,
    w: Tensor<f64>,
    u: Tensor<f64>,
}

/// By how much rounding may move a result, in units of the largest one.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// How often the step of differences is halved.
const HALVINGS: usize = 26;

impl<'a> At<'a> {
    fn new(row: &'a Row, x: Arrays, random: &mut Random) -> Self {
        let y = evaluate(&x, |x: Vec<Var<f64>>| (row.double)(&x));
        let (v, w) = (like(&x, random), numbers(y.shape(), random));
        // (So that the curvature does not outweigh the rest.)
        let u = &numbers(y.shape(), random) * largest(&y.to_vec()).max(1.0).recip();
        Self { row, x, v, w, u }
    }

    fn result(&self, x: &[Var<f64>]) -> Var<f64> {
        (self.row.double)(x)
    }

    fn loss(&self, x: &[Var<f64>]) -> Var<f64> {
        let y = self.result(x);
        (y * constant(&self.w) + y * y * constant(&self.u) * 0.5).sum()
    }

    /// Σ wy
    fn weighted(&self, x: &[Var<f64>]) -> Var<f64> {
        (self.result(x) * constant(&self.w)).sum()
    }

    fn value_at(&self, x: &Arrays) -> Tensor<f64> {
        evaluate(x, |x: Vec<Var<f64>>| self.result(&x))
    }

    fn gradient_at(&self, x: &Arrays) -> Arrays {
        gradient(x, |x| self.loss(&x))
    }

    fn first_order(&self, report: &mut Report) {
        let (x, v) = (&self.x, flat(&self.v));
        let (y, tangent) = jvp(|x: Vec<Var<f64>>| self.result(&x), x, &self.v);
        let tangent = tangent.to_vec();
        let plain = self.value_at(x).to_vec();
        report.compare(Law::Tangent, "value beside a tangent", &y.to_vec(), &plain, 1.0, 0.0);

        let pulled = flat(&gradient(x, |x| self.weighted(&x)));
        let ((forward, f), (reverse, r)) = (dot(&self.w.to_vec(), &tangent), dot(&pulled, &v));
        report.compare(Law::Transpose, "⟨w, Jv⟩", &[forward], &[reverse], f.max(r), 1e-12);

        let slope = gradient(x, |x| self.loss(&x));
        let slope = flat(&slope);
        report.case_shapes(x, &self.gradient_at(x));
        let size = self.terms(&plain);
        let reach = 1.0 + largest(&flat(x));
        let noise = size * ROUNDING + f64::EPSILON * 4.0 * largest(&slope) * reach;
        let scale = largest(&slope).max(1e-3 * size).max(1e-3);
        let mut place = 0;
        for (k, operand) in x.iter().enumerate() {
            for index in 0..operand.size() {
                let curve = |t: f64| {
                    let mut x = x.clone();
                    x[k].as_mut_slice()[index] += t;
                    let loss = evaluate(&x, |x: Vec<Var<f64>>| self.loss(&x)).item();
                    vec![rounded(loss, noise)]
                };
                let what = format!("∂/∂x{k}[{index}]");
                let estimate = along(&curve, 0.0, 1.0, HALVINGS);
                report.differ(Law::Gradient, &what, &slope[place..=place], &estimate, scale);
                place += 1;
            }
        }

        let noise = largest(&plain) * ROUNDING + f64::EPSILON * 8.0 * largest(&tangent) * reach;
        let curve = |t: f64| {
            let results = self.value_at(&moved(x, t, &self.v)).to_vec();
            results.into_iter().map(|y| rounded(y, noise)).collect()
        };
        report.differ(Law::Tangent, "Jv", &tangent, &along(&curve, 0.0, 1.0, HALVINGS), 1e-3);
    }

    /// Σ|wy| + ½ Σ|u|y²
    fn terms(&self, y: &[f64]) -> f64 {
        let squares: Vec<f64> = y.iter().map(|y| 0.5 * y * y).collect();
        dot(&self.w.to_vec(), y).1 + dot(&self.u.to_vec(), &squares).1
    }

    fn second_order(&self, report: &mut Report) {
        let (x, v) = (&self.x, &self.v);
        let slope = largest(&flat(&self.gradient_at(x)));
        let product = flat(&hvp(|x| self.loss(&x), x, v));
        let twice = flat(&gradient(x, |x| {
            let slopes = gradient(&x, |x| self.loss(&x));
            let terms = slopes.iter().zip(v).map(|(slope, v)| (*slope * constant(v)).sum());
            terms.fold(Var::from(0.0), |sum, term| sum + term)
        }));
        report.compare(Law::Second, "reverse over reverse", &twice, &product, slope, 1e-10);
        let directions = |x: &[Var<f64>]| {
            let v: Vec<Var<f64>> = v.iter().map(constant).collect();
            jvp(|x: Vec<Var<f64>>| self.loss(&x), &x.to_vec(), &v).1
        };
        let (_, curvature) = jvp(|x: Vec<Var<f64>>| directions(&x), x, v);
        let (expected, size) = dot(&product, &flat(v));
        let scale = size.max(slope);
        report.compare(
            Law::Second,
            "forward over forward",
            &[curvature.item()],
            &[expected],
            scale,
            1e-10,
        );
        let reach = 1.0 + largest(&flat(x));
        let noise = slope * ROUNDING + f64::EPSILON * 8.0 * largest(&product) * reach;
        let curve = |t: f64| {
            let slopes = flat(&self.gradient_at(&moved(x, t, v)));
            slopes.into_iter().map(|slope| rounded(slope, noise)).collect()
        };
        let estimates = along(&curve, 0.0, 1.0, HALVINGS);
        report.differ(Law::Second, "Hv", &product, &estimates, slope.max(1e-3));
    }

    fn single(&self, report: &mut Report) {
        let narrow = |x: &Tensor<f64>| {
            Tensor::from_vec(x.shape(), x.to_vec().iter().map(|&x| x as f32).collect())
        };
        let wide = |x: &Tensor<f32>| x.to_vec().into_iter().map(f64::from).collect::<Vec<_>>();
        let (x, w): (Vec<Tensor<f32>>, _) = (self.x.iter().map(narrow).collect(), narrow(&self.w));
        let exact = |x: &Tensor<f32>| Tensor::from_vec(x.shape(), wide(x));
        let x64: Arrays = x.iter().map(exact).collect();
        let at = At { row: self.row, w: exact(&w), x: x64, v: self.v.clone(), u: self.u.clone() };
        let value = evaluate(&x, |x: Vec<Var<f32>>| (self.row.single)(&x));
        let slope = gradient(&x, |x| ((self.row.single)(&x) * constant(&w)).sum());
        let slope: Vec<f64> = slope.iter().flat_map(wide).collect();
        let expected = flat(&gradient(&at.x, |x| at.weighted(&x)));
        let values = at.value_at(&at.x).to_vec();
        report.compare(Law::Single, "value", &wide(&value), &values, 1e-3, 2e-5);
        report.compare(Law::Single, "gradient", &slope, &expected, 1e-3, 2e-5);
    }

    fn layouts(&self, report: &mut Report) {
        const ORDER: f64 = 1e-13;
        for layout in Layout::ALL {
            let x: Arrays = self.x.iter().map(|x| layout.of(x)).collect();
            let plain: Arrays = x.iter().map(|x| Tensor::from_vec(x.shape(), x.to_vec())).collect();
            let (value, expected) = (self.value_at(&x).to_vec(), self.value_at(&plain).to_vec());
            report.compare(
                Law::Layouts,
                &format!("value, {layout:?}"),
                &value,
                &expected,
                1.0,
                ORDER,
            );
            let slope = flat(&self.gradient_at(&x));
            let expected = flat(&self.gradient_at(&plain));
            report.compare(Law::Layouts, &format!("{layout:?}"), &slope, &expected, 1.0, ORDER);
        }
        // Cotangents that are no plain arrays.
        if self.w.rank() > 0 {
            let turned = self.w.swap_axes(0, -1).contiguous();
            let slope = flat(&gradient(&self.x, |x| {
                (self.result(&x).swap_axes(0, -1) * constant(&turned)).sum()
            }));
            let expected = flat(&gradient(&self.x, |x| self.weighted(&x)));
            let what = "cotangent, transposed";
            report.compare(Law::Layouts, what, &slope, &expected, 1.0, ORDER);
        }
        let slope = flat(&gradient(&self.x, |x| self.result(&x).sum()));
        let ones = Tensor::ones(self.w.shape()).contiguous();
        let expected = flat(&gradient(&self.x, |x| (self.result(&x) * constant(&ones)).sum()));
        report.compare(Law::Layouts, "cotangent, expanded", &slope, &expected, 1.0, ORDER);
    }

    fn scalars(&self, report: &mut Report) {
        const FIRST: f64 = 1e-13;
        const SECOND: f64 = 1e-11;
        let Some(twin) = &self.row.twin else { return };
        let weights = [&self.w.to_vec()[..], &self.u.to_vec()[..]];
        let single = twins::derivatives(&**twin, &self.x, &self.v, weights);
        let (y, tangent) = jvp(|x: Vec<Var<f64>>| self.result(&x), &self.x, &self.v);
        let (slope, product) =
            (self.gradient_at(&self.x), hvp(|x| self.loss(&x), &self.x, &self.v));
        let law = Law::Scalars;
        report.compare(law, "value", &y.to_vec(), &single.value, 1e-3, FIRST);
        report.compare(law, "Jv", &tangent.to_vec(), &single.tangent, 1e-3, FIRST);
        let of_slope = single.gradient.concat();
        report.compare(law, "gradient", &flat(&slope), &of_slope, 1e-3, FIRST);
        report.compare(
            law,
            "Hv",
            &flat(&product),
            &single.hvp.concat(),
            largest(&of_slope),
            SECOND,
        );
    }
}

impl Report {
    fn case_shapes(&mut self, x: &[Tensor<f64>], gradient: &[Tensor<f64>]) {
        for (k, (x, slope)) in x.iter().zip(gradient).enumerate() {
            self.law(Law::Gradient).case(x.shape() == slope.shape(), || {
                format!("the gradient of x{k} has shape {}, and x{k} {}", slope.shape(), x.shape())
            });
        }
    }
}

fn threads(row: &Row, random: &mut Random, report: &mut Report) {
    let x = row.inputs.large(random);
    let of = |threads: usize| {
        let pool =
            ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            let value = evaluate(&x, |x: Vec<Var<f64>>| (row.double)(&x));
            let w = Tensor::uniform(value.shape(), -1.0..1.0, 5);
            let slope = gradient(&x, |x| ((row.double)(&x) * constant(&w)).sum());
            let bits = |x: &f64| x.to_bits();
            [flat(&[value]), flat(&slope)].map(|x| x.iter().map(bits).collect::<Vec<_>>())
        })
    };
    let ([value, slope], [other_value, other_slope]) = (of(1), of(3));
    let findings = report.law(Law::Threads);
    findings.case(value == other_value, || "another value on three threads".into());
    findings.case(slope == other_slope, || "another gradient on three threads".into());
}

/// Holds an operation to all laws.
pub fn check(row: &Row) -> Report {
    let (mut random, mut report) = (Random::named(&row.name), Report::default());
    for x in row.inputs.small(&mut random) {
        let shapes: Vec<String> = x.iter().map(|x| x.shape().to_string()).collect();
        let mut of_case = Report::default();
        let checked = outcome(|| {
            let at = At::new(row, x, &mut random);
            at.first_order(&mut of_case);
            at.second_order(&mut of_case);
            at.single(&mut of_case);
            at.layouts(&mut of_case);
            at.scalars(&mut of_case);
        });
        of_case.law(Law::Gradient).no_panic(checked);
        report.absorb(of_case, &shapes.join(", "));
    }
    let checked = outcome(|| threads(row, &mut random, &mut report));
    report.law(Law::Threads).no_panic(checked);
    report
}

impl Report {
    fn absorb(&mut self, other: Self, place: &str) {
        for (findings, mut others) in self.findings.iter_mut().zip(other.findings) {
            others
                .failures
                .iter_mut()
                .for_each(|failure| *failure = format!("{failure}, at {place}"));
            findings.absorb(others);
        }
        self.differences += other.differences;
        self.judged += other.judged;
    }
}
