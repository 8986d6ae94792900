//! What was recorded once is recorded again without allocating; and arrays take the memory of their elements from what earlier ones left.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rayon::ThreadPoolBuilder;
use wengert_autodiff::rules::{dot, norm, sum};
use wengert_autodiff::{
    Dual, DualVec, Number, Real, Tape, Var, fuse, gradient, gradient_into, hessian_into,
    preaccumulate, release_memory, vjp,
};
use wengert_tensor::{
    Activations, Exponential, Hyperbolic, Powers, Tensor, compile, constant, value_and_gradient,
};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// Bytes that are allocated now, and the most that were.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: usize) {
    COUNT.set(COUNT.get() + 1);
    BYTES.set(BYTES.get() + bytes);
    LIVE.set(LIVE.get() + bytes as isize);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

fn note_freed(bytes: usize) {
    LIVE.set(LIVE.get() - bytes as isize);
}

// SAFETY: the system's allocator, and a counter beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note_freed(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        note_freed(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often the tenth to the fiftieth run allocate, per run.
#[track_caller]
fn allocations_each(mut run: impl FnMut()) -> f64 {
    (0..9).for_each(|_| run());
    let before = COUNT.get();
    (0..40).for_each(|_| run());
    (COUNT.get() - before) as f64 / 40.0
}

/// Calls `f` on a thread that has no others to help.
fn alone<Y: Send>(f: impl FnOnce() -> Y + Send) -> Y {
    ThreadPoolBuilder::new().num_threads(1).build().expect("a thread").install(f)
}

/// How many bytes the tenth to the thirtieth run allocate, per run.
fn bytes_each(mut run: impl FnMut()) -> usize {
    (0..9).for_each(|_| run());
    let before = BYTES.get();
    (0..20).for_each(|_| run());
    (BYTES.get() - before) / 20
}

fn function<R: Real>(x: &[R]) -> R {
    let mut y = dot(x, x) + norm(x);
    for &x in x {
        y = (y * x).sin() + x.clamp(-1.0, 1.0).powf(1.5) + x.mul_add(y, x);
    }
    y + x.iter().sum::<R>() + sum(x)
}

const X: [f64; 40] = [0.5; 40];

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_each(|| drop(std::hint::black_box(vec![1_u8; 10]))), 1.0);
}

#[test]
fn new_tapes() {
    let mut into = [0.0_f64; 40];
    let each = allocations_each(|| {
        let tape = Tape::new();
        let mut y = tape.var(0.5);
        let x = y;
        for _ in 0..5000 {
            y = y * x + 1.0;
        }
        tape.gradient(y).wrt_into(&[x], &mut into[..1]);
    });
    assert_eq!(each, 0.0);
    assert!(into[0].is_finite());
}

#[test]
fn cleared_and_rewound_tapes() {
    let mut tape = Tape::new();
    let mut into = [0.0; 2];
    let each = allocations_each(|| {
        tape.clear();
        let x = [tape.var(0.5), tape.var(0.25)];
        let mark = tape.mark();
        for _ in 0..20 {
            let y = dot(&x, &x) * norm(&x) + sum(&x) + x.iter().sum::<Var<f64>>();
            tape.gradient(y.mul_add(x[0], x[1])).wrt_into(&x, &mut into);
            tape.rewind(mark);
        }
    });
    assert_eq!(each, 0.0);
    assert!(into[0] > 0.0);
}

#[test]
fn gradient_into_allocates_nothing() {
    let mut into = [0.0; 40];
    let each = allocations_each(|| {
        assert!(gradient_into(function, &X, &mut into).is_finite());
    });
    assert_eq!(each, 0.0);
    assert_eq!(into.to_vec(), gradient(function, &X));
}

