// Functions of lanes: of the elements along one axis. An array is seen as blocks of `length` rows of `inner` elements, and a lane
// runs down a column of a block.
//
// Where lanes lie in memory (`inner` is 1), a block has `blockDim.y` of them, with `blockDim.x` threads each; else it has
// `blockDim.x` lanes, which are neighbours, with `blockDim.y` threads each. Both are powers of two, and all threads are 256. Threads
// hold what they read in registers, eight elements at a time: lanes that fit are read once; longer ones twice, from the cache if it
// has them still.
#include "common.cuh"

// The elements of a lane that a thread holds at a time.
template <typename T> struct Held {
    enum { COUNT = 8 };
    T x[COUNT];
};

// A lane, read WIDE elements at a time, and which of its threads this one is. Its threads take parts of it together; `from` says
// where a part begins.
template <typename T, int WIDE> struct Lane {
    enum { COUNT = Held<T>::COUNT };
    bool are_rows;
    i64 number;
    bool exists;
    int thread, threads;
    // (0, of a lane that does not exist.)
    i64 length, first, step;

    __device__ Lane(i64 lanes, i64 length, i64 inner)
        : are_rows(inner == 1),
          number(are_rows ? (i64)blockIdx.x * blockDim.y + threadIdx.y : first_number()),
          exists(number < lanes), thread(are_rows ? threadIdx.x : threadIdx.y),
          threads(are_rows ? blockDim.x : blockDim.y), length(exists ? length : 0),
          first(number / inner * inner * length + number % inner), step(inner) {}

    __device__ i64 of_part() const { return (i64)threads * COUNT; }
    __device__ i64 last_part() const {
        return length > 0 ? (length - 1) / of_part() * of_part() : 0;
    }
    // The place along the lane of the thread's element `i` of a part.
    __device__ i64 at(i64 from, int i) const {
        return from + (i64)(i / WIDE * threads + thread) * WIDE + i % WIDE;
    }
    // How many of its elements there are: the first ones.
    __device__ int count(i64 from) const {
        int count = 0;
#pragma unroll
        for (int i = 0; i < COUNT; i++) count += at(from, i) < length;
        return count;
    }

    // The first element, or 0 of none.
    __device__ T origin(const T *x) const { return length > 0 ? x[first] : T(0); }

    __device__ Held<T> read(const T *x, i64 from, T nothing = T(0)) const {
        Held<T> held;
#pragma unroll
        for (int i = 0; i < COUNT; i += WIDE) {
            const i64 k = at(from, i);
            Together<T, WIDE> together;
#pragma unroll
            for (int j = 0; j < WIDE; j++) together.x[j] = nothing;
            if (k < length) together = *(const Together<T, WIDE> *)(x + first + k * step);
#pragma unroll
            for (int j = 0; j < WIDE; j++) held.x[i + j] = together.x[j];
        }
        return held;
    }

    __device__ void write(T *out, i64 from, const Held<T> &held) const {
#pragma unroll
        for (int i = 0; i < COUNT; i += WIDE) {
            const i64 k = at(from, i);
            Together<T, WIDE> together;
#pragma unroll
            for (int j = 0; j < WIDE; j++) together.x[j] = held.x[i + j];
            if (k < length) *(Together<T, WIDE> *)(out + first + k * step) = together;
        }
    }

    // What all threads of the lane have found, joined. All threads of the block must call it.
    template <class Found> __device__ Found joined(Found found) const {
        if (!are_rows) return of_column<Found>(found);
        const int in_warp = threads < 32 ? threads : 32;
#pragma unroll 1
        for (int distance = 1; distance < in_warp; distance *= 2) {
            const Found other = found.across(distance);
            found = thread & distance ? Found::join(other, found) : Found::join(found, other);
        }
        if (threads <= 32) return found;
        __shared__ Found all[THREADS / 32];
        const int warp = threadIdx.y * (threads / 32) + thread / 32;
        if (thread % 32 == 0) all[warp] = found;
        __syncthreads();
        found = all[threadIdx.y * (threads / 32)];
#pragma unroll 1
        for (int i = 1; i < threads / 32; i++) {
            found = Found::join(found, all[threadIdx.y * (threads / 32) + i]);
        }
        // (Before the next call writes.)
        __syncthreads();
        return found;
    }
};

