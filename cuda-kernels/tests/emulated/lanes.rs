use wengert_cuda_kernels::arrays;
use wengert_cuda_kernels::kernels::LANES;
use wengert_cuda_kernels::launch::Argument;
use wengert_tensor::{Tensor, jvp};

use super::{Draw, Emulated, Float, Input, Out, assert_close, read};

/// Blocks, rows, elements of a row. Rows of one thread, of less than a warp, of a warp, of several and of more than a block holds,
/// whose number of elements is a multiple of what is read together and is not; and columns, likewise.
const CASES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [70, 3, 1],
    [33, 16, 1],
    [5, 300, 1],
    [9, 64, 1],
    [3, 1000, 1],
    [3, 1025, 1],
    [2, 9000, 1],
    [2, 30, 70],
    [4, 5, 6],
    [1, 17, 33],
    [1, 1100, 3],
];

struct Lanes<'a> {
    emulated: &'a Emulated,
    shape: [usize; 3],
}

impl Lanes<'_> {
    fn run<T: Float>(&self, name: &str, x: &[&[T]], len: usize, last: &[Argument<'_>]) -> Vec<T> {
        let [outer, length, inner] = self.shape;
        let dimensions = arrays::Lanes::along(&self.shape, 1).dimensions(2);
        let buffers: Vec<Input<T>> = x.iter().map(|x| self.emulated.upload(x)).collect();
        let numbers = [outer * inner, length, inner].map(|n| Argument::number(n as i64));
        let arrays: Vec<Argument<'_>> = buffers.iter().map(read).collect();
        let all = [&arrays[..], &numbers, last].concat();
        let name = format!("{name}_{}", T::SUFFIX);
        self.emulated.run(&LANES, &name, dimensions, Out::Anything(len), &all)
    }
}

fn functions<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(7);
    for shape in CASES {
        let lanes = Lanes { emulated: &emulated, shape };
        let [outer, length, inner] = shape;
        let size = outer * length * inner;
        for case in 0..3 {
            let mut x: Vec<T> =
                draw.numbers::<T>(size).iter().map(|&x| T::of(x.into() * 20.0)).collect();
            // Limits: a lane of −∞, one with +∞, one with NaN; and then sums of which one element is nearly all.
            if case == 1 {
                for k in 0..length {
                    x[k * inner] = T::of(f64::NEG_INFINITY);
                }
                x[size - 1] = T::of(f64::INFINITY);
                x[size / 2] = T::of(if size > 50 { f64::NAN } else { 0.5 });
            } else if case == 2 {
                x[size / 3] = T::of(700.0);
            }
            // The CPU's, of numbers of double precision, which these are.
            let wide: Vec<f64> = x.iter().map(|&x| x.into()).collect();
            let tensor = Tensor::from_vec(shape, wide);
            let softmax = tensor.map(|x| x.softmax(1)).to_vec();
            let bound = |k: usize| T::EPSILON * (24.0 * softmax[k].abs() + T::EPSILON);
            assert_close(&lanes.run("softmax", &[&x], size, &[]), &softmax, bound);
            let log_softmax = tensor.map(|x| x.log_softmax(1)).to_vec();
            let bound = |k: usize| T::EPSILON * (16.0 + 4.0 * log_softmax[k].abs());
            assert_close(&lanes.run("log_softmax", &[&x], size, &[]), &log_softmax, bound);
            let total = tensor.map(|x| x.log_sum_exp_over([1])).to_vec();
            let bound = |k: usize| T::EPSILON * (16.0 + 4.0 * total[k].abs());
            assert_close(&lanes.run("log_sum_exp", &[&x], outer * inner, &[]), &total, bound);
        }
        // Digits near 0: one of the elements is 0, and the others far below.
        let mut x = vec![T::of(-40.0); size];
        x[..inner].fill(T::of(0.0));
        let found = lanes.run("log_sum_exp", &[&x], outer * inner, &[]);
        let expected = ((length - 1) as f64 * (-40.0_f64).exp()).ln_1p();
        assert_close(&found[..inner], &vec![expected; inner], |_| expected * 8.0 * T::EPSILON);
        // Equal elements: nothing is left of them, and with an epsilon it is 0.
        for epsilon in [0.25, 1e-5] {
            let same = vec![T::of(0.1); size];
            let found = lanes.run("layer_norm", &[&same], size, &[Argument::number(epsilon)]);
            assert!(found.iter().all(|&x| x == T::of(0.0)));
            // Far from 0, relative to what they differ by.
            let x: Vec<T> =
                draw.numbers::<T>(size).iter().map(|&x| T::of(x.into() + 8.0)).collect();
            let wide: Vec<f64> = x.iter().map(|&x| x.into()).collect();
            let tensor = Tensor::from_vec(shape, wide);
            // (What is passed as an `f32` is rounded.)
            let rounded: f64 = T::of(epsilon).into();
            let expected = tensor.map(|x| x.layer_norm(1, rounded)).to_vec();
            let found = lanes.run("layer_norm", &[&x], size, &[Argument::number(epsilon)]);
            let bound =
                |k: usize| T::EPSILON * 200.0 * (1.0 + expected[k].abs()) / rounded.sqrt().min(0.5);
            assert_close(&found, &expected, bound);
            // The Jacobian, by differentiating what it is the Jacobian of.
            let v: Vec<T> = draw.numbers(size);
            let wide: Vec<f64> = v.iter().map(|&x| x.into()).collect();
            let (_, expected) =
                jvp(|x| x.layer_norm(1, rounded), &tensor, &Tensor::from_vec(shape, wide));
            let found =
                lanes.run("layer_norm_jacobian", &[&x, &v], size, &[Argument::number(epsilon)]);
            let expected = expected.to_vec();
            let bound = |k: usize| T::EPSILON * 400.0 * (1.0 + expected[k].abs()) / rounded.sqrt();
            assert_close(&found, &expected, bound);
        }
    }
}

#[test]
fn functions_of_single_precision() {
    functions::<f32>();
}

#[test]
fn functions_of_double_precision() {
    functions::<f64>();
}
