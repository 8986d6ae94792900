use wengert_cuda_kernels::kernels::COPY;
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::Pair;

use super::{Draw, Emulated, Float, Out, indices, read, steps};

/// An array of these extents within memory: steps in any order of axes, some reversed, some broadcast if `may_repeat`, with gaps;
/// where its first element is, and how much memory it needs.
fn placed(draw: &mut Draw, extents: &[usize], may_repeat: bool) -> (Vec<isize>, usize, usize) {
    let mut order: Vec<usize> = (0..extents.len()).collect();
    for k in (1..order.len()).rev() {
        order.swap(k, draw.below(k + 1));
    }
    let (mut steps, mut size, mut first) = (vec![0; extents.len()], 1, 0);
    for axis in order {
        if may_repeat && draw.below(4) == 0 {
            continue;
        }
        let step = size + draw.below(2);
        size = step * extents[axis].max(1);
        steps[axis] = step as isize;
        if draw.below(3) == 0 {
            steps[axis] = -steps[axis];
            first += step * extents[axis].saturating_sub(1);
        }
    }
    (steps, first, size)
}

fn at(index: &[usize], steps: &[isize], first: usize) -> usize {
    let along: isize = index.iter().zip(steps).map(|(&k, step)| k as isize * step).sum();
    (first as isize + along) as usize
}

#[test]
fn copies_between_any_layouts() {
    let emulated = Emulated::new();
    let mut draw = Draw(1);
    for case in 0..60 {
        let rank = case % 9;
        let extents: Vec<usize> =
            (0..rank).map(|_| 1 + draw.below(if rank > 4 { 2 } else { 6 })).collect();
        let (to, to_first, to_size) = placed(&mut draw, &extents, false);
        let (from, from_first, from_size) = placed(&mut draw, &extents, true);
        let x: Vec<u64> = (0..from_size as u64).collect();
        let before: Vec<u64> = (0..to_size as u64).map(|k| 1_000_000 + k).collect();
        let mut expected = before.clone();
        for index in indices(&extents) {
            expected[at(&index, &to, to_first)] = x[at(&index, &from, from_first)];
        }
        let axes = Pair::new((0..rank).map(|axis| (extents[axis], [to[axis], from[axis]])));
        let count = indices(&extents).len();
        assert_eq!(axes.size(), count);
        // Fewer threads than elements, and more.
        let dimensions = Dimensions::of_elements(count, 1 + case % 3);
        let arguments = |x| [x, Argument::number(count as i64), Argument::structure(&axes)];
        // (Both begin in the middle, where axes are reversed: the first argument is moved here, by a copy of its own.)
        let buffer = emulated.upload(&x);
        let mut out = emulated.device.upload(&before).unwrap();
        let function = emulated.device.kernel(&COPY, "copy_8").unwrap();
        let [x_argument, count_argument, axes_argument] =
            arguments(read(&buffer).from_element(from_first));
        let all = [
            Argument::write(&mut out).from_element(to_first),
            x_argument,
            count_argument,
            axes_argument,
        ];
        // SAFETY: extents and steps are those of the memory.
        unsafe { function.launch(dimensions, &all) }.unwrap();
        assert_eq!(out.read().unwrap(), expected, "{extents:?} {to:?} {from:?}");

        let x: Vec<u32> = x.iter().map(|&x| x as u32).collect();
        if to_first == 0 {
            let before: Vec<u32> = before.iter().map(|&x| x as u32).collect();
            let buffer = emulated.upload(&x);
            let arguments = arguments(read(&buffer).from_element(from_first));
            let found = emulated.run(&COPY, "copy_4", dimensions, Out::Is(&before), &arguments);
            assert!(found.iter().zip(&expected).all(|(&a, &b)| u64::from(a) == b));
        }
    }
}

fn adds<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(2);
    let (x, y) = (draw.numbers::<T>(3 * 5), draw.numbers::<T>(4 * 7));
    // Every other row and column of the second, from the first transposed.
    let axes = Pair::new([(2, [14, 1]), (4, [2, 3])]);
    let arguments = [8_i64.into_argument(), Argument::structure(&axes)];
    let buffer = emulated.upload(&x);
    let all = [read(&buffer), arguments[0].clone(), arguments[1].clone()];
    let name = format!("add_{}", T::SUFFIX);
    let dimensions = Dimensions::of_elements(8, 9);
    let found = emulated.run(&COPY, &name, dimensions, Out::Is(&y), &all);
    let mut expected: Vec<T> = y.clone();
    for [i, j] in [0, 1].map(|i| [0, 1, 2, 3].map(|j| [i, j])).concat() {
        let (to, from) = (14 * i + 2 * j, i + 3 * j);
        // (Rounded once in either type.)
        expected[to] = T::of(y[to].into() + x[from].into());
    }
    assert_eq!(found, expected);
}

trait IntoArgument {
    fn into_argument(self) -> Argument<'static>;
}

impl IntoArgument for i64 {
    fn into_argument(self) -> Argument<'static> {
        Argument::number(self)
    }
}

#[test]
fn adds_where_elements_arrive() {
    adds::<f32>();
    adds::<f64>();
}

#[test]
fn transposes_stacks_by_tiles() {
    let emulated = Emulated::new();
    for (stack, rows, columns) in [(1, 1, 1), (2, 32, 32), (3, 33, 5), (1, 100, 70), (2, 1, 40)] {
        // x is [stack, columns, rows] in memory, and out its transpose.
        let x: Vec<u64> = (0..(stack * rows * columns) as u64).collect();
        let matrix = (rows * columns) as isize;
        let pair = Pair::new([(stack, [matrix, matrix])]);
        let arguments = |x| {
            let [rows_, columns_] = [rows, columns].map(|n| Argument::number(n as i64));
            [x, rows_.clone(), columns_.clone(), columns_, rows_, Argument::structure(&pair)]
        };
        let blocks = stack * rows.div_ceil(32) * columns.div_ceil(32);
        let dimensions = Dimensions { grid: [blocks as u32, 1, 1], block: [32, 8, 1] };
        let extents = [stack, rows, columns];
        let (to, from) = (steps(&extents), [matrix, 1, rows as isize]);
        let mut expected = vec![0; x.len()];
        for index in indices(&extents) {
            expected[at(&index, &to, 0)] = x[at(&index, &from, 0)];
        }
        let buffer = emulated.upload(&x);
        let out = Out::<u64>::Anything(x.len());
        let found = emulated.run(&COPY, "transpose_8", dimensions, out, &arguments(read(&buffer)));
        assert_eq!(found, expected);
        let x: Vec<u32> = x.iter().map(|&x| x as u32).collect();
        let buffer = emulated.upload(&x);
        let out = Out::<u32>::Anything(x.len());
        let found = emulated.run(&COPY, "transpose_4", dimensions, out, &arguments(read(&buffer)));
        assert!(found.iter().zip(&expected).all(|(&a, &b)| u64::from(a) == b));
    }
}

#[test]
fn fills() {
    let emulated = Emulated::new();
    for count in [1, 255, 256, 257, 5000] {
        let dimensions = Dimensions::of_elements(count, 3);
        let bits = [Argument::number(count as i64), Argument::number(7_u32)];
        let found: Vec<u32> =
            emulated.run(&COPY, "fill_4", dimensions, Out::Anything(count), &bits);
        assert_eq!(found, vec![7; count]);
        let bits = [Argument::number(count as i64), Argument::number(u64::MAX - 7)];
        let found: Vec<u64> =
            emulated.run(&COPY, "fill_8", dimensions, Out::Anything(count), &bits);
        assert_eq!(found, vec![u64::MAX - 7; count]);
    }
}
