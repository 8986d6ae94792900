//! What number types do beside the rules: literals, text, and what they know of themselves.

use wengert_autodiff::rules::SpecialFunctions;
use wengert_autodiff::{
    Dual, DualVec, Function, Number, Real, Tape, Taylor, Var, derivative, derivatives, gradient,
    hessian,
};

/// All operators with a literal, in all their forms.
fn with_literals<R: Real>(x: R) -> Vec<R> {
    let mut assigned = [x; 4];
    assigned[0] += 2.5;
    assigned[1] -= 2.5;
    assigned[2] *= 2.5;
    assigned[3] /= 2.5;
    let mut y = vec![x + 2.5, x - 2.5, x * 2.5, x / 2.5];
    y.extend(assigned);
    let c = R::from(2.5);
    y.extend([c + x, c - x, c * x, c / x, x % c, -x]);
    y
}

/// Values, first and second derivatives of these at 4.
const VALUES: [f64; 14] =
    [6.5, 1.5, 10.0, 1.6, 6.5, 1.5, 10.0, 1.6, 6.5, -1.5, 10.0, 0.625, 1.5, -4.0];
const FIRST: [f64; 14] =
    [1.0, 1.0, 2.5, 0.4, 1.0, 1.0, 2.5, 0.4, 1.0, -1.0, 2.5, -0.15625, 1.0, -1.0];

fn second(k: usize) -> f64 {
    if k == 11 { 0.078125 } else { 0.0 }
}

#[test]
fn operators_with_literals() {
    assert_eq!(with_literals(4.0), VALUES);
    for k in 0..VALUES.len() {
        let y = with_literals(DualVec { value: 4.0, tangents: [1.0, -2.0, 0.0] })[k];
        assert_eq!((y.value, y.tangents), (VALUES[k], [FIRST[k], -2.0 * FIRST[k], 0.0]));
        let y = with_literals(Dual::<f32>::new(4.0, 1.0))[k];
        assert_eq!((y.value, y.tangent()), (VALUES[k] as f32, FIRST[k] as f32));
        let y = with_literals(Taylor::<f64, 2>::variable(4.0))[k];
        assert_eq!([y[0], y[1], y.derivative(2)], [VALUES[k], FIRST[k], second(k)]);
        assert_eq!(gradient(|x| with_literals(x[0])[k], &[4.0]), [FIRST[k]]);
        assert_eq!(hessian(|x| with_literals(x[0])[k], &[4.0])[(0, 0)], second(k));
        let y = with_literals(Dual::new(Dual::new(4.0, 1.0), Dual::new(1.0, 0.0)))[k];
        assert_eq!(
            (y.value.value, y.value.tangent(), y.tangent().value),
            (VALUES[k], FIRST[k], FIRST[k])
        );
        assert_eq!(y.tangent().tangent(), second(k));
        let tape = Tape::new();
        let x = tape.var(Taylor::<f64, 1>::variable(4.0));
        let y = with_literals(x)[k];
        assert_eq!([y.value()[0], y.value()[1]], [VALUES[k], FIRST[k]]);
        let slope = tape.gradient(y).wrt(x);
        assert_eq!([slope[0], slope[1]], [FIRST[k], second(k)]);
    }
}

/// A derivative of zero stays zero, whatever it is divided by.
#[test]
fn constants_over_zero() {
    let zero = Dual::<f64>::from(0.0);
    assert_eq!((Dual::from(1.0) / zero).tangent(), 0.0);
    assert_eq!((Dual::<f64>::from(1.0) / 0.0).tangent(), 0.0);
    let series = Taylor::<f64, 2>::from(1.0) / Taylor::from(0.0);
    assert_eq!([series[0], series[1], series[2]], [f64::INFINITY, 0.0, 0.0]);
    assert_eq!(derivative(|x| x * 0.0 + f64::INFINITY, 1.0), 0.0);
}

#[test]
fn sums_with_constants_among_the_terms() {
    for n in [1, 2, 31, 32, 33, 64, 65, 100] {
        for constants in [0, 1, n / 2, n] {
            let tape = Tape::new();
            let x = tape.var(2.0);
            let terms: Vec<Var<f64>> =
                (0..n).map(|k| if k < constants { Var::from(1.0) } else { x * 3.0 }).collect();
            let sum: Var<f64> = terms.iter().sum();
            let variables = (n - constants) as f64;
            assert_eq!(sum.value(), 6.0 * variables + constants as f64);
            assert_eq!(tape.gradient(sum).wrt(x), 3.0 * variables);
            assert_eq!(sum.is_constant(), constants == n);
        }
    }
}

