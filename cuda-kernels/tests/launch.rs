//! The launch layer against a driver that records calls: what it asks for, in which order, and what it does when that is refused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_cuda_emulation::{Driver, lookup};
use wengert_cuda_kernels::kernels::{COPY, LANES, REDUCE};
use wengert_cuda_kernels::launch::{Argument, Buffer, Device, Dimensions, Error, use_driver};
use wengert_cuda_kernels::layout::Layout;
use wengert_cuda_kernels::signature::{Parameter, Type};

fn driver() -> Driver {
    // SAFETY: the emulated driver's functions take, and do, what the driver's do.
    unsafe { use_driver(lookup) };
    Driver::new()
}

/// Nothing was done wrong, and everything given back.
#[track_caller]
fn clean(driver: &Driver) {
    assert_eq!(driver.faults(), [""; 0]);
    assert_eq!(driver.leaks(), [""; 0]);
}

#[track_caller]
fn message(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| {
        panic.downcast_ref::<&str>().map(|words| words.to_string()).expect("a message")
    })
}

#[test]
fn a_device_is_opened_once_and_closed_with_the_last_that_uses_it() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    assert_eq!((device.name(), device.capability()), ("Emulated 0", (9, 0)));
    assert_eq!(device.to_string(), "cuda:0 (Emulated 0)");
    let again = Device::cuda(0).unwrap();
    assert_eq!(device, again);
    let other = Device::cuda(1).unwrap();
    assert_ne!(device, other);
    assert_eq!(driver.calls_of("cuDevicePrimaryCtxRetain").len(), 2);
    let x = device.upload(&[1.0_f32]).unwrap();
    drop((device, again, other));
    assert!(!driver.leaks().is_empty());
    assert_eq!(x.read().unwrap(), [1.0]);
    drop(x);
    clean(&driver);
    // The order in which things go back: the context last.
    let calls = driver.calls();
    let position = |function: &str| calls.iter().rposition(|call| call.function == function);
    assert!(position("cuMemFree_v2") < position("cuStreamDestroy_v2"));
    assert!(position("cuStreamDestroy_v2") < position("cuDevicePrimaryCtxRelease_v2"));
}

#[test]
fn what_is_missing_is_said() {
    let driver = driver();
    let error = Device::cuda(2).unwrap_err();
    assert_eq!(error, Error::NoDevice { ordinal: 2, count: 2 });
    assert!(error.to_string().contains("the driver finds 2, numbered from 0"));
    driver.set_devices(&[]);
    let error = Device::cuda(0).unwrap_err();
    assert_eq!(error, Error::NoDevice { ordinal: 0, count: 0 });
    assert_eq!(error.to_string(), "there is no GPU number 0: the driver finds none at all");
    clean(&driver);
    drop(driver);

    let driver = self::driver();
    driver.set_version(10_020);
    let error = Device::cuda(0).unwrap_err();
    assert_eq!(error, Error::OldDriver { found: (10, 2), needed: (11, 0) });
    assert!(error.to_string().contains("it knows CUDA 10.2, and 11.0 is needed"));
    clean(&driver);
    drop(driver);

    let driver = self::driver();
    let old =
        wengert_cuda_emulation::Device { name: "Old".into(), capability: (7, 0), memory: 1 << 20 };
    driver.set_devices(&[old]);
    let error = Device::cuda(0).unwrap_err();
    assert_eq!(error.to_string(), "Old has compute capability 7.0, and kernels need 7.5");
    clean(&driver);
}

#[test]
fn refusals_while_opening_leave_nothing_behind() {
    let functions = [
        "cuInit",
        "cuDriverGetVersion",
        "cuDeviceGetCount",
        "cuDeviceGet",
        "cuDeviceGetName",
        "cuDeviceGetAttribute",
        "cuDevicePrimaryCtxRetain",
        "cuStreamCreateWithPriority",
    ];
    for function in functions {
        let driver = driver();
        driver.fail(function, 0, 999);
        let error = Device::cuda(0).unwrap_err();
        let Error::Driver { call, code, words } = &error else { panic!("{error:?}") };
        assert!(*call == function && *code == 999, "{error:?} for {function}");
        assert_eq!(words, "CUDA_ERROR_UNKNOWN, unknown error");
        clean(&driver);
        // And the next time it works.
        Device::cuda(0).unwrap();
    }
}

