// Products of stacks of matrices (see matmul.cuh) by tensor cores, from Ampere on: f64, and f32 with operands rounded to the 11
// significant bits of TF32 or the 8 of bf16. Products of these are exact in f32, in which they are added up.
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
// (PTX: mma.m16n8k16 of bf16.) Two elements along k are a word, the even one in its lower half: in words, as for TF32.
__device__ inline void mma_bf16(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2]) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
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
// The bits of the nearest bf16, ties to even.
__device__ inline u16 to_bf16(float x) {
    u16 bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bits;
}
#endif

// A warp makes DOWN × ACROSS products of Step: 2 × 4 warps a tile. Elements that are next to each other along k are a word, of one
// or more.
template <class Step, int DOWN, int ACROSS, int SLICE> struct Tensor {
    typedef typename Step::Element Element;
    typedef typename Step::Word Word;
    enum {
        TILE = 2 * DOWN * Step::ROWS,
        DEPTH = SLICE,
        WORDS = DEPTH / Step::OF_WORD,
        // So that the threads of a warp meet different banks.
        ROW = TILE + 32 / sizeof(Word),
    };
    static_assert(int(TILE) == 4 * ACROSS * 8, "a square");
    typedef Word Slice[WORDS][ROW];
    Element sum[DOWN][ACROSS][Step::SUMS];

    __device__ Tensor() {
#pragma unroll
        for (int i = 0; i < DOWN; i++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++)
#pragma unroll
                for (int k = 0; k < Step::SUMS; k++) sum[i][j][k] = Element(0);
    }

    template <int W>
    static __device__ void keep(Slice &slice, int depth, int side, const Together<Element, W> &x) {
        if constexpr (Step::OF_WORD == 1) {
            Together<Word, W> words;
#pragma unroll
            for (int i = 0; i < W; i++) Step::keep(words.x[i], 0, x.x[i]);
            *(Together<Word, W> *)&slice[depth][side] = words;
        } else {
#pragma unroll
            for (int i = 0; i < W; i++) {
                Step::keep(slice[depth / Step::OF_WORD][side + i], depth % Step::OF_WORD, x.x[i]);
            }
        }
    }
    // Where this warp's part of the tile begins.
    static __device__ int first_row() { return threadIdx.x / 128 * (TILE / 2); }
    static __device__ int first_column() { return threadIdx.x / 32 % 4 * (TILE / 4); }

    __device__ void multiply(const Slice &a, const Slice &b) {
        const int group = threadIdx.x % 32 / 4, four = threadIdx.x % 4;
#pragma unroll
        for (int first = 0; first < WORDS; first += Step::WORDS) {
            Word x[DOWN][Step::ROWS / 8 * Step::WORDS / 4], y[ACROSS][Step::WORDS / 4];
#pragma unroll
            for (int k = 0; k < Step::WORDS / 4; k++) {
                const int at = first + four + 4 * k;
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
    typedef float Element, Word;
    enum { ROWS = 16, WORDS = 8, OF_WORD = 1, SUMS = 4 };
    static __device__ void keep(float &word, int, float x) { word = to_tf32(x); }
    static __device__ void multiply(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
        mma_tf32(d, a, b);
    }
};

struct Bf16 {
    typedef float Element;
    typedef u32 Word;
    enum { ROWS = 16, WORDS = 8, OF_WORD = 2, SUMS = 4 };
    // (Another thread may have the other half.)
    static __device__ void keep(u32 &word, int half, float x) { ((u16 *)&word)[half] = to_bf16(x); }
    static __device__ void multiply(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2]) {
        mma_bf16(d, a, b);
    }
};

struct F64 {
    typedef double Element, Word;
    enum { ROWS = 8, WORDS = 4, OF_WORD = 1, SUMS = 2 };
    static __device__ void keep(double &word, int, double x) { word = x; }
    static __device__ void multiply(double (&d)[2], const double (&a)[1], const double (&b)[1]) {
        mma_f64(d, a, b);
    }
};

typedef Tensor<Tf32, 4, 4, 16> OfTf32;
typedef Tensor<Bf16, 4, 4, 16> OfBf16;
typedef Tensor<F64, 8, 4, 8> LargeOfF64;
typedef Tensor<F64, 4, 2, 16> OfF64;
MATMUL(matmul_tf32, 1, float, OfTf32)
MATMUL(matmul_bf16, 1, float, OfBf16)
MATMUL(matmul_tensor_128_f64, 1, double, LargeOfF64)
MATMUL(matmul_tensor_64_f64, 2, double, OfF64)
