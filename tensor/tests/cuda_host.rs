//! What a program on a GPU costs the host: how often it waits, copies, launches, allocates. (The GPU is emulated, and records what it
//! is asked for.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::thread;

use wengert_cuda_emulation::{Call, Driver, install, is_inside};
use wengert_cuda_kernels::launch::use_driver;
use wengert_tensor::*;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count_one() {
    if !is_inside() {
        COUNT.set(COUNT.get() + 1);
    }
}

// SAFETY: the system's allocator, and a counter beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_one();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn device() -> Device {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(install()) };
    let _ = Driver::shared();
    Device::cuda(0).expect("an emulated device")
}

/// What this thread asks the driver for.
fn calls<Y>(f: impl FnOnce() -> Y) -> (Y, Vec<Call>) {
    let here = |call: &Call| call.thread == thread::current().id();
    let before = Driver::shared().calls().iter().filter(|call| here(call)).count();
    let y = f();
    let calls = Driver::shared().calls().into_iter().filter(here).skip(before).collect();
    (y, calls)
}

fn count(calls: &[Call], functions: &[&str]) -> usize {
    calls.iter().filter(|call| functions.contains(&call.function)).count()
}

const WAITS: [&str; 3] = ["cuStreamSynchronize", "cuEventSynchronize", "cuMemcpyDtoHAsync_v2"];
const UPLOADS: [&str; 1] = ["cuMemcpyHtoDAsync_v2"];

#[track_caller]
fn assert_close(got: &Tensor<f64>, want: &Tensor<f64>) {
    assert_eq!(got.shape(), want.shape());
    for (got, want) in got.to_vec().into_iter().zip(want.to_vec()) {
        assert!((got - want).abs() <= 1e-13 * want.abs().max(1.0), "{got} {want}");
    }
}

/// Three steps of a classifier with a table of embeddings, each on other data.
fn train(device: &Device) -> [Tensor<f64>; 2] {
    let table = Tensor::<f64>::uniform([7, 5], -1.0..1.0, 1).to(device);
    let weights = Tensor::<f64>::uniform([5, 3], -1.0..1.0, 2).to(device);
    let mut parameters = [table, weights];
    for step in 0..3 {
        let words = Tensor::from([step, 6, 2, 2]);
        let scale = Tensor::uniform([4, 1], 0.5..1.5, step as u64).to(device);
        let classes = Tensor::from([0, 2, step, 1]);
        let slopes = gradient(&parameters, |[table, weights]| {
            let x = table.embedding(&words) * constant(&scale);
            x.matmul(weights).cross_entropy(&classes)
        });
        for (parameter, slope) in parameters.iter_mut().zip(&slopes) {
            *parameter = &*parameter - &(slope * 0.25);
        }
    }
    parameters
}

#[test]
fn training_waits_for_nothing() {
    let device = device();
    let (there, calls) = calls(|| train(&device));
    assert!(count(&calls, &["cuLaunchKernel"]) > 30);
    assert_eq!(count(&calls, &WAITS), 0);
    for (there, here) in there.iter().zip(&train(&Device::Cpu)) {
        assert_close(there, here);
    }
    assert_eq!(Driver::shared().faults(), [""; 0]);
}

#[test]
fn compiled_functions_copy_no_places_but_once() {
    let x = Tensor::<f64>::uniform([6, 5], -1.0..1.0, 3);
    let there = x.to(&device());
    let places = Tensor::from([[1, 0, 4], [2, 2, 2], [0, 1, 3], [4, 4, 0], [1, 2, 3], [3, 1, 0]]);
    let classes = Tensor::from([1, 4, 0, 2, 2, 3]);
    let program = |x: Var<f64>| {
        let rows = x.index_select(0, [5, 1, 1]).exp().sum();
        let picked = x.index_add(0, [2, 2], x.at((..2, ..)) * 3.0).gather(1, &places).tanh();
        let put = x.scatter_add(1, &places, picked).scatter(0, [[0, 1, 0, 1, 0]], rows);
        put.cross_entropy(&classes)
    };
    let mut step = compile(&there, |x| gradient(&x, program));
    let (first, of_first) = calls(|| step.call(&there));
    let (second, of_second) = calls(|| step.call(&there));
    assert!(count(&of_first, &UPLOADS) > 0);
    assert_eq!((count(&of_first, &WAITS), count(&of_second, &WAITS)), (0, 0));
    assert_eq!(count(&of_second, &UPLOADS), 0);
    let want = gradient(&x, program);
    assert_close(&first, &want);
    assert_close(&second, &want);
}