#[test]
fn choices_between_numbers() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(3.0));
    for (mask, want) in [(true, [1.0, 0.0]), (false, [0.0, 1.0])] {
        let z = Number::blend(mask, x, y);
        assert_eq!(
            (z.value(), tape.gradient(z).wrt_slice(&[x, y])),
            (3.0 - want[0], want.to_vec())
        );
        let z = Dual::blend(mask, Dual::new(2.0, 5.0), Dual::new(3.0, 7.0));
        assert_eq!((z.value, z.tangent()), (3.0 - want[0], 7.0 - 2.0 * want[0]));
        let z = Taylor::blend(mask, Taylor::new(2.0, [5.0]), Taylor::new(3.0, [7.0]));
        assert_eq!((z[0], z[1]), (3.0 - want[0], 7.0 - 2.0 * want[0]));
    }
}

#[test]
fn zero_and_finite_mean_all_components() {
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(!bad.is_finite_throughout() && 1.0_f64.is_finite_throughout());
        assert!(!Dual::new(bad, 0.0).is_finite_throughout());
        assert!(!Dual::new(0.0, bad).is_finite_throughout());
        assert!(!Taylor::new(bad, [0.0]).is_finite_throughout());
        assert!(!Taylor::new(0.0, [bad]).is_finite_throughout());
        assert!(!Var::constant(bad).is_finite_throughout());
        assert!(!Var::constant(Dual::new(1.0, bad)).is_finite_throughout());
    }
    assert!(Dual::new(1.0, 0.0).is_finite_throughout());
    assert!(Taylor::new(1.0, [0.0]).is_finite_throughout());
    assert!(Var::constant(1.0).is_finite_throughout());

    assert!(Dual::new(0.0, 0.0).is_structural_zero());
    assert!(!Dual::new(0.0, 1.0).is_structural_zero() && !Dual::new(1.0, 0.0).is_structural_zero());
    assert!(Taylor::new(0.0, [0.0]).is_structural_zero());
    assert!(!Taylor::new(0.0, [1.0]).is_structural_zero());
    assert!(!Taylor::new(1.0, [0.0]).is_structural_zero());
    assert!(Var::constant(0.0).is_structural_zero() && !Var::constant(1.0).is_structural_zero());
    assert!(!Tape::new().var(0.0).is_structural_zero());

    // Products of numbers beside zeros and infinities: a zero wins if it is one throughout.
    let (zero, infinite) = (Dual::new(0.0, 0.0), Dual::new(f64::INFINITY, 0.0));
    for product in [zero.strong_mul(infinite), infinite.strong_mul(zero)] {
        assert_eq!((product.value, product.tangent()), (0.0, 0.0));
    }
    let product = Dual::new(0.0, 1.0).strong_mul(Dual::new(2.0, 3.0));
    assert_eq!((product.value, product.tangent()), (0.0, 2.0));
    let product = Dual::new(5.0, 1.0).strong_mul(Dual::new(2.0, 3.0));
    assert_eq!((product.value, product.tangent()), (10.0, 17.0));
    assert!(Dual::new(0.0, 1.0).strong_mul(infinite).value.is_nan());
}

#[test]
fn text() {
    assert_eq!(Dual::new(1.5, -2.0).to_string(), "1.5 + [-2]ε");
    assert_eq!(DualVec { value: 1.5, tangents: [1.0, 2.0, 3.0] }.to_string(), "1.5 + [1, 2, 3]ε");
    assert_eq!(Taylor::new(1.5, [2.0, 3.0, 4.0]).to_string(), "1.5 + 2t + 3t^2 + 4t^3");
    assert_eq!(Var::constant(1.5).to_string(), "1.5");
    assert_eq!(
        format!("{:?} {:?}", Var::constant(1.5), Tape::new().var(2.5)),
        "constant(1.5) var(2.5)"
    );
}

