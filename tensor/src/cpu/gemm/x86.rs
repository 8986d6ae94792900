//! Tiles and moves by the vector instructions of x86-64.

use core::arch::x86_64::{
    __m256, __m256d, __m512, __m512d, _MM_HINT_T0, _mm_loadu_pd, _mm_loadu_ps, _mm_movehl_ps,
    _mm_movelh_ps, _mm_prefetch, _mm_storeu_pd, _mm_storeu_ps, _mm_unpackhi_pd, _mm_unpackhi_ps,
    _mm_unpacklo_pd, _mm_unpacklo_ps, _mm256_add_pd, _mm256_add_ps, _mm256_fmadd_pd,
    _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps, _mm256_set1_pd, _mm256_set1_ps,
    _mm256_storeu_pd, _mm256_storeu_ps, _mm512_add_pd, _mm512_add_ps, _mm512_fmadd_pd,
    _mm512_fmadd_ps, _mm512_loadu_pd, _mm512_loadu_ps, _mm512_set1_pd, _mm512_set1_ps,
    _mm512_storeu_pd, _mm512_storeu_ps,
};

use super::tiles::{Lines, Tile, Tiles};

/// A vector register. Its functions are instructions: they may be called where the machine has them, and memory holds as many elements
/// as are read or written.
trait Vector: Copy {
    type Element: Copy;
    const LANES: usize;
    unsafe fn splat(x: Self::Element) -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    unsafe fn add(self, other: Self) -> Self;
    /// self · b + c, rounded once.
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self;
}

macro_rules! vectors {
    ($($V:ident $T:ident $lanes:literal $splat:ident $load:ident $store:ident $add:ident $fma:ident)*) => {$(
        impl Vector for $V {
            type Element = $T;
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(x: $T) -> Self {
                // SAFETY: By the trait's conditions.
                unsafe { $splat(x) }
            }
            #[inline(always)]
            unsafe fn load(from: *const $T) -> Self {
                // SAFETY: By the trait's conditions.
                unsafe { $load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $T) {
                // SAFETY: By the trait's conditions.
                unsafe { $store(to, self) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: By the trait's conditions.
                unsafe { $add(self, other) }
            }
            #[inline(always)]
            unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
                // SAFETY: By the trait's conditions.
                unsafe { $fma(self, b, c) }
            }
        }
    )*};
}
vectors! {
    __m512 f32 16 _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_fmadd_ps
    __m512d f64 8 _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_fmadd_pd
    __m256 f32 8 _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_fmadd_ps
    __m256d f64 4 _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_fmadd_pd
}

/// So many lines ahead, memory is asked for them.
const AHEAD: isize = 16;

/// A tile of M rows of N vectors.
///
/// # Safety
/// The machine has the instructions, and memory is as [`Tile`] says.
#[inline(always)]
unsafe fn sum<V: Vector, const M: usize, const N: usize>(tile: Tile<V::Element>, zero: V) {
    let Tile { depth, mut a, mut b, b_stride, mut keep, c, c_stride, accumulate } = tile;
    let mut sums = [[zero; N]; M];
    // SAFETY: By this function's conditions.
    unsafe {
        for _ in 0..depth {
            let mut row = [zero; N];
            for (j, x) in row.iter_mut().enumerate() {
                *x = V::load(b.add(j * V::LANES));
            }
            if !keep.is_null() {
                let ahead = b.wrapping_offset(AHEAD.wrapping_mul(b_stride));
                for (j, &x) in row.iter().enumerate() {
                    x.store(keep.add(j * V::LANES));
                    _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(j * V::LANES).cast());
                }
                keep = keep.add(N * V::LANES);
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let x = V::splat(*a.add(i));
                for (sum, &y) in sums.iter_mut().zip(&row) {
                    *sum = x.multiply_add(y, *sum);
                }
            }
            a = a.add(M);
            b = b.wrapping_offset(b_stride);
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, &sum) in sums.iter().enumerate() {
                let c = c.add(i * c_stride + j * V::LANES);
                if accumulate { V::load(c).add(sum) } else { sum }.store(c);
            }
        }
    }
}

