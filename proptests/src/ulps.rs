//! Distances between machine numbers.

/// The distance from `x` to its neighbour of larger magnitude.
pub fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if x.is_finite() { if x == f64::MAX { x - x.next_down() } else { x.next_up() - x } } else { x }
}

/// |got − want| in units of the last place of `want`; 0 for equals (also two NaN), else ∞ if one is
/// not finite.
pub fn ulps(got: f64, want: f64) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        0.0
    } else if got.is_finite() && want.is_finite() {
        // Halves, because the difference of two large numbers may overflow.
        (got / 2.0 - want / 2.0).abs() / (ulp(want) / 2.0).max(f64::from_bits(1))
    } else {
        f64::INFINITY
    }
}

/// [`ulps`] in single precision.
pub fn ulps_single(got: f32, want: f32) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        0.0
    } else if got.is_finite() && want.is_finite() {
        let want_abs = want.abs();
        let ulp = f64::from(if want_abs == f32::MAX {
            want_abs - want_abs.next_down()
        } else {
            want_abs.next_up() - want_abs
        });
        (f64::from(got) - f64::from(want)).abs() / ulp
    } else {
        f64::INFINITY
    }
}

/// |got − want| / |want|, with the smallest normal number as the least denominator; 0 for equals
/// (also two NaN), else ∞ if one is not finite.
pub fn relative(got: f64, want: f64) -> f64 {
    relative_to(got, want, want)
}

/// [`relative`] to another size than that of `want`.
pub fn relative_to(got: f64, want: f64, size: f64) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        0.0
    } else if got.is_finite() && want.is_finite() {
        (got / 2.0 - want / 2.0).abs() / (size.abs() / 2.0).max(f64::MIN_POSITIVE)
    } else {
        f64::INFINITY
    }
}

/// Whether the bits agree, all NaN taken as one.
pub fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
