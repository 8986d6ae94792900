//! What a recording does and costs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_autodiff::rules::{dot, log_sum_exp, norm, prod, sum};
use wengert_autodiff::{
    Dual, Function, Real, Tape, Var, jacobian, par_gradient, preaccumulate, vjp,
};

#[test]
fn constants_record_nothing() {
    let tape = Tape::new();
    let x = tape.var(2.0);
    let c = Var::from(3.0);
    let before = tape.nodes();
    let constants =
        [c + c, c * 2.0, c.sin(), c.powf(c), -c, c % c, c.clamp(0.0, 1.0), sum(&[c, c])];
    assert!(constants.iter().all(Var::is_constant));
    assert!(x.detach().is_constant());
    assert_eq!(tape.nodes(), before);
    // A constant beside a variable is no parent.
    let y = x * c;
    assert_eq!(tape.nodes(), before + 1);
    assert_eq!(tape.gradient(y).wrt(c), 0.0);
    assert_eq!(tape.gradient(y).wrt(x), 3.0);
    assert_eq!(tape.gradient(c).wrt(x), 0.0);
}

#[test]
fn a_node_of_two_parents_takes_24_bytes() {
    let tape = Tape::new();
    let mut x = tape.vars(&[0.5, 0.25]);
    for k in 0..1000 {
        let y = match k % 5 {
            0 => x[0] * x[1],
            1 => x[0].hypot(x[1]),
            2 => x[1].sin(),
            3 => Var::from(2.0) - x[0],
            _ => x[0] + 2.0,
        };
        x.rotate_left(1);
        x[0] = y;
    }
    assert_eq!(tape.nodes(), 1002);
    assert!(tape.bytes() <= 24 * tape.nodes(), "{} bytes", tape.bytes());

    // A dot product costs a node, and at most 16 bytes for each factor, however long it is.
    let x = tape.vars(&[1.0; 500]);
    let (nodes, bytes) = (tape.nodes(), tape.bytes());
    let _ = dot(&x, &x);
    assert_eq!(tape.nodes(), nodes + 1);
    assert!(tape.bytes() <= bytes + 24 + 24 + 1000 * 16, "{}", tape.bytes() - bytes);
    // (Parents that follow each other are a run, of which partials alone are kept.)
    assert!(tape.bytes() >= bytes + 24 + 1000 * 8, "{}", tape.bytes() - bytes);
    let bytes = tape.bytes();
    let _: Var<f64> = x.iter().sum();
    let grown = tape.bytes() - bytes;
    assert!((500 * 4..=500 * 8).contains(&grown), "{grown}");

    let nested = Tape::<Dual<f64>>::new();
    let x = nested.var(Dual::new(1.0, 1.0));
    let before = nested.bytes();
    let _ = x * x;
    assert!(nested.bytes() - before <= 40);
}

#[test]
fn seeds_of_several_results_add_up() {
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let y = [x[0] * x[1], x[0] + x[1], x[1].powi(2)];
    // Jᵀw = [[3, 1, 0], [2, 1, 6]] w
    assert_eq!(tape.pullback(&y, &[1.0, 10.0, 100.0]).wrt_slice(&x), [13.0, 612.0]);
    assert_eq!(tape.gradient_of_sum(&y).wrt_slice(&x), [4.0, 9.0]);
    // One result twice, inputs as results, constants as results, none at all.
    assert_eq!(tape.pullback(&[y[0], y[0]], &[1.0, 2.0]).wrt_slice(&x), [9.0, 6.0]);
    assert_eq!(tape.pullback(&[x[0], x[1]], &[5.0, 7.0]).wrt_slice(&x), [5.0, 7.0]);
    assert_eq!(tape.pullback(&[Var::from(1.0), x[0]], &[5.0, 7.0]).wrt_slice(&x), [7.0, 0.0]);
    assert_eq!(tape.pullback(&[], &[]).wrt_slice(&x), [0.0, 0.0]);
    assert_eq!(tape.gradient_of_sum(&[]).wrt_slice(&x), [0.0, 0.0]);

    let (values, pullback) = vjp(|x| [x[0] * x[1], x[0]], &[2.0, 3.0]);
    assert_eq!(values, [6.0, 2.0]);
    for _ in 0..3 {
        assert_eq!(pullback.apply(&[1.0, 10.0]), [13.0, 2.0]);
    }
}

