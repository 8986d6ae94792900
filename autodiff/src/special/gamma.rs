//! The gamma function and its sign.

use super::{horner, is_negative_integer, two_sum};

/// `Γ(x) = ∫₀^∞ t^(x-1) exp(-t) dt`, continued to negative non-integers.
///
/// For `|x| ≤ 32` the recurrence `Γ(x+1) = x Γ(x)` leads to `[1, 2]` (see
/// [`between_one_and_two`]), with the product of its factors carried to twice
/// the working precision; the error is below 2 ulps.  Beyond, it is evaluated
/// by the `libm` crate (a Lanczos approximation with reflection), to 7 ulps.
///
/// As in C, `Γ(±0) = ±∞` and `Γ` is `NaN` at negative integers and `-∞`; it
/// overflows beyond 171.62.
pub(crate) fn gamma(x: f64) -> f64 {
    if is_negative_integer(x) {
        f64::NAN
    } else if x.abs() <= 32.0 {
        if x < 1.0 { by_division(x) } else { by_multiplication(x) }
    } else {
        libm::tgamma(x)
    }
}

/// `Γ(x) = (x-1)(x-2)…(x-n) Γ(x-n)` for `x ≥ 1`, with `1 ≤ x-n ≤ 2`.
fn by_multiplication(x: f64) -> f64 {
    let mut product = Product::one();
    let mut base = x;
    while base > 2.0 {
        base -= 1.0;
        product.multiply(base, 0.0);
    }
    let last = between_one_and_two(base);
    last * product.value + last * product.rest
}

/// `Γ(x) = Γ(x+n) / [x(x+1)…(x+n-1)]` for `x < 1`, with `1 ≤ x+n ≤ 2`.
fn by_division(x: f64) -> f64 {
    let mut product = Product::one();
    let (mut base, mut low) = (x, 0.0);
    let mut steps = 0.0;
    while base < 1.0 {
        product.multiply(base, low);
        steps += 1.0;
        (base, low) = two_sum(x, steps);
    }
    let quotient = between_one_and_two(base) / product.value;
    if quotient.is_finite() {
        quotient - quotient * (product.rest / product.value)
    } else {
        quotient
    }
}

/// A product and an estimate of its accumulated rounding error.
struct Product {
    value: f64,
    rest: f64,
}

impl Product {
    fn one() -> Self {
        Self { value: 1.0, rest: 0.0 }
    }

    /// Multiplies by `factor + low`.
    fn multiply(&mut self, factor: f64, low: f64) {
        let value = self.value * factor;
        let rounding = self.value.mul_add(factor, -value);
        self.rest = self.rest * factor + (self.value * low + rounding);
        self.value = value;
    }
}

/// `Γ(x)` for `1 ≤ x ≤ 2`, as `1 + (x-1)(x-2) R(x)`, exact at both ends.
///
/// `R` is the (6, 7) rational function in `x - 3/2` that interpolates
/// `(Γ(x)-1) / ((x-1)(x-2))` at fourteen Chebyshev nodes; with its coefficients
/// rounded it contributes a relative error of 4e-18.
fn between_one_and_two(x: f64) -> f64 {
    const NUMERATOR: [f64; 7] = [
        0.45509229818896796,
        0.18159987658578264,
        0.0007858350760656177,
        0.0017169282188742264,
        0.0017292775308637136,
        -3.013774196771322e-05,
        4.770681396099596e-06,
    ];
    const DENOMINATOR: [f64; 8] = [
        1.0,
        0.6832756072092556,
        -0.15808966796551438,
        -0.08917664573977976,
        0.022135023137907446,
        0.0023860599202603383,
        -0.0011168805544370828,
        9.209050739843156e-05,
    ];
    let t = x - 1.5;
    let ratio = horner(t, &NUMERATOR) / horner(t, &DENOMINATOR);
    1.0 + (x - 1.0) * (x - 2.0) * ratio
}

#[cfg(test)]
mod tests {
    use super::super::check::{same, table};
    use super::gamma;

    #[test]
    fn gamma_near_values() {
        let values = [
            (6e-309, 1.6666666666666664e308),
            (1e-300, 9.999999999999999e299),
            (-1e-300, -9.999999999999999e299),
            (1e-10, 9999999999.422785),
            (0.1, 9.51350769866873),
            (0.5, 1.772453850905516),
            (0.999, 1.0005782056293586),
            (1.0, 1.0),
            (1.2, 0.9181687423997607),
            (1.4616321449683622, 0.8856031944108887),
            (2.0, 1.0),
            (2.7, 1.5446858458505939),
            (3.6105380539824736, 3.761841982514972),
            (8.491190956667026, 13779.654788189222),
            (19.58657001082514, 3.578100233368957e16),
            (23.0, 1.1240007277776077e21),
            (32.0, 8.222838654177922e33),
            (-0.5, -3.544907701811032),
            (-1e-17, -1e17),
            (-1.0000000001, 9999999172.173574),
            (-2.4570247382208006, -1.0),
            (-5.362454905173678, 0.015353796562332439),
            (-6.0248447153687845, -0.05341297601350965),
            (-19.99999999, 4.1103174073761203e-11),
            (-31.7, 4.187814981961796e-35),
        ];
        table("gamma", gamma, 2.0, &values);
    }

    #[test]
    fn gamma_far_values() {
        let values = [
            (32.1, 1.1612440574319013e34),
            (50.0, 6.082818640342675e62),
            (83.7, 1.0467242693001888e124),
            (100.0, 9.332621544394415e155),
            (143.01, 2.832407630272598e245),
            (160.5, 3.72440548305282e283),
            (170.0, 4.269068009004705e304),
            (171.0, 7.257415615307999e306),
            (171.6, 1.5858969096672565e308),
            (171.62, 1.7576826789978127e308),
            (-32.5, -2.086249029249499e-36),
            (-64.2, -1.8300668487692057e-89),
            (-94.99999999999984, -6.192809180477678e-136),
            (-120.7, -2.024068845414342e-200),
            (-150.2, -3.431410129079854e-263),
            (-169.5, 5.6482208842233253e-306),
            (-175.3, 7.32586e-319),
        ];
        table("gamma", gamma, 8.0, &values);
    }

    #[test]
    fn gamma_limits() {
        same(gamma(0.0), f64::INFINITY);
        same(gamma(-0.0), f64::NEG_INFINITY);
        same(gamma(1e-320), f64::INFINITY);
        same(gamma(-1e-320), f64::NEG_INFINITY);
        same(gamma(-1.0), f64::NAN);
        same(gamma(-32.0), f64::NAN);
        same(gamma(-100.0), f64::NAN);
        same(gamma(-1e300), f64::NAN);
        same(gamma(171.63), f64::INFINITY);
        same(gamma(f64::INFINITY), f64::INFINITY);
        same(gamma(f64::NEG_INFINITY), f64::NAN);
        same(gamma(f64::NAN), f64::NAN);
    }
}
