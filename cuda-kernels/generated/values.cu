// Written from the rule table by `cargo run -p wengert-cuda-kernels --example ptx`. Do not edit.

#include "../functions/gamma.h"
#include "../functions/normal.h"

extern "C" __device__ float wengert_powi_f32(float x0, int n) { return wengert::powi(x0, n); }
extern "C" __device__ double wengert_powi_f64(double x0, int n) { return wengert::powi(x0, n); }

extern "C" __device__ float wengert_powf_f32(float x0, float x1) { return wengert::powf(x0, x1); }
extern "C" __device__ double wengert_powf_f64(double x0, double x1) { return wengert::powf(x0, x1); }

extern "C" __device__ float wengert_sqrt_f32(float x0) { return wengert::sqrt(x0); }
extern "C" __device__ double wengert_sqrt_f64(double x0) { return wengert::sqrt(x0); }

extern "C" __device__ float wengert_cbrt_f32(float x0) { return wengert::cbrt(x0); }
extern "C" __device__ double wengert_cbrt_f64(double x0) { return wengert::cbrt(x0); }

extern "C" __device__ float wengert_recip_f32(float x0) { return wengert::recip(x0); }
extern "C" __device__ double wengert_recip_f64(double x0) { return wengert::recip(x0); }

extern "C" __device__ float wengert_hypot_f32(float x0, float x1) { return wengert::hypot(x0, x1); }
extern "C" __device__ double wengert_hypot_f64(double x0, double x1) { return wengert::hypot(x0, x1); }

extern "C" __device__ float wengert_exp_f32(float x0) { return wengert::exp(x0); }
extern "C" __device__ double wengert_exp_f64(double x0) { return wengert::exp(x0); }

extern "C" __device__ float wengert_exp2_f32(float x0) { return wengert::exp2(x0); }
extern "C" __device__ double wengert_exp2_f64(double x0) { return wengert::exp2(x0); }

extern "C" __device__ float wengert_exp_m1_f32(float x0) { return wengert::exp_m1(x0); }
extern "C" __device__ double wengert_exp_m1_f64(double x0) { return wengert::exp_m1(x0); }

extern "C" __device__ float wengert_ln_f32(float x0) { return wengert::ln(x0); }
extern "C" __device__ double wengert_ln_f64(double x0) { return wengert::ln(x0); }

extern "C" __device__ float wengert_log_f32(float x0, float x1) { return wengert::log(x0, x1); }
extern "C" __device__ double wengert_log_f64(double x0, double x1) { return wengert::log(x0, x1); }

extern "C" __device__ float wengert_log2_f32(float x0) { return wengert::log2(x0); }
extern "C" __device__ double wengert_log2_f64(double x0) { return wengert::log2(x0); }

extern "C" __device__ float wengert_log10_f32(float x0) { return wengert::log10(x0); }
extern "C" __device__ double wengert_log10_f64(double x0) { return wengert::log10(x0); }

extern "C" __device__ float wengert_ln_1p_f32(float x0) { return wengert::ln_1p(x0); }
extern "C" __device__ double wengert_ln_1p_f64(double x0) { return wengert::ln_1p(x0); }

extern "C" __device__ float wengert_sin_f32(float x0) { return wengert::sin(x0); }
extern "C" __device__ double wengert_sin_f64(double x0) { return wengert::sin(x0); }

extern "C" __device__ float wengert_cos_f32(float x0) { return wengert::cos(x0); }
extern "C" __device__ double wengert_cos_f64(double x0) { return wengert::cos(x0); }

extern "C" __device__ float wengert_tan_f32(float x0) { return wengert::tan(x0); }
extern "C" __device__ double wengert_tan_f64(double x0) { return wengert::tan(x0); }

extern "C" __device__ float wengert_asin_f32(float x0) { return wengert::asin(x0); }
extern "C" __device__ double wengert_asin_f64(double x0) { return wengert::asin(x0); }

extern "C" __device__ float wengert_acos_f32(float x0) { return wengert::acos(x0); }
extern "C" __device__ double wengert_acos_f64(double x0) { return wengert::acos(x0); }

extern "C" __device__ float wengert_atan_f32(float x0) { return wengert::atan(x0); }
extern "C" __device__ double wengert_atan_f64(double x0) { return wengert::atan(x0); }

extern "C" __device__ float wengert_atan2_f32(float x0, float x1) { return wengert::atan2(x0, x1); }
extern "C" __device__ double wengert_atan2_f64(double x0, double x1) { return wengert::atan2(x0, x1); }

extern "C" __device__ float wengert_sinh_f32(float x0) { return wengert::sinh(x0); }
extern "C" __device__ double wengert_sinh_f64(double x0) { return wengert::sinh(x0); }

extern "C" __device__ float wengert_cosh_f32(float x0) { return wengert::cosh(x0); }
extern "C" __device__ double wengert_cosh_f64(double x0) { return wengert::cosh(x0); }