#[target_feature(enable = "avx512f,fma")]
unsafe fn wide_single<const M: usize, const N: usize>(tile: Tile<f32>) {
    // SAFETY: By the conditions of `sum`.
    unsafe { sum::<__m512, M, N>(tile, _mm512_set1_ps(0.0)) }
}

#[target_feature(enable = "avx512f,fma")]
unsafe fn wide_double<const M: usize, const N: usize>(tile: Tile<f64>) {
    // SAFETY: By the conditions of `sum`.
    unsafe { sum::<__m512d, M, N>(tile, _mm512_set1_pd(0.0)) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn narrow_single<const M: usize, const N: usize>(tile: Tile<f32>) {
    // SAFETY: By the conditions of `sum`.
    unsafe { sum::<__m256, M, N>(tile, _mm256_set1_ps(0.0)) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn narrow_double<const M: usize, const N: usize>(tile: Tile<f64>) {
    // SAFETY: By the conditions of `sum`.
    unsafe { sum::<__m256d, M, N>(tile, _mm256_set1_pd(0.0)) }
}

/// Lines of up to as many elements as a tile has columns.
///
/// # Safety
/// The machine has the instructions, and memory is as [`Lines`] says.
#[inline(always)]
unsafe fn copy<V: Vector>(lines: Lines<V::Element>, width: usize) {
    // SAFETY: By this function's conditions, and those of each.
    unsafe {
        if width == 2 * V::LANES {
            return for_each(lines, width, |from, to| {
                V::load(from).store(to);
                V::load(from.add(V::LANES)).store(to.add(V::LANES));
            });
        }
        match width {
            16.. => for_each(lines, width, |from, to| ends::<_, 16>(from, to, width)),
            8.. => for_each(lines, width, |from, to| ends::<_, 8>(from, to, width)),
            4.. => for_each(lines, width, |from, to| ends::<_, 4>(from, to, width)),
            _ => for_each(lines, width, |from, to| to.copy_from_nonoverlapping(from, width)),
        }
    }
}

/// The first N and the last N of up to 2 N elements.
///
/// # Safety
/// There are `width` ≥ N elements.
#[inline(always)]
unsafe fn ends<T: Copy, const N: usize>(from: *const T, to: *mut T, width: usize) {
    // SAFETY: By this function's conditions.
    unsafe {
        let last = width - N;
        to.copy_from_nonoverlapping(from, N);
        to.add(last).copy_from_nonoverlapping(from.add(last), N);
    }
}

/// Calls `f` for each line. Memory is asked for some lines ahead.
#[inline(always)]
fn for_each<T>(lines: Lines<T>, width: usize, f: impl Fn(*const T, *mut T)) {
    let Lines { count, mut from, stride, mut to, to_stride } = lines;
    for _ in 0..count {
        let ahead = from.wrapping_offset(AHEAD.wrapping_mul(stride));
        for end in [ahead, ahead.wrapping_add(width - 1)] {
            // SAFETY: Nothing is read.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(end.cast()) }
        }
        f(from, to);
        (from, to) = (from.wrapping_offset(stride), to.wrapping_add(to_stride));
    }
}

/// Asks memory for what the next four lines have in the same place.
#[inline(always)]
fn ask_for_next_lines<T>(from: *const T, stride: isize, first: usize) {
    for line in 4..8 {
        let next = from.wrapping_offset(stride.wrapping_mul(line)).wrapping_add(first);
        // SAFETY: Nothing is read.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(next.cast()) }
    }
}

/// Squares of four lines of four elements, turned over.
///
/// # Safety
/// Memory is as [`Lines`] says.
unsafe fn turn_single(lines: Lines<f32>) {
    let Lines { count, from, stride, to, to_stride } = lines;
    for first in (0..count).step_by(4) {
        if first % 16 == 0 {
            ask_for_next_lines(from, stride, first);
        }
        // SAFETY: By this function's conditions.
        unsafe {
            let [a, b, c, d] =
                [0, 1, 2, 3].map(|line| _mm_loadu_ps(from.offset(line * stride).add(first)));
            let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
            let (ef, gh) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
            let turned = [
                _mm_movelh_ps(ab, cd),
                _mm_movehl_ps(cd, ab),
                _mm_movelh_ps(ef, gh),
                _mm_movehl_ps(gh, ef),
            ];
            for (k, line) in turned.into_iter().enumerate() {
                _mm_storeu_ps(to.add((first + k) * to_stride), line);
            }
        }
    }
}

/// The same.
///
/// # Safety
/// Memory is as [`Lines`] says.
unsafe fn turn_double(lines: Lines<f64>) {
    let Lines { count, from, stride, to, to_stride } = lines;
    for first in (0..count).step_by(2) {
        if first % 8 == 0 {
            ask_for_next_lines(from, stride, first);
        }
        for pair in [0, 2] {
            // SAFETY: By this function's conditions.
            unsafe {
                let [a, b] = [pair, pair + 1]
                    .map(|line| _mm_loadu_pd(from.offset(line * stride).add(first)));
                let to = to.add(first * to_stride + pair as usize);
                _mm_storeu_pd(to, _mm_unpacklo_pd(a, b));
                _mm_storeu_pd(to.add(to_stride), _mm_unpackhi_pd(a, b));
            }
        }
    }
}

#[target_feature(enable = "avx512f,fma")]
unsafe fn copy_wide_single(lines: Lines<f32>, width: usize) {
    // SAFETY: By the conditions of `copy`.
    unsafe { copy::<__m512>(lines, width) }
}

#[target_feature(enable = "avx512f,fma")]
unsafe fn copy_wide_double(lines: Lines<f64>, width: usize) {
    // SAFETY: By the conditions of `copy`.
    unsafe { copy::<__m512d>(lines, width) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn copy_narrow_single(lines: Lines<f32>, width: usize) {
    // SAFETY: By the conditions of `copy`.
    unsafe { copy::<__m256>(lines, width) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn copy_narrow_double(lines: Lines<f64>, width: usize) {
    // SAFETY: By the conditions of `copy`.
    unsafe { copy::<__m256d>(lines, width) }
}

macro_rules! table {
    ($tile:ident $($rows:literal)*) => { &[$([$tile::<$rows, 1>, $tile::<$rows, 2>]),*] };
}
// (Of 32 registers, 28 hold sums, two a row of b, and one an element of a; of 16, twelve.)
pub(super) static WIDE_SINGLE: Tiles<f32> = Tiles {
    lanes: 16,
    width: 512,
    copy: copy_wide_single,
    turn: turn_single,
    of: table!(wide_single 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
};
pub(super) static WIDE_DOUBLE: Tiles<f64> = Tiles {
    lanes: 8,
    width: 256,
    copy: copy_wide_double,
    turn: turn_double,
    of: table!(wide_double 1 2 3 4 5 6 7 8 9 10 11 12 13 14),
};
pub(super) static NARROW_SINGLE: Tiles<f32> = Tiles {
    lanes: 8,
    width: 128,
    copy: copy_narrow_single,
    turn: turn_single,
    of: table!(narrow_single 1 2 3 4 5 6),
};
pub(super) static NARROW_DOUBLE: Tiles<f64> = Tiles {
    lanes: 4,
    width: 64,
    copy: copy_narrow_double,
    turn: turn_double,
    of: table!(narrow_double 1 2 3 4 5 6),
};

/// The tiles for this machine, the widest first.
fn choose<T>(wide: &'static Tiles<T>, narrow: &'static Tiles<T>) -> Option<&'static Tiles<T>> {
    let fma = is_x86_feature_detected!("fma");
    if fma && is_x86_feature_detected!("avx512f") {
        Some(wide)
    } else if fma && is_x86_feature_detected!("avx2") {
        Some(narrow)
    } else {
        None
    }
}

pub(crate) fn single() -> Option<&'static Tiles<f32>> {
    choose(&WIDE_SINGLE, &NARROW_SINGLE)
}
pub(crate) fn double() -> Option<&'static Tiles<f64>> {
    choose(&WIDE_DOUBLE, &NARROW_DOUBLE)
}
