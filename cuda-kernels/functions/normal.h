// The normal distribution, and the inverse of the error function.

#pragma once

#include "elementary.h"

namespace wengert {

/// √½ in two parts.
template <class F> struct RootHalf;
template <> struct RootHalf<double> {
    static constexpr double high = 0.7071067811865476, low = -4.833646656726457e-17;
};
template <> struct RootHalf<float> {
    static constexpr float high = 0.70710677f, low = 1.2101617e-8f;
};

/// Φ(x) = ½ erfc(-x/√2).
///
/// In the lower tail the relative derivative of erfc t is about -2t, so that the rounding of t = -x/√2 alone would cost
/// x² ulps. What it loses is recovered, and put back through erfc(t + δ) ≈ erfc t - 2/√π exp(-t²) δ.
template <class F> __device__ F norm_cdf(F x) {
    F t = -x * RootHalf<F>::high;
    F tail = erfc(t);
    if (t < F(0.5) || tail == F(0)) return F(0.5) * tail;
    F lost = mul_add(-x, RootHalf<F>::high, -t) - x * RootHalf<F>::low;
    return F(0.5) * (tail - F(1.1283791670955126) * exp(-t * t) * lost);
}

template <class F> __device__ F gelu(F x) {
    return x == -F(INFINITY) ? -F(0) : x * norm_cdf(x);
}

// The quantile function, after M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
// Applied Statistics 37 (1988) 477-484, routine PPND16.

/// Φ⁻¹(½ + q) for |q| ≤ 0.425.
inline __device__ double central_quantile(double q) {
    double r = (0.425 - q) * (0.425 + q);
    return q *
           (horner(r, 3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
                   45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227) /
            horner(r, 1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
                   39307.89580009271, 28729.085735721943, 5226.495278852854));
}

/// -Φ⁻¹(p) for 0 ≤ p ≤ 0.075.
inline __device__ double tail_quantile(double p) {
    if (p == 0.0) return double(INFINITY);
    double r = sqrt(-ln(p));
    if (r <= 5.0) {
        double s = r - 1.6;
        return horner(s, 1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
                      1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414) /
               horner(s, 1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
                      0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-09);
    }
    double s = r - 5.0;
    return horner(s, 6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
                  0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-05, 2.0103343992922881e-07) /
           horner(s, 1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
                  1.8463183175100548e-05, 1.421511758316446e-07, 2.0442631033899397e-15);
}

inline __device__ double norm_inv_cdf(double p) {
    double q = p - 0.5;
    if (abs(q) <= 0.425) return central_quantile(q);
    if (0.0 <= p && p <= 0.5) return -tail_quantile(p);
    if (p > 0.5 && p <= 1.0) return tail_quantile(1.0 - p);
    return double(NAN);
}

/// Φ⁻¹((1 + x)/2) / √2, where nothing is lost to rounding near 0 or ±1.
inline __device__ double erf_inv(double x) {
    double size = abs(x);
    // The next term of the series is πx²/12 times smaller.
    if (size < 1e-8) return x / 1.1283791670955126;
    if (size <= 0.85) return RootHalf<double>::high * central_quantile(0.5 * x);
    if (size <= 1.0) return copysign(RootHalf<double>::high * tail_quantile(0.5 * (1.0 - size)), x);
    return double(NAN);
}

inline __device__ float norm_inv_cdf(float p) { return float(norm_inv_cdf(double(p))); }
inline __device__ float erf_inv(float x) { return float(erf_inv(double(x))); }

}  // namespace wengert
