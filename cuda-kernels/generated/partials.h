// Written from the rule table by `cargo run -p wengert-cuda-kernels --example ptx`. Do not edit.

#pragma once

#include "../functions/gamma.h"
#include "../functions/normal.h"

namespace wengert {

template <class F> __device__ F powi_m3_partial0(F x0) {
    const F v1 = wengert::powi(x0, -4);
    const F v3 = F(-3e0) * v1;
    return v3;
}

template <class F> __device__ F powi_m1_partial0(F x0) {
    const F v1 = wengert::powi(x0, -2);
    const F v3 = F(-1e0) * v1;
    return v3;
}

template <class F> __device__ F powi_0_partial0(F x0) {
    return F(0e0);
}

template <class F> __device__ F powi_1_partial0(F x0) {
    const F v1 = wengert::powi(x0, 0);
    const F v3 = F(1e0) * v1;
    return v3;
}

template <class F> __device__ F powi_2_partial0(F x0) {
    const F v1 = wengert::powi(x0, 1);
    const F v3 = F(2e0) * v1;
    return v3;
}

template <class F> __device__ F powi_3_partial0(F x0) {
    const F v1 = wengert::powi(x0, 2);
    const F v3 = F(3e0) * v1;
    return v3;
}

template <class F> __device__ F powi_5_partial0(F x0) {
    const F v1 = wengert::powi(x0, 4);
    const F v3 = F(5e0) * v1;
    return v3;
}

template <class F> __device__ F powi_10_partial0(F x0) {
    const F v1 = wengert::powi(x0, 9);
    const F v3 = F(1e1) * v1;
    return v3;
}

template <class F> __device__ F powf_partial0(F x0, F x1, F x2) {
    const F v4 = x1 - F(1e0);
    const F v5 = wengert::abs(x1);
    const bool v6 = v5 < F(1e0);
    const F v7 = v4 + F(1e0);
    const F v8 = x1 - v7;
    const F v9 = x1 - v4;
    const F v10 = v9 - F(1e0);
    const F v11 = v6 ? v8 : v10;
    const F v12 = wengert::abs(v11);
    const bool v14 = F(0e0) < v12;
    const F v15 = wengert::abs(x0);
    const bool v16 = F(0e0) < v15;
    const bool v17 = v14 && v16;
    const bool v18 = x0 < F(0e0);
    const F v19 = x2 / x0;
    const F v20 = wengert::powf(x0, v4);
    const F v21 = wengert::ln(x0);
    const F v22 = v11 * v21;
    const F v23 = F(1e0) + v22;
    const F v24 = v20 * v23;
    const F v25 = v18 ? v19 : v24;
    const F v26 = v17 ? v25 : v20;
    const F v27 = wengert::abs(v26);
    const bool v29 = v27 < F(INFINITY);
    const bool v30 = !v29;
    const bool v31 = x1 == F(0e0);
    const bool v32 = v31 && v30;
    const F v33 = x1 * v26;
    const F v34 = v32 ? F(0e0) : v33;
    return v34;
}

template <class F> __device__ F powf_partial1(F x0, F x1, F x2) {
    const bool v4 = x0 == F(0e0);
    const bool v5 = x1 < F(0e0);
    const bool v6 = !v5;
    const bool v7 = v4 && v6;
    const F v8 = wengert::ln(x0);
    const F v9 = x2 * v8;
    const F v10 = v7 ? F(0e0) : v9;
    return v10;
}

template <class F> __device__ F sqrt_partial0(F x0, F x1) {
    const F v2 = x1 + F(0e0);
    const F v4 = F(5e-1) / v2;
    return v4;
}

template <class F> __device__ F cbrt_partial0(F x0, F x1) {
    const F v1 = wengert::recip(x1);
    const F v2 = v1 * v1;
    const F v4 = v2 / F(3e0);
    return v4;
}

template <class F> __device__ F recip_partial0(F x0, F x1) {
    const F v1 = x1 * x1;
    const F v2 = -v1;
    return v2;
}

template <class F> __device__ F hypot_partial0(F x0, F x1, F x2) {
    const F v3 = wengert::abs(x0);
    const bool v5 = v3 < F(INFINITY);
    const F v6 = wengert::abs(x1);
    const bool v7 = v6 < F(INFINITY);
    const bool v8 = x2 == F(INFINITY);
    const bool v9 = v5 && v7;
    const F v11 = x0 * F(2.5e-1);
    const F v12 = x1 * F(2.5e-1);
    const F v13 = wengert::hypot(v11, v12);
    const F v14 = v11 / v13;
    const F v16 = wengert::copysign(F(1e0), x0);
    const F v17 = x0 - x0;
    const F v18 = v17 - F(1e0);
    const F v19 = wengert::sqrt(v18);
    const F v21 = v5 ? F(0e0) : v19;
    const F v22 = v7 ? v16 : v21;
    const F v23 = v9 ? v14 : v22;
    const bool v24 = x2 == F(0e0);
    const F v25 = x0 / x2;
    const F v26 = v24 ? F(0e0) : v25;
    const F v27 = v8 ? v23 : v26;
    return v27;
}

template <class F> __device__ F hypot_partial1(F x0, F x1, F x2) {
    const F v3 = wengert::abs(x1);
    const bool v5 = v3 < F(INFINITY);
    const F v6 = wengert::abs(x0);
    const bool v7 = v6 < F(INFINITY);
    const bool v8 = x2 == F(INFINITY);
    const bool v9 = v5 && v7;
    const F v11 = x1 * F(2.5e-1);
    const F v12 = x0 * F(2.5e-1);
    const F v13 = wengert::hypot(v11, v12);
    const F v14 = v11 / v13;
    const F v16 = wengert::copysign(F(1e0), x1);
    const F v17 = x1 - x1;
    const F v18 = v17 - F(1e0);
    const F v19 = wengert::sqrt(v18);
    const F v21 = v5 ? F(0e0) : v19;
    const F v22 = v7 ? v16 : v21;
    const F v23 = v9 ? v14 : v22;
    const bool v24 = x2 == F(0e0);
    const F v25 = x1 / x2;
    const F v26 = v24 ? F(0e0) : v25;
    const F v27 = v8 ? v23 : v26;
    return v27;
}

template <class F> __device__ F exp_partial0(F x0, F x1) {
    return x1;
}

template <class F> __device__ F exp2_partial0(F x0, F x1) {
    const F v2 = x1 * F(6.931471805599453e-1);
    return v2;
}

template <class F> __device__ F exp_m1_partial0(F x0) {
    const F v1 = wengert::exp(x0);
    return v1;
}

template <class F> __device__ F ln_partial0(F x0) {
    const bool v2 = x0 < F(0e0);
    const F v3 = x0 - x0;
    const F v5 = v3 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = F(1e0) / x0;
    const F v8 = v2 ? v6 : v7;
    return v8;
}

template <class F> __device__ F log_partial0(F x0, F x1, F x2) {
    const bool v3 = x0 < F(0e0);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = wengert::ln(x1);
    const F v9 = x0 * v8;
    const F v10 = F(1e0) / v9;
    const F v11 = v3 ? v7 : v10;
    return v11;
}

template <class F> __device__ F log_partial1(F x0, F x1, F x2) {
    const F v2 = -x2;
    const F v3 = wengert::ln(x1);
    const F v4 = x1 * v3;
    const F v5 = v2 / v4;
    return v5;
}

template <class F> __device__ F log2_partial0(F x0) {
    const bool v2 = x0 < F(0e0);
    const F v3 = x0 - x0;
    const F v5 = v3 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = F(1e0) / x0;
    const F v9 = v7 / F(6.931471805599453e-1);
    const F v10 = v2 ? v6 : v9;
    return v10;
}

template <class F> __device__ F log10_partial0(F x0) {
    const bool v2 = x0 < F(0e0);
    const F v3 = x0 - x0;
    const F v5 = v3 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = F(1e0) / x0;
    const F v9 = v7 / F(2.302585092994046e0);
    const F v10 = v2 ? v6 : v9;
    return v10;
}

template <class F> __device__ F ln_1p_partial0(F x0) {
    const bool v2 = x0 < F(-1e0);
    const F v3 = x0 - x0;
    const F v5 = v3 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = F(1e0) + x0;
    const F v8 = F(1e0) / v7;
    const F v9 = v2 ? v6 : v8;
    return v9;
}

template <class F> __device__ F sin_partial0(F x0) {
    const F v1 = wengert::cos(x0);
    return v1;
}

template <class F> __device__ F cos_partial0(F x0) {
    const F v1 = wengert::sin(x0);
    const F v2 = -v1;
    return v2;
}

template <class F> __device__ F tan_partial0(F x0, F x1) {
    const F v1 = x1 * x1;
    const F v3 = F(1e0) + v1;
    return v3;
}

template <class F> __device__ F asin_partial0(F x0) {
    const F v1 = wengert::abs(x0);
    const bool v3 = v1 < F(5e-1);
    const F v4 = x0 * x0;
    const F v6 = F(1e0) - v4;
    const F v7 = F(1e0) - x0;
    const F v8 = F(1e0) + x0;
    const F v9 = v7 * v8;
    const F v10 = v3 ? v6 : v9;
    const F v11 = wengert::sqrt(v10);
    const F v12 = wengert::recip(v11);
    return v12;
}

template <class F> __device__ F acos_partial0(F x0) {
    const F v1 = wengert::abs(x0);
    const bool v3 = v1 < F(5e-1);
    const F v4 = x0 * x0;
    const F v6 = F(1e0) - v4;
    const F v7 = F(1e0) - x0;
    const F v8 = F(1e0) + x0;
    const F v9 = v7 * v8;
    const F v10 = v3 ? v6 : v9;
    const F v11 = wengert::sqrt(v10);
    const F v12 = wengert::recip(v11);
    const F v13 = -v12;
    return v13;
}

template <class F> __device__ F atan_partial0(F x0) {
    const F v1 = wengert::abs(x0);
    const bool v3 = F(1e0) < v1;
    const F v4 = wengert::recip(x0);
    const F v5 = v4 * v4;
    const F v6 = F(1e0) + v5;
    const F v7 = v5 / v6;
    const F v8 = x0 * x0;
    const F v9 = F(1e0) + v8;
    const F v10 = F(1e0) / v9;
    const F v11 = v3 ? v7 : v10;
    return v11;
}

template <class F> __device__ F atan2_partial0(F x0, F x1) {
    const F v2 = wengert::hypot(x1, x0);
    const bool v4 = v2 == F(INFINITY);
    const bool v5 = x1 == x1;
    const bool v6 = v4 && v5;
    const bool v7 = x0 == x0;
    const bool v8 = v6 && v7;
    const bool v10 = v2 == F(0e0);
    const bool v11 = v10 || v8;
    const F v12 = x1 / v2;
    const F v13 = v12 / v2;
    const F v14 = v11 ? F(0e0) : v13;
    return v14;
}

template <class F> __device__ F atan2_partial1(F x0, F x1) {
    const F v2 = wengert::hypot(x0, x1);
    const bool v4 = v2 == F(INFINITY);
    const bool v5 = x0 == x0;
    const bool v6 = v4 && v5;
    const bool v7 = x1 == x1;
    const bool v8 = v6 && v7;
    const bool v10 = v2 == F(0e0);
    const bool v11 = v10 || v8;
    const F v12 = x0 / v2;
    const F v13 = v12 / v2;
    const F v14 = v11 ? F(0e0) : v13;
    const F v15 = -v14;
    return v15;
}

template <class F> __device__ F sinh_partial0(F x0) {
    const F v1 = wengert::cosh(x0);
    return v1;
}

template <class F> __device__ F cosh_partial0(F x0) {
    const F v1 = wengert::sinh(x0);
    return v1;
}

template <class F> __device__ F tanh_partial0(F x0) {
    const F v2 = F(2e0) * x0;
    const F v3 = wengert::sigmoid_slope(v2);
    const F v5 = F(4e0) * v3;
    return v5;
}

template <class F> __device__ F asinh_partial0(F x0) {
    const F v2 = wengert::hypot(x0, F(1e0));
    const F v3 = wengert::recip(v2);
    return v3;
}

template <class F> __device__ F acosh_partial0(F x0) {
    const F v2 = x0 - F(1e0);
    const F v3 = wengert::sqrt(v2);
    const F v4 = wengert::recip(v3);
    const F v5 = x0 + F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = wengert::recip(v6);
    const F v8 = v4 * v7;
    return v8;
}

template <class F> __device__ F atanh_partial0(F x0) {
    const F v1 = wengert::abs(x0);
    const bool v3 = F(1e0) < v1;
    const F v4 = x0 - x0;
    const F v5 = v4 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const bool v8 = v1 < F(5e-1);
    const F v9 = x0 * x0;
    const F v10 = F(1e0) - v9;
    const F v11 = F(1e0) - x0;
    const F v12 = F(1e0) + x0;
    const F v13 = v11 * v12;
    const F v14 = v8 ? v10 : v13;
    const F v15 = wengert::recip(v14);
    const F v16 = v3 ? v6 : v15;
    return v16;
}

template <class F> __device__ F abs_partial0(F x0) {
    const bool v2 = x0 < F(0e0);
    const bool v3 = F(0e0) < x0;
    const bool v4 = x0 == F(0e0);
    const F v5 = v4 ? F(0e0) : x0;
    const F v7 = v3 ? F(1e0) : v5;
    const F v9 = v2 ? F(-1e0) : v7;
    return v9;
}

template <class F> __device__ F signum_partial0(F x0) {
    const bool v1 = x0 == x0;
    const F v3 = v1 ? F(0e0) : x0;
    return v3;
}

template <class F> __device__ F copysign_partial0(F x0, F x1) {
    const bool v3 = x0 < F(0e0);
    const bool v4 = F(0e0) < x0;
    const bool v5 = x0 == F(0e0);
    const F v6 = v5 ? F(0e0) : x0;
    const F v8 = v4 ? F(1e0) : v6;
    const F v10 = v3 ? F(-1e0) : v8;
    const F v11 = wengert::copysign(F(1e0), x1);
    const F v12 = v10 * v11;
    return v12;
}

template <class F> __device__ F copysign_partial1(F x0, F x1) {
    return F(0e0);
}

template <class F> __device__ F floor_partial0(F x0) {
    const bool v1 = x0 == x0;
    const F v3 = v1 ? F(0e0) : x0;
    return v3;
}

template <class F> __device__ F ceil_partial0(F x0) {
    const bool v1 = x0 == x0;
    const F v3 = v1 ? F(0e0) : x0;
    return v3;
}

template <class F> __device__ F round_partial0(F x0) {
    const bool v1 = x0 == x0;
    const F v3 = v1 ? F(0e0) : x0;
    return v3;
}

template <class F> __device__ F trunc_partial0(F x0) {
    const bool v1 = x0 == x0;
    const F v3 = v1 ? F(0e0) : x0;
    return v3;
}

template <class F> __device__ F fract_partial0(F x0, F x1) {
    const bool v1 = x1 == x1;
    const F v3 = v1 ? F(1e0) : x1;
    return v3;
}

template <class F> __device__ F remainder_partial0(F x0, F x1, F x2) {
    const bool v1 = x2 == x2;
    const F v3 = v1 ? F(1e0) : x2;
    return v3;
}

template <class F> __device__ F remainder_partial1(F x0, F x1, F x2) {
    const bool v3 = x2 == x2;
    const F v4 = x0 - x2;
    const F v5 = v4 / x1;
    const F v6 = wengert::round(v5);
    const F v7 = -v6;
    const F v8 = v3 ? v7 : x2;
    return v8;
}

template <class F> __device__ F min_partial0(F x0, F x1) {
    const bool v2 = x0 < x1;
    const bool v3 = x1 < x0;
    const bool v4 = x0 == x1;
    const bool v5 = x0 == x0;
    const bool v6 = x1 == x1;
    const F v7 = x0 - x0;
    const F v9 = v7 - F(1e0);
    const F v10 = wengert::sqrt(v9);
    const F v12 = v6 ? F(0e0) : v10;
    const F v13 = v5 ? F(1e0) : v12;
    const F v15 = v4 ? F(5e-1) : v13;
    const F v16 = v3 ? F(0e0) : v15;
    const F v17 = v2 ? F(1e0) : v16;
    return v17;
}

template <class F> __device__ F min_partial1(F x0, F x1) {
    const bool v2 = x1 < x0;
    const bool v3 = x0 < x1;
    const bool v4 = x1 == x0;
    const bool v5 = x1 == x1;
    const bool v6 = x0 == x0;
    const F v7 = x1 - x1;
    const F v9 = v7 - F(1e0);
    const F v10 = wengert::sqrt(v9);
    const F v12 = v6 ? F(0e0) : v10;
    const F v13 = v5 ? F(1e0) : v12;
    const F v15 = v4 ? F(5e-1) : v13;
    const F v16 = v3 ? F(0e0) : v15;
    const F v17 = v2 ? F(1e0) : v16;
    return v17;
}

template <class F> __device__ F max_partial0(F x0, F x1) {
    const bool v2 = x1 < x0;
    const bool v3 = x0 < x1;
    const bool v4 = x0 == x1;
    const bool v5 = x0 == x0;
    const bool v6 = x1 == x1;
    const F v7 = x0 - x0;
    const F v9 = v7 - F(1e0);
    const F v10 = wengert::sqrt(v9);
    const F v12 = v6 ? F(0e0) : v10;
    const F v13 = v5 ? F(1e0) : v12;
    const F v15 = v4 ? F(5e-1) : v13;
    const F v16 = v3 ? F(0e0) : v15;
    const F v17 = v2 ? F(1e0) : v16;
    return v17;
}

template <class F> __device__ F max_partial1(F x0, F x1) {
    const bool v2 = x0 < x1;
    const bool v3 = x1 < x0;
    const bool v4 = x1 == x0;
    const bool v5 = x1 == x1;
    const bool v6 = x0 == x0;
    const F v7 = x1 - x1;
    const F v9 = v7 - F(1e0);
    const F v10 = wengert::sqrt(v9);
    const F v12 = v6 ? F(0e0) : v10;
    const F v13 = v5 ? F(1e0) : v12;
    const F v15 = v4 ? F(5e-1) : v13;
    const F v16 = v3 ? F(0e0) : v15;
    const F v17 = v2 ? F(1e0) : v16;
    return v17;
}

template <class F> __device__ F clamp_partial0(F x0, F x1, F x2) {
    const bool v3 = x0 < x1;
    const bool v4 = x2 < x0;
    const bool v5 = v3 || v4;
    const bool v6 = x0 == x0;
    const F v8 = v6 ? F(1e0) : x0;
    const F v10 = v5 ? F(0e0) : v8;
    return v10;
}

template <class F> __device__ F clamp_partial1(F x0, F x1, F x2) {
    const bool v2 = x0 < x1;
    const F v5 = v2 ? F(1e0) : F(0e0);
    return v5;
}

template <class F> __device__ F clamp_partial2(F x0, F x1, F x2) {
    const bool v2 = x2 < x0;
    const F v5 = v2 ? F(1e0) : F(0e0);
    return v5;
}

template <class F> __device__ F mul_add_partial0(F x0, F x1, F x2) {
    return x1;
}

template <class F> __device__ F mul_add_partial1(F x0, F x1, F x2) {
    return x0;
}

template <class F> __device__ F mul_add_partial2(F x0, F x1, F x2) {
    return F(1e0);
}

template <class F> __device__ F xlogy_partial0(F x0, F x1) {
    const F v1 = wengert::ln(x1);
    return v1;
}

template <class F> __device__ F xlogy_partial1(F x0, F x1) {
    const bool v3 = x1 < F(0e0);
    const F v4 = x1 - x1;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const bool v8 = x0 == F(0e0);
    const bool v9 = x1 == F(0e0);
    const bool v10 = v8 && v9;
    const F v11 = x0 / x1;
    const F v12 = v10 ? F(0e0) : v11;
    const F v13 = v3 ? v7 : v12;
    return v13;
}

template <class F> __device__ F xlog1py_partial0(F x0, F x1) {
    const F v1 = wengert::ln_1p(x1);
    return v1;
}

template <class F> __device__ F xlog1py_partial1(F x0, F x1) {
    const bool v3 = x1 < F(-1e0);
    const F v4 = x1 - x1;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const bool v9 = x0 == F(0e0);
    const bool v10 = x1 == F(-1e0);
    const bool v11 = v9 && v10;
    const F v12 = F(1e0) + x1;
    const F v13 = x0 / v12;
    const F v14 = v11 ? F(0e0) : v13;
    const F v15 = v3 ? v7 : v14;
    return v15;
}

template <class F> __device__ F log_add_exp_partial0(F x0, F x1) {
    const bool v3 = x0 == -F(INFINITY);
    const bool v4 = x1 == -F(INFINITY);
    const bool v5 = v3 && v4;
    const bool v7 = x0 == F(INFINITY);
    const bool v8 = x1 == F(INFINITY);
    const bool v9 = v7 && v8;
    const F v10 = x0 - x1;
    const F v11 = wengert::sigmoid(v10);
    const F v13 = v9 ? F(5e-1) : v11;
    const F v15 = v5 ? F(0e0) : v13;
    return v15;
}

template <class F> __device__ F log_add_exp_partial1(F x0, F x1) {
    const bool v3 = x1 == -F(INFINITY);
    const bool v4 = x0 == -F(INFINITY);
    const bool v5 = v3 && v4;
    const bool v7 = x1 == F(INFINITY);
    const bool v8 = x0 == F(INFINITY);
    const bool v9 = v7 && v8;
    const F v10 = x1 - x0;
    const F v11 = wengert::sigmoid(v10);
    const F v13 = v9 ? F(5e-1) : v11;
    const F v15 = v5 ? F(0e0) : v13;
    return v15;
}

template <class F> __device__ F log_diff_exp_partial0(F x0, F x1) {
    const bool v2 = x0 < x1;
    const F v3 = x0 - x1;
    const F v4 = v3 - v3;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = x1 - x0;
    const F v10 = F(0e0) - v8;
    const F v11 = wengert::inverse_exp_m1(v10);
    const F v12 = F(1e0) + v11;
    const F v13 = v2 ? v7 : v12;
    return v13;
}

template <class F> __device__ F log_diff_exp_partial1(F x0, F x1) {
    const bool v2 = x0 < x1;
    const F v3 = x0 - x1;
    const F v4 = v3 - v3;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = x1 - x0;
    const F v10 = F(0e0) - v8;
    const F v11 = wengert::inverse_exp_m1(v10);
    const F v12 = -v11;
    const F v13 = v2 ? v7 : v12;
    return v13;
}

template <class F> __device__ F log1m_exp_partial0(F x0) {
    const bool v2 = F(0e0) < x0;
    const F v3 = x0 - x0;
    const F v5 = v3 - F(1e0);
    const F v6 = wengert::sqrt(v5);
    const F v7 = F(0e0) - x0;
    const F v8 = wengert::inverse_exp_m1(v7);
    const F v9 = -v8;
    const F v10 = v2 ? v6 : v9;
    return v10;
}

template <class F> __device__ F erf_partial0(F x0) {
    const F v1 = x0 * x0;
    const F v2 = -v1;
    const F v3 = wengert::exp(v2);
    const F v5 = v3 * F(1.1283791670955126e0);
    return v5;
}

template <class F> __device__ F erfc_partial0(F x0) {
    const F v1 = x0 * x0;
    const F v2 = -v1;
    const F v3 = wengert::exp(v2);
    const F v5 = v3 * F(1.1283791670955126e0);
    const F v6 = -v5;
    return v6;
}

template <class F> __device__ F erf_inv_partial0(F x0, F x1) {
    const F v1 = x1 * x1;
    const F v2 = wengert::exp(v1);
    const F v4 = v2 / F(1.1283791670955126e0);
    return v4;
}

template <class F> __device__ F gamma_partial0(F x0, F x1) {
    const F v2 = wengert::digamma(x0);
    const F v3 = x1 * v2;
    return v3;
}

template <class F> __device__ F ln_gamma_partial0(F x0) {
    const F v1 = wengert::digamma(x0);
    return v1;
}

template <class F> __device__ F digamma_partial0(F x0, F x1) {
    const bool v2 = x1 == x1;
    const F v3 = wengert::trigamma(x0);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = v2 ? v3 : v7;
    return v8;
}

template <class F> __device__ F trigamma_partial0(F x0) {
    const F v1 = wengert::polygamma(x0, 2);
    return v1;
}

template <class F> __device__ F polygamma_0_partial0(F x0, F x1) {
    const bool v2 = x1 == x1;
    const F v3 = wengert::polygamma(x0, 1);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = v2 ? v3 : v7;
    return v8;
}

template <class F> __device__ F polygamma_1_partial0(F x0, F x1) {
    const bool v2 = x1 == x1;
    const F v3 = wengert::polygamma(x0, 2);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = v2 ? v3 : v7;
    return v8;
}

template <class F> __device__ F polygamma_2_partial0(F x0, F x1) {
    const bool v2 = x1 == x1;
    const F v3 = wengert::polygamma(x0, 3);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = v2 ? v3 : v7;
    return v8;
}

template <class F> __device__ F polygamma_3_partial0(F x0, F x1) {
    const bool v2 = x1 == x1;
    const F v3 = wengert::polygamma(x0, 4);
    const F v4 = x0 - x0;
    const F v6 = v4 - F(1e0);
    const F v7 = wengert::sqrt(v6);
    const F v8 = v2 ? v3 : v7;
    return v8;
}

template <class F> __device__ F polygamma_difference_0_partial0(F x0, F x1) {
    const F v2 = wengert::polygamma_difference(x0, x1, 1);
    return v2;
}

template <class F> __device__ F polygamma_difference_0_partial1(F x0, F x1) {
    const F v2 = x0 + x1;
    const F v3 = wengert::polygamma(v2, 1);
    const F v4 = -v3;
    return v4;
}

template <class F> __device__ F polygamma_difference_1_partial0(F x0, F x1) {
    const F v2 = wengert::polygamma_difference(x0, x1, 2);
    return v2;
}

template <class F> __device__ F polygamma_difference_1_partial1(F x0, F x1) {
    const F v2 = x0 + x1;
    const F v3 = wengert::polygamma(v2, 2);
    const F v4 = -v3;
    return v4;
}

template <class F> __device__ F polygamma_difference_2_partial0(F x0, F x1) {
    const F v2 = wengert::polygamma_difference(x0, x1, 3);
    return v2;
}

template <class F> __device__ F polygamma_difference_2_partial1(F x0, F x1) {
    const F v2 = x0 + x1;
    const F v3 = wengert::polygamma(v2, 3);
    const F v4 = -v3;
    return v4;
}

template <class F> __device__ F ln_beta_partial0(F x0, F x1) {
    const F v2 = wengert::polygamma_difference(x0, x1, 0);
    return v2;
}

template <class F> __device__ F ln_beta_partial1(F x0, F x1) {
    const F v2 = wengert::polygamma_difference(x1, x0, 0);
    return v2;
}

template <class F> __device__ F norm_cdf_partial0(F x0) {
    const F v2 = F(-5e-1) * x0;
    const F v3 = v2 * x0;
    const F v4 = wengert::exp(v3);
    const F v6 = v4 * F(3.989422804014327e-1);
    return v6;
}

template <class F> __device__ F norm_inv_cdf_partial0(F x0, F x1) {
    const F v2 = F(5e-1) * x1;
    const F v3 = v2 * x1;
    const F v4 = wengert::exp(v3);
    const F v6 = v4 * F(2.5066282746310007e0);
    return v6;
}

template <class F> __device__ F sigmoid_partial0(F x0) {
    const F v1 = wengert::sigmoid_slope(x0);
    return v1;
}

template <class F> __device__ F logit_partial0(F x0) {
    const bool v2 = x0 < F(0e0);
    const bool v4 = F(1e0) < x0;
    const bool v5 = v2 || v4;
    const F v6 = x0 - x0;
    const F v7 = v6 - F(1e0);
    const F v8 = wengert::sqrt(v7);
    const F v10 = F(2e0) * x0;
    const F v11 = v10 - F(1e0);
    const F v12 = wengert::abs(v11);
    const bool v14 = v12 < F(5e-1);
    const F v15 = v11 * v11;
    const F v16 = F(1e0) - v15;
    const F v18 = F(4e0) / v16;
    const F v19 = F(1e0) - x0;
    const F v20 = x0 * v19;
    const F v21 = wengert::recip(v20);
    const F v22 = v14 ? v18 : v21;
    const F v23 = v5 ? v8 : v22;
    return v23;
}

template <class F> __device__ F softplus_partial0(F x0) {
    const F v1 = wengert::sigmoid(x0);
    return v1;
}

template <class F> __device__ F ln_sigmoid_partial0(F x0) {
    const F v1 = -x0;
    const F v2 = wengert::sigmoid(v1);
    return v2;
}

template <class F> __device__ F relu_partial0(F x0) {
    const bool v2 = F(0e0) < x0;
    const bool v3 = x0 == x0;
    const F v4 = v3 ? F(0e0) : x0;
    const F v6 = v2 ? F(1e0) : v4;
    return v6;
}

template <class F> __device__ F silu_partial0(F x0) {
    const F v1 = wengert::sigmoid(x0);
    const F v2 = wengert::abs(x0);
    const bool v4 = v2 == F(INFINITY);
    const F v5 = -x0;
    const F v6 = wengert::sigmoid(v5);
    const F v7 = x0 * v6;
    const F v9 = v4 ? F(0e0) : v7;
    const F v11 = F(1e0) + v9;
    const F v12 = v1 * v11;
    return v12;
}

template <class F> __device__ F gelu_partial0(F x0) {
    const F v1 = wengert::norm_cdf(x0);
    const F v2 = wengert::abs(x0);
    const bool v4 = v2 == F(INFINITY);
    const F v6 = F(-5e-1) * x0;
    const F v7 = v6 * x0;
    const F v8 = wengert::exp(v7);
    const F v10 = v8 * F(3.989422804014327e-1);
    const F v11 = x0 * v10;
    const F v13 = v4 ? F(0e0) : v11;
    const F v14 = v1 + v13;
    return v14;
}

template <class F> __device__ F sinc_partial0(F x0, F x1) {
    const F v2 = wengert::abs(x0);
    const bool v4 = F(1e0) < v2;
    const bool v6 = v2 == F(INFINITY);
    const F v7 = wengert::cos(x0);
    const F v8 = v7 - x1;
    const F v9 = v8 / x0;
    const F v11 = v6 ? F(0e0) : v9;
    const F v12 = x0 * x0;
    const F v14 = F(-1.01010101010101e-3) * v12;
    const F v15 = F(1e0) + F(0e0);
    const F v16 = v14 * v15;
    const F v18 = F(-1.152073732718894e-3) * v12;
    const F v19 = F(1e0) + v16;
    const F v20 = v18 * v19;
    const F v22 = F(-1.326259946949602e-3) * v12;
    const F v23 = F(1e0) + v20;
    const F v24 = v22 * v23;
    const F v26 = F(-1.5432098765432098e-3) * v12;
    const F v27 = F(1e0) + v24;
    const F v28 = v26 * v27;
    const F v30 = F(-1.8181818181818182e-3) * v12;
    const F v31 = F(1e0) + v28;
    const F v32 = v30 * v31;
    const F v34 = F(-2.173913043478261e-3) * v12;
    const F v35 = F(1e0) + v32;
    const F v36 = v34 * v35;
    const F v38 = F(-2.6455026455026454e-3) * v12;
    const F v39 = F(1e0) + v36;
    const F v40 = v38 * v39;
    const F v42 = F(-3.289473684210526e-3) * v12;
    const F v43 = F(1e0) + v40;
    const F v44 = v42 * v43;
    const F v46 = F(-4.201680672268907e-3) * v12;
    const F v47 = F(1e0) + v44;
    const F v48 = v46 * v47;
    const F v50 = F(-5.555555555555556e-3) * v12;
    const F v51 = F(1e0) + v48;
    const F v52 = v50 * v51;
    const F v54 = F(-7.692307692307693e-3) * v12;
    const F v55 = F(1e0) + v52;
    const F v56 = v54 * v55;
    const F v58 = F(-1.1363636363636364e-2) * v12;
    const F v59 = F(1e0) + v56;
    const F v60 = v58 * v59;
    const F v62 = F(-1.8518518518518517e-2) * v12;
    const F v63 = F(1e0) + v60;
    const F v64 = v62 * v63;
    const F v66 = F(-3.571428571428571e-2) * v12;
    const F v67 = F(1e0) + v64;
    const F v68 = v66 * v67;
    const F v70 = F(-1e-1) * v12;
    const F v71 = F(1e0) + v68;
    const F v72 = v70 * v71;
    const F v74 = F(-3.333333333333333e-1) * x0;
    const F v75 = F(1e0) + v72;
    const F v76 = v74 * v75;
    const F v77 = v4 ? v11 : v76;
    return v77;
}

}  // namespace wengert
