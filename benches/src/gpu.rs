//! Array programs on a GPU, timed by its own clock.

use std::time::{Duration, Instant};

use wengert_cuda_kernels::launch::Device as Gpu;
use wengert_tensor::*;

use crate::arrays::*;

/// How large the workloads are.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Elements of an elementwise program.
    pub elements: usize,
    /// The extents of matrices whose rows and columns are reduced.
    pub matrix: [usize; 2],
    /// The extents of products of square matrices.
    pub products: Vec<usize>,
    /// Batches of a network with dense layers.
    pub batches: Vec<usize>,
    /// The batch of a network with convolutions.
    pub images: usize,
    /// Sequences, their lengths, and those of their vectors, in a transformer's block.
    pub sequences: [usize; 3],
    /// How often each is timed.
    pub repetitions: usize,
}

impl Sizes {
    /// Those that results are stated for.
    pub fn full() -> Self {
        Sizes {
            elements: 100_000_000,
            matrix: [16384, 4096],
            products: vec![1024, 2048, 4096, 8192],
            batches: vec![128, 8192],
            images: 1024,
            sequences: [64, 128, 256],
            repetitions: 30,
        }
    }

    /// Small ones, to see that everything runs.
    pub fn small() -> Self {
        Sizes {
            elements: 1000,
            matrix: [40, 30],
            products: vec![20],
            batches: vec![3],
            images: 2,
            sequences: [2, 6, 8],
            repetitions: 1,
        }
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Line {
    /// The workload: the same words as other libraries' lines have.
    pub name: String,
    /// The median time.
    pub time: Duration,
    /// Bytes that have to be moved at least; operations on numbers: whichever says how good the time is.
    pub work: Work,
}

/// What a workload consists of.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Bytes read and written.
    Bytes(f64),
    /// Multiplications and additions.
    Operations(f64),
    /// Something of everything.
    Mixed,
}

impl Line {
    /// The work in a second, in words.
    pub fn rate(&self) -> String {
        let seconds = self.time.as_secs_f64();
        match self.work {
            Work::Bytes(bytes) => format!("{:.0} GB/s", bytes / seconds * 1e-9),
            Work::Operations(operations) => format!("{:.1} TFLOP/s", operations / seconds * 1e-12),
            Work::Mixed => String::new(),
        }
    }
}

struct Table<'a> {
    gpu: &'a Gpu,
    device: Device,
    sizes: &'a Sizes,
    lines: Vec<Line>,
}

/// Measures all workloads.
///
/// # Panics
/// If the device fails.
pub fn measure(gpu: &Gpu, sizes: &Sizes) -> Vec<Line> {
    let mut table = Table { gpu, device: Device::Cuda(gpu.clone()), sizes, lines: Vec::new() };
    table.copy();
    table.elementwise();
    table.reductions();
    table.products::<f32>("f32", MatmulPrecision::Full);
    table.products::<f32>("tf32", MatmulPrecision::Tf32);
    table.products::<f32>("bf16", MatmulPrecision::Bf16);
    table.products::<f64>("f64", MatmulPrecision::Full);
    table.dense();
    table.convolutions();
    table.encoder();
    table.launches();
    table.lines
}

