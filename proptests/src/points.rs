//! Points at which functions are tested, drawn deterministically.

use crate::modes::Row;

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that depends on a text only.
    pub fn named(name: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of the elements.
    pub fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.bits() % from.len() as u64) as usize]
    }

    /// A number of a size that functions usually meet.
    pub(crate) fn ordinary(&mut self) -> f64 {
        match self.bits() % 4 {
            0 => self.uniform(-1.0, 1.0),
            1 => self.uniform(0.0, 1.0),
            2 => self.uniform(-5.0, 5.0),
            _ => self.uniform(0.1, 8.0),
        }
    }
}

/// `count` points of ordinary size in the smooth domain of the function. If two arguments may not
/// coincide there, they are at least a little apart.
pub fn ordinary(row: &Row, count: usize) -> Vec<Vec<f64>> {
    let mut random = Random::named(&row.name);
    let mut points = Vec::with_capacity(count);
    let mut tries = 0;
    while points.len() < count {
        tries += 1;
        assert!(tries < 10_000 * count, "{}: too few points are smooth", row.name);
        let x: Vec<f64> = (0..row.arguments).map(|_| random.ordinary()).collect();
        if row.smooth(&x) && row.try_plain(&x).is_some_and(f64::is_finite) {
            points.push(x);
        }
    }
    points
}

/// Numbers close to those where something happens to some function.
pub fn edges() -> Vec<f64> {
    let mut edges = Vec::new();
    for at in [0.5_f64, 1.0, 2.0, 3.0, 1.461_632_144_968_362_3] {
        for x in [at, -at] {
            edges.extend([x, x.next_up(), x.next_down()]);
            edges.extend([1e-12, 1e-8, 1e-4].iter().flat_map(|d| [x - d, x + d]));
        }
    }
    for small in [1e-300, 1e-100, 1e-20, 1e-8, 1e-4, 1e-3, 0.03] {
        edges.extend([small, -small]);
    }
    for large in [20.0, 37.5, 300.0, 709.0, 745.0, 1e5, 1e8, 1e22, 1e100, 1e200, 1e300] {
        edges.extend([large, -large]);
    }
    edges
}

/// Zeros, infinities, NaN, and the ends of the range.
pub fn special() -> Vec<f64> {
    let mut special = vec![f64::NAN];
    for x in [0.0, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.0, 2.0, 0.5, 3.5] {
        special.extend([x, -x]);
    }
    special
}

/// Points with coordinates from a list: all of them for one or two arguments, some for more.
pub fn combinations(row: &Row, from: &[f64], most: usize) -> Vec<Vec<f64>> {
    let all = from.len().checked_pow(row.arguments as u32);
    match all {
        Some(all) if all <= most => {
            let digit = |index: usize, k: usize| index / from.len().pow(k as u32) % from.len();
            let point = |index| (0..row.arguments).map(|k| from[digit(index, k)]).collect();
            (0..all).map(point).collect()
        }
        _ => {
            let mut random = Random::named(&row.name);
            let mut point = || (0..row.arguments).map(|_| random.choose(from)).collect();
            (0..most).map(|_| point()).collect()
        }
    }
}

/// Directions along which a function is differentiated: the axes, and one across.
pub fn directions(arguments: usize) -> Vec<Vec<f64>> {
    let axis = |k: usize| (0..arguments).map(|j| if j == k { 1.0 } else { 0.0 }).collect();
    let mut directions: Vec<Vec<f64>> = (0..arguments).map(axis).collect();
    if arguments > 1 {
        directions.push((0..arguments).map(|k| [1.0, -0.5, 0.75, 0.25][k % 4]).collect());
    }
    directions
}