#[test]
fn codes_of_newer_drivers_are_passed_on() {
    let driver = driver();
    // (No name for it in the bindings, which would be undefined behaviour, nor in this driver.)
    driver.fail("cuDeviceGetCount", 0, 4711);
    let error = Device::cuda(0).unwrap_err();
    let words = "which the driver has no words for".to_owned();
    assert_eq!(error, Error::Driver { call: "cuDeviceGetCount", code: 4711, words });
}

#[test]
fn memory_is_taken_again() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let x = device.upload(&[1.0_f64; 1000]).unwrap();
    assert_eq!(device.memory().in_use, 8192);
    drop(x);
    assert_eq!((device.memory().in_use, device.memory().cached), (0, 8192));
    for len in [1000, 990, 1024] {
        drop(device.buffer::<f64>(len).unwrap());
        drop(device.buffer::<f32>(2 * len).unwrap());
    }
    assert_eq!(driver.calls_of("cuMemAlloc_v2").len(), 1);
    let (x, y) = (device.buffer::<f64>(1000).unwrap(), device.buffer::<f64>(1000).unwrap());
    assert_eq!(driver.calls_of("cuMemAlloc_v2").len(), 2);
    assert!(driver.calls_of("cuMemFree_v2").is_empty());
    drop((x, y));
    device.release().unwrap();
    assert_eq!(device.memory().cached, 0);
    assert_eq!(device.memory().largest, 16384);
    assert_eq!(driver.calls_of("cuMemFree_v2").len(), 2);
    drop(device);
    clean(&driver);
}

#[test]
fn buffers_without_elements_need_no_memory() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let mut x = device.upload::<f32>(&[]).unwrap();
    x.clear().unwrap();
    x.write(&[]).unwrap();
    assert!(x.is_empty() && x.copy().unwrap().read().unwrap().is_empty());
    assert!(driver.calls_of("cuMemAlloc_v2").is_empty());
    drop((x, device));
    clean(&driver);
}

#[test]
fn elements_come_back_as_they_were() {
    let driver = driver();
    let device = Device::cuda(1).unwrap();
    let elements: Vec<f32> = (0..777).map(|k| k as f32).collect();
    let mut x = device.upload(&elements).unwrap();
    let copy = x.copy().unwrap();
    x.clear().unwrap();
    assert_eq!(x.read().unwrap(), [0.0; 777]);
    assert_eq!(copy.read().unwrap(), elements);
    x.write(&elements).unwrap();
    assert_eq!(x.read().unwrap(), elements);
    assert_eq!(device.zeros::<u64>(5).unwrap().read().unwrap(), [0; 5]);
    let words = message(|| x.write(&[1.0]).unwrap());
    assert!(words.starts_with("write: 1 elements for a buffer of 777"), "{words}");
    drop((x, copy, device));
    clean(&driver);
}

#[test]
fn without_memory_the_cache_is_given_back_and_then_there_is_an_error() {
    let driver = driver();
    let memory = 1 << 20;
    let small = wengert_cuda_emulation::Device { name: "Small".into(), capability: (8, 0), memory };
    driver.set_devices(&[small]);
    let device = Device::cuda(0).unwrap();
    let keep = device.buffer::<f32>(1 << 16).unwrap();
    // Half of it in the cache, and then a size that is not there.
    drop(device.buffer::<f32>(1 << 17).unwrap());
    let large = device.buffer::<u64>(96 << 10).unwrap();
    assert_eq!(device.memory().cached, 0);
    assert_eq!(driver.calls_of("cuMemFree_v2").len(), 1);
    let error = device.buffer::<f64>(1 << 10).unwrap_err();
    let Error::OutOfMemory { requested, in_use, free, total, .. } = error else {
        panic!("{error}")
    };
    assert_eq!((requested, in_use, free, total), (8192, 1 << 20, 0, 1 << 20));
    assert!(error.to_string().starts_with("cuda:0 (Small) is out of memory: 8192 bytes"));
    drop(large);
    device.buffer::<f64>(1 << 10).unwrap();
    drop((keep, device));
    clean(&driver);
}

