//! Kernels as they are written at run time, carried out by a machine in Rust, by itself and behind the driver's functions, and
//! compared with the rule table.

mod comparison;
mod samples;

use comparison::{limits, points};
use samples::Sample;
use wengert_autodiff::rules::{Activations, Sinc, dot, log_sum_exp, norm, prod, sum};
use wengert_autodiff::{Number, Primitive, Real, Rule, RuleVisitor, rules};
use wengert_cuda_emulation::machine::{Dimensions, Machine};
use wengert_cuda_emulation::{Driver, lookup};
use wengert_cuda_kernels::kernels::COPY;
use wengert_cuda_kernels::launch::{self, Argument, Buffer, Device, use_driver};
use wengert_cuda_kernels::signature::{Parameter, Scalar, Type};
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

/// A kernel for the results of an expression, from arrays in order.
fn kernel<T>(graph: &Graph, precision: Precision, then: impl Fn(Kernel<'_>) -> T) -> T {
    let inputs = vec![Access::InOrder; graph.inputs()];
    let outputs = vec![Output::Array; graph.outputs().len()];
    let (inputs, outputs) = (&inputs[..], &outputs[..]);
    then(Kernel { graph, precision, inputs, outputs, rank: 1, wide: false, aligned: false })
}

/// The arrays of each input of an expression.
fn inputs(graph: &Graph, points: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..graph.inputs()).map(|k| points.iter().map(|x| x[k]).collect()).collect()
}

/// A launch: a kernel, its inputs, the lengths of its outputs, and what it takes besides.
struct Work<'a> {
    kernel: &'a Kernel<'a>,
    blocks: u32,
    threads: u32,
    inputs: &'a [Vec<f64>],
    outputs: &'a [usize],
    layout: &'a [u64],
}

/// On the machine itself, with its own memory, and a text that may be changed.
fn on_machine(work: &Work<'_>, change: impl Fn(String) -> String, error: f64) -> Vec<Vec<f64>> {
    let ptx = work.kernel.ptx().expect("rows of the table");
    let precision = work.kernel.precision;
    let mut machine = Machine::new(&change(ptx)).expect("a module");
    machine.error = error;
    let mut parameters = vec![elements_of(work)];
    parameters.extend(work.inputs.iter().map(|x| array(&mut machine, precision, x)));
    let outputs: Vec<u64> = work.outputs.iter().map(|len| machine.allocate(8 * len)).collect();
    parameters.extend(&outputs);
    parameters.extend(work.layout);
    let dimensions = Dimensions { grid: [work.blocks, 1, 1], block: [work.threads, 1, 1] };
    let parameters: Vec<Vec<u64>> = parameters.iter().map(|&x| vec![x]).collect();
    machine.launch(Kernel::ENTRY, dimensions, &parameters).expect("it stays within its memory");
    let found = outputs.iter().zip(work.outputs);
    found.map(|(&at, &len)| elements(&machine, precision, at, len)).collect()
}

/// How many elements the result has: the first that is no total.
fn elements_of(work: &Work<'_>) -> u64 {
    work.outputs[0] as u64
}

/// On a device of the driver that there is for tests, by the launch layer.
fn on_device(device: &Device, work: &Work<'_>) -> Vec<Vec<f64>> {
    match work.kernel.precision {
        Precision::Single => on_device_in(device, work, |x| x as f32, f64::from, Type::F32),
        Precision::Double => on_device_in(device, work, |x| x, |x| x, Type::F64),
    }
}

fn on_device_in<T: Scalar>(
    device: &Device,
    work: &Work<'_>,
    of: fn(f64) -> T,
    widen: fn(T) -> f64,
    scalar: Type,
) -> Vec<Vec<f64>> {
    let number = Parameter::Value(Type::U64);
    let mut parameters = vec![number];
    parameters.extend(work.inputs.iter().map(|_| Parameter::Read(scalar)));
    parameters.extend(work.outputs.iter().map(|_| Parameter::Write(scalar)));
    parameters.extend(work.layout.iter().map(|_| number));
    let ptx = work.kernel.ptx().expect("rows of the table");
    let function = device.assemble(&ptx, Kernel::ENTRY, &parameters).expect("a module");
    let upload = |x: &Vec<f64>| {
        let x: Vec<T> = x.iter().map(|&x| of(x)).collect();
        device.upload(&x).expect("memory")
    };
    let inputs: Vec<Buffer<T>> = work.inputs.iter().map(upload).collect();
    let mut outputs: Vec<Buffer<T>> =
        work.outputs.iter().map(|&len| device.buffer(len).expect("memory")).collect();
    let mut arguments = vec![Argument::number(elements_of(work))];
    arguments.extend(inputs.iter().map(Argument::read));
    arguments.extend(outputs.iter_mut().map(Argument::write));
    arguments.extend(work.layout.iter().map(|&x| Argument::number(x)));
    let dimensions = launch::Dimensions { grid: [work.blocks, 1, 1], block: [work.threads, 1, 1] };
    // SAFETY: what reaches outside of memory is on the host, and is found there.
    unsafe { function.launch(dimensions, &arguments) }.expect("a launch");
    let read = |x: &Buffer<T>| x.read().expect("a result").into_iter().map(widen).collect();
    outputs.iter().map(read).collect()
}

