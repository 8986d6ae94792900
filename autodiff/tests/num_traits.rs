//! Code that knows `num_traits` and none of our types, as other crates have it.

use nalgebra::Complex;
use num_traits::{
    Bounded, Float, FloatConst, FromPrimitive, Inv, MulAdd, MulAddAssign, Num, NumAssign, NumCast,
    One, Pow, Signed, ToPrimitive, Zero,
};
use wengert_autodiff::{
    Dual, DualVec, Number, Tape, Taylor, Var, derivative, derivatives, gradient, hessian,
};

#[track_caller]
fn close(got: f64, want: f64) {
    let error = (got - want).abs();
    assert!(error <= 1e-12 * want.abs().max(1.0), "{got} is not {want}: off by {error:e}");
}

/// f and its derivatives up to the third at `at`, in every mode.
macro_rules! check {
    ($f:expr, $at:expr, $want:expr) => {{
        let (at, want): (f64, [f64; 4]) = ($at, $want);
        close($f(at), want[0]);
        let tangent = $f(Dual::new(at, 1.0));
        close(tangent.value, want[0]);
        close(tangent.tangent(), want[1]);
        let series = $f(Taylor::<f64, 3>::variable(at));
        (0..4).for_each(|k| close(series.derivative(k), want[k]));
        let tape = Tape::new();
        let x = tape.var(at);
        close(tape.gradient($f(x)).wrt(x), want[1]);
        let tape = Tape::new();
        let x = tape.var(Dual::new(at, 1.0));
        let slope = tape.gradient($f(x)).wrt(x);
        close(slope.value, want[1]);
        close(slope.tangent(), want[2]);
    }};
}

/// A root by Newton's method, from a derivative of the caller's.
fn newton<F: Float>(f: impl Fn(F) -> F, slope: impl Fn(F) -> F, mut x: F) -> F {
    for _ in 0..100 {
        let step = f(x) / slope(x);
        x = x - step;
        if step.abs() < F::epsilon() * x.abs() {
            break;
        }
    }
    // Once more, for the derivatives: they converge one step behind the value.
    (0..3).fold(x, |x, _| x - f(x) / slope(x))
}

#[test]
fn newton_finds_roots_with_derivatives() {
    // y² = x
    fn root<F: Float>(x: F) -> F {
        let two = F::one() + F::one();
        newton(|y| y * y - x, |y| two * y, x)
    }
    check!(root, 4.0, [2.0, 0.25, -1.0 / 32.0, 3.0 / 256.0]);
    // y + eʸ = x, with y′ = 1 / (1 + eʸ); at x = 1, y = 0.
    fn implicit<F: Float>(x: F) -> F {
        newton(|y| y + y.exp() - x, |y| F::one() + y.exp(), x)
    }
    check!(implicit, 1.0, [0.0, 0.5, -1.0 / 8.0, 1.0 / 32.0]);
}

fn horner<F: Float + NumAssign>(coefficients: &[F], x: F) -> F {
    let mut sum = F::zero();
    for &c in coefficients.iter().rev() {
        sum *= x;
        sum += c;
    }
    sum
}

#[test]
fn polynomial() {
    fn p<F: Float + NumAssign + FromPrimitive>(x: F) -> F {
        let coefficients = [4, -3, 2, 1].map(|c| F::from_i32(c).unwrap());
        horner(&coefficients, x)
    }
    check!(p, 2.0, [14.0, 17.0, 16.0, 6.0]);
    let by_coefficient = gradient(|c| horner(c, Var::constant(3.0)), &[1.0, 1.0, 1.0]);
    assert_eq!(by_coefficient, [1.0, 3.0, 9.0]);
}

/// Simpson's rule.
fn simpson<F>(f: impl Fn(F) -> F, from: F, to: F, intervals: usize) -> F
where
    F: Float + FloatConst + FromPrimitive + Signed + NumAssign,
{
    let step = (to - from) / F::from_usize(2 * intervals).unwrap();
    let mut sum = f(from) + f(to);
    for k in 1..2 * intervals {
        let weight = if k % 2 == 1 { 4.0 } else { 2.0 };
        let at = from + step * F::from_usize(k).unwrap();
        sum += <F as NumCast>::from(weight).unwrap() * f(at);
    }
    Signed::abs(&(sum * step / F::from_f64(3.0).unwrap()))
}