#[test]
fn modules_are_loaded_once() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let sum = device.kernel(&REDUCE, "sum_f32").unwrap();
    let max = device.kernel(&REDUCE, "max_f64").unwrap();
    assert_eq!(driver.calls_of("cuModuleLoadDataEx").len(), 1);
    device.kernel(&COPY, "copy_4").unwrap();
    assert_eq!(driver.calls_of("cuModuleLoadDataEx").len(), 2);
    assert_eq!(sum.name(), "sum_f32");
    assert_eq!(
        format!("{max:?}"),
        "max_f64(*mut f64, *const f64, i64, i64, struct 136, struct 136)"
    );
    let words = message(|| drop(device.kernel(&REDUCE, "sum_f16")));
    assert!(words.contains("the module reduce has no kernel sum_f16"), "{words}");
    // A function outlives what it was made from.
    drop((device, max));
    assert!(!driver.leaks().is_empty());
    drop(sum);
    clean(&driver);
}

#[test]
fn texts_are_compiled_once() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let text = ".version 6.3\n.visible .entry f(\n.param .f32 f_0\n)\n{}";
    for _ in 0..3 {
        device.assemble(text, "f", &[Parameter::Value(Type::F32)]).unwrap();
    }
    assert_eq!(driver.calls_of("cuModuleLoadDataEx").len(), 1);
    let error = device.assemble(text, "h", &[]).unwrap_err();
    let Error::Driver { call: "cuModuleGetFunction", code: 500, words } = error else {
        panic!("{error}")
    };
    assert_eq!(words, "CUDA_ERROR_NOT_FOUND, named symbol not found");
    drop(device);
    clean(&driver);
}

#[test]
fn what_the_compiler_says_is_in_the_error() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let error = device.assemble("nonsense", "f", &[]).unwrap_err();
    let log = "ptxas fatal   : Missing .version directive at start of file".to_owned();
    assert_eq!(error, Error::Module { name: "f".into(), code: 218, log });
    let error = device.assemble(".version 99.0", "new", &[]).unwrap_err();
    assert!(error.to_string().starts_with("the driver refuses the module new (error 222): ptxas"));
    driver.fail("cuModuleLoadDataEx", 0, 999);
    assert!(device.assemble(".version 6.3\n.func g", "g", &[]).is_err());
    drop(device);
    clean(&driver);
}

#[test]
fn launches_pass_what_was_given_in_order() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let x = device.upload(&[1.0_f32; 64]).unwrap();
    let mut y = device.buffer::<f32>(8).unwrap();
    let function = device.kernel(&LANES, "layer_norm_f32").unwrap();
    let arguments = [
        Argument::write(&mut y),
        Argument::read(&x).from_element(3),
        Argument::number(7_i64),
        Argument::number(-5_i64),
        Argument::number(2_i64),
        Argument::number(0.5),
    ];
    let dimensions = Dimensions { grid: [3, 2, 1], block: [32, 8, 1] };
    // SAFETY: lanes of negative length have no elements.
    unsafe { function.launch(dimensions, &arguments) }.unwrap();
    let calls = driver.calls_of("cuLaunchKernel");
    assert_eq!(calls[0].kernel, "layer_norm_f32");
    let [grid_and_block @ .., _, _, seven, minus_five, two, epsilon] = &calls[0].numbers[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(grid_and_block[..7], [3, 2, 1, 32, 8, 1, 0]);
    assert_eq!((*seven, *minus_five as i64, *two, *epsilon), (7, -5, 2, 0.5_f64.to_bits()));
    let addresses = driver.calls_of("cuMemcpyHtoDAsync_v2")[0].numbers[0] + 12;
    assert_eq!(calls[0].numbers[9], addresses);

    // An empty grid is no error, and no launch.
    let nothing = Dimensions { grid: [0, 1, 1], block: [256, 1, 1] };
    // SAFETY: nothing runs.
    unsafe { function.launch(nothing, &arguments) }.unwrap();
    assert_eq!(driver.calls_of("cuLaunchKernel").len(), 1);
    drop((x, y, function, device));
    clean(&driver);
}

