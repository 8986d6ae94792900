//! Handles where they do not belong, panics and leaks in the middle of a recording, sizes beyond the ordinary, and
//! number types with bad intentions: what is wrong panics and says what, and nothing else breaks.

mod hooked;

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use hooked::{Hooked, hook};
use wengert_autodiff::rules::{dot, norm, prod, sum};
use wengert_autodiff::{
    Derivatives, Dual, DualVec, HessianVar, Matrix, Number, Primitive, Real, Rule, SliceRule, Tape,
    Taylor, Var, derivatives, directional_derivatives, gradient, gradient_forward, gradient_into,
    hessian, hessian_into, hvp, jacobian, jacobian_forward, jacobian_into, jacobian_reverse, jvp,
    par_gradient, par_hessian, par_jacobian, release_memory, third_derivative, value_and_gradient,
    vjp,
};

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

/// A tape still works: after something was done to it or beside it.
#[track_caller]
fn works() {
    let tape = Tape::new();
    let x = tape.vars(&[3.0, 5.0]);
    let y = x[0] * x[1] + sum(&x) + x[0].clamp(0.0, x[1]);
    assert_eq!(tape.gradient(y).wrt_slice(&x), [7.0, 4.0]);
}

/// Uses of a variable, each with the name that a panic gives it.
type Use = (&'static str, fn(Var<f64>));

fn uses() -> Vec<Use> {
    vec![
        ("add", |x| {
            let _ = x + x;
        }),
        ("mul", |x| {
            let _ = x * 2.0;
        }),
        ("neg", |x| {
            let _ = -x;
        }),
        ("sin", |x| {
            let _ = x.sin();
        }),
        ("clamp", |x| {
            let _ = x.clamp(x, x);
        }),
        ("mul_add", |x| {
            let _ = x.mul_add(x, x);
        }),
        ("dot", |x| {
            let _ = dot(&[x; 3], &[x; 3]);
        }),
        ("sum", |x| {
            let _ = [x; 50].iter().sum::<Var<f64>>();
        }),
        ("sub", |x| {
            let mut y = x;
            y -= x;
        }),
    ]
}

#[test]
fn handles_of_ended_recordings() {
    let cleared = |()| {
        let mut tape = Tape::new();
        let x = tape.var(1.0);
        tape.clear();
        let _ = tape.var(1.0);
        (x, tape)
    };
    let rewound = |()| {
        let mut tape = Tape::new();
        let _ = tape.var(1.0);
        let mark = tape.mark();
        let x = tape.var(1.0);
        tape.rewind(mark);
        let _ = tape.var(1.0);
        (x, tape)
    };
    let dropped = |()| (Tape::new().var(1.0), Tape::new());
    let elsewhere =
        |()| (thread::spawn(|| Tape::new().var(1.0)).join().expect("joins"), Tape::new());
    for (name, operation) in uses() {
        for (ended, what) in [
            (cleared(()), "cleared"),
            (rewound(()), "rewound"),
            (dropped(()), "tape was dropped"),
            (elsewhere(()), "another thread"),
        ] {
            let (x, tape) = ended;
            let text = panic_of(|| operation(x));
            assert!(text.contains(what), "{what}: {text}");
            assert!(text.starts_with(&format!("{name}:")), "{name}: {text}");
            for text in [
                panic_of(|| tape.gradient(x)),
                panic_of(|| tape.pullback(&[x], &[1.0])),
                panic_of(|| tape.gradient_of_sum(&[x])),
            ] {
                assert!(text.contains(what), "{what}: {text}");
            }
            let y = tape.var(1.0);
            let gradient = tape.gradient(y);
            assert!(panic_of(|| gradient.wrt(x)).contains(what));
            assert!(panic_of(|| gradient.wrt_slice(&[y, x])).contains(what));
            // Beside a good handle, too.
            assert!(panic_of(|| y * x).contains(what));
            assert!(panic_of(|| dot(&[y, y], &[y, x])).contains(what));
            assert!(panic_of(|| prod(&[y, x])).contains(what));
            assert_eq!(gradient.wrt(y), 1.0);
        }
    }
    works();
}

/// What is said of a handle does not change with what ends later, however often that is.
#[test]
fn recordings_that_end_one_after_the_other() {
    let mut tape = Tape::new();
    let first = tape.var(1.0);
    for _ in 0..1000 {
        tape.clear();
        let _ = tape.var(1.0);
    }
    assert!(panic_of(|| first + 1.0).contains("that was cleared"));
    // The numbers of a recording follow those of the one that was cleared before.
    let last = tape.var(1.0);
    drop(tape);
    assert!(panic_of(|| last + 1.0).contains("tape was dropped"));
    assert!(panic_of(|| first + 1.0).contains("that was cleared"));
}

#[test]
fn handles_of_another_recording() {
    let (one, other) = (Tape::new(), Tape::new());
    let (x, y) = (one.var(2.0), other.var(3.0));
    let mixed = "different recordings";
    for text in [
        panic_of(|| x * y),
        panic_of(|| y * x),
        panic_of(|| x.clamp(y, y + 1.0)),
        panic_of(|| dot(&[x, x], &[x, y])),
        panic_of(|| [x, x, y].iter().sum::<Var<f64>>()),
        panic_of(|| one.gradient(y)),
        panic_of(|| one.pullback(&[x, y], &[1.0, 1.0])),
        panic_of(|| one.gradient(x).wrt(y)),
        panic_of(|| one.gradient(x).wrt_slice(&[x, y])),
        panic_of(|| gradient(|inner: &[Var<f64>]| inner[0] * x, &[1.0])),
        panic_of(|| gradient(|_| x, &[1.0])),
        panic_of(|| jacobian(|inner: &[Var<f64>]| [inner[0], x], &[1.0])),
        panic_of(|| jacobian_reverse(|inner: &[Var<f64>]| [x, inner[0]], &[1.0])),
    ] {
        assert!(text.contains(mixed), "{text}");
    }
    // Both go on.
    assert_eq!(one.gradient(x * x).wrt(x), 4.0);
    assert_eq!(other.gradient(y * y).wrt(y), 6.0);
    // A constant is of every recording.
    assert_eq!(one.gradient(x * y.detach()).wrt(x), 3.0);
}

#[test]
fn recordings_nest_and_interleave() {
    let outer = Tape::new();
    let x = outer.var(2.0);
    let mut total = x;
    for k in 0..20 {
        // A recording of the same type inside, one of the nested type, and then on with the outer one.
        let slope = gradient(|z| z[0] * z[0] * x.value(), &[f64::from(k)])[0];
        let inner = Tape::new();
        let z = inner.var(x);
        let dz = inner.gradient(z.powi(3)).wrt(z);
        total = total + dz + slope;
    }
    assert_eq!(outer.gradient(total).wrt(x), 1.0 + 20.0 * 12.0);

    let tapes: Vec<Tape<f64>> = (0..10).map(|_| Tape::new()).collect();
    let x: Vec<_> = tapes.iter().map(|tape| tape.var(2.0)).collect();
    let mut y = x.clone();
    for _ in 0..10 {
        for (y, &x) in y.iter_mut().zip(&x) {
            *y *= x;
        }
    }
    for (k, tape) in tapes.iter().enumerate() {
        assert_eq!(tape.gradient(y[k]).wrt(x[k]), 11.0 * 1024.0);
    }
    // Tapes may end in any order.
    let mut tapes: Vec<_> = tapes.into_iter().zip(x).collect();
    for position in [3, 0, 7, 2, 4, 0] {
        tapes.remove(position);
        for (tape, x) in &tapes {
            assert_eq!(tape.gradient(x.powi(2)).wrt(*x), 4.0);
        }
    }

    // Deeper than the cache of active recordings.
    fn nest<T: Number>(depth: usize, x: T) -> T {
        if depth == 0 { x * x * x } else { x }
    }
    let cube = |x| {
        gradient(
            |x| {
                gradient(
                    |x| {
                        gradient(
                            |x| gradient(|x| gradient(|x| nest(0, x[0]) * x[0] * x[0], x)[0], x)[0],
                            x,
                        )[0]
                    },
                    x,
                )[0]
            },
            &[x],
        )[0]
    };
    assert_eq!(cube(2.0), 120.0);
}

#[test]
fn a_panic_inside_leaves_everything_usable() {
    let mut tape = Tape::new();
    let x = tape.var(2.0);
    for _ in 0..3 {
        let text = panic_of(|| {
            let y = x * x;
            let _ = gradient(|z| if z[0] > 0.0 { panic!("inside") } else { z[0] }, &[1.0]);
            y
        });
        assert_eq!(text, "inside");
        assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
    }
    for driver in [
        panic_of(|| hessian(|_| -> HessianVar<f64> { panic!("inside") }, &[1.0])),
        panic_of(|| jacobian(|_| -> Vec<Var<f64>> { panic!("inside") }, &[1.0])),
        panic_of(|| par_gradient(|_: &i32, _| -> Var<f64> { panic!("inside") }, &[1, 2], &[1.0])),
    ] {
        assert_eq!(driver, "inside");
        works();
    }
    // In the middle of a node: clamp panics at bounds in the wrong order, as the plain one does.
    let text = panic_of(|| x.clamp(x, x - 1.0));
    assert!(text.contains("clamp"), "{text}");
    assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
    tape.clear();
    assert_eq!(tape.nodes(), 0);
    works();
}

#[test]
fn leaked_guards_are_harmless() {
    for _ in 0..100 {
        let tape = Tape::new();
        let x = tape.var(2.0);
        mem::forget(tape.gradient(x * x));
        assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
        mem::forget(tape);
        // The recording lives on, and takes more.
        assert_eq!((x * x).value(), 4.0);
        works();
    }
    let (_, pullback) = vjp(|x| [x[0] * x[0]], &[3.0]);
    mem::forget(pullback);
    works();
}

#[test]
fn wrong_lengths() {
    let f = |x: &[Var<f64>]| x[0] * x[1];
    let g = |x: &[Dual<f64>]| [x[0] * x[1]];
    let x = [1.0, 2.0];
    let (_, pullback) = vjp(|x| [x[0], x[1], x[0]], &x);
    let tape = Tape::new();
    let v = tape.vars(&x);
    for (name, text) in [
        ("gradient_into", panic_of(|| gradient_into(f, &x, &mut [0.0; 3]))),
        ("jacobian_into", panic_of(|| jacobian_into(|x| [x[0]], &x, &mut [0.0; 3]))),
        ("hessian_into", panic_of(|| hessian_into(|x| x[0] * x[1], &x, &mut [0.0; 3]))),
        ("jvp", panic_of(|| jvp(g, &x, &[1.0]))),
        ("jvp", panic_of(|| jvp(g, &x, &[1.0; 3]))),
        ("hvp", panic_of(|| hvp(|x| x[0] * x[1], &x, &[1.0; 3]))),
        (
            "directional_derivatives",
            panic_of(|| directional_derivatives(|x: &[Taylor<f64, 2>]| x[0], &x, &[1.0])),
        ),
        ("third_derivative", panic_of(|| third_derivative(|x| x[0], &x, &x, &x, &[1.0]))),
        ("third_derivative", panic_of(|| third_derivative(|x| x[0], &x, &[], &x, &x))),
        ("pullback", panic_of(|| pullback.apply(&[1.0]))),
        ("wrt_into", panic_of(|| pullback.apply_into(&[1.0; 3], &mut [0.0]))),
        ("pullback", panic_of(|| tape.pullback(&v, &[1.0]))),
        ("wrt_into", panic_of(|| tape.gradient(v[0]).wrt_into(&v, &mut [0.0; 3]))),
        ("dot", panic_of(|| dot(&v, &v[..1]))),
        ("Matrix::from_vec", panic_of(|| Matrix::from_vec(2, 2, vec![1.0; 3]))),
        ("Matrix", panic_of(|| Matrix::from_vec(1, 2, vec![1.0; 2])[(1, 0)])),
        ("Matrix::row", panic_of(|| Matrix::from_vec(1, 2, vec![1.0; 2]).row(1).to_vec())),
        ("DualVec::variable", panic_of(|| DualVec::<f64, 2>::variable(1.0, 2))),
        ("Taylor", panic_of(|| Taylor::<f64, 2>::variable(1.0).derivative(3))),
        ("Derivatives", panic_of(|| derivatives::<2>(|x| x, 1.0)[3])),
    ] {
        assert!(text.starts_with(name), "{name}: {text}");
        assert!(text.chars().any(|c| c.is_ascii_digit()), "{name} tells no number: {text}");
    }
    let growing = std::sync::atomic::AtomicUsize::new(0);
    let text = panic_of(|| {
        let f = |x: &[DualVec<f64, 8>]| {
            vec![x[0]; 1 + growing.fetch_add(1, std::sync::atomic::Ordering::Relaxed)]
        };
        jacobian_forward(f, &[1.0; 9])
    });
    assert!(text.starts_with("jacobian_forward"), "{text}");
    works();
}

#[test]
fn marks_of_what_is_gone() {
    let mut tape = Tape::new();
    let x = tape.vars(&[1.0; 5]);
    let early = tape.mark();
    let y = x[0] * x[1];
    let late = tape.mark();
    tape.rewind(early);
    // Whether or not the recording has become as long again.
    for _ in 0..3 {
        let text = panic_of(|| tape.rewind(late));
        assert!(text.starts_with("rewind:") && text.contains("cleared or rewound"), "{text}");
        let _ = x[0] * x[1];
    }
    assert_eq!(tape.nodes(), 8);
    assert!(panic_of(|| y * 2.0).contains("rewound"));
    tape.clear();
    let text = panic_of(|| tape.rewind(early));
    assert!(text.contains("cleared or rewound"), "{text}");

    let mut other = Tape::<f64>::new();
    let _ = other.vars(&[1.0; 5]);
    let text = panic_of(|| other.rewind(early));
    assert!(text.contains("another tape"), "{text}");
    assert_eq!(other.nodes(), 5);
    // A mark of nothing is good as long as its tape.
    let mut tape = Tape::new();
    let nothing = tape.mark();
    for _ in 0..3 {
        let _ = tape.var(1.0);
        tape.rewind(nothing);
        assert_eq!(tape.nodes(), 0);
        tape.clear();
    }
    works();
}

#[test]
fn no_variables() {
    let none: [f64; 0] = [];
    assert_eq!(gradient(|_| Var::from(3.0), &none), none);
    assert_eq!(value_and_gradient(|_| Var::from(3.0), &none), (3.0, vec![]));
    assert_eq!(gradient_into(|_| Var::from(3.0), &none, &mut []), 3.0);
    assert_eq!(gradient_forward(|[]| DualVec::from(3.0), none), none);
    assert_eq!(hessian(|_| Var::from(3.0), &none).shape(), (0, 0));
    assert_eq!(hessian_into(|_| Var::from(3.0), &none, &mut []), 3.0);
    for j in [
        jacobian(|_| [Var::from(3.0); 2], &none),
        jacobian_reverse(|_| [Var::from(3.0); 2], &none),
        jacobian_forward(|_| [DualVec::from(3.0); 2], &none),
        par_jacobian(|_| [DualVec::from(3.0); 2], &none),
    ] {
        assert_eq!(j.shape(), (2, 0));
    }
    for j in [
        jacobian(|_| [], &[1.0, 2.0]),
        jacobian_reverse(|_| [], &[1.0, 2.0]),
        jacobian_forward(|_| [], &[1.0, 2.0]),
        par_jacobian(|_| [], &[1.0, 2.0]),
    ] {
        assert_eq!(j.shape(), (0, 2));
    }
    for j in [
        jacobian(|_| Vec::new(), &none),
        jacobian_reverse(|_| Vec::new(), &none),
        jacobian_forward(|_| Vec::new(), &none),
        par_jacobian(|_| Vec::new(), &none),
    ] {
        assert_eq!(j.shape(), (0, 0));
    }
    assert_eq!(jacobian_into(|_| [Var::from(3.0)], &none, &mut []), [3.0]);
    assert_eq!(par_hessian(|_| Var::from(3.0), &none).shape(), (0, 0));
    assert_eq!(par_gradient(|&c: &f64, _| Var::from(c), &[1.0, 2.0], &none), (3.0, vec![]));
    assert_eq!(jvp(|_| [Dual::from(3.0)], &none, &none), (vec![3.0], vec![0.0]));
    let (y, pullback) = vjp(|_| [Var::from(3.0)], &none);
    assert_eq!((y, pullback.apply(&[1.0])), (vec![3.0], vec![]));
    assert_eq!(hvp(|_| Var::from(3.0), &none, &none), none);
    assert_eq!(third_derivative(|_| Dual::from(3.0), &none, &none, &none, &none), 0.0);
    let d: Derivatives<f64, 2> = directional_derivatives(|_| Taylor::from(3.0), &none, &none);
    assert_eq!((d.value, d.higher), (3.0, [0.0; 2]));
    let tape = Tape::<f64>::new();
    let nothing: &[Var<f64>] = &[];
    assert_eq!(tape.gradient_of_sum(nothing).wrt_slice(nothing), none);
    assert_eq!(
        (sum(nothing).value(), prod(nothing).value(), norm(nothing).value()),
        (0.0, 1.0, 0.0)
    );
    assert_eq!(tape.nodes(), 0);
}

/// Infinities and NaNs arrive where arithmetic takes them, and nowhere else.
#[test]
fn infinities_and_nans() {
    let tape = Tape::new();
    let x = tape.vars(&[0.0, 1.0]);
    // An infinite slope, and a NaN, that the result does not use.
    let unused = x[0].sqrt() * 3.0 + (x[0] / 0.0);
    let y = x[1] * 2.0;
    assert_eq!(tape.gradient(y).wrt_slice(&x), [0.0, 2.0]);
    let slope: f64 = tape.gradient(unused).wrt(x[0]);
    assert!(!slope.is_finite(), "{slope}");
    // Multiplied with a structural zero.
    let y = x[0].sqrt() * 0.0 + x[1];
    assert_eq!(tape.gradient(y).wrt_slice(&x), [0.0, 1.0]);
    let nan = gradient(|x| x[0] * x[1], &[f64::NAN, 2.0]);
    assert!(nan[0] == 2.0 && nan[1].is_nan());
    let infinite = gradient(|x| x[0] * x[1], &[f64::INFINITY, 2.0]);
    assert_eq!(infinite, [2.0, f64::INFINITY]);
    let seeds = tape.pullback(&[x[0] * 1.0, x[1] * 1.0], &[f64::NAN, f64::INFINITY]).wrt_slice(&x);
    assert!(seeds[0].is_nan() && seeds[1] == f64::INFINITY);
}

#[test]
fn a_million_in_a_row_and_ten_million_on_a_tape() {
    let tape = Tape::new();
    let x = tape.var(1.0);
    let mut y = x;
    for _ in 0..1_000_000 {
        y = y * 0.999_999 + 1e-6;
    }
    let slope = tape.gradient(y).wrt(x);
    assert!((slope - (-1.0_f64).exp()).abs() < 1e-6, "{slope}");
    assert!(tape.nodes() > 2_000_000);
    drop(tape);

    let tape = Tape::new();
    let x = tape.vars(&[1.0, 2.0]);
    let mut y = x[0];
    while tape.nodes() < 10_000_000 {
        y = (y + x[1]) * 0.5;
    }
    let gradient: Vec<f64> = tape.gradient(y).wrt_slice(&x);
    assert!(gradient[0] < 1e-300 && (gradient[1] - 1.0).abs() < 1e-12, "{gradient:?}");
    let again = tape.gradient(y).wrt_slice(&x);
    assert_eq!(gradient.map_bits(), again.map_bits());
    drop(tape);
    release_memory();
    works();
}

trait MapBits {
    fn map_bits(&self) -> Vec<u64>;
}
impl MapBits for Vec<f64> {
    fn map_bits(&self) -> Vec<u64> {
        self.iter().map(|x| x.to_bits()).collect()
    }
}

#[test]
fn a_full_recording_says_so() {
    let fill = |limit| {
        let mut tape = Tape::with_limit(limit);
        let x = tape.var(2.0);
        let mut y = x;
        for _ in 1..limit {
            y *= x;
        }
        assert_eq!(tape.nodes(), limit);
        for text in [
            panic_of(|| y * x),
            panic_of(|| tape.var(1.0)),
            panic_of(|| tape.vars(&[1.0])),
            panic_of(|| y.clamp(x, y)),
            panic_of(|| dot(&[x, y], &[y, x])),
            panic_of(|| [x, y].iter().sum::<Var<f64>>()),
        ] {
            assert!(text.contains("full") && text.contains(&limit.to_string()), "{text}");
        }
        // What is recorded stays, and constants need no room.
        let _ = Var::<f64>::from(1.0) * 2.0;
        assert_eq!(tape.gradient(y).wrt(x), limit as f64 * 2.0_f64.powi(limit as i32 - 1));
        tape.clear();
        let x = tape.var(3.0);
        assert_eq!(tape.gradient(x).wrt(x), 1.0);
        if limit > 3 {
            let y = dot(&[x, x], &[x, x]);
            assert_eq!(tape.gradient(y).wrt(x), 12.0);
        }
    };
    release_memory();
    for limit in [1, 2, 10, 100] {
        fill(limit);
        // Also in memory that had room for more.
        let large = Tape::new();
        let _ = large.vars(&[1.0; 5000]);
        drop(large);
        fill(limit);
    }
    assert!(panic_of(|| Tape::with_limit(0).var(1.0)).contains("full"));
    // The limit ends with its tape.
    let tape = Tape::new();
    let x = tape.vars(&[1.0; 5000]);
    assert_eq!(tape.gradient(sum(&x)).wrt(x[4999]), 1.0);
}

#[test]
fn many_threads_at_once() {
    let threads: Vec<_> = (0..16)
        .map(|k| {
            thread::spawn(move || {
                let mut sum = 0.0;
                for round in 0..200 {
                    let at = [f64::from(k), f64::from(round)];
                    sum += gradient(|x| (x[0] * x[1]).sin() + x[0].exp(), &at)[1];
                    sum += hessian(|x| x[0] * x[0] * x[1], &at)[(0, 1)];
                }
                sum
            })
        })
        .collect();
    for (k, thread) in threads.into_iter().enumerate() {
        let k = k as f64;
        let exact: f64 = (0..200).map(|round| (k * f64::from(round)).cos() * k + 2.0 * k).sum();
        let sum = thread.join().expect("joins");
        assert!((sum - exact).abs() <= 1e-9 * exact.abs().max(1.0), "{sum} is not {exact}");
    }
}

#[test]
fn handles_are_small() {
    assert_eq!(size_of::<Var<f64>>(), 16);
    assert_eq!(size_of::<Var<f32>>(), 16);
    assert_eq!(size_of::<Var<Dual<f64>>>(), 24);
    assert_eq!(size_of::<Var<Var<f64>>>(), 24);
}

#[test]
fn sweeps_repeat_to_the_bit() {
    let tape = Tape::new();
    let x = tape.vars(&[0.1, 0.7, 1.3]);
    let y = (dot(&x, &x).sqrt() * x[0].sin() / x[1]).atan2(x[2]) + norm(&x).powf(x[0]);
    let first = tape.gradient(y).wrt_slice(&x).map_bits();
    for _ in 0..50 {
        let _ = tape.gradient(x[0] * x[1]);
        let _ = gradient(|x| x[0] * x[0], &[1.0]);
        assert_eq!(tape.gradient(y).wrt_slice(&x).map_bits(), first);
    }
    let two = (tape.gradient(y), tape.gradient(y));
    assert_eq!(two.0.wrt_slice(&x).map_bits(), two.1.wrt_slice(&x).map_bits());
}

#[test]
fn tapes_by_the_hundred_thousand() {
    for k in 0..300_000 {
        let tape = Tape::new();
        let x = tape.var(f64::from(k));
        assert_eq!(tape.gradient(x * x).wrt(x), 2.0 * f64::from(k));
    }
    let mut tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let prefix = x[0] * x[1];
    let mark = tape.mark();
    for k in 0..300_000 {
        let y = prefix * x[0] + f64::from(k);
        assert_eq!(tape.gradient(y).wrt_slice(&x), [12.0, 4.0]);
        tape.rewind(mark);
    }
    // Handles from before every one of many rewinds.
    let mut kept = vec![x[0]];
    for _ in 0..1000 {
        kept.push(kept[kept.len() - 1] + x[1]);
        let mark = tape.mark();
        let _ = x[0] * x[1];
        tape.rewind(mark);
    }
    let last = kept[1000];
    assert_eq!(tape.gradient(last).wrt_slice(&x), [1.0, 1000.0]);
    assert_eq!(tape.gradient(last).wrt(kept[500]), 1.0);
}

/// A recording that outgrows its numbers goes on with others than those of its neighbour.
#[test]
fn long_recordings_share_no_numbers() {
    const RESERVED: usize = 1 << 20;
    let (long, mut neighbours) = (Tape::new(), Vec::new());
    let x = long.var(1.0);
    let mut y = x;
    for length in 1..4 {
        while long.nodes() < length * RESERVED + 10 {
            y *= 1.0;
        }
        let neighbour = Tape::new();
        neighbours.push((neighbour.vars(&[1.0; 100]), neighbour));
    }
    for (z, neighbour) in &neighbours {
        for &z in z {
            assert!(panic_of(|| y * z).contains("different recordings"));
        }
        assert_eq!(neighbour.gradient(z[0] * z[1]).wrt(z[1]), 1.0);
    }
    assert_eq!(long.gradient(y).wrt(x), 1.0);
}

/// Numbers are reserved a million at a time. Here the nodes that are left behind, or kept, are more.
#[test]
fn numbers_end_in_the_middle_of_a_recording() {
    const RESERVED: usize = 1 << 20;
    // Two tapes in turn, whose numbers lie beside each other.
    let mut tapes = [Tape::new(), Tape::new()];
    let mut stale: Vec<Var<f64>> = Vec::new();
    for round in 0..1100 {
        for tape in &mut tapes {
            tape.clear();
            let x = tape.vars(&[1.0; 1000]);
            if round == 0 {
                stale.extend([x[1], x[500], x[998]]);
            }
        }
        for &old in &stale[..if round == 0 { 0 } else { stale.len() }] {
            assert!(panic_of(|| old + 1.0).contains("a variable belongs to a recording that"));
        }
    }
    // A long beginning that is kept, with a neighbour that follows.
    let mut tape = Tape::new();
    let x = tape.vars(&vec![1.0; RESERVED * 12 / 5]);
    let mark = tape.mark();
    let _ = x[0] * 2.0;
    tape.rewind(mark);
    let y = x[0] * 3.0;
    let neighbour = Tape::new();
    let z = neighbour.vars(&vec![1.0; RESERVED]);
    assert!(panic_of(|| y * z[0]).contains("different recordings"));
    assert_eq!(tape.gradient(y).wrt(x[0]), 3.0);
}

/// Each rewind takes as many numbers as there are nodes: so many that a thread needs several blocks of them.
#[test]
fn blocks_of_numbers_run_out() {
    const PREFIX: usize = 1 << 20;
    let mut tape = Tape::new();
    let x = tape.vars(&vec![1.0; PREFIX]);
    let mark = tape.mark();
    let mut stale = Vec::new();
    for k in 0..1_200_000 {
        let y = x[k % PREFIX] * 2.0;
        if k % 100_000 == 0 {
            assert_eq!(tape.gradient(y).wrt(x[k % PREFIX]), 2.0);
            stale.push(y);
        }
        tape.rewind(mark);
    }
    let y = x[0] * x[PREFIX - 1];
    assert_eq!(tape.gradient(y).wrt(x[0]), 1.0);
    for old in stale {
        let text = panic_of(|| old + y);
        assert!(text.contains("rewound") || text.contains("ended"), "{text}");
    }

    // Tapes that are cleared in turn.
    let mut tapes = [Tape::new(), Tape::new(), Tape::new()];
    for round in 0..20_000 {
        for tape in &mut tapes {
            tape.clear();
            let x = tape.var(f64::from(round));
            assert_eq!((x * x).value(), f64::from(round).powi(2));
        }
    }
    works();
}

// Number types with bad intentions.

/// A function of three arguments whose derivative does something else besides.
#[derive(Clone, Copy)]
struct Restless;

thread_local! {
    static TAPE: RefCell<Option<Tape<f64>>> = const { RefCell::new(None) };
    static HOOKED_TAPE: RefCell<Option<Tape<Hooked>>> = const { RefCell::new(None) };
}

impl Rule<3> for Restless {
    const NAME: &'static str = "restless";
    fn value<F: Primitive>(self, [x, y, z]: [F; 3]) -> F {
        x + y + z
    }
    fn partial<R: Number>(self, argument: usize, _x: [R; 3], _value: R) -> R {
        if argument == 1 {
            TAPE.take();
            release_memory();
        }
        R::one()
    }
}

impl SliceRule<1> for Restless {
    const NAME: &'static str = "restless";
    fn value<F: Primitive>(self, [x]: [&[F]; 1]) -> F {
        x[0]
    }
    fn partials<R: Number>(self, [x]: [&[R]; 1], _value: R, mut emit: impl FnMut(R)) {
        for _ in x {
            TAPE.take();
            release_memory();
            emit(R::one());
        }
    }
}

fn kept<const N: usize>() -> [Var<f64>; N] {
    TAPE.set(Some(Tape::new()));
    TAPE.with_borrow(|tape| core::array::from_fn(|_| tape.as_ref().expect("set").var(1.0)))
}

#[test]
fn derivatives_that_drop_the_tape() {
    for _ in 0..20 {
        let x = kept::<3>();
        assert!(panic_of(|| Number::apply(Restless, x)).contains("dropped"));
        let x = kept::<3>();
        assert!(panic_of(|| Number::apply_slices(Restless, [&x])).contains("dropped"));
        works();
    }
}

/// Sets a tape of hooked numbers; the hook does something to it at the `at`th operation called `name`.
fn at_operation(name: &'static str, at: usize, mut act: impl FnMut() + 'static) {
    let mut count = 0;
    hook(Some(Box::new(move |operation| {
        if operation == name {
            if count == at {
                act();
            }
            count += 1;
        }
    })));
}

fn hooked_vars<const N: usize>() -> [Var<Hooked>; N] {
    hook(None);
    HOOKED_TAPE.set(Some(Tape::new()));
    HOOKED_TAPE
        .with_borrow(|tape| core::array::from_fn(|_| tape.as_ref().expect("set").var(Hooked(1.5))))
}

/// Every operation of a number at every moment of a computation drops the tape that records it, and gives its
/// memory back. Nobody may use that memory.
#[test]
fn numbers_that_drop_the_tape() {
    let mut dropped = 0;
    for name in hooked::OPERATIONS {
        for at in 0..6 {
            let x = hooked_vars::<3>();
            at_operation(name, at, || {
                HOOKED_TAPE.take();
                release_memory();
            });
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let y = -(x[0] * x[1] + x[2]) / x[0] - x[1];
                let z = y.sin().powf(x[0]).clamp(x[1], x[2] * 100.0).max(x[0]);
                let w = dot(&[y, z], &x[..2]) + prod(&x) + x.iter().copied().sum::<Var<Hooked>>();
                let v = Number::blend(true, w, x[0]) % x[1];
                v + Number::apply(Sum3, [v, x[0], x[1]])
            }));
            hook(None);
            if HOOKED_TAPE.take().is_none() {
                dropped += 1;
                let Err(payload) = outcome else {
                    // Dropped in the last operation, after it was recorded.
                    continue;
                };
                let text = payload.downcast_ref::<String>().map_or("", String::as_str);
                assert!(text.contains("dropped"), "{name} {at}: {text}");
            } else {
                assert!(outcome.is_ok(), "{name} {at}");
            }
            works();
        }
    }
    assert!(dropped > 15, "{dropped}");
}

