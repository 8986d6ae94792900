// Values of the rows of the rule table, where they are arithmetic around functions of the math library.
//
// Each function has the name and the arguments of its row; `F` is float or double. What is written in the header
// `gamma.h` or `normal.h` is an approximation of our own. Compiled by nvcc for the device, or by any C++ compiler for
// the host, with `__device__` and `__noinline__` defined as nothing.

#pragma once

#include <math.h>

/// A long function that is not worth a copy at each place of a call.
#define WENGERT_CALLED inline __device__ __noinline__
/// A loop that is not worth unrolling.
#define WENGERT_ROLLED _Pragma("unroll 1")

namespace wengert {

/// c[0] + c[1] x + c[2] x² + …, by Horner's rule.
template <class F> __device__ F horner(F, F c) { return c; }
template <class F, class... Rest> __device__ F horner(F x, F c, F next, Rest... rest) {
    return horner(x, next, F(rest)...) * x + c;
}

template <class F> __device__ bool is_nan(F x) { return x != x; }

// Functions of the math library, which has them for both types.

template <class F> __device__ F exp(F x) { return ::exp(x); }
template <class F> __device__ F exp2(F x) { return ::exp2(x); }
template <class F> __device__ F exp_m1(F x) { return ::expm1(x); }
template <class F> __device__ F ln(F x) { return ::log(x); }
template <class F> __device__ F log2(F x) { return ::log2(x); }
template <class F> __device__ F log10(F x) { return ::log10(x); }
template <class F> __device__ F ln_1p(F x) { return ::log1p(x); }
template <class F> __device__ F sin(F x) { return ::sin(x); }
template <class F> __device__ F cos(F x) { return ::cos(x); }
template <class F> __device__ F tan(F x) { return ::tan(x); }
template <class F> __device__ F asin(F x) { return ::asin(x); }
template <class F> __device__ F acos(F x) { return ::acos(x); }
template <class F> __device__ F atan(F x) { return ::atan(x); }
template <class F> __device__ F atan2(F y, F x) { return ::atan2(y, x); }
template <class F> __device__ F sinh(F x) { return ::sinh(x); }
template <class F> __device__ F cosh(F x) { return ::cosh(x); }
template <class F> __device__ F tanh(F x) { return ::tanh(x); }
template <class F> __device__ F asinh(F x) { return ::asinh(x); }
template <class F> __device__ F acosh(F x) { return ::acosh(x); }
template <class F> __device__ F atanh(F x) { return ::atanh(x); }
template <class F> __device__ F sqrt(F x) { return ::sqrt(x); }
template <class F> __device__ F cbrt(F x) { return ::cbrt(x); }
template <class F> __device__ F hypot(F x, F y) { return ::hypot(x, y); }
template <class F> __device__ F powf(F x, F y) { return ::pow(x, y); }
template <class F> __device__ F abs(F x) { return ::fabs(x); }
template <class F> __device__ F copysign(F x, F sign) { return ::copysign(x, sign); }
template <class F> __device__ F floor(F x) { return ::floor(x); }
template <class F> __device__ F ceil(F x) { return ::ceil(x); }
template <class F> __device__ F round(F x) { return ::round(x); }
template <class F> __device__ F trunc(F x) { return ::trunc(x); }
template <class F> __device__ F remainder(F x, F y) { return ::fmod(x, y); }
template <class F> __device__ F min(F a, F b) { return ::fmin(a, b); }
template <class F> __device__ F max(F a, F b) { return ::fmax(a, b); }
template <class F> __device__ F mul_add(F x, F a, F b) { return ::fma(x, a, b); }
template <class F> __device__ F erf(F x) { return ::erf(x); }
template <class F> __device__ F erfc(F x) { return ::erfc(x); }

// Powers and pieces.

template <class F> __device__ F recip(F x) { return F(1) / x; }
template <class F> __device__ F log(F x, F base) { return ln(x) / ln(base); }
template <class F> __device__ F fract(F x) { return x - trunc(x); }
template <class F> __device__ F signum(F x) { return is_nan(x) ? x : copysign(F(1), x); }

/// xⁿ by repeated squaring, in the order of the compiler's run-time library for the host.
template <class F> __device__ F powi(F x, int n) {
    F power = F(1);
    for (unsigned left = n < 0 ? 0u - unsigned(n) : unsigned(n);;) {
        if (left & 1u) power *= x;
        left >>= 1;
        if (left == 0) break;
        x *= x;
    }
    return n < 0 ? F(1) / power : power;
}

/// NaN where the row panics: if low > high, or a bound is NaN.
template <class F> __device__ F clamp(F x, F low, F high) {
    if (!(low <= high)) return F(NAN);
    return x < low ? low : x > high ? high : x;
}

// Logarithms of sums and products.

template <class F> __device__ F xlogy(F x, F y) {
    return x == F(0) && !is_nan(y) ? F(0) : x * ln(y);
}

template <class F> __device__ F xlog1py(F x, F y) {
    return x == F(0) && !is_nan(y) ? F(0) : x * ln_1p(y);
}

/// ln(1 - eˣ), in double precision: its users add to it what cancels. The form is chosen at -ln 2, after M. Mächler,
/// "Accurately computing log(1 - exp(-|a|))" (R package Rmpfr, 2012).
template <class F> __device__ F log1m_exp(F single) {
    double x = single;
    return F(x > -0.6931471805599453 ? ln(-exp_m1(x)) : ln_1p(-exp(x)));
}

template <class F> __device__ F log_add_exp(F a, F b) {
    if (a == b) return a + F(0.6931471805599453);
    if (is_nan(a) || is_nan(b)) return F(NAN);
    return max(a, b) + ln_1p(exp(-abs(a - b)));
}

template <class F> __device__ F log_diff_exp(F a, F b) {
    if (b == -F(INFINITY)) return a;
    if (a == b) return a == F(INFINITY) ? F(NAN) : -F(INFINITY);
    return a + log1m_exp(b - a);
}

// Steps and ramps.

template <class F> __device__ F inverse_exp_m1(F x) {
    if (x > F(1)) {
        const F e = exp(-x);
        return e / (F(1) - e);
    }
    return F(1) / exp_m1(x);
}

template <class F> __device__ F sigmoid(F x) {
    F e = exp(-abs(x));
    return (x < F(0) ? e : F(1)) / (F(1) + e);
}

template <class F> __device__ F sigmoid_slope(F x) {
    F e = exp(-abs(x));
    F s = F(1) + e;
    return e / (s * s);
}

/// ln(p / (1 - p)); around its zero at ½ as ln(1 + (2p-1)/(1-p)), where 2p - 1 is exact.
template <class F> __device__ F logit(F p) {
    if (F(0.3) <= p && p <= F(0.65)) return ln_1p((F(2) * p - F(1)) / (F(1) - p));
    return ln(p / (F(1) - p));
}

/// max(x, 0) + ln(1 + e^-|x|)
template <class F> __device__ F softplus(F x) {
    F tail = ln_1p(exp(-abs(x)));
    return x > F(0) ? x + tail : tail;
}

template <class F> __device__ F ln_sigmoid(F x) { return -softplus(-x); }
template <class F> __device__ F relu(F x) { return x < F(0) ? F(0) : x; }

template <class F> __device__ F silu(F x) {
    return x == -F(INFINITY) ? -F(0) : x * sigmoid(x);
}

template <class F> __device__ F sinc(F x) {
    if (x == F(0)) return F(1);
    return abs(x) == F(INFINITY) ? F(0) : sin(x) / x;
}

}  // namespace wengert
