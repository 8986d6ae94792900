//! Elementary functions without branches, tables or calls, so that loops over them vectorise.
//!
//! Methods: argument reduction by Cody and Waite and short polynomials, as in fdlibm (Sun Microsystems, 1993) and
//! J.-M. Muller, *Elementary Functions*, 3rd ed. (2016). Errors, in units in the last place, are tested below.

mod double;
mod single;

/// The functions of one type. `FMA` says whether a fused multiply–add is one instruction.
#[doc(hidden)]
pub trait Elementary: Copy {
    #![allow(missing_docs)]
    fn lane_exp<const FMA: bool>(self) -> Self;
    fn lane_exp_m1<const FMA: bool>(self) -> Self;
    fn lane_ln<const FMA: bool>(self) -> Self;
    fn lane_ln_1p<const FMA: bool>(self) -> Self;
    fn lane_tanh<const FMA: bool>(self) -> Self;
    fn lane_cosh<const FMA: bool>(self) -> Self;
    fn lane_sinh<const FMA: bool>(self) -> Self;
    fn lane_sigmoid<const FMA: bool>(self) -> Self;
    fn lane_softplus<const FMA: bool>(self) -> Self;
    /// Sine and cosine, for arguments up to [`Elementary::TURNS`].
    fn lane_sin_cos<const FMA: bool>(self) -> (Self, Self);
    /// Up to where the reduction of `sin_cos` is accurate.
    const TURNS: f64;
}

