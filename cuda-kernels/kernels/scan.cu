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

// Reference: as `scan`, in an order of its own that does not depend on how threads are scheduled: a block for each lane, for few
// lanes that are long. 256 elements at a time: each thread joins what is up to 1, 2, 4, … before it.
template <class Operation, typename T>
__device__ void scan_long(T *out, const T *x, i64 length, i64 inner, int backward) {
    __shared__ T found[2][THREADS];
    const Walk walk(blockIdx.x, length, inner, backward);
    const int thread = threadIdx.x;
    T before = Operation::start();
#pragma unroll 1
    for (i64 start = 0; start < length; start += THREADS) {
        const i64 k = start + thread;
        const i64 at = walk.first + k * walk.step;
        int now = 0;
        found[now][thread] = k < length ? x[at] : Operation::start();
#pragma unroll 1
        for (int reach = 1; reach < THREADS; reach *= 2) {
            __syncthreads();
            const T mine = found[now][thread];
            found[1 - now][thread] =
                thread < reach ? mine : Operation::join(found[now][thread - reach], mine);
            now = 1 - now;
        }
        __syncthreads();
        if (k < length) out[at] = Operation::join(before, found[now][thread]);
        before = Operation::join(before, found[now][THREADS - 1]);
        __syncthreads();
    }
}

#define SCAN(NAME, OPERATION, T)                                                                   \
    KERNEL NAME(T *out, const T *x, i64 lanes, i64 length, i64 inner, int backward) {              \
        scan<OPERATION>(out, x, lanes, length, inner, backward);                                   \
    }
#define SCAN_LONG(NAME, OPERATION, T)                                                              \
    KERNEL NAME(T *out, const T *x, i64 length, i64 inner, int backward) {                         \
        scan_long<OPERATION>(out, x, length, inner, backward);                                     \
    }

SCAN(cumulative_sum_f32, Sum<float>, float)
SCAN(cumulative_sum_f64, Sum<double>, double)
SCAN(cumulative_prod_f32, Product<float>, float)
SCAN(cumulative_prod_f64, Product<double>, double)
SCAN_LONG(long_sum_f32, Sum<float>, float)
SCAN_LONG(long_sum_f64, Sum<double>, double)
SCAN_LONG(long_prod_f32, Product<float>, float)
SCAN_LONG(long_prod_f64, Product<double>, double)

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
