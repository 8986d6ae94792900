//! Functions recorded as one node, and parts of a computation recorded on their own: the same values to the bit, and
//! the same derivatives of every order, as operation by operation.

use std::array::from_fn;
use std::cell::Cell;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rayon::ThreadPoolBuilder;
use wengert_autodiff::{
    Dual, DualVec, Function, Real, Tape, Taylor, Var, fuse, gradient, hessian, par_map, par_sum,
    preaccumulate,
};
use wengert_proptests::check::{
    self, check_gradient, check_hessian, check_jacobian, check_modes, difficult_numbers, function,
    numbers, repeatable,
};
use wengert_proptests::programs::{Program, RESULTS, programs, with_inputs};
use wengert_proptests::ulps::{relative_to, same};

/// A program of at most three inputs as one node for each result.
struct Fused<'a>(&'a Program);

impl Function<3, { RESULTS.len() }> for Fused<'_> {
    fn call<R: Real>(&self, x: [R; 3]) -> [R; RESULTS.len()] {
        let y = check::Function::call(self.0, &x[..self.0.inputs]);
        core::array::from_fn(|k| y[k])
    }
}

impl check::Function for Fused<'_> {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        let at = |k| x.get(k).copied().unwrap_or_else(R::zero);
        self.fuse([at(0), at(1), at(2)]).to_vec()
    }
}

/// A program as a section.
struct Preaccumulated<'a>(&'a Program);

impl check::Function for Preaccumulated<'_> {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        let f = |x: &[R]| -> [R; RESULTS.len()] {
            let y = check::Function::call(self.0, x);
            core::array::from_fn(|k| y[k])
        };
        preaccumulate(f, x).to_vec()
    }
}

/// All of it together, some of it within the rest.
fn together<R: Real>(x: &[R]) -> [R; 2] {
    let wave = |scale: f64, x: &[R]| fuse!([x[0], x[1]], |x, y; scale: f64| (x * scale).sin() * y);
    let sum = par_sum(|&t, x| wave(t, x), &[1.0, -0.5, 2.0], x);
    preaccumulate(|x| [wave(2.0, x) / x[1], x[0] * x[1]], &[sum, x[1]])
}

/// Two results of the same operations.
struct Polar;

impl Function<2, 2> for Polar {
    fn call<R: Real>(&self, [x, y]: [R; 2]) -> [R; 2] {
        [x.hypot(y), y.atan2(x)]
    }
}

#[test]
fn all_together_in_every_mode() {
    let polar = function!(|x| {
        let [r, angle] = Polar.fuse([x[0], x[1]]);
        [r, angle, fuse!([r, angle], |r, angle| r * angle.cos())]
    });
    for x in [[0.5, 2.0], [-1.0, 0.25], [0.0, -3.0]] {
        for checked in [check_modes(function!(together), &x), check_modes(polar, &x)] {
            let checked = checked.unwrap();
            assert!(checked.compared > 100 && checked.unsettled == 0, "{checked:?}");
        }
        check_jacobian(function!(together), &x).unwrap();
        check_jacobian(polar, &x).unwrap();
    }
}

/// Value and the first four derivatives along (1, 1, 1), in nested modes with one and two recordings.
fn fourth_order(f: &impl check::Function, x: &[f64]) -> Vec<Vec<f64>> {
    let once = |output: usize| {
        let tape = Tape::new();
        let lift = |&x: &f64| tape.var(Taylor::<f64, 3>::variable(x));
        let x: Vec<_> = x.iter().map(lift).collect();
        let y = f.call(&x)[output];
        let slope: Taylor<f64, 3> =
            tape.gradient(y).wrt_slice(&x).into_iter().fold(Taylor::constant(0.0), |s, d| s + d);
        let mut orders = vec![y.value()[0]];
        orders.extend((0..=3).map(|k| slope.derivative(k)));
        orders
    };
    let twice = |output: usize| {
        let (outer, inner) = (Tape::new(), Tape::new());
        let lift = |&x: &f64| outer.var(Dual::new(Dual::new(x, 1.0), Dual::constant(1.0)));
        let outer_x: Vec<_> = x.iter().map(lift).collect();
        let x = inner.vars(&outer_x);
        let y = f.call(&x)[output];
        let slope = inner.gradient(y).wrt_slice(&x).into_iter().reduce(|s, d| s + d).unwrap();
        let second = outer.gradient(slope).wrt_slice(&outer_x);
        let curve = second.into_iter().reduce(|s, d| s + d).unwrap();
        let tangents =
            |d: Dual<Dual<f64>>| [d.value.value, d.tangent().value, d.tangent().tangent()];
        let ([value, ..], [slope, ..], curve) =
            (tangents(y.value().value()), tangents(slope.value()), tangents(curve));
        [&[value, slope][..], &curve].concat()
    };
    // More tangents than a fused function with three arguments uses.
    let many = |output: usize| {
        let lift = |(k, &x): (usize, &f64)| DualVec {
            value: Taylor::<f64, 3>::variable(x),
            tangents: from_fn::<_, 6, _>(|j| Taylor::constant([1.0, 0.0, -0.5][(j / 2 + k) % 3])),
        };
        let x: Vec<_> = x.iter().enumerate().map(lift).collect();
        let y = f.call(&x)[output];
        y.tangents.map(|slope| {
            let derivatives = (0..=3).map(|k| slope.derivative(k));
            iter::once(y.value[0]).chain(derivatives).collect()
        })
    };
    let outputs = 0..RESULTS.len();
    outputs.flat_map(|k| [once(k), twice(k)].into_iter().chain(many(k))).collect()
}

