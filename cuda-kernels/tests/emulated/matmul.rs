use std::collections::BTreeSet;
use std::path::Path;

use wengert_cuda_kernels::kernels::{MATMUL, MATMUL_HOPPER, MATMUL_TENSOR, REDUCE};
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::{Layout, Pair};
use wengert_cuda_kernels::matmul::{Choice, Operands, Product, Target, matmul_kernel};
use wengert_cuda_kernels::signature::Module;

use super::{Draw, Emulated, Float, Out, assert_close, is_by_ptx, read};

/// c[s] = Σ a[s, t] · b[s, t] over t.
#[derive(Clone, Copy)]
struct Case {
    m: usize,
    n: usize,
    k: usize,
    /// The operands are transposed in memory.
    transposed: [bool; 2],
    /// Elements between the rows of the operands, or between their columns if they are transposed.
    gap: usize,
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
    gap: 0,
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

/// A kernel, and what it rounds operands to.
#[derive(Clone, Copy)]
struct Way {
    module: &'static Module,
    name: &'static str,
    rounding: Rounding,
}

/// One block for each tile.
fn blocks(case: &Case, tile: usize, threads: u32) -> Dimensions {
    let tiles = case.m.div_ceil(tile) * case.n.div_ceil(tile) * case.results;
    Dimensions { grid: [tiles as u32, case.parts as u32, 1], block: [threads, 1, 1] }
}

fn products<T: Float>(
    module: &'static Module,
    name: &'static str,
    tile: usize,
    rounding: Rounding,
) {
    let mut cases = Vec::new();
    for (m, n, k) in
        [(1, 1, 1), (tile, tile, 8), (tile + 3, 5, 17), (7, tile + 1, 16), (2 * tile, 3, 1)]
    {
        for transposed in TRANSPOSED {
            cases.push(Case { m, n, k, transposed, ..PLAIN });
        }
    }
    // Read several elements at a time, at the edges, too; and of one operand only.
    for transposed in TRANSPOSED {
        let wide = Case { m: tile + 4, n: 12, k: 20, transposed, ..PLAIN };
        cases.extend([wide, Case { gap: 4, results: 2, terms: 2, ..wide }]);
        cases.extend([Case { m: 5, ..wide }, Case { k: 18, ..wide }]);
    }
    let small = Case { m: 5, n: 6, k: 40, ..PLAIN };
    cases.extend(variations(small));
    cases.extend([
        // More parts than slices.
        Case { parts: 9, ..small },
        // Nothing to add up.
        Case { k: 0, ..small },
    ]);
    check::<T>(Way { module, name, rounding }, &cases, |case| blocks(case, tile, 256));
}

const TRANSPOSED: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

/// Stacks and sums of such products, in parts, and onto what is there.
fn variations(case: Case) -> [Case; 8] {
    [
        Case { results: 4, ..case },
        Case { results: 3, terms: 4, transposed: [true, true], ..case },
        Case { results: 4, stacked: [true, false], ..case },
        Case { results: 4, stacked: [false, true], terms: 2, gap: 4, ..case },
        Case { parts: 3, ..case },
        Case { parts: 4, terms: 3, results: 2, ..case },
        Case { onto: true, results: 2, gap: 8, ..case },
        Case { terms: 0, parts: 2, ..case },
    ]
}

fn check<T: Float>(way: Way, cases: &[Case], dimensions: impl Fn(&Case) -> Dimensions) {
    let emulated = Emulated::new();
    let mut draw = Draw(4);
    for case in cases {
        check_case::<T>(&emulated, &mut draw, way, dimensions(case), case);
    }
}

fn check_case<T: Float>(
    emulated: &Emulated,
    draw: &mut Draw,
    way: Way,
    dimensions: Dimensions,
    case: &Case,
) {
    let Way { module, name, rounding } = way;
    let Case { m, n, k, transposed, gap, results, terms, stacked, parts, onto } = *case;
    let (mut sizes, mut steps) = ([0; 2], [[0; 2]; 2]);
    for (operand, (rows, columns)) in [(m, k), (k, n)].into_iter().enumerate() {
        (sizes[operand], steps[operand]) = if transposed[operand] {
            (columns * (rows + gap), [1, rows + gap])
        } else {
            (rows * (columns + gap), [columns + gap, 1])
        };
    }
    let count =
        |operand: usize| sizes[operand] * terms * if stacked[operand] { results } else { 1 };
    // (Memory has elements.)
    let operands = [0, 1].map(|operand| draw.numbers::<T>(count(operand).max(1)));
    let before: Vec<T> = draw.numbers(parts * results * m * n);
    let of_result = [0, 1].map(|k| if stacked[k] { (terms * sizes[k]) as isize } else { 0 });
    let stack = Pair::new([(results, of_result)]);
    let summed = Pair::new([(terms, sizes.map(|size| size as isize))]);
    let buffers = operands.each_ref().map(|x| emulated.upload(x));
    let mut arguments: Vec<Argument<'_>> = buffers.iter().map(read).collect();
    let [a_steps, b_steps] = steps;
    let numbers = [m, n, k, a_steps[0], a_steps[1], b_steps[0], b_steps[1], results, terms];
    arguments.extend(numbers.map(|n| Argument::number(n as i64)));
    arguments.push(Argument::number(i32::from(onto)));
    arguments.extend([Argument::structure(&stack), Argument::structure(&summed)]);
    let out = if onto { Out::Is(&before[..]) } else { Out::Anything(before.len()) };
    let mut found = emulated.run(module, name, dimensions, out, &arguments);
    let size = results * m * n;
    if parts > 1 {
        found = added_up(emulated, &found, parts);
    }
    let rounded = operands.map(|x| x.iter().map(|&x| rounding(x.into())).collect::<Vec<f64>>());
    let [a, b] = &rounded;
    let (mut expected, mut magnitude) = (Vec::with_capacity(size), Vec::with_capacity(size));
    for result in 0..results {
        for i in 0..m {
            for j in 0..n {
                let start = if onto { before[expected.len()].into() } else { 0.0 };
                let (mut sum, mut size) = (start, f64::abs(start));
                for term in 0..terms {
                    let first = |operand: usize| {
                        let own = if stacked[operand] { result } else { 0 };
                        (own * terms + term) * sizes[operand]
                    };
                    let (of_a, of_b) = (&a[first(0)..], &b[first(1)..]);
                    for l in 0..k {
                        let x = of_a[i * a_steps[0] + l * a_steps[1]];
                        let y = of_b[l * b_steps[0] + j * b_steps[1]];
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

/// The sum of so many arrays, one after the other.
fn added_up<T: Float>(emulated: &Emulated, x: &[T], parts: usize) -> Vec<T> {
    let size = x.len() / parts;
    let [kept, reduced] = [(size, 1), (parts, size as isize)].map(|axis| Layout::new([axis]));
    let buffer = emulated.upload(x);
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
    emulated.run(&REDUCE, &sum, dimensions, Out::Anything(size), &arguments)
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

/// More rows of tiles than a band has, and a band of fewer.
#[test]
fn every_tile_is_made() {
    let way = Way { module: &MATMUL, name: "matmul_32_f32", rounding: exact };
    let case = Case { m: 32 * 11 - 3, n: 32 * 3 + 1, k: 2, results: 2, ..PLAIN };
    check::<f32>(way, &[case], |case| blocks(case, 32, 256));
}

#[test]
fn products_by_tensor_cores() {
    products::<f32>(&MATMUL_TENSOR, "matmul_tf32", 128, tf32);
    products::<f32>(&MATMUL_TENSOR, "matmul_bf16", 128, bf16);
    products::<f64>(&MATMUL_TENSOR, "matmul_tensor_128_f64", 128, exact);
    products::<f64>(&MATMUL_TENSOR, "matmul_tensor_64_f64", 64, exact);
}

/// The machine that carries out PTX has no `wgmma`, and no shared memory that a launch asks for; `device.h` has.
fn knows_hopper() -> bool {
    !is_by_ptx()
}

/// All in whole tiles and slices; more of these than stages.
#[test]
fn products_by_tensor_cores_of_hopper() {
    if !knows_hopper() {
        return;
    }
    let ways: [(_, usize, Rounding); 2] =
        [("matmul_sm90a_tf32", 32, tf32), ("matmul_sm90a_bf16", 64, bf16)];
    for (name, depth, rounding) in ways {
        let way = Way { module: &MATMUL_HOPPER, name, rounding };
        let mut cases = Vec::new();
        for transposed in TRANSPOSED {
            cases.push(Case { m: 128, n: 128, k: 9 * depth, transposed, ..PLAIN });
            cases.push(Case { m: 128, n: 256, k: depth, transposed, gap: 12, ..PLAIN });
        }
        cases.extend(variations(Case { m: 256, n: 128, k: depth, ..PLAIN }));
        check::<f32>(way, &cases, |case| blocks(case, 128, 384));
    }
}

/// On each kind of device, by whatever kernel and in whatever blocks are chosen.
#[test]
fn products_as_they_are_chosen() {
    let emulated = Emulated::new();
    let mut draw = Draw(5);
    let mut names = BTreeSet::new();
    let whole = Case { m: 128, n: 128, k: 128, ..PLAIN };
    let cases = [
        whole,
        Case { results: 2, transposed: [false, true], ..whole },
        Case { k: 120, ..whole },
        Case { m: 130, n: 10, k: 33, ..whole },
    ];
    let devices = [(7, 5), (8, 0), (9, 0)];
    for &capability in &devices[..if knows_hopper() { 3 } else { 2 }] {
        for operands in [Operands::F32, Operands::F64, Operands::Tf32, Operands::Bf16] {
            // (One block after the other; or all at once, and sums in parts.)
            for (case, multiprocessors) in cases.iter().flat_map(|case| [(case, 1), (case, 4)]) {
                let Case { m, n, k, transposed, results, terms, .. } = *case;
                let steps = |transposed: bool, rows: usize, columns: usize| {
                    if transposed { [1, rows as isize] } else { [columns as isize, 1] }
                };
                let (a, b) = (steps(transposed[0], m, k), steps(transposed[1], k, n));
                let aligned = true;
                let product = Product { operands, m, n, k, a, b, results, terms, aligned };
                let target = Target { capability, driver: (12, 0), multiprocessors };
                let choice = matmul_kernel(&product, target, 4);
                let Choice { module, name, dimensions } = choice;
                names.insert(name);
                let rounding: Rounding = match name {
                    _ if name.contains("tf32") => tf32,
                    _ if name.contains("bf16") => bf16,
                    _ => exact,
                };
                let way = Way { module, name, rounding };
                let case = Case { parts: choice.parts(), ..*case };
                if operands == Operands::F64 {
                    check_case::<f64>(&emulated, &mut draw, way, dimensions, &case);
                } else {
                    check_case::<f32>(&emulated, &mut draw, way, dimensions, &case);
                }
            }
        }
    }
    let modules = [&MATMUL, &MATMUL_TENSOR, &MATMUL_HOPPER];
    let modules = &modules[..if knows_hopper() { 3 } else { 2 }];
    let all = modules.iter().flat_map(|module| module.kernels);
    assert_eq!(names, all.map(|kernel| kernel.name).collect(), "kernels that are never chosen");
}

#[test]
fn shared_memory_is_what_the_source_asks_for() {
    if !knows_hopper() {
        return;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(MATMUL_HOPPER.source);
    let source = std::fs::read_to_string(source).expect("a source");
    let line = format!("#define SHARED_BYTES {}\n", MATMUL_HOPPER.shared_bytes);
    assert!(source.contains(&line), "not {line}");
    // The driver is told before a launch, and by the launch.
    let (emulated, mut draw) = (Emulated::new(), Draw(6));
    let way = Way { module: &MATMUL_HOPPER, name: "matmul_sm90a_tf32", rounding: tf32 };
    let case = Case { m: 128, n: 128, k: 32, ..PLAIN };
    check_case::<f32>(&emulated, &mut draw, way, blocks(&case, 128, 384), &case);
    let bytes = MATMUL_HOPPER.shared_bytes.into();
    let allowed = emulated.driver.calls_of("cuFuncSetAttribute");
    assert!(allowed.iter().all(|call| call.numbers[1..] == [8, bytes]) && !allowed.is_empty());
    let launched = emulated.driver.calls_of("cuLaunchKernel");
    assert!(launched.iter().all(|call| call.numbers[6] == bytes) && !launched.is_empty());
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