impl Table<'_> {
    /// The median over repetitions, by events, after some that do not count.
    fn time<Y>(&mut self, name: impl Into<String>, work: Work, mut f: impl FnMut() -> Y) {
        let mark = || self.gpu.record().expect("a mark");
        (0..self.sizes.repetitions.min(3)).for_each(|_| drop(f()));
        let mut times: Vec<Duration> = (0..self.sizes.repetitions)
            .map(|_| {
                let before = mark();
                let result = f();
                let after = mark();
                drop(result);
                after.since(&before).expect("the time between marks")
            })
            .collect();
        times.sort();
        let (name, time) = (name.into(), times[times.len() / 2]);
        self.lines.push(Line { name, time, work });
    }

    fn copy(&mut self) {
        let x = self.gpu.zeros::<f32>(self.sizes.elements).expect("memory");
        let bytes = 8.0 * self.sizes.elements as f64;
        self.time("copy", Work::Bytes(bytes), || x.copy().expect("memory"));
    }

    fn elementwise(&mut self) {
        let n = self.sizes.elements;
        let x = Tensor::<f32>::uniform_on(&self.device, [n], -1.0..1.0, 1);
        let mut compiled = compile(&x, |x| value_and_gradient(&x, elementwise));
        // One array is read, one is written.
        self.time("elementwise", Work::Bytes(8.0 * n as f64), || compiled.call(&x));
    }

    fn reductions(&mut self) {
        let [rows, columns] = self.sizes.matrix;
        let x = Tensor::<f32>::uniform_on(&self.device, [rows, columns], -1.0..1.0, 1);
        let bytes = 4.0 * (rows * columns) as f64;
        for (axis, along) in [(1, "rows"), (0, "columns")] {
            let reduced = Work::Bytes(bytes);
            self.time(format!("sum of {along}"), reduced, || x.map(|x| x.sum_over(axis)));
            self.time(format!("max of {along}"), reduced, || x.map(|x| x.amax_over(axis)));
            let mapped = Work::Bytes(2.0 * bytes);
            self.time(format!("softmax of {along}"), mapped, || x.map(|x| x.softmax(axis)));
            let norm = |x: Var<f32>| x.layer_norm(axis, 1e-5);
            self.time(format!("layer norm of {along}"), mapped, || x.map(norm));
        }
    }

    fn products<T: Element>(&mut self, name: &str, precision: MatmulPrecision) {
        for n in self.sizes.products.clone() {
            let [a, b] =
                [1, 2].map(|seed| Tensor::<T>::uniform_on(&self.device, [n, n], -1.0..1.0, seed));
            let operations = Work::Operations(2.0 * (n as f64).powi(3));
            self.time(format!("matmul {name} {n}"), operations, || {
                precision.within(|| a.matmul(&b))
            });
        }
    }

    fn there<P: Tree<Leaf = Tensor<f32>>>(&self, model: &P) -> P::With<Tensor<f32>> {
        model.map(&mut |leaf| leaf.to(&self.device))
    }

    fn dense(&mut self) {
        for batch in self.sizes.batches.clone() {
            let model = self.there(&layers::<f32>(&[784, 512, 512, 10]));
            let x = Tensor::uniform_on(&self.device, [batch, 784], -1.0..1.0, 1);
            let classes = Tensor::from_fn([batch], |i| i[0] % 10);
            let mut arguments = (model, x);
            let mut step = compile(&arguments, |(model, x)| {
                let loss = |m: Vec<Layer<Var<f32>>>| network(&m, x).cross_entropy(&classes);
                let (_, gradient) = value_and_gradient(&model, loss);
                let pairs = model.iter().zip(&gradient);
                let down = |p: Var<f32>, g: Var<f32>| p - g * 1e-3;
                pairs
                    .map(|(p, g)| (down(p.0, g.0), down(p.1, g.1)))
                    .collect::<Vec<Layer<Var<f32>>>>()
            });
            self.time(format!("MLP step, batch {batch}"), Work::Mixed, || {
                arguments.0 = step.call(&arguments);
            });
        }
    }

    fn convolutions(&mut self) {
        let n = self.sizes.images;
        let model = self.there(&LeNet::<Tensor<f32>>::untrained());
        let images = Tensor::uniform_on(&self.device, [n, 1, 28, 28], 0.0..1.0, 1);
        let classes = Tensor::from_fn([n], |i| i[0] % 10);
        let arguments = (model, images);
        let mut step = compile(&arguments, |(model, images)| {
            value_and_gradient(&model, |m| m.loss(images, &classes))
        });
        self.time(format!("LeNet gradient, batch {n}"), Work::Mixed, || step.call(&arguments));
    }

    fn encoder(&mut self) {
        let [batch, length, d] = self.sizes.sequences;
        let model = self.there(&EncoderBlock::<Tensor<f32>>::untrained(d));
        let x = Tensor::uniform_on(&self.device, [batch, length, d], -1.0..1.0, 1);
        let arguments = (model, x);
        let mut step = compile(&arguments, |(model, x)| {
            value_and_gradient(&model, |m| mean_square(m.call(x, 4)))
        });
        self.time("encoder block gradient", Work::Mixed, || step.call(&arguments));
    }

    /// What a small operation costs the host.
    fn launches(&mut self) {
        // So few that the driver's queue has place for them: a full one makes the host wait for the device.
        const BATCH: u32 = 200;
        let x = Tensor::<f32>::uniform_on(&self.device, [64], -1.0..1.0, 1);
        let mut compiled = compile(&x, |x| x * 2.0 + 1.0);
        let mut batch = || {
            self.device.synchronize();
            let start = Instant::now();
            (0..BATCH).for_each(|_| drop(compiled.call(&x)));
            start.elapsed() / BATCH
        };
        batch();
        let mut times: Vec<Duration> = (0..self.sizes.repetitions).map(|_| batch()).collect();
        times.sort();
        let time = times[times.len() / 2];
        self.lines.push(Line { name: "launch, on the host".into(), time, work: Work::Mixed });
    }
}
