//! Where functions are compared.

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Of a size that functions usually meet.
    fn ordinary(&mut self) -> f64 {
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        match self.bits() % 5 {
            0 => 2.0 * unit - 1.0,
            1 => unit,
            2 => 10.0 * unit - 5.0,
            3 => 0.1 + 8.0 * unit,
            _ => 60.0 * unit - 30.0,
        }
    }
}

/// Zeros, infinities, NaN, ends of ranges, and where something happens to some function.
fn special() -> Vec<f64> {
    let positive = [
        0.0,
        5e-324,
        1e-310,
        2.3e-308,
        1e-100,
        1e-45,
        1e-38,
        1e-20,
        1e-8,
        1e-3,
        0.1,
        0.25,
        0.3,
        0.425,
        0.5,
        0.65,
        0.693,
        0.85,
        1.0,
        1.0 + 1e-6,
        1.0 - 1e-6,
        1.461_632_144_968_362_3,
        1.5,
        2.0,
        2.5,
        2.457,
        3.0,
        5.0,
        8.5,
        9.99,
        10.0,
        12.5,
        20.0,
        31.5,
        40.0,
        88.0,
        104.0,
        170.5,
        709.0,
        745.0,
        1e4,
        123_456.75,
        1e10,
        1e15,
        1e30,
        3e38,
        1e100,
        1e200,
        1.7e308,
        f64::INFINITY,
    ];
    positive.iter().flat_map(|&x| [x, -x]).chain([f64::NAN]).collect()
}

/// A few of each kind.
fn few() -> Vec<f64> {
    let positive =
        [0.0, 1e-300, 1e-8, 0.3, 0.5, 1.0, 2.0, 3.7, 11.0, 40.0, 1e10, 1e200, f64::INFINITY];
    positive.iter().flat_map(|&x| [x, -x]).chain([f64::NAN]).collect()
}

fn product(of: &[f64], times: usize) -> Vec<Vec<f64>> {
    (0..times).fold(vec![vec![]], |lists, _| {
        let extended = |list: &Vec<f64>, x: f64| [&list[..], &[x]].concat();
        lists.iter().flat_map(|list| of.iter().map(move |&x| extended(list, x))).collect()
    })
}

/// The points for a function of so many arguments, with `random` ones among them.
pub fn points(arguments: usize, random: usize) -> Vec<Vec<f64>> {
    let mut points = match arguments {
        1 => product(&special(), 1),
        2 => product(&few(), 2),
        _ => product(&few(), 3).into_iter().step_by(5).collect(),
    };
    let mut generator = Random(arguments as u64);
    points.extend((0..random).map(|_| (0..arguments).map(|_| generator.ordinary()).collect()));
    points
}
