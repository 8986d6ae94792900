use wengert_cuda_kernels::kernels::INDEXING;
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::Steps;

use super::{Draw, Emulated, Float, Out, read};

/// Blocks, rows that indices list, rows that they are listed of, and elements of a row.
const SHAPES: [[usize; 4]; 6] =
    [[1, 1, 1, 1], [1, 40, 9, 1], [3, 7, 5, 1], [2, 6, 11, 13], [1, 3, 4, 300], [4, 30, 3, 2]];

struct Case {
    outer: usize,
    rows: usize,
    extent: usize,
    inner: usize,
    is_list: bool,
    steps: Steps,
    index: Vec<u64>,
}

impl Case {
    /// A list of rows, or an index for each element.
    fn new(draw: &mut Draw, [outer, rows, extent, inner]: [usize; 4], is_list: bool) -> Self {
        let (steps, count) = if is_list {
            (Steps { outer: 0, row: 1, inner: 0 }, rows)
        } else {
            let (row, all) = (inner as i64, outer * rows * inner);
            (Steps { outer: (rows * inner) as i64, row, inner: 1 }, all)
        };
        let index = (0..count).map(|_| draw.below(extent) as u64).collect();
        Case { outer, rows, extent, inner, is_list, steps, index }
    }

    /// (place in the array with `rows`, place in that with `extent`) in row-major order.
    fn places(&self) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for o in 0..self.outer {
            for j in 0..self.rows {
                for i in 0..self.inner {
                    let Steps { outer, row, inner } = self.steps;
                    let at = o as i64 * outer + j as i64 * row + i as i64 * inner;
                    let to = self.index[at as usize] as usize;
                    let row = |row: usize, of: usize| (o * of + row) * self.inner + i;
                    places.push((row(j, self.rows), row(to, self.extent)));
                }
            }
        }
        places
    }

    fn listed(&self) -> usize {
        self.outer * self.rows * self.inner
    }

    fn size(&self) -> usize {
        self.outer * self.extent * self.inner
    }

    fn numbers(&self, count: usize) -> Vec<Argument<'_>> {
        let numbers = [count, self.rows, self.extent, self.inner];
        let mut arguments: Vec<_> = numbers.iter().map(|&n| Argument::number(n as i64)).collect();
        arguments.push(Argument::structure(&self.steps));
        arguments
    }
}

fn for_each_case(mut f: impl FnMut(&Case, &mut Draw)) {
    let mut draw = Draw(5);
    for shape in SHAPES {
        for is_list in [false, true] {
            let case = Case::new(&mut draw, shape, is_list);
            f(&case, &mut draw);
        }
    }
}

#[test]
fn elements_are_taken_from_listed_places() {
    let emulated = Emulated::new();
    for_each_case(|case, _| {
        let x: Vec<u64> = (0..case.size() as u64).map(|k| k * k).collect();
        let expected: Vec<u64> = case.places().iter().map(|&(_, from)| x[from]).collect();
        let index = emulated.upload(&case.index);
        let dimensions = Dimensions::of_elements(case.listed(), 2);
        let buffer = emulated.upload(&x);
        let buffers = vec![read(&buffer), read(&index)];
        let all = [buffers, case.numbers(case.listed())].concat();
        let out = Out::Anything(case.listed());
        let found: Vec<u64> = emulated.run(&INDEXING, "gather_8", dimensions, out, &all);
        assert_eq!(found, expected);
        let x: Vec<u32> = x.iter().map(|&x| x as u32).collect();
        let buffer = emulated.upload(&x);
        let buffers = vec![read(&buffer), read(&index)];
        let all = [buffers, case.numbers(case.listed())].concat();
        let out = Out::Anything(case.listed());
        let found: Vec<u32> = emulated.run(&INDEXING, "gather_4", dimensions, out, &all);
        assert!(found.iter().zip(&expected).all(|(&a, &b)| u64::from(a) == b));
    });
}

/// Sums in ascending order, rounded each time: those of the CPU, bit for bit.
trait Accumulate: Float {
    fn plus(self, other: Self) -> Self;
}

impl Accumulate for f32 {
    fn plus(self, other: Self) -> Self {
        self + other
    }
}

impl Accumulate for f64 {
    fn plus(self, other: Self) -> Self {
        self + other
    }
}

fn adds<T: Accumulate>() {
    let emulated = Emulated::new();
    for_each_case(|case, draw| {
        let x: Vec<T> = draw.numbers(case.listed());
        let mut expected = vec![T::of(0.0); case.size()];
        for (from, to) in case.places() {
            expected[to] = expected[to].plus(x[from]);
        }
        // Rows sorted by their places; or elements, as rows of an array of one column.
        let shape = match case.is_list {
            true => [case.rows, case.extent, case.inner],
            false => [x.len(), case.size(), 1],
        };
        let targets: Vec<usize> = match case.is_list {
            true => case.index.iter().map(|&to| to as usize).collect(),
            false => case.places().iter().map(|&(_, to)| to).collect(),
        };
        let mut order: Vec<usize> = (0..targets.len()).collect();
        order.sort_by_key(|&row| targets[row]);
        let starts = (0..=shape[1]).map(|to| order.partition_point(|&row| targets[row] < to));
        let [starts, order]: [Vec<u64>; 2] = [starts.collect::<Vec<_>>(), order.clone()]
            .map(|x| x.iter().map(|&x| x as u64).collect());
        let (starts, order) = (emulated.upload(&starts), emulated.upload(&order));
        let buffer = emulated.upload(&x);
        let mut all = vec![read(&buffer), read(&starts), read(&order)];
        all.extend(
            [&[case.size()], &shape[..]].concat().iter().map(|&n| Argument::number(n as i64)),
        );
        let name = format!("segment_sums_{}", T::SUFFIX);
        let dimensions = Dimensions::of_elements(case.size(), 2);
        let out = Out::Anything(case.size());
        let found: Vec<T> = emulated.run(&INDEXING, &name, dimensions, out, &all);
        assert_eq!(found, expected);
    });
}

#[test]
fn elements_are_added_at_listed_places() {
    adds::<f32>();
    adds::<f64>();
}
