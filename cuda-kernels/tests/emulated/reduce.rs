use wengert_cuda_kernels::kernels::REDUCE;
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::Layout;

use super::{Bits, Draw, Emulated, Float, Out, assert_close, indices, read, same, steps};
use wengert_cuda_kernels::signature::Scalar;

struct Case {
    extents: Vec<usize>,
    /// Steps in memory.
    steps: Vec<isize>,
    axes: Vec<usize>,
    /// Threads of a block: results, threads for each, and times as many results.
    block: [u32; 3],
    parts: u32,
}

impl Case {
    fn new(extents: &[usize], axes: &[usize], [x, y]: [u32; 2], parts: u32) -> Self {
        let block = [x, y, if x == 1 { 256 / y } else { 1 }];
        let steps = steps(extents);
        Case { extents: extents.into(), steps, axes: axes.into(), block, parts }
    }

    fn layout(&self, reduced: bool) -> Layout {
        let is_of = |&axis: &usize| self.axes.contains(&axis) == reduced;
        let axes = (0..self.extents.len()).filter(is_of);
        Layout::new(axes.map(|axis| (self.extents[axis], self.steps[axis])))
    }

    /// For each result, the places of its terms in memory.
    fn terms(&self) -> Vec<Vec<usize>> {
        let extents = |reduced: bool| -> Vec<usize> {
            let is_of =
                |(axis, &n): (usize, &usize)| (self.axes.contains(&axis) == reduced).then_some(n);
            self.extents.iter().enumerate().filter_map(is_of).collect()
        };
        let strides = |reduced: bool| -> Vec<isize> {
            let is_of =
                |(axis, &n): (usize, &isize)| (self.axes.contains(&axis) == reduced).then_some(n);
            self.steps.iter().enumerate().filter_map(is_of).collect()
        };
        let places = |reduced: bool| -> Vec<isize> {
            let steps = strides(reduced);
            let along = |index: Vec<usize>| {
                index.iter().zip(&steps).map(|(&k, step)| k as isize * step).sum()
            };
            indices(&extents(reduced)).into_iter().map(along).collect()
        };
        let inner = places(true);
        places(false).iter().map(|a| inner.iter().map(|b| (a + b) as usize).collect()).collect()
    }

    /// One launch, and if there are parts another that joins them.
    fn run<T: Scalar + Bits>(&self, emulated: &Emulated, name: &str, x: &[T]) -> Vec<T> {
        let [kept, reduced] = [false, true].map(|reduced| self.layout(reduced));
        let (results, terms) = (kept.size(), reduced.size());
        let [next, _, times] = self.block;
        let grid = [results.div_ceil((next * times) as usize) as u32, self.parts, 1];
        let block = self.block;
        let buffer = emulated.upload(x);
        let mut arguments = vec![read(&buffer)];
        arguments.extend([results, terms].map(|n| Argument::number(n as i64)));
        arguments.extend([Argument::structure(&kept), Argument::structure(&reduced)]);
        let parts = self.parts as usize;
        let out = Out::Anything(results * parts);
        let found = emulated.run(&REDUCE, name, Dimensions { grid, block }, out, &arguments);
        if parts == 1 {
            return found;
        }
        let all = Case::new(&[parts, results], &[0], [32, 8], 1);
        all.run(emulated, name, &found)
    }
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        // All, rows, columns, the middle, several axes; one result; rank 0.
        Case::new(&[2000], &[0], [1, 256], 1),
        Case::new(&[2000], &[0], [1, 256], 7),
        Case::new(&[5, 300], &[1], [1, 256], 1),
        // Several rows to a block; few columns.
        Case::new(&[77, 40], &[1], [1, 8], 1),
        Case::new(&[20, 300], &[1], [1, 64], 2),
        Case::new(&[500, 3], &[0], [4, 64], 2),
        Case::new(&[300, 50], &[0], [32, 8], 1),
        Case::new(&[300, 50], &[0], [32, 8], 4),
        Case::new(&[600, 3], &[1], [256, 1], 1),
        Case::new(&[4, 30, 7], &[1], [32, 8], 1),
        Case::new(&[4, 5, 6, 7], &[0, 2], [16, 16], 3),
        Case::new(&[4, 5, 6, 7], &[1, 3], [2, 128], 1),
        Case::new(&[2, 3, 2, 3, 2, 3, 2, 3], &[0, 2, 4, 6], [32, 8], 2),
        Case::new(&[], &[], [1, 256], 1),
        Case::new(&[7, 8], &[], [256, 1], 1),
        // More parts than terms.
        Case::new(&[3, 40], &[0], [32, 8], 5),
        // No terms: what changes nothing.
        Case::new(&[0, 40], &[0], [32, 8], 1),
        Case::new(&[0, 40], &[0], [32, 8], 3),
    ];
    // Transposed, and broadcast.
    let mut transposed = Case::new(&[60, 70], &[1], [1, 256], 1);
    transposed.steps = vec![1, 60];
    cases.push(transposed);
    let mut broadcast = Case::new(&[60, 70], &[0], [32, 8], 2);
    broadcast.steps = vec![0, 1];
    cases.push(broadcast);
    cases
}

fn reductions<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(3);
    for case in cases() {
        let size = case.extents.iter().product::<usize>().max(1);
        let mut x: Vec<T> = draw.numbers(size);
        let terms = case.terms();
        let of = |x: &[T], f: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
            let numbers =
                |places: &Vec<usize>| places.iter().map(|&k| x[k].into()).collect::<Vec<f64>>();
            terms.iter().map(|places| f(&numbers(places))).collect()
        };
        let run = |x: &[T], operation: &str| -> Vec<T> {
            case.run(&emulated, &format!("{operation}_{}", T::SUFFIX), x)
        };
        let magnitude = of(&x, &|x| x.iter().map(|x| x.abs()).sum());
        let count = terms.first().map_or(0, Vec::len) as f64;
        // One rounding for each level of the tree, and for each of the terms of a thread.
        let bound = |k: usize| magnitude[k] * T::EPSILON * (count / 8.0 + 16.0);
        assert_close(&run(&x, "sum"), &of(&x, &|x| x.iter().sum()), bound);
        // Near 1, so that nothing vanishes.
        let factors: Vec<T> = x.iter().map(|&x| T::of(1.0 + x.into() / 64.0)).collect();
        let products = of(&factors, &|x| x.iter().product());
        let bound = |k: usize| products[k].abs() * T::EPSILON * (count + 1.0);
        assert_close(&run(&factors, "prod"), &products, bound);

        // Equal elements, so that there are several largest; then a NaN.
        for x in &mut x {
            *x = T::of((Into::<f64>::into(*x) * 4.0).round());
        }
        for has_nan in [false, true] {
            if has_nan {
                x[size / 2] = T::of(f64::NAN);
            }
            for (operation, start) in [("max", f64::NEG_INFINITY), ("min", f64::INFINITY)] {
                let better = |a: f64, b: f64| if operation == "max" { a > b } else { a < b };
                let best = |x: &[f64]| {
                    x.iter().fold(start, |a, &b| if a.is_nan() || better(a, b) { a } else { b })
                };
                let found = run(&x, operation);
                let expected = of(&x, &best);
                assert!(
                    found.iter().zip(&expected).all(|(&a, &b)| same(a, T::of(b))),
                    "{operation}"
                );
            }
        }
    }
}

#[test]
fn reductions_of_single_precision() {
    reductions::<f32>();
}

#[test]
fn reductions_of_double_precision() {
    reductions::<f64>();
}
