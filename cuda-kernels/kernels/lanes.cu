// Functions of lanes: of the elements along one axis. An array is seen as blocks of `length` rows of `inner` elements, and a lane
// runs down a column of a block.
//
// Blocks of `blockDim.x` lanes, with `blockDim.y` threads each (a power of two), as in reduce.cu.
#include "common.cuh"

struct Lane {
    i64 number;
    bool exists;
    i64 first;
    i64 step;
    i64 length;

    __device__ Lane(i64 lanes, i64 length, i64 inner)
        : number((i64)blockIdx.x * blockDim.x + threadIdx.x), exists(number < lanes),
          first(number / inner * inner * length + number % inner), step(inner), length(length) {}

    // What `found` makes of each of this thread's elements, joined over the lane.
    template <class Operation, typename X, class F> __device__ auto join(const X *x, F f) const {
        auto found = Operation::start();
        if (exists) {
#pragma unroll 1
            for (i64 k = threadIdx.y; k < length; k += blockDim.y) {
                found = Operation::join(found, f(x[first + k * step], k));
            }
        }
        return of_column<Operation>(found);
    }

    template <typename T, class F> __device__ void map(T *out, const T *x, F f) const {
        if (!exists) return;
#pragma unroll 1
        for (i64 k = threadIdx.y; k < length; k += blockDim.y) {
            out[first + k * step] = f(x[first + k * step]);
        }
    }
};

__device__ inline float exponential(float x) { return expf(x); }
__device__ inline double exponential(double x) { return exp(x); }
__device__ inline float ln_1p(float x) { return log1pf(x); }
__device__ inline double ln_1p(double x) { return log1p(x); }
__device__ inline float root(float x) { return sqrtf(x); }
__device__ inline double root(double x) { return sqrt(x); }

template <typename T> __device__ inline bool is_infinite(T x) {
    return x == infinity<T>() || x == -infinity<T>();
}

// x less the largest element; in the limit: relative to +∞, only what is +∞ counts, and relative to −∞ nothing does.
template <typename T> __device__ inline T relative(T x, T largest) {
    if (!is_infinite(largest)) return x - largest;
    return x == infinity<T>() ? T(0) : -infinity<T>();
}

template <typename T> __device__ inline T largest_of(const Lane &lane, const T *x) {
    return lane.join<Largest<T>>(x, [](T x, i64) { return x; });
}

// Σ exp(x − largest) of all elements but the first of the largest: ln(1 + Σ) keeps its digits where they are small.
template <typename T> __device__ inline T others(const Lane &lane, const T *x, T largest) {
    const u64 place = lane.join<First>(x, [=](T x, i64 k) {
        return x == largest || (x != x && largest != largest) ? (u64)k : ~0ull;
    });
    return lane.join<Sum<T>>(x, [=](T x, i64 k) {
        return (u64)k == place ? T(0) : exponential(relative(x, largest));
    });
}

// Reference: exp(x − max) / Σ exp(x − max); all 0 where all elements are −∞.
template <typename T>
__device__ void softmax(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane lane(lanes, length, inner);
    const T largest = largest_of(lane, x);
    const T total =
        lane.join<Sum<T>>(x, [=](T x, i64) { return exponential(relative(x, largest)); });
    lane.map(out, x, [=](T x) {
        const T weight = exponential(relative(x, largest));
        return total != T(0) ? weight / total : weight;
    });
}

// Reference: x − max − ln Σ exp(x − max).
template <typename T>
__device__ void log_softmax(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane lane(lanes, length, inner);
    const T largest = largest_of(lane, x);
    // (If all are −∞, the others come to 0, and all stay −∞.)
    const T total = ln_1p(others(lane, x, largest));
    lane.map(out, x, [=](T x) { return relative(x, largest) - total; });
}

// Reference: max + ln Σ exp(x − max), one for each lane; −∞ of none.
template <typename T>
__device__ void log_sum_exp(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane lane(lanes, length, inner);
    const T largest = largest_of(lane, x);
    const T rest = ln_1p(others(lane, x, largest));
    if (lane.exists && threadIdx.y == 0) {
        out[lane.number] = is_infinite(largest) ? largest : largest + rest;
    }
}

// Reference: (x − mean) / √(variance + epsilon), with the variance Σ(x − mean)²/length. The mean is taken relative to the first
// element, so that that of equal numbers is exactly theirs.
template <typename T>
__device__ void layer_norm(T *out, const T *x, i64 lanes, i64 length, i64 inner, T epsilon) {
    const Lane lane(lanes, length, inner);
    const T first = lane.exists && length > 0 ? x[lane.first] : T(0);
    const T offset = lane.join<Sum<T>>(x, [=](T x, i64) { return x - first; });
    const T mean = first + offset / T(length);
    const T squares = lane.join<Sum<T>>(x, [=](T x, i64) { return (x - mean) * (x - mean); });
    const T deviation = root(squares / T(length) + epsilon);
    lane.map(out, x, [=](T x) { return (x - mean) / deviation; });
}

#define OF_LANES(NAME, BODY, T)                                                                    \
    KERNEL NAME(T *out, const T *x, i64 lanes, i64 length, i64 inner) {                            \
        BODY(out, x, lanes, length, inner);                                                        \
    }

OF_LANES(softmax_f32, softmax, float)
OF_LANES(softmax_f64, softmax, double)
OF_LANES(log_softmax_f32, log_softmax, float)
OF_LANES(log_softmax_f64, log_softmax, double)
OF_LANES(log_sum_exp_f32, log_sum_exp, float)
OF_LANES(log_sum_exp_f64, log_sum_exp, double)

KERNEL layer_norm_f32(float *out, const float *x, i64 lanes, i64 length, i64 inner, float epsilon) {
    layer_norm(out, x, lanes, length, inner, epsilon);
}
KERNEL layer_norm_f64(double *out, const double *x, i64 lanes, i64 length, i64 inner,
                      double epsilon) {
    layer_norm(out, x, lanes, length, inner, epsilon);
}