/// x + y + z
#[derive(Clone, Copy)]
struct Sum3;

impl Rule<3> for Sum3 {
    const NAME: &'static str = "sum3";
    fn value<F: Primitive>(self, [x, y, z]: [F; 3]) -> F {
        x + y + z
    }
    fn partial<R: Number>(self, _argument: usize, _x: [R; 3], _value: R) -> R {
        R::one()
    }
}

/// As above, but a new tape takes the place of the old one, in the same memory.
#[test]
fn numbers_that_replace_the_tape() {
    for name in hooked::OPERATIONS {
        for at in 0..6 {
            let x = hooked_vars::<3>();
            at_operation(name, at, || {
                HOOKED_TAPE.take();
                HOOKED_TAPE.set(Some(Tape::new()));
            });
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let y = -(x[0] * x[1] + x[2]);
                let z = Number::apply(Sum3, [y, x[0], x[1]]);
                dot(&[y, z], &x[..2]) + x.iter().copied().sum::<Var<Hooked>>()
            }));
            hook(None);
            if let Err(payload) = outcome {
                let text = payload.downcast_ref::<String>().map_or("", String::as_str);
                assert!(text.contains("dropped"), "{name} {at}: {text}");
                let nodes = HOOKED_TAPE.with_borrow(|tape| tape.as_ref().expect("new").nodes());
                assert_eq!(nodes, 0, "{name} {at}");
            }
        }
    }
    HOOKED_TAPE.take();
    works();
}