template <typename T> __device__ inline T across_warp(T x, int distance) {
    return __shfl_xor_sync(0xffffffff, x, distance);
}

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

// The largest of some elements, and Σ exp(x − largest) of all but one that is the largest: ln(1 + Σ) keeps its digits where they
// are small. (Of none, and of what is −∞, there are no others.)
template <typename T> struct Exponentials {
    T largest, others;

    static __device__ Exponentials start() { return {-infinity<T>(), T(0)}; }

    static __device__ Exponentials of(const Held<T> &held) {
        Exponentials found = start();
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            found.largest = Largest<T>::join(found.largest, held.x[i]);
        }
        bool is_met = false;
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            const bool is_the_one = !is_met && held.x[i] == found.largest;
            is_met |= is_the_one;
            found.others += is_the_one ? T(0) : exponential(relative(held.x[i], found.largest));
        }
        return found;
    }

    static __device__ Exponentials join(const Exponentials &a, const Exponentials &b) {
        const T largest = Largest<T>::join(a.largest, b.largest);
        const bool is_in_a = a.largest >= b.largest;
        const T scale = exponential(relative(is_in_a ? b.largest : a.largest, largest));
        const T of_larger = is_in_a ? a.others : b.others, of_other = is_in_a ? b.others : a.others;
        return {largest, of_larger + (T(1) + of_other) * scale};
    }

    __device__ Exponentials across(int distance) const {
        return {across_warp(largest, distance), across_warp(others, distance)};
    }
};

// What is found of all parts of a lane; `held` is left with the last.
template <typename T, int WIDE>
__device__ Exponentials<T> exponentials(const Lane<T, WIDE> &lane, const T *x, Held<T> &held) {
    Exponentials<T> found = Exponentials<T>::start();
#pragma unroll 1
    for (i64 from = 0; from <= lane.last_part(); from += lane.of_part()) {
        held = lane.read(x, from, -infinity<T>());
        found = Exponentials<T>::join(found, Exponentials<T>::of(held));
    }
    return lane.joined(found);
}

// f of each element, from the last part on, which is in `held`.
template <typename T, int WIDE, class F>
__device__ void map(T *out, const Lane<T, WIDE> &lane, const T *x, Held<T> &held, F f) {
#pragma unroll 1
    for (i64 from = lane.last_part(); from >= 0; from -= lane.of_part()) {
        if (from != lane.last_part()) held = lane.read(x, from);
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) held.x[i] = f(held.x[i]);
        lane.write(out, from, held);
    }
}

// Reference: exp(x − max) / Σ exp(x − max); all 0 where all elements are −∞.
template <typename T, int WIDE>
__device__ void softmax(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane<T, WIDE> lane(lanes, length, inner);
    Held<T> held;
    const Exponentials<T> found = exponentials(lane, x, held);
    const T total = T(1) + found.others;
    map(out, lane, x, held,
        [=](T x) { return exponential(relative(x, found.largest)) / total; });
}

// Reference: x − max − ln Σ exp(x − max).
template <typename T, int WIDE>
__device__ void log_softmax(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane<T, WIDE> lane(lanes, length, inner);
    Held<T> held;
    const Exponentials<T> found = exponentials(lane, x, held);
    // (If all are −∞, the others come to 0, and all stay −∞.)
    const T total = ln_1p(found.others);
    map(out, lane, x, held, [=](T x) { return relative(x, found.largest) - total; });
}