#[test]
fn wrong_arguments_panic_with_the_kernel_and_both_types() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let other = Device::cuda(1).unwrap();
    let sum = device.kernel(&REDUCE, "sum_f32").unwrap();
    let x = device.upload(&[1.0_f32; 4]).unwrap();
    let doubles = device.upload(&[1.0_f64; 4]).unwrap();
    let elsewhere = other.upload(&[1.0_f32; 4]).unwrap();
    let layout = Layout::default();
    let mut y = device.buffer::<f32>(1).unwrap();
    let mut launch = |x: Argument<'_>, results: Argument<'_>, count: usize| {
        let axes = Argument::structure(&layout);
        let terms = Argument::number(4_i64);
        let all = [Argument::write(&mut y), x, results, terms, axes.clone(), axes];
        let dimensions = Dimensions { grid: [1, 1, 1], block: [1, 256, 1] };
        // SAFETY: it panics.
        message(|| unsafe { sum.launch(dimensions, &all[..count]) }.unwrap())
    };
    let one = Argument::number(1_i64);
    let words = launch(Argument::read(&x), one.clone(), 5);
    assert!(
        words.starts_with("sum_f32: 5 arguments for 6 parameters: sum_f32(*mut f32"),
        "{words}"
    );
    let words = launch(Argument::read(&doubles), one.clone(), 6);
    assert!(words.starts_with("sum_f32: argument 1 is *const f64, and the parameter *const f32"));
    let words = launch(Argument::read(&x), Argument::number(1_i32), 6);
    assert!(words.starts_with("sum_f32: argument 2 is i32, and the parameter i64"), "{words}");
    let words = launch(one.clone(), one.clone(), 6);
    assert!(words.starts_with("sum_f32: argument 1 is i64, and the parameter *const f32"));
    let words = launch(Argument::read(&elsewhere), one, 6);
    let both = "argument 1 is on cuda:1 (Emulated 1), and the kernel on cuda:0 (Emulated 0)";
    assert!(words.contains(both), "{words}");
    let words = message(|| {
        Argument::read(&x).from_element(5);
    });
    assert!(words.starts_with("from_element: element 5 of an argument *const f32 of 4"), "{words}");
    assert!(driver.calls_of("cuLaunchKernel").is_empty());
    drop((x, doubles, elsewhere, sum, device, other));
    drop(y);
    clean(&driver);
}

#[test]
fn failures_of_launches_are_told_at_once_or_when_something_waits() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let fill = device.kernel(&COPY, "fill_4").unwrap();
    let mut x = device.buffer::<u32>(10).unwrap();
    let launch = |x: &mut Buffer<u32>| {
        let arguments = [Argument::write(x), Argument::number(10_i64), Argument::number(7_u32)];
        // SAFETY: there are as many elements.
        unsafe { fill.launch(Dimensions::of_elements(10, 8), &arguments) }
    };
    driver.fail("cuLaunchKernel", 0, 400);
    let error = launch(&mut x).unwrap_err();
    let words = "CUDA_ERROR_INVALID_HANDLE, invalid resource handle".to_owned();
    assert_eq!(error, Error::Driver { call: "cuLaunchKernel", code: 400, words });
    driver.fail("cuLaunchKernel", 0, -719);
    launch(&mut x).unwrap();
    let error = x.read().unwrap_err();
    let words = "CUDA_ERROR_LAUNCH_FAILED, unspecified launch failure".to_owned();
    assert_eq!(error, Error::Driver { call: "cuStreamSynchronize", code: 719, words });
    assert!(launch(&mut x).is_err(), "a failure stays");
    drop((x, fill, device));
    clean(&driver);
}

