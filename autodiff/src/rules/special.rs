//! Special functions: error functions, gamma functions, the normal distribution.

use super::activations::normal_density;
use super::table::family;
use super::undefined;
use crate::special;
use crate::taylor::recurrences;
use core::f64::consts::FRAC_2_SQRT_PI;

family! {
    /// Special functions: error functions, gamma functions, the normal distribution.
    pub trait SpecialFunctions;

    /// The error function, 2/√π ∫₀ˣ exp(−t²) dt.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.erf(), 0.0), std::f64::consts::FRAC_2_SQRT_PI);
    /// ```
    erf(x) = Erf {
        value: x.via_f64(special::erf),
        partials: [(-(x * x)).exp() * R::lit(FRAC_2_SQRT_PI)],
        smooth: true,
    }

    /// 1 − erf(x), accurate in its tail.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.erfc(), 0.0), -std::f64::consts::FRAC_2_SQRT_PI);
    /// ```
    erfc(x) = Erfc {
        value: x.via_f64(special::erfc),
        partials: [-((-(x * x)).exp() * R::lit(FRAC_2_SQRT_PI))],
        smooth: true,
    }

    /// The inverse of [`erf`](SpecialFunctions::erf). At ±1 the derivative is +∞, outside NaN.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert_eq!(derivative(|x| x.erf_inv(), 0.0), 1.0 / std::f64::consts::FRAC_2_SQRT_PI);
    /// ```
    erf_inv(x) -> y = ErfInv {
        value: x.via_f64(special::erf_inv),
        partials: [(y * y).exp() / R::lit(FRAC_2_SQRT_PI)],
        smooth: x.abs() < 1.0,
    }

    /// The gamma function Γ(x).
    ///
    /// ```
    /// use wengert_autodiff::derivatives;
    /// let d = derivatives::<1>(|x| x.gamma(), 3.0);
    /// assert!((d[0] - 2.0).abs() < 1e-14);
    /// assert!((d[1] - 2.0 * (1.5 - 0.577_215_664_901_532_9)).abs() < 1e-14);
    /// ```
    gamma(x) -> y = Gamma {
        value: x.via_f64(special::gamma),
        partials: [y * x.digamma()],
        smooth: x > 0.0 || x.fract() != 0.0,
    }

    /// ln |Γ(x)|.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert!((derivative(|x| x.ln_gamma(), 1.0_f64) + 0.577_215_664_901_532_9).abs() < 1e-15);
    /// ```
    ln_gamma(x) = LnGamma {
        value: x.via_f64(special::ln_gamma),
        partials: [x.digamma()],
        smooth: x > 0.0 || x.fract() != 0.0,
    }

    /// ψ(x) = Γ′(x) / Γ(x).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// let pi = std::f64::consts::PI;
    /// assert!((derivative(|x| x.digamma(), 1.0) - pi * pi / 6.0).abs() < 1e-14);
    /// ```
    digamma(x) -> y = Digamma {
        value: x.via_f64(special::digamma),
        // (Where the function jumps from −∞ to +∞ it has no derivative, though the slopes agree.)
        partials: [R::choose(y.equal(y), || x.trigamma(), || undefined(x))],
        smooth: x > 0.0 || x.fract() != 0.0,
        series: |[x], value| recurrences::compose(x, value, |k| {
            T::choose(value.equal(value), || x[0].polygamma(k), || value)
        }),
    }

    /// ψ′(x), [`polygamma`](SpecialFunctions::polygamma) of order 1.
    ///
    /// ```
    /// use wengert_autodiff::rules::SpecialFunctions;
    /// let pi = std::f64::consts::PI;
    /// assert!((1.0_f64.trigamma() - pi * pi / 6.0).abs() < 1e-14);
    /// ```
    trigamma(x) = Trigamma {
        value: x.via_f64(special::trigamma),
        partials: [x.polygamma(2)],
        smooth: x > 0.0 || x.fract() != 0.0,
        series: |[x], value| recurrences::compose(x, value, |k| x[0].polygamma(1 + k)),
    }

    /// ψ⁽ᵐ⁾(x), the m-th derivative of [`digamma`](SpecialFunctions::digamma).
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// let pi = std::f64::consts::PI;
    /// // ψ‴(1) = π⁴ / 15
    /// assert!((derivative(|x| x.polygamma(2), 1.0) - pi.powi(4) / 15.0).abs() < 1e-13);
    /// ```
    polygamma(x; m: u32 in [0, 1, 2, 3]) -> y = Polygamma {
        value: x.via_f64(|x| special::polygamma(m, x)),
        partials: [R::choose(y.equal(y), || x.polygamma(m + 1), || undefined(x))],
        smooth: x > 0.0 || x.fract() != 0.0,
        series: |[x], value| recurrences::compose(x, value, |k| {
            T::choose(value.equal(value), || x[0].polygamma(m + k), || value)
        }),
    }

    /// ψ⁽ᵐ⁾(x) − ψ⁽ᵐ⁾(x + h), also where the two agree in most digits, for positive x and x + h.
    ///
    /// ```
    /// use wengert_autodiff::rules::SpecialFunctions;
    /// // ψ(x) − ψ(x + 1) = −1/x
    /// assert!((1e10_f64.polygamma_difference(1.0, 0) * 1e10 + 1.0).abs() < 1e-14);
    /// ```
    polygamma_difference(x, h; m: u32 in [0, 1, 2]) = PolygammaDifference {
        value: F::nearest(special::polygamma_difference(m, x.widen(), h.widen())),
        partials: [x.polygamma_difference(h, m + 1), -(x + h).polygamma(m + 1)],
        smooth: x > 0.0 && x + h > 0.0,
        series: |[x, h], value| recurrences::polygamma_difference(x, h, m, value),
    }

    /// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), for positive a and b.
    ///
    /// ```
    /// use wengert_autodiff::gradient;
    /// let g = gradient(|x| x[0].ln_beta(x[1]), &[1.0_f64, 1.0]);
    /// assert!((g[0] + 1.0).abs() < 1e-14 && (g[1] + 1.0).abs() < 1e-14);
    /// ```
    ln_beta(a, b) = LnBeta {
        value: F::nearest(special::ln_beta(a.widen(), b.widen())),
        partials: [a.polygamma_difference(b, 0), b.polygamma_difference(a, 0)],
        smooth: a > 0.0 && b > 0.0,
    }

    /// Φ(x), the distribution function of the normal distribution.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert!((derivative(|x| x.norm_cdf(), 0.0_f64) - 0.398_942_280_401_432_7).abs() < 1e-16);
    /// ```
    norm_cdf(x) = NormCdf {
        value: x.via_f64(special::norm_cdf),
        partials: [normal_density(x)],
        smooth: true,
    }

    /// The inverse of [`norm_cdf`](SpecialFunctions::norm_cdf), the quantile function of the normal distribution.
    ///
    /// ```
    /// use wengert_autodiff::derivative;
    /// assert!((derivative(|p| p.norm_inv_cdf(), 0.5_f64) - 2.506_628_274_631_000_5).abs() < 1e-15);
    /// ```
    norm_inv_cdf(p) -> x = NormInvCdf {
        value: p.via_f64(special::norm_inv_cdf),
        partials: [{
            const SQRT_2PI: f64 = 2.506_628_274_631_000_5;
            (R::lit(0.5) * x * x).exp() * R::lit(SQRT_2PI)
        }],
        smooth: p > 0.0 && p < 1.0,
    }
}
