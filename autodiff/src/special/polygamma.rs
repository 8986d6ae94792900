//! Higher logarithmic derivatives of the gamma function.

use super::{digamma, is_negative_integer, trigamma, two_sum};

/// The highest order for which nothing overflows on the way.
pub(super) const MAX_ORDER: u32 = 100;

/// `B₂`, `B₄`, …, `B₂₀`.
pub(super) const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
];

/// `ψ⁽ᵐ⁾(x)`, the derivative of order `m + 1` of `ln Γ`.
///
/// For `m ≥ 2` it is a Hurwitz zeta function,
/// `ψ⁽ᵐ⁾(x) = (-1)ᵐ⁺¹ m! Σ 1/(x+k)ᵐ⁺¹` with `k = 0, 1, …` (Abramowitz & Stegun
/// 6.4.10).  Positive arguments: see [`scaled_zeta`].  For negative ones, with
/// `x = f - n` and `n` the integer nearest to `-x`, the sum is regrouped around
/// its largest term so that every power is of a number known to full precision:
///
/// ```text
/// Σ 1/(x+k)ˢ = 1/fˢ + ζ(s, 1+f) + (-1)ˢ [ζ(s, 1-f) - ζ(s, 1-x)]
/// ```
///
/// For odd `m` it is `+∞` at zero and at negative integers.  For even `m` it is
/// `∓∞` at `±0` and `NaN` at negative integers, and near its zeros, which are
/// all negative, its error is relative to the terms above.  At `-∞`, and for
/// `m` above 100, it is `NaN`.
pub(crate) fn polygamma(m: u32, x: f64) -> f64 {
    match m {
        0 => return digamma(x),
        1 => return trigamma(x),
        _ if m > MAX_ORDER || x.is_nan() || x == f64::NEG_INFINITY => return f64::NAN,
        _ => {}
    }
    let odd = m % 2 == 1;
    let sum = if x > 0.0 {
        scaled_zeta(m, x)
    } else {
        if x == 0.0 && !odd {
            return f64::INFINITY.copysign(-x);
        }
        if x == 0.0 || is_negative_integer(x) {
            return if odd { f64::INFINITY } else { f64::NAN };
        }
        let nearest = x.round();
        let f = x - nearest;
        let mut sum = scaled_zeta(m, 1.0 + f);
        if nearest < 0.0 {
            let mirrored = scaled_zeta(m, 1.0 - f) - scaled_zeta(m, 1.0 - x);
            sum += if odd { mirrored } else { -mirrored };
        }
        sum + over_power(factorial(m), f, 0.0, m + 1)
    };
    if odd { sum } else { -sum }
}

/// `m! ζ(m+1, y) = m! Σ 1/(y+k)ᵐ⁺¹` for `y > 0` and `m ≥ 2`.
///
/// The leading terms are summed as they stand, up to `y + k ≥ m + 16`, where
/// the asymptotic series of the rest (Abramowitz & Stegun 6.4.11) reaches full
/// precision.
fn scaled_zeta(m: u32, y: f64) -> f64 {
    let power = m + 1;
    let factorial = factorial(m);
    let series_from = f64::from(m + 16);
    let count = (series_from - y).max(0.0).ceil();
    let order = f64::from(m);
    let (start, start_low) = two_sum(y, count);
    let lead = over_power(factorial / order, start, start_low, m);
    let mut sum = lead + lead * asymptotic_excess(order, start);
    let mut k = count;
    while k > 0.0 {
        k -= 1.0;
        let (base, base_low) = two_sum(y, k);
        sum += over_power(factorial, base, base_low, power);
    }
    sum
}

/// The asymptotic series of `m! ζ(m+1, y)` over its first term `(m-1)!/yᵐ`,
/// minus one: `m/(2y) + Σ B₂ₖ m(m+1)…(m+2k-1) / ((2k)! y²ᵏ)`.
fn asymptotic_excess(m: f64, y: f64) -> f64 {
    let r = 1.0 / y;
    let mut factor = 1.0;
    let mut rising = m;
    let mut index = 1.0;
    let mut sum = 0.0;
    for b in BERNOULLI {
        factor *= (rising * r / index) * ((rising + 1.0) * r / (index + 1.0));
        sum += b * factor;
        rising += 2.0;
        index += 2.0;
    }
    sum + 0.5 * m * r
}

