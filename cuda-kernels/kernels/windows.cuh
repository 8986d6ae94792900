// Windows that slide over planes: arithmetic on positions.
#pragma once
#include "common.cuh"

// The window at place (p, q) covers with tap (i, j) the element (stride·p + dilation·i − padding, stride·q + dilation·j −
// padding) of a plane, or nothing, if the plane has no such element. Each field for rows and for columns.
struct Windows {
    i64 plane[2];
    i64 places[2];
    i64 kernel[2];
    i64 stride[2];
    i64 padding[2];
    i64 dilation[2];
};

// Along an axis, the element that a tap covers at a place; negative or too large if none.
__device__ inline i64 covered(const Windows &w, int axis, i64 place, i64 tap) {
    return w.stride[axis] * place + w.dilation[axis] * tap - w.padding[axis];
}

__device__ inline bool has(const Windows &w, int axis, i64 element) {
    return element >= 0 && element < w.plane[axis];
}

// Along an axis, the place at which a tap covers the element; −1 if there is none.
__device__ inline i64 place_of(const Windows &w, int axis, i64 element, i64 tap) {
    const i64 distance = element + w.padding[axis] - w.dilation[axis] * tap;
    if (distance < 0 || distance % w.stride[axis] != 0) return -1;
    const i64 place = distance / w.stride[axis];
    return place < w.places[axis] ? place : -1;
}

// Position `number` of a stack of planes with these extents.
struct Position {
    i64 plane;
    i64 row;
    i64 column;
};

__device__ inline Position position(i64 number, const i64 extents[2]) {
    const i64 row = number / extents[1];
    return {row / extents[0], row % extents[0], number % extents[1]};
}
