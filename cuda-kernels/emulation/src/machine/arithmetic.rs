//! What instructions compute, on bits.

use core::cmp::Ordering;

use super::floats;

/// What computing depends on besides its arguments.
pub(super) struct Context {
    /// Of an addition, or what a subtraction has borrowed.
    pub(super) carry: bool,
    /// Approximations in single precision are off by the largest error that their definition allows (1), by that in the other
    /// direction (−1), or as good as they can be (0).
    pub(super) error: f64,
}

/// An instruction that computes a number.
pub(super) type Compute = Box<dyn Fn(&[u64; 4], &mut Context) -> u64 + Send + Sync>;

/// The sort of a type and its bits: `('f', 64)`.
pub(super) fn sort_of(kind: &str) -> Option<(char, u32)> {
    let mut letters = kind.chars();
    let sort = letters.next()?;
    match (sort, letters.as_str()) {
        ('b' | 'u' | 's', "8") => Some((sort, 8)),
        ('b' | 'u' | 's', "16") => Some((sort, 16)),
        ('b' | 'u' | 's' | 'f', "32") => Some((sort, 32)),
        ('b' | 'u' | 's' | 'f', "64") => Some((sort, 64)),
        _ => None,
    }
}

/// As many bits, all of them set.
pub(super) fn ones(bits: u32) -> u64 {
    u64::MAX >> (64 - bits.min(64))
}

fn signed(value: u64, bits: u32) -> i64 {
    (value << (64 - bits)) as i64 >> (64 - bits)
}

/// The computation of an instruction, by its words; none if it is not known.
pub(super) fn compute(words: &[&str]) -> Option<Compute> {
    let (name, kind) = (*words.first()?, *words.last()?);
    match (name, kind) {
        ("setp", _) => compare(words),
        ("cvt", _) => convert(words),
        ("selp", _) => {
            let mask = ones(sort_of(kind)?.1);
            Some(Box::new(move |x, _| (if x[2] != 0 { x[0] } else { x[1] }) & mask))
        }
        (_, "pred") => logic(name, 1),
        (_, "f32") => floats::single(words),
        (_, "f64") => floats::double(words),
        _ => integer(words),
    }
}

/// Whether the words between the name and the types are among these.
pub(super) fn are_known(between: &[&str], known: &[&str]) -> bool {
    between.iter().all(|word| known.contains(word))
}

fn logic(name: &str, mask: u64) -> Option<Compute> {
    Some(match name {
        "and" => Box::new(move |x, _| x[0] & x[1] & mask),
        "or" => Box::new(move |x, _| (x[0] | x[1]) & mask),
        "xor" => Box::new(move |x, _| (x[0] ^ x[1]) & mask),
        // (A truth value is any number but 0.)
        "not" if mask == 1 => Box::new(|x, _| u64::from(x[0] == 0)),
        "not" => Box::new(move |x, _| !x[0] & mask),
        _ => return None,
    })
}

fn compare(words: &[&str]) -> Option<Compute> {
    let [_, relation, kind] = words else { return None };
    // For less, equal, greater, and for what has no order.
    let holds = match *relation {
        "eq" => [false, true, false, false],
        "ne" => [true, false, true, false],
        "lt" => [true, false, false, false],
        "le" => [true, true, false, false],
        "gt" => [false, false, true, false],
        "ge" => [false, true, true, false],
        "equ" => [false, true, false, true],
        "neu" => [true, false, true, true],
        "ltu" => [true, false, false, true],
        "leu" => [true, true, false, true],
        "gtu" => [false, false, true, true],
        "geu" => [false, true, true, true],
        "num" => [true, true, true, false],
        "nan" => [false, false, false, true],
        _ => return None,
    };
    let truth = move |order: Option<Ordering>| {
        u64::from(order.map_or(holds[3], |order| holds[(order as i8 + 1) as usize]))
    };
    Some(match sort_of(kind)? {
        ('f', 32) => Box::new(move |x, _| {
            truth(f32::from_bits(x[0] as u32).partial_cmp(&f32::from_bits(x[1] as u32)))
        }),
        ('f', _) => {
            Box::new(move |x, _| truth(f64::from_bits(x[0]).partial_cmp(&f64::from_bits(x[1]))))
        }
        ('s', bits) => {
            Box::new(move |x, _| truth(Some(signed(x[0], bits).cmp(&signed(x[1], bits)))))
        }
        (_, bits) => {
            let mask = ones(bits);
            Box::new(move |x, _| truth(Some((x[0] & mask).cmp(&(x[1] & mask)))))
        }
    })
}

