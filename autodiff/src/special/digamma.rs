//! The first two logarithmic derivatives of the gamma function.

use std::f64::consts::{FRAC_PI_2, PI};

use super::{horner, is_negative_integer, offset_from_integer};

/// From here on the asymptotic series below reach full precision.
const ASYMPTOTIC_FROM: f64 = 10.0;

/// `ψ(x) = d/dx ln Γ(x)`.
///
/// * `x ≥ 10`: the asymptotic series `ln x - 1/(2x) - Σ B₂ₖ/(2k x²ᵏ)`
///   (Abramowitz & Stegun 6.3.18).
/// * `1 ≤ x ≤ 2`: a rational approximation; see [`between_one_and_two`].
/// * elsewhere on `(-½, 10)`: the recurrence `ψ(x+1) = ψ(x) + 1/x`.
/// * `x ≤ -½`: the reflection `ψ(x) = ψ(1-x) - π cot πx` (6.3.7).
///
/// `ψ(±0) = ∓∞`; `ψ` is `NaN` at negative integers and `-∞`.  It is relatively
/// accurate at its positive zero.  At the negative ones, where the two terms of
/// these formulas cancel, the error is a few ulps of either term.
pub(crate) fn digamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
        -3617.0 / 8160.0,
    ];
    if x <= -0.5 {
        if is_negative_integer(x) {
            return f64::NAN;
        }
        return digamma(1.0 - x) - pi_cot_pi(offset_from_integer(x));
    }
    if x < 0.0 {
        return digamma(x + 1.0) - 1.0 / x;
    }
    if x < 1.0 {
        return between_one_and_two(x + 1.0) - 1.0 / x;
    }
    if x < ASYMPTOTIC_FROM {
        let mut y = x;
        let mut sum = 0.0;
        while y > 2.0 {
            y -= 1.0;
            sum += 1.0 / y;
        }
        return sum + between_one_and_two(y);
    }
    let r = 1.0 / x;
    let square = r * r;
    x.ln() - (0.5 * r + square * horner(square, &COEFFICIENTS))
}

/// `ψ(x)` for `1 ≤ x ≤ 2`, as `(x - x₀) R(x)` with `x₀ = 1.4616…` its zero.
///
/// `x₀` is subtracted in two parts, which keeps the result relatively accurate
/// around it.  `R` is the (6, 6) rational function in `x - 3/2` that
/// interpolates `ψ(x)/(x - x₀)` at thirteen Chebyshev nodes; its relative
/// error is below 1e-19 before the coefficients are rounded and 6e-17 after.
fn between_one_and_two(x: f64) -> f64 {
    const ZERO_HIGH: f64 = 1.4616321449683622;
    const ZERO_LOW: f64 = 9.549995429965697e-17;
    const NUMERATOR: [f64; 7] = [
        0.9510558760318328,
        1.1663702567214969,
        0.5137384479970142,
        0.0998201733015596,
        0.008297484863617567,
        0.00022636249078624788,
        4.22009395907132e-07,
    ];
    const DENOMINATOR: [f64; 7] = [
        1.0,
        1.6718236205395554,
        1.0319333676352624,
        0.2978119036558111,
        0.041378314480827155,
        0.0025031842360786877,
        4.664959078686044e-05,
    ];
    let t = x - 1.5;
    let distance = (x - ZERO_HIGH) - ZERO_LOW;
    distance * (horner(t, &NUMERATOR) / horner(t, &DENOMINATOR))
}

/// `π cot πf` for `|f| ≤ ½`.
fn pi_cot_pi(f: f64) -> f64 {
    if f.abs() <= 0.25 {
        PI / (PI * f).tan()
    } else {
        PI * (FRAC_PI_2 * (1.0 - 2.0 * f.abs())).tan().copysign(f)
    }
}

/// `ψ′(x) = Σ 1/(x+k)²`, the second derivative of `ln Γ`.
///
/// The recurrence `ψ′(x) = ψ′(x+1) + 1/x²` up to the asymptotic series
/// `1/x + 1/(2x²) + Σ B₂ₖ/x²ᵏ⁺¹` (Abramowitz & Stegun 6.4.12), and the
/// reflection `ψ′(x) = (π / sin πx)² - ψ′(1-x)` (6.4.7) below zero.
///
/// `+∞` at zero and at negative integers, `NaN` at `-∞`.
pub(crate) fn trigamma(x: f64) -> f64 {
    if x < 0.0 {
        if x == f64::NEG_INFINITY {
            return f64::NAN;
        }
        if x < -0.5 {
            let cosecant = PI / (PI * offset_from_integer(x)).sin();
            return cosecant * cosecant - trigamma(1.0 - x);
        }
        return 1.0 / x / x + trigamma(x + 1.0);
    }
    let mut k = (ASYMPTOTIC_FROM - x).max(0.0).ceil();
    let mut sum = trigamma_asymptotic(x + k);
    while k > 0.0 {
        k -= 1.0;
        sum += 1.0 / (x + k) / (x + k);
    }
    sum
}

