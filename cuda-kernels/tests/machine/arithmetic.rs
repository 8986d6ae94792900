//! What instructions compute, on bits.

/// The size of a type.
pub fn bytes(kind: &str) -> usize {
    match &kind[1..] {
        "8" => 1,
        "16" => 2,
        "32" => 4,
        "64" => 8,
        _ => panic!("a type: {kind}"),
    }
}

/// The lowest bits.
pub fn low(value: u64, bits: usize) -> u64 {
    if bits < 64 { value & ((1 << bits) - 1) } else { value }
}

/// The result of an instruction; of an approximation in single precision, off by the largest `error` that its definition
/// allows (1), that in the other direction (−1), or as good as it can be (0).
///
/// # Panics
/// If it is not known.
pub fn evaluate(words: &[&str], x: &[u64], carry: &mut bool, error: f64) -> u64 {
    let kind = *words.last().expect("a type");
    match (words[0], kind) {
        ("setp", _) => u64::from(compare(words[1], kind, x[0], x[1])),
        ("cvt", _) => convert(words, x[0]),
        ("selp", _) => low(if x[2] != 0 { x[0] } else { x[1] }, 8 * bytes(kind)),
        (_, "pred") => logic(words[0], x) & 1,
        (_, "f32") => {
            let x: Vec<f32> = x.iter().map(|&x| f32::from_bits(x as u32)).collect();
            let y = single(words, &x);
            let y = if words.contains(&"approx") { off(words[0], y, error) } else { y };
            y.to_bits().into()
        }
        (_, "f64") => {
            double(words, &x.iter().map(|&x| f64::from_bits(x)).collect::<Vec<f64>>()).to_bits()
        }
        _ => integer(words, x, carry),
    }
}

fn logic(name: &str, x: &[u64]) -> u64 {
    match name {
        "and" => x[0] & x[1],
        "or" => x[0] | x[1],
        "xor" => x[0] ^ x[1],
        "not" => !x[0],
        _ => panic!("{name} of truth values or bits"),
    }
}

fn compare(relation: &str, kind: &str, a: u64, b: u64) -> bool {
    use core::cmp::Ordering;
    let bits = 8 * bytes(kind);
    let order = match &kind[..1] {
        "f" if bits == 32 => f32::from_bits(a as u32).partial_cmp(&f32::from_bits(b as u32)),
        "f" => f64::from_bits(a).partial_cmp(&f64::from_bits(b)),
        "s" => Some(signed(a, bits).cmp(&signed(b, bits))),
        _ => Some(low(a, bits).cmp(&low(b, bits))),
    };
    match (relation, order) {
        ("num", order) => order.is_some(),
        ("nan", order) => order.is_none(),
        // (Relations with a `u` hold for NaN, too.)
        ("equ" | "neu" | "ltu" | "leu" | "gtu" | "geu", None) => true,
        (_, None) => false,
        ("eq" | "equ", Some(order)) => order == Ordering::Equal,
        ("ne" | "neu", Some(order)) => order != Ordering::Equal,
        ("lt" | "ltu", Some(order)) => order == Ordering::Less,
        ("le" | "leu", Some(order)) => order != Ordering::Greater,
        ("gt" | "gtu", Some(order)) => order == Ordering::Greater,
        ("ge" | "geu", Some(order)) => order != Ordering::Less,
        _ => panic!("a comparison: {relation}"),
    }
}

fn signed(value: u64, bits: usize) -> i64 {
    (value << (64 - bits)) as i64 >> (64 - bits)
}

fn integer(words: &[&str], x: &[u64], carry: &mut bool) -> u64 {
    let kind = *words.last().expect("a type");
    let bits = 8 * bytes(kind);
    let is_signed = kind.starts_with('s');
    let wide = |value: u64| {
        if is_signed { i128::from(signed(value, bits)) } else { i128::from(low(value, bits)) }
    };
    let a = wide(x[0]);
    let b = x.get(1).map_or(0, |&b| wide(b));
    let c = x.get(2).map_or(0, |&c| wide(c));
    let sets_carry = words.contains(&"cc");
    let uses_carry = matches!(words[0], "addc" | "subc" | "madc");
    let carried = i128::from(uses_carry && *carry);
    let part = |product: i128| {
        if words.contains(&"hi") { product >> bits } else { i128::from(low(product as u64, bits)) }
    };
    let result = match words[0] {
        "add" | "addc" => a + b + carried,
        "sub" | "subc" => a - b - carried,
        "mul" if words.contains(&"wide") => a * b,
        "mul" => part(a * b),
        "mad" if words.contains(&"wide") => {
            let c = if is_signed { i128::from(x[2] as i64) } else { i128::from(x[2]) };
            return low((a * b + c) as u64, 2 * bits);
        }
        "mad" | "madc" => part(a * b) + c + carried,
        "div" => a / b,
        "neg" => -a,
        "abs" => a.abs(),
        "min" => a.min(b),
        "max" => a.max(b),
        "shl" => {
            if x[1] >= bits as u64 {
                0
            } else {
                a << x[1]
            }
        }
        "shr" => a >> x[1].min(bits as u64),
        "clz" => i128::from(low(x[0], bits).leading_zeros() as usize as u64) - (64 - bits as i128),
        "bfi" => {
            let (position, length) = (x[2] & 0xff, x[3] & 0xff);
            let mask = low(u64::MAX, length.min(64) as usize) << position;
            return low((x[1] & !mask) | ((x[0] << position) & mask), bits);
        }
        _ => return low(logic(words[0], x), bits),
    };
    if sets_carry {
        *carry = result < 0 || result >> bits != 0;
    }
    let width = if words.contains(&"wide") { 2 * bits } else { bits };
    low(result as u64, width)
}

