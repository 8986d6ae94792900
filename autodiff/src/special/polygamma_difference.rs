//! Differences of one polygamma function at two arguments.

use super::polygamma;
use super::polygamma::{BERNOULLI, MAX_ORDER, factorial};

/// The asymptotic series reach full precision from `m` plus this on.
const SERIES_FROM: u32 = 12;

/// `ψ⁽ᵐ⁾(x) - ψ⁽ᵐ⁾(x + h)`.
///
/// It is relatively accurate for positive `x` and `x + h`, however close they
/// are: within a few ulps for small `m`, and within about `m` ulps for large.
/// With `z = x + h` and `h > 0` it is `(-1)ᵐ⁺¹ S`, where by Abramowitz & Stegun
/// 6.3.16 and 6.4.10
///
/// ```text
/// S = m! Σ [1/(x+k)ᵐ⁺¹ - 1/(z+k)ᵐ⁺¹],  k = 0, 1, …
/// ```
///
/// The leading terms are summed as they stand, up to `y = x + k ≥ m + 12`.  The
/// rest are the termwise differences of the asymptotic series (6.3.18, 6.4.11)
///
/// ```text
/// (m-1)!/yᵐ + m!/(2yᵐ⁺¹) + Σ B₂ₖ (2k+m-1)! / ((2k)! y²ᵏ⁺ᵐ),
/// ```
///
/// whose first term is `-ln y` if `m` is zero, with the difference
/// `ln(1 + h/y)`.  Those of powers are built up without cancellation; see
/// [`PowerDifferences`].  A negative `h` swaps the two arguments.
///
/// Other arguments give the difference of the two rounded values.  It is zero
/// for a zero `h`, and `NaN` for `m` above 100.
pub(crate) fn polygamma_difference(m: u32, x: f64, h: f64) -> f64 {
    let z = x + h;
    if m > MAX_ORDER || z.is_nan() {
        return f64::NAN;
    }
    if h == 0.0 {
        return 0.0;
    }
    if h.is_infinite() || x <= 0.0 || z <= 0.0 {
        return polygamma(m, x) - polygamma(m, z);
    }
    if z.is_infinite() && x.is_finite() {
        // Only the first term of the series is left.
        return polygamma_difference(m, 0.5 * x, 0.5 * h) * 0.5_f64.powi(m as i32);
    }
    let decrease = scaled_zeta_decrease(m, x.min(z), x.max(z), h.abs());
    if (m % 2 == 1) == (h > 0.0) { decrease } else { -decrease }
}

/// The `S` of [`polygamma_difference`] for `0 < x < z = x + h`, up to rounding.
fn scaled_zeta_decrease(m: u32, x: f64, z: f64, h: f64) -> f64 {
    let mut k = (f64::from(m + SERIES_FROM) - x).max(0.0).ceil();
    let mut sum = series_decrease(m, x + k, z + k, h);
    let factorial = factorial(m);
    while k > 0.0 {
        k -= 1.0;
        sum += PowerDifferences::new(factorial, x + k, z + k, h).advanced(m).value;
    }
    sum
}

/// The difference of the asymptotic series at `y ≥ m + 12` and at `z = y + h`.
fn series_decrease(m: u32, y: f64, z: f64, h: f64) -> f64 {
    let order = f64::from(m);
    let first = PowerDifferences::new(factorial(m.max(1) - 1), y, z, h);
    let (lead, mut power) = if m == 0 {
        ((h / y).ln_1p(), first)
    } else {
        let power = first.advanced(m - 1);
        (power.value, power.advanced(1))
    };
    // (m+j-1)! / (j! (m-1)!), without the last factor if m is zero.
    let mut factor = order.max(1.0);
    let half = 0.5 * factor * power.value;
    let mut index = 1.0;
    let mut sum = 0.0;
    for b in BERNOULLI {
        power = power.advanced(1);
        factor *= (order + index) / (index + 1.0);
        sum += b * factor * power.value;
        power = power.advanced(1);
        factor *= (order + index + 1.0) / (index + 2.0);
        index += 2.0;
    }
    lead + (half + sum)
}

/// `scale · (1/yⁿ - 1/zⁿ)` for `n` from 1 on, where `z = y + h`.
///
/// The first is `scale · h/(yz)` and the others follow from
/// `1/yⁿ⁺¹ - 1/zⁿ⁺¹ = (1/yⁿ - 1/zⁿ)/y + h/(y zⁿ⁺¹)`, where nothing cancels.
#[derive(Clone, Copy)]
struct PowerDifferences {
    value: f64,
    /// `scale · h/(y zⁿ)`
    last: f64,
    y_inverse: f64,
    z_inverse: f64,
}

