//! Kernels as they are written at run time, carried out by a machine in Rust and compared with the rule table.

mod comparison;
mod samples;

use comparison::{limits, points};
use samples::Sample;
use wengert_autodiff::rules::{Activations, Tanh, dot, log_sum_exp, norm, prod, sum};
use wengert_autodiff::{Number, Primitive, Real, Rule, RuleVisitor, rules};
use wengert_cuda_emulation::machine::{Dimensions, Machine};
use wengert_cuda_kernels::{Access, Function, Graph, Kernel, Output, Precision};

fn bytes(precision: Precision) -> usize {
    match precision {
        Precision::Single => 4,
        Precision::Double => 8,
    }
}

/// An array in the machine's memory.
fn array(machine: &mut Machine, precision: Precision, elements: &[f64]) -> u64 {
    let bytes = bytes(precision);
    let at = machine.allocate(elements.len() * bytes);
    for (k, &x) in elements.iter().enumerate() {
        let bits = if bytes == 4 { u64::from((x as f32).to_bits()) } else { x.to_bits() };
        machine.store(at + (k * bytes) as u64, bytes, bits);
    }
    at
}

fn elements(machine: &Machine, precision: Precision, at: u64, count: usize) -> Vec<f64> {
    let bytes = bytes(precision);
    let bits = (0..count).map(|k| machine.load(at + (k * bytes) as u64, bytes));
    let number = |bits| {
        if bytes == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
    };
    bits.map(number).collect()
}

#[track_caller]
fn launch(machine: &mut Machine, blocks: u32, threads: u32, parameters: &[u64]) {
    let dimensions = Dimensions { grid: [blocks, 1, 1], block: [threads, 1, 1] };
    let parameters: Vec<Vec<u64>> = parameters.iter().map(|&x| vec![x]).collect();
    machine.launch(Kernel::ENTRY, dimensions, &parameters).expect("it stays within its memory");
}

/// The results of an expression at points, by a kernel.
fn results(
    graph: &Graph,
    precision: Precision,
    points: &[Vec<f64>],
    change: impl Fn(String) -> String,
    error: f64,
) -> Vec<Vec<f64>> {
    let inputs = vec![Access::InOrder; graph.inputs()];
    let outputs = vec![Output::Array; graph.outputs().len()];
    let kernel = Kernel {
        graph,
        precision,
        inputs: &inputs,
        outputs: &outputs,
        rank: 1,
        wide: false,
        aligned: false,
    };
    let mut machine =
        Machine::new(&change(kernel.ptx().expect("rows of the table"))).expect("a module");
    machine.error = error;
    let mut parameters = vec![points.len() as u64];
    for k in 0..graph.inputs() {
        let elements: Vec<f64> = points.iter().map(|x| x[k]).collect();
        parameters.push(array(&mut machine, precision, &elements));
    }
    let results: Vec<u64> = outputs.iter().map(|_| machine.allocate(8 * points.len())).collect();
    parameters.extend(&results);
    launch(&mut machine, 2, 32, &parameters);
    results.iter().map(|&at| elements(&machine, precision, at, points.len())).collect()
}

struct Compare<C> {
    change: C,
    /// How far approximations are off: see the machine.
    error: f64,
    /// How many units are usual.
    limit: f64,
    /// What is beyond its limit.
    found: Vec<String>,
    numbers: usize,
}

impl<C: Fn(String) -> String> RuleVisitor for Compare<C> {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        self.compare::<f32, A, K>(rule, Precision::Single);
        self.compare::<f64, A, K>(rule, Precision::Double);
    }
}