// Reference: max + ln Σ exp(x − max), one for each lane; −∞ of none.
template <typename T, int WIDE>
__device__ void log_sum_exp(T *out, const T *x, i64 lanes, i64 length, i64 inner) {
    const Lane<T, WIDE> lane(lanes, length, inner);
    Held<T> held;
    const Exponentials<T> found = exponentials(lane, x, held);
    if (lane.exists && lane.thread == 0) {
        const T largest = found.largest;
        out[lane.number] = is_infinite(largest) ? largest : largest + ln_1p(found.others);
    }
}

// The number of some elements, their mean, and the sum of the squares of what they differ from it by. (Parts are joined as in
// T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.)
template <typename T> struct Moments {
    T count, mean, squares;

    static __device__ Moments start() { return {T(0), T(0), T(0)}; }

    // Of the first elements, less `origin`.
    static __device__ Moments of(const Held<T> &held, int count, T origin) {
        T sum = T(0), squares = T(0);
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            if (i < count) sum += held.x[i] - origin;
        }
        const T mean = count > 0 ? sum / T(count) : T(0);
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            const T rest = held.x[i] - origin - mean;
            if (i < count) squares += rest * rest;
        }
        return {T(count), mean, squares};
    }

    static __device__ Moments join(const Moments &a, const Moments &b) {
        if (a.count == T(0)) return b;
        if (b.count == T(0)) return a;
        const T apart = b.mean - a.mean, share = b.count / (a.count + b.count);
        return {a.count + b.count, a.mean + apart * share,
                a.squares + b.squares + apart * apart * (a.count * share)};
    }

    __device__ Moments across(int distance) const {
        return {across_warp(count, distance), across_warp(mean, distance),
                across_warp(squares, distance)};
    }
};

// Makes of an element what has mean 0 and variance 1. The mean is taken relative to the first element, so that what is left of equal
// numbers is exactly 0.
template <typename T> struct Norm {
    T origin, mean, deviation;
    __device__ T operator()(T x) const { return (x - origin - mean) / deviation; }
};

// That of a lane, of which the last part is left in `held`.
template <typename T, int WIDE>
__device__ Norm<T> norm(const Lane<T, WIDE> &lane, const T *x, Held<T> &held, T epsilon) {
    const T origin = lane.origin(x);
    Moments<T> found = Moments<T>::start();
#pragma unroll 1
    for (i64 from = 0; from <= lane.last_part(); from += lane.of_part()) {
        held = lane.read(x, from);
        found = Moments<T>::join(found, Moments<T>::of(held, lane.count(from), origin));
    }
    found = lane.joined(found);
    return {origin, found.mean, root(found.squares / T(lane.length) + epsilon)};
}

// Reference: (x − mean) / √(variance + epsilon), with the variance Σ(x − mean)²/length.
template <typename T, int WIDE>
__device__ void layer_norm(T *out, const T *x, i64 lanes, i64 length, i64 inner, T epsilon) {
    const Lane<T, WIDE> lane(lanes, length, inner);
    Held<T> held;
    const Norm<T> norm_of = norm(lane, x, held, epsilon);
    map(out, lane, x, held, norm_of);
}

template <typename T> struct TwoSums {
    T first, second;
    static __device__ TwoSums start() { return {T(0), T(0)}; }
    static __device__ TwoSums join(const TwoSums &a, const TwoSums &b) {
        return {a.first + b.first, a.second + b.second};
    }
    __device__ TwoSums across(int distance) const {
        return {across_warp(first, distance), across_warp(second, distance)};
    }
};

// a · b, where an `a` of exactly 0 takes even what is infinite or NaN to 0.
template <typename T> __device__ inline T strong(T a, T b) { return a == T(0) ? T(0) : a * b; }

