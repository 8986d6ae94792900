//! Double precision.

super::elementary!(f64);

const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵², which leaves integers at the end of the mantissa
const BIAS: f64 = 1023.0;
const MANTISSA_BITS: u32 = 52;
const EXPONENTS: f64 = 4096.0;
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const SUBNORMAL: (f64, f64) = (18_014_398_509_481_984.0, 54.0);
const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
/// Beyond these, eˣ is 0 or infinite.
const EXP_RANGE: (f64, f64) = (-746.0, 712.0);
/// (eʳ − 1 − r)/r², by Taylor.
const EXP: [f64; 12] = [
    1.0 / 6227020800.0,
    1.0 / 479001600.0,
    1.0 / 39916800.0,
    1.0 / 3628800.0,
    1.0 / 362880.0,
    1.0 / 40320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
];
/// (ln((1+s)/(1−s)) − 2s)/s³ in s², after fdlibm.
const LN: [f64; 7] = [
    0.147_981_986_051_165_86,
    0.153_138_376_992_093_73,
    0.181_835_721_616_180_5,
    0.222_221_984_321_497_84,
    0.285_714_287_436_623_9,
    0.399_999_999_994_094_2,
    0.666_666_666_666_673_5,
];
const TANH_IS_ONE: f64 = 20.0;
const HALF_PI: (f64, f64, f64) =
    (1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21);
const TURNS: f64 = 1e5;
/// (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in r², after fdlibm.
const SIN: [f64; 6] = [
    1.589_690_995_211_55e-10,
    -2.505_076_025_340_686_3e-8,
    2.755_731_370_707_006_8e-6,
    -1.984_126_982_985_795e-4,
    8.333_333_333_322_49e-3,
    -0.166_666_666_666_666_32,
];
const COS: [f64; 6] = [
    -1.135_964_755_778_819_5e-11,
    2.087_572_321_298_175e-9,
    -2.755_731_435_139_066_3e-7,
    2.480_158_728_947_673e-5,
    -1.388_888_888_887_411e-3,
    4.166_666_666_666_66e-2,
];

#[inline(always)]
fn sin_cos<const FMA: bool>(x: f64) -> (f64, f64) {
    let shifted = fma::<FMA>(x, core::f64::consts::FRAC_2_PI, ROUND);
    let q = shifted - ROUND;
    let quadrant = shifted.to_bits();
    let r = fma::<FMA>(-q, HALF_PI.0, x);
    let r = fma::<FMA>(-q, HALF_PI.1, r);
    let r = fma::<FMA>(-q, HALF_PI.2, r);
    let z = r * r;
    let sin = fma::<FMA>(z * r, polynomial::<FMA, _>(z, SIN), r);
    let cos = fma::<FMA>(z * z, polynomial::<FMA, _>(z, COS), 1.0 - 0.5 * z);
    let odd = quadrant & 1 != 0;
    let (s, c) = (if odd { cos } else { sin }, if odd { sin } else { cos });
    let s = if quadrant & 2 != 0 { -s } else { s };
    let c = if (quadrant + 1) & 2 != 0 { -c } else { c };
    (s, c)
}
