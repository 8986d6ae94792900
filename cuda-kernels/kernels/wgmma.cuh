// What Hopper (sm_90a) has for products of matrices: tensor cores that read operands from shared memory, on their own, and barriers
// by which some threads of a block hand over memory to others. (PTX ISA: "Asynchronous warpgroup level matrix instructions",
// "mbarrier".) Addresses are those in shared memory.
#pragma once
#include "common.cuh"

#ifdef __CUDACC__
extern __shared__ unsigned char launched_with[];
// The shared memory that the launch asks for, of this many bytes.
__device__ inline u32 shared_memory(u32) { return (u32)__cvta_generic_to_shared(launched_with); }
__device__ inline void put(u32 address, const u32 (&x)[4]) {
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(x[0]), "r"(x[1]),
                 "r"(x[2]), "r"(x[3])
                 : "memory");
}

// A phase of a barrier is over when `arrivals` threads have arrived; then the next one begins.
__device__ inline void barrier_start(u32 barrier, u32 arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals)
                 : "memory");
}
__device__ inline void barrier_arrive(u32 barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
// Waits until the phase of this parity is over, of the current one and the one before. (The first has parity 0.)
__device__ inline void barrier_wait(u32 barrier, u32 parity) {
    u32 is_over;
    do {
        asm volatile("{.reg .pred is_over;\n"
                     "mbarrier.try_wait.parity.shared::cta.b64 is_over, [%1], %2;\n"
                     "selp.u32 %0, 1, 0, is_over;}"
                     : "=r"(is_over)
                     : "r"(barrier), "r"(parity)
                     : "memory");
    } while (!is_over);
}

// What this thread has written can be seen by tensor cores.
__device__ inline void show_to_tensor_cores() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
// The threads' sums are as they are to be read; before the first product, and whenever threads have changed them.
__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
// The products since the last call are a group.
__device__ inline void wgmma_commit() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
// Waits until all groups but the last PENDING are done.
template <int PENDING> __device__ inline void wgmma_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}

#define FOUR_SUMS(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define SUMS(i) FOUR_SUMS(i), FOUR_SUMS(i + 4), FOUR_SUMS(i + 8), FOUR_SUMS(i + 12)
#define PLACES                                                                                     \
    "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, "  \
    "%20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, "   \
    "%38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, "   \
    "%56, %57, %58, %59, %60, %61, %62, %63}"

// d += a · b for 64 × K and K × 128 elements in shared memory, with both along k, by 128 threads. With `group` = lane/4 and
// `four` = lane % 4, a thread has d[16·warp + group + 8·(i/2 % 2)][8·(i/4) + 2·four + i % 2], numbered by i.
// Of TF32, K = 8; the lower 13 bits of elements are ignored.
__device__ inline void wgmma_tf32(float (&d)[64], u64 a, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k8.f32.tf32.tf32 " PLACES
                 ", %64, %65, 1, 1, 1;"
                 : SUMS(0), SUMS(16), SUMS(32), SUMS(48)
                 : "l"(a), "l"(b)
                 : "memory");
}
// Of bf16, K = 16.
__device__ inline void wgmma_bf16(float (&d)[64], u64 a, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 " PLACES
                 ", %64, %65, 1, 1, 1, 0, 0;"
                 : SUMS(0), SUMS(16), SUMS(32), SUMS(48)
                 : "l"(a), "l"(b)
                 : "memory");
}

// The nearest TF32, ties away from zero.
__device__ inline u32 tf32_bits(float x) {
    u32 bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}
// The bits of the nearest bf16s, ties to even; the first in the lower half.
__device__ inline u32 two_bf16(float first, float second) {
    u32 bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
}
#endif

// A matrix in shared memory as tensor cores are told of it: rows of 128 bytes, 8 of which are a pattern of 1024, in which piece
// number p (16 bytes) of row r is at place p ^ r. (Bits 0–13: the address by 16; 16–29: not used with this pattern; 32–45: from 8
// rows to the next 8, by 16; 49–51: 0, because patterns begin at multiples of 1024; 62–63: this pattern.)
enum { ROW_BYTES = 128, PATTERN_BYTES = 8 * ROW_BYTES, PIECE_BYTES = 16 };
__device__ inline u64 descriptor(u32 address) {
    const u64 start = (address & 0x3ffff) >> 4, next_eight = PATTERN_BYTES >> 4;
    return start | (u64)1 << 16 | next_eight << 32 | (u64)1 << 62;
}
__device__ inline u32 swizzled(int row, int piece) {
    return row * ROW_BYTES + (piece ^ row % 8) * PIECE_BYTES;
}