#[test]
fn nothing_waits_until_something_is_read() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let x = device.zeros::<f32>(100).unwrap();
    let y = x.copy().unwrap();
    // Memory that is given back while it is still to be used is taken again at once: the order of work makes that right.
    drop(x);
    let mut z = device.buffer::<f32>(100).unwrap();
    z.clear().unwrap();
    let event = device.record().unwrap();
    assert_eq!(driver.calls_of("cuMemAlloc_v2").len(), 2);
    assert!(driver.calls_of("cuStreamSynchronize").is_empty());
    assert!(!event.is_done().unwrap());
    assert!(event.is_done().unwrap());
    assert_eq!(y.read().unwrap(), [0.0; 100]);
    assert_eq!(driver.calls_of("cuStreamSynchronize").len(), 1);
    drop((y, z, event, device));
    clean(&driver);
}

/// How often the program has waited.
fn waits(driver: &Driver) -> usize {
    ["cuStreamSynchronize", "cuEventSynchronize"]
        .map(|wait| driver.calls_of(wait).len())
        .iter()
        .sum()
}

#[test]
fn copies_from_the_host_are_not_waited_for() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let check = |first: u32| {
        let waited = waits(&driver);
        // (What is copied is gone before it is read, and its memory taken again.)
        let upload = |k| device.upload(&[first + k; 300]).unwrap();
        let mut buffers: Vec<Buffer<u32>> = (0..20).map(upload).collect();
        buffers[3].write(&[7; 300]).unwrap();
        assert_eq!(waits(&driver), waited);
        for (k, buffer) in (0..).zip(&buffers) {
            assert_eq!(buffer.read().unwrap(), [if k == 3 { 7 } else { first + k }; 300]);
        }
    };
    check(100);
    let taken = driver.calls_of("cuMemAllocHost_v2").len();
    check(200);
    assert_eq!(driver.calls_of("cuMemAllocHost_v2").len(), taken);
    device.release().unwrap();
    assert_eq!(driver.calls_of("cuMemFreeHost").len(), taken);
    check(300);
    drop(device);
    clean(&driver);
}

#[test]
fn copies_of_more_than_may_wait_are_waited_for() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let part: Vec<u64> = (0..3 << 20).collect();
    let (x, y) = (device.upload(&part).unwrap(), device.upload(&part).unwrap());
    assert_eq!(waits(&driver), 0);
    let z = device.upload(&part).unwrap();
    assert_eq!(driver.calls_of("cuEventSynchronize").len(), 1);
    let all: Vec<u64> = (0..9 << 20).collect();
    let whole = device.upload(&all).unwrap();
    assert_eq!(driver.calls_of("cuStreamSynchronize").len(), 1);
    assert!(whole.read().unwrap() == all);
    assert!([x, y, z].iter().all(|x| x.read().unwrap() == part));
    // What is kept for later is no more either.
    drop(device.upload(&part[..5 << 19]).unwrap());
    let bytes =
        |function| driver.calls_of(function).iter().map(|call| call.numbers[0]).sum::<u64>();
    assert!(bytes("cuMemAllocHost_v2") > 64 << 20);
    assert_eq!(driver.calls_of("cuMemFreeHost").len(), 2);
    drop((whole, device));
    clean(&driver);
}

#[test]
fn copies_from_the_host_without_page_locked_memory() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    driver.fail("cuMemAllocHost_v2", 0, 2);
    let x = device.upload(&[1_u32, 2]).unwrap();
    assert_eq!((waits(&driver), x.read().unwrap()), (1, vec![1, 2]));
    for function in ["cuMemAllocHost_v2", "cuEventCreate", "cuMemcpyHtoDAsync_v2", "cuEventRecord"]
    {
        driver.fail(function, 0, 999);
        let Error::Driver { call, code: 999, .. } = device.upload(&[1_u32, 2]).unwrap_err() else {
            panic!("{function}")
        };
        assert!(function.starts_with(call), "{function} {call}");
        assert_eq!(device.upload(&[3_u32, 4]).unwrap().read().unwrap(), [3, 4]);
        device.release().unwrap();
    }
    drop((x, device));
    clean(&driver);
}

