//! What a program on a GPU costs the host: how often it waits, copies, launches. (The GPU is emulated, and records what it is asked
//! for.)

use std::thread;

use wengert_cuda_emulation::{Call, Driver, install};
use wengert_cuda_kernels::launch::use_driver;
use wengert_tensor::*;

fn device() -> Device {
    use_driver(install());
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
