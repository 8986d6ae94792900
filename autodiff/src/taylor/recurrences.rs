//! Recurrences of Taylor coefficients for functions that appear in their own derivative.
//!
//! Each is a differential equation that many functions share; a row of the rule table names the one
//! that it obeys. Source: Griewank and Walther, *Evaluating Derivatives*, 2nd edition, section 13.2.

use super::Taylor;
use crate::number::{Number, Primitive};

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

/// The first of the pair s′ = s c x′, c′ = −s c x′: the logistic function and its complement, kept
/// apart so that nothing cancels in 1 − s.
pub(crate) fn logistic<T: Number, const N: usize>(x: Taylor<T, N>, s: T, c: T) -> Taylor<T, N> {
    let [mut s, mut c] = [s, c].map(Taylor::<T, N>::constant);
    let mut p = Taylor::<T, N>::constant(s[0] * c[0]);
    for k in 1..=N {
        s.higher[k - 1] = Taylor::integral_coefficient(&x, |j| p[j], k);
        c.higher[k - 1] = -s[k];
        p.higher[k - 1] = Taylor::cauchy(&s, &c, k);
    }
    s
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

/// y = xⁿ from x y′ = n y x′; at x₀ = 0, where that divides by zero, from the derivatives.
fn power_ode<T: Number, const N: usize>(
    x: Taylor<T, N>,
    n: T,
    value: T,
    derivative: impl Fn(u32) -> T,
) -> Taylor<T, N> {
    Taylor::choose(
        x[0].equal(T::zero()),
        || compose(x, value, derivative),
        || {
            let mut y = Taylor::constant(value);
            for k in 1..=N {
                let mut sum = T::zero();
                for i in 1..=k {
                    let weight = T::lit(i as f64) * n - T::lit((k - i) as f64);
                    sum += weight.strong_mul(x[i].strong_mul(y[k - i]));
                }
                y.higher[k - 1] = sum.strong_mul(T::one() / (T::lit(k as f64) * x[0]));
            }
            y
        },
    )
}

/// n (n − 1) … (n − k + 1)
fn falling_factorial<T: Number>(n: T, k: u32) -> T {
    (0..k).fold(T::one(), |product, j| product * (n - T::lit(f64::from(j))))
}

/// xⁿ for a constant n.
pub(crate) fn constant_power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    n: f64,
    value: T,
) -> Taylor<T, N> {
    power_of(x, T::lit(n), value)
}

fn power_of<T: Number, const N: usize>(x: Taylor<T, N>, n: T, value: T) -> Taylor<T, N> {
    power_ode(x, n, value, |k| {
        let factor = falling_factorial(n, k);
        factor.strong_mul(x[0].powf(n - T::lit(f64::from(k))))
    })
}

/// xⁿ for an integer n.
pub(crate) fn integer_power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    n: i32,
    value: T,
) -> Taylor<T, N> {
    power_ode(x, T::lit(f64::from(n)), value, |k| {
        let factor = falling_factorial(T::lit(f64::from(n)), k);
        factor.strong_mul(x[0].powi(n.saturating_sub(k as i32)))
    })
}

/// xʸ; z′ = z (y ln x)′ where y varies.
pub(crate) fn power<T: Number, const N: usize>(
    x: Taylor<T, N>,
    y: Taylor<T, N>,
    value: T,
) -> Taylor<T, N> {
    if y.higher.iter().all(T::is_structural_zero) {
        return power_of(x, y[0], value);
    }
    quadratic_ode(y * x.ln(), value, [0.0, 1.0, 0.0])
}