extern "C" __device__ float wengert_tanh_f32(float x0) { return wengert::tanh(x0); }
extern "C" __device__ double wengert_tanh_f64(double x0) { return wengert::tanh(x0); }

extern "C" __device__ float wengert_asinh_f32(float x0) { return wengert::asinh(x0); }
extern "C" __device__ double wengert_asinh_f64(double x0) { return wengert::asinh(x0); }

extern "C" __device__ float wengert_acosh_f32(float x0) { return wengert::acosh(x0); }
extern "C" __device__ double wengert_acosh_f64(double x0) { return wengert::acosh(x0); }

extern "C" __device__ float wengert_atanh_f32(float x0) { return wengert::atanh(x0); }
extern "C" __device__ double wengert_atanh_f64(double x0) { return wengert::atanh(x0); }

extern "C" __device__ float wengert_abs_f32(float x0) { return wengert::abs(x0); }
extern "C" __device__ double wengert_abs_f64(double x0) { return wengert::abs(x0); }

extern "C" __device__ float wengert_signum_f32(float x0) { return wengert::signum(x0); }
extern "C" __device__ double wengert_signum_f64(double x0) { return wengert::signum(x0); }

extern "C" __device__ float wengert_copysign_f32(float x0, float x1) { return wengert::copysign(x0, x1); }
extern "C" __device__ double wengert_copysign_f64(double x0, double x1) { return wengert::copysign(x0, x1); }

extern "C" __device__ float wengert_floor_f32(float x0) { return wengert::floor(x0); }
extern "C" __device__ double wengert_floor_f64(double x0) { return wengert::floor(x0); }

extern "C" __device__ float wengert_ceil_f32(float x0) { return wengert::ceil(x0); }
extern "C" __device__ double wengert_ceil_f64(double x0) { return wengert::ceil(x0); }

extern "C" __device__ float wengert_round_f32(float x0) { return wengert::round(x0); }
extern "C" __device__ double wengert_round_f64(double x0) { return wengert::round(x0); }

extern "C" __device__ float wengert_trunc_f32(float x0) { return wengert::trunc(x0); }
extern "C" __device__ double wengert_trunc_f64(double x0) { return wengert::trunc(x0); }

extern "C" __device__ float wengert_fract_f32(float x0) { return wengert::fract(x0); }
extern "C" __device__ double wengert_fract_f64(double x0) { return wengert::fract(x0); }

extern "C" __device__ float wengert_remainder_f32(float x0, float x1) { return wengert::remainder(x0, x1); }
extern "C" __device__ double wengert_remainder_f64(double x0, double x1) { return wengert::remainder(x0, x1); }

extern "C" __device__ float wengert_min_f32(float x0, float x1) { return wengert::min(x0, x1); }
extern "C" __device__ double wengert_min_f64(double x0, double x1) { return wengert::min(x0, x1); }

extern "C" __device__ float wengert_max_f32(float x0, float x1) { return wengert::max(x0, x1); }
extern "C" __device__ double wengert_max_f64(double x0, double x1) { return wengert::max(x0, x1); }

extern "C" __device__ float wengert_clamp_f32(float x0, float x1, float x2) { return wengert::clamp(x0, x1, x2); }
extern "C" __device__ double wengert_clamp_f64(double x0, double x1, double x2) { return wengert::clamp(x0, x1, x2); }

extern "C" __device__ float wengert_mul_add_f32(float x0, float x1, float x2) { return wengert::mul_add(x0, x1, x2); }
extern "C" __device__ double wengert_mul_add_f64(double x0, double x1, double x2) { return wengert::mul_add(x0, x1, x2); }

extern "C" __device__ float wengert_xlogy_f32(float x0, float x1) { return wengert::xlogy(x0, x1); }
extern "C" __device__ double wengert_xlogy_f64(double x0, double x1) { return wengert::xlogy(x0, x1); }

extern "C" __device__ float wengert_xlog1py_f32(float x0, float x1) { return wengert::xlog1py(x0, x1); }
extern "C" __device__ double wengert_xlog1py_f64(double x0, double x1) { return wengert::xlog1py(x0, x1); }

extern "C" __device__ float wengert_log_add_exp_f32(float x0, float x1) { return wengert::log_add_exp(x0, x1); }
extern "C" __device__ double wengert_log_add_exp_f64(double x0, double x1) { return wengert::log_add_exp(x0, x1); }

extern "C" __device__ float wengert_log_diff_exp_f32(float x0, float x1) { return wengert::log_diff_exp(x0, x1); }
extern "C" __device__ double wengert_log_diff_exp_f64(double x0, double x1) { return wengert::log_diff_exp(x0, x1); }

extern "C" __device__ float wengert_log1m_exp_f32(float x0) { return wengert::log1m_exp(x0); }
extern "C" __device__ double wengert_log1m_exp_f64(double x0) { return wengert::log1m_exp(x0); }