/// What was compared, and the largest difference.
#[derive(Clone, Copy, Debug, Default)]
struct Compared {
    derivatives: usize,
    worst: f64,
}

/// Programs operation by operation, as one node, and as a section: the same values, to the bit, and the same
/// derivatives up to the fourth order. (These are measured relative to the largest of the lower orders, as in the
/// laws of rows.)
#[track_caller]
fn compare_programs(inputs: impl Strategy<Value = f64>) -> Compared {
    let total = Cell::new(Compared::default());
    TestRunner::new(repeatable(600))
        .run(&with_inputs(programs(), inputs), |(program, x)| {
            let plain = fourth_order(&program, &x);
            let fused = fourth_order(&Fused(&program), &x);
            let section = fourth_order(&Preaccumulated(&program), &x);
            for (got, want) in fused.iter().chain(&section).zip(plain.iter().chain(&plain)) {
                prop_assert!(same(got[0], want[0]), "{} {}", got[0], want[0]);
                // (Between infinities, forward and reverse mode are not the same sums.)
                if !x.iter().chain([&want[0]]).all(|x| x.is_finite()) {
                    continue;
                }
                let mut size = 1.0_f64;
                for (order, (&got, &want)) in got.iter().zip(want).enumerate() {
                    size = size.max(want.abs());
                    // Beyond this size, or where they are not finite, derivatives are sums of terms that cancel.
                    if !want.is_finite() || size > 1e6 {
                        break;
                    }
                    let error = relative_to(got, want, size);
                    prop_assert!(error < 1e-9, "order {order}: {got:e}, not {want:e}");
                    let Compared { derivatives, worst } = total.get();
                    total.set(Compared { derivatives: derivatives + 1, worst: worst.max(error) });
                }
            }
            Ok(())
        })
        .unwrap();
    total.get()
}

#[test]
fn programs_up_to_the_fourth_order() {
    let compared = compare_programs(numbers());
    assert!(compared.derivatives > 10_000, "{compared:?}");
}

#[test]
fn programs_at_difficult_points() {
    let compared = compare_programs(difficult_numbers());
    assert!(compared.derivatives > 3_000, "{compared:?}");
}

/// A node whose partials are constants: right to the first order, and no further. The checkers find it.
#[test]
fn constant_partials_are_found() {
    let linear = function!(|x| {
        let [y] = Linearised.fuse([x[0], x[1]]);
        y
    });
    check_gradient(linear, &[0.5, 2.0]).unwrap();
    let error = check_hessian(linear, &[0.5, 2.0]).unwrap_err();
    assert_eq!(error.quantity, "∂²y[0]/∂x[1]∂x[0]");
}

/// x y, with partials through which nothing flows.
struct Linearised;

impl Function<2> for Linearised {
    fn call<R: Real>(&self, [x, y]: [R; 2]) -> [R; 1] {
        let (slope_x, slope_y) = (y.detach(), x.detach());
        [(x - x.detach()) * slope_x + (y - y.detach()) * slope_y + (x * y).detach()]
    }
}

struct Norm {
    scale: f64,
}

impl Function<3> for Norm {
    fn call<R: Real>(&self, x: [R; 3]) -> [R; 1] {
        [x.iter().map(|&x| x * x * self.scale).sum::<R>().sqrt()]
    }
}

