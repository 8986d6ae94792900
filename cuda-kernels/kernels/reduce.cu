// Reductions over any axes, in a fixed order: results do not depend on how blocks are scheduled.
//
// Blocks of `blockDim.x` results, with `blockDim.y` threads each (a power of two): 1 × 256 along rows that lie in memory,
// 32 × 8 down columns, 256 × 1 for very short ones. `gridDim.y` parts of the terms are reduced on their own; a second launch
// over `out` joins them.
#include "common.cuh"

// Reference: out[p, i] = ⊕ x[place(kept, i) + place(reduced, j)] over the j of part p: those from p·⌈terms/parts⌉ on, as
// many. `map(x, j)` is what is joined for the element.
template <class Operation, typename T, typename X, class Map>
__device__ void reduce(T *out, const X *x, i64 results, i64 terms, const Layout &kept,
                       const Layout &reduced, Map map) {
    const i64 result = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    const i64 each = (terms + gridDim.y - 1) / gridDim.y;
    const i64 first = each * blockIdx.y;
    const i64 end = first + each < terms ? first + each : terms;
    // Four at a time, so that several loads are under way.
    T found[4] = {Operation::start(), Operation::start(), Operation::start(), Operation::start()};
    if (result < results) {
        const X *row = x + place(kept, result);
        const i64 step = blockDim.y;
        i64 j = first + threadIdx.y;
        for (; j + 3 * step < end; j += 4 * step) {
            X element[4];
#pragma unroll
            for (int k = 0; k < 4; k++) element[k] = row[place(reduced, j + k * step)];
#pragma unroll
            for (int k = 0; k < 4; k++) {
                found[k] = Operation::join(found[k], map(element[k], j + k * step, result));
            }
        }
        for (; j < end; j += step) {
            found[0] = Operation::join(found[0], map(row[place(reduced, j)], j, result));
        }
    }
    found[0] = Operation::join(found[0], found[1]);
    found[2] = Operation::join(found[2], found[3]);
    const T all = of_column<Operation>(Operation::join(found[0], found[2]));
    if (threadIdx.y == 0 && result < results) out[blockIdx.y * results + result] = all;
}

template <typename T> struct Itself {
    __device__ T operator()(T x, i64, i64) const { return x; }
};

#define REDUCTION(NAME, OPERATION, T)                                                              \
    KERNEL NAME(T *out, const T *x, i64 results, i64 terms, Layout kept, Layout reduced) {         \
        reduce<OPERATION>(out, x, results, terms, kept, reduced, Itself<T>());                     \
    }

REDUCTION(sum_f32, Sum<float>, float)
REDUCTION(sum_f64, Sum<double>, double)
REDUCTION(prod_f32, Product<float>, float)
REDUCTION(prod_f64, Product<double>, double)
REDUCTION(max_f32, Largest<float>, float)
REDUCTION(max_f64, Largest<double>, double)
REDUCTION(min_f32, Smallest<float>, float)
REDUCTION(min_f64, Smallest<double>, double)
REDUCTION(first_u64, First, u64)

// The place of a value: where the terms are equal to what `max` or `min` found, or NaN as it is.
template <typename T> struct PlaceOf {
    const T *value;
    __device__ u64 operator()(T x, i64 j, i64 result) const {
        const T wanted = value[result];
        return x == wanted || (x != x && wanted != wanted) ? (u64)j : ~0ull;
    }
};

// Reference: out[p, i] = the first j of part p of the terms whose element is value[i], or is NaN if that is; ~0 if none is.
// (argmax is `max`, and then this; `first_u64` joins parts.)
KERNEL place_f32(u64 *out, const float *x, const float *value, i64 results, i64 terms, Layout kept,
                 Layout reduced) {
    reduce<First>(out, x, results, terms, kept, reduced, PlaceOf<float>{value});
}
KERNEL place_f64(u64 *out, const double *x, const double *value, i64 results, i64 terms,
                 Layout kept, Layout reduced) {
    reduce<First>(out, x, results, terms, kept, reduced, PlaceOf<double>{value});
}