#[test]
fn every_number_type() {
    fn check<T: Number>(lift: impl Fn(f64) -> T)
    where
        Var<T>: Real,
    {
        let x: Vec<T> = X.iter().map(|&x| lift(x)).collect();
        let mut into = vec![T::zero(); x.len()];
        let each = allocations_each(|| {
            let y = gradient_into(
                |x| x.iter().fold(x[0], |y, &x| (y * x).sin() + x.clamp(-1.0, 1.0) * 0.5),
                &x,
                &mut into,
            );
            assert!(y.primal() == y.primal());
        });
        assert_eq!(each, 0.0, "{}", std::any::type_name::<T>());
    }
    check(|x| x as f32);
    check(Dual::<f64>::from);
    check(DualVec::<f64, 8>::from);
    check(wengert_autodiff::Taylor::<f64, 3>::from);
    let tape = Tape::new();
    let outer = tape.var(1.0);
    check(|x| outer.detach() * x);
}

#[test]
fn sweeps_of_one_recording() {
    let tape = Tape::new();
    let x = tape.vars(&X);
    let y = function(&x);
    let mut into = [0.0; 40];
    let each = allocations_each(|| {
        tape.gradient(y).wrt_into(&x, &mut into);
        let two = (tape.gradient(y), tape.pullback(&[y, x[0]], &[2.0, 1.0]));
        two.1.wrt_into(&x, &mut into);
        assert!(two.0.wrt(x[1]).is_finite());
    });
    assert_eq!(each, 0.0);

    let (_, pullback) = vjp(|x| [x[0] * x[1], x[2]], &X);
    assert_eq!(allocations_each(|| pullback.apply_into(&[1.0, 2.0], &mut into)), 0.0);
}

#[test]
fn nested_and_interleaved_recordings() {
    let mut into = [0.0; 2];
    let each = allocations_each(|| {
        let outer = Tape::new();
        let x = outer.var(0.5);
        let mut y = x;
        for _ in 0..3 {
            let inner = Tape::new();
            let z = inner.var(y);
            y += inner.gradient(z.powi(3).sin()).wrt(z);
            gradient_into(|x| x[0] * x[1], &[1.0, y.value()], &mut into);
        }
        outer.gradient(y).wrt_into(&[x], &mut into[..1]);
    });
    assert_eq!(each, 0.0);
}

#[test]
fn fused_nodes_and_sections() {
    let mut into = [0.0; 40];
    let each = allocations_each(|| {
        let f = |x: &[Var<f64>]| {
            let y = x.windows(3).map(|w| fuse!([w[0], w[1], w[2]], |a, b, c| (a * b).sin() + c));
            let [z, w] = preaccumulate(|x| [function(x), x[0] * x[1]], x);
            y.sum::<Var<f64>>() + z * w
        };
        assert!(gradient_into(f, &X, &mut into).is_finite());
    });
    assert_eq!(each, 0.0);
    assert!(into.iter().all(|d| *d != 0.0));
}

/// Only the numbers that f is evaluated at are allocated, once for each eight columns.
#[test]
fn hessians() {
    let mut elements = [0.0; 1600];
    let each = allocations_each(|| {
        let f =
            |x: &[wengert_autodiff::HessianVar<f64>]| x.iter().fold(x[0], |y, &x| (y * x).sin());
        assert!(hessian_into(f, &X, &mut elements).is_finite());
    });
    assert!(each <= 5.0, "{each}");
}

#[test]
fn memory_is_given_back() {
    let record = || {
        let tape = Tape::new();
        let x = tape.vars(&[0.5; 10_000]);
        assert!(x[9_999].value() > 0.0);
    };
    record();
    release_memory();
    let before = COUNT.get();
    record();
    assert!(COUNT.get() > before + 1, "after `release_memory`, memory is allocated anew");
}

