//! Instructions on numbers with a point.

use super::arithmetic::{Compute, are_known};

/// What becomes of a result that is off by an error, in units of 2⁻²².
type Off = fn(f64, f64) -> f64;

pub(super) fn single(words: &[&str]) -> Option<Compute> {
    let between = words.get(1..words.len() - 1)?;
    if !are_known(between, &["rn", "rz", "rm", "approx", "ftz"]) {
        return None;
    }
    let way = between.iter().find(|way| ["rz", "rm"].contains(way)).copied().unwrap_or("rn");
    let function: fn([f32; 3]) -> f32 = match (words[0], way) {
        ("add", "rz") => |[a, b, _]| toward_zero(two_sum(a.into(), b.into())),
        ("add", "rm") => |[a, b, _]| downward(two_sum(a.into(), b.into())),
        ("fma", "rz") => |[a, b, c]| toward_zero(two_sum(f64::from(a) * f64::from(b), c.into())),
        ("fma", "rm") => |[a, b, c]| downward(two_sum(f64::from(a) * f64::from(b), c.into())),
        (_, "rz" | "rm") => return None,
        ("add", _) => |[a, b, _]| a + b,
        ("sub", _) => |[a, b, _]| a - b,
        ("mul", _) => |[a, b, _]| a * b,
        ("div", _) => |[a, b, _]| a / b,
        ("fma", _) => |[a, b, c]| a.mul_add(b, c),
        ("neg", _) => |[a, ..]| -a,
        ("abs", _) => |[a, ..]| a.abs(),
        ("min", _) => |[a, b, _]| a.min(b),
        ("max", _) => |[a, b, _]| a.max(b),
        // (The sign of the first, the magnitude of the second.)
        ("copysign", _) => |[a, b, _]| b.copysign(a),
        ("sqrt", _) => |[a, ..]| a.sqrt(),
        ("rcp", _) => |[a, ..]| 1.0 / a,
        ("rsqrt", _) => |[a, ..]| (1.0 / f64::from(a).sqrt()) as f32,
        ("ex2", _) => |[a, ..]| f64::from(a).exp2() as f32,
        ("lg2", _) => |[a, ..]| f64::from(a).log2() as f32,
        _ => return None,
    };
    let numbers = |x: &[u64; 4]| [x[0], x[1], x[2]].map(|x| f32::from_bits(x as u32));
    if !between.contains(&"ftz") && !between.contains(&"approx") {
        return Some(Box::new(move |x, _| function(numbers(x)).to_bits().into()));
    }
    let flushes = between.contains(&"ftz");
    let flushed = move |x: f32| if flushes && x.is_subnormal() { 0.0_f32.copysign(x) } else { x };
    let approximates = between.contains(&"approx");
    // By the definition of the language: relative errors of 2⁻²² for powers of 2 and reciprocal roots, of 2⁻²³ for reciprocals, two
    // units for quotients; absolute ones of 2⁻²² for logarithms near 0.
    let moved: Off = match words[0] {
        "rcp" => |y, unit| y * (1.0 + 0.5 * unit),
        "lg2" => |y, unit| if y.abs() < 1.0 { y + unit } else { y * (1.0 + unit) },
        _ => |y, unit| y * (1.0 + unit),
    };
    Some(Box::new(move |x, context| {
        let y = flushed(function(numbers(x).map(flushed)));
        let y = if approximates { off(y, moved, context.error) } else { y };
        y.to_bits().into()
    }))
}

/// Powers of 2 by integers, and what else is a power of 2, are exact, which CUDA's library rests on.
fn off(y: f32, moved: Off, error: f64) -> f32 {
    let is_power_of_two = y.to_bits().trailing_zeros() >= f32::MANTISSA_DIGITS - 1;
    if error == 0.0 || is_power_of_two || !y.is_normal() {
        return y;
    }
    moved(y.into(), 2.0_f64.powi(-22) * error) as f32
}