#[test]
fn gradients_reach_intermediate_results() {
    let tape = Tape::new();
    let x = tape.var(3.0);
    let square = x * x;
    let unrelated = x * 100.0;
    let y = square * square;
    let later = y * 2.0;
    let gradient = tape.gradient(y);
    assert_eq!(gradient.wrt(square), 18.0);
    assert_eq!(gradient.wrt(y), 1.0);
    assert_eq!((gradient.wrt(unrelated), gradient.wrt(later)), (0.0, 0.0));
    let mut into = [f64::NAN; 2];
    gradient.wrt_into(&[x, square], &mut into);
    assert_eq!(into, [108.0, 18.0]);
}

#[test]
fn a_prefix_is_recorded_once() {
    let mut tape = Tape::new();
    let x = tape.vars(&[1.0, 2.0]);
    let prefix = (x[0] * x[1]).exp();
    let mark = tape.mark();
    let nodes = tape.nodes();
    for k in 0..100 {
        let y = (prefix * f64::from(k)).sin() + x[0];
        let gradient = tape.gradient(y);
        let p = prefix.value();
        let outer = (p * f64::from(k)).cos() * f64::from(k) * p;
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs();
        assert!(close(gradient.wrt(x[0]), outer * 2.0 + 1.0) && close(gradient.wrt(x[1]), outer));
        drop(gradient);
        tape.rewind(mark);
        assert_eq!(tape.nodes(), nodes);
    }
    // Marks nest.
    let a = prefix + 1.0;
    let inner = tape.mark();
    for _ in 0..3 {
        let b = a * a;
        assert_eq!(tape.gradient(b).wrt(a), 2.0 * a.value());
        tape.rewind(inner);
    }
    assert_eq!(tape.gradient(a).wrt(prefix), 1.0);
    tape.rewind(mark);
    assert_eq!(tape.gradient(prefix).wrt(x[1]), prefix.value());
}

#[test]
fn rewinding_forgets_nodes_of_many_parents_too() {
    let mut tape = Tape::new();
    let x = tape.vars(&[1.0, 2.0, 3.0]);
    let kept = prod(&x);
    let (mark, bytes) = (tape.mark(), tape.bytes());
    for _ in 0..10 {
        let y = dot(&x, &[kept; 3]) + x[0].clamp(x[1], x[2]) + x.iter().sum::<Var<f64>>();
        assert_eq!(tape.gradient(y).wrt_slice(&x), [43.0, 26.0, 19.0]);
        tape.rewind(mark);
        assert_eq!(tape.bytes(), bytes);
    }
    assert_eq!(tape.gradient(kept).wrt_slice(&x), [6.0, 3.0, 2.0]);
}

/// After a rewind, what was kept has numbers of a time of its own.
#[test]
fn marks_behind_what_was_kept() {
    let mut tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let outer = tape.mark();
    let _ = x[0] * x[1];
    tape.rewind(outer);
    let y = x[0] * x[1];
    let mark = tape.mark();
    let _ = y * y;
    tape.rewind(mark);
    // The last node is of the second time, and this is the third.
    let inner = tape.mark();
    for _ in 0..3 {
        let z = y * x[0];
        assert_eq!(tape.gradient(z).wrt_slice(&[x[0], x[1], y]), [12.0, 4.0, 2.0]);
        tape.rewind(inner);
    }
    // The first time goes on when the others are forgotten, and marks in those are not valid any more.
    tape.rewind(outer);
    let z = [x[0] * x[1], x[0] + x[1]];
    let late = catch_unwind(AssertUnwindSafe(|| tape.rewind(inner))).expect_err("it is forgotten");
    let text = late.downcast_ref::<&str>().expect("a text");
    assert!(text.contains("rewind: the mark is in a part"), "{text}");
    assert_eq!(tape.gradient_of_sum(&z).wrt_slice(&x), [4.0, 3.0]);
}

