//! Errors against references, in units in the last place.

use wengert_autodiff::rules::{Activations, SpecialFunctions};

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
    sigmoid_slope lane_sigmoid_slope: up to 800.0, 5.0, 5.0, |x| if x.abs() < 700.0 { 0.5 / (1.0 + x.cosh()) } else { (-x.abs()).exp() };
    softplus lane_softplus: up to 800.0, 3.0, 3.0, |x| if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() };
    erf lane_erf: up to 10.0, 2.0, 2.0, |x| SpecialFunctions::erf(x);
    erfc lane_erfc: up to 30.0, 5.0, 4.0, |x| SpecialFunctions::erfc(x);
    norm_cdf lane_norm_cdf: up to 40.0, 6.0, 4.0, |x| SpecialFunctions::norm_cdf(x);
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

/// Where the sigmoid is not normal, the reference's product is of what was rounded.
#[test]
fn silu() {
    let silu = |x: f64| Elementary::lane_silu::<true>(x);
    let within = points(700.0).filter(|x| !(-760.0..-700.0).contains(x));
    let found = worst(within, |x| x, |x| x, ulp64, silu, |x: f64| Activations::silu(x));
    assert!(found.0 <= 4.0, "{found:?}");
    let silu = |x: f32| Elementary::lane_silu::<true>(x);
    let within = points(700.0).filter(|x| !(-110.0..-85.0).contains(x));
    let rounded = |x: f64| f64::from(Activations::silu(x) as f32);
    let found = worst(within, |x| x as f32, f64::from, ulp32, silu, rounded);
    assert!(found.0 <= 4.0, "{found:?}");
}

/// Where Φ is not normal, the reference's product is of what was rounded.
#[test]
fn gelu() {
    let within = || points(40.0).filter(|x| !(-39.0..-37.0).contains(x));
    let gelu = |x: f64| Elementary::lane_gelu::<true>(x);
    let found = worst(within(), |x| x, |x| x, ulp64, gelu, |x: f64| Activations::gelu(x));
    assert!(found.0 <= 6.0, "{found:?}");
    let gelu = |x: f32| Elementary::lane_gelu::<true>(x);
    let rounded = |x: f64| f64::from(Activations::gelu(x) as f32);
    let found = worst(points(40.0), |x| x as f32, f64::from, ulp32, gelu, rounded);
    assert!(found.0 <= 5.0, "{found:?}");
}

/// The functions that have to do with erf, against values with sixty digits, by mpmath.
#[test]
fn error_functions() {
    let table = [
        (-37.9, [-1.0, 2.0, 1.286_769_202e-314, -4.876_855_275_57e-313]),
        (
            -29.805_254_960_985_62,
            [-1.0, 2.0, 1.669_853_184_488_683_8e-195, -4.977_039_991_109_898e-194],
        ),
        (
            -13.166_648_583_719_507,
            [-1.0, 2.0, 6.826_235_159_258_519e-40, -8.987_863_949_178_749e-39],
        ),
        (
            -5.677_544_374_108_947_5,
            [
                -0.999_999_999_999_999,
                1.999_999_999_999_999_1,
                6.832_104_365_304_144e-09,
                -3.878_957_570_255_772_6e-08,
            ],
        ),
        (
            -2.785_741_153_560_820_7,
            [
                -0.999_918_393_621_731_8,
                1.999_918_393_621_731_7,
                0.002_670_274_942_989_622,
                -0.007_438_694_800_008_464,
            ],
        ),
        (
            -1.0,
            [
                -0.842_700_792_949_714_9,
                1.842_700_792_949_714_8,
                0.158_655_253_931_457_05,
                -0.158_655_253_931_457_05,
            ],
        ),
        (
            -0.1,
            [
                -0.112_462_916_018_284_9,
                1.112_462_916_018_284_8,
                0.460_172_162_722_971,
                -0.046_017_216_272_297_1,
            ],
        ),
        (
            0.25,
            [
                0.276_326_390_168_236_96,
                0.723_673_609_831_763_1,
                0.598_706_325_682_923_7,
                0.149_676_581_420_730_93,
            ],
        ),
        (
            1.5,
            [
                0.966_105_146_475_310_8,
                0.033_894_853_524_689_274,
                0.933_192_798_731_141_9,
                1.399_789_198_096_713,
            ],
        ),
        (
            3.379_121_135_079_913,
            [
                0.999_998_236_545_726_3,
                1.763_454_273_698_045_7e-06,
                0.999_636_410_203_281_6,
                3.377_892_521_113_323,
            ],
        ),
    ];
    for (x, expected) in table {
        let found: [f64; 4] = [
            x.lane_erf::<true>(),
            x.lane_erfc::<true>(),
            x.lane_norm_cdf::<true>(),
            x.lane_gelu::<true>(),
        ];
        for ((found, expected), bound) in found.into_iter().zip(expected).zip([1.0, 3.0, 4.0, 4.0])
        {
            let error = (found - expected).abs() / ulp64(expected);
            assert!(error <= bound, "{error} ulp at {x}: {found:e}, not {expected:e}");
        }
    }
}
