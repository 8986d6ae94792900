// The gamma function, its logarithm, and the logarithm of the beta function. In single precision by double precision.
//
// The formulas are those of the functions for the host (autodiff/src/special), where their errors are measured.

#pragma once

#include "polygamma.h"

namespace wengert {

/// A product, and an estimate of its accumulated rounding error.
struct Product {
    double value = 1.0, rest = 0.0;

    /// Multiplies by factor + low.
    __device__ void multiply(double factor, double low) {
        double product = value * factor;
        double rounding = mul_add(value, factor, -product);
        rest = rest * factor + (value * low + rounding);
        value = product;
    }
};

/// Γ(x) for 1 ≤ x ≤ 2, as 1 + (x-1)(x-2) R(x) with the rational function R that interpolates at Chebyshev nodes.
WENGERT_CALLED double gamma_between_one_and_two(double x) {
    double t = x - 1.5;
    double ratio = horner(t, 0.45509229818896796, 0.18159987658578264, 0.0007858350760656177,
                          0.0017169282188742264, 0.0017292775308637136, -3.013774196771322e-05,
                          4.770681396099596e-06) /
                   horner(t, 1.0, 0.6832756072092556, -0.15808966796551438, -0.08917664573977976,
                          0.022135023137907446, 0.0023860599202603383, -0.0011168805544370828,
                          9.209050739843156e-05);
    return 1.0 + (x - 1.0) * (x - 2.0) * ratio;
}

/// Γ(x): for |x| ≤ 32 by the recurrence Γ(x+1) = x Γ(x) from [1, 2], else by the math library.
WENGERT_CALLED double gamma(double x) {
    if (is_negative_integer(x)) return double(NAN);
    if (!(abs(x) <= 32.0)) return ::tgamma(x);
    Product product;
    if (x >= 1.0) {
        double base = x;
        WENGERT_ROLLED while (base > 2.0) {
            base -= 1.0;
            product.multiply(base, 0.0);
        }
        double last = gamma_between_one_and_two(base);
        return last * product.value + last * product.rest;
    }
    double low = 0.0, base = x;
    WENGERT_ROLLED for (double steps = 1.0; base < 1.0; steps += 1.0) {
        product.multiply(base, low);
        base = two_sum(x, steps, low);
    }
    double quotient = gamma_between_one_and_two(base) / product.value;
    if (!(abs(quotient) < double(INFINITY))) return quotient;
    return quotient - quotient * (product.rest / product.value);
}

/// The zeros of ln|Γ|, in two parts: just below -2, -3, …, -17, and just above -3, -4, …, -17.
inline __device__ bool gamma_zero(bool below, int n, double &high, double &low) {
    static const double zeros_below[16][2] = {
        {-2.4570247382208006, -3.7075610815513266e-17}, {-3.14358088834998, -2.1818179852331714e-16},
        {-4.039361839740537, 2.1143995503980602e-16},   {-5.0082181683225935, -4.3926353491015815e-17},
        {-6.001385294453155, 6.415847287933042e-17},    {-7.000198333407325, 2.504354173632409e-16},
        {-8.000024800270682, -4.354586297860107e-16},   {-9.000002755714823, -9.491348611623208e-17},
        {-10.000000275573013, -3.4909708332642057e-16}, {-11.000000025052106, -6.850849812286175e-16},
        {-12.000000002087676, 1.2222548112048185e-16},  {-13.00000000016059, -6.745919484964342e-16},
        {-14.00000000001147, -8.094853704222662e-16},   {-15.000000000000764, -8.829322382710274e-16},
        {-16.000000000000046, -1.6094954994609367e-15}, {-17.000000000000004, 7.412564244550028e-16},
    };
    static const double zeros_above[15][2] = {
        {-2.7476826467274127, 9.055340329338315e-17},  {-3.955294284858598, -1.999428391746348e-17},
        {-4.991544640560048, 1.5174411760571722e-16},  {-5.998607480080875, -3.311862478893795e-16},
        {-6.999801507890638, 1.0550130037400023e-17},  {-7.999975197095821, -5.261737128572354e-17},
        {-8.999997244250977, -2.2185620509727132e-16}, {-9.99999972442663, 4.883037618642443e-16},
        {-10.99999997494789, 1.9843998306985407e-16},  {-11.999999997912324, -1.0020693920103036e-16},
        {-12.99999999983941, 6.747262033096337e-16},   {-13.99999999998853, 8.094860741926607e-16},
        {-14.999999999999236, 8.82932241476868e-16},   {-15.999999999999952, -1.668613399265054e-16},
        {-16.999999999999996, -7.412564244549576e-16},
    };
    int first = below ? 2 : 3;
    if (n < first || n > 17) return false;
    const double *zero = below ? zeros_below[n - first] : zeros_above[n - first];
    high = zero[0];
    low = zero[1];
    return true;
}

/// ln|Γ(x)| around its negative zeros, where the terms of the reflection formula cancel; else false.
///
/// With z the zero and δ = x - z, subtracting ln|Γ(z)| = 0 from that formula leaves
/// -ln(sin πx / sin πz) - [ln Γ(1-z-δ) - ln Γ(1-z)], both of order δ: the first by
/// sin πx - sin πz = 2 cos(π(x+z)/2) sin(πδ/2), the second by Taylor's series.
WENGERT_CALLED bool ln_gamma_near_zero(double x, double &value) {
    const double pi = 3.141592653589793;
    if (!(x > -18.0)) return false;
    // Between -3 and -2 lie two zeros with no other pole in between.
    double pole = -2.6 <= x && x < -2.5 ? -2.0 : round(x);
    double offset = x - pole, high, low;
    if (!gamma_zero(offset < 0.0, int(-pole), high, low)) return false;
    double delta = (x - high) - low;
    if (abs(delta) > 0.25) return false;
    double zero_offset = (high - pole) + low;
    double zero_sine = sin(pi * zero_offset);
    double midpoint_cosine = cos(0.5 * pi * (offset + zero_offset));
    double excess = 2.0 * midpoint_cosine * sin(0.5 * pi * delta) / zero_sine;
    double log_ratio = abs(excess) < 0.5 ? ln_1p(excess) : ln(sin(pi * offset) / zero_sine);
    double centre = 1.0 - high, power = 1.0, change = 0.0;
    WENGERT_ROLLED for (int order = 0; order < 16; order++) {
        power *= -delta / double(order + 1);
        double term = polygamma(centre, order) * power;
        change += term;
        if (abs(term) <= 1e-17 * abs(change)) break;
    }
    value = -log_ratio - change;
    return true;
}

/// ln|Γ(x)|: of positive arguments by the math library, of others by the reflection |Γ(x)| = π / (|sin πx| Γ(1-x))
/// (Abramowitz & Stegun 6.1.17).
WENGERT_CALLED double ln_gamma(double x) {
    const double pi = 3.141592653589793;
    if (x > 0.0 || is_nan(x)) return ::lgamma(x);
    if (x == 0.0 || is_negative_integer(x)) return double(INFINITY);
    if (x > -1e-18) return -ln(abs(x));
    double value;
    if (ln_gamma_near_zero(x, value)) return value;
    double mirrored = ::lgamma(1.0 - x);
    value = ln(pi / abs(sin(pi * offset_from_integer(x)))) - mirrored;
    // Close to a pole, but not close enough for the two terms not to cancel, |Γ| is far from 1.
    return x > -170.0 && abs(value) < 0.25 * mirrored ? ln(abs(gamma(x))) : value;
}

/// ln Γ(x) - [(x-½) ln x - x + ½ ln 2π] for x ≥ 10, by its asymptotic series (Abramowitz & Stegun 6.1.41).
WENGERT_CALLED double stirling_remainder(double x) {
    double r = 1.0 / x;
    return r * horner(r * r, 1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0,
                      -691.0 / 360360.0, 1.0 / 156.0, -3617.0 / 122400.0);
}

/// ln|B(a, b)|: for large arguments the Stirling form with the large parts cancelled on paper, after A. R. Didonato and
/// A. H. Morris, "Algorithm 708", ACM Trans. Math. Softw. 18 (1992) 360-373.
WENGERT_CALLED double ln_beta(double a, double b) {
    double p = a < b ? a : b, q = a < b ? b : a, sum_low;
    double sum = two_sum(p, q, sum_low);
    if (is_nan(p) || is_nan(q) || (p == 0.0 && q == double(INFINITY)) || p == -double(INFINITY)) return double(NAN);
    if (p < 0.0) return ln_gamma(p) + (ln_gamma(q) - ln_gamma(sum));
    if (p == 0.0) return double(INFINITY);
    if (q == double(INFINITY)) return -double(INFINITY);
    if (p >= 10.0) {
        double correction = stirling_remainder(p) + stirling_remainder(q) - stirling_remainder(sum);
        double small = (p - 0.5) * ln(p / sum) + q * ln_1p(-p / sum);
        return small + (0.9189385332046728 - 0.5 * ln(q) + correction);
    }
    if (q >= 10.0) {
        double correction = stirling_remainder(q) - stirling_remainder(sum);
        double rest = p - p * ln(sum) + (q - 0.5) * ln_1p(-p / sum);
        return ln_gamma(p) + (rest + correction);
    }
    double sum_rounding = sum_low == 0.0 ? 0.0 : digamma(sum) * sum_low;
    if (sum < 6.0) return ln_gamma(p) + (ln_gamma(q) - (ln_gamma(sum) + sum_rounding));
    return ln(gamma(p) * (gamma(q) / gamma(sum))) - sum_rounding;
}

inline __device__ float gamma(float x) { return float(gamma(double(x))); }
inline __device__ float ln_gamma(float x) { return float(ln_gamma(double(x))); }
inline __device__ float ln_beta(float a, float b) { return float(ln_beta(double(a), double(b))); }

}  // namespace wengert