/// The asymptotic series of `ψ′(x)`, for `x ≥ 10`.
fn trigamma_asymptotic(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
        -3617.0 / 510.0,
        43867.0 / 798.0,
    ];
    let r = 1.0 / x;
    let square = r * r;
    (1.0 + (0.5 * r + square * horner(square, &COEFFICIENTS))) / x
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::{digamma, trigamma};

    #[test]
    fn digamma_values() {
        let values = [
            (6e-309, -1.6666666666666664e308),
            (1e-300, -9.999999999999999e299),
            (1e-10, -10000000000.577215),
            (0.01, -100.56088545786868),
            (0.5, -1.9635100260214235),
            (1.0, -0.5772156649015329),
            (1.1, -0.42375494041107664),
            (1.4, -0.06138454458511624),
            (1.46, -0.0015805619870834522),
            (1.461632144968362, -3.072790566546293e-16),
            (1.4616321449683622, -9.241265521729427e-17),
            (1.4616321449683625, 1.2245374622004068e-16),
            (1.4616321, -4.3514636958769774e-8),
            (1.5, 0.03648997397857652),
            (1.9, 0.35618416116405965),
            (2.0240732687125518, 0.4381940459447132),
            (3.7, 1.1671535393615113),
            (9.99, 2.250700372831201),
            (10.0, 2.251752589066721),
            (123.4, 4.8113737751162775),
            (10000000000.0, 23.025850929890456),
            (1e300, 690.7755278982137),
            (-1e-300, 9.999999999999999e299),
            (-1e-10, 9999999999.422785),
            (-0.3, 2.113309779635399),
            (-0.7, -2.073952793628704),
            (-1.2, 4.868324766627196),
            (-2.9, -8.441500453619376),
            (-10.000001, 1000002.3524977948),
            (-1234.25, 10.260216480339961),
        ];
        table("digamma", digamma, 4.0, &values);
    }

    #[test]
    fn trigamma_values() {
        let values = [
            (1e-153, 9.999999999999999e305),
            (7.6e-155, 1.731301939058172e308),
            (1e-10, 1e20),
            (0.02, 2501.598118191868),
            (0.5, 4.934802200544679),
            (1.0, 1.6449340668482264),
            (1.4616321449683622, 0.9676722454476212),
            (2.474356440528369, 0.4964893804685293),
            (5.077390208254142, 0.21761020806838355),
            (9.9999, 0.10516744067678245),
            (10.0, 0.10516633568168575),
            (77.7, 0.012953186766097862),
            (10000000000.0, 1.00000000005e-10),
            (1e300, 1e-300),
            (-1e-100, 1e200),
            (-0.25, 18.541879647671607),
            (-0.5, 8.934802200544679),
            (-0.75, 18.975106932284888),
            (-3.0000003492383667, 8198909697616.1045),
            (-8.4, 10.799324402180485),
            (-147.0243864340997, 1684.8122290518252),
            (-1000000.125, 67.39387340291358),
        ];
        table("trigamma", trigamma, 5.0, &values);
    }

    #[test]
    fn limits() {
        same(digamma(0.0), f64::NEG_INFINITY);
        same(digamma(-0.0), f64::INFINITY);
        same(digamma(1e-320), f64::NEG_INFINITY);
        same(digamma(-1e-320), f64::INFINITY);
        same(digamma(-1.0), f64::NAN);
        same(digamma(-1e300), f64::NAN);
        same(digamma(f64::INFINITY), f64::INFINITY);
        same(digamma(f64::NEG_INFINITY), f64::NAN);
        same(digamma(f64::NAN), f64::NAN);
        same(trigamma(0.0), f64::INFINITY);
        same(trigamma(-0.0), f64::INFINITY);
        same(trigamma(1e-300), f64::INFINITY);
        same(trigamma(-2.0), f64::INFINITY);
        same(trigamma(-1e300), f64::INFINITY);
        same(trigamma(f64::INFINITY), 0.0);
        same(trigamma(f64::NEG_INFINITY), f64::NAN);
        same(trigamma(f64::NAN), f64::NAN);
    }
}
