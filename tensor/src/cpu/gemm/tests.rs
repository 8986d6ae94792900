//! Products of small integers are exact, in whatever order they are summed.

use proptest::prelude::*;

use super::{Matrix, Product, Tiles, blocks, by_rows, multiply};
use crate::element::Element;

/// A matrix of integers from −4 to 4 that depend on `seed`, and the memory it lies in.
struct Operand {
    memory: Vec<f64>,
    offset: usize,
    strides: [isize; 2],
}

impl Operand {
    fn new([rows, columns]: [usize; 2], layout: usize, seed: usize) -> Self {
        let (m, n) = (rows as isize, columns as isize);
        let (offset, strides) = match layout {
            0 => (0, [n, 1]),
            1 => (3, [1, m]),
            2 => (5, [2 * n + 3, 2]),
            3 => ((m * n - 1) as usize, [-n, -1]),
            4 => (0, [0, 1]),
            5 => ((m * n - n) as usize, [-n, 1]),
            6 => ((m * n - m) as usize, [1, -m]),
            _ => (1, [1, 0]),
        };
        let element = |k: usize| ((k * 7919 + seed * 104_729) % 9) as f64 - 4.0;
        let memory = (0..2 * rows * columns + 4 * (rows + columns) + 8).map(element).collect();
        Operand { memory, offset, strides }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        let steps = row as isize * self.strides[0] + column as isize * self.strides[1];
        self.memory[self.offset.wrapping_add_signed(steps)]
    }

    fn elements<T: Element>(&self) -> Vec<T> {
        self.memory.iter().map(|&x| T::nearest(x)).collect()
    }
}

/// Which way a product goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    Tiles(usize),
    Portable,
    Chosen,
}

/// The tiles of all instructions that this machine has.
trait AllTiles: Element {
    fn all_tiles() -> Vec<&'static Tiles<Self>>;
}

macro_rules! all_tiles {
    ($($T:ident $wide:ident $narrow:ident)*) => {$(
        impl AllTiles for $T {
            fn all_tiles() -> Vec<&'static Tiles<$T>> {
                let mut all = Vec::new();
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("fma") {
                    if is_x86_feature_detected!("avx512f") {
                        all.push(&super::x86::$wide);
                    }
                    if is_x86_feature_detected!("avx2") {
                        all.push(&super::x86::$narrow);
                    }
                }
                all
            }
        }
    )*};
}
all_tiles!(f32 WIDE_SINGLE NARROW_SINGLE f64 WIDE_DOUBLE NARROW_DOUBLE);

fn go<T: AllTiles>(way: Way, product: Product<'_, T>, threads: bool) {
    match way {
        Way::Tiles(number) => match T::all_tiles().get(number) {
            Some(tiles) => blocks::multiply(product, tiles, threads),
            None => multiply(product, threads),
        },
        Way::Portable => by_rows(product, threads),
        Way::Chosen => multiply(product, threads),
    }
}

/// One product beside its definition. What lies between the rows of the result stays as it is.
fn check<T: AllTiles>(extents: [usize; 3], layouts: [usize; 2], way: Way, flags: [bool; 2]) {
    let ([m, k, n], [accumulate, threads]) = (extents, flags);
    let (a, b) = (Operand::new([m, k], layouts[0], 1), Operand::new([k, n], layouts[1], 2));
    let (a_elements, b_elements) = (a.elements::<T>(), b.elements::<T>());
    let c_stride = n + m % 3;
    let before = |i: usize| (i % 5) as f64;
    let mut c: Vec<T> = (0..(m - 1) * c_stride + n).map(|i| T::nearest(before(i))).collect();
    let of =
        |x: &Operand, elements| Matrix { memory: elements, offset: x.offset, strides: x.strides };
    let (a_matrix, b_matrix) = (of(&a, &a_elements), of(&b, &b_elements));
    let product = Product { m, k, n, a: a_matrix, b: b_matrix, c: &mut c, c_stride, accumulate };
    go(way, product, threads);
    for (place, &c) in c.iter().enumerate() {
        let (i, j) = (place / c_stride, place % c_stride);
        let sum: f64 = (0..k).filter(|_| j < n).map(|p| a.at(i, p) * b.at(p, j)).sum();
        let expected = if j >= n || accumulate { before(place) + sum } else { sum };
        assert_eq!(c.widen(), expected, "{extents:?} {layouts:?} {way:?}, element {i}, {j}");
    }
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Tiles(0)), Just(Way::Tiles(1)), Just(Way::Portable), Just(Way::Chosen)]
}

