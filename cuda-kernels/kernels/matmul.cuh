// Products of stacks of matrices of any strides, and sums of them: how slices of the operands come to a block of threads. What the
// block makes of them is the matter of a tile.
#pragma once
#include "common.cuh"

// Reference: c[p, s, i, j] = Σ a[s, t, i, k] · b[s, t, k, j] over k and over the terms t: the slices (DEPTH of k, of one t)
// are numbered, t outermost, and part p has those from p·⌈slices/parts⌉ on, as many. Adding to what is there if `onto` is not
// 0. `stack` has the axes of s and `summed` those of t, each with the steps in a and in b.
//
// Blocks of 256 threads: x for the tiles, row by row, of all results s one after the other; y for the parts. A block makes a tile
// of Tile::TILE × Tile::TILE elements of one result. Slices of both operands, Tile::DEPTH deep, pass through shared memory, the
// next one on its way while one is used.
//
// A tile has `Slice`, how a slice of an operand lies in shared memory; `keep(slice, depth, side, x)`, which puts an element there;
// `multiply(a, b)`, which adds the product of two slices; and `for_each(f)`, which calls f(row, column, sum) for the elements
// that are this thread's.
template <class Tile, typename T = typename Tile::Element>
__device__ void matmul(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,
                       i64 b_row, i64 b_column, i64 results, i64 terms, int onto,
                       const Pair &stack, const Pair &summed) {
    const int TILE = Tile::TILE, DEPTH = Tile::DEPTH, LOADS = TILE * DEPTH / THREADS;
    __shared__ typename Tile::Slice a_slice[2];
    __shared__ typename Tile::Slice b_slice[2];

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
        const int number = threadIdx.x + load * THREADS;
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
            Tile::keep(a_slice[buffer], depth, side, a_next[load]);
            inside(load, b_along_k, depth, side);
            Tile::keep(b_slice[buffer], depth, side, b_next[load]);
        }
    };

    Tile sums;
    if (first < end) {
        fetch(first);
        keep(0);
    }
    __syncthreads();
    for (i64 slice = first; slice < end; slice++) {
        const int buffer = (slice - first) % 2;
        if (slice + 1 < end) fetch(slice + 1);
        sums.multiply(a_slice[buffer], b_slice[buffer]);
        if (slice + 1 < end) keep(1 - buffer);
        __syncthreads();
    }

    T *out = c + (blockIdx.y * results + result) * m * n;
    sums.for_each([&](int row_of_tile, int column_of_tile, T sum) {
        const i64 row = first_row + row_of_tile, column = first_column + column_of_tile;
        if (row < m && column < n) {
            T *element = out + row * n + column;
            *element = onto ? *element + sum : sum;
        }
    });
}

#define MATMUL(NAME, T, ...)                                                                       \
    KERNEL NAME(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,        \
                i64 b_row, i64 b_column, i64 results, i64 terms, int onto, Pair stack,             \
                Pair summed) {                                                                     \
        matmul<__VA_ARGS__>(c, a, b, m, n, k, a_row, a_column, b_row, b_column, results, terms,    \
                            onto, stack, summed);                                                  \
    }