#[test]
fn powers_of_small_integers() {
    for n in 0..12 {
        let d = derivatives::<3>(|x| x.powi(n), 2.0);
        let factors = [1, n, n * (n - 1), n * (n - 1) * (n - 2)].map(f64::from);
        for (order, factor) in factors.into_iter().enumerate() {
            let want = if factor == 0.0 { 0.0 } else { factor * 2.0_f64.powi(n - order as i32) };
            assert_eq!(d[order], want, "x^{n}, order {order}");
            let d = derivatives::<3>(|x| x.powf(f64::from(n)), 2.0);
            assert_eq!(d[order], want, "x^{n}.0, order {order}");
        }
    }
}

/// To the bit, although the coefficients are found by other products.
#[test]
fn values_of_series_are_the_plain_ones() {
    for x in [0.7, 1.1, 1.3, 2.7] {
        for n in -9..12 {
            assert_eq!(Taylor::<f64, 2>::variable(x).powi(n)[0], x.powi(n), "{x}^{n}");
        }
        let h = Taylor::<f64, 2>::line(1e-3, 0.5);
        let y = Taylor::<f64, 2>::variable(x).polygamma_difference(h, 1);
        assert_eq!(y[0], x.polygamma_difference(1e-3, 1));
    }
}

/// A turn of a vector by an angle, and its length.
struct Turn;

impl Function<3, 3> for Turn {
    fn call<R: Real>(&self, [angle, x, y]: [R; 3]) -> [R; 3] {
        let (sin, cos) = angle.sin_cos();
        [x * cos - y * sin, x * sin + y * cos, x.hypot(y)]
    }
}

#[test]
fn fused_functions_of_numbers_with_many_tangents() {
    fn check<const N: usize>(x: [DualVec<f64, N>; 3]) {
        for (fused, plain) in Turn.fuse(x).into_iter().zip(Turn.call(x)) {
            assert_eq!(fused.value, plain.value);
            for (fused, plain) in fused.tangents.into_iter().zip(plain.tangents) {
                assert!((fused - plain).abs() <= 1e-14, "{N}: {fused} instead of {plain}");
            }
        }
    }
    fn number<const N: usize>(value: f64, k: usize) -> DualVec<f64, N> {
        DualVec { value, tangents: std::array::from_fn(|j| ((7 * j + 3 * k) % 5) as f64 - 2.0) }
    }
    // As many tangents as arguments, about twice as many, and more.
    check::<3>([number(0.5, 0), number(3.0, 1), number(4.0, 2)]);
    check::<5>([number(0.5, 0), number(3.0, 1), number(4.0, 2)]);
    check::<6>([number(0.5, 0), number(3.0, 1), number(4.0, 2)]);
    check::<15>([number(0.5, 0), DualVec::constant(3.0), number(4.0, 2)]);
    check::<15>([DualVec::constant(0.5), number(3.0, 1), number(4.0, 2)]);
    // The length of a vector has no derivative where it is zero, but none is asked for where the elements are constants.
    let [.., length] =
        Turn.fuse([number::<15>(0.5, 0), DualVec::constant(0.0), DualVec::constant(0.0)]);
    assert_eq!((length.value, length.tangents), (0.0, [0.0; 15]));
}

/// √(x − y)
struct Rooted;

impl Function<2> for Rooted {
    fn call<R: Real>(&self, [x, y]: [R; 2]) -> [R; 1] {
        [(x - y).sqrt()]
    }
}

/// 10⁴⁰⁰ x
struct Large;

impl Function<1> for Large {
    fn call<R: Real>(&self, [x]: [R; 1]) -> [R; 1] {
        [x * 1e200 * 1e200]
    }
}

#[test]
fn fused_functions_where_partials_are_not_finite() {
    // What the root is taken of does not change, so that its infinite slope does not matter.
    let x = DualVec { value: 1.0, tangents: [1.0, 2.0, 0.0, 0.0] };
    let [root] = Rooted.fuse([x, x]);
    assert_eq!((root.value, root.tangents), (0.0, [0.0; 4]));
    // The slope overflows, and the derivative does not.
    let [large] = Large.fuse([DualVec { value: 1e-300, tangents: [1e-300, 0.0] }]);
    assert_eq!(
        (large.value, large.tangents),
        (1e-300 * 1e200 * 1e200, [1e-300 * 1e200 * 1e200, 0.0])
    );
}
