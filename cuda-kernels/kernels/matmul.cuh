// Products of stacks of matrices of any strides, and sums of them: how slices of the operands come to a block of threads. What the
// block makes of them is the matter of a tile.
#pragma once
#include "common.cuh"

// Reference: c[p, s, i, j] = Σ a[s, t, i, k] · b[s, t, k, j] over k and over the terms t: the slices (DEPTH of k, of one t)
// are numbered, t outermost, and part p has those from p·⌈slices/parts⌉ on, as many. Adding to what is there if `onto` is not
// 0. `stack` has the axes of s and `summed` those of t, each with the steps in a and in b.
//
// Blocks of 256 threads: x for the tiles (see tile_place) of all results s one after the other; y for the parts. A block makes a tile
// of Tile::TILE × Tile::TILE elements of one result. Slices of both operands, Tile::DEPTH deep, pass through shared memory, the
// next one on its way while one is used.
//
// A tile has `Slice`, how a slice of an operand lies in shared memory; `keep(slice, depth, side, x)`, which puts an element there,
// or several that are next to each other along the side; `multiply(a, b)`, which adds the product of two slices; and `for_each(f)`,
// which calls f(row, column, sum) for the elements that are this thread's.

// How slices of an operand come to a block. The sides of the tile are rows of a, or columns of b.
template <class Tile> struct Bringer {
    typedef typename Tile::Element T;
    enum {
        TILE = Tile::TILE,
        DEPTH = Tile::DEPTH,
        // Elements of a slice for each thread.
        EACH = TILE * DEPTH / THREADS,
        // Of these, read together where that can be.
        WIDE = EACH < 16 / sizeof(T) ? EACH : 16 / sizeof(T),
    };
    // Neighbouring threads read along the axis that lies in memory.
    bool along_depth, is_wide;
    // This thread's first element, or several, of a slice; and how far the next are from there, in the slice and in memory.
    int side, depth, on;
    const T *from;
    i64 step_on, depth_step;
    // How many sides of the tile there are, and how deep they are.
    int sides;
    i64 depths;
    T next[EACH];

    // `from` is where the first side begins; `are_whole` says whether all terms begin at multiples of WIDE elements.
    __device__ Bringer(const T *from, i64 sides, i64 depths, i64 side_step, i64 depth_step,
                       bool are_whole)
        : along_depth(depth_step == 1 && side_step != 1), depth_step(depth_step),
          sides(sides < TILE ? sides : TILE), depths(depths) {
        const i64 extent = along_depth ? depths : sides, step = along_depth ? side_step : depth_step;
        is_wide = are_whole && (along_depth || side_step == 1) && extent % WIDE == 0 &&
                  step % WIDE == 0 && (u64)from % (WIDE * sizeof(T)) == 0;
        const int together = is_wide ? WIDE : 1, row = (along_depth ? DEPTH : TILE) / together;
        const int within = threadIdx.x % row * together, across = threadIdx.x / row;
        side = along_depth ? across : within;
        depth = along_depth ? within : across;
        on = THREADS / row;
        step_on = on * step;
        this->from = from + side * side_step + depth * depth_step;
    }

    template <int W> __device__ void fetch_by(const T *at, i64 first_depth) {
        const int left = depths - first_depth < DEPTH ? depths - first_depth : DEPTH;
        const bool any = along_depth ? depth < left : side < sides;
        const int most = along_depth ? sides - side : left - depth;
#pragma unroll
        for (int i = 0; i < EACH; i += W) {
            Together<T, W> x;
#pragma unroll
            for (int j = 0; j < W; j++) x.x[j] = T(0);
            if (any && i / W * on < most) x = *(const Together<T, W> *)at;
#pragma unroll
            for (int j = 0; j < W; j++) next[i + j] = x.x[j];
            at += step_on;
        }
    }

    template <int W> __device__ void keep_by(typename Tile::Slice &slice) const {
#pragma unroll
        for (int i = 0; i < EACH; i += W) {
            Together<T, W> x;
#pragma unroll
            for (int j = 0; j < W; j++) x.x[j] = next[i + j];
            if (along_depth) {
#pragma unroll
                for (int j = 0; j < W; j++) {
                    Tile::keep(slice, depth + j, side + i / W * on, Together<T, 1>{{x.x[j]}});
                }
            } else {
                Tile::keep(slice, depth + i / W * on, side, x);
            }
        }
    }

    // Reads the slice that begins at this depth of a term.
    __device__ void fetch(i64 term, i64 first_depth) {
        const T *at = from + term + first_depth * depth_step;
        if (is_wide) {
            fetch_by<WIDE>(at, first_depth);
        } else {
            fetch_by<1>(at, first_depth);
        }
    }

    // Puts it into shared memory.
    __device__ void keep(typename Tile::Slice &slice) const {
        if (is_wide) {
            keep_by<WIDE>(slice);
        } else {
            keep_by<1>(slice);
        }
    }
};