/// Numbers that record, clear, and sweep other tapes while one is swept; and the one that is swept.
#[test]
fn numbers_that_work_during_a_sweep() {
    let shared = Rc::new(Tape::<Hooked>::new());
    let x = shared.vars(&[Hooked(2.0), Hooked(3.0)]);
    let y = x[0] * x[1] * x[0] + dot(&x, &x);
    let expected = [Hooked(2.0 * 2.0 * 3.0 + 4.0), Hooked(4.0 + 6.0)];
    let gradient_is_right = || {
        let gradient = shared.gradient(y).wrt_slice(&x);
        assert_eq!([gradient[0].0, gradient[1].0], [expected[0].0, expected[1].0]);
    };
    gradient_is_right();

    let x0 = x[0];
    let refused = Rc::new(RefCell::new(Vec::new()));
    for name in ["mul", "add", "zero", "is_structural_zero"] {
        for at in 0..4 {
            // Other tapes, of this and of other types.
            let mut others = Vec::new();
            at_operation(name, at, move || {
                let other = Tape::<Hooked>::new();
                let z = other.var(Hooked(5.0));
                assert_eq!(other.gradient(z * z).wrt(z).0, 10.0);
                others.push(other);
                works();
                release_memory();
            });
            gradient_is_right();
            hook(None);

            // The tape itself: refused during the sweep, and good before and after.
            let tape = Rc::clone(&shared);
            let refused = Rc::clone(&refused);
            at_operation(name, at, move || {
                let attempt = |act: &dyn Fn()| catch_unwind(AssertUnwindSafe(act)).err();
                let attempts = [
                    attempt(&|| assert_eq!(tape.var(Hooked(1.0)).value().0, 1.0)),
                    attempt(&|| assert_eq!((x0 * x0).value().0, 4.0)),
                    attempt(&|| assert_eq!(dot(&[x0; 3], &[x0; 3]).value().0, 12.0)),
                    attempt(&|| drop(tape.gradient(y))),
                ];
                refused.borrow_mut().extend(attempts.into_iter().flatten());
            });
            gradient_is_right();
            hook(None);
            gradient_is_right();

            // A panic.
            at_operation(name, at, || panic!("a number panics"));
            let outcome = catch_unwind(AssertUnwindSafe(&gradient_is_right));
            hook(None);
            assert!(outcome.is_err() || at > 0, "{name} {at}");
            gradient_is_right();
        }
    }
    assert!(refused.borrow().len() >= 4 * 4, "{}", refused.borrow().len());
    for payload in refused.borrow().iter() {
        let text = payload.downcast_ref::<String>().map_or("", String::as_str);
        assert!(text.contains("swept"), "{text}");
    }
}