/// A device of its own for a test.
fn emulated<R>(test: impl FnOnce(&Device) -> R) -> R {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(lookup) };
    let driver = Driver::new();
    let device = Device::cuda(0).expect("a device");
    let result = test(&device);
    drop(device);
    assert_eq!(driver.faults(), [""; 0]);
    assert_eq!(driver.leaks(), [""; 0]);
    result
}

/// The results of an expression at points, as `run` finds them.
fn results(
    graph: &Graph,
    precision: Precision,
    points: &[Vec<f64>],
    run: impl Fn(&Work<'_>) -> Vec<Vec<f64>>,
) -> Vec<Vec<f64>> {
    kernel(graph, precision, |kernel| {
        let inputs = inputs(graph, points);
        let outputs = vec![points.len(); graph.outputs().len()];
        let (kernel, inputs, outputs) = (&kernel, &inputs[..], &outputs[..]);
        run(&Work { kernel, blocks: 2, threads: 32, inputs, outputs, layout: &[] })
    })
}

struct Compare<C> {
    run: C,
    /// How many units are usual.
    limit: f64,
    /// What is beyond its limit.
    found: Vec<String>,
    numbers: usize,
}

impl<C: Fn(&Work<'_>) -> Vec<Vec<f64>>> RuleVisitor for Compare<C> {
    fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
        self.compare::<f32, A, K>(rule, Precision::Single);
        self.compare::<f64, A, K>(rule, Precision::Double);
    }
}

