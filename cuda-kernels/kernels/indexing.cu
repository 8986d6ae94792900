// Elements taken from, and added at, listed places of an axis. Places have been checked before: all are less than its extent.
//
// Arrays are contiguous, and seen along an axis as `outer` blocks of rows of `inner` elements. Of `gather`, the index for element i of row
// j of block o is index[o · index_outer + j · index_row + i · index_inner]: steps 0, 1, 0 of a list of rows, and those of the
// array itself where each element has an index of its own.
#include "common.cuh"

struct Steps {
    i64 outer;
    i64 row;
    i64 inner;
};

// Reference: out[o, j, i] = x[o, index[o, j, i], i], for out of `rows` rows and x of `extent`.
template <typename T>
__device__ void gather(T *out, const T *x, const u64 *index, i64 count, i64 rows, i64 extent,
                       i64 inner, const Steps &steps) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const i64 i = number % inner, row = number / inner;
        const i64 j = row % rows, o = row / rows;
        const i64 from = index[o * steps.outer + j * steps.row + i * steps.inner];
        out[number] = x[(o * extent + from) * inner + i];
    }
}

KERNEL gather_4(u32 *out, const u32 *x, const u64 *index, i64 count, i64 rows, i64 extent,
                i64 inner, Steps steps) {
    gather(out, x, index, count, rows, extent, inner, steps);
}
KERNEL gather_8(u64 *out, const u64 *x, const u64 *index, i64 count, i64 rows, i64 extent,
                i64 inner, Steps steps) {
    gather(out, x, index, count, rows, extent, inner, steps);
}

// Reference: out[o, e, i] = Σ x[o, order[s], i] over s = starts[e], …, starts[e + 1] − 1, in this order, for out of `count` elements
// in rows of `extent`, and x of `rows`: a thread for each result. What adds rows at listed places is this, with the rows sorted by
// their places.
template <typename T>
__device__ void segment_sums(T *out, const T *x, const u64 *starts, const u64 *order, i64 count,
                             i64 rows, i64 extent, i64 inner) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const i64 i = number % inner, row = number / inner;
        const i64 e = row % extent, o = row / extent;
        const T *block = x + o * rows * inner + i;
        T sum = T(0);
#pragma unroll 4
        for (u64 s = starts[e], end = starts[e + 1]; s < end; s++) sum += block[(i64)order[s] * inner];
        out[number] = sum;
    }
}

KERNEL segment_sums_f32(float *out, const float *x, const u64 *starts, const u64 *order, i64 count,
                        i64 rows, i64 extent, i64 inner) {
    segment_sums(out, x, starts, order, count, rows, extent, inner);
}
KERNEL segment_sums_f64(double *out, const double *x, const u64 *starts, const u64 *order,
                        i64 count, i64 rows, i64 extent, i64 inner) {
    segment_sums(out, x, starts, order, count, rows, extent, inner);
}
