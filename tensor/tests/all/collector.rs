//! Parameters with gradients attached, and the collectors that fill them.

use std::panic::catch_unwind;

use crate::checks::panic_message;
use wengert_tensor::*;

#[test]
fn gradients_are_zero_before_backward() {
    let x = Parameter::new(Tensor::<f64>::arange(4));
    assert_eq!(x.gradient(), Tensor::zeros([4]));
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let y = 2.0 * v * v;
    assert_eq!(y.sum().item(), 28.0);
    assert_eq!(x.gradient(), Tensor::zeros([4]));
    collector.backward(y);
    assert_eq!(x.gradient(), Tensor::from([0.0, 4.0, 8.0, 12.0]));
}

#[test]
fn a_new_collector_starts_from_zero() {
    let (x, unused) = (Parameter::new(Tensor::from(5.0)), Parameter::new(Tensor::from(5.0)));
    let first = GradientCollector::new();
    first.backward(first.var(&x) * 2.0 + first.var(&unused));
    drop(first);
    assert_eq!((x.gradient().item(), unused.gradient().item()), (2.0, 1.0));
    let second = GradientCollector::new();
    let v = second.var(&x);
    assert_eq!(x.gradient().item(), 0.0);
    second.backward(v * 3.0);
    drop(second);
    // Also that of a parameter which the second one does not know: no step is taken with it twice.
    assert_eq!((x.gradient().item(), unused.gradient().item()), (3.0, 0.0));
}

#[test]
fn one_collector_adds_up() {
    let x = Parameter::new(Tensor::from([1.0, 2.0]));
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    collector.backward(v * 2.0);
    assert_eq!(x.gradient(), Tensor::from([2.0, 2.0]));
    let square = v * v;
    collector.backward(square);
    assert_eq!(x.gradient(), Tensor::from([4.0, 6.0]));
    // Backward twice from one result: its gradient twice.
    collector.backward(square);
    assert_eq!(x.gradient(), Tensor::from([6.0, 10.0]));
    collector.zero_gradients();
    assert_eq!(x.gradient(), Tensor::from([0.0, 0.0]));
    collector.backward(square);
    assert_eq!(x.gradient(), Tensor::from([2.0, 4.0]));
}

#[test]
fn several_parameters_have_their_own_gradients() {
    let a = Parameter::new(Tensor::from([[6.0, -9.0, -12.0], [15.0, 0.0, 4.0]]));
    let b = Parameter::new(Tensor::from([[2.0], [3.0], [-4.0]]));
    let c = Parameter::new(Tensor::from(1.0));
    let collector = GradientCollector::new();
    let (va, vb, vc) = (collector.var(&a), collector.var(&b), collector.var(&c));
    let product = va.matmul(vb);
    assert_eq!(product.value(), Tensor::from([[33.0], [14.0]]));
    collector.backward(product);
    assert_eq!(a.gradient(), Tensor::from([[2.0, 3.0, -4.0], [2.0, 3.0, -4.0]]));
    assert_eq!(b.gradient(), Tensor::from([[21.0], [-9.0], [-8.0]]));
    assert_eq!(c.gradient().item(), 0.0);
    // (A result that depends on one of them leaves the others as they are.)
    collector.backward(vc * 7.0);
    assert_eq!(a.gradient(), Tensor::from([[2.0, 3.0, -4.0], [2.0, 3.0, -4.0]]));
    assert_eq!(c.gradient().item(), 7.0);
}

