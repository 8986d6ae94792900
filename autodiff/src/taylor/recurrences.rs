//! Recurrences of Taylor coefficients for functions that appear in their own derivative.
//!
//! Each is a differential equation that many functions share; a row of the rule table names the one
//! that it obeys. Source: Griewank and Walther, *Evaluating Derivatives*, 2nd edition, section 13.2.

use super::Taylor;
use crate::number::{Number, Primitive};
use crate::rules::{Hypot, Powf, Rule};

/// y′ = (a + b y + c y²) x′
pub(crate) fn quadratic_ode<T: Number, const N: usize>(
    x: Taylor<T, N>,
    value: T,
    [a, b, c]: [f64; 3],
) -> Taylor<T, N> {
    let mut y = Taylor::constant(value);
    // p = a + b y + c y², one coefficient behind y
    let mut p = Taylor::<T, N>::constant(
        T::lit(a) + T::lit(b).strong_mul(value) + T::lit(c).strong_mul(value * value),
    );
    for k in 1..=N {
        y.higher[k - 1] = Taylor::integral_coefficient(&x, |j| p[j], k);
        let square = if c == 0.0 { T::zero() } else { Taylor::cauchy(&y, &y, k) };
        p.higher[k - 1] = T::lit(b).strong_mul(y[k]) + T::lit(c).strong_mul(square);
    }
    y
}

/// The first of the pair s′ = c x′, c′ = ±s x′ (sine and cosine, circular or hyperbolic).
pub(crate) fn linear_pair<T: Number, const N: usize>(
    x: Taylor<T, N>,
    s: T,
    c: T,
    sign: f64,
) -> Taylor<T, N> {
    let [mut s, mut c] = [s, c].map(Taylor::<T, N>::constant);
    for k in 1..=N {
        let slope = Taylor::integral_coefficient(&x, |j| c[j], k);
        c.higher[k - 1] = T::lit(sign) * Taylor::integral_coefficient(&x, |j| s[j], k);
        s.higher[k - 1] = slope;
    }
    s
}

/// The first two of s′ = p x′, p′ = p t x′, t′ = −2 p x′: a logistic function s, its slope p, and p′/p = t, kept apart so
/// that nothing cancels. For the sigmoid t is 1 − 2s, for the hyperbolic tangent −2s.
pub(crate) fn logistic<T: Number, const N: usize>(
    x: Taylor<T, N>,
    [s, p, t]: [T; 3],
) -> [Taylor<T, N>; 2] {
    let [mut s, mut p, mut t] = [s, p, t].map(Taylor::<T, N>::constant);
    let mut q = Taylor::<T, N>::constant(p[0] * t[0]);
    for k in 1..=N {
        s.higher[k - 1] = Taylor::integral_coefficient(&x, |j| p[j], k);
        t.higher[k - 1] = T::lit(-2.0) * s[k];
        p.higher[k - 1] = Taylor::integral_coefficient(&x, |j| q[j], k);
        q.higher[k - 1] = Taylor::cauchy(&p, &t, k);
    }
    [s, p]
}

/// f(x) from all derivatives of f at x₀: Σ f⁽ᵏ⁾(x₀)/k! (x − x₀)ᵏ.
pub(crate) fn compose<T: Number, const N: usize>(
    x: Taylor<T, N>,
    value: T,
    derivative: impl Fn(u32) -> T,
) -> Taylor<T, N> {
    let step = Taylor { value: T::zero(), ..x };
    // step^k / k!, whose first k coefficients vanish
    let mut power = Taylor::constant(T::one());
    let mut y = Taylor::constant(value);
    for k in 1..=N as u32 {
        power = (power * step).div_constant(T::Primitive::nearest(f64::from(k)));
        let d = derivative(k);
        for (y, power) in y.higher.iter_mut().zip(power.higher) {
            *y += d.strong_mul(power);
        }
    }
    y
}

/// n (n − 1) … (n − k + 1)
fn falling_factorial<T: Number>(n: T, k: u32) -> T {
    (0..k).fold(T::one(), |product, j| product * (n - T::lit(f64::from(j))))
}

/// xⁿ, from x y′ = n y x′. Where that loses y, because x₀ or y₀ is zero or infinite, from the derivatives.
fn power_of<T: Number, const N: usize>(x: Taylor<T, N>, n: T, value: T) -> Taylor<T, N> {
    let zero = |t: T| t.equal(T::zero());
    let infinite = |t: T| t.equal(T::lit(f64::INFINITY)) | t.equal(T::lit(f64::NEG_INFINITY));
    Taylor::choose(
        zero(x[0]) | zero(value) | infinite(value),
        || {
            compose(x, value, |k| {
                let power = x[0].powf(n - T::lit(f64::from(k)));
                let factor = falling_factorial(n, k);
                let infinite = !power.abs().less(T::lit(f64::INFINITY));
                T::choose(zero(factor) & infinite, T::zero, || factor.strong_mul(power))
            })
        },
        || {
            let mut y = Taylor::constant(value);
            for k in 1..=N {
                let mut sum = T::zero();
                for i in 1..=k {
                    let weight = T::lit(i as f64) * n - T::lit((k - i) as f64);
                    sum += weight.strong_mul(x[i].strong_mul(y[k - i]));
                }
                // (A coefficient that is structurally zero stays so.)
                y.higher[k - 1] =
                    if sum.is_structural_zero() { sum } else { sum / (T::lit(k as f64) * x[0]) };
            }
            y
        },
    )
}

