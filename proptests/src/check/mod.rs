//! Checkers for derivatives: of any function that is generic over [`Real`], in a line.
//!
//! | | |
//! |---|---|
//! | [`check_gradient`], [`check_jacobian`], [`check_hessian`] | against differences |
//! | [`check_jvp_vjp`] | that forward and reverse mode are each other's transpose, without differences |
//! | [`check_modes`] | that all modes and nestings agree, up to the third order, and on the value to the bit |
//!
//! Their oracle chooses its steps and knows its error, and what rounding does is followed through the
//! computation ([`Rounded`]), so that no call names a step or a tolerance.
//!
//! ```
//! use wengert_autodiff::Real;
//! use wengert_proptests::check::{check_gradient, check_modes, function};
//!
//! fn rosenbrock<R: Real>(x: &[R]) -> R {
//!     x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
//! }
//! check_gradient(function!(rosenbrock), &[-1.2, 1.0, 3.0]).unwrap();
//! check_modes(function!(|x| (x[0] * x[1]).sin()), &[0.3, 2.0]).unwrap();
//! ```

pub mod differences;
mod mismatch;
mod modes;
mod object;
mod rounded;
mod strategies;

use wengert_autodiff::{
    Dual, DualVec, Real, Tape, Var, gradient, hessian, jacobian, jacobian_forward, jvp, vjp,
};

pub use crate::function;
pub use mismatch::{Checked, Mismatch};
pub use rounded::Rounded;
pub use strategies::{
    difficult_numbers, edge_points, numbers, points, repeatable, smooth_points, special_numbers,
};

use crate::ulps::same;
use differences::Estimate;
use modes::Mode;
use object::{AllModes, Base, FirstOrder, Once, SecondOrder};

/// A function that can be evaluated in every mode.
///
/// [`function!`] makes one of a generic function. One that carries data reads:
///
/// ```
/// use wengert_autodiff::Real;
/// use wengert_proptests::check::{Function, check_gradient};
///
/// struct Polynomial(Vec<f64>);
/// impl Function for Polynomial {
///     fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
///         vec![self.0.iter().fold(R::zero(), |sum, &c| sum * x[0] + c)]
///     }
/// }
/// check_gradient(Polynomial(vec![1.0, 2.0, 3.0]), &[0.5]).unwrap();
/// ```
pub trait Function {
    /// The results at x.
    fn call<R: Real>(&self, x: &[R]) -> Vec<R>;

    /// What reports call the function.
    fn name(&self) -> String {
        core::any::type_name::<Self>().to_string()
    }
}

impl<F: Function> Function for &F {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        (*self).call(x)
    }
    fn name(&self) -> String {
        (*self).name()
    }
}

/// What a function may return to [`function!`]: a number, a `Vec` or an array.
pub trait Results<R> {
    /// The results in order.
    fn results(self) -> Vec<R>;
}

impl<R: Real> Results<R> for R {
    fn results(self) -> Vec<R> {
        vec![self]
    }
}

impl<R: Real> Results<R> for Vec<R> {
    fn results(self) -> Vec<R> {
        self
    }
}

impl<R: Real, const M: usize> Results<R> for [R; M] {
    fn results(self) -> Vec<R> {
        self.into()
    }
}

/// Makes a [`Function`] of a function `fn f<R: Real>(x: &[R]) -> R` (or `-> Vec<R>`, `-> [R; M]`), or of a
/// closure that captures nothing.
///
/// ```
/// use wengert_proptests::check::{Function, function};
/// assert_eq!(function!(|x| [x[0] * 2.0, x[0].exp()]).call(&[0.0]), [0.0, 1.0]);
/// ```
#[macro_export]
macro_rules! function {
    ($f:expr) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;
        impl $crate::check::Function for Given {
            fn call<R: ::wengert_autodiff::Real>(&self, x: &[R]) -> ::std::vec::Vec<R> {
                // (A function to which a closure is passed tells it the type of its argument.)
                fn at<R: ::wengert_autodiff::Real, Y: $crate::check::Results<R>>(
                    f: impl Fn(&[R]) -> Y,
                    x: &[R],
                ) -> ::std::vec::Vec<R> {
                    f(x).results()
                }
                at($f, x)
            }
            fn name(&self) -> ::std::string::String {
                ::std::string::String::from(stringify!($f))
            }
        }
        Given
    }};
}

/// A function, a point, and what was compared there so far.
struct Comparison<'a> {
    f: &'a dyn FirstOrder,
    x: &'a [f64],
    checked: Checked,
}

