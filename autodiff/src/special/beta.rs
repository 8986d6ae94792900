//! The logarithm of the beta function.

use super::{digamma, gamma, horner, ln_gamma, two_sum};

/// `½ ln 2π`.
const HALF_LN_2PI: f64 = 0.9189385332046728;

/// `ln|B(a, b)| = ln|Γ(a)| + ln|Γ(b)| - ln|Γ(a+b)|`.
///
/// Large arguments use the Stirling form with the large parts cancelled on
/// paper, after A. R. Didonato and A. H. Morris, "Algorithm 708", ACM Trans.
/// Math. Softw. 18 (1992) 360–373.  For positive arguments the error is a few
/// ulps of `max(1, |ln B|)`, so not relative on the curve `B = 1`, except at
/// `(1, 1)`, around which it is relative to `|a-1| + |b-1|`.  A negative argument takes the plain sum,
/// whose error is relative to the largest of its three terms.
///
/// `∞` if one argument is zero and the other positive, `-∞` if one is `∞`
/// and the other positive, `NaN` at `(0, ∞)` and for a negative infinity.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (p, q) = if a < b { (a, b) } else { (b, a) };
    let (sum, sum_low) = two_sum(p, q);
    if p.is_nan() || q.is_nan() || (p == 0.0 && q == f64::INFINITY) || p == f64::NEG_INFINITY {
        return f64::NAN;
    }
    if p < 0.0 {
        return ln_gamma(p) + (ln_gamma(q) - ln_gamma(sum));
    }
    if p == 0.0 {
        return f64::INFINITY;
    }
    if q == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    if p >= 10.0 {
        let correction = stirling_remainder(p) + stirling_remainder(q) - stirling_remainder(sum);
        let small = (p - 0.5) * (p / sum).ln() + q * (-p / sum).ln_1p();
        return small + (HALF_LN_2PI - 0.5 * q.ln() + correction);
    }
    if q >= 10.0 {
        let correction = stirling_remainder(q) - stirling_remainder(sum);
        let rest = p - p * sum.ln() + (q - 0.5) * (-p / sum).ln_1p();
        return ln_gamma(p) + (rest + correction);
    }
    let sum_rounding = if sum_low == 0.0 { 0.0 } else { digamma(sum) * sum_low };
    if sum < 6.0 {
        ln_gamma(p) + (ln_gamma(q) - (ln_gamma(sum) + sum_rounding))
    } else {
        (gamma(p) * (gamma(q) / gamma(sum))).ln() - sum_rounding
    }
}

/// `ln Γ(x) - [(x-½) ln x - x + ½ ln 2π]` for `x ≥ 10`, by its asymptotic
/// series `Σ B₂ₖ / (2k(2k-1) x²ᵏ⁻¹)` (Abramowitz & Stegun 6.1.41).
fn stirling_remainder(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360360.0,
        1.0 / 156.0,
        -3617.0 / 122400.0,
    ];
    let r = 1.0 / x;
    r * horner(r * r, &COEFFICIENTS)
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::ln_beta;

    #[test]
    fn ln_beta_values() {
        let values = [
            (1e-300, 1e-300, 691.4686750787737),
            (1e-308, 2e-309, 710.9879681113941),
            (1e-200, 5.0, 460.51701859880916),
            (1e-10, 10000000000.0, 23.02585092758015),
            (0.01, 0.02, 5.010313350697985),
            (0.3, 2.5, 0.8637780733032479),
            (1.0000000000077676, 1.0000000062762917, -6.284059253278447e-9),
            (0.9999999999999999, 0.9999999999999999, 2.220446049250313e-16),
            (0.5, 0.5, 1.1447298858494002),
            (1.0, 7.0, -1.9459101490553132),
            (3.0, 4.5, -4.387480485356345),
            (9.9, 9.9, -13.592448519002671),
            // (Sums that are rounded by almost half a unit.)
            (0.26173149754869396, 9.198760154814524, 0.669367248085501),
            (0.2262597511147435, 9.426747571307386, 0.8952869508286069),
            (0.02, 15.0, 3.847303801549368),
            (5.0, 100000000.0, -88.92534998941387),
            (9.5, 10.5, -13.709925546998463),
            (10.0, 10.0, -13.736229227036555),
            (12.5, 300.0, -52.79938460048641),
            (10000000000.0, 10000000000.0, -13862943621.44632),
            (50.0, 1e60, -6763.189535035792),
            (1e100, 1e90, -2.4025850929990455e91),
        ];
        for (a, b, want) in values {
            table("ln_beta", |b| ln_beta(a, b), 6.0, &[(b, want)]);
            same(ln_beta(a, b), ln_beta(b, a));
        }
    }

    #[test]
    fn negative_arguments() {
        table("ln_beta", |b| ln_beta(-0.5, b), 8.0, &[(1.25, 0.9639593356315369)]);
        table("ln_beta", |b| ln_beta(-2.5, b), 8.0, &[(-3.25, 3.9452152474835)]);
        table("ln_beta", |b| ln_beta(-1.5, b), 8.0, &[(40.0, 6.3456911201553705)]);
    }

    #[test]
    fn limits() {
        same(ln_beta(0.0, 2.0), f64::INFINITY);
        same(ln_beta(0.0, 0.0), f64::INFINITY);
        same(ln_beta(0.0, f64::INFINITY), f64::NAN);
        same(ln_beta(3.0, f64::INFINITY), f64::NEG_INFINITY);
        same(ln_beta(f64::INFINITY, f64::INFINITY), f64::NEG_INFINITY);
        same(ln_beta(f64::NEG_INFINITY, 1.0), f64::NAN);
        same(ln_beta(f64::NAN, 1.0), f64::NAN);
        same(ln_beta(1.0, f64::NAN), f64::NAN);
        same(ln_beta(f64::NAN, 0.0), f64::NAN);
        same(ln_beta(0.0, f64::NAN), f64::NAN);
        same(ln_beta(1.0, 1.0), 0.0);
    }
}
