// Scans: each result from the one before it along an axis. Arrays are seen as in lanes.cu; a scan that starts from the end has
// `backward` not 0.
#include "common.cuh"

struct Walk {
    i64 first;
    i64 step;

    __device__ Walk(i64 lane, i64 length, i64 inner, int backward) {
        const i64 start = lane / inner * inner * length + lane % inner;
        first = backward ? start + (length - 1) * inner : start;
        step = backward ? -inner : inner;
    }
};

// Reference: out[k] = out[k − 1] ⊕ x[k]. A thread for each lane: for many lanes.
template <class Operation, typename T>
__device__ void scan(T *out, const T *x, i64 lanes, i64 length, i64 inner, int backward) {
#pragma unroll 1
    for (i64 lane = first_number(); lane < lanes; lane += all_threads()) {
        const Walk walk(lane, length, inner, backward);
        T last = Operation::start();
#pragma unroll 1
        for (i64 k = 0; k < length; k++) {
            const i64 at = walk.first + k * walk.step;
            last = Operation::join(last, x[at]);
            out[at] = last;
        }
    }
}

// Part `blockIdx.y` of lane `blockIdx.x`, for few lanes that are long: `each` elements, in the order of the scan.
struct Part {
    i64 first, end;
    __device__ Part(i64 length, i64 each)
        : first(each * blockIdx.y), end(first + each < length ? first + each : length) {}
};

// Reference: totals[lane, part] = ⊕ of the part's elements. A block of 1 × 256 threads for each.
template <class Operation, typename T>
__device__ void part_totals(T *totals, const T *x, i64 length, i64 inner, i64 each, int backward) {
    const Walk walk(blockIdx.x, length, inner, backward);
    const Part part(length, each);
    T found = Operation::start();
#pragma unroll 4
    for (i64 k = part.first + threadIdx.y; k < part.end; k += THREADS) {
        found = Operation::join(found, x[walk.first + k * walk.step]);
    }
    found = of_column<Operation>(found);
    if (threadIdx.y == 0) totals[(i64)blockIdx.x * gridDim.y + blockIdx.y] = found;
}

// Reference: as `scan`, in an order of its own that does not depend on how threads are scheduled: a block of 256 threads for each
// part of a lane. before[lane, part] joins the parts up to this one, and is not looked at if there is but one. 256 elements at a
// time: each thread joins what is up to 1, 2, 4, … before it.
template <class Operation, typename T>
__device__ void scan_long(T *out, const T *x, const T *before, i64 length, i64 inner, i64 each,
                          int backward) {
    __shared__ T found[2][THREADS];
    const Walk walk(blockIdx.x, length, inner, backward);
    const Part part(length, each);
    const int thread = threadIdx.x;
    T all = Operation::start();
    if (blockIdx.y > 0) all = before[(i64)blockIdx.x * gridDim.y + blockIdx.y - 1];
#pragma unroll 1
    for (i64 start = part.first; start < part.end; start += THREADS) {
        const i64 k = start + thread;
        const i64 at = walk.first + k * walk.step;
        int now = 0;
        found[now][thread] = k < part.end ? x[at] : Operation::start();
#pragma unroll 1
        for (int reach = 1; reach < THREADS; reach *= 2) {
            __syncthreads();
            const T mine = found[now][thread];
            found[1 - now][thread] =
                thread < reach ? mine : Operation::join(found[now][thread - reach], mine);
            now = 1 - now;
        }
        __syncthreads();
        if (k < part.end) out[at] = Operation::join(all, found[now][thread]);
        all = Operation::join(all, found[now][THREADS - 1]);
        __syncthreads();
    }
}

#define SCAN(NAME, OPERATION, T)                                                                   \
    KERNEL NAME(T *out, const T *x, i64 lanes, i64 length, i64 inner, int backward) {              \
        scan<OPERATION>(out, x, lanes, length, inner, backward);                                   \
    }
#define SCAN_LONG(NAME, OPERATION, T)                                                              \
    KERNEL part_totals_##NAME(T *totals, const T *x, i64 length, i64 inner, i64 each,              \
                              int backward) {                                                      \
        part_totals<OPERATION>(totals, x, length, inner, each, backward);                          \
    }                                                                                              \
    KERNEL long_##NAME(T *out, const T *x, const T *before, i64 length, i64 inner, i64 each,       \
                       int backward) {                                                             \
        scan_long<OPERATION>(out, x, before, length, inner, each, backward);                       \
    }

SCAN(cumulative_sum_f32, Sum<float>, float)
SCAN(cumulative_sum_f64, Sum<double>, double)
SCAN(cumulative_prod_f32, Product<float>, float)
SCAN(cumulative_prod_f64, Product<double>, double)
SCAN_LONG(sum_f32, Sum<float>, float)
SCAN_LONG(sum_f64, Sum<double>, double)
SCAN_LONG(prod_f32, Product<float>, float)
SCAN_LONG(prod_f64, Product<double>, double)

// Reference: out[k] = a[k] · out[k − 1] + b[k], where a factor of exactly 0 takes even what is infinite or NaN to 0: what
// derivatives of scans come to.
template <typename T>
__device__ void recurrence(T *out, const T *a, const T *b, i64 lanes, i64 length, i64 inner,
                           int backward) {
#pragma unroll 1
    for (i64 lane = first_number(); lane < lanes; lane += all_threads()) {
        const Walk walk(lane, length, inner, backward);
        T last = T(0);
#pragma unroll 1
        for (i64 k = 0; k < length; k++) {
            const i64 at = walk.first + k * walk.step;
            const T factor = a[at];
            last = (factor == T(0) || last == T(0) ? T(0) : factor * last) + b[at];
            out[at] = last;
        }
    }
}

KERNEL recurrence_f32(float *out, const float *a, const float *b, i64 lanes, i64 length, i64 inner,
                      int backward) {
    recurrence(out, a, b, lanes, length, inner, backward);
}
KERNEL recurrence_f64(double *out, const double *a, const double *b, i64 lanes, i64 length,
                      i64 inner, int backward) {
    recurrence(out, a, b, lanes, length, inner, backward);
}
