//! What plans do so that fewer arrays are written changes no bit of any result, and does keep arrays from being written.

use crate::checks::{check, some};
use wengert_tensor::*;

/// Numbers without pattern.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

const SHAPES: [&[usize]; 4] = [&[6, 4], &[24], &[2, 3, 4], &[4, 6]];

/// A program of elementwise operations between reshapes, sums that are spread again, and transposes, with all that it makes. Arrays are
/// `times` as long as [`SHAPES`] says.
fn program(
    seed: u64,
    times: usize,
    x: &[Var<f64>],
    mut seen: impl FnMut(Var<f64>),
) -> Vec<Var<f64>> {
    let mut choices = Choices(seed);
    let (row, mut made) = (x[2], x[..2].to_vec());
    for _ in 0..30 {
        let mut shape = SHAPES[choices.below(SHAPES.len())].to_vec();
        shape[0] *= times;
        let shape = &shape[..];
        let [a, b] = [0; 2].map(|_| {
            // (Mostly what is new, sometimes what is old.)
            let back = choices.below(4).min(made.len() - 1);
            let from = if choices.below(3) == 0 { 0 } else { made.len() - 1 - back };
            made[from].reshape(shape)
        });
        let last = shape[shape.len() - 1];
        let y = match choices.below(9) {
            0 => a + b,
            1 => a - b,
            2 => a * b * 0.5,
            3 => a.tanh(),
            4 if last == 4 => a - row,
            5 if last == 4 => row * b,
            6 => (a * b).sum_keep(-1) - a,
            7 => (b - a).sum_over(-1).reshape(&[&shape[..shape.len() - 1], &[1]].concat()[..]) * b,
            8 if shape.len() == 2 => a.transpose().reshape(shape) * 0.25 - b,
            _ => a * 0.75,
        };
        seen(y);
        made.push(y);
    }
    made
}

fn operands(seed: u64, times: usize) -> Vec<Tensor<f64>> {
    vec![some([6 * times, 4], seed), some([24 * times], seed + 1), some([4], seed + 2)]
}

#[test]
fn results_have_the_same_bits_whatever_is_asked_for() {
    for seed in 0..300 {
        let x = operands(seed, 1);
        let all = evaluate(&x, |x: Vec<Var<f64>>| program(seed, 1, &x, |_| ()));
        let last = evaluate(&x, |x: Vec<Var<f64>>| *program(seed, 1, &x, |_| ()).last().unwrap());
        let apart = evaluate(&x, |x: Vec<Var<f64>>| {
            *program(seed, 1, &x, |y| drop(y.value())).last().unwrap()
        });
        let few = evaluate(&x, |x: Vec<Var<f64>>| {
            let made = program(seed, 1, &x, |_| ());
            vec![made[7], made[20].reshape([3, 8]), *made.last().unwrap()]
        });
        assert_eq!(all.last().unwrap().to_vec(), last.to_vec(), "{seed}");
        assert_eq!(apart.to_vec(), last.to_vec(), "{seed}");
        assert_eq!(few[0].to_vec(), all[7].to_vec(), "{seed}");
        assert_eq!(few[1].to_vec(), all[20].to_vec(), "{seed}");
        assert_eq!(few[2].to_vec(), last.to_vec(), "{seed}");
    }
}

#[test]
fn gradients_have_the_same_bits_whether_values_are_read_between() {
    for seed in 300..500 {
        let x = operands(seed, 1);
        let loss = |x: Vec<Var<f64>>| program(seed, 1, &x, |_| ()).last().unwrap().tanh().sum();
        let read = |x: Vec<Var<f64>>| {
            program(seed, 1, &x, |y| drop(y.value())).last().unwrap().tanh().sum()
        };
        assert_eq!(gradient(&x, loss), gradient(&x, read), "{seed}");
    }
}

#[test]
fn derivatives_of_such_programs() {
    for seed in 500..504 {
        check(&operands(seed, 1), |x| program(seed, 1, x, |_| ()).last().unwrap().tanh());
    }
}

/// Σ exp(−½ |xᵢ − c|²) over parts of rows: the differences are needed forwards and backwards.
fn mixture(points: &Tensor<f64>, centre: Var<f64>) -> Var<f64> {
    let differences = constant(points) - centre;
    let squares = (differences * differences).reshape([4000, 4, 10]).sum_over(2);
    (squares * -0.5).exp().sum()
}

#[test]
fn differences_are_found_twice_instead_of_written() {
    let (points, centre) = (some([4000, 40], 1), some([40], 2));
    let (slope, report) = measure_memory(|| gradient(&centre, |c| mixture(&points, c)));
    assert!(!report.by_operation.contains_key("sub"), "{report}");
    assert!(!report.by_operation.contains_key("reshape"), "{report}");
    let expected = Tensor::from_fn([40], |at| {
        let of_point = |i: usize| {
            let part = at[0] / 10 * 10..at[0] / 10 * 10 + 10;
            let square: f64 = part.map(|j| (points[[i, j]] - centre[[j]]).powi(2)).sum();
            (points[[i, at[0]]] - centre[[at[0]]]) * (-0.5 * square).exp()
        };
        (0..4000).map(of_point).sum::<f64>()
    });
    assert!(slope.is_close(&expected, 1e-12), "{slope} {expected}");
}

