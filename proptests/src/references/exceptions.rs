//! Where a number is further from its reference than usual, how far, and why.

use super::accuracy::{Case, Limit, usual};

/// An exception from the usual limits.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The name of the row.
    pub row: &'static str,
    /// The orders of derivatives.
    pub orders: &'static [usize],
    /// Where, in words.
    pub place: &'static str,
    /// Where.
    pub at: fn(&[f64]) -> bool,
    /// The limit in place of the usual one.
    pub limit: Limit,
    /// Why.
    pub reason: &'static str,
}

const REDUCTION: &str = "The standard library's range reduction, where x is as close to a multiple of π/2 as a number can be";
const ACOSH: &str =
    "The standard library's formula ln(x + √(x − 1) √(x + 1)) adds 1 to a small root";
const ATANH: &str = "The standard library's formula ½ ln(1 + 2x/(1 − x)) cancels for x near −1";
const ZERO: &str = "A zero of the derivative: the terms that it is a sum of cancel";
const QUOTIENT: &str = "The quotient rule for x/h cancels where one argument is far larger than the other: the error is relative to 1/h";
const DIGAMMA_ZERO: &str = "Close to a zero at negative x: ψ(1 − x) and π cot πx cancel";
const POLYGAMMA_ZERO: &str = "ψ⁽ᵐ⁾ for even m ≥ 2 close to a zero, at a negative half-integer: the error is relative to the terms next to the pole";
const STD_OVERFLOW: &str = "The standard library's formula overflows";

/// Whether one of two arguments is larger than the other by nine orders of magnitude.
fn far_apart(x: &[f64]) -> bool {
    let ratio = x[0].abs() / x[1].abs();
    !(1e-9..=1e9).contains(&ratio)
}

/// One row of the table below.
const fn exception(
    row: &'static str,
    orders: &'static [usize],
    place: &'static str,
    at: fn(&[f64]) -> bool,
    limit: Limit,
    reason: &'static str,
) -> Exception {
    Exception { row, orders, place, at, limit, reason }
}

