//! How far the device may be from the host.
//!
//! Functions have the names of their rows, partial derivatives begin with `∂`.

/// How many units in the last place a result may be from that of the row, if they `usually` are at most so many.
pub fn ulps(name: &str, usually: f64) -> f64 {
    match name {
        // A sum of three functions that have errors of their own.
        "ln_beta" => 4.0 * usually,
        // (The math library's for C++ and std's formula.)
        "acosh" => usually + 1.0,
        _ => usually,
    }
}

/// Whether the row is no measure at `x`.
///
/// std's inverse hyperbolic functions overflow for the largest arguments, `acosh` loses digits near 1, and `atanh` for
/// negative arguments. Differences of polygamma functions of negative arguments are those of rounded values, which
/// nearly cancel.
pub fn beyond_the_row(name: &str, x: &[f64], single: bool) -> bool {
    let largest = if single { f64::from(f32::MAX) } else { f64::MAX };
    match name {
        "acosh" if x[0] < 1.1 => true,
        "asinh" | "acosh" => x[0].abs() > largest / 2.0 && x[0].is_finite(),
        "atanh" => x[0] < 0.0,
        name if name.contains("polygamma_difference")
            || name.ends_with("ln_beta") && name.starts_with('∂') =>
        {
            (x[0] < 0.0 || x[0] + x[1] < 0.0 || x[1] < 0.0) && x.iter().all(|x| x.is_finite())
        }
        _ => false,
    }
}

/// The size of the terms of which the function is a sum, where they cancel.
fn terms(name: &str, x: &[f64]) -> f64 {
    let finite = |size: f64| if size.is_finite() { size } else { 0.0 };
    match name {
        "∂0 gelu" | "∂0 silu" => 0.2,
        "log_add_exp" | "log_diff_exp" => finite(x[0].abs().max(x[1].abs())),
        // A sum of three logarithms of gamma functions, which for positive arguments does not cancel but near 1.
        "ln_beta" if x.iter().all(|&x| x > 0.0) => 1.0,
        "ln_beta" => x.iter().map(|x| finite(x.abs() * x.abs().ln())).fold(1.0, f64::max),
        // By reflection, below the poles of the gamma function: (π cot πx)⁽ᵐ⁾ and a like number.
        "digamma" | "polygamma(0)" if x[0] < 0.0 => 10.0,
        "trigamma" | "∂0 digamma" | "polygamma(1)" | "∂0 polygamma(0)" if x[0] < 0.0 => 20.0,
        _ => 0.0,
    }
}

/// |got − want| in units of the last place of `want`, or of the terms that it is a sum of; 0 for equals and for two
/// NaN, infinite if one alone is not finite. Where units of subnormal numbers would count, sixteen of them do as one,
/// and where subnormal factors are in play, as many as the other factor makes of it.
pub fn error(name: &str, x: &[f64], got: f64, want: f64, single: bool) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        return 0.0;
    }
    if !got.is_finite() || !want.is_finite() {
        return f64::INFINITY;
    }
    let size = want.abs().max(terms(name, x));
    let (ulp, subnormal, least) = if single {
        let size = size as f32;
        let ulp = f64::from(size) - f64::from(size.next_down());
        (ulp, size < f32::MIN_POSITIVE, f64::from(f32::from_bits(1)))
    } else {
        (size - size.next_down(), size < f64::MIN_POSITIVE, f64::from_bits(1))
    };
    let factor = x
        .iter()
        .fold(16.0, |largest: f64, x| if x.is_finite() { largest.max(x.abs()) } else { largest });
    (got - want).abs() / if subnormal { factor * least } else { ulp }
}
