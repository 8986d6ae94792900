// Products of stacks of matrices of any strides, and sums of them, without tensor cores.
//
// A block of 256 threads makes a tile of TILE × TILE elements of one result; each thread EACH × EACH of them, in registers.
// Slices of both operands, DEPTH deep, pass through shared memory, the next one on its way while one is used.
#include "common.cuh"

// Reference: c[p, s, i, j] = Σ a[s, t, i, k] · b[s, t, k, j] over k and over the terms t: the slices (DEPTH of k, of one t)
// are numbered, t outermost, and part p has those from p·⌈slices/parts⌉ on, as many. Adding to what is there if `onto` is not
// 0. `stack` has the axes of s and `summed` those of t, each with the steps in a and in b.
//
// Blocks: x for the tiles, row by row, of all results s one after the other; y for the parts.
template <typename T, int TILE, int DEPTH, int EACH>
__device__ void matmul(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,
                       i64 b_row, i64 b_column, i64 results, i64 terms, int onto,
                       const Pair &stack, const Pair &summed) {
    const int SIDE = TILE / EACH;               // threads along a side of the tile
    const int WIDE = 16 / sizeof(T) < EACH ? 16 / sizeof(T) : EACH; // elements read together
    const int LOADS = TILE * DEPTH / (SIDE * SIDE);
    const int ROW = TILE + 16 / sizeof(T);      // so that warps meet different banks
    __shared__ T a_slice[2][DEPTH][ROW];
    __shared__ T b_slice[2][DEPTH][ROW];

    const int thread = threadIdx.x;
    const int down = thread / SIDE, across = thread % SIDE;
    const i64 tiles_across = (n + TILE - 1) / TILE, tiles_down = (m + TILE - 1) / TILE;
    const i64 result = blockIdx.x / (tiles_across * tiles_down);
    const i64 tile = blockIdx.x % (tiles_across * tiles_down);
    const i64 first_row = tile / tiles_across * TILE, first_column = tile % tiles_across * TILE;
    const Places start = places(stack, result);

    const i64 of_term = (k + DEPTH - 1) / DEPTH;
    const i64 slices = of_term * terms;
    const i64 each = (slices + gridDim.y - 1) / gridDim.y;
    const i64 first = each * blockIdx.y;
    const i64 end = first + each < slices ? first + each : slices;

    T a_next[LOADS], b_next[LOADS];
    // Neighbouring threads read along the axis that lies in memory.
    const bool a_along_k = a_column == 1, b_along_k = b_row == 1 && b_column != 1;
    auto inside = [&](int load, bool along_k, int &depth, int &side) {
        const int number = thread + load * SIDE * SIDE;
        depth = along_k ? number % DEPTH : number / TILE;
        side = along_k ? number / DEPTH : number % TILE;
    };
    auto fetch = [&](i64 slice) {
        const i64 term = slice / of_term, k_first = slice % of_term * DEPTH;
        const Places of = places(summed, term);
#pragma unroll
        for (int load = 0; load < LOADS; load++) {
            int depth, side;
            inside(load, a_along_k, depth, side);
            const i64 row = first_row + side;
            i64 at = k_first + depth;
            a_next[load] = row < m && at < k
                ? a[start.first + of.first + row * a_row + at * a_column] : T(0);
            inside(load, b_along_k, depth, side);
            const i64 column = first_column + side;
            at = k_first + depth;
            b_next[load] = column < n && at < k
                ? b[start.second + of.second + at * b_row + column * b_column] : T(0);
        }
    };
    auto keep = [&](int buffer) {
#pragma unroll
        for (int load = 0; load < LOADS; load++) {
            int depth, side;
            inside(load, a_along_k, depth, side);
            a_slice[buffer][depth][side] = a_next[load];
            inside(load, b_along_k, depth, side);
            b_slice[buffer][depth][side] = b_next[load];
        }
    };
    // Element number `i` of a thread's along a side: runs of WIDE, SIDE · WIDE apart.
    auto at = [&](int thread, int i) { return i / WIDE * (SIDE * WIDE) + thread * WIDE + i % WIDE; };

    T sum[EACH][EACH];
#pragma unroll
    for (int i = 0; i < EACH; i++)
#pragma unroll
        for (int j = 0; j < EACH; j++) sum[i][j] = T(0);

    if (first < end) {
        fetch(first);
        keep(0);
    }
    __syncthreads();
    for (i64 slice = first; slice < end; slice++) {
        const int buffer = (slice - first) % 2;
        if (slice + 1 < end) fetch(slice + 1);
#pragma unroll
        for (int depth = 0; depth < DEPTH; depth++) {
            T x[EACH], y[EACH];
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                x[i] = a_slice[buffer][depth][at(down, i)];
                y[i] = b_slice[buffer][depth][at(across, i)];
            }
#pragma unroll
            for (int i = 0; i < EACH; i++)
#pragma unroll
                for (int j = 0; j < EACH; j++) sum[i][j] += x[i] * y[j];
        }
        if (slice + 1 < end) keep(1 - buffer);
        __syncthreads();
    }

    T *out = c + (blockIdx.y * results + result) * m * n;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        const i64 row = first_row + at(down, i);
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            const i64 column = first_column + at(across, j);
            if (row < m && column < n) {
                T *element = out + row * n + column;
                *element = onto ? *element + sum[i][j] : sum[i][j];
            }
        }
    }
}

#define MATMUL(NAME, T, TILE, DEPTH, EACH)                                                         \
    KERNEL NAME(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,        \
                i64 b_row, i64 b_column, i64 results, i64 terms, int onto, Pair stack,             \
                Pair summed) {                                                                     \
        matmul<T, TILE, DEPTH, EACH>(c, a, b, m, n, k, a_row, a_column, b_row, b_column, results,  \
                                     terms, onto, stack, summed);                                  \
    }

MATMUL(matmul_128_f32, float, 128, 8, 8)
MATMUL(matmul_64_f64, double, 64, 8, 4)
// For small matrices.
MATMUL(matmul_32_f32, float, 32, 16, 2)
MATMUL(matmul_32_f64, double, 32, 16, 2)