/// A number and how far it may be off.
struct Claim<'a> {
    mode: &'a str,
    value: f64,
    error: f64,
}

impl Comparison<'_> {
    fn mismatch(
        &self,
        quantity: String,
        got: &Claim<'_>,
        want: &Claim<'_>,
        tolerance: f64,
    ) -> Mismatch {
        Mismatch {
            function: self.f.name(),
            point: self.x.to_vec(),
            quantity,
            mode: got.mode.to_string(),
            got: got.value,
            against: want.mode.to_string(),
            want: want.value,
            tolerance,
        }
    }

    /// Fails if the two numbers are further apart than twice their errors (which are known to first order).
    fn compare(
        &mut self,
        quantity: impl FnOnce() -> String,
        got: &Claim<'_>,
        want: &Claim<'_>,
    ) -> Result<(), Mismatch> {
        let tolerance = 2.0 * (got.error + want.error);
        let difference = (got.value - want.value).abs();
        if same(got.value, want.value) {
            self.checked.compared += 1;
        } else if !tolerance.is_finite() {
            self.checked.unsettled += 1;
        } else if difference <= tolerance {
            // Agreement within more than the numbers themselves says nothing.
            let vacuous = tolerance > got.value.abs() + want.value.abs() && tolerance > 1e-6;
            *(if vacuous { &mut self.checked.unsettled } else { &mut self.checked.compared }) += 1;
        } else {
            return Err(self.mismatch(quantity(), got, want, tolerance));
        }
        Ok(())
    }

    /// Fails if a value is not bit by bit that of the plain function.
    fn compare_values(&mut self, mode: &str, got: &[f64], want: &[f64]) -> Result<(), Mismatch> {
        let claim = |mode, value| Claim { mode, value, error: 0.0 };
        let plain = "the plain function";
        if got.len() != want.len() {
            let (got, want) = (got.len() as f64, want.len() as f64);
            let quantity = "the number of results".to_string();
            return Err(self.mismatch(quantity, &claim(mode, got), &claim(plain, want), 0.0));
        }
        for (output, (&got, &want)) in got.iter().zip(want).enumerate() {
            self.checked.compared += 1;
            if !same(got, want) {
                let quantity = format!("y[{output}]");
                return Err(self.mismatch(quantity, &claim(mode, got), &claim(plain, want), 0.0));
            }
        }
        Ok(())
    }

    /// Compares all modes, each in `f64` and with its error, with the one whose error is least.
    fn compare_modes(
        &mut self,
        plain: &[f64],
        modes: &[Mode<f64>],
        rounded: &[Mode<Rounded>],
        quantity: impl Fn(usize, usize) -> String,
    ) -> Result<(), Mismatch> {
        for mode in modes {
            self.compare_values(mode.name, &mode.values, plain)?;
        }
        for output in 0..plain.len() {
            for entry in 0..modes[0].derivatives[output].len() {
                let claim = |k: usize| {
                    let (mode, rounded): (&Mode<f64>, &Mode<Rounded>) = (&modes[k], &rounded[k]);
                    Claim {
                        mode: mode.name,
                        value: mode.derivatives[output][entry],
                        error: rounded.derivatives[output][entry].error,
                    }
                };
                let best = (0..modes.len())
                    .map(claim)
                    .min_by(|a, b| a.error.total_cmp(&b.error))
                    .expect("there are modes");
                for k in 0..modes.len() {
                    self.compare(|| quantity(output, entry), &claim(k), &best)?;
                }
            }
        }
        Ok(())
    }

    /// Compares derivatives with differences of f's results.
    fn compare_differences(
        &mut self,
        f: &impl Fn(&[f64]) -> Vec<Rounded>,
        mode: &str,
        got: impl Fn(usize, usize) -> (f64, f64),
        quantity: impl Fn(usize, usize) -> String,
    ) -> Result<(), Mismatch> {
        for j in 0..self.x.len() {
            let estimates = differences::derivatives(f, self.x, j);
            for (i, Estimate { value, error }) in estimates.into_iter().enumerate() {
                let (derivative, rounding) = got(i, j);
                let got = Claim { mode, value: derivative, error: rounding };
                // Twice, because an estimate of an error is no bound.
                let want = Claim { mode: "central differences", value, error: 2.0 * error };
                self.compare(|| quantity(i, j), &got, &want)?;
            }
        }
        Ok(())
    }
}

/// The results with what rounding did to them.
fn rounded_results(f: &dyn FirstOrder, x: &[f64]) -> Vec<Rounded> {
    let x: Vec<_> = x.iter().map(|&x| DualVec::<_, 0>::constant(Rounded::exact(x))).collect();
    f.at(&x).iter().map(|y| y.value).collect()
}

