//! Single precision.

super::elementary!(f32);

const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³, which leaves integers at the end of the mantissa
const BIAS: f32 = 127.0;
const MANTISSA_BITS: u32 = 23;
const EXPONENTS: f32 = 512.0;
const SQRT_HALF: u32 = 0x3f35_04f3;
const SUBNORMAL: (f32, f32) = (33_554_432.0, 25.0);
const LN_2: (f32, f32) = (0.693_138_1, 9.058_001e-6);
/// Beyond these, eˣ is 0 or infinite.
const EXP_RANGE: (f32, f32) = (-105.0, 91.0);
/// (eʳ − 1 − r)/r², by Taylor.
const EXP: [f32; 7] =
    [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0];
/// (ln((1+s)/(1−s)) − 2s)/s³ in s², after fdlibm.
const LN: [f32; 4] = [0.242_790_79, 0.284_987_87, 0.400_009_72, 0.666_666_6];
const TANH_IS_ONE: f32 = 10.0;
const TURNS: f64 = 1e5;

/// In double precision, because the reduction cancels.
#[inline(always)]
fn sin_cos<const FMA: bool>(x: f32) -> (f32, f32) {
    let (sin, cos) = super::Elementary::lane_sin_cos::<FMA>(f64::from(x));
    (sin as f32, cos as f32)
}