/// xⁿ for a constant n.
pub(crate) fn constant_power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    n: f64,
    value: T,
) -> Taylor<T, N> {
    power_of(x, T::lit(n), value)
}

/// xⁿ for an integer n: for positive n by products, because dividing by x₀, as for other powers, cancels all
/// digits near 0.
pub(crate) fn integer_power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    n: i32,
    value: T,
) -> Taylor<T, N> {
    if n < 0 {
        return power_of(x, T::lit(f64::from(n)), value);
    }
    let mut remaining = n;
    let mut square = x;
    let mut power = Taylor::constant(T::one());
    while remaining > 0 {
        if remaining % 2 == 1 {
            power *= square;
        }
        remaining /= 2;
        if remaining > 0 {
            square = Taylor::product(&square, &square);
        }
    }
    Taylor { value, ..power }
}

/// xʸ.
pub(crate) fn power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    y: Taylor<T, N>,
    value: T,
) -> Taylor<T, N> {
    let constant_exponent = || {
        let exponent = y[0].primal().widen();
        // (Small ones only: with many factors, products gain nothing.)
        let constant = (y[0] - y[0].detach()).is_structural_zero();
        if constant && exponent.fract() == 0.0 && exponent.abs() <= 64.0 {
            integer_power(x, exponent as i32, value)
        } else {
            power_of(x, y[0], value)
        }
    };
    if y.higher.iter().all(T::is_structural_zero) {
        return constant_exponent();
    }
    let mut series = Taylor::choose(
        x[0].equal(T::zero()),
        // xʸ = x^y₀ (1 + (y − y₀) ln x + …): the logarithm shows from order y₀ + 1 on.
        || {
            let mut series = power_of(x, y[0], value);
            for (k, coefficient) in (1..).zip(&mut series.higher) {
                let smooth = !y[0].less(T::lit(f64::from(k)));
                *coefficient = T::choose(smooth, || *coefficient, || T::lit(f64::NAN));
            }
            series
        },
        // z′ = z (y ln x)′, where there is a logarithm
        || {
            let mut series = quadratic_ode(y * x.ln(), value, [0.0, 1.0, 0.0]);
            for coefficient in &mut series.higher {
                let real = T::zero().less(x[0]);
                *coefficient = T::choose(real, || *coefficient, || T::lit(f64::NAN));
            }
            series
        },
    );
    // The first order is that of the rule, which knows the corner at (0, 0).
    if let Some(first) = series.higher.first_mut() {
        let partial = |argument| Powf {}.partial(argument, [x[0], y[0]], value);
        *first = partial(0).strong_mul(x[1]) + partial(1).strong_mul(y[1]);
    }
    series
}

/// √(x² + y²). Where both begin with tᵏ, that is taken out first: for even k the root is smooth there; for odd k it
/// has a kink, and the derivatives of least norm are zero.
pub(crate) fn hypot<T: Number, const N: usize>(
    x: Taylor<T, N>,
    y: Taylor<T, N>,
    value: T,
) -> Taylor<T, N> {
    Taylor::choose(
        value.equal(T::zero()),
        || {
            let vanishes = |k: &usize| x[*k].is_structural_zero() && y[*k].is_structural_zero();
            let Some(order) = (1..=N).find(|k| !vanishes(k)).filter(|order| order % 2 == 0) else {
                return Taylor::constant(value);
            };
            let shift = |series: &Taylor<T, N>| {
                let coefficient =
                    |k: usize| if k + order <= N { series[k + order] } else { T::zero() };
                Taylor::<T, N>::new(coefficient(0), core::array::from_fn(|k| coefficient(k + 1)))
            };
            let root =
                Rule::<2>::series(Hypot {}, [shift(&x), shift(&y)], x[order].hypot(y[order]));
            let coefficient = |k: usize| if k >= order { root[k - order] } else { T::zero() };
            Taylor::new(value, core::array::from_fn(|k| coefficient(k + 1)))
        },
        || super::integrate(Hypot {}, [x, y], value),
    )
}

/// ψ⁽ᵐ⁾(x) − ψ⁽ᵐ⁾(x + h): while h is constant, from differences, too.
pub(crate) fn polygamma_difference<T: Number, const N: usize>(
    x: Taylor<T, N>,
    h: Taylor<T, N>,
    m: u32,
    value: T,
) -> Taylor<T, N> {
    if h.higher.iter().all(T::is_structural_zero) {
        return compose(x, value, |k| x[0].polygamma_difference(h[0], m + k));
    }
    Taylor { value, ..x.polygamma(m) - (x + h).polygamma(m) }
}