#[test]
fn numbers_that_record_while_they_are_looked_at() {
    let tape = Rc::new(Tape::<Hooked>::traced());
    let x = tape.var(Hooked(0.0));
    let y = x.sqrt();
    for name in ["primal", "display", "zero", "add"] {
        let other = Rc::clone(&tape);
        at_operation(name, 0, move || {
            let _ = catch_unwind(AssertUnwindSafe(|| other.var(Hooked(1.0)) * x));
        });
        let report = catch_unwind(AssertUnwindSafe(|| tape.first_non_finite()));
        let picture = catch_unwind(AssertUnwindSafe(|| tape.graphviz(y)));
        hook(None);
        assert!(report.is_ok() && picture.is_ok(), "{name}");
        assert_eq!(tape.first_non_finite().map(|report| report.name), Some("sqrt"));
        assert!(tape.graphviz(y).contains("sqrt"));
    }
}

#[test]
fn threads_end_with_tapes_of_their_own() {
    struct OnExit;
    impl Drop for OnExit {
        fn drop(&mut self) {
            // Whatever of the thread is gone already: this works.
            assert_eq!(gradient(|x| x[0] * x[0] + sum(x), &[3.0]), [7.0]);
            let tapes: Vec<Tape<f64>> = (0..600).map(|_| Tape::new()).collect();
            drop(tapes);
        }
    }
    thread_local! {
        static FIRST: RefCell<Vec<Tape<f64>>> = const { RefCell::new(Vec::new()) };
        static SECOND: RefCell<Vec<Tape<Dual<f64>>>> = const { RefCell::new(Vec::new()) };
        static EXIT: OnExit = const { OnExit };
    }
    for order in 0..4 {
        for count in [1, 3, 300, 1000] {
            let thread = thread::spawn(move || {
                if order == 0 {
                    works();
                }
                FIRST.with_borrow_mut(|tapes| {
                    if order == 1 {
                        EXIT.with(|_| ());
                    }
                    tapes.extend((0..count).map(|_| Tape::new()));
                    let x = tapes[0].var(2.0);
                    assert_eq!(tapes[0].gradient(x * x).wrt(x), 4.0);
                });
                SECOND.with_borrow_mut(|tapes| {
                    tapes.extend((0..count).map(|_| Tape::new()));
                    tapes.swap_remove(0);
                });
                if order == 2 {
                    EXIT.with(|_| ());
                    // Not the last to have numbers.
                    FIRST.with_borrow_mut(|tapes| drop(tapes.remove(0)));
                }
                works();
            });
            thread.join().expect("the thread ends well");
        }
    }
    works();
}

/// Leaked and forgotten tapes of a thread that ended are no one's.
#[test]
fn threads_end_with_leaked_tapes() {
    for _ in 0..10 {
        let x = thread::spawn(|| {
            let tape = Box::leak(Box::new(Tape::new()));
            let x = tape.var(2.0);
            assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
            x
        })
        .join()
        .expect("joins");
        assert!(panic_of(|| x * x).contains("another thread"));
    }
}

/// A function of no arguments, which is a constant.
#[derive(Clone, Copy)]
struct Three;

impl Rule<0> for Three {
    const NAME: &'static str = "three";
    fn value<F: Primitive>(self, []: [F; 0]) -> F {
        F::nearest(3.0)
    }
    fn partial<R: Number>(self, _argument: usize, []: [R; 0], _value: R) -> R {
        unreachable!("there are no arguments")
    }
}

#[test]
fn functions_of_nothing() {
    fn three<R: Real>() -> R {
        R::apply(Three, [])
    }
    assert_eq!(three::<f64>(), 3.0);
    assert_eq!(three::<Dual<f64>>().tangent(), 0.0);
    assert!(three::<Var<f64>>().is_constant());
    assert_eq!(three::<Taylor<f64, 2>>()[0], 3.0);
}