fn integer(words: &[&str]) -> Option<Compute> {
    let (name, between, kind) = (words[0], words.get(1..words.len() - 1)?, *words.last()?);
    if !are_known(between, &["lo", "hi", "wide", "cc"]) {
        return None;
    }
    let (sort, bits) = sort_of(kind)?;
    let mask = ones(bits);
    let is_signed = sort == 's';
    if between.contains(&"cc") || matches!(name, "addc" | "subc" | "madc") {
        return carrying(name, between, is_signed, bits);
    }
    let product = move |x: &[u64; 4]| product(x, is_signed, bits);
    let number = move |x: u64| if is_signed { signed(x, bits) } else { (x & mask) as i64 };
    // (All bits are set where a quotient is not defined.)
    let divided =
        move |x: &[u64; 4], s: fn(i64, i64) -> i64, u: fn(u64, u64) -> u64| match x[1] & mask {
            0 => mask,
            _ if is_signed => s(number(x[0]), number(x[1])) as u64 & mask,
            by => u(x[0] & mask, by),
        };
    let first_is_less = move |x: &[u64; 4]| match is_signed {
        true => number(x[0]) < number(x[1]),
        false => x[0] & mask < x[1] & mask,
    };
    Some(match (name, between) {
        ("add", []) => Box::new(move |x, _| x[0].wrapping_add(x[1]) & mask),
        ("sub", []) => Box::new(move |x, _| x[0].wrapping_sub(x[1]) & mask),
        ("mul", ["lo"]) => Box::new(move |x, _| x[0].wrapping_mul(x[1]) & mask),
        ("mul", ["hi"]) => Box::new(move |x, _| (product(x) >> bits) as u64 & mask),
        ("mul", ["wide"]) => Box::new(move |x, _| product(x) as u64 & ones(2 * bits)),
        ("mad", ["lo"]) => Box::new(move |x, _| x[0].wrapping_mul(x[1]).wrapping_add(x[2]) & mask),
        ("mad", ["hi"]) => {
            Box::new(move |x, _| ((product(x) >> bits) as u64).wrapping_add(x[2]) & mask)
        }
        ("mad", ["wide"]) => {
            Box::new(move |x, _| (product(x) as u64).wrapping_add(x[2]) & ones(2 * bits))
        }
        ("div", []) => Box::new(move |x, _| divided(x, i64::wrapping_div, |a, b| a / b)),
        ("rem", []) => Box::new(move |x, _| divided(x, i64::wrapping_rem, |a, b| a % b)),
        ("neg", []) => Box::new(move |x, _| x[0].wrapping_neg() & mask),
        ("abs", []) => Box::new(move |x, _| signed(x[0], bits).unsigned_abs() & mask),
        ("min", []) => Box::new(move |x, _| x[usize::from(!first_is_less(x))] & mask),
        ("max", []) => Box::new(move |x, _| x[usize::from(first_is_less(x))] & mask),
        // (How far is a number of 32 bits.)
        ("shl", []) => Box::new(move |x, _| match x[1] as u32 {
            by if by >= bits => 0,
            by => x[0] << by & mask,
        }),
        ("shr", []) => Box::new(move |x, _| match (x[1] as u32).min(bits) {
            by if is_signed => (signed(x[0], bits) >> by.min(63)) as u64 & mask,
            64 => 0,
            by => (x[0] & mask) >> by,
        }),
        ("clz", []) => Box::new(move |x, _| ((x[0] & mask).leading_zeros() + bits - 64).into()),
        ("bfi", []) => Box::new(move |x, _| {
            let (position, length) = (x[2] as u32 & 0xff, x[3] as u32 & 0xff);
            let field = if length == 0 { 0 } else { ones(length) };
            let field = field.checked_shl(position).unwrap_or(0);
            ((x[1] & !field) | (x[0].checked_shl(position).unwrap_or(0) & field)) & mask
        }),
        (name, []) => return logic(name, mask),
        _ => return None,
    })
}

