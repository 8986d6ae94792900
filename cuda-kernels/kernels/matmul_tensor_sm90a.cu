// Products of stacks of matrices by Hopper's tensor cores (wgmma.cuh), which no other device has: f32 with operands rounded to
// the 11 significant bits of TF32 or the 8 of bf16. Not yet run on a GPU: it is assembled, and its use of barriers, of shared
// memory and of the tensor cores' view of it is carried out, as documented, by ../emulation/device.h.
//
// Reference: that of matmul.cuh, with the same arguments. It is for the favourable case: m and n are multiples of 128; k is
// one of a slice's depth, 32 (TF32) or 64 (bf16); in each operand one of the two steps is 1, and all other steps are
// multiples of 4, as is the place where it begins (reads are of 16 bytes). matmul_tensor_sm80.cu serves the others.
//
// A block makes a tile of 128 × 128 elements. Its first 256 threads, two warpgroups, multiply, 64 rows each; the third
// warpgroup brings slices of the operands, rounded and along k, to a ring of STAGES in shared memory. A stage has two
// barriers: `full` when all warps of the third have written it, `empty` when all of the others have used it.
//
// Operands come through registers, not by the copy engine (cp.async.bulk): they have to be rounded on their way, and turned
// over where they do not lie along k, as tensor cores ask of TF32. What the engine brings would have to be read and written
// once more, and shared memory is what such kernels are short of.
#include "wgmma.cuh"

enum {
    TILE = 128,
    MULTIPLYING = 256,
    BRINGING = 128,
    STAGES = 4,
    // Rows of ROW_BYTES of one operand.
    OPERAND_BYTES = TILE * ROW_BYTES,
    STAGE_BYTES = 2 * OPERAND_BYTES,
    // Pieces of an operand that a thread brings.
    PIECES = TILE * (ROW_BYTES / PIECE_BYTES) / BRINGING,
};
// What a launch has to ask for: the stages, their barriers, and room to begin at a multiple of PATTERN_BYTES.
#define SHARED_BYTES 132160
static_assert(STAGES * (STAGE_BYTES + 2 * 8) + PATTERN_BYTES <= SHARED_BYTES, "room for all");

struct Tf32 {
    // Elements of a piece.
    enum { OF_PIECE = 4 };
    static __device__ void pack(u32 (&piece)[4], const float (&x)[4]) {
#pragma unroll
        for (int i = 0; i < 4; i++) piece[i] = tf32_bits(x[i]);
    }
    static __device__ void multiply(float (&d)[64], u64 a, u64 b) { wgmma_tf32(d, a, b); }
};

struct Bf16 {
    enum { OF_PIECE = 8 };
    static __device__ void pack(u32 (&piece)[4], const float (&x)[8]) {
#pragma unroll
        for (int i = 0; i < 4; i++) piece[i] = two_bf16(x[2 * i], x[2 * i + 1]);
    }
    static __device__ void multiply(float (&d)[64], u64 a, u64 b) { wgmma_bf16(d, a, b); }
};

struct alignas(16) Four {
    float x[4];
};

// The pieces that one thread brings of each slice of an operand.
template <class Kind> struct Bringer {
    enum { OF_PIECE = Kind::OF_PIECE };
    const float *operand;
    i64 side_step, k_step;
    bool along_k;
    float x[PIECES][OF_PIECE];

    // Neighbouring threads read what is next to each other in memory, and the 8 that write at the same time use all banks.
    __device__ int side(int number) const {
        const int thread = threadIdx.x % BRINGING;
        if (along_k) return number * (BRINGING / 8) + thread / 8;
        return 4 * (thread % 2 + thread / 8 * 2) + number % 4;
    }
    __device__ int piece(int number) const {
        const int thread = threadIdx.x % BRINGING;
        return along_k ? thread % 8 : thread / 2 % 4 + number / 4 * 4;
    }

    // Reads what begins `first` elements from the operand's first.
    __device__ void fetch(i64 first) {
        const float *slice = operand + first;
        if (along_k) {
#pragma unroll
            for (int i = 0; i < PIECES; i++)
#pragma unroll
                for (int j = 0; j < OF_PIECE; j += 4) {
                    const int k = piece(i) * OF_PIECE + j;
                    const Four four = *(const Four *)(slice + side(i) * side_step + k);
#pragma unroll
                    for (int l = 0; l < 4; l++) x[i][j + l] = four.x[l];
                }
        } else {
            // Four pieces, next to each other.
#pragma unroll
            for (int i = 0; i < PIECES; i += 4)
#pragma unroll
                for (int j = 0; j < OF_PIECE; j++) {
                    const int k = piece(i) * OF_PIECE + j;
                    const Four four = *(const Four *)(slice + side(i) + k * k_step);
#pragma unroll
                    for (int l = 0; l < 4; l++) x[i + l][j] = four.x[l];
                }
        }
    }

    __device__ void keep(u32 address) const {
#pragma unroll
        for (int i = 0; i < PIECES; i++) {
            u32 packed[4];
            Kind::pack(packed, x[i]);
            put(address + swizzled(side(i), piece(i)), packed);
        }
    }
};

// As `places`, for small numbers.
__device__ inline Places small_places(const Pair &axes, u32 number) {
    Places places = {0, 0};
#pragma unroll 1
    for (int axis = 0; axis < axes.rank; axis++) {
        const u32 extent = axes.extent[axis], index = number % extent;
        number /= extent;
        places.first += index * axes.first[axis];
        places.second += index * axes.second[axis];
    }
    return places;
}