fn exact(x: &[f64]) -> Vec<Rounded> {
    x.iter().map(|&x| Rounded::exact(x)).collect()
}

fn derivative_name(output: usize, input: usize) -> String {
    format!("∂y[{output}]/∂x[{input}]")
}

/// Checks ∇f(x), in forward and in reverse mode, against differences of f.
///
/// ```
/// use wengert_proptests::check::{check_gradient, function};
/// check_gradient(function!(|x| x[0].atan2(x[1])), &[1.0, -2.0]).unwrap();
/// ```
///
/// A derivative that is wrong is found:
///
/// ```
/// use wengert_proptests::check::{check_gradient, function};
/// let error = check_gradient(function!(|x| x[0].detach() * x[1]), &[3.0, 5.0]).unwrap_err();
/// assert_eq!((error.quantity.as_str(), error.got), ("∂y[0]/∂x[0]", 0.0));
/// assert!((error.want - 5.0).abs() < 1e-9);
/// ```
///
/// # Errors
/// A [`Mismatch`], if a derivative is further from the differences than the estimates of errors explain.
///
/// # Panics
/// If f has not one result.
#[track_caller]
pub fn check_gradient(f: impl Function, x: &[f64]) -> Result<Checked, Mismatch> {
    let results = f.call(x).len();
    assert!(results == 1, "check_gradient: the function has {results} results; use check_jacobian");
    check_jacobian(f, x)
}

/// Checks the Jacobian J(x), in forward and in reverse mode, against differences of f.
///
/// ```
/// use wengert_proptests::check::{check_jacobian, function};
/// check_jacobian(function!(|x| [x[0] * x[1], x[0].exp()]), &[1.0, -2.0]).unwrap();
/// ```
///
/// # Errors
/// A [`Mismatch`], if a derivative is further from the differences than the estimates of errors explain.
pub fn check_jacobian(f: impl Function, x: &[f64]) -> Result<Checked, Mismatch> {
    jacobians(&f, x)
}

fn jacobians(f: &dyn FirstOrder, x: &[f64]) -> Result<Checked, Mismatch> {
    let mut comparison = Comparison { f, x, checked: Checked::default() };
    let plain = |x: &[f64]| rounded_results(f, x);
    let errors = jacobian(|x| f.at(x), &exact(x));
    for (mode, j) in [
        ("jacobian", jacobian(|x| f.at(x), x)),
        ("jacobian_forward", jacobian_forward(|x| f.at(x), x)),
    ] {
        let got = |row, column| (j[(row, column)], errors[(row, column)].error);
        comparison.compare_differences(&plain, mode, got, derivative_name)?;
    }
    Ok(comparison.checked)
}

/// Checks the Hessian ∇²f(x) against differences of the gradient, and that against differences of f.
///
/// ```
/// use wengert_proptests::check::{check_hessian, function};
/// check_hessian(function!(|x| x[0].powi(3) * x[1].ln()), &[1.0, 2.0]).unwrap();
/// ```
///
/// # Errors
/// A [`Mismatch`], if a derivative is further from the differences than the estimates of errors explain.
///
/// # Panics
/// If f has not one result.
#[track_caller]
pub fn check_hessian(f: impl Function, x: &[f64]) -> Result<Checked, Mismatch> {
    let first = check_gradient(&f, x)?;
    hessians(&f, x, first)
}

fn hessians(f: &dyn SecondOrder, x: &[f64], first: Checked) -> Result<Checked, Mismatch> {
    let mut comparison = Comparison { f, x, checked: first };
    let slopes = |x: &[f64]| gradient(|x| f.at(x)[0], &exact(x));
    let h = hessian(|x| f.at(x)[0], x);
    let errors = hessian(|x| f.at(x)[0], &exact(x));
    comparison.compare_differences(
        &slopes,
        "hessian",
        |row, column| (h[(row, column)], errors[(row, column)].error),
        |row, column| format!("∂²y[0]/∂x[{row}]∂x[{column}]"),
    )?;
    Ok(comparison.checked)
}

/// w · (J v) and (Jᵀ w) · v
fn products<T: Base>(f: &dyn Once<T>, [x, v, w]: [&[T]; 3]) -> [T; 2] {
    let dot = |a: &[T], b: &[T]| a.iter().zip(b).fold(T::zero(), |sum, (&a, &b)| sum + a * b);
    let (_, forward) = jvp(|x: &[Dual<T>]| f.at(x), x, v);
    let (_, pullback) = vjp(|x: &[Var<T>]| f.at(x), x);
    [dot(w, &forward), dot(&pullback.apply(w), v)]
}