#[test]
fn the_context_is_set_where_another_one_is_current() {
    let driver = driver();
    let (device, other) = (Device::cuda(0).unwrap(), Device::cuda(1).unwrap());
    let contexts = || driver.calls_of("cuCtxSetCurrent").len();
    let copied = |device: &Device, k: u32| {
        let mut x = device.upload(&[k; 9]).unwrap();
        x.clear().unwrap();
        x.write(&[k + 1; 9]).unwrap();
        let fill = device.kernel(&COPY, "fill_4").unwrap();
        let arguments = [Argument::write(&mut x), Argument::number(4_i64), Argument::number(k)];
        // SAFETY: there are more elements.
        unsafe { fill.launch(Dimensions::of_elements(4, 8), &arguments) }.unwrap();
        x.copy().unwrap()
    };
    drop(copied(&device, 1));
    let before = contexts();
    let mut copies: Vec<Buffer<u32>> = (0..5).map(|k| copied(&device, k)).collect();
    assert_eq!(contexts(), before);
    copies.extend((5..10).map(|k| copied(if k % 2 == 0 { &device } else { &other }, k)));
    assert_eq!(contexts(), before + 5);
    // Another library may set it, too.
    // SAFETY: the function of this name has this type.
    let set_current: unsafe extern "C" fn(u64) -> i32 =
        unsafe { core::mem::transmute(lookup(c"cuCtxSetCurrent")) };
    for (k, context) in (10..).zip([0, 1, 2]) {
        // SAFETY: contexts are numbers.
        assert_eq!(unsafe { set_current(context) }, 0);
        copies.push(copied(&device, k));
        // SAFETY: as above.
        assert_eq!(unsafe { set_current(2 - context) }, 0);
        assert_eq!(copies[0].read().unwrap()[8], 1);
    }
    for (k, copy) in (0..).zip(&copies) {
        assert_eq!(copy.read().unwrap()[4..], [k + 1; 5]);
    }
    drop((copies, device, other));
    clean(&driver);
}

#[test]
fn events_measure_what_is_between_them() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    let mut x = device.buffer::<f32>(100).unwrap();
    let start = device.record().unwrap();
    x.clear().unwrap();
    x.clear().unwrap();
    let end = device.record().unwrap();
    // A millisecond for each: two, and the mark.
    assert_eq!(end.since(&start).unwrap().as_micros(), 3000);
    let elsewhere = Device::cuda(1).unwrap().record().unwrap();
    let words = message(|| drop(end.since(&elsewhere)));
    assert!(words.starts_with("since: events on cuda:0 (Emulated 0) and on cuda:1"), "{words}");
    for (function, call) in [("cuEventCreate", "cuEventCreate"), ("cuEventRecord", "cuEventRecord")]
    {
        driver.fail(function, 0, 999);
        let Error::Driver { call: found, .. } = device.record().unwrap_err() else { panic!() };
        assert_eq!(found, call);
    }
    drop((x, start, end, elsewhere, device));
    clean(&driver);
}

#[test]
fn threads_share_a_device() {
    let driver = driver();
    let device = Device::cuda(0).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let device = &device;
            scope.spawn(move || {
                for k in 0..50 {
                    let x = device.upload(&[thread, k, 3]).unwrap();
                    assert_eq!(x.read().unwrap(), [thread, k, 3]);
                    let y = x.copy().unwrap();
                    drop(x);
                    assert_eq!(y.read().unwrap(), [thread, k, 3]);
                }
            });
        }
    });
    drop(device);
    clean(&driver);
}