#[test]
fn quadrature() {
    // ∫ sin(x t) dt from 0 to π = (1 − cos π x) / x
    fn integral<F: Float + FloatConst + FromPrimitive + Signed + NumAssign>(x: F) -> F {
        simpson(|t| Float::sin(x * t), F::zero(), F::PI(), 2000)
    }
    let pi = f64::PI();
    check!(integral, 1.0, [2.0, -2.0, 4.0 - pi * pi, 3.0 * pi * pi - 12.0]);
    // By the upper bound, it is the integrand.
    fn to<F: Float + FloatConst + FromPrimitive + Signed + NumAssign>(x: F) -> F {
        simpson(Float::exp, F::zero(), x, 2000)
    }
    let e = f64::E();
    check!(to, 1.0, [e - 1.0, e, e, e]);
}

/// The geometric mean of arithmetic and geometric mean, …
fn arithmetic_geometric_mean<F: Float>(mut a: F, mut b: F) -> F {
    while (a - b).abs() > F::epsilon().sqrt() * a.max(b) {
        (a, b) = ((a + b) / (F::one() + F::one()), (a * b).sqrt());
    }
    (a + b) / (F::one() + F::one())
}

#[test]
fn iteration_to_convergence() {
    // M(a, b) is symmetric and of degree 1, so that ∂M/∂a = ∂M/∂b = M/2a where a = b.
    let g = gradient(|x| arithmetic_geometric_mean(x[0], x[1]), &[1.5, 1.5]);
    assert_eq!(g, [0.5, 0.5]);
    // Euler: a ∂M/∂a + b ∂M/∂b = M, and the Hessian annuls (a, b).
    let x = [1.0, 3.0];
    let g = gradient(|x| arithmetic_geometric_mean(x[0], x[1]), &x);
    close(g[0] + 3.0 * g[1], arithmetic_geometric_mean(1.0, 3.0));
    let h = hessian(|x| arithmetic_geometric_mean(x[0], x[1]), &x);
    close(h[(0, 0)] + 3.0 * h[(0, 1)], 0.0);
    close(h[(0, 1)] + 3.0 * h[(1, 1)], 0.0);
}

#[test]
fn complex_numbers() {
    // The functions of complex numbers are real code of another crate. Along a holomorphic f,
    // ∂/∂x Re f(x + i y) = Re f′ and ∂/∂y Re f = −Im f′.
    type Function<F> = fn(Complex<F>) -> Complex<F>;
    let z = Complex::new(0.3, -0.7);
    let cases: [(Function<Var<f64>>, Complex<f64>); 6] = [
        (|z| z.exp(), z.exp()),
        (|z| z.ln(), z.inv()),
        (|z| z.sin(), z.cos()),
        (|z| z.tanh(), (z.cosh() * z.cosh()).inv()),
        (|z| z.sqrt(), (z.sqrt() * 2.0).inv()),
        (|z| z.powi(3) / z, z * 2.0),
    ];
    for (f, slope) in cases {
        let g = gradient(|x| f(Complex::new(x[0], x[1])).re, &[z.re, z.im]);
        close(g[0], slope.re);
        close(g[1], -slope.im);
    }
}

/// Every method of `Float` that computes.
fn methods<F: Float>(x: F) -> Vec<F> {
    let two = F::one() + F::one();
    let (sin, cos) = x.sin_cos();
    #[rustfmt::skip]
    let all = vec![
        sin, cos, x.sin(), x.cos(), x.tan(), x.asin(), x.acos(), x.atan(), x.atan2(two),
        x.sinh(), x.cosh(), x.tanh(), x.asinh(), (x + two).acosh(), x.atanh(),
        x.exp(), x.exp2(), x.exp_m1(), x.ln(), x.log(two), two.log(x), x.log2(), x.log10(),
        x.ln_1p(),
        x.sqrt(), x.cbrt(), x.recip(), x.powi(-3), x.powf(two), two.powf(x), x.hypot(two),
        (-x).abs(), x * x.signum(), x.copysign(-two), x * x.floor(), x * x.ceil(), x * x.round(),
        x * x.trunc(), x.fract(), x.max(-x), x.min(-x), two.clamp(-x, x), x.mul_add(x, two),
        x.abs_sub(-x), (-x).abs_sub(x), x.to_degrees(), x.to_radians(), two % x, x + F::epsilon(),
        x * F::max_value().recip(), x * F::min_value().recip(), x + F::min_positive_value(),
        x + F::neg_zero(),
    ];
    all
}

#[test]
fn methods_of_float() {
    let x = 0.61;
    let plain = methods(x);
    let slope = |k: usize, step: f64| (methods(x + step)[k] - methods(x - step)[k]) / (2.0 * step);
    let dual = methods(Dual::new(x, 1.0));
    let reverse = wengert_autodiff::jacobian(|x| methods(x[0]), &[x]);
    for (k, y) in dual.iter().enumerate() {
        assert_eq!(y.value, plain[k]);
        let want = (4.0 * slope(k, 1e-4) - slope(k, 2e-4)) / 3.0;
        for got in [y.tangent(), reverse[(k, 0)]] {
            assert!((got - want).abs() < 1e-9 * want.abs().max(1.0), "method {k}: {got}, {want}");
        }
    }
}

