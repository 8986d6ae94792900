//! What the machine can do at most: multiply–adds, and bytes from each level of memory, on one core.

use std::fs;
use std::hint::black_box;

use wengert_benches::clock::median_ns;

/// Independent sums: enough to hide how long one multiply–add takes on two units.
const SUMS: usize = 12;
/// The elements of a sum: those of the widest vector.
const LANES: usize = 16;

type Sums = [[f32; LANES]; SUMS];

/// So many multiply–adds of each element of the sums, without vectors.
fn multiply_adds(rounds: usize) -> f32 {
    let (a, b) = (black_box(0.999_f32), black_box(1e-3_f32));
    let mut sums: Sums = [[1.0; LANES]; SUMS];
    for _ in 0..rounds {
        sums.as_flattened_mut().iter_mut().for_each(|sum| *sum = *sum * a + b);
    }
    sums.as_flattened().iter().sum()
}

#[inline(always)]
fn read(numbers: &[f32]) -> Sums {
    let mut sums: Sums = [[0.0; LANES]; SUMS];
    for part in numbers.as_chunks::<LANES>().0.as_chunks::<SUMS>().0 {
        for (sum, part) in sums.iter_mut().zip(part) {
            sum.iter_mut().zip(part).for_each(|(sum, &x)| *sum += x);
        }
    }
    sums
}

/// Both with the widest vectors that the machine has.
#[derive(Clone, Copy)]
struct Loops {
    multiply_adds: fn(usize) -> f32,
    read: fn(&[f32]) -> Sums,
}

#[cfg(target_arch = "x86_64")]
mod compiled {
    use core::arch::x86_64::{
        _mm256_add_ps, _mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps,
        _mm512_reduce_add_ps, _mm512_set1_ps,
    };
    use std::hint::black_box;

    use super::{SUMS, Sums};

    #[target_feature(enable = "avx512f,fma")]
    pub fn wide_multiply_adds(rounds: usize) -> f32 {
        let (a, b) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(1e-3)));
        let mut sums = [_mm512_set1_ps(1.0); SUMS];
        for _ in 0..rounds {
            sums.iter_mut().for_each(|sum| *sum = _mm512_fmadd_ps(*sum, a, b));
        }
        sums.into_iter().map(|sum| _mm512_reduce_add_ps(sum)).sum()
    }
    #[target_feature(enable = "avx512f,fma")]
    pub fn wide_read(numbers: &[f32]) -> Sums {
        super::read(numbers)
    }
    /// (Twice as many rounds, of vectors half as long.)
    #[target_feature(enable = "avx2,fma")]
    pub fn narrow_multiply_adds(rounds: usize) -> f32 {
        let (a, b) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(1e-3)));
        let mut sums = [_mm256_set1_ps(1.0); SUMS];
        for _ in 0..2 * rounds {
            sums.iter_mut().for_each(|sum| *sum = _mm256_fmadd_ps(*sum, a, b));
        }
        let zero = _mm256_set1_ps(0.0);
        _mm256_cvtss_f32(sums.into_iter().fold(zero, |a, b| _mm256_add_ps(a, b)))
    }
    #[target_feature(enable = "avx2,fma")]
    pub fn narrow_read(numbers: &[f32]) -> Sums {
        super::read(numbers)
    }
}

fn loops() -> Loops {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("fma") {
        if is_x86_feature_detected!("avx512f") {
            return Loops {
                // SAFETY: The machine has the instructions, as just asked.
                multiply_adds: |rounds| unsafe { compiled::wide_multiply_adds(rounds) },
                // SAFETY: As above.
                read: |numbers| unsafe { compiled::wide_read(numbers) },
            };
        }
        if is_x86_feature_detected!("avx2") {
            return Loops {
                // SAFETY: As above.
                multiply_adds: |rounds| unsafe { compiled::narrow_multiply_adds(rounds) },
                // SAFETY: As above.
                read: |numbers| unsafe { compiled::narrow_read(numbers) },
            };
        }
    }
    Loops { multiply_adds, read }
}

/// A level of memory, and how many gigabytes a second one core reads from it.
pub struct Level {
    pub name: &'static str,
    /// Up to how many bytes in use it is this level.
    pub bytes: usize,
    pub bandwidth: f64,
}

/// What one core can do.
pub struct Ceilings {
    /// GFLOP/s in `f32`, a multiply–add counted as two; `f64` has half.
    pub peak: f64,
    pub levels: [Level; 4],
}

impl Ceilings {
    /// Each the best of several samples.
    pub fn measure() -> Self {
        let Loops { multiply_adds, read } = loops();
        let rounds = 10_000;
        let flops = 2 * SUMS * LANES * rounds;
        let peak = flops as f64 / best(|| multiply_adds(rounds));
        let level = |name, bytes: usize, used: usize| {
            let numbers = vec![1.0_f32; used / 4];
            let ns = best(|| read(black_box(&numbers)));
            Level { name, bytes, bandwidth: used as f64 / ns }
        };
        let [first, second, third] =
            [(0, 32 << 10), (2, 1 << 20), (3, 16 << 20)].map(|(index, usual)| cache(index, usual));
        let levels = [
            level("L1", first, first * 3 / 4),
            level("L2", second, second / 2),
            // (Of a large one that is shared, a core has a part.)
            level("L3", third, (third / 2).min(8 * second)),
            level("memory", usize::MAX, (2 * third).max(256 << 20)),
        ];
        Ceilings { peak, levels }
    }

    /// The level in which so many bytes find place.
    pub fn level(&self, bytes: usize) -> &Level {
        self.levels.iter().find(|level| bytes <= level.bytes).expect("the last has no end")
    }
}

/// The bytes of a cache, as Linux knows it, or the usual.
fn cache(index: usize, usual: usize) -> usize {
    let file = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
    let size = fs::read_to_string(file).unwrap_or_default();
    size.trim().strip_suffix('K').and_then(|k| k.parse::<usize>().ok()).map_or(usual, |k| k << 10)
}

/// The least of a few medians, in nanoseconds.
fn best<R>(mut f: impl FnMut() -> R) -> f64 {
    (0..3).map(|_| median_ns(&mut f)).fold(f64::INFINITY, f64::min)
}