#[test]
fn cotangents_that_are_one_everywhere_multiply_nothing() {
    let (x, y) = (some([50, 4], 1), some([50, 4], 2));
    let product = |x: Var<f64>| (x * constant(&y)).sum();
    let (slope, report) = measure_memory(|| gradient(&x, product));
    assert_eq!(slope, y);
    assert!(!report.by_operation.contains_key("mul"), "{report}");
    let (slope, report) = measure_memory(|| gradient(&x, |x| x.exp().sum()));
    assert_eq!(slope, evaluate(&x, |x| x.exp()));
    assert_eq!(report.by_operation["exp"].results, 1, "{report}");

    // Where an operand is spread, too, there are more ones than elements of the other.
    let (row, column) = (some([1, 4], 3), some([50, 1], 4));
    let spread = |x: Vec<Var<f64>>| (x[0] * x[1]).sum() + (x[0] * x[0]).expand([7, 1, 4]).sum();
    let slopes = gradient(&vec![row.clone(), column.clone()], spread);
    let of_row = &(&row * 14.0) + column.sum().item();
    assert!(slopes[0].is_close(&of_row, 1e-14), "{} {of_row}", slopes[0]);
    let of_column = Tensor::full([50, 1], row.sum().item());
    assert!(slopes[1].is_close(&of_column, 1e-14), "{} {of_column}", slopes[1]);
}

/// Programs on arrays of more than a megabyte, in which what two passes need may be found twice, and passes of so many operands and
/// sums that they are divided.
#[test]
fn what_is_found_twice_is_there_for_all_who_need_it() {
    let x = some([150_000], 1);
    for count in 1..14 {
        let roots = |x: Var<f64>| {
            let twice = x * 2.0;
            let mut roots = vec![twice.sin().sum()];
            let factors: Vec<_> = (0..count).map(|k| (x * (0.1 * k as f64)).cos().sum()).collect();
            for factor in factors {
                let y = twice * factor;
                roots.extend([y.sum(), y.mean(), y.sum(), y.mean()]);
            }
            roots
        };
        let together = evaluate(&x, roots);
        let apart: Vec<_> = (0..together.len()).map(|k| evaluate(&x, |x| roots(x)[k])).collect();
        assert_eq!(together, apart, "{count}");
    }
}

#[test]
fn large_programs_have_the_same_bits_whatever_is_asked_for() {
    // Arrays of more than a megabyte.
    const TIMES: usize = 6000;
    for seed in 600..620 {
        let x = operands(seed, TIMES);
        let totals = |x: Vec<Var<f64>>| -> Vec<Var<f64>> {
            program(seed, TIMES, &x, |_| ()).into_iter().map(|y| y.tanh().sum()).collect()
        };
        let together = evaluate(&x, totals);
        let last = evaluate(&x, |x: Vec<Var<f64>>| *totals(x).last().unwrap());
        let read = evaluate(&x, |x: Vec<Var<f64>>| {
            program(seed, TIMES, &x, |y| drop(y.value())).last().unwrap().tanh().sum()
        });
        assert_eq!((together.last().unwrap(), &read), (&last, &last), "{seed}");
        let loss = |x: Vec<Var<f64>>| totals(x).into_iter().reduce(|a, b| a + b).unwrap();
        let read = |x: Vec<Var<f64>>| {
            let made = program(seed, TIMES, &x, |y| drop(y.value()));
            made.into_iter().map(|y| y.tanh().sum()).reduce(|a, b| a + b).unwrap()
        };
        assert_eq!(gradient(&x, loss), gradient(&x, read), "{seed}");
    }
}

#[test]
fn sums_of_many_arrays_do_not_wait_for_all_of_them() {
    let x = some([64, 64], 3);
    let steps = |x: Var<f64>| {
        let (mut power, mut sum) = (x, x * 0.0);
        for _ in 0..30 {
            power = power.matmul(x) * 0.1;
            sum += power;
        }
        sum
    };
    let (_, report) = measure_memory(|| evaluate(&x, steps));
    assert!(report.peak < 8 * 8 * 64 * 64, "{report}");
}

#[test]
fn sums_of_rows_of_all_lengths() {
    for count in (0..70).chain([127, 128, 129, 500, 511, 512, 513, 1000, 1024, 1025, 2050]) {
        // Whole numbers, whose sums are exact in any order.
        let x = Tensor::<f64>::from_fn([5, count], |i| ((i[0] * 31 + i[1] * 17) % 23) as f64 - 7.0);
        let single = Tensor::<f32>::from_fn([5, count], |i| x[[i[0], i[1]]] as f32);
        for row in 0..5 {
            let expected: f64 = (0..count).map(|j| x[[row, j]]).sum();
            assert_eq!(x.sum_over(1)[[row]], expected, "{count}");
            assert_eq!(f64::from(single.sum_over(1)[[row]]), expected, "{count}");
        }
        // A row has the sum that it has alone, also with infinities after it.
        let y = some([1, count], count as u64);
        let after = Tensor::<f64>::full([1, count], f64::INFINITY);
        let both = Tensor::concat(&[y.clone(), after], 0);
        assert_eq!(both.sum_over(1)[[0]].to_bits(), y.sum_over(1)[[0]].to_bits(), "{count}");
        assert_eq!(y.sum_over(1)[[0]].to_bits(), y.sum().item().to_bits(), "{count}");
    }
}
