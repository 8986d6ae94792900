// Reductions over any axes, in a fixed order: results do not depend on how blocks are scheduled.
//
// Blocks of `blockDim.z` times `blockDim.x` results, with `blockDim.y` threads each (a power of two), so that neighbouring threads
// read neighbouring elements: along rows that lie in memory, `blockDim.x` is 1; down columns, `blockDim.z`. `gridDim.y` parts of the
// terms are reduced on their own; a second launch over `out` joins them.
#include "common.cuh"

// Reference: out[p, i] = ⊕ x[place(kept, i) + place(reduced, j)] over the j of part p: those from p·⌈terms/parts⌉ on, as
// many.
template <class Operation, typename T>
__device__ void reduce(T *out, const T *x, i64 results, i64 terms, const Layout &kept,
                       const Layout &reduced) {
    const i64 result = ((i64)blockIdx.x * blockDim.z + threadIdx.z) * blockDim.x + threadIdx.x;
    const i64 each = (terms + gridDim.y - 1) / gridDim.y;
    const i64 first = each * blockIdx.y;
    const i64 end = first + each < terms ? first + each : terms;
    // Four at a time, so that several loads are under way.
    T found[4] = {Operation::start(), Operation::start(), Operation::start(), Operation::start()};
    if (result < results) {
        const T *row = x + place(kept, result);
        const i64 step = blockDim.y;
        i64 j = first + threadIdx.y;
        for (; j + 3 * step < end; j += 4 * step) {
            T element[4];
#pragma unroll
            for (int k = 0; k < 4; k++) element[k] = row[place(reduced, j + k * step)];
#pragma unroll
            for (int k = 0; k < 4; k++) found[k] = Operation::join(found[k], element[k]);
        }
        for (; j < end; j += step) {
            found[0] = Operation::join(found[0], row[place(reduced, j)]);
        }
    }
    found[0] = Operation::join(found[0], found[1]);
    found[2] = Operation::join(found[2], found[3]);
    const T all = of_column<Operation>(Operation::join(found[0], found[2]));
    if (threadIdx.y == 0 && result < results) out[blockIdx.y * results + result] = all;
}

#define REDUCTION(NAME, OPERATION, T)                                                              \
    KERNEL NAME(T *out, const T *x, i64 results, i64 terms, Layout kept, Layout reduced) {         \
        reduce<OPERATION>(out, x, results, terms, kept, reduced);                                  \
    }

REDUCTION(sum_f32, Sum<float>, float)
REDUCTION(sum_f64, Sum<double>, double)
REDUCTION(prod_f32, Product<float>, float)
REDUCTION(prod_f64, Product<double>, double)
REDUCTION(max_f32, Largest<float>, float)
REDUCTION(max_f64, Largest<double>, double)
REDUCTION(min_f32, Smallest<float>, float)
REDUCTION(min_f64, Smallest<double>, double)