/// Checks that w · (J v), by forward mode, is (Jᵀ w) · v, by reverse mode, but for rounding.
///
/// ```
/// use wengert_proptests::check::{check_jvp_vjp, function};
/// let f = function!(|x| [x[0] * x[1], x[0].exp()]);
/// check_jvp_vjp(f, &[1.0, -2.0], &[0.5, 3.0], &[-1.0, 2.0]).unwrap();
/// ```
///
/// # Errors
/// A [`Mismatch`], if the products are further apart than rounding explains.
///
/// # Panics
/// If v has not the length of x, or w not that of f's results.
#[track_caller]
pub fn check_jvp_vjp(
    f: impl Function,
    x: &[f64],
    v: &[f64],
    w: &[f64],
) -> Result<Checked, Mismatch> {
    transposes(&f, [x, v, w])
}

#[track_caller]
fn transposes(f: &dyn FirstOrder, [x, v, w]: [&[f64]; 3]) -> Result<Checked, Mismatch> {
    let mut comparison = Comparison { f, x, checked: Checked::default() };
    let [forward, reverse] = products::<f64>(f, [x, v, w]);
    let errors = products::<Rounded>(f, [x, v, w].map(exact).each_ref().map(Vec::as_slice));
    comparison.compare(
        || format!("wᵀJv for v = {v:?} and w = {w:?}"),
        &Claim { mode: "jvp", value: forward, error: errors[0].error },
        &Claim { mode: "vjp", value: reverse, error: errors[1].error },
    )?;
    Ok(comparison.checked)
}

/// Checks that all modes and nestings of modes agree at x: on the results bit by bit, also with those of the plain
/// function, and on first, second and third derivatives but for rounding.
///
/// ```
/// use wengert_proptests::check::{check_modes, function};
/// let checked = check_modes(function!(|x| [x[0].hypot(x[1]), x[0] / x[1]]), &[3.0, 4.0]).unwrap();
/// assert!(checked.compared > 100 && checked.unsettled == 0);
/// ```
///
/// # Errors
/// A [`Mismatch`], if two modes are further apart than rounding explains.
pub fn check_modes(f: impl Function, x: &[f64]) -> Result<Checked, Mismatch> {
    all_modes(&f, x)
}

fn all_modes(f: &dyn AllModes, x: &[f64]) -> Result<Checked, Mismatch> {
    let plain = f.at(x);
    let mut comparison = Comparison { f, x, checked: Checked::default() };
    let n = x.len();
    let with_errors = exact(x);
    comparison.compare_modes(
        &plain,
        &modes::first_order::<f64>(f, x),
        &modes::first_order::<Rounded>(f, &with_errors),
        derivative_name,
    )?;
    if n == 0 {
        return Ok(comparison.checked);
    }
    comparison.compare_modes(
        &plain,
        &modes::second_order::<f64>(f, x),
        &modes::second_order::<Rounded>(f, &with_errors),
        |output, entry| format!("∂²y[{output}]/∂x[{}]∂x[{}]", entry / n, entry % n),
    )?;
    // Along each axis, and across.
    let mut directions: Vec<Vec<f64>> =
        (0..n).map(|j| (0..n).map(|k| f64::from(u8::from(j == k))).collect()).collect();
    directions.push((0..n).map(|k| 1.0 / (k + 1) as f64).collect());
    comparison.compare_modes(
        &plain,
        &modes::third_order::<f64>(f, x, &directions),
        &modes::third_order::<Rounded>(
            f,
            &with_errors,
            &directions.iter().map(|d| exact(d)).collect::<Vec<_>>(),
        ),
        |output, entry| format!("D³y[{output}] along {:?}", directions[entry]),
    )?;
    // A recording and its sweep leave the same bits each time.
    let tape = Tape::new();
    let at = tape.vars(x);
    let y = f.at(&at);
    for (output, &y) in y.iter().enumerate() {
        let [first, again] = [(); 2].map(|()| tape.gradient(y).wrt_slice(&at));
        for (input, (first, again)) in first.into_iter().zip(again).enumerate() {
            let claim = |mode, value| Claim { mode, value, error: 0.0 };
            comparison.compare(
                || derivative_name(output, input),
                &claim("a second sweep", again),
                &claim("the first sweep", first),
            )?;
        }
    }
    Ok(comparison.checked)
}
