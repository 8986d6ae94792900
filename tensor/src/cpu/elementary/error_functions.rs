//! The error function, its complement, and the distribution function of the normal distribution.
//!
//! For x ≥ 0, erfc(x) = exp(−x²) q(x), where q decreases slowly, not unlike 1/(1 + 2x); what it is more, at most 29 %, is a quotient
//! of two polynomials with positive coefficients, which cancel nowhere. They interpolate at points of Chebyshev in
//! (x − 3)/(x + 3). Below 1, erf(x)/x − 1 is a polynomial in x². Before coefficients are rounded, both err by less than a
//! twentieth of a unit in the last place.

macro_rules! error_functions {
    ($F:ident) => {
        /// x² as a sum of two numbers.
        #[inline(always)]
        fn square<const FMA: bool>(x: $F) -> ($F, $F) {
            let square = x * x;
            if FMA {
                return (square, x.mul_add(x, -square));
            }
            // In two halves, whose products are exact (T. J. Dekker, 1971).
            let high = $F::from_bits(x.to_bits() & !((1 << HALF_OF_BITS) - 1));
            let low = x - high;
            (square, ((high * high - square) + 2.0 * high * low) + low * low)
        }

        /// exp(−scale·x²) · q(t), as a product of two of which the second is a power of two, for x ≥ 0 and a scale that is
        /// one, too, so that it costs no digits.
        #[inline(always)]
        fn tail<const FMA: bool>(x: $F, scale: $F, t: $F) -> ($F, $F) {
            let (square, rest) = square::<FMA>(if x > TAIL_IS_ZERO { TAIL_IS_ZERO } else { x });
            let t = if t > TAIL_IS_ZERO { TAIL_IS_ZERO } else { t };
            let (a, b, p) = exp_parts_below::<FMA>(-scale * square);
            let p = fma::<FMA>(-scale * rest, 1.0 + p, p);
            // (Errors of the denominator's value, used twice, cancel.)
            let denominator = polynomial::<FMA, _>(t, TAIL.1);
            let numerator = fma::<FMA>(t, polynomial::<FMA, _>(t, TAIL.0), denominator);
            let q = numerator / (denominator * fma::<FMA>(2.0, t, 1.0));
            (fma::<FMA>(q, p, q) * a, b)
        }

        #[inline(always)]
        fn erfc<const FMA: bool>(x: $F) -> $F {
            let (tail, scale) = tail::<FMA>(x.abs(), 1.0, x.abs());
            let tail = tail * scale;
            if x < 0.0 { 2.0 - tail } else { tail }
        }

        #[inline(always)]
        fn erf<const FMA: bool>(x: $F) -> $F {
            let small = fma::<FMA>(x, polynomial::<FMA, _>(x * x, ERF), x);
            let (tail, scale) = tail::<FMA>(x.abs(), 1.0, x.abs());
            let large = fma::<FMA>(-tail, scale, 1.0);
            if x.abs() < 1.0 { small } else { large.copysign(x) }
        }

        /// Φ(−|x|), as a product of two.
        #[inline(always)]
        fn lower_tail<const FMA: bool>(x: $F) -> ($F, $F) {
            let t = x.abs() * core::$F::consts::FRAC_1_SQRT_2;
            let (tail, scale) = tail::<FMA>(x.abs(), 0.5, t);
            (0.5 * tail, scale)
        }

        #[inline(always)]
        fn norm_cdf<const FMA: bool>(x: $F) -> $F {
            let (tail, scale) = lower_tail::<FMA>(x);
            let tail = tail * scale;
            if x > 0.0 { 1.0 - tail } else { tail }
        }

        /// x Φ(x), where Φ may vanish before the product does.
        #[inline(always)]
        fn gelu<const FMA: bool>(x: $F) -> $F {
            let (tail, scale) = lower_tail::<FMA>(x);
            let below = if x < -TAIL_IS_ZERO { -TAIL_IS_ZERO } else { x };
            if x > 0.0 { x * (1.0 - tail * scale) } else { below * tail * scale }
        }
    };
}
pub(super) use error_functions;