macro_rules! elementary {
    ($F:ident) => {
        /// a·b + c, fused where that is one instruction.
        #[inline(always)]
        fn fma<const FMA: bool>(a: $F, b: $F, c: $F) -> $F {
            if FMA { a.mul_add(b, c) } else { a * b + c }
        }

        /// Σ cₖxᵏ by Horner's rule, the highest coefficient first.
        #[inline(always)]
        fn polynomial<const FMA: bool, const N: usize>(x: $F, coefficients: [$F; N]) -> $F {
            let mut sum = coefficients[0];
            let mut k = 1;
            while k < N {
                sum = fma::<FMA>(sum, x, coefficients[k]);
                k += 1;
            }
            sum
        }

        /// The parts of eˣ = 2ᵏ(1 + p): 2ᵏ as a product of two, and p = eʳ − 1 for the reduced |r| ≤ ln 2 / 2.
        #[inline(always)]
        fn exp_parts<const FMA: bool>(x: $F) -> ($F, $F, $F) {
            let x = if x > EXP_RANGE.1 { EXP_RANGE.1 } else { x };
            let x = if x < EXP_RANGE.0 { EXP_RANGE.0 } else { x };
            let k = fma::<FMA>(x, core::$F::consts::LOG2_E, ROUND) - ROUND;
            let r = fma::<FMA>(-k, LN_2.0, x);
            let r = fma::<FMA>(-k, LN_2.1, r);
            let p = fma::<FMA>(r * r, polynomial::<FMA, _>(r, EXP), r);
            let half = (k * 0.5 + ROUND) - ROUND;
            (power_of_two(half), power_of_two(k - half), p)
        }

        /// 2ⁿ for an integer n of normal range.
        #[inline(always)]
        fn power_of_two(n: $F) -> $F {
            $F::from_bits((n + (ROUND + BIAS)).to_bits() << MANTISSA_BITS)
        }

        impl super::Elementary for $F {
            const TURNS: f64 = TURNS;

            #[inline(always)]
            fn lane_exp<const FMA: bool>(self) -> $F {
                let (a, b, p) = exp_parts::<FMA>(self);
                fma::<FMA>(a, p, a) * b
            }

            #[inline(always)]
            fn lane_exp_m1<const FMA: bool>(self) -> $F {
                let (a, b, p) = exp_parts::<FMA>(self);
                // 2ᵏp + (2ᵏ − 1), of which the second term is exact where it counts.
                let scale = a * b;
                let small = fma::<FMA>(scale, p, scale - 1.0);
                // (At the upper end 2ᵏ overflows before the result does.)
                let y = if self > 1.0 { fma::<FMA>(a, p, a) * b - 1.0 } else { small };
                if self == 0.0 { self } else { y }
            }

            #[inline(always)]
            fn lane_ln<const FMA: bool>(self) -> $F {
                let tiny = self < $F::MIN_POSITIVE;
                let scaled = if tiny { self * SUBNORMAL.0 } else { self };
                let bits = scaled.to_bits();
                // The exponent, and the mantissa in [√½, √2).
                let shifted = bits.wrapping_sub(SQRT_HALF);
                let exponent = shifted >> MANTISSA_BITS;
                let m = $F::from_bits(bits.wrapping_sub(exponent << MANTISSA_BITS));
                let k = $F::from_bits(ROUND.to_bits() + exponent) - ROUND;
                // (The exponent of 0 < x < √½ is negative: it has wrapped around.)
                let k = if k > EXPONENTS * 0.5 { k - EXPONENTS } else { k };
                let k = if tiny { k - SUBNORMAL.1 } else { k };
                let f = m - 1.0;
                let s = f / (2.0 + f);
                let z = s * s;
                let half_square = 0.5 * f * f;
                let rest = fma::<FMA>(s, half_square + z * polynomial::<FMA, _>(z, LN), k * LN_2.1);
                let y = fma::<FMA>(k, LN_2.0, f - (half_square - rest));
                let y = if self == $F::INFINITY { self } else { y };
                let y = if self == 0.0 { -$F::INFINITY } else { y };
                if self >= 0.0 { y } else { $F::NAN }
            }

            #[inline(always)]
            fn lane_ln_1p<const FMA: bool>(self) -> $F {
                let u = 1.0 + self;
                let lost = (self - (u - 1.0)) / u;
                let y = <$F as super::Elementary>::lane_ln::<FMA>(u) + lost;
                let y = if u == $F::INFINITY || u == 0.0 {
                    <$F as super::Elementary>::lane_ln::<FMA>(u)
                } else {
                    y
                };
                if self == 0.0 { self } else { y }
            }

            #[inline(always)]
            fn lane_tanh<const FMA: bool>(self) -> $F {
                let x = self.abs();
                let x = if x > TANH_IS_ONE { TANH_IS_ONE } else { x };
                let t = <$F as super::Elementary>::lane_exp_m1::<FMA>(2.0 * x);
                (t / (t + 2.0)).copysign(self)
            }

            #[inline(always)]
            fn lane_cosh<const FMA: bool>(self) -> $F {
                let (a, b, p) = exp_parts::<FMA>(self.abs());
                let half = 0.5 * fma::<FMA>(a, p, a);
                let e = half * b;
                e + 0.25 / e
            }

            #[inline(always)]
            fn lane_sinh<const FMA: bool>(self) -> $F {
                let x = self.abs();
                let t = <$F as super::Elementary>::lane_exp_m1::<FMA>(x);
                let small = 0.5 * (t + t / (t + 1.0));
                let (a, b, p) = exp_parts::<FMA>(x);
                let large = 0.5 * fma::<FMA>(a, p, a) * b;
                (if x > TANH_IS_ONE { large } else { small }).copysign(self)
            }

            #[inline(always)]
            fn lane_sigmoid<const FMA: bool>(self) -> $F {
                let e = <$F as super::Elementary>::lane_exp::<FMA>(-self.abs());
                let y = 1.0 / (1.0 + e);
                if self < 0.0 { e * y } else { y }
            }

            #[inline(always)]
            fn lane_softplus<const FMA: bool>(self) -> $F {
                let ramp = if self > 0.0 { self } else { 0.0 };
                let y = ramp
                    + <$F as super::Elementary>::lane_ln_1p::<FMA>(
                        <$F as super::Elementary>::lane_exp::<FMA>(-self.abs()),
                    );
                if self == self { y } else { self }
            }

            #[inline(always)]
            fn lane_sin_cos<const FMA: bool>(self) -> ($F, $F) {
                sin_cos::<FMA>(self)
            }
        }
    };
}
use elementary;

#[cfg(test)]
mod tests {
    use super::Elementary;

    /// The largest error in units in the last place of the type, against `reference` in double precision or better.
    fn worst<F: Copy>(
        points: impl Iterator<Item = f64>,
        narrow: impl Fn(f64) -> F,
        wide: impl Fn(F) -> f64,
        ulp: impl Fn(f64) -> f64,
        f: impl Fn(F) -> F,
        reference: impl Fn(f64) -> f64,
    ) -> (f64, f64) {
        let mut worst = (0.0, f64::NAN);
        for x in points {
            let x = narrow(x);
            let expected = reference(wide(x));
            let found = wide(f(x));
            let error = if expected == found || (expected.is_nan() && found.is_nan()) {
                0.0
            } else {
                ((found - expected) / ulp(expected)).abs()
            };
            if error > worst.0 || error.is_nan() {
                worst = (error, wide(x));
            }
        }
        worst
    }

    fn ulp64(y: f64) -> f64 {
        let y = y.abs().max(f64::MIN_POSITIVE);
        f64::from_bits(y.to_bits() + 1) - y
    }

