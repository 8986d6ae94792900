//! The standard normal distribution function and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::{erfc, horner};

/// `√½ - FRAC_1_SQRT_2`: what the nearest `f64` to `√½` leaves out.
const FRAC_1_SQRT_2_LOW: f64 = -4.833646656726457e-17;

/// The standard normal distribution function `Φ(x) = ½ erfc(-x/√2)`.
///
/// In the lower tail the relative derivative of `erfc t` is about `-2t`, so
/// rounding `t = -x/√2` alone would cost `x²` ulps.  The part of `t` lost to
/// rounding is therefore recovered with a fused multiply-add and put back
/// through `erfc(t + δ) ≈ erfc t - 2/√π exp(-t²) δ`.
pub(crate) fn norm_cdf(x: f64) -> f64 {
    let t = -x * FRAC_1_SQRT_2;
    let tail = erfc(t);
    if t < 0.5 || tail == 0.0 {
        return 0.5 * tail;
    }
    let lost = (-x).mul_add(FRAC_1_SQRT_2, -t) - x * FRAC_1_SQRT_2_LOW;
    0.5 * (tail - FRAC_2_SQRT_PI * (-t * t).exp() * lost)
}

/// The inverse of [`norm_cdf`]: `-∞` at 0, `∞` at 1, `NaN` outside `[0, 1]`.
///
/// M. J. Wichura, "Algorithm AS 241: The percentage points of the normal
/// distribution", Applied Statistics 37 (1988) 477–484, routine PPND16.
pub(crate) fn norm_inv_cdf(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        central_quantile(q)
    } else if (0.0..=0.5).contains(&p) {
        -tail_quantile(p)
    } else if p > 0.5 && p <= 1.0 {
        tail_quantile(1.0 - p)
    } else {
        f64::NAN
    }
}

/// `Φ⁻¹(½ + q)` for `|q| ≤ 0.425` (the central region of AS 241).
pub(super) fn central_quantile(q: f64) -> f64 {
    const NUMERATOR: [f64; 8] = [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ];
    const DENOMINATOR: [f64; 8] = [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ];
    let r = (0.425 - q) * (0.425 + q);
    q * (horner(r, &NUMERATOR) / horner(r, &DENOMINATOR))
}

/// `-Φ⁻¹(p)` for `0 ≤ p ≤ 0.075` (the two tail regions of AS 241).
pub(super) fn tail_quantile(p: f64) -> f64 {
    const NEAR_NUMERATOR: [f64; 8] = [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ];
    const NEAR_DENOMINATOR: [f64; 8] = [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ];
    const FAR_NUMERATOR: [f64; 8] = [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ];
    const FAR_DENOMINATOR: [f64; 8] = [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
    ];
    if p == 0.0 {
        return f64::INFINITY;
    }
    let r = (-p.ln()).sqrt();
    if r <= 5.0 {
        let s = r - 1.6;
        horner(s, &NEAR_NUMERATOR) / horner(s, &NEAR_DENOMINATOR)
    } else {
        let s = r - 5.0;
        horner(s, &FAR_NUMERATOR) / horner(s, &FAR_DENOMINATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::{norm_cdf, norm_inv_cdf};

    #[test]
    fn norm_cdf_values() {
        let values = [
            (-38.4, 6.4e-323),
            (-37.5, 4.605353009581955e-308),
            (-37.0, 5.725571222524577e-300),
            (-35.11672880522652, 1.872414347469576e-270),
            (-30.70054667929467, 2.7984169138139735e-207),
            (-20.0, 2.7536241186062337e-89),
            (-12.3, 4.5287069561587846e-35),
            (-8.0, 6.220960574271784e-16),
            (-3.353838244089168, 0.0003984946928796745),
            (-2.0, 0.02275013194817921),
            (-1.0, 0.15865525393145705),
            (-0.6, 0.2742531177500736),
            (-0.1, 0.460172162722971),
            (-1e-10, 0.49999999996010575),
            (1e-18, 0.5),
            (0.3, 0.6179114221889527),
            (1.0, 0.8413447460685429),
            (1.96, 0.9750021048517795),
            (4.0, 0.9999683287581669),
            (8.0, 0.9999999999999993),
        ];
        table("norm_cdf", norm_cdf, 4.0, &values);
    }

    #[test]
    fn norm_inv_cdf_values() {
        let values = [
            (5e-324, -38.467405617144344),
            (1e-320, -38.26912534303265),
            (1e-300, -37.0470962993612),
            (6.017240781825691e-178, -28.41824461223879),
            (1e-100, -21.273453560965326),
            (1e-30, -11.464024688443615),
            (1.3e-11, -6.667611456510741),
            (1.4e-11, -6.656723091518184),
            (1e-5, -4.264890793922825),
            (0.025, -1.9599639845400543),
            (0.07, -1.4757910281791706),
            (0.075, -1.439531470938456),
            (0.1, -1.2815515655446004),
            (0.32049216366805977, -0.46632298694864377),
            (0.49, -0.025068908258711057),
            (0.49999999999999994, -1.3914582123358836e-16),
            (0.5000000000000001, 2.782916424671767e-16),
            (0.5000001, 2.506628273311648e-7),
            (0.6, 0.2533471031357997),
            (0.925, 1.4395314709384561),
            (0.975, 1.9599639845400538),
            (0.999999, 4.753424308817087),
            (0.9999999999999999, 8.209536151601387),
        ];
        table("norm_inv_cdf", norm_inv_cdf, 8.0, &values);
    }

    #[test]
    fn limits() {
        same(norm_cdf(0.0), 0.5);
        same(norm_cdf(f64::INFINITY), 1.0);
        same(norm_cdf(f64::NEG_INFINITY), 0.0);
        same(norm_cdf(-40.0), 0.0);
        same(norm_cdf(f64::NAN), f64::NAN);
        same(norm_inv_cdf(0.5), 0.0);
        same(norm_inv_cdf(0.0), f64::NEG_INFINITY);
        same(norm_inv_cdf(1.0), f64::INFINITY);
        same(norm_inv_cdf(-1e-300), f64::NAN);
        same(norm_inv_cdf(1.0_f64.next_up()), f64::NAN);
        same(norm_inv_cdf(f64::INFINITY), f64::NAN);
        same(norm_inv_cdf(f64::NAN), f64::NAN);
    }
}
