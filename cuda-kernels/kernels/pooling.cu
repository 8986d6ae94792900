// Windows on planes, each on its own: their largest elements, and their sums. Taps are numbers of type T: i·columns + j.
#include "windows.cuh"

// Calls f(tap number, place) for what covers an element, in the order of taps.
template <class F>
__device__ inline void for_each_cover(const Windows &windows, const Position &element, F f) {
#pragma unroll 1
    for (i64 i = 0; i < windows.kernel[0]; i++) {
        const i64 row = place_of(windows, 0, element.row, i);
        if (row < 0) continue;
#pragma unroll 1
        for (i64 j = 0; j < windows.kernel[1]; j++) {
            const i64 column = place_of(windows, 1, element.column, j);
            if (column < 0) continue;
            const i64 row_of_all = element.plane * windows.places[0] + row;
            f(i * windows.kernel[1] + j, row_of_all * windows.places[1] + column);
        }
    }
}

// Calls f(tap number, element) for what a window covers, in the order of taps.
template <class F>
__device__ inline void for_each_covered(const Windows &windows, const Position &place, F f) {
#pragma unroll 1
    for (i64 i = 0; i < windows.kernel[0]; i++) {
        const i64 row = covered(windows, 0, place.row, i);
        if (!has(windows, 0, row)) continue;
#pragma unroll 1
        for (i64 j = 0; j < windows.kernel[1]; j++) {
            const i64 column = covered(windows, 1, place.column, j);
            if (!has(windows, 1, column)) continue;
            const i64 row_of_all = place.plane * windows.plane[0] + row;
            f(i * windows.kernel[1] + j, row_of_all * windows.plane[1] + column);
        }
    }
}

// Reference: for each window, the tap on the largest element: the first of several, and on the first NaN if there is one. (A
// window covers an element.)
template <typename T>
__device__ void winners(T *taps, const T *x, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        bool any = false;
        T largest = T(0);
        i64 winner = 0;
        for_each_covered(windows, position(number, windows.places), [&](i64 tap, i64 element) {
            const T here = x[element];
            if (any && (here <= largest || largest != largest)) return;
            any = true;
            largest = here;
            winner = tap;
        });
        taps[number] = T(winner);
    }
}

// Reference: the element under the given tap of each window; NaN if the tap is on none.
template <typename T>
__device__ void pick(T *out, const T *x, const T *taps, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const Position place = position(number, windows.places);
        const i64 tap = (i64)taps[number];
        const i64 row = covered(windows, 0, place.row, tap / windows.kernel[1]);
        const i64 column = covered(windows, 1, place.column, tap % windows.kernel[1]);
        const bool covers = tap >= 0 && has(windows, 0, row) && has(windows, 1, column);
        out[number] = covers ? x[(place.plane * windows.plane[0] + row) * windows.plane[1] + column]
                             : infinity<T>() - infinity<T>();
    }
}

// Reference: the transpose of `pick`: for each element, the sum of y where it was picked, in the order of taps.
template <typename T>
__device__ void put(T *out, const T *y, const T *taps, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        T sum = T(0);
        for_each_cover(windows, position(number, windows.plane), [&](i64 tap, i64 place) {
            if ((i64)taps[place] == tap) sum += y[place];
        });
        out[number] = sum;
    }
}

// Reference: Σ over each window, in the order of taps.
template <typename T>
__device__ void window_sums(T *out, const T *x, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        T sum = T(0);
        for_each_covered(windows, position(number, windows.places),
                         [&](i64, i64 element) { sum += x[element]; });
        out[number] = sum;
    }
}

// Reference: the transpose of `window_sums`: for each element, the sum of the windows that cover it, in the order of taps.
template <typename T>
__device__ void spread(T *out, const T *y, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        T sum = T(0);
        for_each_cover(windows, position(number, windows.plane),
                       [&](i64, i64 place) { sum += y[place]; });
        out[number] = sum;
    }
}

#define ONE_INPUT(NAME, BODY, T)                                                                   \
    KERNEL NAME(T *out, const T *x, i64 count, Windows windows) { BODY(out, x, count, windows); }
#define TWO_INPUTS(NAME, BODY, T)                                                                  \
    KERNEL NAME(T *out, const T *x, const T *taps, i64 count, Windows windows) {                   \
        BODY(out, x, taps, count, windows);                                                        \
    }

ONE_INPUT(winners_f32, winners, float)
ONE_INPUT(winners_f64, winners, double)
TWO_INPUTS(pick_f32, pick, float)
TWO_INPUTS(pick_f64, pick, double)
TWO_INPUTS(put_f32, put, float)
TWO_INPUTS(put_f64, put, double)
ONE_INPUT(window_sums_f32, window_sums, float)
ONE_INPUT(window_sums_f64, window_sums, double)
ONE_INPUT(spread_f32, spread, float)
ONE_INPUT(spread_f64, spread, double)