/// Up to eight parents are a chain of nodes with two; more are one node with a list.
#[test]
fn chains_of_nodes_end_at_eight_parents() {
    struct SumOfSquares;
    impl<const N: usize> Function<N> for SumOfSquares {
        fn call<R: Real>(&self, x: [R; N]) -> [R; 1] {
            [x.iter().map(|&x| x * x).sum()]
        }
    }
    let tape = Tape::new();
    let x: [Var<f64>; 9] = core::array::from_fn(|k| tape.var(1.0 + k as f64));
    let eight: [Var<f64>; 8] = core::array::from_fn(|k| x[k]);
    let mut nodes = tape.nodes();
    let mut added = || {
        let before = core::mem::replace(&mut nodes, tape.nodes());
        nodes - before
    };
    let product = |x: &[Var<f64>]| preaccumulate(|x| [prod(x)], x)[0];
    let products = [product(&eight), product(&x)];
    assert_eq!(added(), 7 + 1);
    let [of_eight] = SumOfSquares.fuse(eight);
    assert_eq!(added(), 7);
    let [of_nine] = SumOfSquares.fuse(x);
    assert_eq!(added(), 1);
    let mut with_a_constant = x;
    with_a_constant[4] = Var::from(5.0);
    let _ = SumOfSquares.fuse(with_a_constant);
    assert_eq!(added(), 7);
    let doubled: Vec<f64> = (1..=9).map(|k| 2.0 * f64::from(k)).collect();
    assert_eq!(tape.gradient(of_nine).wrt_slice(&x), doubled);
    assert_eq!(tape.gradient(of_eight).wrt_slice(&x[..8]), doubled[..8]);
    assert_eq!(tape.gradient(products[1]).wrt(x[8]), products[0].value());
}

/// Tangents that are recorded are sums of products: one node for each, unless three recorded numbers meet in it.
#[test]
fn products_with_constants_are_added_in_one_node() {
    let tape = Tape::new();
    let v = tape.vars(&[3.0, 4.0, 5.0, 1.0, 1.0, 1.0]);
    let [x, y, z] = [0, 1, 2].map(|k| Dual::new(v[k], v[k + 3]));
    let mut nodes = tape.nodes();
    let mut added = || {
        let before = core::mem::replace(&mut nodes, tape.nodes());
        nodes - before
    };
    // The value is a chain of two nodes. The tangent, y ẋ + x ẏ + ż, is three, and with ẏ = 1 …
    let w = x.mul_add(Dual::new(y.value, Var::from(1.0)), z);
    assert_eq!(added(), 2 + 3);
    assert_eq!(w.tangent().value(), 8.0);
    assert_eq!(tape.gradient(w.tangent()).wrt_slice(&v), [1.0, 1.0, 0.0, 4.0, 0.0, 1.0]);
    // … without that, x ẏ is a node of its own.
    let w = x.mul_add(y, z);
    assert_eq!(added(), 2 + 4);
    assert_eq!(w.tangent().value(), 8.0);
    assert_eq!(tape.gradient(w.tangent()).wrt_slice(&v), [1.0, 1.0, 0.0, 4.0, 3.0, 1.0]);
}

/// Each of several nodes with many parents finds its own partials.
#[test]
fn nodes_of_many_parents_follow_each_other() {
    let tape = Tape::new();
    let x = tape.vars(&(1..=20).map(f64::from).collect::<Vec<_>>());
    let weights: Vec<f64> = (0..20).map(|k| f64::from(k % 7) - 3.0).collect();
    let constants: Vec<Var<f64>> = weights.iter().map(|&w| Var::from(w)).collect();
    let y = [dot(&x, &constants), dot(&x, &x), dot(&x[3..], &constants[..17])];
    for (seed, partial) in [
        ([1.0, 0.0, 0.0], Box::new(|k: usize| weights[k]) as Box<dyn Fn(usize) -> f64>),
        ([0.0, 1.0, 0.0], Box::new(|k| 2.0 * (k as f64 + 1.0))),
        ([0.0, 0.0, 1.0], Box::new(|k| if k < 3 { 0.0 } else { weights[k - 3] })),
    ] {
        let want: Vec<f64> = (0..20).map(partial).collect();
        assert_eq!(tape.pullback(&y, &seed).wrt_slice(&x), want);
    }
}

