//! The logarithm of the absolute value of the gamma function.

use std::f64::consts::PI;

use super::{gamma, is_negative_integer, offset_from_integer, polygamma};

/// `ln|Γ(x)|`, with `+∞` at the poles and at `±∞`.
///
/// Positive arguments go to the `libm` crate (the FreeBSD approximations,
/// which keep relative accuracy at the zeros 1 and 2).  Negative ones use the
/// reflection formula `|Γ(x)| = π / (|sin πx| Γ(1-x))` (Abramowitz & Stegun
/// 6.1.17), except around the negative zeros: see [`near_zero`].
pub(crate) fn ln_gamma(x: f64) -> f64 {
    if x > 0.0 || x.is_nan() {
        return libm::lgamma(x);
    }
    if x == 0.0 || is_negative_integer(x) {
        return f64::INFINITY;
    }
    if x > -1e-18 {
        return -x.abs().ln();
    }
    if let Some(value) = near_zero(x) {
        return value;
    }
    let mirrored = libm::lgamma(1.0 - x);
    let value = (PI / (PI * offset_from_integer(x)).sin().abs()).ln() - mirrored;
    if x > -170.0 && value.abs() < 0.25 * mirrored {
        // Close to a pole, but not close enough for the two terms not to
        // cancel.  |Γ| is far from 1 here, so its logarithm is well behaved.
        gamma(x).abs().ln()
    } else {
        value
    }
}

/// The zeros of `ln|Γ|` just below `-2, -3, …, -17`, in two parts.
const ZEROS_BELOW: [(f64, f64); 16] = [
    (-2.4570247382208006, -3.7075610815513266e-17),
    (-3.14358088834998, -2.1818179852331714e-16),
    (-4.039361839740537, 2.1143995503980602e-16),
    (-5.0082181683225935, -4.3926353491015815e-17),
    (-6.001385294453155, 6.415847287933042e-17),
    (-7.000198333407325, 2.504354173632409e-16),
    (-8.000024800270682, -4.354586297860107e-16),
    (-9.000002755714823, -9.491348611623208e-17),
    (-10.000000275573013, -3.4909708332642057e-16),
    (-11.000000025052106, -6.850849812286175e-16),
    (-12.000000002087676, 1.2222548112048185e-16),
    (-13.00000000016059, -6.745919484964342e-16),
    (-14.00000000001147, -8.094853704222662e-16),
    (-15.000000000000764, -8.829322382710274e-16),
    (-16.000000000000046, -1.6094954994609367e-15),
    (-17.000000000000004, 7.412564244550028e-16),
];

/// The zeros of `ln|Γ|` just above `-3, -4, …, -17`, in two parts.
const ZEROS_ABOVE: [(f64, f64); 15] = [
    (-2.7476826467274127, 9.055340329338315e-17),
    (-3.955294284858598, -1.999428391746348e-17),
    (-4.991544640560048, 1.5174411760571722e-16),
    (-5.998607480080875, -3.311862478893795e-16),
    (-6.999801507890638, 1.0550130037400023e-17),
    (-7.999975197095821, -5.261737128572354e-17),
    (-8.999997244250977, -2.2185620509727132e-16),
    (-9.99999972442663, 4.883037618642443e-16),
    (-10.99999997494789, 1.9843998306985407e-16),
    (-11.999999997912324, -1.0020693920103036e-16),
    (-12.99999999983941, 6.747262033096337e-16),
    (-13.99999999998853, 8.094860741926607e-16),
    (-14.999999999999236, 8.82932241476868e-16),
    (-15.999999999999952, -1.668613399265054e-16),
    (-16.999999999999996, -7.412564244549576e-16),
];