/// `n!`, exact up to 22.
pub(super) fn factorial(n: u32) -> f64 {
    (2..=n).map(f64::from).product()
}

/// `scale / (base + low)ⁿ`.
///
/// The power is split in two so that it neither overflows nor underflows
/// unless the result does.
fn over_power(scale: f64, base: f64, low: f64, n: u32) -> f64 {
    let half = n / 2;
    scale * inverse_power(base, low, half) * inverse_power(base, low, n - half)
}

/// `1 / (base + low)ⁿ` for `n ≥ 1`, by a compensated product
/// (T. Ogita, S. M. Rump and S. Oishi, SIAM J. Sci. Comput. 26 (2005)).
fn inverse_power(base: f64, low: f64, n: u32) -> f64 {
    let mut power = base;
    let mut error = low;
    for _ in 1..n {
        let product = power * base;
        let rounding = power.mul_add(base, -product);
        error = error * base + (power * low + rounding);
        power = product;
    }
    let inverse = 1.0 / power;
    if inverse == 0.0 || !inverse.is_finite() {
        return inverse;
    }
    inverse + inverse * ((-inverse).mul_add(power, 1.0) - inverse * error)
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::{digamma, polygamma, trigamma};

    #[test]
    fn polygamma_values() {
        table(
            "polygamma",
            |x| polygamma(2, x),
            6.0,
            &[
                (1e-100, -1.9999999999999998e300),
                (0.3, -75.27253658872604),
                (17.145021654971334, -0.003606118836267983),
                (1e150, -1e-300),
                (-0.2, 245.56988429157832),
                (-3.7, -68.89345468867354),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(3, x),
            6.0,
            &[
                (0.9, 9.739014093776728),
                (14.321985336021736, 0.0007554153168477885),
                (1e60, 2.0000000000000005e-180),
                (-0.9786178156183195, 28704048.76122751),
                (-2.5, 194.74787621918762),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(4, x),
            6.0,
            &[
                (2.5, -0.3137559995067314),
                (20.0, -4.140597772639667e-5),
                (1e26, -5.999999999999999e-104),
                (-7.088107722224814, 4520007.868821969),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(5, x),
            6.0,
            &[
                (1e-40, 1.2000000000000005e242),
                (300.0, 9.959122082202984e-12),
                (-57.75091891022734, 503207.19657825236),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(8, x),
            6.0,
            &[(6.5, -0.002770689227780286), (33.676302793134035, -3.4247175311940126e-9)],
        );
        table(
            "polygamma",
            |x| polygamma(12, x),
            6.0,
            &[
                (1e-23, -4.790016000000002e307),
                (0.5, -3923983571677.6094),
                (28.2119809148975, -1.92966812225553e-10),
                (1e26, -3.991679999999998e-305),
                (-0.25, 3.2145233067527972e16),
                (-43.48152528130311, 3953226522093.753),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(50, x),
            6.0,
            &[
                (0.5, -6.848644940502395e79),
                (2.048214379732593, -4.008011147861172e48),
                (54.4930693785271, -1.4174928162866245e-24),
                (600.0, -7.843630291104559e-77),
            ],
        );
        table(
            "polygamma",
            |x| polygamma(100, x),
            6.0,
            &[
                (49.70834550827241, -4.936601286940761e-14),
                (117.7838036796566, -1.0789570585808874e-51),
            ],
        );
    }

    #[test]
    fn low_orders() {
        same(polygamma(0, 3.2), digamma(3.2));
        same(polygamma(1, -3.2), trigamma(-3.2));
    }

    #[test]
    fn limits() {
        same(polygamma(2, 0.0), f64::NEG_INFINITY);
        same(polygamma(2, -0.0), f64::INFINITY);
        same(polygamma(3, 0.0), f64::INFINITY);
        same(polygamma(3, -0.0), f64::INFINITY);
        same(polygamma(4, 1e-300), f64::NEG_INFINITY);
        same(polygamma(4, -1e-300), f64::INFINITY);
        same(polygamma(2, -4.0), f64::NAN);
        same(polygamma(3, -4.0), f64::INFINITY);
        same(polygamma(2, f64::INFINITY), -0.0);
        same(polygamma(3, f64::INFINITY), 0.0);
        same(polygamma(3, f64::NEG_INFINITY), f64::NAN);
        same(polygamma(5, f64::NAN), f64::NAN);
        same(polygamma(101, 1.0), f64::NAN);
    }
}
