// What the hand-written kernels share: where elements are, and how the threads of a block combine what they found.
//
// Compiled by nvcc for the device, and by a C++ compiler for the host (see ../emulation). Indices are 64 bits wide; nvcc
// divides by 32 bits where both numbers are small.
#pragma once

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;

// The most threads that a block of these kernels has.
#define THREADS 256

#define KERNEL extern "C" __global__ void __launch_bounds__(THREADS)

#define AXES 8

// The axes of an array, the innermost first: extents, and the steps along them, counted in elements. (`rank` is 64 bits
// wide so that the host has no padding to think of.)
struct Layout {
    i64 rank;
    i64 extent[AXES];
    i64 step[AXES];
};

// The axes that two arrays share, the innermost first.
struct Pair {
    i64 rank;
    i64 extent[AXES];
    i64 first[AXES];
    i64 second[AXES];
};

struct Places {
    i64 first;
    i64 second;
};

// How far the element with this number, in row-major order, is from the first. (The outermost axis needs no division.)
__device__ inline i64 place(const Layout &axes, i64 number) {
    i64 place = 0;
#pragma unroll 1
    for (int axis = 0; axis + 1 < axes.rank; axis++) {
        const i64 rest = number / axes.extent[axis];
        place += (number - rest * axes.extent[axis]) * axes.step[axis];
        number = rest;
    }
    return axes.rank > 0 ? place + number * axes.step[axes.rank - 1] : place;
}

__device__ inline Places places(const Pair &axes, i64 number) {
    Places places = {0, 0};
#pragma unroll 1
    for (int axis = 0; axis < axes.rank; axis++) {
        i64 index = number;
        if (axis + 1 < axes.rank) {
            number = index / axes.extent[axis];
            index -= number * axes.extent[axis];
        }
        places.first += index * axes.first[axis];
        places.second += index * axes.second[axis];
    }
    return places;
}

// Elements next to each other, read and written together.
template <typename T, int WIDE> struct alignas(WIDE * sizeof(T)) Together {
    T x[WIDE];
};

struct TilePlace {
    u32 row, column;
};

// Which tile of a matrix a block makes, of `down` × `across`: numbered in bands of 8 rows, column by column, so that blocks that run
// at the same time have few rows and columns between them, which they read from the cache.
__device__ inline TilePlace tile_place(u32 tile, u32 down, u32 across) {
    const u32 band = tile / (8 * across) * 8, in_band = tile % (8 * across);
    const u32 rows = down - band < 8 ? down - band : 8;
    return {band + in_band % rows, in_band / rows};
}

// For kernels whose threads each take every so many-th element: `for (i64 i = first_number(); i < n; i += all_threads())`
__device__ inline i64 first_number() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline i64 all_threads() { return (i64)gridDim.x * blockDim.x; }

template <typename T> __device__ inline T infinity();
template <> __device__ inline float infinity<float>() { return __int_as_float(0x7f800000); }
template <> __device__ inline double infinity<double>() {
    return __longlong_as_double(0x7ff0000000000000LL);
}

// Operations that join two elements, with the element that changes nothing.
template <typename T> struct Sum {
    static __device__ T start() { return T(0); }
    static __device__ T join(T a, T b) { return a + b; }
};

template <typename T> struct Product {
    static __device__ T start() { return T(1); }
    static __device__ T join(T a, T b) { return a * b; }
};

// The larger one; NaN if one is.
template <typename T> struct Largest {
    static __device__ T start() { return -infinity<T>(); }
    static __device__ T join(T a, T b) { return a > b || a != a ? a : b; }
};

template <typename T> struct Smallest {
    static __device__ T start() { return infinity<T>(); }
    static __device__ T join(T a, T b) { return a < b || a != a ? a : b; }
};

// Blocks of `blockDim.x` columns of `blockDim.y` threads each, a power of two, and `blockDim.z` of such one after the other: what the
// threads of a column found, joined, for each of them. All threads of the block must call it.
template <class Operation, typename T> __device__ inline T of_column(T found) {
    __shared__ T all[THREADS];
    const int first = threadIdx.z * blockDim.y * blockDim.x + threadIdx.x;
    const int mine = first + threadIdx.y * blockDim.x;
    all[mine] = found;
#pragma unroll 1
    for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
            all[mine] = Operation::join(all[mine], all[mine + half * blockDim.x]);
        }
    }
    __syncthreads();
    const T result = all[first];
    // (Before the next call writes.)
    __syncthreads();
    return result;
}
