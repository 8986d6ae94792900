// Elements taken from, and added at, places that an array of indices lists. Indices have been checked before: all are less
// than the extent of the axis.
//
// Arrays are contiguous, and seen along an axis as `outer` blocks of rows of `inner` elements. The index for element i of row
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

// Reference: out[o, index[o, j, i], i] += x[o, j, i] for j = 0, 1, … in this order: a thread for each (o, i), `lanes` in all,
// so that sums do not depend on how threads are scheduled. x has `rows` rows and out `extent`.
template <typename T>
__device__ void scatter_add(T *out, const T *x, const u64 *index, i64 lanes, i64 rows, i64 extent,
                            i64 inner, const Steps &steps) {
#pragma unroll 1
    for (i64 lane = first_number(); lane < lanes; lane += all_threads()) {
        const i64 i = lane % inner, o = lane / inner;
#pragma unroll 1
        for (i64 j = 0; j < rows; j++) {
            const i64 to = index[o * steps.outer + j * steps.row + i * steps.inner];
            out[(o * extent + to) * inner + i] += x[(o * rows + j) * inner + i];
        }
    }
}

KERNEL scatter_add_f32(float *out, const float *x, const u64 *index, i64 lanes, i64 rows,
                       i64 extent, i64 inner, Steps steps) {
    scatter_add(out, x, index, lanes, rows, extent, inner, steps);
}
KERNEL scatter_add_f64(double *out, const double *x, const u64 *index, i64 lanes, i64 rows,
                       i64 extent, i64 inner, Steps steps) {
    scatter_add(out, x, index, lanes, rows, extent, inner, steps);
}

// Reference: as `scatter_add`, in any order: a thread for each element of x, for where lanes are few and long. Sums of three
// or more terms may differ in their last digits from one time to the next.
template <typename T>
__device__ void scatter_add_any(T *out, const T *x, const u64 *index, i64 count, i64 rows,
                                i64 extent, i64 inner, const Steps &steps) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const i64 i = number % inner, row = number / inner;
        const i64 j = row % rows, o = row / rows;
        const i64 to = index[o * steps.outer + j * steps.row + i * steps.inner];
        atomicAdd(&out[(o * extent + to) * inner + i], x[number]);
    }
}

KERNEL scatter_add_any_f32(float *out, const float *x, const u64 *index, i64 count, i64 rows,
                           i64 extent, i64 inner, Steps steps) {
    scatter_add_any(out, x, index, count, rows, extent, inner, steps);
}
KERNEL scatter_add_any_f64(double *out, const double *x, const u64 *index, i64 count, i64 rows,
                           i64 extent, i64 inner, Steps steps) {
    scatter_add_any(out, x, index, count, rows, extent, inner, steps);
}

// Reference: last[o, index[o, j, i], i] = the largest such j, plus one; places that are not listed keep their 0. (Of an order
// that threads have, the result does not depend.)
KERNEL last_listed(u64 *last, const u64 *index, i64 count, i64 rows, i64 extent, i64 inner,
                   Steps steps) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const i64 i = number % inner, row = number / inner;
        const i64 j = row % rows, o = row / rows;
        const i64 to = index[o * steps.outer + j * steps.row + i * steps.inner];
        atomicMax(&last[(o * extent + to) * inner + i], (u64)j + 1);
    }
}