/// The same in a forward sweep, which finds the derivatives of more results than arguments.
#[test]
fn nodes_of_many_parents_in_forward_sweeps() {
    let weights: Vec<f64> = (0..20).map(|k| f64::from(k % 7) - 3.0).collect();
    let constants: Vec<Var<f64>> = weights.iter().map(|&w| Var::from(w)).collect();
    let found = jacobian(
        |x| {
            let scaled: Vec<Var<f64>> = (0..20).map(|k| x[0] * f64::from(k)).collect();
            // zₖ = k x₀ + x₁, in a row
            let z: Vec<Var<f64>> = scaled.iter().map(|&scaled| scaled + x[1]).collect();
            let apart: Vec<Var<f64>> = z.iter().step_by(2).copied().collect();
            [dot(&z, &constants), dot(&apart, &apart), z.iter().sum(), x[0]]
        },
        &[2.0, 3.0],
    );
    let weighted: f64 = weights.iter().enumerate().map(|(k, w)| k as f64 * w).sum();
    let (mut by_first, mut by_second) = (0.0, 0.0);
    for k in (0..20).step_by(2).map(f64::from) {
        by_first += 2.0 * (2.0 * k + 3.0) * k;
        by_second += 2.0 * (2.0 * k + 3.0);
    }
    let total: f64 = weights.iter().sum();
    assert_eq!(found.as_slice(), [weighted, total, by_first, by_second, 190.0, 20.0, 1.0, 0.0]);
}

/// Parents in a row are kept as a run where that takes less memory, and all lists count.
#[test]
fn memory_of_nodes_with_many_parents() {
    // A dot product of `count` groups of parents, each of `together` that were recorded in a row, with constants.
    let memory = |count: usize, together: usize| {
        let tape = Tape::new();
        let x: Vec<Var<f64>> = (0..count * together)
            .map(|k| {
                if k % together == 0 {
                    let _ = tape.var(0.0);
                }
                tape.var(1.0)
            })
            .collect();
        let before = tape.bytes();
        let _ = dot(&x, &vec![Var::from(2.0); x.len()]);
        tape.bytes() - before
    };
    let node = memory(10, 1) - 10 * 16;
    assert!((24..=64).contains(&node), "{node}");
    // One parent takes 16 bytes; in a row 8, and 16 for the row.
    assert_eq!(memory(20, 1), node + 20 * 16);
    assert_eq!(memory(20, 3), node + 20 * 3 * 16);
    assert_eq!(memory(20, 4), node + 20 * (16 + 4 * 8));
    assert_eq!(memory(1, 80), node + 16 + 80 * 8);
}

#[test]
fn a_tape_and_its_gradient_can_be_printed() {
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    assert!(format!("{tape:?}").contains('2'), "{tape:?}");
    let gradient = tape.gradient(x[0] * x[1]);
    assert!(format!("{gradient:?}").contains("Gradient"), "{gradient:?}");
}

#[test]
fn clearing_starts_anew() {
    let mut tape = Tape::new();
    for round in 1..=50 {
        let x = tape.var(f64::from(round));
        let y = norm(&[x, x * 2.0]) + x.mul_add(x, x);
        assert!((tape.gradient(y).wrt(x) - (5.0_f64.sqrt() + 2.0 * x.value() + 1.0)).abs() < 1e-12);
        tape.clear();
        assert_eq!((tape.nodes(), tape.bytes()), (0, 0));
    }
}

#[test]
fn sums_of_many_terms() {
    // Sums from iterators are recorded in batches; constants, repetitions and every length are right.
    for length in [0, 1, 2, 31, 32, 33, 63, 64, 65, 100, 1000] {
        let tape = Tape::new();
        let x = tape.vars(&vec![0.5; length]);
        let once: Var<f64> = x.iter().sum();
        let terms = x
            .iter()
            .enumerate()
            .flat_map(|(k, &x)| [x, if k % 3 == 0 { Var::from(1.0) } else { x }]);
        let total: Var<f64> = terms.sum();
        assert_eq!(once.value(), 0.5 * length as f64);
        assert_eq!(tape.gradient(once).wrt_slice(&x), vec![1.0; length]);
        let expected: Vec<_> = (0..length).map(|k| if k % 3 == 0 { 1.0 } else { 2.0 }).collect();
        assert_eq!(tape.gradient(total).wrt_slice(&x), expected);
    }
}