impl<C: Fn(&Work<'_>) -> Vec<Vec<f64>>> Compare<C> {
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
        let found = results(&samples::row(rule), precision, &points, &self.run);
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

/// All rows, in both precisions; gives how many numbers were compared.
#[track_caller]
fn compare(run: impl Fn(&Work<'_>) -> Vec<Vec<f64>>, limit: f64) -> usize {
    let mut compare = Compare { run, limit, found: Vec::new(), numbers: 0 };
    rules::visit_all(&mut compare);
    assert!(compare.found.is_empty(), "{}", compare.found.join("\n"));
    compare.numbers
}

#[test]
fn rows_are_what_the_table_says() {
    let numbers = compare(|work| on_machine(work, |ptx| ptx, 0.0), 4.0);
    assert!(numbers > 100_000, "{numbers} numbers were compared");
}

/// The same by the launch layer and the driver for tests: no other numbers, but memory that is not the machine's own.
#[test]
fn rows_are_launched_on_a_device() {
    let numbers = emulated(|device| compare(|work| on_device(device, work), 4.0));
    assert!(numbers > 100_000, "{numbers} numbers were compared");
}

/// Devices are not as good as they can be, but no worse than they may be: in single precision, where an exponential may be off
/// by two units, and 1/(eˣ − 1) by nine.
#[test]
fn approximations_may_be_off() {
    for error in [-1.0, 1.0] {
        compare(|work| on_machine(work, |ptx| ptx, error), 10.0);
    }
}

/// The comparison can fail: a kernel with one wrong instruction is found.
#[test]
fn planted_faults_are_found() {
    for (right, wrong) in
        [("add.rn", "sub.rn"), ("mul.rn.f32", "add.rn.f32"), ("setp.lt", "setp.gt")]
    {
        let change = |ptx: String| {
            let (before, after) = ptx.rsplit_once(right).expect("the kernel of sinc has it");
            format!("{before}{wrong}{after}")
        };
        let run = |work: &Work<'_>| on_machine(work, change, 0.0);
        let mut compare = Compare { run, limit: 4.0, found: Vec::new(), numbers: 0 };
        compare.compare::<f32, 1, Sinc>(Sinc {}, Precision::Single);
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
    let run = |work: &Work<'_>| on_machine(work, |ptx| ptx, 0.0);
    let found = results(&graph, Precision::Double, &points, run);
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

fn check_layout(sample: &Sample, run: impl Fn(&Work<'_>) -> Vec<Vec<f64>>) {
    let precision = sample.precision;
    // (More elements than threads; not a multiple of what is read at once, but where rows have to be.)
    let rows = sample.aligned && sample.inputs.iter().any(|access| access.is_strided());
    let extents = match rows {
        false => [&[423][..], &[47, 9], &[5, 9, 11], &[3, 5, 4, 7]][sample.rank - 1],
        true => [&[424][..], &[47, 12], &[5, 9, 12], &[3, 5, 4, 8]][sample.rank - 1],
    };
    let n: usize = extents.iter().product();
    let kernel = sample.kernel();
    let mut layout: Vec<u64> = Vec::new();
    let (mut memory, mut arrays): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    for (k, &access) in sample.inputs.iter().enumerate() {
        // Of the strided ones, the first is transposed; rows are in another order; and one is spread along the last axis, as is
        // what may have any strides, if it is the second.
        let mut strides: Vec<usize> =
            (0..sample.rank).map(|axis| extents[..axis].iter().product()).collect();
        let last = strides.last_mut().expect("an axis");
        match access {
            Access::StridedRows => {
                *last = 1;
                let row = *extents.last().expect("an axis");
                let outer = &mut strides[..sample.rank - 1];
                outer.iter_mut().for_each(|stride| *stride *= row);
            }
            Access::StridedOnce => *last = 0,
            _ if k == 1 => *last = 0,
            _ => {}
        }
        let rounded = |i: usize| f64::from((i as f32 * 0.37 + k as f32).sin() * 3.0);
        let stored: Vec<f64> = match access {
            Access::Uniform => vec![rounded(5)],
            _ => (0..n).map(rounded).collect(),
        };
        let element = |i| match access {
            Access::InOrder => stored[i],
            Access::Uniform => stored[0],
            Access::Number => unreachable!("launches of arrays pass numbers"),
            _ => stored[place(i, extents, &strides)],
        };
        arrays.push((0..n).map(element).collect());
        memory.push(stored);
        if access.is_strided() {
            layout.extend(strides.iter().map(|&stride| stride as u64));
        }
    }
    if !layout.is_empty() {
        let extents = extents.iter().map(|&extent| extent as u64);
        layout = extents.chain(layout).collect();
    }
    let (blocks, threads) = (3, 64);
    let outputs = [n, n, blocks as usize];
    let (inputs, outputs, layout) = (&memory[..], &outputs[..], &layout[..]);
    assert_eq!(1 + inputs.len() + outputs.len() + layout.len(), kernel.parameters());
    let found = run(&Work { kernel: &kernel, blocks, threads, inputs, outputs, layout });

    let [chain, product, totals] = &found[..] else { panic!("three results") };
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
    for sample in samples::layouts() {
        check_layout(&sample, |work| on_machine(work, |ptx| ptx, 0.0));
        emulated(|device| check_layout(&sample, |work| on_device(device, work)));
    }
}

/// Too many elements, an address that is none, and one that is no multiple.
#[test]
fn accesses_outside_of_memory_are_faults() {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(lookup) };
    let driver = Driver::new();
    let device = Device::cuda(0).expect("a device");
    let graph = Graph::record(1, |x| vec![x[0] + 1.0]);
    let ptx = kernel(&graph, Precision::Double, |kernel| kernel.ptx().expect("a module"));
    let number = Parameter::Value(Type::U64);
    let write = Parameter::Write(Type::F64);
    let function =
        device.assemble(&ptx, Kernel::ENTRY, &[number, number, write]).expect("a module");
    // (512 bytes are the least that a buffer takes.)
    let mut y = device.zeros::<f64>(64).expect("memory");
    let mut x = device.buffer::<u64>(64).expect("memory");
    let mut launch = |count: u64, x: u64| {
        let arguments = [Argument::number(count), Argument::number(x), Argument::write(&mut y)];
        let dimensions = launch::Dimensions { grid: [1, 1, 1], block: [32, 1, 1] };
        // SAFETY: what reaches outside of memory is on the host, and is found there.
        unsafe { function.launch(dimensions, &arguments) }.expect("a launch");
        device.synchronize().expect("it ends");
        driver.faults().pop().unwrap_or_default()
    };
    let fill = device.kernel(&COPY, "fill_8").expect("a kernel");
    let bits = Argument::number(2.0_f64.to_bits());
    let arguments = [Argument::write(&mut x), Argument::number(64_i64), bits];
    // SAFETY: there are as many elements.
    unsafe { fill.launch(launch::Dimensions::of_elements(64, 1), &arguments) }.expect("a launch");
    // (After the dimensions, the bytes of shared memory, and the stream.)
    let at = driver.calls_of("cuLaunchKernel")[0].numbers[8];
    assert_eq!(launch(64, at), "");
    let words = launch(65, at);
    let place = at + 512;
    assert_eq!(
        words,
        format!(
            "wengert_elementwise reads 8 bytes at {place:#x}, outside of memory, by thread 0, in block [0, 0, 0]"
        )
    );
    assert!(launch(1, 0).contains("reads 8 bytes at 0x0, outside of memory"));
    assert!(launch(1, at + 4).contains("which is no multiple"));
    // What was done before is there, and the driver goes on.
    assert_eq!(launch(0, at), driver.faults()[2]);
    assert_eq!(y.read().expect("a result"), [3.0; 64]);
    assert_eq!(driver.faults().len(), 3);
}

#[test]
fn no_elements_are_no_work() {
    let graph = Graph::record(1, |x| vec![x[0] + 1.0]);
    let found = results(&graph, Precision::Double, &[], |work| on_machine(work, |ptx| ptx, 0.0));
    assert_eq!(found, [vec![]]);
    let on_device =
        |device: &Device| results(&graph, Precision::Double, &[], |work| on_device(device, work));
    assert_eq!(emulated(on_device), [vec![]]);
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