    fn ulp32(y: f64) -> f64 {
        let y = (y.abs() as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
        f64::from(f32::from_bits(y.to_bits() + 1) - y).min(f64::from(f32::MAX))
    }

    /// Points of both signs, of all magnitudes up to `largest`, and specially many near 0 and ±1.
    fn points(largest: f64) -> impl Iterator<Item = f64> {
        let linear = (0..200_000).map(move |k| (f64::from(k) / 1e5 - 1.0) * largest);
        let near = (0..200_000).map(|k| f64::from(k) / 5e4 - 2.0);
        let scales = (0..120_000).map(|k| 2.0_f64.powf(f64::from(k) / 60.0 - 1075.0));
        let special = [0.0, f64::INFINITY, f64::NAN, 1.0, f64::MIN_POSITIVE];
        let positive = linear.chain(near).chain(scales).chain(special);
        positive.flat_map(|x| [x, -x])
    }

    macro_rules! check {
        ($($f:ident $lane:ident: up to $largest:expr, $bound64:expr, $bound32:expr, |$x:ident| $reference:expr;)*) => {$(
            #[test]
            fn $f() {
                let bound = |worst: (f64, f64), bound: f64, kind: &str| {
                    assert!(worst.0 <= bound, "{kind}: {} ulp at {:e}", worst.0, worst.1);
                };
                let reference = |$x: f64| $reference;
                let double = |f: fn(f64) -> f64| {
                    worst(points($largest), |x| x, |x| x, ulp64, f, reference)
                };
                bound(double(<f64 as Elementary>::$lane::<true>), $bound64, "f64, fused");
                bound(double(<f64 as Elementary>::$lane::<false>), $bound64 + 1.0, "f64");
                let single = |f: fn(f32) -> f32| {
                    // (Rounded to single, so that overflow and underflow are what they are there.)
                    let reference = |x| f64::from(reference(x) as f32);
                    let points = points($largest);
                    worst(points, |x| x as f32, f64::from, ulp32, f, reference)
                };
                bound(single(<f32 as Elementary>::$lane::<true>), $bound32, "f32, fused");
                bound(single(<f32 as Elementary>::$lane::<false>), $bound32 + 1.0, "f32");
            }
        )*};
    }

    check! {
        exp lane_exp: up to 800.0, 1.5, 1.5, |x| x.exp();
        exp_m1 lane_exp_m1: up to 800.0, 2.0, 2.0, |x| x.exp_m1();
        ln lane_ln: up to 1e6, 1.5, 1.5, |x| x.ln();
        ln_1p lane_ln_1p: up to 1e6, 3.0, 3.0, |x| x.ln_1p();
        tanh lane_tanh: up to 30.0, 3.0, 3.0, |x| x.tanh();
        cosh lane_cosh: up to 720.0, 2.0, 2.0, |x| x.cosh();
        sinh lane_sinh: up to 720.0, 3.0, 3.0, |x| x.sinh();
        sigmoid lane_sigmoid: up to 800.0, 3.0, 3.0, |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
        softplus lane_softplus: up to 800.0, 3.0, 3.0, |x| if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() };
    }

    #[test]
    fn sin_cos() {
        let turns = |x: &f64, limit: f64| x.abs() <= limit;
        let cos = |x: f64| Elementary::lane_sin_cos::<true>(x).1;
        let sin = |x: f64| Elementary::lane_sin_cos::<true>(x).0;
        let within = || points(1e5).filter(|x| turns(x, f64::TURNS));
        let found = worst(within(), |x| x, |x| x, ulp64, sin, f64::sin);
        assert!(found.0 <= 2.0, "{found:?}");
        let found = worst(within(), |x| x, |x| x, ulp64, cos, f64::cos);
        assert!(found.0 <= 2.0, "{found:?}");
        let sin = |x: f32| Elementary::lane_sin_cos::<true>(x).0;
        let cos = |x: f32| Elementary::lane_sin_cos::<true>(x).1;
        let within = || points(1e4).filter(|x| turns(x, f32::TURNS));
        let rounded = |f: fn(f64) -> f64| move |x: f64| f64::from(f(x) as f32);
        let found = worst(within(), |x| x as f32, f64::from, ulp32, sin, rounded(f64::sin));
        assert!(found.0 <= 2.0, "{found:?}");
        let found = worst(within(), |x| x as f32, f64::from, ulp32, cos, rounded(f64::cos));
        assert!(found.0 <= 2.0, "{found:?}");
    }
}
