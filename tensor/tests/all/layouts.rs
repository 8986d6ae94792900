//! What the tests of layout and indexing share: arrays of any shape and strides, and the calculus of a program.

use proptest::prelude::*;
use wengert_tensor::*;

/// How the elements of an operand lie in memory.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    RowMajor,
    Transposed,
    Reversed,
    EverySecond,
    Repeated,
}

pub const LAYOUTS: [Layout; 5] =
    [Layout::RowMajor, Layout::Transposed, Layout::Reversed, Layout::EverySecond, Layout::Repeated];

pub fn layouts() -> impl Strategy<Value = Layout> {
    prop::sample::select(&LAYOUTS[..])
}

/// Shapes of few elements, some empty.
pub fn shapes(rank: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1 => Just(0usize), 4 => Just(1), 12 => 2usize..4], rank)
}

/// Numbers without pattern between −1 and 1, no two alike.
pub fn numbers(shape: &[usize], seed: f64) -> Tensor<f64> {
    let mut k = seed;
    Tensor::from_fn(shape.to_vec(), |_| {
        k += 1.0;
        (k * 12.9898 + 0.3).sin()
    })
}

/// Such numbers, in memory of the given layout.
pub fn operand(shape: &[usize], layout: Layout, seed: f64) -> Tensor<f64> {
    let rank = shape.len();
    match layout {
        _ if rank == 0 => numbers(shape, seed),
        Layout::RowMajor => numbers(shape, seed),
        Layout::Transposed => {
            let mut turned = shape.to_vec();
            turned.swap(0, rank - 1);
            numbers(&turned, seed).swap_axes(0, -1)
        }
        Layout::Reversed => numbers(shape, seed).flip((0..rank as isize).collect::<Vec<_>>()),
        Layout::EverySecond => {
            let mut longer = shape.to_vec();
            longer[rank - 1] = 2 * longer[rank - 1] + 1;
            let x = numbers(&longer, seed).slice_step(-1, 1.., 2);
            assert_eq!(x.shape()[..], *shape);
            x
        }
        Layout::Repeated => {
            let mut single = shape.to_vec();
            single[0] = 1;
            numbers(&single, seed).expand(shape.to_vec())
        }
    }
}

pub fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum()
}

pub fn assert_near(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0), "{what}: {a} and {b}");
}

/// Checks both modes of a program, to second order, against each other and against differences.
pub fn check_calculus(name: &str, x: &Tensor<f64>, f: &dyn Fn(Var<f64>) -> Var<f64>) {
    let shape = x.shape().clone();
    let v = numbers(&shape, 100.0);
    let (y, tangent) = jvp(f, x, &v);
    assert_eq!(y, evaluate(x, f), "{name}: value beside a tangent");

    // ⟨w, J v⟩ = ⟨Jᵀ w, v⟩
    let w = numbers(y.shape(), 200.0);
    let tape = Tape::new();
    let variable = tape.var(x);
    let adjoint = tape.gradient_with(f(variable), constant(&w)).wrt(variable);
    drop(tape);
    assert_near(dot(&w, &tangent), dot(&adjoint, &v), 1e-12, &format!("{name}: modes"));

    // A loss that is curved in every element of the result.
    let loss = |x: Var<f64>| (constant(&w) * (f(x) * 1.3).sin()).sum();
    let slope = |x: &Tensor<f64>| gradient(x, loss);
    let found = slope(x);
    assert_eq!(found.shape(), x.shape());
    let h = 1e-5;
    let moved = |place: usize, h: f64| {
        let mut x = x.clone();
        x.as_mut_slice()[place] += h;
        evaluate(&x, loss).item()
    };
    for place in 0..x.size() {
        let difference = (moved(place, h) - moved(place, -h)) / (2.0 * h);
        assert_near(found.to_vec()[place], difference, 1e-8, &format!("{name}: gradient[{place}]"));
    }

    // Second order: forward over reverse, reverse over reverse, differences of gradients.
    let product = hvp(loss, x, &v);
    let twice = gradient(x, |x| (gradient(&x, loss) * constant(&v)).sum());
    assert!(product.is_close(&twice, 1e-10), "{name}: second order\n{product}\n{twice}");
    let along = |h: f64| slope(&(x + &(&v * h)));
    // (Of fourth order: of products of products, what the second order leaves out is seen.)
    let h = 1e-3;
    let [near, far] = [h, 2.0 * h].map(|h| &along(h) - &along(-h));
    let difference = &(&(&near * 8.0) - &far) * (1.0 / (12.0 * h));
    assert!(product.is_close(&difference, 1e-8), "{name}: hvp\n{product}\n{difference}");
}