/// a + b, and what its rounding left out (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// Whether the nearest number is above and whether it is below what is meant, a number and a little more.
fn sides((exact, low): (f64, f64)) -> (f32, bool, bool) {
    let nearest = exact as f32;
    let wide = f64::from(nearest);
    let above = wide > exact || (wide == exact && low < 0.0);
    let below = wide < exact || (wide == exact && low > 0.0);
    (nearest, above, below)
}

fn toward_zero(sum: (f64, f64)) -> f32 {
    match sides(sum) {
        (nearest, true, _) if nearest > 0.0 => nearest.next_down(),
        (nearest, _, true) if nearest < 0.0 => nearest.next_up(),
        (nearest, ..) => nearest,
    }
}

fn downward(sum: (f64, f64)) -> f32 {
    match sides(sum) {
        (nearest, true, _) => nearest.next_down(),
        (nearest, ..) => nearest,
    }
}

/// 11 significant bits, ties away from zero.
pub(super) fn to_tf32(bits: u32) -> u32 {
    let is_finite = bits & 0x7f80_0000 != 0x7f80_0000;
    if is_finite { bits.wrapping_add(0x1000) & !0x1fff } else { bits }
}

/// 8 significant bits, ties to even; all NaNs are one.
pub(super) fn to_bf16(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() {
        return 0x7fff;
    }
    (bits + 0x7fff + (bits >> 16 & 1)) >> 16
}

pub(super) fn double(words: &[&str]) -> Option<Compute> {
    // Only the upper half of approximations is there, and of their arguments.
    fn half(x: f64) -> f64 {
        f64::from_bits(x.to_bits() & !0xffff_ffff)
    }
    fn flushed(x: f64) -> f64 {
        if x.is_subnormal() { 0.0_f64.copysign(x) } else { x }
    }
    let between = words.get(1..words.len() - 1)?;
    let function: fn([f64; 3]) -> f64 = match (words[0], between) {
        ("add", ["rz"]) => |[a, b, _]| match two_sum(a, b) {
            (sum, low) if sum > 0.0 && low < 0.0 => sum.next_down(),
            (sum, low) if sum < 0.0 && low > 0.0 => sum.next_up(),
            (sum, _) => sum,
        },
        ("rcp", ["approx", "ftz"]) => |[a, ..]| half(flushed(1.0 / flushed(half(a)))),
        ("rsqrt", ["approx", "ftz"]) => |[a, ..]| half(flushed(1.0 / flushed(half(a)).sqrt())),
        (name, [] | ["rn"]) => match name {
            "add" => |[a, b, _]| a + b,
            "sub" => |[a, b, _]| a - b,
            "mul" => |[a, b, _]| a * b,
            "div" => |[a, b, _]| a / b,
            "fma" => |[a, b, c]| a.mul_add(b, c),
            "neg" => |[a, ..]| -a,
            "abs" => |[a, ..]| a.abs(),
            "min" => |[a, b, _]| a.min(b),
            "max" => |[a, b, _]| a.max(b),
            "copysign" => |[a, b, _]| b.copysign(a),
            "sqrt" => |[a, ..]| a.sqrt(),
            "rcp" => |[a, ..]| 1.0 / a,
            _ => return None,
        },
        _ => return None,
    };
    Some(Box::new(move |x, _| function([x[0], x[1], x[2]].map(f64::from_bits)).to_bits()))
}

/// a · b + c, each rounded on its own.
pub(super) fn step_single(x: [u64; 3]) -> u64 {
    let [a, b, c] = x.map(|x| f32::from_bits(x as u32));
    (a * b + c).to_bits().into()
}

/// a · b + c, each rounded on its own.
pub(super) fn step_double(x: [u64; 3]) -> u64 {
    let [a, b, c] = x.map(f64::from_bits);
    (a * b + c).to_bits()
}

/// a₀ · b₀ + c, and then a₁ · b₁ more, for words of two numbers of 16 bits.
pub(super) fn step_pairs([a, b, c]: [u64; 3]) -> u64 {
    let lower = step_single([a << 16, b << 16, c]);
    step_single([a & 0xffff_0000, b & 0xffff_0000, lower])
}
