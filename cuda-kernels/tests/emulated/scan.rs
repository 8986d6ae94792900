use wengert_cuda_kernels::arrays;
use wengert_cuda_kernels::kernels::SCAN;
use wengert_cuda_kernels::launch::{Argument, Dimensions};

use super::{Draw, Emulated, Float, Out, assert_close, read};

/// Blocks, rows, and elements of a row.
const SHAPES: [[usize; 3]; 6] =
    [[1, 1, 1], [1, 700, 1], [5, 30, 1], [2, 9, 40], [3, 257, 2], [300, 4, 1]];

/// The places of each lane, in the order of the scan.
fn lanes([outer, length, inner]: [usize; 3], backward: bool) -> Vec<Vec<usize>> {
    let lane = |lane: usize| {
        let first = lane / inner * length * inner + lane % inner;
        let mut places: Vec<usize> = (0..length).map(|k| first + k * inner).collect();
        if backward {
            places.reverse();
        }
        places
    };
    (0..outer * inner).map(lane).collect()
}

fn scans<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(6);
    for shape in SHAPES {
        let [outer, length, inner] = shape;
        let size = outer * length * inner;
        let x: Vec<T> = draw.numbers(size);
        // Near 1, so that products do not vanish.
        let factors: Vec<T> = x.iter().map(|&x| T::of(1.0 + x.into() / 8.0)).collect();
        for backward in [false, true] {
            let lanes = lanes(shape, backward);
            let scanned = |x: &[T], start: f64, step: &dyn Fn(f64, f64) -> f64| {
                let (mut out, mut magnitude) = (vec![0.0; size], vec![0.0; size]);
                for lane in &lanes {
                    let (mut last, mut sum) = (start, 0.0);
                    for &place in lane {
                        last = step(last, x[place].into());
                        sum += Into::<f64>::into(x[place]).abs();
                        (out[place], magnitude[place]) = (last, sum);
                    }
                }
                (out, magnitude)
            };
            let count = Argument::number((outer * inner) as i64);
            let numbers = [length, inner].map(|n| Argument::number(n as i64));
            let tail = [&numbers[..], &[Argument::number(i32::from(backward))]].concat();
            let every_lane = Dimensions::of_elements(outer * inner, 2);
            // (In parts of 256 elements.)
            let parts = length.div_ceil(256);
            let grid = [(outer * inner) as u32, parts as u32, 1];
            let by_parts = |block| Dimensions { grid, block };
            let each = Argument::number(256_i64);
            let is_backward = Argument::number(i32::from(backward));
            let of_parts = [&numbers[..], &[each, is_backward]].concat();
            for (operation, x) in [("sum", &x), ("prod", &factors)] {
                let is_sum = operation == "sum";
                let (expected, magnitude) = if is_sum {
                    scanned(x, 0.0, &|a, b| a + b)
                } else {
                    scanned(x, 1.0, &|a, b| a * b)
                };
                let bound = |k: usize| {
                    let size = if is_sum { magnitude[k] } else { expected[k].abs() };
                    size * T::EPSILON * (length as f64 + 1.0)
                };
                let buffer = emulated.upload(x);
                let read = [read(&buffer)];
                let name = format!("cumulative_{operation}_{}", T::SUFFIX);
                let all = [&read[..], core::slice::from_ref(&count), &tail].concat();
                let out = Out::Anything(size);
                let found: Vec<T> = emulated.run(&SCAN, &name, every_lane, out, &all);
                assert_close(&found, &expected, bound);
                let name = format!("long_{operation}_{}", T::SUFFIX);
                let totals: Vec<T> = emulated.run(
                    &SCAN,
                    &format!("part_totals_{operation}_{}", T::SUFFIX),
                    by_parts([1, 256, 1]),
                    Out::Anything(outer * inner * parts),
                    &[&read[..], &of_parts].concat(),
                );
                // What is up to each part.
                let before: Vec<T> = (totals.chunks(parts).zip(&lanes))
                    .flat_map(|(_, lane)| {
                        (1..=parts).map(|part| T::of(expected[lane[(256 * part).min(length) - 1]]))
                    })
                    .collect();
                for (k, total) in totals.iter().enumerate().filter(|(k, _)| k % parts == 0) {
                    let end = bound(lanes[k / parts][255.min(length - 1)]);
                    let (total, expected): (f64, f64) = ((*total).into(), before[k].into());
                    assert!((total - expected).abs() <= end + T::EPSILON * expected.abs());
                }
                let before = emulated.upload(&before);
                let all = [&read[..], &[super::read(&before)], &of_parts].concat();
                let found: Vec<T> = emulated.run(&SCAN, &name, by_parts([256, 1, 1]), out, &all);
                let bound = |k: usize| 2.0 * bound(k);
                assert_close(&found, &expected, bound);
            }

            // With zeros, of which one stops even an infinity.
            let mut a = x.clone();
            let mut b: Vec<T> = draw.numbers(size);
            for k in (0..size).step_by(3) {
                a[k] = T::of(0.0);
            }
            // Nothing is before the first: a factor there does not matter.
            a[0] = T::of(f64::INFINITY);
            a[size - 1] = T::of(f64::NAN);
            if size > 10 {
                b[size / 2] = T::of(f64::INFINITY);
            }
            let mut expected = vec![0.0; size];
            for lane in &lanes {
                let mut last: f64 = 0.0;
                for &place in lane {
                    let factor: f64 = a[place].into();
                    let product = if factor == 0.0 || last == 0.0 { 0.0 } else { factor * last };
                    last = product + b[place].into();
                    expected[place] = last;
                }
            }
            let [a, b] = [a, b].map(|x| emulated.upload(&x));
            let buffers = [read(&a), read(&b)];
            let all = [&buffers[..], core::slice::from_ref(&count), &tail].concat();
            let name = format!("recurrence_{}", T::SUFFIX);
            let found: Vec<T> = emulated.run(&SCAN, &name, every_lane, Out::Anything(size), &all);
            // (Factors of at most 1, and a 0 after two of them at most.)
            assert_close(&found, &expected, |_| 16.0 * T::EPSILON);
        }
    }
}

#[test]
fn scans_of_single_precision() {
    scans::<f32>();
}

#[test]
fn scans_of_double_precision() {
    scans::<f64>();
}

/// By the wrapper, in as many parts as it chooses: integers, of which every sum is exact.
#[test]
fn long_scans_are_made_of_parts() {
    let emulated = Emulated::new();
    let x: Vec<f64> = (0..2 * 9001).map(|k| f64::from(k * k % 17 - 8)).collect();
    let buffer = emulated.device.upload(&x).expect("memory");
    for (extents, axis) in [([2, 9001], 1), ([9001, 2], 0)] {
        for backward in [false, true] {
            let steps = [extents[1] as isize, 1];
            let view = arrays::View::new(&buffer, 0, &extents, &steps);
            let found = arrays::running(view, axis, false, backward).expect("a launch");
            let shape = if axis == 1 { [2, 9001, 1] } else { [1, 9001, 2] };
            let mut expected = vec![0.0; x.len()];
            for lane in lanes(shape, backward) {
                let mut sum = 0.0;
                for place in lane {
                    sum += x[place];
                    expected[place] = sum;
                }
            }
            assert_eq!(found.read().expect("a result"), expected);
        }
    }
    let calls = emulated.driver.calls_of("cuLaunchKernel");
    assert!(calls.iter().any(|call| call.kernel == "part_totals_sum_f64"));
    assert_eq!(emulated.driver.faults(), [""; 0]);
}
