//! Special functions of one or two `f64` arguments.
//!
//! These are the primal values only; derivative rules are built on top of
//! them elsewhere.  Unless a function's own documentation says otherwise the
//! results are within a few units in the last place of the exact value over
//! the whole domain, `NaN` arguments give `NaN`, and arguments outside the
//! real domain give `NaN`.
//!
//! Poles follow the limit where both one-sided limits agree (`ln|Γ|`, odd
//! orders of `polygamma`), follow the sign of zero at `±0` where they do not,
//! and are `NaN` at negative integers otherwise.

#![allow(clippy::float_cmp, clippy::unreadable_literal)]

mod beta;
mod digamma;
mod elementary;
mod error_function;
mod gamma;
mod ln_gamma;
mod normal;
mod polygamma;
mod polygamma_difference;

pub(crate) use beta::ln_beta;
pub(crate) use digamma::{digamma, trigamma};
pub(crate) use elementary::{log1m_exp, logit, sinc, softplus};
pub(crate) use error_function::{erf, erf_inv, erfc};
pub(crate) use gamma::gamma;
pub(crate) use ln_gamma::ln_gamma;
pub(crate) use normal::{norm_cdf, norm_inv_cdf};
pub(crate) use polygamma::polygamma;
pub(crate) use polygamma_difference::polygamma_difference;

/// Evaluates `c[0] + c[1] x + c[2] x² + …` by Horner's rule.
fn horner<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &c| sum * x + c)
}

/// `a + b` and what its rounding left out (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// Signed distance from `x` to the nearest integer, which is exact.
fn offset_from_integer(x: f64) -> f64 {
    x - x.round()
}

/// Whether `x` is a pole of `Γ` other than zero; true of `-∞` too.
fn is_negative_integer(x: f64) -> bool {
    x < 0.0 && x == x.floor()
}

#[cfg(test)]
mod check {
    /// Distance between `got` and `want`, in units in the last place of `want`.
    fn ulps(got: f64, want: f64) -> f64 {
        if got == want || (got.is_nan() && want.is_nan()) {
            return 0.0;
        }
        if !got.is_finite() || !want.is_finite() {
            return f64::INFINITY;
        }
        let size = want.abs();
        (got - want).abs() / (size.next_up() - size)
    }

    /// Asserts `f(x) = y` to within `limit` ulps for every `(x, y)` in `table`.
    pub(super) fn table(name: &str, f: impl Fn(f64) -> f64, limit: f64, table: &[(f64, f64)]) {
        for &(x, want) in table {
            let got = f(x);
            let error = ulps(got, want);
            assert!(error <= limit, "{name}({x:e}) = {got:e}, expected {want:e}: {error} ulps");
        }
    }

    /// Asserts equality including the sign of zero; any `NaN` equals any other.
    pub(super) fn same(got: f64, want: f64) {
        let equal = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
        assert!(equal, "{got:e} is not {want:e}");
    }
}
