//! Elementary functions without branches, tables or calls, so that loops over them vectorise.
//!
//! Methods: argument reduction by Cody and Waite and short polynomials, as in fdlibm (Sun Microsystems, 1993) and
//! J.-M. Muller, *Elementary Functions*, 3rd ed. (2016). Errors, in units in the last place, are tested in `tests.rs`.

mod double;
mod error_functions;
mod single;
#[cfg(test)]
mod tests;

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
    fn lane_sigmoid_slope<const FMA: bool>(self) -> Self;
    fn lane_silu<const FMA: bool>(self) -> Self;
    fn lane_softplus<const FMA: bool>(self) -> Self;
    fn lane_erf<const FMA: bool>(self) -> Self;
    fn lane_erfc<const FMA: bool>(self) -> Self;
    fn lane_norm_cdf<const FMA: bool>(self) -> Self;
    /// x Φ(x)
    fn lane_gelu<const FMA: bool>(self) -> Self;
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
            exp_parts_below::<FMA>(if x > EXP_RANGE.1 { EXP_RANGE.1 } else { x })
        }

        /// The same for an x that is not beyond the range above.
        #[inline(always)]
        fn exp_parts_below<const FMA: bool>(x: $F) -> ($F, $F, $F) {
            let x = if x < EXP_RANGE.0 { EXP_RANGE.0 } else { x };
            let shifted = fma::<FMA>(x, core::$F::consts::LOG2_E, ROUND);
            let k = shifted - ROUND;
            let r = fma::<FMA>(-k, LN_2.0, x);
            let r = fma::<FMA>(-k, LN_2.1, r);
            let p = fma::<FMA>(r * r, polynomial::<FMA, _>(r, EXP), r);
            // The mantissa of what is shifted ends in k, and of half of it, without its last bit, an exponent is made: so
            // units for integers do this, while those for floating-point numbers are busy with p.
            let one = <$F>::to_bits(1.0);
            let half = (shifted.to_bits() << (MANTISSA_BITS - 1)) & (!0 << MANTISSA_BITS);
            let rest = (shifted.to_bits() << MANTISSA_BITS).wrapping_sub(half);
            let power = |exponent| $F::from_bits(one.wrapping_add(exponent));
            (power(half), power(rest), p)
        }

        /// For e = exp(−|x|): 1 − e, 1 + e and 1/(1 + e), and e/(1 + e). The sigmoid, the hyperbolic tangent and their slopes are
        /// made of these, so that a loop over several of them finds them once.
        #[inline(always)]
        fn sigmoid_parts<const FMA: bool>(x: $F) -> ([$F; 2], [$F; 2]) {
            let (a, b, p) = exp_parts_below::<FMA>(-x.abs());
            let (e, scale) = (fma::<FMA>(a, p, a) * b, a * b);
            let sum = 1.0 + e;
            let y = 1.0 / sum;
            ([-fma::<FMA>(scale, p, scale - 1.0), sum], [y, e * y])
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
                let ([difference, sum], [y, _]) = sigmoid_parts::<FMA>(2.0 * self);
                // (By the reciprocal that the slope needs, too, and what that leaves of the numerator, the quotient costs no division.)
                let quotient = if FMA {
                    let quotient = difference * y;
                    (-quotient).mul_add(sum, difference).mul_add(y, quotient)
                } else {
                    difference / sum
                };
                quotient.copysign(self)
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
                let (_, [y, z]) = sigmoid_parts::<FMA>(self);
                if self < 0.0 { z } else { y }
            }

            #[inline(always)]
            fn lane_sigmoid_slope<const FMA: bool>(self) -> $F {
                let (_, [_, z]) = sigmoid_parts::<FMA>(self);
                fma::<FMA>(-z, z, z)
            }

            #[inline(always)]
            fn lane_silu<const FMA: bool>(self) -> $F {
                // (At −∞ it is 0 as from where the sigmoid is.)
                let x = if self < EXP_RANGE.0 { EXP_RANGE.0 } else { self };
                x * <$F as super::Elementary>::lane_sigmoid::<FMA>(self)
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
            fn lane_erf<const FMA: bool>(self) -> $F {
                erf::<FMA>(self)
            }

            #[inline(always)]
            fn lane_erfc<const FMA: bool>(self) -> $F {
                erfc::<FMA>(self)
            }

            #[inline(always)]
            fn lane_norm_cdf<const FMA: bool>(self) -> $F {
                norm_cdf::<FMA>(self)
            }

            #[inline(always)]
            fn lane_gelu<const FMA: bool>(self) -> $F {
                gelu::<FMA>(self)
            }

            #[inline(always)]
            fn lane_sin_cos<const FMA: bool>(self) -> ($F, $F) {
                sin_cos::<FMA>(self)
            }
        }
    };
}
use elementary;
