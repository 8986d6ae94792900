//! Double precision.

super::elementary!(f64);
super::error_functions::error_functions!(f64);

const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵², which leaves integers at the end of the mantissa
const MANTISSA_BITS: u32 = 52;
type Bits = u64;
const EXPONENT_OF_ONE: f64 = 1023.0;
const EXPONENTS: f64 = 4096.0;
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const SUBNORMAL: (f64, f64) = (18_014_398_509_481_984.0, 54.0);
const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
/// Beyond these, eˣ is 0 or infinite.
const EXP_RANGE: (f64, f64) = (-746.0, 712.0);
/// 2⁻ⁿ, and n: where 2ᵏ may be subnormal, 2ᵏ⁺ⁿ is not.
const SMALL: (f64, f64) = (7.458_340_731_200_207e-155, 512.0);
/// (eʳ − 1 − r)/r², with the least error relative to eʳ (3 % of a unit in the last place).
const EXP: [f64; 10] = [
    2.497_829_896_193_9e-8,
    2.762_524_421_766_931_6e-7,
    2.755_764_146_487_845_3e-6,
    2.480_150_854_966_779_6e-5,
    0.000_198_412_694_652_134_1,
    0.001_388_888_892_689_238_5,
    0.008_333_333_333_500_621,
    0.041_666_666_666_603_74,
    0.166_666_666_666_664_33,
    0.5,
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

/// The bits of a mantissa's second half, for an exact product.
const HALF_OF_BITS: u32 = 27;
/// Beyond this, the normal distribution's tail is 0, and so is that of the error function.
const TAIL_IS_ZERO: f64 = 40.0;
/// exp(x²) erfc(x) (1 + 2x) − 1, the numerator divided by x.
const TAIL: ([f64; 11], [f64; 12]) = (
    [
        3.490_487_012_428_998_7e-6,
        9.126_462_068_461_034e-5,
        0.001_132_800_159_056_062,
        0.008_839_485_494_460_614,
        0.048_068_140_279_689_69,
        0.190_491_917_650_205_43,
        0.558_221_903_663_325_8,
        1.198_930_847_531_790_1,
        1.818_298_690_011_588_5,
        1.778_731_848_156_007,
        0.871_620_832_904_487_4,
    ],
    [
        2.718_888_968_821_313_4e-5,
        0.000_591_411_628_948_758_4,
        0.006_344_265_858_186_453,
        0.043_632_117_549_008_33,
        0.211_674_120_482_254_06,
        0.755_278_690_536_973_7,
        2.011_794_043_920_861,
        3.983_519_889_346_710_3,
        5.726_581_533_440_342,
        5.675_993_530_085_597,
        3.482_581_034_957_505_5,
        1.0,
    ],
);
/// erf(x)/x − 1 in x², below 1.
const ERF: [f64; 12] = [
    -7.795_898_827_002_142e-10,
    1.372_006_454_677_768_6e-8,
    -1.620_848_380_187_170_5e-7,
    1.644_742_470_331_736_2e-6,
    -1.492_473_690_741_966e-5,
    0.000_120_552_949_048_397_07,
    -0.000_854_832_597_538_969_2,
    0.005_223_977_607_116_422_5,
    -0.026_866_170_643_237_77,
    0.112_837_916_709_450_06,
    -0.376_126_389_031_835_43,
    0.128_379_167_095_512_56,
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