#[test]
fn the_first_node_that_is_not_finite() {
    let tape = Tape::traced();
    let x = tape.vars(&[0.0, 4.0]);
    let fine = x[1].sqrt() + x[0];
    assert!(tape.first_non_finite().is_none());
    let line = line!() + 1;
    let culprit = (fine - 2.0).sqrt();
    let _later = culprit.ln() + culprit.recip();
    let report = tape.first_non_finite().expect("√0 has an infinite derivative");
    assert_eq!((report.name, report.value), ("sqrt", 0.0));
    assert_eq!(report.partials, [f64::INFINITY]);
    assert_eq!((report.place.line(), report.place.file()), (line, file!()));
    assert!(report.to_string().starts_with("sqrt at "), "{report}");
    assert!(report.to_string().contains(&format!("tape.rs:{line}:")), "{report}");
}

/// The reported line is the caller's in whatever way a function is called.
#[test]
fn places_are_those_of_the_caller() {
    type Record = fn(Var<f64>) -> Var<f64>;
    let functions: [(&str, u32, Record); 9] = [
        ("mul", line!(), |x| x * f64::INFINITY),
        ("div", line!(), |x| 1.0 / x),
        ("ln", line!(), |x| x.ln()),
        ("powf", line!(), |x| (x - 1.0).powf(0.5) + x.detach()),
        ("log_sum_exp", line!(), |x| log_sum_exp(&[x, Var::from(f64::INFINITY)])),
        ("mul_add", line!(), |x| x.mul_add(f64::INFINITY, x)),
        ("atanh", line!(), |x| num_traits::Float::atanh(x + 1.0)),
        ("prod", line!(), |x| prod(&[x, Var::from(f64::INFINITY)])),
        ("sum", line!(), |x| sum(&[x, Var::from(f64::INFINITY), x])),
    ];
    for (name, line, function) in functions {
        let tape = Tape::traced();
        let _ = function(tape.var(0.0));
        let report = tape.first_non_finite().expect(name);
        assert_eq!(report.name, name);
        assert_eq!((report.place.file(), report.place.line()), (file!(), line), "{report}");
    }
    let tape = Tape::traced();
    let line = line!() + 1;
    let _ = tape.vars(&[0.0, f64::NAN]);
    let report = tape.first_non_finite().expect("a variable is NaN");
    assert_eq!((report.name, report.place.line()), ("var", line));
}

#[test]
#[should_panic(expected = "start it with `Tape::traced()`")]
fn an_untraced_tape_knows_no_places() {
    let _ = Tape::<f64>::new().first_non_finite();
}

#[test]
fn a_trace_follows_clear_and_rewind() {
    let mut tape = Tape::traced();
    let x = tape.var(0.0);
    let mark = tape.mark();
    let _ = x.ln();
    assert_eq!(tape.first_non_finite().map(|report| report.name), Some("ln"));
    tape.rewind(mark);
    assert!(tape.first_non_finite().is_none());
    let _ = x.sqrt();
    assert_eq!(tape.first_non_finite().map(|report| report.name), Some("sqrt"));
    tape.clear();
    assert!(tape.first_non_finite().is_none());
    let _ = tape.var(0.0).recip();
    assert_eq!(tape.first_non_finite().map(|report| report.name), Some("recip"));
    // The memory of a traced recording serves one that is not.
    drop(tape);
    let tape = Tape::new();
    let x = tape.var(2.0);
    assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
}

