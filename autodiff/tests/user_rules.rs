//! A function that the library does not know, added in one place, has every mode and every nesting.

use wengert_autodiff::{
    Dual, DualVec, Number, Real, Rule, RuleVisitor, Tape, Taylor, Var, derivative, derivatives,
    gradient, hessian, hvp, jacobian, jvp, third_derivative, vjp,
};

wengert_autodiff::rules! {
    /// Functions of our own.
    pub trait OurFunctions;

    /// x² eˣ
    bump(x) = Bump {
        value: x * x * x.exp(),
        partials: [x * (x + R::lit(2.0)) * x.exp()],
        smooth: true,
    }

    /// c / (x y): with a parameter, and with a derivative by the value.
    share(x, y; c: f64 in [0.5, 3.0]) -> z = Share {
        value: F::nearest(c) / (x * y),
        partials: [-z / x, -z / y],
        smooth: x != 0.0 && y != 0.0,
    }

    /// x y z
    volume(x, y, z) = Volume {
        value: x * y * z,
        partials: [y * z, x * z, x * y],
        smooth: true,
    }
}

/// x² eˣ without the rule
fn plain<R: Number>(x: R) -> R {
    x * x * x.exp()
}

#[track_caller]
fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-13 * want.abs().max(1.0), "{got} is not {want}");
}

/// Derivatives of x² eˣ: (x² + 2kx + k(k − 1)) eˣ.
fn exact(k: i32, x: f64) -> f64 {
    let k = f64::from(k);
    (x * x + 2.0 * k * x + k * (k - 1.0)) * x.exp()
}

const X: f64 = 0.7;

#[test]
fn values_are_those_of_the_row() {
    assert_eq!(X.bump(), plain(X));
    assert_eq!(0.5_f32.bump(), plain(0.5_f32));
    assert_eq!(2.0.share(4.0, 3.0), 0.375);
    assert_eq!(2.0.volume(3.0, 4.0), 24.0);
    assert_eq!(Dual::<f64>::from(X).bump().value, plain(X));
    assert_eq!(Taylor::<f64, 3>::from(X).bump()[0], plain(X));
    assert_eq!(Tape::new().var(X).bump().value(), plain(X));
}

#[test]
fn forward_and_series() {
    close(derivative(|x| x.bump(), X), exact(1, X));
    let d = derivatives::<5>(|x| x.bump(), X);
    for k in 0..=5 {
        close(d[k], exact(k as i32, X));
    }
    let y = DualVec::<f64, 3>::variable(X, 2).bump();
    assert_eq!(y.tangents[..2], [0.0, 0.0]);
    close(y.tangents[2], exact(1, X));
    close(derivative(|x: Dual<Dual<f64>>| x.bump(), Dual::new(X, 1.0)).tangent(), exact(2, X));
    let third = |x: Dual<Dual<Dual<f64>>>| x.bump();
    close(third_derivative(|x| third(x[0]), &[X], &[1.0], &[1.0], &[1.0]), exact(3, X));
}

#[test]
fn reverse_and_every_nesting() {
    close(gradient(|x| x[0].bump(), &[X])[0], exact(1, X));
    close(hessian(|x| x[0].bump(), &[X])[(0, 0)], exact(2, X));
    close(hvp(|x| x[0].bump(), &[X], &[2.0])[0], 2.0 * exact(2, X));

    let outer = Tape::new();
    let x = outer.var(X);
    let slope = gradient(|x| x[0].bump(), &[x])[0];
    close(outer.gradient(slope).wrt(x), exact(2, X));

    let tape = Tape::new();
    let x = tape.var(X);
    let y = Dual::new(x, Var::from(1.0)).bump();
    close(tape.gradient(y.tangent()).wrt(x), exact(2, X));

    let tape = Tape::new();
    let x = tape.var(Taylor::<f64, 3>::variable(X));
    let series = tape.gradient(x.bump()).wrt(x);
    for k in 0..=3 {
        close(series.derivative(k), exact(k as i32 + 1, X));
    }

    let tape = Tape::new();
    let x = tape.var(X);
    let series = Taylor::<_, 2>::variable(x).bump();
    close(tape.gradient(series.derivative(2)).wrt(x), exact(3, X));
}

#[test]
fn several_arguments() {
    let at = [2.0, 4.0];
    assert_eq!(gradient(|x| x[0].share(x[1], 3.0), &at), [-0.1875, -0.09375]);
    let h = hessian(|x| x[0].share(x[1], 3.0), &at);
    assert_eq!(h.as_slice(), [0.1875, 0.046875, 0.046875, 0.046875]);
    let j = jacobian(|x| [x[0].volume(x[1], x[2]), x[0].volume(2.0, x[2])], &[2.0, 3.0, 4.0]);
    assert_eq!(j.as_slice(), [12.0, 8.0, 6.0, 8.0, 0.0, 4.0]);
    let (_, dy) = jvp(|x: &[Dual<f64>]| [x[0].volume(x[1], x[2])], &[2.0, 3.0, 4.0], &[1.0; 3]);
    assert_eq!(dy, [26.0]);
    let (_, pullback) = vjp(|x: &[Var<f64>]| [x[0].volume(x[1], x[2])], &[2.0, 3.0, 4.0]);
    assert_eq!(pullback.apply(&[1.0]), [12.0, 8.0, 6.0]);
    // ∂³(xyz)/∂x∂y∂z = 1
    let axis = |k: usize| core::array::from_fn::<f64, 3, _>(|j| f64::from(u8::from(j == k)));
    let volume = |x: &[Dual<Dual<Dual<f64>>>]| x[0].volume(x[1], x[2]);
    assert_eq!(third_derivative(volume, &[2.0, 3.0, 4.0], &axis(0), &axis(1), &axis(2)), 1.0);
}

/// Programs generic over `Real` call it like any other function.
#[test]
fn in_generic_programs() {
    fn program<R: Real>(x: &[R]) -> R {
        x.iter().map(|x| x.bump() * 2.0 + x.share(x.sin() + 1.0, 0.5)).sum()
    }
    let at = [0.4_f64, 1.1];
    for (slope, x) in gradient(program, &at).into_iter().zip(at) {
        let denominator = x * (x.sin() + 1.0);
        let of_denominator = x.sin() + 1.0 + x * x.cos();
        close(slope, 2.0 * exact(1, x) - 0.5 * of_denominator / denominator.powi(2));
    }
}

#[test]
fn the_family_lists_its_rows() {
    #[derive(Default)]
    struct Rows(Vec<(&'static str, usize, bool)>);
    impl RuleVisitor for Rows {
        fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
            self.0.push((K::NAME, A, rule.smooth([0.0; A])));
        }
    }
    let mut rows = Rows::default();
    <f64 as OurFunctions>::visit_rules(&mut rows);
    assert_eq!(
        rows.0,
        [("bump", 1, true), ("share", 2, false), ("share", 2, false), ("volume", 3, true)]
    );
    let values = [Share { c: 1.0 }.value([2.0, 4.0]), Share { c: 2.0 }.value([2.0, 4.0])];
    assert_eq!(values, [0.125, 0.25]);
}

#[test]
fn its_name_is_in_the_trace() {
    let tape = Tape::traced();
    let x = tape.var(0.0);
    let line = line!() + 1;
    let _ = x.share(1.0, 1.0);
    let report = tape.first_non_finite().expect("1/0");
    assert_eq!((report.name, report.place.line()), ("share", line));
}
