//! Single precision.

super::elementary!(f32);
super::error_functions::error_functions!(f32);

const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³, which leaves integers at the end of the mantissa
const MANTISSA_BITS: u32 = 23;
type Bits = u32;
const EXPONENT_OF_ONE: f32 = 127.0;
const EXPONENTS: f32 = 512.0;
const SQRT_HALF: u32 = 0x3f35_04f3;
const SUBNORMAL: (f32, f32) = (33_554_432.0, 25.0);
const LN_2: (f32, f32) = (0.693_138_1, 9.058_001e-6);
/// Beyond these, eˣ is 0 or infinite.
const EXP_RANGE: (f32, f32) = (-105.0, 91.0);
/// 2⁻ⁿ, and n: where 2ᵏ may be subnormal, 2ᵏ⁺ⁿ is not.
const SMALL: (f32, f32) = (5.421_011e-20, 64.0);
/// (eʳ − 1 − r)/r², with the least error relative to eʳ (3 % of a unit in the last place).
const EXP: [f32; 5] = [0.001_386_376_2, 0.008_367_51, 0.041_667_238, 0.166_665_35, 0.5];
/// (ln((1+s)/(1−s)) − 2s)/s³ in s², after fdlibm.
const LN: [f32; 4] = [0.242_790_79, 0.284_987_87, 0.400_009_72, 0.666_666_6];
const TANH_IS_ONE: f32 = 10.0;
const TURNS: f64 = 1e5;

/// The bits of a mantissa's second half, for an exact product.
const HALF_OF_BITS: u32 = 12;
/// Beyond this, the normal distribution's tail is 0, and so is that of the error function.
const TAIL_IS_ZERO: f32 = 15.0;
/// exp(x²) erfc(x) (1 + 2x) − 1, the numerator divided by x.
const TAIL: ([f32; 5], [f32; 6]) = (
    [0.008_353_472, 0.092_617_32, 0.387_583_02, 0.832_189_44, 0.871_620_83],
    [0.065_064_676, 0.435_657_23, 1.387_628_6, 2.468_722, 2.396_626_5, 1.0],
);
/// erf(x)/x − 1 in x², below 1.
const ERF: [f32; 7] = [
    7.875_875e-5,
    -0.000_801_686_43,
    0.005_189_087_2,
    -0.026_854_211,
    0.112_835_94,
    -0.376_126_26,
    0.128_379_17,
];

/// In double precision, because the reduction cancels.
#[inline(always)]
fn sin_cos<const FMA: bool>(x: f32) -> (f32, f32) {
    let (sin, cos) = super::Elementary::lane_sin_cos::<FMA>(f64::from(x));
    (sin as f32, cos as f32)
}
