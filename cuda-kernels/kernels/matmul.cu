// Products of stacks of matrices (see matmul.cuh), without tensor cores: f32 and f64. A product and its sum are rounded once.
#include "matmul.cuh"

// Each thread makes EACH × EACH elements, in registers.
template <typename T, int SIZE, int SLICE, int EACH> struct Plain {
    typedef T Element;
    enum {
        TILE = SIZE,
        DEPTH = SLICE,
        // So that the threads of a warp meet different banks.
        ROW = TILE + 16 / sizeof(T),
        // Threads along a side of the tile.
        SIDE = TILE / EACH,
        // Elements read together.
        WIDE = 16 / sizeof(T) < EACH ? 16 / sizeof(T) : EACH,
    };
    typedef T Slice[DEPTH][ROW];
    typedef Together<T, WIDE> Run;
    T sum[EACH][EACH];

    __device__ Plain() {
#pragma unroll
        for (int i = 0; i < EACH; i++)
#pragma unroll
            for (int j = 0; j < EACH; j++) sum[i][j] = T(0);
    }

    template <int W>
    static __device__ void keep(Slice &slice, int depth, int side, const Together<T, W> &x) {
        *(Together<T, W> *)&slice[depth][side] = x;
    }

    // Element number `i` of a thread's along a side: runs of WIDE, SIDE · WIDE apart.
    static __device__ int at(int thread, int i) {
        return i / WIDE * (SIDE * WIDE) + thread * WIDE + i % WIDE;
    }

    __device__ void multiply(const Slice &a, const Slice &b) {
        const int down = threadIdx.x / SIDE, across = threadIdx.x % SIDE;
#pragma unroll
        for (int depth = 0; depth < DEPTH; depth++) {
            T x[EACH], y[EACH];
#pragma unroll
            for (int i = 0; i < EACH; i += WIDE) {
                const Run of_a = *(const Run *)&a[depth][at(down, i)];
                const Run of_b = *(const Run *)&b[depth][at(across, i)];
#pragma unroll
                for (int j = 0; j < WIDE; j++) {
                    x[i + j] = of_a.x[j];
                    y[i + j] = of_b.x[j];
                }
            }
#pragma unroll
            for (int i = 0; i < EACH; i++)
#pragma unroll
                for (int j = 0; j < EACH; j++) sum[i][j] += x[i] * y[j];
        }
    }

    template <class F> __device__ void for_each(F f) const {
        const int down = threadIdx.x / SIDE, across = threadIdx.x % SIDE;
#pragma unroll
        for (int i = 0; i < EACH; i++)
#pragma unroll
            for (int j = 0; j < EACH; j++) f(at(down, i), at(across, j), sum[i][j]);
    }
};

MATMUL(matmul_128_f32, 2, float, Plain<float, 128, 16, 8>)
MATMUL(matmul_64_f64, 2, double, Plain<double, 64, 8, 4>)
// For small matrices.
MATMUL(matmul_32_f32, 2, float, Plain<float, 32, 16, 2>)
MATMUL(matmul_32_f64, 2, double, Plain<double, 32, 16, 2>)