/// `ln|Γ(x)|` if `x` is within a quarter of one of the tabulated zeros and on
/// the same side of the pole next to it.
///
/// With `z` the zero and `δ = x - z`, subtracting `ln|Γ(z)| = 0` from the
/// reflection formula leaves
///
/// ```text
/// ln|Γ(x)| = -ln(sin πx / sin πz) - [ln Γ(1-z-δ) - ln Γ(1-z)]
/// ```
///
/// in which both parts are of order `δ`: the first by
/// `sin πx - sin πz = 2 cos(π(x+z)/2) sin(πδ/2)`, the second by Taylor's
/// series, whose coefficients are `ψ⁽ᵏ⁻¹⁾(1-z)/k!`.  There is no zero below
/// -18: the pairs close in on the poles like `1/n!` and are lost between
/// neighbouring floating-point numbers.
fn near_zero(x: f64) -> Option<f64> {
    // Between -3 and -2 lie two zeros with no other pole in between.
    let pole = if (-2.6..-2.5).contains(&x) { -2.0 } else { x.round() };
    let offset = x - pole;
    let (first, table) = if offset < 0.0 { (2, &ZEROS_BELOW[..]) } else { (3, &ZEROS_ABOVE[..]) };
    let mut numbered = (first..).zip(table);
    let (_, &(high, low)) = numbered.find(|&(n, _)| f64::from(n) == -pole)?;
    let delta = (x - high) - low;
    if delta.abs() > 0.25 {
        return None;
    }
    let zero_offset = (high - pole) + low;
    let zero_sine = (PI * zero_offset).sin();
    let midpoint_cosine = (0.5 * PI * (offset + zero_offset)).cos();
    let excess = 2.0 * midpoint_cosine * (0.5 * PI * delta).sin() / zero_sine;
    let log_ratio =
        if excess.abs() < 0.5 { excess.ln_1p() } else { ((PI * offset).sin() / zero_sine).ln() };
    let centre = 1.0 - high;
    let mut power = 1.0;
    let mut change = 0.0;
    for order in 0..16 {
        power *= -delta / f64::from(order + 1);
        let term = polygamma(order, centre) * power;
        change += term;
        if term.abs() <= 1e-17 * change.abs() {
            break;
        }
    }
    Some(-log_ratio - change)
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::ln_gamma;

    #[test]
    fn ln_gamma_positive_values() {
        let values = [
            (5e-324, 744.4400719213812),
            (1e-300, 690.7755278982137),
            (1e-10, 23.025850929882736),
            (0.2, 1.5240638224307845),
            (0.5, 0.5723649429247001),
            (0.9999999999999999, 6.408381213480008e-17),
            (1.0000000000000002, -1.2816762426960008e-16),
            (1.0001, -5.771334222047127e-5),
            (1.4616321449683622, -0.12148629053584961),
            (1.9999999999999998, -9.387698065543117e-17),
            (2.0000000000000004, 1.8775396131086244e-16),
            (1.99, -0.004195529088791668),
            (2.3, 0.15418945495963046),
            (5.0, 3.1780538303479458),
            (8.544797507799125, 9.64257517297463),
            (10.989358398673193, 15.079391549914927),
            (40.5, 108.47307506906539),
            (171.7, 710.171612940375),
            (100000.0, 1051287.7089736569),
            (1e17, 3.8143946580898775e18),
            (1e100, 2.2925850929940456e102),
            (1e300, 6.897755278982137e302),
            (2.5e305, 1.7555118602376452e308),
        ];
        table("ln_gamma", ln_gamma, 4.0, &values);
    }

    #[test]
    fn ln_gamma_negative_values() {
        let values = [
            (-5e-324, 744.4400719213812),
            (-1e-300, 690.7755278982137),
            (-1e-18, 41.44653167389282),
            (-2e-18, 40.753384493332874),
            (-0.3, 1.4648400508576025),
            (-0.999999, 13.815510980721177),
            (-1.5, 0.860047015376481),
            (-2.01, 3.9029399398286704),
            (-3.41079090371912, -1.1463062462384075),
            (-6.5, -6.389634350909333),
            (-17.999999999999996, -3.124380541155668),
            (-18.000000000000004, -3.124380541155689),
            (-18.999999999999996, -6.0688195203221085),
            (-23.000000000000004, -18.33561090088701),
            (-40.2, -109.38527468005081),
            (-59.99999999999999, -156.05025593735414),
            (-170.5, -707.9984331450788),
            (-1234.567, -7556.979237817505),
            (-1000000000.25, -19723265851.916496),
        ];
        table("ln_gamma", ln_gamma, 6.0, &values);
    }

    #[test]
    fn ln_gamma_zeros_values() {
        let values = [
            (-2.4570247382208006, 5.619192358950097e-17),
            (-2.457, 3.7496305958099786e-5),
            (-2.55, -0.09942418386840478),
            (-2.5894742588947994, -0.11621972479546845),
            (-2.638477488800964, -0.1143520650775202),
            (-2.7, -0.07140708531564569),
            (-2.7476826467274127, 1.733509244024501e-16),
            (-2.7476826467274122, -6.767913369021244e-16),
            (-3.14358088834998, 1.6978655906121085e-15),
            (-3.1, 0.4003116967039849),
            (-3.2, -0.37243213612996867),
            (-3.955294284858598, -4.14382750757705e-16),
            (-4.039361839740538, -2.945930505051872e-14),
            (-5.0082181683225935, 5.4188509265538106e-15),
            (-5.998607480080875, -2.3721063667118474e-13),
            (-8.000024800270682, 1.75595561986039e-11),
            (-9.99999972442663, 1.7719543958825935e-9),
            (-12.000000002087676, -5.854619992113373e-8),
            (-13.999999999988527, -0.00023912130314997394),
            (-15.000000000000764, 0.0011552549067268103),
            (-16.000000000000046, 0.03425520333503583),
            (-17.000000000000004, -0.2340087832595242),
            (-16.999999999999996, -0.23400878325950386),
        ];
        table("ln_gamma", ln_gamma, 10.0, &values);
    }

    #[test]
    fn limits() {
        same(ln_gamma(1.0), 0.0);
        same(ln_gamma(2.0), 0.0);
        same(ln_gamma(0.0), f64::INFINITY);
        same(ln_gamma(-0.0), f64::INFINITY);
        same(ln_gamma(-1.0), f64::INFINITY);
        same(ln_gamma(-17.0), f64::INFINITY);
        same(ln_gamma(-1e300), f64::INFINITY);
        same(ln_gamma(f64::INFINITY), f64::INFINITY);
        same(ln_gamma(1e306), f64::INFINITY);
        same(ln_gamma(f64::NEG_INFINITY), f64::INFINITY);
        same(ln_gamma(f64::NAN), f64::NAN);
    }
}