/// All exceptions, with limits as measured.
pub static EXCEPTIONS: &[Exception] = &[
    exception(
        "sin",
        &[1],
        "x = 6381956970095103 · 2⁷⁹⁷",
        |x| x[0] > 5e255 && x[0] < 6e255,
        Limit::Ulps(8.0),
        REDUCTION,
    ),
    exception(
        "cos",
        &[0],
        "x = 6381956970095103 · 2⁷⁹⁷",
        |x| x[0] > 5e255 && x[0] < 6e255,
        Limit::Ulps(8.0),
        REDUCTION,
    ),
    exception(
        "tan",
        &[0],
        "x = 6381956970095103 · 2⁷⁹⁷",
        |x| x[0] > 5e255 && x[0] < 6e255,
        Limit::Ulps(14.0),
        REDUCTION,
    ),
    exception(
        "tan",
        &[1],
        "x = 6381956970095103 · 2⁷⁹⁷",
        |x| x[0] > 5e255 && x[0] < 6e255,
        Limit::Ulps(26.0),
        "The standard library's range reduction, where x is as close to a multiple of π/2 as a number can be; 1 + y² doubles the error",
    ),
    exception(
        "asinh",
        &[0],
        "|x| > 1e308",
        |x| x[0].abs() > 1e308,
        Limit::BeyondRange,
        STD_OVERFLOW,
    ),
    exception("acosh", &[0], "x > 1e308", |x| x[0] > 1e308, Limit::BeyondRange, STD_OVERFLOW),
    exception("acosh", &[0], "x − 1 < 1e-15", |x| x[0] - 1.0 < 1e-15, Limit::Relative(4e-9), ACOSH),
    exception(
        "acosh",
        &[0],
        "1e-15 < x − 1 < 1e-10",
        |x| x[0] - 1.0 < 1e-10,
        Limit::Relative(7e-11),
        ACOSH,
    ),
    exception(
        "acosh",
        &[0],
        "1e-10 < x − 1 < 1e-6",
        |x| x[0] - 1.0 < 1e-6,
        Limit::Relative(7.3e-13),
        ACOSH,
    ),
    exception(
        "acosh",
        &[0],
        "1e-6 < x − 1 < 1e-3",
        |x| x[0] - 1.0 < 1e-3,
        Limit::Ulps(56.0),
        ACOSH,
    ),
    exception(
        "atanh",
        &[0],
        "x + 1 < 1e-15",
        |x| x[0] + 1.0 < 1e-15,
        Limit::Relative(0.019),
        ATANH,
    ),
    exception(
        "atanh",
        &[0],
        "1e-15 < x + 1 < 1e-7",
        |x| x[0] + 1.0 < 1e-7,
        Limit::Relative(3.2e-10),
        ATANH,
    ),
    exception(
        "exp2",
        &[1, 2, 3, 4],
        "x = 1024",
        |x| x[0] == 1024.0,
        Limit::BeyondRange,
        "The derivative is the value, which is beyond the range, times ln 2",
    ),
    exception(
        "atan",
        &[4],
        "|x| within 1e-15 of 1",
        |x| (x[0].abs() - 1.0).abs() < 1e-15,
        Limit::OfSize(2e-15),
        ZERO,
    ),
    exception(
        "silu",
        &[1],
        "x within 1e-6 of −1.27846",
        |x| (x[0] + 1.278_464_5).abs() < 1e-6,
        Limit::OfSize(1e-15),
        ZERO,
    ),
    exception("silu", &[3], "|x| < 1e-4", |x| x[0].abs() < 1e-4, Limit::OfSize(1e-15), ZERO),
    exception(
        "gelu",
        &[1],
        "−0.76 < x < −0.75",
        |x| x[0] > -0.76 && x[0] <= -0.75,
        Limit::OfSize(1e-15),
        ZERO,
    ),
    exception(
        "gelu",
        &[1],
        "−4.4 < x < −4.3",
        |x| x[0] > -4.4 && x[0] < -4.3,
        Limit::Ulps(8.0),
        "Φ(x) + x φ(x): the two terms have opposite signs",
    ),
    exception(
        "gelu",
        &[2],
        "|x| within 1e-15 of √2",
        |x| (x[0].abs() - core::f64::consts::SQRT_2).abs() < 1e-15,
        Limit::OfSize(1e-15),
        ZERO,
    ),
    exception("gelu", &[3], "x = ±2", |x| x[0].abs() == 2.0, Limit::OfSize(1e-15), ZERO),
    exception(
        "sinc",
        &[1],
        "|x| within 1e-6 of 4.493409",
        |x| (x[0].abs() - 4.493_409_5).abs() < 1e-6,
        Limit::OfSize(1e-15),
        ZERO,
    ),
    exception(
        "atan2",
        &[2],
        "(0, 1e-300)",
        |x| x[0] == 0.0 && x[1] == 1e-300,
        Limit::BeyondRange,
        "1/x² on the way overflows",
    ),
    exception(
        "hypot",
        &[2],
        "|x| and |y| apart by 1e9 or more",
        far_apart,
        Limit::OfSize(1e-15),
        QUOTIENT,
    ),
    exception("hypot", &[4], "(1e-20, 1e-8)", |x| x[0] == 1e-20, Limit::Relative(6.1e-5), QUOTIENT),
    exception(
        "hypot",
        &[4],
        "(2.2e-308, −3)",
        |x| x[0] == f64::MIN_POSITIVE,
        Limit::OfSize(1e-15),
        QUOTIENT,
    ),
    exception(
        "digamma",
        &[0],
        "x within 1e-6 of −0.504083",
        |x| (x[0] + 0.504_083).abs() < 1e-6,
        Limit::Relative(6e-4),
        DIGAMMA_ZERO,
    ),
    exception(
        "polygamma(0)",
        &[0],
        "x within 1e-6 of −0.504083",
        |x| (x[0] + 0.504_083).abs() < 1e-6,
        Limit::Relative(6e-4),
        DIGAMMA_ZERO,
    ),
    exception(
        "digamma",
        &[0],
        "x within 1e-6 of −1.573498",
        |x| (x[0] + 1.573_498_4).abs() < 1e-6,
        Limit::Relative(0.045),
        DIGAMMA_ZERO,
    ),
    exception(
        "polygamma(0)",
        &[0],
        "x within 1e-6 of −1.573498",
        |x| (x[0] + 1.573_498_4).abs() < 1e-6,
        Limit::Relative(0.045),
        DIGAMMA_ZERO,
    ),
    exception(
        "ln_gamma",
        &[3],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "digamma",
        &[2],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(0)",
        &[2],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "digamma",
        &[4],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(0)",
        &[4],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "trigamma",
        &[1],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(1)",
        &[1],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "trigamma",
        &[3],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(1)",
        &[3],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(2)",
        &[0],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(2e-11),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(2)",
        &[2],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(2)",
        &[4],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(0.031),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(2)",
        &[4],
        "x = −2.5",
        |x| x[0] == -2.5,
        Limit::Relative(2.3e-12),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(3)",
        &[1],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(1.6e-7),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(3)",
        &[3],
        "x = −100.5",
        |x| x[0] == -100.5,
        Limit::Relative(0.031),
        POLYGAMMA_ZERO,
    ),
    exception(
        "polygamma(3)",
        &[3],
        "x = −2.5",
        |x| x[0] == -2.5,
        Limit::Relative(2.3e-12),
        POLYGAMMA_ZERO,
    ),
];

/// The limit for a case: that of the first exception that speaks of it, or the usual one.
pub fn limit(case: &Case<'_>) -> Limit {
    exception_for(case).map_or_else(|| usual(case), |exception| exception.limit)
}

/// The first exception that speaks of the case.
pub fn exception_for(case: &Case<'_>) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| {
        exception.row == case.name
            && exception.orders.contains(&case.order)
            && (exception.at)(case.x)
    })
}