// Reference: (v − mean v − y · mean(v · y)) / √(variance + epsilon), where y is the layer norm of x: v times the Jacobian of the
// layer norm, which is symmetric. Zeros in v take what is not finite in y to 0.
template <typename T, int WIDE>
__device__ void layer_norm_jacobian(T *out, const T *x, const T *v, i64 lanes, i64 length,
                                    i64 inner, T epsilon) {
    const Lane<T, WIDE> lane(lanes, length, inner);
    Held<T> of_x, of_v;
    const Norm<T> norm_of = norm(lane, x, of_x, epsilon);
    TwoSums<T> sums = TwoSums<T>::start();
#pragma unroll 1
    for (i64 from = lane.last_part(); from >= 0; from -= lane.of_part()) {
        if (from != lane.last_part()) of_x = lane.read(x, from);
        of_v = lane.read(v, from);
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            sums = TwoSums<T>::join(sums, {of_v.x[i], strong(of_v.x[i], norm_of(of_x.x[i]))});
        }
    }
    sums = lane.joined(sums);
    const T mean = sums.first / T(lane.length), mean_with = sums.second / T(lane.length);
    // (The first part is in registers now.)
#pragma unroll 1
    for (i64 from = 0; from <= lane.last_part(); from += lane.of_part()) {
        if (from != 0) {
            of_x = lane.read(x, from);
            of_v = lane.read(v, from);
        }
#pragma unroll
        for (int i = 0; i < Held<T>::COUNT; i++) {
            const T rest = of_v.x[i] - mean - strong(mean_with, norm_of(of_x.x[i]));
            of_v.x[i] = rest == T(0) ? T(0) : rest / norm_of.deviation;
        }
        lane.write(out, from, of_v);
    }
}

// Whether lanes lie in memory so that WIDE elements can be read, and written, at a time. (An array that is not there is null.)
template <int WIDE, typename T>
__device__ inline bool is_wide(const T *a, const T *b, const T *c, i64 length, i64 inner) {
    return WIDE > 1 && inner == 1 && length % WIDE == 0 &&
           ((u64)a | (u64)b | (u64)c) % (WIDE * sizeof(T)) == 0;
}

#define OF_LANES(NAME, BODY, T, WIDE)                                                              \
    KERNEL NAME(T *out, const T *x, i64 lanes, i64 length, i64 inner) {                            \
        if (is_wide<WIDE, T>(out, x, nullptr, length, inner)) {                                    \
            BODY<T, WIDE>(out, x, lanes, length, inner);                                           \
        } else {                                                                                   \
            BODY<T, 1>(out, x, lanes, length, inner);                                              \
        }                                                                                          \
    }

// (A warp's doubles are read well one by one.)
OF_LANES(softmax_f32, softmax, float, 4)
OF_LANES(softmax_f64, softmax, double, 1)
OF_LANES(log_softmax_f32, log_softmax, float, 4)
OF_LANES(log_softmax_f64, log_softmax, double, 1)
OF_LANES(log_sum_exp_f32, log_sum_exp, float, 4)
OF_LANES(log_sum_exp_f64, log_sum_exp, double, 1)

#define LAYER_NORM(SUFFIX, T, WIDE)                                                                \
    KERNEL layer_norm_##SUFFIX(T *out, const T *x, i64 lanes, i64 length, i64 inner,               \
                             double epsilon) {                                                     \
        if (is_wide<WIDE, T>(out, x, nullptr, length, inner)) {                                    \
            layer_norm<T, WIDE>(out, x, lanes, length, inner, T(epsilon));                         \
        } else {                                                                                   \
            layer_norm<T, 1>(out, x, lanes, length, inner, T(epsilon));                            \
        }                                                                                          \
    }                                                                                              \
    KERNEL layer_norm_jacobian_##SUFFIX(T *out, const T *x, const T *v, i64 lanes, i64 length,     \
                                        i64 inner, double epsilon) {                               \
        if (is_wide<WIDE, T>(out, x, v, length, inner)) {                                          \
            layer_norm_jacobian<T, WIDE>(out, x, v, lanes, length, inner, T(epsilon));             \
        } else {                                                                                   \
            layer_norm_jacobian<T, 1>(out, x, v, lanes, length, inner, T(epsilon));                \
        }                                                                                          \
    }

LAYER_NORM(f32, float, 4)
LAYER_NORM(f64, double, 1)
