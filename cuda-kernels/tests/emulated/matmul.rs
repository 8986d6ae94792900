use wengert_cuda_kernels::kernels::{MATMUL, MATMUL_TENSOR, REDUCE};
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::{Layout, Pair};
use wengert_cuda_kernels::signature::Module;

use super::{Draw, Emulated, Float, Out, assert_close, read};

/// c[s] = Σ a[s, t] · b[s, t] over t.
#[derive(Clone, Copy)]
struct Case {
    m: usize,
    n: usize,
    k: usize,
    /// The operands are transposed in memory.
    transposed: [bool; 2],
    results: usize,
    terms: usize,
    /// Each operand has a matrix for each of the results, or one for all.
    stacked: [bool; 2],
    parts: usize,
    onto: bool,
}

const PLAIN: Case = Case {
    m: 1,
    n: 1,
    k: 1,
    transposed: [false; 2],
    results: 1,
    terms: 1,
    stacked: [true; 2],
    parts: 1,
    onto: false,
};

type Rounding = fn(f64) -> f64;

/// The nearest number of so many significant bits.
fn rounded(x: f64, bits: i32, nearest: fn(f64) -> f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let unit = 2.0_f64.powi(x.abs().log2().floor() as i32 + 1 - bits);
    nearest(x / unit) * unit
}

fn exact(x: f64) -> f64 {
    x
}

fn tf32(x: f64) -> f64 {
    rounded(x, 11, f64::round)
}

fn bf16(x: f64) -> f64 {
    rounded(x, 8, f64::round_ties_even)
}

/// `rounding` is that of an operand.
fn products<T: Float>(module: &'static Module, name: &str, tile: usize, rounding: Rounding) {
    let emulated = Emulated::new();
    let mut draw = Draw(4);
    let mut cases = Vec::new();
    for (m, n, k) in
        [(1, 1, 1), (tile, tile, 8), (tile + 3, 5, 17), (7, tile + 1, 16), (2 * tile, 3, 1)]
    {
        for transposed in [[false, false], [true, false], [false, true], [true, true]] {
            cases.push(Case { m, n, k, transposed, ..PLAIN });
        }
    }
    let small = Case { m: 5, n: 6, k: 40, ..PLAIN };
    cases.extend([
        Case { results: 4, ..small },
        Case { results: 3, terms: 4, transposed: [true, true], ..small },
        Case { results: 4, stacked: [true, false], ..small },
        Case { results: 4, stacked: [false, true], terms: 2, ..small },
        Case { parts: 3, ..small },
        Case { parts: 4, terms: 3, results: 2, ..small },
        // More parts than slices.
        Case { parts: 9, ..small },
        Case { onto: true, results: 2, ..small },
        // Nothing to add up.
        Case { k: 0, ..small },
        Case { terms: 0, parts: 2, ..small },
    ]);
    for case in cases {
        let Case { m, n, k, transposed, results, terms, stacked, parts, onto } = case;
        let sizes = [m * k, k * n];
        let count =
            |operand: usize| sizes[operand] * terms * if stacked[operand] { results } else { 1 };
        // (Memory has elements.)
        let operands = [0, 1].map(|operand| draw.numbers::<T>(count(operand).max(1)));
        let before: Vec<T> = draw.numbers(parts * results * m * n);
        let of_result = [0, 1].map(|k| if stacked[k] { (terms * sizes[k]) as isize } else { 0 });
        let stack = Pair::new([(results, of_result)]);
        let summed = Pair::new([(terms, sizes.map(|size| size as isize))]);
        let of_matrix = |operand: usize, rows: usize, columns: usize| -> [usize; 2] {
            if transposed[operand] { [1, rows] } else { [columns, 1] }
        };
        let (a_steps, b_steps) = (of_matrix(0, m, k), of_matrix(1, k, n));
        let buffers = operands.each_ref().map(|x| emulated.upload(x));
        let mut arguments: Vec<Argument<'_>> = buffers.iter().map(read).collect();
        let numbers = [m, n, k, a_steps[0], a_steps[1], b_steps[0], b_steps[1], results, terms];
        arguments.extend(numbers.map(|n| Argument::number(n as i64)));
        arguments.push(Argument::number(i32::from(onto)));
        arguments.extend([Argument::structure(&stack), Argument::structure(&summed)]);
        let tiles = m.div_ceil(tile) * n.div_ceil(tile) * results;
        let dimensions = Dimensions { grid: [tiles as u32, parts as u32, 1], block: [256, 1, 1] };
        let out = if onto { Out::Is(&before[..]) } else { Out::Anything(before.len()) };
        let mut found = emulated.run(module, name, dimensions, out, &arguments);
        let size = results * m * n;
        if parts > 1 {
            let [kept, reduced] =
                [(size, 1), (parts, size as isize)].map(|axis| Layout::new([axis]));
            let buffer = emulated.upload(&found);
            let arguments = [
                read(&buffer),
                Argument::number(size as i64),
                Argument::number(parts as i64),
                Argument::structure(&kept),
                Argument::structure(&reduced),
            ];
            let grid = [size.div_ceil(32) as u32, 1, 1];
            let dimensions = Dimensions { grid, block: [32, 8, 1] };
            let sum = format!("sum_{}", T::SUFFIX);
            found = emulated.run(&REDUCE, &sum, dimensions, Out::Anything(size), &arguments);
        }
        let [a, b] = &operands;
        let (mut expected, mut magnitude) = (Vec::new(), Vec::new());
        for result in 0..results {
            for i in 0..m {
                for j in 0..n {
                    let start = if onto { before[expected.len()].into() } else { 0.0 };
                    let (mut sum, mut size) = (start, f64::abs(start));
                    for term in 0..terms {
                        for l in 0..k {
                            let at = |operand: usize, place: usize| {
                                let own = if stacked[operand] { result } else { 0 };
                                (own * terms + term) * sizes[operand] + place
                            };
                            let x = rounding(a[at(0, i * a_steps[0] + l * a_steps[1])].into());
                            let y = rounding(b[at(1, l * b_steps[0] + j * b_steps[1])].into());
                            sum += x * y;
                            size += (x * y).abs();
                        }
                    }
                    expected.push(sum);
                    magnitude.push(size);
                }
            }
        }
        let bound = |i: usize| magnitude[i] * T::EPSILON * ((k * terms) as f64 + 2.0);
        assert_close(&found, &expected, bound);
    }
}