proptest! {
    #[test]
    fn products_are_sums_of_products(
        m in 1_usize..40, k in 1_usize..60, n in 1_usize..80,
        layouts in [0_usize..8, 0..8], way in ways(), flags: [bool; 2],
    ) {
        check::<f32>([m, k, n], layouts, way, flags);
        check::<f64>([m, k, n], layouts, way, flags);
    }
}

#[test]
fn products_of_more_than_one_block() {
    // (Two parts of k, several strips of columns, tasks of rows, and more rows than are brought into order at a time.)
    for extents in [[70, 500, 300], [20, 3, 1100], [600, 40, 20], [3000, 400, 3], [1, 1000, 33]] {
        for (layouts, flags) in [([0, 0], [false; 2]), ([1, 1], [true; 2]), ([2, 0], [false, true])]
        {
            for way in [Way::Tiles(0), Way::Tiles(1), Way::Portable] {
                check::<f32>(extents, layouts, way, flags);
                check::<f64>(extents, layouts, way, flags);
            }
        }
    }
}

#[test]
fn an_element_does_not_depend_on_those_beside_it() {
    let [m, k, n] = [300, 900, 520];
    let number = |i: usize| ((i * 2_654_435_761) % 10_007) as f32 / 5003.5 - 1.0;
    let (a, b): (Vec<f32>, Vec<f32>) =
        ((0..m * k).map(number).collect(), (0..k * n).map(number).collect());
    let a = Matrix { memory: &a, offset: 0, strides: [k as isize, 1] };
    let b = Matrix { memory: &b, offset: 0, strides: [n as isize, 1] };
    let part = |rows: core::ops::Range<usize>, columns: core::ops::Range<usize>, threads| {
        let (m, n) = (rows.len(), columns.len());
        let mut c = vec![0.0; m * n];
        let (a, b) = (a.from(rows.start, 0), b.from(0, columns.start));
        let way = Way::Tiles(0);
        go(way, Product { m, k, n, a, b, c: &mut c, c_stride: n, accumulate: false }, threads);
        c
    };
    let whole = part(0..m, 0..n, true);
    for (rows, columns) in [(0..m, 0..n), (7..9, 0..n), (0..m, 33..34), (100..217, 250..520)] {
        let some = part(rows.clone(), columns.clone(), false);
        let beside = rows.flat_map(|i| &whole[i * n..][columns.clone()]);
        assert!(some.iter().zip(beside).all(|(x, y)| x.to_bits() == y.to_bits()));
    }
}

#[test]
fn what_is_not_finite_stays_in_its_row_and_column() {
    let [m, k, n] = [15, 7, 37];
    let (mut a, mut b) = (vec![1.0_f32; m * k], vec![1.0_f32; k * n]);
    (a[3 * k + 2], b[4 * n + 36]) = (f32::NAN, f32::INFINITY);
    let mut c = vec![0.0; m * n];
    let a = Matrix { memory: &a, offset: 0, strides: [k as isize, 1] };
    let b = Matrix { memory: &b, offset: 0, strides: [n as isize, 1] };
    multiply(Product { m, k, n, a, b, c: &mut c, c_stride: n, accumulate: false }, false);
    for (place, c) in c.iter().enumerate() {
        match (place / n, place % n) {
            (3, _) => assert!(c.is_nan()),
            (_, 36) => assert_eq!(*c, f32::INFINITY),
            _ => assert_eq!(*c, 7.0),
        }
    }
}
