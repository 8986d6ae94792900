// The logarithmic derivatives of the gamma function. In single precision by double precision.
//
// The formulas are those of the functions for the host (autodiff/src/special), where their errors are measured.

#pragma once

#include "elementary.h"

namespace wengert {

/// a + b, and what its rounding left out (Knuth).
inline __device__ double two_sum(double a, double b, double &low) {
    double sum = a + b;
    double b_part = sum - a;
    double a_part = sum - b_part;
    low = (a - a_part) + (b - b_part);
    return sum;
}

/// Signed distance from x to the nearest integer, which is exact.
inline __device__ double offset_from_integer(double x) { return x - round(x); }

/// Whether x is a pole of Γ other than zero; true of -∞ too.
inline __device__ bool is_negative_integer(double x) { return x < 0.0 && x == floor(x); }

/// π cot πf for |f| ≤ ½.
inline __device__ double pi_cot_pi(double f) {
    const double pi = 3.141592653589793;
    if (abs(f) <= 0.25) return pi / tan(pi * f);
    return pi * copysign(tan(0.5 * pi * (1.0 - 2.0 * abs(f))), f);
}

/// ψ(x) for 1 ≤ x ≤ 2, as (x - x₀) R(x) with its zero x₀ in two parts and the rational function R that interpolates at
/// Chebyshev nodes.
inline __device__ double digamma_between_one_and_two(double x) {
    double t = x - 1.5;
    double distance = (x - 1.4616321449683622) - 9.549995429965697e-17;
    return distance * (horner(t, 0.9510558760318328, 1.1663702567214969, 0.5137384479970142,
                              0.0998201733015596, 0.008297484863617567, 0.00022636249078624788,
                              4.22009395907132e-07) /
                       horner(t, 1.0, 1.6718236205395554, 1.0319333676352624, 0.2978119036558111,
                              0.041378314480827155, 0.0025031842360786877, 4.664959078686044e-05));
}

/// ψ(x) for x ≥ 0: the recurrence ψ(x+1) = ψ(x) + 1/x around [1, 2], and from 10 on the asymptotic series (Abramowitz &
/// Stegun 6.3.18).
WENGERT_CALLED double digamma_of_positive(double x) {
    if (x < 1.0) return digamma_between_one_and_two(x + 1.0) - 1.0 / x;
    if (x < 10.0) {
        double sum = 0.0;
        WENGERT_ROLLED while (x > 2.0) {
            x -= 1.0;
            sum += 1.0 / x;
        }
        return sum + digamma_between_one_and_two(x);
    }
    double r = 1.0 / x, square = r * r;
    return ln(x) - (0.5 * r + square * horner(square, 1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0,
                                              1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0, -3617.0 / 8160.0));
}

/// ψ(x), for x ≤ -½ by the reflection ψ(x) = ψ(1-x) - π cot πx (6.3.7).
WENGERT_CALLED double digamma(double x) {
    if (x <= -0.5) {
        if (is_negative_integer(x)) return double(NAN);
        return digamma_of_positive(1.0 - x) - pi_cot_pi(offset_from_integer(x));
    }
    if (x < 0.0) return digamma_of_positive(x + 1.0) - 1.0 / x;
    return digamma_of_positive(x);
}

/// ψ′(x) for x ≥ 0: the recurrence ψ′(x) = ψ′(x+1) + 1/x² up to the asymptotic series (Abramowitz & Stegun 6.4.12).
WENGERT_CALLED double trigamma_of_positive(double x) {
    double k = ceil(max(10.0 - x, 0.0)), y = x + k;
    double r = 1.0 / y, square = r * r;
    double sum = (1.0 + (0.5 * r + square * horner(square, 1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0,
                                                   5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0,
                                                   43867.0 / 798.0))) / y;
    WENGERT_ROLLED while (k > 0.0) {
        k -= 1.0;
        sum += 1.0 / (x + k) / (x + k);
    }
    return sum;
}

/// ψ′(x), below zero by the reflection ψ′(x) = (π / sin πx)² - ψ′(1-x) (6.4.7).
WENGERT_CALLED double trigamma(double x) {
    if (x == -double(INFINITY)) return double(NAN);
    if (x < -0.5) {
        const double pi = 3.141592653589793;
        double cosecant = pi / sin(pi * offset_from_integer(x));
        return cosecant * cosecant - trigamma_of_positive(1.0 - x);
    }
    if (x < 0.0) return 1.0 / x / x + trigamma_of_positive(x + 1.0);
    return trigamma_of_positive(x);
}

/// B₂, B₄, …, B₂₀.
inline __device__ double bernoulli(int k) {
    static const double numbers[10] = {1.0 / 6.0,  -1.0 / 30.0,      1.0 / 42.0, -1.0 / 30.0,       5.0 / 66.0,
                                       -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0, 43867.0 / 798.0, -174611.0 / 330.0};
    return numbers[k];
}

inline __device__ double factorial(int n) {
    double product = 1.0;
    WENGERT_ROLLED for (int k = 2; k <= n; k++) product *= double(k);
    return product;
}

/// 1 / (base + low)ⁿ for n ≥ 1, by a compensated product (T. Ogita, S. M. Rump and S. Oishi, SIAM J. Sci. Comput. 26
/// (2005)).
WENGERT_CALLED double inverse_power(double base, double low, int n) {
    double power = base, error = low;
    WENGERT_ROLLED for (int k = 1; k < n; k++) {
        double product = power * base;
        double rounding = mul_add(power, base, -product);
        error = error * base + (power * low + rounding);
        power = product;
    }
    double inverse = 1.0 / power;
    if (inverse == 0.0 || !(abs(inverse) < double(INFINITY))) return inverse;
    return inverse + inverse * (mul_add(-inverse, power, 1.0) - inverse * error);
}

/// scale / (base + low)ⁿ, the power split in two so that it neither overflows nor underflows unless the result does.
inline __device__ double over_power(double scale, double base, double low, int n) {
    int half = n / 2;
    return scale * inverse_power(base, low, half) * inverse_power(base, low, n - half);
}

/// m! ζ(m+1, y) = m! Σ 1/(y+k)ᵐ⁺¹ for y > 0 and m ≥ 2: terms as they stand up to y + k ≥ m + 16, the asymptotic series
/// for the rest (Abramowitz & Stegun 6.4.11).
WENGERT_CALLED double scaled_zeta(int m, double y) {
    double all = factorial(m), order = double(m);
    double k = ceil(max(double(m + 16) - y, 0.0)), low;
    double start = two_sum(y, k, low);
    double lead = over_power(all / order, start, low, m);
    double r = 1.0 / start, factor = 1.0, rising = order, index = 1.0, excess = 0.0;
    WENGERT_ROLLED for (int term = 0; term < 10; term++) {
        factor *= (rising * r / index) * ((rising + 1.0) * r / (index + 1.0));
        excess += bernoulli(term) * factor;
        rising += 2.0;
        index += 2.0;
    }
    double sum = lead + lead * (excess + 0.5 * order * r);
    WENGERT_ROLLED while (k > 0.0) {
        k -= 1.0;
        double base = two_sum(y, k, low);
        sum += over_power(all, base, low, m + 1);
    }
    return sum;
}

/// ψ⁽ᵐ⁾(x) = (-1)ᵐ⁺¹ m! Σ 1/(x+k)ᵐ⁺¹ (Abramowitz & Stegun 6.4.10), of a negative x = f - n regrouped around the largest
/// term: 1/fˢ + ζ(s, 1+f) + (-1)ˢ [ζ(s, 1-f) - ζ(s, 1-x)]. NaN for m above 100.
WENGERT_CALLED double polygamma(double x, int m) {
    if (m == 0) return digamma(x);
    if (m == 1) return trigamma(x);
    if (m > 100 || is_nan(x) || x == -double(INFINITY)) return double(NAN);
    bool odd = m % 2 == 1;
    double sum;
    if (x > 0.0) {
        sum = scaled_zeta(m, x);
    } else {
        if (x == 0.0 && !odd) return copysign(double(INFINITY), -x);
        if (x == 0.0 || is_negative_integer(x)) return odd ? double(INFINITY) : double(NAN);
        double nearest = round(x), f = x - nearest;
        sum = scaled_zeta(m, 1.0 + f);
        if (nearest < 0.0) {
            double mirrored = scaled_zeta(m, 1.0 - f) - scaled_zeta(m, 1.0 - x);
            sum += odd ? mirrored : -mirrored;
        }
        sum += over_power(factorial(m), f, 0.0, m + 1);
    }
    return odd ? sum : -sum;
}

/// scale · (1/yⁿ - 1/zⁿ) for n from 1 on, where z = y + h: the first is scale · h/(yz), and the others follow from
/// 1/yⁿ⁺¹ - 1/zⁿ⁺¹ = (1/yⁿ - 1/zⁿ)/y + h/(y zⁿ⁺¹), where nothing cancels.
struct PowerDifferences {
    double value, last, y_inverse, z_inverse;