fn product(x: &[u64; 4], is_signed: bool, bits: u32) -> u128 {
    if is_signed {
        (i128::from(signed(x[0], bits)) * i128::from(signed(x[1], bits))) as u128
    } else {
        u128::from(x[0] & ones(bits)) * u128::from(x[1] & ones(bits))
    }
}

/// Sums and differences of long numbers, a part after the other.
fn carrying(name: &str, between: &[&str], is_signed: bool, bits: u32) -> Option<Compute> {
    let mask = u128::from(ones(bits));
    let (sets, takes) = (between.contains(&"cc"), name.ends_with('c'));
    let high = between.contains(&"hi");
    if between.contains(&"wide") {
        return None;
    }
    let (multiplies, subtracts) = match name {
        "add" | "addc" => (false, false),
        "sub" | "subc" => (false, true),
        "mad" | "madc" => (true, false),
        _ => return None,
    };
    Some(Box::new(move |x, context| {
        let [a, b, c] = [x[0], x[1], x[2]].map(|x| u128::from(x) & mask);
        let carry = u128::from(takes && context.carry);
        let (result, carried) = if subtracts {
            (a.wrapping_sub(b + carry), a < b + carry)
        } else {
            let (a, b) = match multiplies {
                true if high => ((product(x, is_signed, bits) >> bits) & mask, c),
                true => (product(x, is_signed, bits) & mask, c),
                false => (a, b),
            };
            (a + b + carry, a + b + carry > mask)
        };
        if sets {
            context.carry = carried;
        }
        (result & mask) as u64
    }))
}

