// Moving elements between layouts, bit by bit, and adding them up where they arrive.
#include "common.cuh"

// Reference: for each index, out[at its place] = x[at its place], in which both arrays have the extents of `axes` and steps
// of their own. A step of 0 broadcasts, negative ones reverse.
template <typename T>
__device__ void copy(T *out, const T *x, i64 count, const Pair &axes) {
#pragma unroll 1
    for (i64 i = first_number(); i < count; i += all_threads()) {
        const Places at = places(axes, i);
        out[at.first] = x[at.second];
    }
}

KERNEL copy_4(u32 *out, const u32 *x, i64 count, Pair axes) { copy(out, x, count, axes); }
KERNEL copy_8(u64 *out, const u64 *x, i64 count, Pair axes) { copy(out, x, count, axes); }

// Reference: as `copy`, with out[…] += x[…]. No two indices have the same place in `out`.
template <typename T>
__device__ void add(T *out, const T *x, i64 count, const Pair &axes) {
#pragma unroll 1
    for (i64 i = first_number(); i < count; i += all_threads()) {
        const Places at = places(axes, i);
        out[at.first] += x[at.second];
    }
}

KERNEL add_f32(float *out, const float *x, i64 count, Pair axes) { add(out, x, count, axes); }
KERNEL add_f64(double *out, const double *x, i64 count, Pair axes) { add(out, x, count, axes); }

// Reference: for each index of `stack`, out[r, c] = x[r, c], of matrices whose elements are next to each other along c in
// `out`, and along r in `x`: out is `out_step` from row to row, and x `x_step` from column to column. By tiles of 32 × 32, of
// which both sides are read and written along memory. Blocks of 32 × 8 threads: one for each tile of each matrix.
template <typename T>
__device__ void transpose(T *out, const T *x, i64 rows, i64 columns, i64 out_step, i64 x_step,
                          const Pair &stack) {
    // (One column more, so that the threads of a warp meet different banks.)
    __shared__ T tile[32][33];
    const i64 across = (columns + 31) / 32, down = (rows + 31) / 32;
    const i64 of_matrix = blockIdx.x % (across * down);
    const i64 first_row = of_matrix / across * 32, first_column = of_matrix % across * 32;
    const Places matrix = places(stack, blockIdx.x / (across * down));
#pragma unroll 1
    for (int k = threadIdx.y; k < 32; k += blockDim.y) {
        const i64 row = first_row + threadIdx.x, column = first_column + k;
        if (row < rows && column < columns) {
            tile[k][threadIdx.x] = x[matrix.second + column * x_step + row];
        }
    }
    __syncthreads();
#pragma unroll 1
    for (int k = threadIdx.y; k < 32; k += blockDim.y) {
        const i64 row = first_row + k, column = first_column + threadIdx.x;
        if (row < rows && column < columns) {
            out[matrix.first + row * out_step + column] = tile[threadIdx.x][k];
        }
    }
}

KERNEL transpose_4(u32 *out, const u32 *x, i64 rows, i64 columns, i64 out_step, i64 x_step,
                   Pair stack) {
    transpose(out, x, rows, columns, out_step, x_step, stack);
}
KERNEL transpose_8(u64 *out, const u64 *x, i64 rows, i64 columns, i64 out_step, i64 x_step,
                   Pair stack) {
    transpose(out, x, rows, columns, out_step, x_step, stack);
}

// Reference: out[i] = bits for i < count.
KERNEL fill_4(u32 *out, i64 count, u32 bits) {
#pragma unroll 1
    for (i64 i = first_number(); i < count; i += all_threads()) out[i] = bits;
}
KERNEL fill_8(u64 *out, i64 count, u64 bits) {
#pragma unroll 1
    for (i64 i = first_number(); i < count; i += all_threads()) out[i] = bits;
}