fn convert(words: &[&str], x: u64) -> u64 {
    let [to, from] = [words[words.len() - 2], words[words.len() - 1]];
    let bits = 8 * bytes(from);
    let way = words.iter().find(|word| ["rni", "rzi", "rmi", "rpi"].contains(word));
    let rounded = |x: f64| match way {
        Some(&"rni") => x.round_ties_even(),
        Some(&"rzi") => x.trunc(),
        Some(&"rmi") => x.floor(),
        Some(_) => x.ceil(),
        None => x,
    };
    if from.starts_with('f') {
        let value =
            if bits == 32 { f64::from(f32::from_bits(x as u32)) } else { f64::from_bits(x) };
        let value = rounded(value);
        let saturates = words.contains(&"sat");
        let value = match value {
            value if saturates && value.is_nan() => 0.0,
            value if saturates => value.clamp(0.0, 1.0),
            value => value,
        };
        return match to {
            "f32" => (value as f32).to_bits().into(),
            "f64" => value.to_bits(),
            "s32" => value as i32 as u32 as u64,
            "u32" => value as u32 as u64,
            "s64" => value as i64 as u64,
            "u64" => value as u64,
            _ => panic!("a conversion: {words:?}"),
        };
    }
    let value =
        if from.starts_with('s') { i128::from(signed(x, bits)) } else { i128::from(low(x, bits)) };
    match to {
        "f32" => (value as f32).to_bits().into(),
        "f64" => (value as f64).to_bits(),
        to => low(value as u64, 8 * bytes(to)),
    }
}

/// What a function of numbers in double precision gives in single precision, `exact` but for `low`.
fn directed(words: &[&str], exact: f64, low: f64) -> f32 {
    let nearest = exact as f32;
    let wide = f64::from(nearest);
    let above = wide > exact || (wide == exact && low < 0.0);
    let below = wide < exact || (wide == exact && low > 0.0);
    let to_zero = words.contains(&"rz");
    if above && (words.contains(&"rm") || to_zero && nearest > 0.0) {
        nearest.next_down()
    } else if below && to_zero && nearest < 0.0 {
        nearest.next_up()
    } else {
        nearest
    }
}

/// a + b, and what its rounding left out (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

fn single(words: &[&str], x: &[f32]) -> f32 {
    let flushed =
        |x: f32| if words.contains(&"ftz") && x.is_subnormal() { 0.0_f32.copysign(x) } else { x };
    let a = flushed(x[0]);
    let b = x.get(1).map_or(0.0, |&b| flushed(b));
    let c = x.get(2).map_or(0.0, |&c| flushed(c));
    let is_directed = words.contains(&"rz") || words.contains(&"rm");
    let [wide_a, wide_b, wide_c] = [a, b, c].map(f64::from);
    flushed(match words[0] {
        "add" | "fma" if is_directed => {
            let (sum, low) = match words[0] {
                "add" => two_sum(wide_a, wide_b),
                _ => two_sum(wide_a * wide_b, wide_c),
            };
            directed(words, sum, low)
        }
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "fma" => a.mul_add(b, c),
        "neg" => -a,
        "abs" => a.abs(),
        "min" => a.min(b),
        "max" => a.max(b),
        // (The sign of the first, the magnitude of the second.)
        "copysign" => b.copysign(a),
        "sqrt" => a.sqrt(),
        "rcp" => 1.0 / a,
        "rsqrt" => (1.0 / wide_a.sqrt()) as f32,
        "ex2" => wide_a.exp2() as f32,
        "lg2" => wide_a.log2() as f32,
        _ => panic!("an instruction: {words:?}"),
    })
}

/// By the definition of the language: relative errors of 2⁻²² for powers of 2 and reciprocal roots, of 2⁻²³ for reciprocals,
/// two units for quotients; absolute ones of 2⁻²² for logarithms near 0. Powers of 2 by integers, and what else is a power
/// of 2, are exact, which CUDA's library rests on.
fn off(name: &str, y: f32, error: f64) -> f32 {
    let unit = 2.0_f64.powi(-22) * error;
    let wide = f64::from(y);
    let moved = match name {
        "rcp" => wide * (1.0 + 0.5 * unit),
        "lg2" if wide.abs() < 1.0 => wide + unit,
        _ => wide * (1.0 + unit),
    };
    let is_power_of_two = y.to_bits().trailing_zeros() >= f32::MANTISSA_DIGITS - 1;
    if error == 0.0 || is_power_of_two || !y.is_normal() { y } else { moved as f32 }
}

fn double(words: &[&str], x: &[f64]) -> f64 {
    let (a, b) = (x[0], x.get(1).copied().unwrap_or_default());
    // Only the upper half of such approximations is there, and of their arguments.
    let half = |x: f64| f64::from_bits(x.to_bits() & !0xffff_ffff);
    let flushed = |x: f64| if x.is_subnormal() { 0.0_f64.copysign(x) } else { x };
    match words[0] {
        "add" if words.contains(&"rz") => {
            let (sum, low) = two_sum(a, b);
            if sum > 0.0 && low < 0.0 {
                sum.next_down()
            } else if sum < 0.0 && low > 0.0 {
                sum.next_up()
            } else {
                sum
            }
        }
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "fma" => a.mul_add(b, x[2]),
        "neg" => -a,
        "abs" => a.abs(),
        "min" => a.min(b),
        "max" => a.max(b),
        "copysign" => b.copysign(a),
        "sqrt" => a.sqrt(),
        "rcp" if words.contains(&"approx") => half(flushed(1.0 / flushed(half(a)))),
        "rcp" => 1.0 / a,
        "rsqrt" => half(flushed(1.0 / flushed(half(a)).sqrt())),
        _ => panic!("an instruction: {words:?}"),
    }
}