impl PowerDifferences {
    /// The difference for `n = 1`.
    fn new(scale: f64, y: f64, z: f64, h: f64) -> Self {
        let product = y * z;
        let first = scale * if product.is_normal() { h / product } else { h / z / y };
        Self { value: first, last: first, y_inverse: 1.0 / y, z_inverse: 1.0 / z }
    }

    /// The difference for `n + steps`.
    fn advanced(mut self, steps: u32) -> Self {
        for _ in 0..steps {
            self.last *= self.z_inverse;
            self.value = self.value * self.y_inverse + self.last;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::{polygamma, polygamma_difference};

    #[test]
    fn values() {
        let values = [
            (0, 1e10, 1.0, -1e-10),
            (0, 1e16, 1.0, -1e-16),
            (0, 1e300, 1e-5, -1e-305),
            (0, 2.5, 1e-300, -4.9035775610023486e-301),
            (0, 1e-9, 3.0, -1000000001.4999999),
            (0, 0.7, 0.4, -0.7962686132868579),
            (0, 1.4616321, 1e-7, -9.67672240991974e-8),
            (0, 7.0, 1e200, -458.64423426371064),
            (0, 42.0, -1e-9, 2.4095219843960843e-11),
            (0, 0.3, -0.2999999, 9999997.074403722),
            (1, 1e10, 1.0, 1e-20),
            (1, 1e16, 1.0, 1e-32),
            (1, 1e150, 1e148, 9.900990099009901e-153),
            (1, 1e-150, 1e-160, 1.9999999997e290),
            (1, 3.3, 1e-14, 1.237511852649423e-15),
            (1, 0.02, 0.5, 2496.9813898133143),
            (1, 17.0, -4.5, -0.022697691198339007),
            (2, 1e10, 1.0, -2e-30),
            (2, 1e16, 1.0, -2e-48),
            (2, 1e-80, 1e-90, -5.999999998800001e230),
            (2, 0.6, 1e-17, -4.740704104534578e-16),
            (2, 5.5, -5.25, 129.28813099001562),
            (3, 1e10, 1.0, 6e-40),
            (3, 1e16, 1.0, 6e-64),
            (3, 1e60, 1e45, 5.999999999999989e-195),
            (3, 1e-60, 2e-60, 5.925925925925927e240),
            (3, 2.0, 1e-11, 8.862661234304723e-12),
            (3, 0.125, 0.875, 24573.6494796613),
            (3, 15.2, 0.1, 1.2628226895782121e-5),
            (20, 3.0, 1e-8, -16.31008078811088),
            (100, 2.5, 0.25, -5.998382112571718e117),
        ];
        for (m, x, h, want) in values {
            let limit = f64::from(m.max(6));
            let name = format!("polygamma_difference({m}, {x:e}, …)");
            table(&name, |h| polygamma_difference(m, x, h), limit, &[(h, want)]);
        }
    }

    #[test]
    fn swapped_arguments() {
        for m in 0..5 {
            let forward = polygamma_difference(m, 1.75, 0.5);
            same(polygamma_difference(m, 2.25, -0.5), -forward);
        }
    }

    #[test]
    fn limits() {
        const MAX: f64 = f64::MAX;
        const INFINITY: f64 = f64::INFINITY;
        same(polygamma_difference(0, 2.0, 0.0), 0.0);
        same(polygamma_difference(1, INFINITY, 0.0), 0.0);
        same(polygamma_difference(0, INFINITY, 1.0), -0.0);
        same(polygamma_difference(1, INFINITY, 1.0), 0.0);
        same(polygamma_difference(0, 2.0, INFINITY), -INFINITY);
        same(polygamma_difference(1, 2.0, INFINITY), polygamma(1, 2.0));
        same(polygamma_difference(0, MAX, MAX), -std::f64::consts::LN_2);
        same(polygamma_difference(1, MAX, MAX), 0.5 / MAX);
        same(polygamma_difference(0, 1e-310, 1.0), -INFINITY);
        same(polygamma_difference(1, 0.0, 1.0), INFINITY);
        same(polygamma_difference(0, -0.5, 2.0), polygamma(0, -0.5) - polygamma(0, 1.5));
        same(polygamma_difference(0, -1.0, 3.0), f64::NAN);
        same(polygamma_difference(0, f64::NAN, 0.0), f64::NAN);
        same(polygamma_difference(1, 1.0, f64::NAN), f64::NAN);
        same(polygamma_difference(101, 1.0, 1.0), f64::NAN);
    }
}
