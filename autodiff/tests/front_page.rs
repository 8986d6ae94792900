//! The code of the front page, in the spelling of the front page.

use wengert_autodiff::{
    Dual, DualVec, Number, Real, Taylor, Var, derivative, derivatives, gradient, gradient_forward,
    hessian, hvp, jvp, third_derivative, value_and_gradient,
};

fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}

#[track_caller]
fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= 4.0 * f64::EPSILON * want.abs(), "{got} is not {want}");
}

#[test]
fn rosenbrock_of_every_kind() {
    let x = [-1.2, 1.0];
    let (value, gradient) = value_and_gradient(rosenbrock, &x);
    close(value, 24.2);
    close(gradient[0], -215.6);
    close(gradient[1], -88.0);
    assert_eq!(gradient_forward(|x| rosenbrock(&x), x), gradient[..]);
    let h = hessian(rosenbrock, &x);
    close(h[(0, 0)], 1330.0);
    close(h[(0, 1)], 480.0);
    close(h[(1, 0)], 480.0);
    close(h[(1, 1)], 200.0);
    let hv = hvp(rosenbrock, &x, &[1.0, 2.0]);
    close(hv[0], 2290.0);
    close(hv[1], 880.0);
}

#[test]
fn forward_mode_and_series() {
    let (y, dy) = jvp(|x: &[Dual<f64>]| vec![x[0] * x[1], x[0].sin()], &[2.0, 3.0], &[1.0, 0.0]);
    assert_eq!(y, [6.0, 2.0_f64.sin()]);
    assert_eq!(dy, [3.0, 2.0_f64.cos()]);
    let ratio = |[x, y]: [DualVec<f64, 2>; 2]| if y == 0.0 { Err("y = 0") } else { Ok(x / y) };
    assert_eq!(gradient_forward(ratio, [3.0, 2.0]), Ok([0.5, -0.75]));
    assert_eq!(gradient_forward(ratio, [3.0, 0.0]), Err("y = 0"));
    let d = derivatives::<4>(|t: Taylor<f64, 4>| t.sin(), 0.3);
    let (sin, cos) = 0.3_f64.sin_cos();
    for (got, want) in d.iter().zip([sin, cos, -sin, -cos, sin]) {
        close(*got, want);
    }
}

/// Generic code needs no ceremony: literals, arguments, comparisons, loops.
fn program<R: Real>(x: R, y: &R) -> R {
    let mut z = x * 2.0 - 1.0 + *y / 3.0;
    z += 0.5;
    z *= y;
    while z < 100.0 {
        z = z * 2.0 + x.max(0.0).powf(1.5) + y.atan2(2.0) + x.hypot(*y) + x.clamp(0.0, 10.0);
    }
    if z > x { z % 1000.0 } else { -z + R::from(1.0) + R::one() }
}

fn single<R: Number>(x: R) -> R {
    R::lit(2.0) * x + x.sin() - R::one()
}

#[test]
fn generic_programs() {
    let at = program(3.0, &4.0);
    assert_eq!(program(Dual::new(3.0, 1.0), &Dual::from(4.0)).value, at);
    let slope = derivative(|x| program(x, &Dual::from(4.0)), 3.0);
    let [h, quotient] = [1e-6, (program(3.0 + 1e-6, &4.0) - program(3.0 - 1e-6, &4.0)) / 2e-6];
    assert!((slope - quotient).abs() < h * quotient.abs(), "{slope} is not {quotient}");
    close(gradient(|x| program(x[0], &x[1]), &[3.0, 4.0])[0], slope);
    assert_eq!(single(0.0_f32), -1.0_f32);
    assert_eq!(derivative(single, 0.0_f32), 3.0_f32);
    assert_eq!(gradient(rosenbrock, &[2.0_f32, 4.0]), [2.0_f32, 0.0]);
    let nested = program(Var::<Dual<f64>>::from(3.0), &Var::from(4.0));
    assert_eq!(nested.value().value, at);
    assert_eq!(program(Taylor::<Dual<f64>, 4>::from(3.0), &Taylor::from(4.0))[0].value, at);
}

#[test]
fn literals_on_either_side() {
    let x = Dual::new(3.0, 1.0);
    let y = 2.0 * x + 1.0 / x - (4.0 - x) % 10.0;
    assert_eq!(y.value, 2.0 * 3.0 + 1.0 / 3.0 - 1.0);
    let x = Dual::new(3.0_f32, 1.0);
    assert_eq!((2.0 * x).tangent(), 2.0_f32);
    let total: Dual<f64> = [1.0, 2.0].iter().map(|&c| Dual::new(c, 1.0) * 2.0).sum();
    assert_eq!(total.tangent(), 4.0);
}

#[test]
fn third_orders() {
    let cube = |x: &[_]| x[0] * x[0] * x[0];
    assert_eq!(third_derivative(cube, &[5.0], &[1.0], &[1.0], &[1.0]), 6.0);
}

#[test]
fn handles_are_small_and_free() {
    fn is_free<T: Copy + Send + Sync + 'static>() {}
    is_free::<Var<f64>>();
    is_free::<Var<Dual<Var<f64>>>>();
    assert_eq!(size_of::<Var<f64>>(), 16);
}
