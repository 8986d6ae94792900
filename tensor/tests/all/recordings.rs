//! Recordings: long ones, many of them, nested ones, and what is done wrong with them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::checks::panic_message;
use wengert_tensor::*;

#[test]
fn a_chain_of_a_million_operations() {
    let x = Tensor::from([0.5, 2.0]);
    let (value, gradient) = value_and_gradient(&x, |x| {
        let mut y = x;
        for _ in 0..500_000 {
            y = y * 1.000_001 + 0.0;
        }
        y.sum()
    });
    let factor = 1.000_001_f64.powi(500_000);
    assert!((value.item() / (2.5 * factor) - 1.0).abs() < 1e-9);
    for g in gradient.to_vec() {
        assert!((g / factor - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_long_loop_that_reads_its_values() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::from([1.0, 2.0]));
    let mut y = x;
    let mut doublings = 0;
    while y.norm().item() < 1e250 {
        y *= 2.0;
        doublings += 1;
    }
    assert_eq!(tape.gradient(y).wrt(x), Tensor::full([2], 2.0_f64.powi(doublings)));
}

#[test]
fn an_ended_recording_is_named() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::from([1.0, 2.0]));
    drop(tape);
    assert!(
        panic_message(|| x + x)
            .starts_with("add: an operand belongs to a recording that has ended")
    );
    assert!(
        panic_message(|| x.value())
            .starts_with("value: an operand belongs to a recording that has ended")
    );
    let other = Tape::new();
    let y = other.var(&Tensor::from([1.0, 2.0]));
    assert!(
        panic_message(|| y * x)
            .starts_with("mul: an operand belongs to a recording that has ended")
    );
    let third = Tape::new();
    let z = third.var(&Tensor::from([1.0, 2.0]));
    assert!(
        panic_message(|| y * z).starts_with("mul: the operands belong to different recordings")
    );
    assert_eq!((y * y).value(), Tensor::from([1.0, 4.0]), "the tape is usable afterwards");
}

#[test]
fn another_thread_has_recordings_of_its_own() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::from([1.0, 2.0]));
    let message =
        std::thread::spawn(move || panic_message(|| x.exp())).join().expect("caught inside");
    assert!(message.contains("exp: an operand belongs to"), "{message}");
    assert!(message.contains("of another thread"), "{message}");
}

#[test]
fn without_a_recording_constants_have_no_place() {
    assert!(
        panic_message(|| constant(&Tensor::from([1.0])))
            .contains("no recording of f64 is open on this thread")
    );
}

#[test]
fn shapes_that_do_not_fit_are_both_named() {
    let tape = Tape::new();
    let x = tape.var(&Tensor::<f64>::zeros([2, 3]));
    let y = tape.var(&Tensor::zeros([2, 4]));
    assert!(panic_message(|| x + y).starts_with("add: shapes [2, 3] and [2, 4] do not broadcast"));
    assert!(
        panic_message(|| x.matmul(y))
            .starts_with("matmul: shapes [2, 3] and [2, 4]: the inner extents 3 and 2 differ")
    );
    assert!(
        panic_message(|| x.reshape([7]))
            .starts_with("reshape: shape [2, 3] has 6 elements, and [7] has 7")
    );
    assert!(panic_message(|| x.sum_over(2)).contains("axis 2 is out of range for shape [2, 3]"));
    assert!(panic_message(|| x < y).contains("has no single truth value"));
    assert!(panic_message(|| x.item()).contains("has 6 elements"));
    assert!(panic_message(|| tape.gradient_with(x, y)).contains("the cotangent has shape [2, 4]"));
}

#[test]
fn a_panic_is_reported_where_the_user_is() {
    let line = std::sync::Mutex::new(0);
    let line = std::sync::Arc::new(line);
    let seen = std::sync::Arc::clone(&line);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.location().is_some_and(|l| l.file().ends_with("recordings.rs")) {
            *seen.lock().expect("not poisoned") = info.location().expect("known").line();
        }
    }));
    let tape = Tape::new();
    let x = tape.var(&Tensor::<f64>::zeros([2, 3]));
    let here = line!() + 1;
    let _ = catch_unwind(AssertUnwindSafe(|| x * tape.var(&Tensor::zeros([5]))));
    std::panic::set_hook(before);
    assert_eq!(*line.lock().expect("not poisoned"), here);
}

#[test]
fn what_an_inner_derivative_captures_is_constant() {
    // d/dx (x · d/dy (x + y)) = 1, not 2.
    let x = Tensor::from(3.0);
    let outer = gradient(&x, |x| x * gradient(&x, |y| x + y));
    assert_eq!(outer.item(), 1.0);
    // The same in forward mode, and mixed.
    let one = Tensor::from(1.0);
    let outer = jvp(|x| x * jvp(|y| x + y, &x, &Var::from(1.0)).1, &x, &one).1;
    assert_eq!(outer.item(), 1.0);
    let outer = jvp(|x| x * gradient(&x, |y| x * y), &x, &one).1;
    assert_eq!(outer.item(), 6.0);
}

#[test]
fn nested_recordings_of_tensors_do_not_meet() {
    let x = Tensor::from([1.0, 2.0]);
    let y = gradient(&x, |v| {
        let inner = gradient(&Tensor::from([3.0]), |w| w * w);
        (v * v * inner.item()).sum()
    });
    assert_eq!(y, Tensor::from([12.0, 24.0]));
}

#[test]
fn results_that_do_not_depend_have_zero_gradients() {
    let x = (Tensor::from([1.0, 2.0]), Tensor::from([3.0]));
    let zeros = (Tensor::zeros([2]), Tensor::zeros([1]));
    assert_eq!(gradient(&x, |_| Var::from(1.0)), zeros);
    assert_eq!(gradient(&x, |(a, _)| (a * a).detach().sum()), zeros);
    assert_eq!(gradient(&x, |(a, b)| (a * 0.0).sum() + b.sum() * 0.0), zeros);
}

#[test]
fn checkpoints_pass_on_what_they_capture() {
    let w = Tensor::from([0.3, -0.7]);
    let x = Tensor::from([0.5, 1.0]);
    let both = (x, w);
    let plain = gradient(&both, |(x, w)| ((x * w).sin() * w).sum());
    let thrifty = gradient(&both, |(x, w)| checkpoint(&x, move |x| (x * w).sin() * w).sum());
    assert_eq!(plain, thrifty);
    let v = (Tensor::from([1.0, -1.0]), Tensor::from([0.5, 2.0]));
    let f = |(x, w): (Var<f64>, Var<f64>)| checkpoint(&x, move |x| (x * w).sin() * w).sum();
    let g = |(x, w): (Var<f64>, Var<f64>)| ((x * w).sin() * w).sum();
    assert_eq!(jvp(f, &both, &v), jvp(g, &both, &v));
    let [a, b] = [hvp(f, &both, &v), hvp(g, &both, &v)];
    assert!(a.0.is_close(&b.0, 1e-14) && a.1.is_close(&b.1, 1e-14));
}