/// As in the table of conventions: a structural zero absorbs the infinity beside it; a variable at 0 does not.
#[test]
fn conventions_hold_within_a_node() {
    let norm = Norm { scale: 1.0 };
    let tape = Tape::new();
    let zero = tape.var(0.0);
    let [y] = norm.fuse([zero, Var::constant(0.0), Var::constant(0.0)]);
    let unfused = {
        let tape = Tape::new();
        let zero = tape.var(0.0);
        let [y] = norm.call([zero, Var::constant(0.0), Var::constant(0.0)]);
        tape.gradient(y).wrt(zero)
    };
    assert!(same(tape.gradient(y).wrt(zero), unfused), "{unfused}");
    // A dead branch with an infinite derivative: its adjoint is zero.
    let [root] = norm.fuse([zero; 3]);
    assert_eq!(tape.gradient(root * 0.0 + zero).wrt(zero), 1.0);
    // Nothing flows through what is detached, at any level.
    let through = |x: &[Var<f64>]| fuse!([x[0], x[1]], |x, y| x.detach() * y);
    assert_eq!(gradient(through, &[3.0, 5.0]), [0.0, 3.0]);
    let h = hessian(|x| fuse!([x[0], x[1]], |x, y| x.detach() * y * y), &[3.0, 5.0]);
    assert_eq!(h.as_slice(), [0.0, 0.0, 0.0, 6.0]);
}

#[test]
fn constants_record_nothing() {
    let tape = Tape::new();
    let x = tape.var(2.0);
    let [one, two] = [1.0, 2.0].map(Var::constant);
    let [norm] = Norm { scale: 1.0 }.fuse([two, one, two]);
    let [section] = preaccumulate(|x| [x[0] * x[1]], &[two, one]);
    let sum = par_sum(|&k, x| x[0] * k, &[1.0, 2.0], &[two]);
    assert_eq!((norm.value(), section.value(), sum.value()), (3.0, 2.0, 6.0));
    assert!(norm.is_constant() && section.is_constant() && sum.is_constant());
    assert_eq!(tape.nodes(), 1);
    // Beside a variable, they are no parents.
    let [norm] = Norm { scale: 1.0 }.fuse([two, one, x]);
    assert_eq!((tape.nodes(), tape.bytes()), (2, 48));
    assert_eq!(tape.gradient(norm).wrt(x), 2.0 / 3.0);
    // What depends on no argument is a node all the same, with partials of zero.
    let lost = fuse!([x], |x| x.detach());
    assert_eq!(tape.gradient(lost).wrt(x), 0.0);
    // No arguments, no items.
    let [y] = preaccumulate(|_: &[Var<f64>]| [Var::from(3.0)], &[]);
    assert!(y.is_constant() && y.value() == 3.0);
    assert_eq!(par_sum(|_: &f64, x: &[Var<f64>]| x[0], &[], &[x]).value(), 0.0);
    assert!(par_map(|_: &f64, x: &[Var<f64>]| [x[0]], &[], &[x]).is_empty());
}

/// Each level of a nested recording has as few nodes as the first: one for a result, and one for each partial of it.
#[test]
fn nested_sections_are_short_at_every_level() {
    let long = |x: &[Var<Var<f64>>]| [(0..100).fold(x[0], |y, _| (y * x[1]).sin())];
    let (outer, inner) = (Tape::new(), Tape::new());
    let x = inner.vars(&outer.vars(&[1.0, 2.0]));
    let [y] = preaccumulate(long, &x);
    assert_eq!((inner.nodes(), outer.nodes()), (2 + 1, 2 + 1 + 2));
    let [plain] = long(&x);
    assert!(same(y.value().value(), plain.value().value()));
}

/// What the panic says.
#[track_caller]
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("this should have panicked");
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().expect("a text").to_string(),
    }
}

