//! What the machine can do at most: multiply–adds, and bytes from each level of memory, on one core.

use std::hint::black_box;

use pulp::{Arch, Simd, WithSimd};
use wengert_benches::clock::median_ns;

/// Independent sums: enough to hide how long one multiply–add takes.
const SUMS: usize = 12;

struct MultiplyAdds {
    rounds: usize,
}

impl WithSimd for MultiplyAdds {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (a, b) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(black_box(1e-3)));
        let mut sums = [simd.splat_f32s(1.0); SUMS];
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, a, b);
            }
        }
        sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum()
    }
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

struct Read<'a>(&'a [f32]);

impl WithSimd for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (body, _) = S::as_simd_f32s(self.0);
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        for part in body.chunks_exact(SUMS) {
            for (sum, &x) in sums.iter_mut().zip(part) {
                *sum = simd.add_f32s(*sum, x);
            }
        }
        sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum()
    }
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
        let arch = Arch::new();
        let rounds = 10_000;
        let flops = 2 * SUMS * arch.dispatch(Lanes) * rounds;
        let peak = flops as f64 / best(|| arch.dispatch(MultiplyAdds { rounds }));
        let level = |name, bytes: usize, used: usize| {
            let numbers = vec![1.0_f32; used / 4];
            let ns = best(|| arch.dispatch(Read(black_box(&numbers))));
            Level { name, bytes, bandwidth: used as f64 / ns }
        };
        let (kib, mib) = (1 << 10, 1 << 20);
        let levels = [
            level("L1", 32 * kib, 24 * kib),
            level("L2", mib, 512 * kib),
            level("L3", 16 * mib, 8 * mib),
            level("memory", usize::MAX, 256 * mib),
        ];
        Ceilings { peak, levels }
    }

    /// The level in which so many bytes find place.
    pub fn level(&self, bytes: usize) -> &Level {
        self.levels.iter().find(|level| bytes <= level.bytes).expect("the last has no end")
    }
}

/// The least of a few medians, in nanoseconds.
fn best<R>(mut f: impl FnMut() -> R) -> f64 {
    (0..3).map(|_| median_ns(&mut f)).fold(f64::INFINITY, f64::min)
}