#[test]
fn products_of_single_precision() {
    products::<f32>(&MATMUL, "matmul_128_f32", 128, exact);
}

#[test]
fn products_of_double_precision() {
    products::<f64>(&MATMUL, "matmul_64_f64", 64, exact);
}

#[test]
fn products_by_small_tiles() {
    products::<f32>(&MATMUL, "matmul_32_f32", 32, exact);
    products::<f64>(&MATMUL, "matmul_32_f64", 32, exact);
}

#[test]
fn products_by_tensor_cores() {
    products::<f32>(&MATMUL_TENSOR, "matmul_tf32", 128, tf32);
    products::<f32>(&MATMUL_TENSOR, "matmul_bf16", 128, bf16);
    products::<f64>(&MATMUL_TENSOR, "matmul_tensor_f64", 64, exact);
}

/// Operands times 1: what is between two numbers, what is half-way, and what is no number.
#[test]
fn operands_are_rounded_to_the_nearest() {
    let ulp = f32::EPSILON;
    let mut x = vec![0.0, 1.0, -3.5, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    for bits in [8, 11] {
        let unit = 2.0_f32.powi(1 - bits);
        for half_way in [1.0 + unit / 2.0, 1.0 + 1.5 * unit, -1.0 - unit / 2.0, 2.0 - unit / 2.0] {
            x.extend([half_way, half_way - ulp, half_way + ulp, half_way * 1e30, half_way * 1e-30]);
        }
    }
    let emulated = Emulated::new();
    let roundings: [(&str, Rounding); 2] = [("matmul_tf32", tf32), ("matmul_bf16", bf16)];
    for (name, rounding) in roundings {
        let operands = [emulated.upload(&x), emulated.upload(&[1.0_f32])];
        let none = Pair::new([]);
        let mut arguments: Vec<Argument<'_>> = operands.iter().map(read).collect();
        let numbers = [x.len(), 1, 1, 1, 1, 1, 1, 1, 1].map(|n| Argument::number(n as i64));
        arguments.extend(numbers);
        arguments.extend([Argument::number(0), Argument::structure(&none)]);
        arguments.push(Argument::structure(&none));
        let dimensions = Dimensions { grid: [1, 1, 1], block: [256, 1, 1] };
        let out = Out::<f32>::Anything(x.len());
        let found = emulated.run(&MATMUL_TENSOR, name, dimensions, out, &arguments);
        for (&x, &found) in x.iter().zip(&found) {
            let expected = rounding(f64::from(x)) as f32;
            let same = found == expected || (found.is_nan() && expected.is_nan());
            assert!(same, "{name}: {x} was rounded to {found}, not {expected}");
        }
    }
}