#[test]
fn memory_is_used_again_in_every_step() {
    let mut w = Parameter::new(Tensor::<f64>::from_fn([64, 3], |i| ((i[0] + i[1]) as f64).sin()));
    let x = Tensor::from_fn([8, 64], |i| ((i[0] * 5 + i[1]) as f64).cos());
    let address = w.gradient().as_ptr();
    let mut losses = Vec::new();
    for _ in 0..10 {
        let collector = GradientCollector::new();
        let y = constant(&x).matmul(collector.var(&w));
        let loss = (y * y).mean();
        collector.backward(loss);
        losses.push(loss.item());
        drop(collector);
        assert_eq!(w.gradient().as_ptr(), address);
        w.update(|w, g| *w = &*w - &(g * 0.02));
    }
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
    // What is held keeps its values.
    let held = w.gradient();
    let copy = held.to_vec();
    let collector = GradientCollector::new();
    collector.backward(collector.var(&w) * 3.0);
    assert_eq!(held.to_vec(), copy);
    assert_eq!(w.gradient(), Tensor::full([64, 3], 3.0));
}

#[test]
fn the_recording_does_not_grow_by_going_backward() {
    let x = Parameter::new(Tensor::from([1.0, 2.0]));
    let collector = GradientCollector::new();
    let v = collector.var(&x);
    let y = (v * v).exp().sum();
    let before = format!("{collector:?}");
    for _ in 0..5 {
        collector.backward(y);
    }
    assert_eq!(format!("{collector:?}"), before);
    assert!((x.gradient().to_vec()[0] / (5.0 * 2.0 * 1.0_f64.exp()) - 1.0).abs() < 1e-15);
}

#[test]
fn a_parameter_may_enter_twice_and_stop() {
    let x = Parameter::new(Tensor::from([1.0, 3.0]));
    let collector = GradientCollector::new();
    collector.backward(collector.var(&x) * collector.var(&x));
    assert_eq!(x.gradient(), Tensor::from([2.0, 6.0]));
    collector.zero_gradients();
    let v = collector.var(&x);
    collector.backward((v * v).detach() * v);
    assert_eq!(x.gradient(), Tensor::from([1.0, 9.0]));
}

#[test]
fn drivers_work_inside() {
    // The gradient of |∇f|², f = Σ x³: 36 x³.
    let x = Parameter::new(Tensor::from([1.0, 2.0]));
    let collector = GradientCollector::new();
    let slope = gradient(&collector.var(&x), |x| (x * x * x).sum());
    collector.backward((slope * slope).sum());
    assert_eq!(x.gradient(), Tensor::from([36.0, 288.0]));
}

#[test]
fn each_thread_has_its_own() {
    let here = Parameter::new(Tensor::from(2.0_f32));
    let collector = GradientCollector::new();
    let y = collector.var(&here) * 5.0;
    let there = std::thread::scope(|scope| {
        let work = || {
            let x = Parameter::new(Tensor::from(3.0));
            let collector = GradientCollector::new();
            let v = collector.var(&x);
            collector.backward(v * v);
            drop(collector);
            x
        };
        scope.spawn(work).join().expect("no panic")
    });
    assert_eq!(there.gradient().item(), 6.0);
    collector.backward(y);
    assert_eq!(here.gradient().item(), 5.0);
}

#[test]
fn misuse_is_named() {
    let x = Parameter::new(Tensor::from([1.0, 2.0]));
    let collector = GradientCollector::new();
    let second = panic_message(GradientCollector::<f64>::new);
    assert!(second.starts_with("GradientCollector::new: a collector is open on this thread"));
    let other = Tape::new();
    let foreign = other.var(&Tensor::from([1.0]));
    let from_elsewhere = panic_message(|| collector.backward(foreign));
    assert!(from_elsewhere.starts_with("gradient: the result belongs to another recording"));
    let v = collector.var(&x);
    let mixed = panic_message(|| other.gradient(foreign).wrt(v));
    assert!(mixed.starts_with("wrt: the variable belongs to another recording"), "{mixed}");
    drop(collector);
    let mut x = x;
    let shapes = panic_message(|| x.update(|x, _| *x = Tensor::zeros([3])));
    assert!(shapes.starts_with("update: the parameter has shape [2], and its new value [3]"));
    // After a panic, too, a new one can be made.
    let _ = catch_unwind(|| {
        let _collector = GradientCollector::<f64>::new();
        panic!("inside");
    });
    let _next = GradientCollector::<f64>::new();
}
