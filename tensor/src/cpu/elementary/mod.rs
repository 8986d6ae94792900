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

        /// Σ cₖxᵏ, the highest coefficient first, by Horner's rule for pairs of terms: fewer operations wait for each other.
        #[inline(always)]
        fn polynomial<const FMA: bool, const N: usize>(x: $F, c: [$F; N]) -> $F {
            let square = x * x;
            let (mut sum, mut k) =
                if N % 2 == 0 { (fma::<FMA>(c[0], x, c[1]), 2) } else { (c[0], 1) };
            while k < N {
                sum = fma::<FMA>(sum, square, fma::<FMA>(c[k], x, c[k + 1]));
                k += 2;
            }
            sum
        }

        /// Of x = k ln 2 + r with |r| ≤ ln 2 / 2: bits that end in k + `offset`, and eʳ − 1.
        #[inline(always)]
        fn reduced_exp<const FMA: bool>(x: $F, offset: $F) -> (Bits, $F) {
            let round = ROUND + offset;
            let shifted = fma::<FMA>(x, core::$F::consts::LOG2_E, round);
            let k = shifted - round;
            let r = fma::<FMA>(-k, LN_2.0, x);
            let r = fma::<FMA>(-k, LN_2.1, r);
            (shifted.to_bits(), fma::<FMA>(r * r, polynomial::<FMA, _>(r, EXP), r))
        }

        /// The parts of eˣ = 2ᵏ(1 + p): 2ᵏ as a product of two, and p = eʳ − 1 for the reduced |r| ≤ ln 2 / 2.
        #[inline(always)]
        fn exp_parts<const FMA: bool>(x: $F) -> ($F, $F, $F) {
            let x = if x > EXP_RANGE.1 { EXP_RANGE.1 } else { x };
            let x = if x < EXP_RANGE.0 { EXP_RANGE.0 } else { x };
            // (By units for integers, while those for floating-point numbers are busy with p. What the bits end in has the
            // biases of both exponents already, and so two shifts, a mask and a difference make them.)
            let (bits, p) = reduced_exp::<FMA>(x, 2.0 * EXPONENT_OF_ONE);
            let half = (bits << (MANTISSA_BITS - 1)) & (!0 << MANTISSA_BITS);
            let rest = (bits << MANTISSA_BITS).wrapping_sub(half);
            ($F::from_bits(half), $F::from_bits(rest), p)
        }

        /// The same for x ≤ 0, where the second factor can be a constant: then one shift makes the first.
        #[inline(always)]
        fn exp_parts_below<const FMA: bool>(x: $F) -> ($F, $F, $F) {
            let x = if x < EXP_RANGE.0 { EXP_RANGE.0 } else { x };
            let (bits, p) = reduced_exp::<FMA>(x, EXPONENT_OF_ONE + SMALL.1);
            ($F::from_bits(bits << MANTISSA_BITS), SMALL.0, p)
        }

        /// For e = exp(−|x|): 1 − e, 1 + e and 1/(1 + e), and e/(1 + e). The sigmoid, the hyperbolic tangent and their slopes are
        /// made of these, so that a loop over several of them finds them once.
        #[inline(always)]
        fn sigmoid_parts<const FMA: bool>(x: $F) -> ([$F; 2], [$F; 2]) {
            let (a, b, p) = exp_parts_below::<FMA>(-x.abs());
            let (e, scale) = (fma::<FMA>(a, p, a), a * b);
            let sum = fma::<FMA>(e, b, 1.0);
            let y = 1.0 / sum;
            ([fma::<FMA>(-scale, p, 1.0 - scale), sum], [y, e * b * y])
        }

        /// k ln 2 + ln(1 + f), for 1 + f in [√½, √2).
        #[inline(always)]
        fn ln_of_parts<const FMA: bool>(k: $F, f: $F) -> $F {
            let s = f / (2.0 + f);
            let z = s * s;
            let half_square = 0.5 * f * f;
            let rest = fma::<FMA>(s, half_square + z * polynomial::<FMA, _>(z, LN), k * LN_2.1);
            fma::<FMA>(k, LN_2.0, f - (half_square - rest))
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
                let y = ln_of_parts::<FMA>(k, m - 1.0);
                let y = if self == $F::INFINITY { self } else { y };
                let y = if self == 0.0 { -$F::INFINITY } else { y };
                if self >= 0.0 { y } else { $F::NAN }
            }

            #[inline(always)]
            fn lane_ln_1p<const FMA: bool>(self) -> $F {
                let u = 1.0 + self;
                let lost = (self - (u - 1.0)) / u;
                let lost = if u == $F::INFINITY || u == 0.0 { 0.0 } else { lost };
                let y = <$F as super::Elementary>::lane_ln::<FMA>(u) + lost;
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
                let (a, b, p) = exp_parts_below::<FMA>(-self.abs());
                let e = fma::<FMA>(a, p, a) * b;
                // ln(1 + e), or that of half of it, and ln 2.
                let halve = e > core::$F::consts::SQRT_2 - 1.0;
                let k = if halve { 1.0 } else { 0.0 };
                let y = ln_of_parts::<FMA>(k, if halve { 0.5 * (e - 1.0) } else { e });
                let ramp = if self > 0.0 { self } else { 0.0 };
                if self == self { ramp + y } else { self }
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