#[test]
fn questions_of_float() {
    fn answers<F: Float>(x: F) -> ([bool; 6], core::num::FpCategory, (u64, i16, i8)) {
        let [a, b, c] = [x.is_nan(), x.is_infinite(), x.is_finite()];
        let [d, e, f] = [x.is_normal(), x.is_sign_positive(), x.is_sign_negative()];
        ([a, b, c, d, e, f], x.classify(), x.integer_decode())
    }
    let special = [f64::nan(), f64::infinity(), f64::neg_infinity(), 0.0, -0.0, 1e-310, 1.5, -1.5];
    for x in special {
        assert_eq!(answers(Dual::new(x, 1.0)), answers(x));
        assert_eq!(answers(Taylor::<f64, 2>::variable(x)), answers(x));
        assert_eq!(answers(Tape::new().var(x)), answers(x));
    }
    assert!(Dual::<f64>::nan().is_nan() && Var::<f64>::neg_infinity() < f64::MIN);
}

#[test]
fn other_traits() {
    // Of F = f64 and of numbers that carry derivatives: 2 |x|³ + x + 1/x, for x < 0.
    fn f<F>(x: F) -> F
    where
        F: Copy + Num + Signed + Inv<Output = F> + Pow<i32, Output = F> + MulAdd<Output = F>,
        F: MulAddAssign + Bounded + NumCast + PartialOrd,
    {
        assert!(F::min_value() < x && x < F::max_value());
        let mut y = Signed::abs(&x).pow(3).mul_add(F::one() + F::one(), x);
        let two = F::from_str_radix("2", 10).ok().unwrap();
        y.mul_add_assign(F::one(), x.inv() * (two - F::one()));
        assert!(x.is_negative() != x.is_positive() && y.to_i32() == Some(13));
        assert!(x.abs_sub(&two).is_zero() && x.signum() == -F::one());
        y
    }
    check!(f, -2.0, [13.5, -23.25, 24.0 - 0.25, -12.0 - 0.375]);
}

#[test]
fn conversions_and_constants() {
    let x: DualVec<f32, 2> = NumCast::from(0.5_f64).unwrap();
    assert_eq!((x.value, x.tangents), (0.5, [0.0; 2]));
    assert_eq!(Dual::new(3.75, 1.0).to_u8(), Some(3));
    assert_eq!(<i64 as NumCast>::from(Dual::new(-3.75, 1.0)), Some(-3));
    assert_eq!(Dual::new(-3.75, 1.0).to_u64(), None);
    assert_eq!(Dual::new(3.75_f32, 1.0).to_f64(), Some(3.75));
    assert_eq!(Var::<f64>::from_u128(7).unwrap(), 7.0);
    assert!(Var::<f64>::from_i8(-7).unwrap().is_constant());
    assert_eq!(<Taylor<f64, 2> as FloatConst>::TAU()[0], core::f64::consts::TAU);
    assert_eq!(Dual::<f32>::LN_2().value, core::f32::consts::LN_2);
    assert!(Dual::<f64>::from_str_radix("x", 10).is_err());
}

/// Zeros and ones are questions about the value, and constants as answers.
#[test]
fn zero_and_one() {
    let mut x = Dual::new(0.0, 1.0);
    assert!(x.is_zero() && !x.is_one());
    x.set_one();
    assert!(x.is_one() && x.is_structural_zero() == x.is_zero() && x.tangent() == 0.0);
}

/// With `Float` in scope, as in this file, methods of concrete types are not ambiguous.
#[test]
fn concrete_types_beside_float() {
    let x = Dual::new(0.5, 1.0);
    assert_eq!(x.sin().tangent(), 0.5.cos());
    assert_eq!(x.max(0.25).min(1.0).abs().powi(2).tangent(), 1.0);
    close(x.atan2(1.0).tangent(), 0.8);
    assert!(x.is_finite() && x.erf().is_finite());
    assert_eq!(derivative(|x| x.sqrt() + x.signum(), 4.0), 0.25);
    assert_eq!(gradient(|x| x[0].powf(2.0) * x[1].abs(), &[3.0, -1.0]), [6.0, -9.0]);
    assert_eq!(derivatives::<2>(|x| x.mul_add(x, x), 1.0)[2], 2.0);
    assert_eq!(0.5.sin(), x.sin().value);
}
