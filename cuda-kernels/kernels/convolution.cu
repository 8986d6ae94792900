// Convolutions as products of matrices (matmul.cu): what windows cover as columns, and back.
//
//     outputs[n, g, o, pq]      = Σ filters[g, o, c·tap] · columns[n, g, c·tap, pq]
//     columns[n, g, c·tap, pq]  = Σ filters[g, o, c·tap] · outputs[n, g, o, pq]         and from columns, images by `fold`
//     filters[g, o, c·tap]      = Σ outputs[n, g, o, pq] · columns[n, g, c·tap, pq]     over pq and n
//
// are products of stacks of matrices, transposed by their strides, of which the last is summed over n.
#include "windows.cuh"

// Reference: columns[plane, tap, place] = the element of `images` that the tap covers at the place, 0 if none.
template <typename T>
__device__ void unfold(T *columns, const T *images, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const Position place = position(number, windows.places);
        const Position tap = position(place.plane, windows.kernel);
        const i64 row = covered(windows, 0, place.row, tap.row);
        const i64 column = covered(windows, 1, place.column, tap.column);
        columns[number] = has(windows, 0, row) && has(windows, 1, column)
            ? images[(tap.plane * windows.plane[0] + row) * windows.plane[1] + column] : T(0);
    }
}

KERNEL unfold_f32(float *columns, const float *images, i64 count, Windows windows) {
    unfold(columns, images, count, windows);
}
KERNEL unfold_f64(double *columns, const double *images, i64 count, Windows windows) {
    unfold(columns, images, count, windows);
}

// Reference: the transpose of `unfold`: each element of `images` is the sum of what stands for it in `columns`, in the order of
// taps.
template <typename T>
__device__ void fold(T *images, const T *columns, i64 count, const Windows &windows) {
#pragma unroll 1
    for (i64 number = first_number(); number < count; number += all_threads()) {
        const Position element = position(number, windows.plane);
        T sum = T(0);
#pragma unroll 1
        for (i64 i = 0; i < windows.kernel[0]; i++) {
            const i64 row = place_of(windows, 0, element.row, i);
            if (row < 0) continue;
#pragma unroll 1
            for (i64 j = 0; j < windows.kernel[1]; j++) {
                const i64 column = place_of(windows, 1, element.column, j);
                if (column < 0) continue;
                const i64 tap = (element.plane * windows.kernel[0] + i) * windows.kernel[1] + j;
                sum += columns[(tap * windows.places[0] + row) * windows.places[1] + column];
            }
        }
        images[number] = sum;
    }
}

KERNEL fold_f32(float *images, const float *columns, i64 count, Windows windows) {
    fold(images, columns, count, windows);
}
KERNEL fold_f64(double *images, const double *columns, i64 count, Windows windows) {
    fold(images, columns, count, windows);
}