impl<C: Fn(String) -> String> Compare<C> {
    /// Value and partial derivatives of a row, the latter with a cotangent of 1.
    fn compare<F: Primitive + Number, const A: usize, K: Rule<A>>(
        &mut self,
        rule: K,
        precision: Precision,
    ) {
        let single = precision == Precision::Single;
        let mut points = points::points(A, 100);
        if K::NAME == "clamp" {
            // (Elsewhere the row panics.)
            points.retain(|x| x[1] <= x[2] && x[1] as f32 <= x[2] as f32);
        }
        points.iter_mut().for_each(|x| x.push(1.0));
        let found = results(&samples::row(rule), precision, &points, &self.change, self.error);
        for (k, found) in found.iter().enumerate() {
            let function = Function::of(rule);
            let name =
                if k == 0 { function.to_string() } else { format!("∂{} {function}", k - 1) };
            for (x, &got) in points.iter().zip(found) {
                let x: [F; A] = core::array::from_fn(|k| F::nearest(x[k]));
                let value = rule.value(x);
                let want = if k == 0 { value } else { rule.partial(k - 1, x, value) }.widen();
                let x = x.map(F::widen);
                self.numbers += 1;
                if limits::beyond_the_row(&name, &x, single) {
                    continue;
                }
                let (error, limit) =
                    (limits::error(&name, &x, got, want, single), limits::ulps(&name, self.limit));
                if error > limit {
                    self.found.push(format!(
                        "{name} ({precision:?}) at {x:?}: {got:e} by the kernel, {want:e} by the row: {error:.1} ulps, \
                         of {limit}"
                    ));
                }
            }
        }
    }
}

#[test]
fn rows_are_what_the_table_says() {
    let mut compare =
        Compare { change: |ptx| ptx, error: 0.0, limit: 4.0, found: Vec::new(), numbers: 0 };
    rules::visit_all(&mut compare);
    assert!(compare.found.is_empty(), "{}", compare.found.join("\n"));
    assert!(compare.numbers > 100_000, "{} numbers were compared", compare.numbers);
}

/// Devices are not as good as they can be, but no worse than they may be: in single precision, where an exponential may be off
/// by two units, and 1/(eˣ − 1) by nine.
#[test]
fn approximations_may_be_off() {
    for error in [-1.0, 1.0] {
        let mut compare =
            Compare { change: |ptx| ptx, error, limit: 10.0, found: Vec::new(), numbers: 0 };
        rules::visit_all(&mut compare);
        assert!(compare.found.is_empty(), "{}", compare.found.join("\n"));
    }
}

/// The comparison can fail: a kernel with one wrong instruction is found.
#[test]
fn planted_faults_are_found() {
    for (right, wrong) in
        [("add.rn", "sub.rn"), ("mul.rn.f32", "add.rn.f32"), ("setp.lt", "setp.gt")]
    {
        let change = |ptx: String| {
            let (before, after) = ptx.rsplit_once(right).expect("the kernel of tanh has it");
            format!("{before}{wrong}{after}")
        };
        let mut compare = Compare { change, error: 0.0, limit: 4.0, found: Vec::new(), numbers: 0 };
        compare.compare::<f32, 1, Tanh>(Tanh {}, Precision::Single);
        assert!(!compare.found.is_empty(), "{wrong} for {right} is not found");
    }
}

#[test]
fn functions_of_slices_are_what_they_say() {
    fn all<R: Real>(x: &[R]) -> Vec<R> {
        vec![sum(x), dot(x, &[x[1], x[2], x[0]]), prod(x), norm(x), log_sum_exp(x)]
    }
    let graph = Graph::record(3, all);
    let points = points::points(3, 200);
    let found = results(&graph, Precision::Double, &points, |ptx| ptx, 0.0);
    for (i, x) in points.iter().enumerate() {
        for (k, want) in all(&x[..]).into_iter().enumerate() {
            let got = found[k][i];
            let size = if k == 4 { want.abs().max(1.0) } else { want.abs() };
            let close = (got - want).abs() <= 4.0 * f64::EPSILON * size;
            assert!(
                got == want || close || (got.is_nan() && want.is_nan()),
                "{k} at {x:?}: {got:e}, {want:e}"
            );
        }
    }
}