const LAUNCHES: [&str; 1] = ["cuLaunchKernel"];

/// A step of Adam, one array after the other, or all at once: parameters, slopes and both moments; and the new ones.
fn adam(arrays: Vec<[Var<f64>; 4]>) -> [Vec<Var<f64>>; 3] {
    let m: Vec<_> = arrays.iter().map(|[_, slope, m, _]| *m * 0.9 + *slope * 0.1).collect();
    let v = arrays.iter().map(|[_, slope, _, v]| *v * 0.99 + *slope * *slope * 0.01);
    let v: Vec<_> = v.collect();
    let next = |k: usize| arrays[k][0] - m[k] * 0.3 / ((v[k] * 0.7).sqrt() + 1e-8);
    let x = (0..arrays.len()).map(next).collect();
    [x, m, v]
}

#[test]
fn updates_of_many_parameters_are_few_launches() {
    let device = device();
    let draw = |k: usize| {
        let draw = |seed: usize| Tensor::uniform([6, 5], 0.5..1.5, (4 * k + seed) as u64);
        [draw(0), draw(1), draw(2), draw(3)]
    };
    let here: Vec<[Tensor<f64>; 4]> = (0..14).map(draw).collect();
    let there: Vec<[Tensor<f64>; 4]> =
        here.iter().map(|x| x.each_ref().map(|x| x.to(&device))).collect();
    let ((new, report), calls) = calls(|| measure_memory(|| evaluate(&there, adam)));
    // Seven arrays each: no more than five of them are forty.
    assert_eq!(count(&calls, &LAUNCHES), 3);
    assert_eq!(report.by_operation.values().map(|made| made.results).sum::<usize>(), 3 * 14);
    assert!(report.by_operation.values().all(|made| made.by_host == 0));
    let on_host = evaluate(&here, adam);
    for (k, x) in here.into_iter().enumerate() {
        let one = evaluate(&vec![x], adam);
        for ((new, on_host), one) in new.iter().zip(&on_host).zip(&one) {
            assert_close(&new[k], &one[0]);
            assert_eq!(on_host[k], one[0]);
        }
    }
}

#[test]
fn long_sums_are_few_launches() {
    let device = device();
    let here: Vec<Tensor<f64>> = (0..100).map(|k| Tensor::uniform([33], -1.0..1.0, k)).collect();
    let there: Vec<Tensor<f64>> = here.iter().map(|x| x.to(&device)).collect();
    // (All terms are recorded before the first sum; some results are asked for, and totals of some.)
    let program = |x: Vec<Var<f64>>| {
        let terms: Vec<Var<f64>> = x.iter().map(|x| x.sin() * x.exp()).collect();
        let total = terms.iter().skip(1).fold(terms[0], |sum, &term| sum * 0.5 + term);
        (total, terms[7], terms[60].sum(), (total * total).sum())
    };
    let ((sum, seventh, of_one, square), calls) = calls(|| evaluate(&there, program));
    assert!(count(&calls, &LAUNCHES) <= 4, "{}", count(&calls, &LAUNCHES));
    let terms: Vec<Tensor<f64>> = here.iter().map(|x| x.map(|x| x.sin() * x.exp())).collect();
    let want = terms[1..].iter().fold(terms[0].clone(), |sum, term| &(&sum * 0.5) + term);
    for (got, want) in [
        (&sum, &want),
        (&seventh, &terms[7]),
        (&of_one, &terms[60].sum()),
        (&square, &(&want * &want).sum()),
    ] {
        assert_close(got, want);
    }
    assert_eq!(evaluate(&here, program).0, want);
}