#[test]
fn foreign_handles_panic() {
    let (one, other) = (Tape::new(), Tape::new());
    let (x, y) = (one.var(2.0), other.var(3.0));
    let ended = Tape::new().var(1.0);
    let mixed = "different recordings";
    for text in [
        panic_of(|| Norm { scale: 1.0 }.fuse([x, x, y])),
        panic_of(|| fuse!([x, y], |x, y| x * y)),
        // Also where nothing depends on it.
        panic_of(|| fuse!([x, y], |x, y| x * y.detach())),
        panic_of(|| preaccumulate(|x| [x[0]], &[x, y])),
        // A number from around a section, inside.
        panic_of(|| preaccumulate(|inner| [inner[0] * x], &[x])),
        panic_of(|| preaccumulate(|_| [x], &[x])),
        panic_of(|| one.gradient(preaccumulate(|x| [x[0]], &[y])[0])),
    ] {
        assert!(text.contains(mixed), "{text}");
    }
    assert!(panic_of(|| Norm { scale: 1.0 }.fuse([x, x, ended])).starts_with("fuse: "));
    assert!(panic_of(|| Norm { scale: 1.0 }.fuse([x, x, ended])).contains("tape was dropped"));
    assert!(panic_of(|| preaccumulate(|x| [x[0]], &[ended])).contains("tape was dropped"));
    // On whatever thread the piece is recorded.
    let text = panic_of(|| par_sum(|&k, inner| inner[0] * x * k, &[1.0; 100], &[x]));
    assert!(text.contains(mixed) || text.contains("another thread"), "{text}");
    // An outer number in a section of the inner level.
    let inner = Tape::new();
    let (z, w) = (inner.var(x), inner.var(x));
    let text = panic_of(|| preaccumulate(|z| [z[0] * Var::constant(x)], &[z]));
    assert!(text.contains(mixed), "{text}");

    let z = z * w + Var::constant(x);
    assert_eq!(one.gradient(inner.gradient(z).wrt(w)).wrt(x), 1.0);
}

#[test]
fn panics_inside_break_nothing() {
    struct Fails;
    impl Function<2> for Fails {
        fn call<R: Real>(&self, [x, y]: [R; 2]) -> [R; 1] {
            assert!(x < y, "not in order");
            [x * y]
        }
    }
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 1.0]);
    for text in [
        panic_of(|| Fails.fuse([x[0], x[1]])),
        panic_of(|| preaccumulate(|x| Fails.call([x[0], x[1]]), &x)),
        panic_of(|| par_sum(|_, x| Fails.call([x[0], x[1]])[0], &[(); 9], &x)),
    ] {
        assert!(text.contains("not in order"), "{text}");
    }
    assert_eq!(tape.nodes(), 2);
    let [y] = Fails.fuse([x[1], x[0]]);
    assert_eq!(tape.gradient(y).wrt_slice(&x), [1.0, 2.0]);
}

/// The bits of value, gradient and Hessian of a sum of 1000 terms, on a number of threads.
fn bits(threads: usize) -> Vec<u64> {
    let items: Vec<f64> = (0..1000).map(|k| f64::from(k) * 0.001).collect();
    fn loss<R: Real>(items: &[f64], x: &[R]) -> R {
        let sum = par_sum(|&t, x| ((x[0] * t).sin() + x[1] * t * t - x[2]).powi(2), items, x);
        let worst = par_map(|&t, x| [(x[0] * t).exp() / x[2]], &items[..100], x);
        sum + worst.iter().fold(R::zero(), |a, b| if b[0] > a { b[0] } else { a })
    }
    let x = [0.3, 0.7, -0.2];
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let plain = loss(&items, &x);
        let gradient = gradient(|x| loss(&items, x), &x);
        let hessian = hessian(|x| loss(&items, x), &x).into_vec();
        let nested = {
            let (outer, inner) = (Tape::new(), Tape::new());
            let outer_x = outer.vars(&x);
            let inner_x = inner.vars(&outer_x);
            let slope = inner.gradient(loss(&items, &inner_x)).wrt_slice(&inner_x);
            slope.iter().flat_map(|&d| outer.gradient(d).wrt_slice(&outer_x)).collect::<Vec<_>>()
        };
        for (a, b) in hessian.iter().zip(&nested) {
            assert!(relative_to(*a, *b, *b) < 1e-12, "{a} {b}");
        }
        let all = [&[plain][..], &gradient, &hessian, &nested].concat();
        all.into_iter().map(f64::to_bits).collect()
    })
}

#[test]
fn any_number_of_threads_leaves_the_same_bits() {
    let one = bits(1);
    assert!(one.iter().all(|&bits| f64::from_bits(bits).is_finite()));
    for threads in [2, 3, 8] {
        assert_eq!(bits(threads), one, "{threads} threads");
    }
}

/// In numbers of single precision.
#[test]
fn single_precision() {
    let tape = Tape::<f32>::new();
    let x = tape.vars(&[3.0, 4.0, 0.0]);
    let [y] = Norm { scale: 1.0 }.fuse([x[0], x[1], x[2]]);
    assert_eq!((y.value(), tape.gradient(y).wrt_slice(&x)), (5.0_f32, vec![0.6, 0.8, 0.0]));
    assert_eq!(y.primal(), 5.0_f32);
}