fn convert(words: &[&str]) -> Option<Compute> {
    let [_, between @ .., to, from] = words else { return None };
    match (between, *to, *from) {
        (["rna"], "tf32", "f32") => {
            return Some(Box::new(|x, _| floats::to_tf32(x[0] as u32).into()));
        }
        (["rn"], "bf16", "f32") => {
            return Some(Box::new(|x, _| floats::to_bf16(x[0] as u32).into()));
        }
        _ => {}
    }
    if !are_known(between, &["rn", "rni", "rzi", "rmi", "rpi", "sat"]) {
        return None;
    }
    let (sort, bits) = sort_of(from)?;
    let (to_sort, to_bits) = sort_of(to)?;
    let saturates = between.contains(&"sat");
    if sort == 'f' {
        let round: fn(f64) -> f64 = match between {
            ["rni", ..] => f64::round_ties_even,
            ["rzi", ..] => f64::trunc,
            ["rmi", ..] => f64::floor,
            ["rpi", ..] => f64::ceil,
            _ => |x| x,
        };
        let finish: fn(f64) -> u64 = match (to_sort, to_bits) {
            ('f', 32) => |x| (x as f32).to_bits().into(),
            ('f', 64) => f64::to_bits,
            ('s', 32) => |x| u64::from((x as i32).cast_unsigned()),
            ('u', 32) => |x| u64::from(x as u32),
            ('s', 64) => |x| (x as i64).cast_unsigned(),
            ('u', 64) => |x| x as u64,
            _ => return None,
        };
        return Some(Box::new(move |x, _| {
            let x = if bits == 32 {
                f64::from(f32::from_bits(x[0] as u32))
            } else {
                f64::from_bits(x[0])
            };
            let x = round(x);
            finish(match x {
                x if saturates && x.is_nan() => 0.0,
                x if saturates => x.clamp(0.0, 1.0),
                x => x,
            })
        }));
    }
    if saturates {
        return None;
    }
    let is_signed = sort == 's';
    let value = move |x: u64| {
        if is_signed { i128::from(signed(x, bits)) } else { i128::from(x & ones(bits)) }
    };
    Some(match (to_sort, to_bits) {
        ('f', 32) => Box::new(move |x, _| (value(x[0]) as f32).to_bits().into()),
        ('f', _) => Box::new(move |x, _| (value(x[0]) as f64).to_bits()),
        (_, bits) => Box::new(move |x, _| value(x[0]) as u64 & ones(bits)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(instruction: &str, x: &[u64]) -> u64 {
        let words: Vec<&str> = instruction.split('.').collect();
        let mut all = [0; 4];
        all[..x.len()].copy_from_slice(x);
        compute(&words).expect("known")(&all, &mut Context { carry: false, error: 0.0 })
    }

    #[test]
    fn integers_wrap_and_have_signs() {
        let minus = |x: i32| u64::from((-x).cast_unsigned());
        assert_eq!(value("add.u32", &[u64::from(u32::MAX), 2]), 1);
        assert_eq!(value("sub.s64", &[3, 5]), (-2_i64).cast_unsigned());
        assert_eq!(value("mul.hi.u64", &[u64::MAX, u64::MAX]), u64::MAX - 1);
        assert_eq!(value("mul.wide.s32", &[minus(3), 5]), (-15_i64).cast_unsigned());
        assert_eq!(value("mul.wide.u32", &[minus(1), 2]), 0x1_FFFF_FFFE);
        assert_eq!(value("mad.wide.u32", &[3, 4, 1 << 40]), (1 << 40) + 12);
        assert_eq!(value("div.s32", &[minus(7), 2]), minus(3));
        assert_eq!(value("rem.s32", &[minus(7), 2]), minus(1));
        assert_eq!(value("div.u64", &[7, 0]), u64::MAX);
        assert_eq!(value("shr.s32", &[minus(8), 1]), minus(4));
        assert_eq!(value("shr.u64", &[1 << 63, 64]), 0);
        assert_eq!(value("shl.b32", &[1, 32]), 0);
        assert_eq!(value("max.s32", &[minus(1), 1]), 1);
        assert_eq!(value("max.u32", &[minus(1), 1]), minus(1));
        assert_eq!(value("min.s64", &[(-1_i64).cast_unsigned(), 1]), (-1_i64).cast_unsigned());
        assert_eq!(value("clz.b64", &[1]), 63);
        assert_eq!(value("clz.b32", &[1]), 31);
        assert_eq!(value("bfi.b64", &[0x5, 0xFF00, 4, 4]), 0xFF50);
        assert_eq!(value("not.pred", &[u64::MAX]), 0);
        assert_eq!(value("setp.lt.s32", &[minus(1), 0]), 1);
        assert_eq!(value("setp.lt.u32", &[minus(1), 0]), 0);
        assert_eq!(value("setp.geu.f32", &[f32::NAN.to_bits().into(), 0]), 1);
        assert_eq!(value("cvt.s64.s32", &[minus(2)]), (-2_i64).cast_unsigned());
        assert_eq!(value("cvt.rni.s32.f64", &[2.5_f64.to_bits()]), 2);
        assert_eq!(value("cvt.rpi.s32.f64", &[2.5_f64.to_bits()]), 3);
    }

    #[test]
    fn long_numbers_carry() {
        let words = |text: &'static str| text.split('.').collect::<Vec<_>>();
        let mut context = Context { carry: false, error: 0.0 };
        let mut value = |text, x: [u64; 4]| compute(&words(text)).expect("known")(&x, &mut context);
        assert_eq!(value("add.cc.u32", [0xFFFF_FFFF, 1, 0, 0]), 0);
        assert_eq!(value("addc.u32", [1, 1, 0, 0]), 3);
        assert_eq!(value("sub.cc.u32", [0, 1, 0, 0]), 0xFFFF_FFFF);
        assert_eq!(value("subc.u32", [5, 1, 0, 0]), 3);
        assert_eq!(value("mad.lo.cc.u32", [0x8000_0000, 2, 7, 0]), 7);
        assert_eq!(value("madc.hi.u32", [0x8000_0000, 2, 7, 0]), 8);
    }

    #[test]
    fn what_is_not_known_is_nothing() {
        for text in ["add.sat.s32", "setp.lt.and.f32", "cvt.rn.f16.f32", "mul.s32", "prmt.b32"] {
            assert!(compute(&text.split('.').collect::<Vec<_>>()).is_none(), "{text}");
        }
    }
}