// Whether all steps are multiples of `wide`.
__device__ inline bool are_whole(i64 rank, const i64 (&steps)[AXES], int wide) {
    bool are_whole = true;
#pragma unroll 1
    for (int axis = 0; axis < rank; axis++) are_whole &= steps[axis] % wide == 0;
    return are_whole;
}

template <class Tile, typename T = typename Tile::Element>
__device__ void matmul(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,
                       i64 b_row, i64 b_column, i64 results, i64 terms, int onto,
                       const Pair &stack, const Pair &summed) {
    const int TILE = Tile::TILE, DEPTH = Tile::DEPTH, WIDE = Bringer<Tile>::WIDE;
    __shared__ __align__(16) typename Tile::Slice a_slice[2];
    __shared__ __align__(16) typename Tile::Slice b_slice[2];

    const u32 tiles_across = (n + TILE - 1) / TILE, tiles_down = (m + TILE - 1) / TILE;
    const u32 tiles = tiles_across * tiles_down, result = blockIdx.x / tiles;
    const TilePlace tile = tile_place(blockIdx.x % tiles, tiles_down, tiles_across);
    const i64 first_row = (i64)tile.row * TILE, first_column = (i64)tile.column * TILE;
    const Places start = places(stack, result);

    const i64 of_term = (k + DEPTH - 1) / DEPTH;
    const i64 slices = of_term * terms;
    const i64 each = (slices + gridDim.y - 1) / gridDim.y;
    const i64 first = each * blockIdx.y;
    const i64 end = first + each < slices ? first + each : slices;

    Bringer<Tile> of_a(a + start.first + first_row * a_row, m - first_row, k, a_row, a_column,
                       are_whole(summed.rank, summed.first, WIDE));
    Bringer<Tile> of_b(b + start.second + first_column * b_column, n - first_column, k, b_column,
                       b_row, are_whole(summed.rank, summed.second, WIDE));
    // The term that is read, where it begins, and how deep in it.
    i64 term = of_term > 0 ? first / of_term : 0, depth = (first - term * of_term) * DEPTH;
    Places of = places(summed, term);
    auto fetch = [&]() {
        of_a.fetch(of.first, depth);
        of_b.fetch(of.second, depth);
        depth += DEPTH;
        if (depth >= k) {
            depth = 0;
            of = places(summed, ++term);
        }
    };
    auto keep = [&](int buffer) {
        of_a.keep(a_slice[buffer]);
        of_b.keep(b_slice[buffer]);
    };

    Tile sums;
    if (first < end) {
        fetch();
        keep(0);
    }
    __syncthreads();
    int buffer = 0;
#pragma unroll 1
    for (i64 slice = first; slice < end; slice++) {
        if (slice + 1 < end) fetch();
        sums.multiply(a_slice[buffer], b_slice[buffer]);
        buffer = 1 - buffer;
        if (slice + 1 < end) keep(buffer);
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

// `BLOCKS`: how many a multiprocessor shall have registers for.
#define MATMUL(NAME, BLOCKS, T, ...)                                                               \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                  \
        NAME(T *c, const T *a, const T *b, i64 m, i64 n, i64 k, i64 a_row, i64 a_column,           \
             i64 b_row, i64 b_column, i64 results, i64 terms, int onto, Pair stack,                \
             Pair summed) {                                                                        \
        matmul<__VA_ARGS__>(c, a, b, m, n, k, a_row, a_column, b_row, b_column, results, terms,    \
                            onto, stack, summed);                                                  \
    }
