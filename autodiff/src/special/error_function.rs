//! The error function, its complement and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::normal::{central_quantile, tail_quantile};

/// `erf x = 2/√π ∫₀ˣ exp(-t²) dt`.
///
/// Evaluated by the `libm` crate (the FreeBSD rational approximations).
pub(crate) fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// `erfc x = 1 - erf x`, relatively accurate down to its underflow near 27.2.
///
/// Evaluated by the `libm` crate (the FreeBSD rational approximations).
pub(crate) fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// The inverse of [`erf`]: `±∞` at `±1`, `NaN` outside `[-1, 1]`.
///
/// `erf⁻¹ x = Φ⁻¹((1 + x)/2) / √2`, with Wichura's approximations to `Φ⁻¹`
/// fed `x/2` and `(1 - |x|)/2` directly so that nothing is lost to rounding
/// near zero or near one.
pub(crate) fn erf_inv(x: f64) -> f64 {
    let size = x.abs();
    if size < 1e-8 {
        // The next term of the series is πx²/12 times smaller.
        return x / FRAC_2_SQRT_PI;
    }
    if size <= 0.85 {
        return FRAC_1_SQRT_2 * central_quantile(0.5 * x);
    }
    if size <= 1.0 {
        return (FRAC_1_SQRT_2 * tail_quantile(0.5 * (1.0 - size))).copysign(x);
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::{erf, erf_inv, erfc};

    #[test]
    fn erf_values() {
        let values = [
            (5e-324, 5e-324),
            (1e-300, 1.1283791670955126e-300),
            (-1e-20, -1.1283791670955125e-20),
            (1e-8, 1.1283791670955126e-8),
            (-0.003, -0.0033851273459014537),
            (0.1, 0.1124629160182849),
            (0.4769362762044699, 0.5),
            (-0.84375, -0.7672256612323416),
            (0.84375, 0.7672256612323416),
            (1.0, 0.8427007929497149),
            (-1.25, -0.9229001282564583),
            (1.7, 0.9837904585907745),
            (2.5, 0.999593047982555),
            (-2.857142857142857, -0.9999466876886117),
            (4.0, 0.9999999845827421),
            (5.9, 0.9999999999999999),
        ];
        table("erf", erf, 2.0, &values);
    }

    #[test]
    fn erfc_values() {
        let values = [
            (-6.0, 2.0),
            (-2.0, 1.9953222650189528),
            (-0.5, 1.5204998778130465),
            (-1e-10, 1.000000000112838),
            (1e-300, 1.0),
            (0.2, 0.7772974107895215),
            (0.4769362762044699, 0.5),
            (0.8, 0.2578990352923395),
            (1.0, 0.15729920705028513),
            (1.3, 0.06599205505934755),
            (2.0, 0.004677734981047266),
            (2.857142857142857, 5.3312311388322795e-5),
            (3.5, 7.430983723414128e-7),
            (6.0, 2.1519736712498913e-17),
            (10.0, 2.088487583762545e-45),
            (15.3, 7.9765601254207e-104),
            (20.1, 9.735977140428878e-178),
            (26.0, 5.663192408856143e-296),
            (26.5, 2.2109076642637343e-307),
        ];
        table("erfc", erfc, 4.0, &values);
    }

    #[test]
    fn erf_inv_values() {
        let values = [
            (1e-300, 8.86226925452758e-301),
            (-1e-100, -8.86226925452758e-101),
            (1e-12, 8.86226925452758e-13),
            (9.9e-9, 8.773646561982304e-9),
            (1e-8, 8.86226925452758e-9),
            (-0.001, -0.0008862271574665521),
            (0.1, 0.08885599049425769),
            (0.3, 0.2724627147267543),
            (-0.4490638563922096, -0.4216887312129935),
            (0.5, 0.4769362762044699),
            (0.75, 0.8134198475976185),
            (-0.85, -1.0179024648320276),
            (0.86, 1.0435418436397588),
            (0.95, 1.3859038243496777),
            (-0.99, -1.8213863677184494),
            (0.9999999732290009, 3.932461716006198),
            (-0.999999999999, -5.042031898572696),
            (0.9999999999999999, 5.8635847487551676),
            (-0.9999999999999999, -5.8635847487551676),
            (5e-324, 5e-324),
        ];
        table("erf_inv", erf_inv, 8.0, &values);
    }

    #[test]
    fn limits() {
        same(erf(0.0), 0.0);
        same(erf(-0.0), -0.0);
        same(erf(f64::INFINITY), 1.0);
        same(erf(f64::NEG_INFINITY), -1.0);
        same(erf(f64::NAN), f64::NAN);
        same(erfc(f64::INFINITY), 0.0);
        same(erfc(28.0), 0.0);
        same(erfc(f64::NEG_INFINITY), 2.0);
        same(erfc(f64::NAN), f64::NAN);
        same(erf_inv(0.0), 0.0);
        same(erf_inv(-0.0), -0.0);
        same(erf_inv(1.0), f64::INFINITY);
        same(erf_inv(-1.0), f64::NEG_INFINITY);
        same(erf_inv(1.0_f64.next_up()), f64::NAN);
        same(erf_inv(f64::NEG_INFINITY), f64::NAN);
        same(erf_inv(f64::NAN), f64::NAN);
    }
}
