//! The tools that the laws are made of.

use wengert_proptests::check::Rounded;
use wengert_proptests::check::differences::{Estimate, derivatives};
use wengert_proptests::modes::unless_panic;
use wengert_proptests::references::all;
use wengert_proptests::ulps::{same, ulps, ulps_single};

#[test]
fn ulps_count_neighbours() {
    assert_eq!(ulps(1.0_f64.next_up(), 1.0), 1.0);
    assert_eq!(ulps(1.0, 1.0), 0.0);
    assert_eq!(ulps(f64::NAN, f64::NAN), 0.0);
    assert_eq!(ulps(f64::INFINITY, 1.0), f64::INFINITY);
    assert_eq!(ulps(f64::from_bits(3), f64::from_bits(1)), 2.0);
    assert_eq!(ulps(f64::MAX, f64::MAX.next_down()), 1.0);
    assert_eq!(ulps_single(1.0_f32.next_up(), 1.0), 1.0);
}

#[test]
fn same_tells_zeros_apart() {
    assert!(!same(0.0, -0.0) && same(f64::NAN, -f64::NAN));
}

#[test]
fn panics_become_none() {
    assert_eq!(unless_panic(|| 1), Some(1));
    assert_eq!(unless_panic(|| -> u8 { panic!("expected") }), None);
}

#[test]
fn the_files_are_read() {
    let half = all().iter().find(|r| r.name == "sin" && r.x == [0.5]).expect("sin at ½");
    assert_eq!(half.along[0].1[1], 0.877_582_561_890_372_8);
    let triangle = all().iter().find(|r| r.name == "hypot" && r.x == [3.0, 4.0]).expect("3, 4");
    assert_eq!(triangle.along[0].1, [5.0, 0.6, 0.128]);
    assert_eq!(triangle.mixed, Some(-0.096));
}

fn derivative(f: impl Fn(f64) -> f64, x: f64) -> Estimate {
    let rounded = |x: &[f64]| {
        let value = f(x[0]);
        vec![Rounded { value, error: f64::EPSILON * value.abs() }]
    };
    derivatives(&rounded, &[x], 0)[0]
}

#[test]
fn errors_are_small_and_honest() {
    type Case = (fn(f64) -> f64, f64, f64);
    let cases: [Case; 7] = [
        (f64::sin, 1.0, 1.0_f64.cos()),
        (f64::exp, -20.0, (-20.0_f64).exp()),
        (f64::ln, 1e-200, 1e200),
        (|x| (30.0 * x).sin(), 2.0, 30.0 * 60.0_f64.cos()),
        (|x| x.sqrt(), 1e-9, 0.5 / 1e-9_f64.sqrt()),
        (|x| (x - 1.0).recip(), 1.0 + 1e-5, -1e10),
        (|x| 1.0 / x.ln(), 1.0 + 2.0_f64.powi(-30), -2.0_f64.powi(60)),
    ];
    for (f, x, exact) in cases {
        let Estimate { value, error } = derivative(f, x);
        // (Some arguments and results are a little off: by 1e-16 / 1e-5 for 1 + 1e-5.)
        let difference = (value - exact).abs();
        assert!(difference <= 4.0 * error + 1e-8 * exact.abs(), "{value} ± {error}: {exact}");
        assert!(error <= 1e-4 * exact.abs(), "{value} ± {error}: {exact}");
    }
}

#[test]
fn kinks_poles_and_jumps_have_no_derivative() {
    assert!(derivative(f64::abs, 0.0).error.is_infinite());
    assert!(derivative(|x| x.max(1.0) + x.sin(), 1.0).error.is_infinite());
    assert!(derivative(|x| if x < 1.0 { 0.0 } else { x * x }, 1.0).error.is_infinite());
    assert!(derivative(f64::recip, 0.0).error.is_infinite());
    assert!(derivative(f64::ln, 0.0).error.is_infinite());
}

#[test]
fn kinks_and_jumps_elsewhere_do_not_matter() {
    for at in [0.3, 0.01, 1e-5] {
        let Estimate { value, error } = derivative(|x| x * x + (x - at).abs(), 0.0);
        assert!((value + 1.0).abs() <= 4.0 * error && error < 1e-4, "{value} ± {error}");
        let Estimate { value, error } = derivative(|x| x + (x / at + 0.9).floor(), 0.0);
        assert!((value - 1.0).abs() <= 4.0 * error && error < 1e-4, "{value} ± {error}");
    }
}

#[test]
fn stairs_are_level() {
    let Estimate { value, error } = derivative(f64::floor, 2.5);
    assert!(value.abs() <= error && error < 1e-6, "{value} ± {error}");
}