/// A network's loss with its gradient, for a batch of `n` rows.
fn network(n: usize) -> impl FnMut() + Send {
    let weights = [[64, 100], [100, 10]].map(|shape| Tensor::<f32>::uniform(shape, -0.1..0.1, 1));
    let rows = Tensor::<f32>::uniform([n, 64], -1.0..1.0, 2);
    move || {
        let (value, gradient) = value_and_gradient(&weights, |[first, last]| {
            let hidden = constant(&rows).matmul(first).tanh();
            hidden.matmul(last).tanh().powi(2).mean()
        });
        assert!(value.item() > 0.0 && gradient[0].shape()[..] == [64, 100]);
    }
}

#[test]
fn elements_of_arrays_take_memory_that_is_kept() {
    // What is allocated describes arrays, and the passes and tasks that go over them: a few bytes a row, of which the smallest
    // array has 40.
    let (few, many) = alone(|| (bytes_each(network(4000)), bytes_each(network(16_000))));
    assert!(few < 50_000 && many < few + 8 * 12_000, "{few} and {many} bytes");
}

/// Steps whose results take the place of what they were computed from. (Products of more than two million multiplications make
/// lists of their parts.)
#[test]
fn compiled_steps_allocate_nothing() {
    for batch in [1, 32, 300] {
        alone(|| check_step(batch));
    }
}

fn check_step(batch: usize) {
    let parameters = [&[8, 16][..], &[16], &[16, 1], &[1]]
        .map(|shape| Tensor::<f32>::uniform(shape, -0.3..0.3, 1));
    let [rows, targets] = [8, 1].map(|n| Tensor::<f32>::uniform([batch, n], -1.0..1.0, 2));
    let mut arguments = (parameters, rows, targets);
    let mut step = compile(&arguments, |(parameters, rows, targets)| {
        let (value, slopes) = value_and_gradient(&parameters, |[w1, b1, w2, b2]| {
            let hidden = (rows.matmul(w1) + b1).tanh();
            (hidden.matmul(w2) + b2 - targets).powi(2).mean()
        });
        (value, [0, 1, 2, 3].map(|k| parameters[k] - slopes[k] * 0.01))
    });
    let each = allocations_each(|| {
        let (value, next) = step.call(&arguments);
        assert!(value.item() > 0.0);
        arguments.0 = next;
    });
    assert_eq!(each, 0.0, "a batch of {batch}");
}

/// Also where there are many blocks and tasks, and where a row is repeated over all others.
#[test]
fn compiled_passes_allocate_nothing() {
    for n in [10, 1000, 300_000] {
        alone(|| check_pass(n));
    }
}

fn check_pass(n: usize) {
    let arguments = (
        Tensor::<f64>::uniform([n, 3], -1.0..1.0, 1),
        Tensor::<f64>::uniform([3], -1.0..1.0, 2),
        Tensor::<f64>::uniform([n, 1], -1.0..1.0, 3),
    );
    let mut step = compile(&arguments, |(x, row, column)| {
        value_and_gradient(&x, |x| ((x * row).tanh() * (x + column).exp()).sum())
    });
    let each = allocations_each(|| {
        let (value, slopes) = step.call(&arguments);
        assert!(value.item().is_finite() && slopes.shape()[..] == [n, 3]);
    });
    assert_eq!(each, 0.0, "{n} rows");
}

/// The most bytes that are allocated while `run` runs, beyond those before.
fn peak_bytes<Y>(run: impl FnOnce() -> Y) -> usize {
    let before = LIVE.get();
    PEAK.set(before);
    run();
    (PEAK.get() - before) as usize
}

#[test]
fn a_gradient_of_elementwise_work_takes_its_own_memory_and_little_more() {
    alone(|| {
        // (As large as what is kept for it, which is a power of two or so.)
        let x = Tensor::from_fn([1 << 20], |i| (i[0] % 100) as f64 * 0.01);
        let result = x.size() * size_of::<f64>();
        let peak = peak_bytes(|| {
            value_and_gradient(&x, |x| (x.tanh() * x.sigmoid() + (-x * x).exp()).sum())
        });
        assert!((result..result + (1 << 18)).contains(&peak), "{peak} bytes for {result}");
    });
}