#[test]
fn a_picture_of_the_recording() {
    let tape = Tape::traced();
    let x = tape.vars(&[3.0, 5.0]);
    let line = line!() + 1;
    let product = x[0] * x[1];
    let y = sum(&[product, x[0], x[1]]);
    let _unused = x[0].sin();
    let dot = tape.graphviz(y);
    assert!(dot.starts_with("digraph") && dot.ends_with("}\n"), "{dot}");
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    // Five nodes; the product has two arrows, the sum three, the sine one.
    assert_eq!(dot.matches("[label=").count(), 5 + 6, "{dot}");
    for part in [
        format!("n2 [label=\"mul\\nvalue 15\\nadjoint 1\\ntape.rs:{line}\"]"),
        "n0 -> n2 [label=\"5\"]".to_string(),
        "n1 -> n2 [label=\"3\"]".to_string(),
        "n2 -> n3 [label=\"1\"]".to_string(),
        "n3 [label=\"sum\\nvalue 23\\nadjoint 1".to_string(),
        "n0 [label=\"var\\nvalue 3\\nadjoint 6".to_string(),
        "adjoint 0".to_string(),
    ] {
        assert!(dot.contains(&part), "{part} is not in {dot}");
    }

    let plain = Tape::new();
    let x = plain.var(3.0);
    let dot = plain.graphviz(x * x);
    assert!(dot.contains("n1 [label=\"node 1\\nadjoint 1\"]"), "{dot}");
    // Both arguments are one node: two arrows, or one with the sum.
    assert!(dot.contains("n0 -> n1"), "{dot}");
}

#[test]
fn parallel_gradients_do_not_depend_on_threads() {
    let data: Vec<(f64, f64)> =
        (0..1003).map(|k| (f64::from(k) * 0.013, (f64::from(k) * 0.37).sin())).collect();
    let residual = |&(t, y): &(f64, f64), x: &[Var<f64>]| {
        let model = x[0] * (x[1] * t).exp() + (x[2] * t).sin() / (x[3] + t);
        (model - y).powi(2)
    };
    let x = [0.7, -0.3, 1.9, 2.5];
    let bits = |(sum, gradient): (f64, Vec<f64>)| {
        gradient.into_iter().chain([sum]).map(f64::to_bits).collect::<Vec<_>>()
    };
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| bits(par_gradient(residual, &data, &x)))
    };
    let one = with_threads(1);
    for threads in [2, 3, 8] {
        for _ in 0..5 {
            assert_eq!(with_threads(threads), one, "{threads} threads");
        }
    }
    // And they are right: against one recording of everything.
    let (whole, expected) = wengert_autodiff::value_and_gradient(
        |x| data.iter().map(|item| residual(item, x)).sum::<Var<f64>>(),
        &x,
    );
    let (value, gradient) = par_gradient(residual, &data, &x);
    assert!((value - whole).abs() <= 1e-12 * whole);
    for (got, want) in gradient.iter().zip(&expected) {
        assert!((got - want).abs() <= 1e-11 * want.abs(), "{gradient:?} {expected:?}");
    }
    assert_eq!(par_gradient(residual, &[], &x), (0.0, vec![0.0; 4]));
}

#[test]
fn variables_come_at_any_time() {
    let mut tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let product = x[0] * x[1];
    let later = tape.vars(&[5.0, 7.0]);
    let y = product * later[0] * later[1];
    assert_eq!(tape.gradient(y).wrt_slice(&x), [105.0, 70.0]);
    assert_eq!(tape.gradient(y).wrt_slice(&later), [42.0, 30.0]);
    // After a rewind to the variables, and among them.
    tape.clear();
    let first = tape.var(2.0);
    let mark = tape.mark();
    let _ = tape.vars(&[1.0; 3000]);
    tape.rewind(mark);
    let square = first * first;
    let second = tape.var(10.0);
    let gradient = tape.gradient(square * second);
    assert_eq!((gradient.wrt(first), gradient.wrt(second)), (40.0, 4.0));
    // More of them than the memory that is there.
    let many = vec![1.0; 100_000];
    let tape = Tape::new();
    let vars = tape.vars(&many);
    assert_eq!(tape.gradient(vars[0] * vars[99_999] * 3.0).wrt(vars[99_999]), 3.0);
    assert_eq!(tape.nodes(), 100_002);
    // With a limit.
    let tape = Tape::with_limit(3);
    assert!(catch_unwind(AssertUnwindSafe(|| tape.vars(&[1.0; 4]))).is_err());
}