#[test]
fn a_part_is_read_alone() {
    let device = device();
    let here = Tensor::uniform([40, 50], -1.0..1.0, 4);
    let there = here.to(&device);
    type Part = fn(&Tensor<f64>) -> Tensor<f64>;
    let parts: [Part; 6] = [
        |x| x.index(0, 3).index(0, 7),
        |x| x.index(0, 5),
        |x| x.index(1, 5),
        |x| x.slice(0, 3..5).transpose(),
        |x| x.transpose(),
        |x| x.index(1, 2).expand([90, 40]),
    ];
    let read = |calls: &[Call]| -> Vec<u64> {
        let reads = calls.iter().filter(|call| call.function == "cuMemcpyDtoHAsync_v2");
        reads.map(|call| call.numbers[1] / 8).collect()
    };
    for (part, most) in parts.iter().zip([1, 50, 40, 100, 2000, 2000]) {
        let part_of_there = part(&there);
        for copy in [|x: &Tensor<f64>| x.to_vec(), |x: &Tensor<f64>| x.to(&Device::Cpu).to_vec()] {
            let (elements, calls) = calls(|| copy(&part_of_there));
            assert_eq!((elements, read(&calls)), (part(&here).to_vec(), vec![most]));
        }
    }
    let (item, of_item) = calls(|| there.index(0, 3).index(0, 7).item());
    assert_eq!((item, read(&of_item)), (here[[3, 7]], vec![1]));
    // What is borrowed is kept.
    let (_, of_first) = calls(|| assert_eq!(there[[3, 7]], here[[3, 7]]));
    let (_, of_second) =
        calls(|| assert_eq!((there[[2, 0]], there.to_vec()), (here[[2, 0]], here.to_vec())));
    assert_eq!((read(&of_first), read(&of_second)), (vec![2000], vec![]));
}

/// How often the fourth to the thirteenth run allocate, per run.
fn allocations_each(mut run: impl FnMut()) -> f64 {
    (0..3).for_each(|_| run());
    let before = COUNT.get();
    (0..10).for_each(|_| run());
    (COUNT.get() - before) as f64 / 10.0
}

type Program = fn(Var<f64>, isize) -> Var<f64>;

/// What each further launch of a compiled function allocates.
fn allocations_of_a_launch(program: Program) -> f64 {
    let x = Tensor::<f64>::uniform([2, 20, 3], 0.5..1.5, 1).to(&device());
    let of = |launches: isize| {
        let mut compiled =
            compile(&x, |x| (0..launches).map(|k| program(x, k)).collect::<Vec<_>>());
        let (results, calls) = calls(|| compiled.call(&x));
        assert_eq!(count(&calls, &LAUNCHES), launches as usize);
        drop(results);
        allocations_each(|| drop(compiled.call(&x)))
    };
    // (Where the vector of results grows is no part of it.)
    (of(16) - of(8)) / 8.0
}

#[test]
fn launches_allocate_little() {
    // A tensor has two pieces of memory, and the results of a kernel are a list.
    let programs: [(&str, Program, f64); 3] = [
        ("elementwise", |x, k| x.reshape([120]).slice(0, k..).sin(), 3.0),
        ("strided", |x, k| x.transpose().slice(2, k..).sin(), 3.0),
        ("gather", |x, k| x.index_select(0, vec![0; k as usize + 1]), 2.0),
    ];
    let each = programs.map(|(name, program, most)| (name, allocations_of_a_launch(program), most));
    assert!(each.iter().all(|(_, each, most)| each <= most), "{each:?}");
}