// Which stage a slice is in, and the parity of its phase there.
struct Turn {
    int stage;
    u32 parity;
    __device__ void next() {
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
};

template <class Kind>
__device__ void matmul(float *c, const float *a, const float *b, i64 m, i64 n, i64 k, i64 a_row,
                       i64 a_column, i64 b_row, i64 b_column, i64 results, i64 terms, int onto,
                       const Pair &stack, const Pair &summed) {
    const int DEPTH = ROW_BYTES / PIECE_BYTES * Kind::OF_PIECE;
    const u32 stages =
        (shared_memory(SHARED_BYTES) + PATTERN_BYTES - 1) / PATTERN_BYTES * PATTERN_BYTES;
    const u32 full = stages + STAGES * STAGE_BYTES, empty = full + STAGES * 8;
    if (threadIdx.x == 0) {
#pragma unroll
        for (int stage = 0; stage < STAGES; stage++) {
            barrier_start(full + stage * 8, BRINGING / 32);
            barrier_start(empty + stage * 8, MULTIPLYING / 32);
        }
    }
    __syncthreads();

    // (Divisions of 32 bits: those of 64 are calls, around which the compiler would wait for tensor cores.)
    const u32 tiles_across = n / TILE, tiles = tiles_across * (m / TILE);
    const u32 result = blockIdx.x / tiles, tile = blockIdx.x % tiles;
    const TilePlace place = tile_place(tile, m / TILE, tiles_across);
    const i64 first_row = (i64)place.row * TILE, first_column = (i64)place.column * TILE;
    const u32 of_term = k / DEPTH, slices = of_term * terms;
    const u32 each = (slices + gridDim.y - 1) / gridDim.y;
    const u32 first = each * blockIdx.y;
    const u32 end = first + each < slices ? first + each : slices;
    const bool is_speaker = threadIdx.x % 32 == 0;
    Turn turn = {0, 0};

    if (threadIdx.x >= MULTIPLYING) {
        if (first >= end) return;
        const Places start = small_places(stack, result);
        const float *from_a = a + start.first + first_row * a_row;
        Bringer<Kind> of_a = {from_a, a_row, a_column, a_column == 1};
        const float *from_b = b + start.second + first_column * b_column;
        Bringer<Kind> of_b = {from_b, b_column, b_row, b_row == 1};
        u32 term = first / of_term;
        i64 depth = first % of_term * DEPTH;
        Places of = small_places(summed, term);
        of_a.fetch(of.first + depth * a_column);
        for (u32 slice = first; slice < end; slice++) {
            const u32 stage = stages + turn.stage * STAGE_BYTES;
            // (What is read is on its way while the other operand is written.)
            of_b.fetch(of.second + depth * b_row);
            // (Of a phase before the first: this is over.)
            barrier_wait(empty + turn.stage * 8, turn.parity ^ 1);
            of_a.keep(stage);
            depth += DEPTH;
            if (depth == k) {
                depth = 0;
                term++;
                of = small_places(summed, term);
            }
            if (slice + 1 < end) of_a.fetch(of.first + depth * a_column);
            of_b.keep(stage + OPERAND_BYTES);
            show_to_tensor_cores();
            __syncwarp();
            if (is_speaker) barrier_arrive(full + turn.stage * 8);
            turn.next();
        }
        return;
    }

    float sum[64];
#pragma unroll
    for (int i = 0; i < 64; i++) sum[i] = 0;
    const int rows = threadIdx.x / 128 * (TILE / 2);
    int before = 0;
    for (u32 slice = first; slice < end; slice++) {
        barrier_wait(full + turn.stage * 8, turn.parity);
        const u32 stage = stages + turn.stage * STAGE_BYTES;
        const u64 of_a = descriptor(stage + rows * ROW_BYTES);
        const u64 of_b = descriptor(stage + OPERAND_BYTES);
        wgmma_fence();
        // 32 bytes of each row at a time.
#pragma unroll
        for (int step = 0; step < ROW_BYTES / 32; step++) {
            Kind::multiply(sum, of_a + step * (32 >> 4), of_b + step * (32 >> 4));
        }
        wgmma_commit();
        // The slice before is used; this one is on its way.
        wgmma_wait<1>();
        if (slice > first && is_speaker) barrier_arrive(empty + before * 8);
        before = turn.stage;
        turn.next();
    }
    wgmma_wait<0>();

    float *out = c + (blockIdx.y * results + result) * m * n;
    const int warp = threadIdx.x / 32 % 4, group = threadIdx.x % 32 / 4, four = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < 64; i++) {
        const i64 row = first_row + rows + 16 * warp + group + 8 * (i / 2 % 2);
        const i64 column = first_column + 8 * (i / 4) + 2 * four + i % 2;
        float *element = out + row * n + column;
        *element = onto ? *element + sum[i] : sum[i];
    }
}

#define MATMUL_SM90A(NAME, KIND)                                                                   \
    extern "C" __global__ void __launch_bounds__(MULTIPLYING + BRINGING, 1)                        \
        NAME(float *c, const float *a, const float *b, i64 m, i64 n, i64 k, i64 a_row,             \
             i64 a_column, i64 b_row, i64 b_column, i64 results, i64 terms, int onto, Pair stack,  \
             Pair summed) {                                                                        \
        matmul<KIND>(c, a, b, m, n, k, a_row, a_column, b_row, b_column, results, terms, onto,     \
                     stack, summed);                                                               \
    }

MATMUL_SM90A(matmul_sm90a_tf32, Tf32)
MATMUL_SM90A(matmul_sm90a_bf16, Bf16)
