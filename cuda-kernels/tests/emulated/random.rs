use wengert_cuda_kernels::kernels::RANDOM;
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_tensor::{Element, Tensor};

use super::{Emulated, Float, Out, assert_close};

const SEEDS: [u64; 4] = [0, 1, 0x1234_5678_9abc_def0, u64::MAX];
const COUNTS: [usize; 4] = [1, 2, 513, 2000];

fn for_each(mut f: impl FnMut(u64, usize, Dimensions)) {
    for seed in SEEDS {
        for count in COUNTS {
            f(seed, count, Dimensions::of_elements(count.div_ceil(2), 2));
        }
    }
}

fn uniform<T: Float + Element>() {
    let emulated = Emulated::new();
    for_each(|seed, count, dimensions| {
        // (A width that is no power of two, so that the product is rounded.)
        let (start, end) = (-0.3, 1.4);
        let numbers = [Argument::number(count as i64), Argument::number(seed)];
        let ends = [start, end - start].map(Argument::number);
        let all = [numbers.clone(), ends].concat();
        let name = format!("uniform_{}", T::SUFFIX);
        let found: Vec<T> = emulated.run(&RANDOM, &name, dimensions, Out::Anything(count), &all);
        assert_eq!(found, Tensor::<T>::uniform([count], start..end, seed).to_vec());

        // The same bits of the stream as numbers in [0, 1), and what is less than a probability.
        let probability = 0.3;
        let units = Tensor::<f64>::uniform([count], 0.0..1.0, seed).to_vec();
        let expected: Vec<T> =
            units.iter().map(|&x| T::of(f64::from(u8::from(x < probability)))).collect();
        let all = [&numbers[..], &[Argument::number(probability)]].concat();
        let name = format!("coins_{}", T::SUFFIX);
        let found: Vec<T> = emulated.run(&RANDOM, &name, dimensions, Out::Anything(count), &all);
        assert_eq!(found, expected);

        let (mean, deviation) = (5.0, 0.5);
        let all = [&numbers[..], &[mean, deviation].map(Argument::number)].concat();
        let name = format!("normal_{}", T::SUFFIX);
        let found: Vec<T> = emulated.run(&RANDOM, &name, dimensions, Out::Anything(count), &all);
        let expected = Tensor::<f64>::normal([count], mean, deviation, seed).to_vec();
        // (A few units of what is added up.)
        assert_close(&found, &expected, |_| 8.0 * <T as Float>::EPSILON);
    });
}

#[test]
fn numbers_of_single_precision_are_those_of_the_cpu() {
    uniform::<f32>();
}

#[test]
fn numbers_of_double_precision_are_those_of_the_cpu() {
    uniform::<f64>();
}

/// A part of a stream is that part of a longer one.
#[test]
fn streams_do_not_depend_on_their_length() {
    let emulated = Emulated::new();
    let units = |count: usize| -> Vec<f64> {
        let numbers = [Argument::number(count as i64), Argument::number(7_u64)];
        let all = [numbers, [0.0, 1.0].map(Argument::number)].concat();
        let dimensions = Dimensions::of_elements(count.div_ceil(2), 3);
        emulated.run(&RANDOM, "uniform_f64", dimensions, Out::Anything(count), &all)
    };
    let long = units(3001);
    for count in [1, 2, 1500, 2999] {
        assert_eq!(units(count), long[..count]);
    }
}
