//! What a symbol is not, it says.

use std::panic::catch_unwind;

use wengert_autodiff::rules::{Exponential, Powi};
use wengert_autodiff::{Number, Real, preaccumulate};
use wengert_cuda_kernels::{Graph, Node, Symbol};

/// The message of the panic when `f` is recorded.
fn message(f: impl FnOnce(&[Symbol]) -> Vec<Symbol> + std::panic::UnwindSafe) -> String {
    let payload = catch_unwind(|| Graph::record(2, f)).expect_err("a panic");
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.into())).expect("a message")
}

#[test]
fn a_symbol_has_no_value() {
    for (what, message) in [
        ("comparison", message(|x| vec![if x[0] < x[1] { x[0] } else { x[1] }])),
        ("comparison", message(|x| vec![if x[0] == 0.0 { x[0] } else { x[1] }])),
        ("comparison", message(|x| vec![if x[0] > 1.0 { x[0] } else { x[1] }])),
        ("primal", message(|x| vec![x[0] * x[1].primal()])),
        ("is_zero", message(|x| vec![if num_traits::Zero::is_zero(&x[0]) { x[0] } else { x[1] }])),
        ("to_f64", message(|x| vec![x[0] * num_traits::ToPrimitive::to_f64(&x[1]).unwrap()])),
    ] {
        assert!(message.starts_with(&format!("{what}: a symbol has no value")), "{message}");
        assert!(message.contains("R::choose(a.less(b), || yes, || no)"), "{message}");
    }
}

#[test]
fn constants_have_values() {
    fn power<R: Real>(x: R, n: R) -> R {
        if n > 2.0 { x * x * x } else { x * x }
    }
    let graph = Graph::record(1, |x| vec![power(x[0], Symbol::from(3.0))]);
    assert_eq!(graph.nodes().len(), 3);
    assert_eq!(-Symbol::lit(2.0), -2.0);
}

#[test]
fn symbols_belong_to_their_recording() {
    let mut kept = None;
    Graph::record(1, |x| {
        kept = Some(x[0]);
        vec![x[0]]
    });
    let stale = kept.expect("recorded");
    assert!(
        message(move |x| vec![x[0] + stale]).starts_with("symbol: it belongs to another recording")
    );
    let inner = message(|x| {
        let outer = x[0];
        Graph::record(1, |y| vec![y[0] * outer]);
        vec![]
    });
    assert!(inner.starts_with("symbol: it belongs to another recording"), "{inner}");
    let outside = catch_unwind(|| stale + stale).expect_err("a panic");
    assert!(
        outside
            .downcast_ref::<String>()
            .is_some_and(|text| text.contains("no recording is active"))
    );
}

#[test]
fn recordings_nest_and_survive_panics() {
    let graph = Graph::record(1, |x| {
        let _ = catch_unwind(|| Graph::record(1, |_| panic!("interrupted")));
        let inner = Graph::record(1, |y| vec![y[0].exp()]);
        assert_eq!(inner.nodes().len(), 2);
        vec![x[0] + x[0]]
    });
    assert_eq!(graph.nodes(), [Node::Input(0), Node::Add(0, 0)]);
}

#[test]
fn parameters_are_part_of_a_function() {
    let power = |n| Graph::record(1, |x| vec![Number::apply(Powi { n }, [x[0]])]);
    assert_eq!(power(3), power(3));
    assert_ne!(power(3), power(4));
}

#[test]
fn programs_of_every_kind_are_recorded() {
    fn program<R: Real>(x: &[R]) -> R {
        let [y] = preaccumulate(|x| [x[0] * x[1] + 1.0], x);
        let total: R = x.iter().copied().sum();
        let mut z = y % total;
        z += 2.0;
        z /= x.iter().product::<R>();
        (z.max(0.5).sin_cos().0 - 1.0) * -1.0
    }
    let graph = Graph::record(2, |x| vec![program(x)]);
    assert!(graph.unknown_function().is_none());
}