extern "C" __device__ float wengert_erf_f32(float x0) { return wengert::erf(x0); }
extern "C" __device__ double wengert_erf_f64(double x0) { return wengert::erf(x0); }

extern "C" __device__ float wengert_erfc_f32(float x0) { return wengert::erfc(x0); }
extern "C" __device__ double wengert_erfc_f64(double x0) { return wengert::erfc(x0); }

extern "C" __device__ float wengert_erf_inv_f32(float x0) { return wengert::erf_inv(x0); }
extern "C" __device__ double wengert_erf_inv_f64(double x0) { return wengert::erf_inv(x0); }

extern "C" __device__ float wengert_gamma_f32(float x0) { return wengert::gamma(x0); }
extern "C" __device__ double wengert_gamma_f64(double x0) { return wengert::gamma(x0); }

extern "C" __device__ float wengert_ln_gamma_f32(float x0) { return wengert::ln_gamma(x0); }
extern "C" __device__ double wengert_ln_gamma_f64(double x0) { return wengert::ln_gamma(x0); }

extern "C" __device__ float wengert_digamma_f32(float x0) { return wengert::digamma(x0); }
extern "C" __device__ double wengert_digamma_f64(double x0) { return wengert::digamma(x0); }

extern "C" __device__ float wengert_trigamma_f32(float x0) { return wengert::trigamma(x0); }
extern "C" __device__ double wengert_trigamma_f64(double x0) { return wengert::trigamma(x0); }

extern "C" __device__ float wengert_polygamma_f32(float x0, int n) { return wengert::polygamma(x0, n); }
extern "C" __device__ double wengert_polygamma_f64(double x0, int n) { return wengert::polygamma(x0, n); }

extern "C" __device__ float wengert_polygamma_difference_f32(float x0, float x1, int n) { return wengert::polygamma_difference(x0, x1, n); }
extern "C" __device__ double wengert_polygamma_difference_f64(double x0, double x1, int n) { return wengert::polygamma_difference(x0, x1, n); }

extern "C" __device__ float wengert_ln_beta_f32(float x0, float x1) { return wengert::ln_beta(x0, x1); }
extern "C" __device__ double wengert_ln_beta_f64(double x0, double x1) { return wengert::ln_beta(x0, x1); }

extern "C" __device__ float wengert_norm_cdf_f32(float x0) { return wengert::norm_cdf(x0); }
extern "C" __device__ double wengert_norm_cdf_f64(double x0) { return wengert::norm_cdf(x0); }

extern "C" __device__ float wengert_norm_inv_cdf_f32(float x0) { return wengert::norm_inv_cdf(x0); }
extern "C" __device__ double wengert_norm_inv_cdf_f64(double x0) { return wengert::norm_inv_cdf(x0); }

extern "C" __device__ float wengert_sigmoid_f32(float x0) { return wengert::sigmoid(x0); }
extern "C" __device__ double wengert_sigmoid_f64(double x0) { return wengert::sigmoid(x0); }

extern "C" __device__ float wengert_logit_f32(float x0) { return wengert::logit(x0); }
extern "C" __device__ double wengert_logit_f64(double x0) { return wengert::logit(x0); }

extern "C" __device__ float wengert_softplus_f32(float x0) { return wengert::softplus(x0); }
extern "C" __device__ double wengert_softplus_f64(double x0) { return wengert::softplus(x0); }

extern "C" __device__ float wengert_ln_sigmoid_f32(float x0) { return wengert::ln_sigmoid(x0); }
extern "C" __device__ double wengert_ln_sigmoid_f64(double x0) { return wengert::ln_sigmoid(x0); }

extern "C" __device__ float wengert_relu_f32(float x0) { return wengert::relu(x0); }
extern "C" __device__ double wengert_relu_f64(double x0) { return wengert::relu(x0); }

extern "C" __device__ float wengert_silu_f32(float x0) { return wengert::silu(x0); }
extern "C" __device__ double wengert_silu_f64(double x0) { return wengert::silu(x0); }

extern "C" __device__ float wengert_gelu_f32(float x0) { return wengert::gelu(x0); }
extern "C" __device__ double wengert_gelu_f64(double x0) { return wengert::gelu(x0); }

extern "C" __device__ float wengert_sinc_f32(float x0) { return wengert::sinc(x0); }
extern "C" __device__ double wengert_sinc_f64(double x0) { return wengert::sinc(x0); }

extern "C" __device__ float wengert_inverse_exp_m1_f32(float x0) { return wengert::inverse_exp_m1(x0); }
extern "C" __device__ double wengert_inverse_exp_m1_f64(double x0) { return wengert::inverse_exp_m1(x0); }

extern "C" __device__ float wengert_sigmoid_slope_f32(float x0) { return wengert::sigmoid_slope(x0); }
extern "C" __device__ double wengert_sigmoid_slope_f64(double x0) { return wengert::sigmoid_slope(x0); }
