//! How far the device may be from the host.

/// How many units in the last place a result may be from that of the row.
pub(super) fn ulps(name: &str) -> f64 {
    match name {
        // (The math library's for C++ and Rust's own are three apart.)
        "cbrt" => 3.0,
        // (Of a sum of three.)
        "ln_beta" => 8.0,
        "acosh" => 4.0,
        _ => 2.0,
    }
}

/// Whether the row is no measure at `x`: std's inverse hyperbolic functions overflow for the largest arguments, `acosh`
/// loses digits near 1, and `atanh` for negative arguments.
pub(super) fn beyond_the_row(name: &str, x: &[f64], single: bool) -> bool {
    let largest = if single { f64::from(f32::MAX) } else { f64::MAX };
    match name {
        "acosh" if x[0] < 1.1 => true,
        "asinh" | "acosh" => x[0].abs() > largest / 2.0 && x[0].is_finite(),
        "atanh" => x[0] < 0.0,
        _ => false,
    }
}

/// The size of the terms of which the function is a sum, where they cancel.
fn terms(name: &str, x: &[f64]) -> f64 {
    match name {
        "∂0 gelu" => 0.2,
        // A sum of three logarithms of gamma functions, which for positive arguments does not cancel but near 1.
        "ln_beta" if x.iter().all(|&x| x > 0.0) => 1.0,
        "ln_beta" => x.iter().map(|x| x.abs() * x.abs().ln()).fold(0.0, f64::max),
        _ => 0.0,
    }
}

/// |got − want| in units of the last place of `want`, or of the terms that it is a sum of; 0 for equals and for two
/// NaN, infinite if one alone is not finite. Units of subnormal numbers are sixteen of their last places.
pub(super) fn error(name: &str, x: &[f64], got: f64, want: f64, single: bool) -> f64 {
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
    (got - want).abs() / if subnormal { 16.0 * least } else { ulp }
}
