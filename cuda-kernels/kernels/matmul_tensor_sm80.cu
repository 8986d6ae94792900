// Products of stacks of matrices (see matmul.cuh) by tensor cores, from Ampere on: f64, and f32 with operands rounded to the 11
// significant bits of TF32.
#include "matmul.cuh"

#ifdef __CUDACC__
// d += a · b, of matrices spread over the threads of a warp (PTX: mma.m16n8k8 of TF32, mma.m8n8k4 of f64). With `group` = lane/4
// and `four` = lane % 4, the thread has a[group (+8)][four (+4)], b[four (+4)][group] and d[group (+8)][2·four (+1)].
__device__ inline void mma_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}
__device__ inline void mma_f64(double (&d)[2], const double (&a)[1], const double (&b)[1]) {
    asm("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
        : "+d"(d[0]), "+d"(d[1])
        : "d"(a[0]), "d"(b[0]));
}
// The nearest TF32, ties away from zero.
__device__ inline float to_tf32(float x) {
    u32 bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}
#endif

// A warp makes DOWN × ACROSS products of Step: 2 × 4 warps a tile.
template <class Step, int DOWN, int ACROSS> struct Tensor {
    typedef typename Step::Element Element;
    enum {
        TILE = 2 * DOWN * Step::ROWS,
        DEPTH = 16,
        // So that the threads of a warp meet different banks.
        ROW = TILE + 32 / sizeof(Element),
    };
    static_assert(int(TILE) == 4 * ACROSS * 8, "a square");
    Element sum[DOWN][ACROSS][Step::SUMS];

    __device__ Tensor() {
#pragma unroll
        for (int i = 0; i < DOWN; i++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++)
#pragma unroll
                for (int k = 0; k < Step::SUMS; k++) sum[i][j][k] = Element(0);
    }

    static __device__ Element staged(Element x) { return Step::staged(x); }
    // Where this warp's part of the tile begins.
    static __device__ int first_row() { return threadIdx.x / 128 * (TILE / 2); }
    static __device__ int first_column() { return threadIdx.x / 32 % 4 * (TILE / 4); }

    __device__ void multiply(const Element (&a)[DEPTH][ROW], const Element (&b)[DEPTH][ROW]) {
        const int group = threadIdx.x % 32 / 4, four = threadIdx.x % 4;
#pragma unroll
        for (int depth = 0; depth < DEPTH; depth += Step::DEPTH) {
            Element x[DOWN][Step::ROWS / 8 * Step::DEPTH / 4], y[ACROSS][Step::DEPTH / 4];
#pragma unroll
            for (int k = 0; k < Step::DEPTH / 4; k++) {
                const int at = depth + four + 4 * k;
#pragma unroll
                for (int i = 0; i < DOWN; i++)
#pragma unroll
                    for (int half = 0; half < Step::ROWS / 8; half++) {
                        const int row = first_row() + i * Step::ROWS + 8 * half + group;
                        x[i][k * (Step::ROWS / 8) + half] = a[at][row];
                    }
#pragma unroll
                for (int j = 0; j < ACROSS; j++) y[j][k] = b[at][first_column() + 8 * j + group];
            }
#pragma unroll
            for (int i = 0; i < DOWN; i++)
#pragma unroll
                for (int j = 0; j < ACROSS; j++) Step::multiply(sum[i][j], x[i], y[j]);
        }
    }

    template <class F> __device__ void for_each(F f) const {
        const int group = threadIdx.x % 32 / 4, four = threadIdx.x % 4;
#pragma unroll
        for (int i = 0; i < DOWN; i++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++)
#pragma unroll
                for (int k = 0; k < Step::SUMS; k++) {
                    const int row = first_row() + i * Step::ROWS + k / 2 * 8 + group;
                    f(row, first_column() + 8 * j + 2 * four + k % 2, sum[i][j][k]);
                }
    }
};

struct Tf32 {
    typedef float Element;
    enum { ROWS = 16, DEPTH = 8, SUMS = 4 };
    static __device__ float staged(float x) { return to_tf32(x); }
    static __device__ void multiply(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
        mma_tf32(d, a, b);
    }
};

struct F64 {
    typedef double Element;
    enum { ROWS = 8, DEPTH = 4, SUMS = 2 };
    static __device__ double staged(double x) { return x; }
    static __device__ void multiply(double (&d)[2], const double (&a)[1], const double (&b)[1]) {
        mma_f64(d, a, b);
    }
};

typedef Tensor<Tf32, 4, 4> OfTf32;
typedef Tensor<F64, 4, 2> OfF64;
MATMUL(matmul_tf32, float, OfTf32)
MATMUL(matmul_tensor_f64, double, OfF64)