    __device__ PowerDifferences(double scale, double y, double z, double h) {
        double product = y * z;
        bool normal = 2.2250738585072014e-308 <= product && product < double(INFINITY);
        value = last = scale * (normal ? h / product : h / z / y);
        y_inverse = 1.0 / y;
        z_inverse = 1.0 / z;
    }

    __device__ void advance(int steps) {
        WENGERT_ROLLED for (int k = 0; k < steps; k++) {
            last *= z_inverse;
            value = value * y_inverse + last;
        }
    }
};

/// The difference of the asymptotic series (6.3.18, 6.4.11) at y ≥ m + 12 and at z = y + h.
WENGERT_CALLED double series_decrease(int m, double y, double z, double h) {
    double order = double(m);
    PowerDifferences power(factorial(m > 1 ? m - 1 : 0), y, z, h);
    double lead;
    if (m == 0) {
        lead = ln_1p(h / y);
    } else {
        power.advance(m - 1);
        lead = power.value;
        power.advance(1);
    }
    // (m+j-1)! / (j! (m-1)!), without the last factor if m is zero.
    double factor = m > 1 ? order : 1.0;
    double half = 0.5 * factor * power.value, index = 1.0, sum = 0.0;
    WENGERT_ROLLED for (int term = 0; term < 10; term++) {
        power.advance(1);
        factor *= (order + index) / (index + 1.0);
        sum += bernoulli(term) * factor * power.value;
        power.advance(1);
        factor *= (order + index + 1.0) / (index + 2.0);
        index += 2.0;
    }
    return lead + (half + sum);
}

/// ψ⁽ᵐ⁾(x) - ψ⁽ᵐ⁾(x + h) for positive x and x + h, however close they are; of others the difference of the values.
WENGERT_CALLED double polygamma_difference(double x, double h, int m) {
    double z = x + h, scale = 1.0;
    if (m > 100 || is_nan(z)) return double(NAN);
    if (h == 0.0) return 0.0;
    if (abs(h) == double(INFINITY) || x <= 0.0 || z <= 0.0) return polygamma(x, m) - polygamma(z, m);
    if (z == double(INFINITY) && x < double(INFINITY)) {
        // Only the first term of the series is left.
        x *= 0.5;
        h *= 0.5;
        z = x + h;
        scale = powi(0.5, m);
    }
    double low = min(x, z), high = max(x, z), size = abs(h);
    double k = ceil(max(double(m + 12) - low, 0.0));
    double sum = series_decrease(m, low + k, high + k, size);
    double all = factorial(m);
    WENGERT_ROLLED while (k > 0.0) {
        k -= 1.0;
        PowerDifferences power(all, low + k, high + k, size);
        power.advance(m);
        sum += power.value;
    }
    return scale * ((m % 2 == 1) == (h > 0.0) ? sum : -sum);
}

inline __device__ float digamma(float x) { return float(digamma(double(x))); }
inline __device__ float trigamma(float x) { return float(trigamma(double(x))); }
inline __device__ float polygamma(float x, int m) { return float(polygamma(double(x), m)); }
inline __device__ float polygamma_difference(float x, float h, int m) {
    return float(polygamma_difference(double(x), double(h), m));
}

}  // namespace wengert