/// Where the element of a strided array is, for element `i` of the result.
fn place(mut i: usize, extents: &[usize], strides: &[usize]) -> usize {
    let mut place = 0;
    for (extent, stride) in extents.iter().zip(strides).rev() {
        place += i % extent * stride;
        i /= extent;
    }
    place
}

fn check_layout(sample: &Sample) {
    let precision = sample.precision;
    // (More elements than threads, and not a multiple of what is read at once.)
    let extents = [&[423][..], &[47, 9], &[5, 9, 11], &[3, 5, 4, 7]][sample.rank - 1];
    let n: usize = extents.iter().product();
    let kernel = sample.kernel();
    let mut machine = Machine::new(&sample.ptx()).expect("a module");
    let mut parameters = vec![n as u64];
    let mut layout: Vec<u64> = Vec::new();
    let mut arrays: Vec<Vec<f64>> = Vec::new();
    for (k, &access) in sample.inputs.iter().enumerate() {
        // Of the strided ones, the first is transposed, the second is spread along the last axis.
        let mut strides: Vec<usize> =
            (0..sample.rank).map(|axis| extents[..axis].iter().product()).collect();
        if k == 1 {
            *strides.last_mut().expect("an axis") = 0;
        }
        let rounded = |i: usize| f64::from((i as f32 * 0.37 + k as f32).sin() * 3.0);
        let memory: Vec<f64> = match access {
            Access::Uniform => vec![rounded(5)],
            _ => (0..n).map(rounded).collect(),
        };
        parameters.push(array(&mut machine, precision, &memory));
        let element = |i| match access {
            Access::InOrder => memory[i],
            Access::Uniform => memory[0],
            Access::Strided => memory[place(i, extents, &strides)],
        };
        arrays.push((0..n).map(element).collect());
        if access == Access::Strided {
            layout.extend(strides.iter().map(|&stride| stride as u64));
        }
    }
    let (blocks, threads) = (3, 64);
    let outputs = [n, n, blocks].map(|count| (machine.allocate(8 * count), count));
    parameters.extend(outputs.map(|(at, _)| at));
    if !layout.is_empty() {
        parameters.extend(extents.iter().map(|&extent| extent as u64));
        parameters.extend(layout);
    }
    assert_eq!(parameters.len(), kernel.parameters());
    launch(&mut machine, blocks as u32, threads, &parameters);

    let [chain, product, totals] =
        outputs.map(|(at, count)| elements(&machine, precision, at, count));
    let close = |got: f64, want: f64, size: f64, what: &str| {
        let bound = if precision == Precision::Single { 2e-6 } else { 4e-15 };
        let error = (got - want).abs() / size.max(1.0);
        assert!(error <= bound, "{}, {precision:?}: {what} {got}, {want}", sample.name);
    };
    let (mut total, mut size) = (0.0, 0.0);
    for i in 0..n {
        let (x, y) = (arrays[0][i], arrays[1][i]);
        let (want, term) = (samples::chain(x, y), samples::chain(y, x));
        close(chain[i], want, want.abs(), "the chain is");
        let slope = y.sigmoid() * (1.0 - y.sigmoid()) / x.cosh().powi(2);
        close(product[i], slope, slope.abs(), "the product of partials is");
        (total, size) = (total + term, size + term.abs());
    }
    close(totals.iter().sum(), total, size, "the total is");
}

#[test]
fn layouts_are_read_as_described() {
    samples::layouts().iter().for_each(check_layout);
}

#[test]
fn no_elements_are_no_work() {
    let graph = Graph::record(1, |x| vec![x[0] + 1.0]);
    let found = results(&graph, Precision::Double, &[], |ptx| ptx, 0.0);
    assert_eq!(found, [vec![]]);
}

#[test]
#[should_panic(
    expected = "kernel: 1 inputs and 1 outputs are described, but the expression has 2 and 1"
)]
fn a_kernel_describes_all_of_its_arrays() {
    let graph = Graph::record(2, |x| vec![x[0] + x[1]]);
    let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
    let precision = Precision::Single;
    let kernel =
        Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: false };
    let _ = kernel.ptx();
}
