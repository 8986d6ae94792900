//! Values and derivatives known beforehand, where comparing modes with each other would not show a mistake that all of
//! them share, and references do not reach: statistics, and the ends of ranges.

use wengert_autodiff::rules::{mean, softmax, variance};
use wengert_autodiff::{derivative, derivatives, gradient};

#[test]
fn statistics_of_a_few_numbers() {
    // Deviations −2, −1 and 3: the sum of their squares is 14.
    let x = [1.0_f64, 2.0, 6.0];
    assert_eq!(mean(&x), 3.0);
    assert_eq!([0, 1, 2].map(|correction| variance(&x, correction)), [14.0 / 3.0, 7.0, 14.0]);
    assert!(variance(&x, 3).is_nan());
    assert_eq!(softmax(&[5.0; 4]), [0.25; 4]);
    let [quarter, rest] = softmax(&[0.0, 3.0_f64.ln()])[..] else { panic!("two weights of two") };
    assert!((quarter - 0.25).abs() < 1e-15 && (rest - 0.75).abs() < 1e-15, "{quarter}, {rest}");
}

/// The exponent minus one is no floating-point number, and the logarithm of the base is none either.
#[test]
fn large_powers_of_negative_numbers() {
    let even = 9_007_199_254_740_994.0; // 2⁵³ + 2
    assert_eq!(derivative(|x| x.powf(even), -1.0), -even);
    // y xʸ⁻¹ with 60 digits, by mpmath
    let x = -1.0 - 300.0 * f64::EPSILON;
    let slope = derivative(|x| x.powf(even), x);
    assert!((slope / -3.398_434_564_198_191_4e276 - 1.0).abs() < 1e-15, "{slope:e}");
    // The power itself is beyond the range of numbers, but not its derivative.
    assert_eq!(derivative(|x| x.powf(2.0), -1e200), -2e200);
}

/// ln(1 − eˣ) has the derivative −1/(e⁻ˣ − 1), which is −eˣ far away, even where e⁻ˣ is infinite.
#[test]
fn slopes_that_are_subnormal() {
    for x in [-710.0, -720.0, -740.0_f64] {
        let slope = derivative(|x| x.log1m_exp(), x);
        assert!((slope + x.exp()).abs() <= 5e-324, "{slope:e} at {x}");
        assert!(slope < 0.0);
    }
}

/// ln(eᵃ + eᵇ) is the larger one where that is infinite, or the other one is −∞.
#[test]
fn sums_of_exponentials_with_an_infinite_logarithm() {
    let slopes = |a, b| gradient(|x| x[0].log_add_exp(x[1]), &[a, b]);
    let infinity = f64::INFINITY;
    assert_eq!(slopes(-infinity, 3.0), [0.0, 1.0]);
    assert_eq!(slopes(3.0, infinity), [0.0, 1.0]);
    assert_eq!(slopes(infinity, infinity), [0.5, 0.5]);
    assert_eq!(slopes(-infinity, -infinity), [0.0, 0.0]);
}

#[test]
fn series_of_powers_at_and_near_zero() {
    // (t² + t + c)² = t⁴ + …: a quotient by c would leave six digits.
    let fourth = derivatives::<4>(|t| (t * t + t + 1e-10).powf(2.0), 0.0)[4];
    assert!((fourth - 24.0).abs() < 1e-12, "{fourth}");
    // t^(3 + t) = t³ (1 + t ln t + …) has derivatives up to the third order at 0.
    let d = derivatives::<4>(|t| t.powf(t + 3.0), 0.0);
    assert_eq!([d[0], d[1], d[2], d[3]], [0.0, 0.0, 0.0, 6.0]);
    assert!(d[4].is_nan());
    // √((t² + t⁵)²) = t² + t⁵
    let d = derivatives::<5>(|t| (t * t + t.powi(5)).hypot(0.0), 0.0);
    assert_eq!([d[1], d[2], d[3], d[4], d[5]], [0.0, 2.0, 0.0, 0.0, 120.0]);
}
