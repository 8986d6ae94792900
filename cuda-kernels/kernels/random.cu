// Random numbers by counting: Philox4x32-10, of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, *Parallel random
// numbers: as easy as 1, 2, 3* (SC'11). The stream of a seed is that of the CPU, bit for bit: block `number` of 128 bits makes
// the numbers at 2·number and 2·number + 1.
#include "common.cuh"

struct Bits {
    u64 pair[2];
};

// Ten rounds on the counter (number, 0), with the seed as the key.
__device__ inline Bits block_of(u64 seed, u64 number) {
    u32 counter[4] = {(u32)number, (u32)(number >> 32), 0, 0};
    u32 key[2] = {(u32)seed, (u32)(seed >> 32)};
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const u64 a = (u64)counter[0] * 0xD2511F53u, b = (u64)counter[2] * 0xCD9E8D57u;
        counter[0] = (u32)(b >> 32) ^ counter[1] ^ key[0];
        counter[1] = (u32)b;
        counter[2] = (u32)(a >> 32) ^ counter[3] ^ key[1];
        counter[3] = (u32)a;
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return {{counter[0] | (u64)counter[1] << 32, counter[2] | (u64)counter[3] << 32}};
}

// The leading bits as a number in [0, 1): as many as a T has, so that none rounds to 1.
template <typename T> __device__ inline double unit(u64 bits);
template <> __device__ inline double unit<float>(u64 bits) { return (bits >> 40) * 0x1p-24; }
template <> __device__ inline double unit<double>(u64 bits) { return (bits >> 11) * 0x1p-53; }

// Calls pair(bits, numbers) for each block of the stream, and writes the two numbers.
template <typename T, class Pair>
__device__ inline void fill(T *out, i64 count, u64 seed, Pair pair) {
#pragma unroll 1
    for (i64 number = first_number(); 2 * number < count; number += all_threads()) {
        T numbers[2];
        pair(block_of(seed, number), numbers);
        out[2 * number] = numbers[0];
        if (2 * number + 1 < count) out[2 * number + 1] = numbers[1];
    }
}

// Reference: start + width · unit, rounded in f64 after each of the two, and then to T: the CPU's, bit for bit.
template <typename T> __device__ void uniform(T *out, i64 count, u64 seed, double start, double width) {
    fill(out, count, seed, [=](Bits bits, T *numbers) {
#pragma unroll
        for (int k = 0; k < 2; k++) {
            numbers[k] = (T)__dadd_rn(start, __dmul_rn(width, unit<T>(bits.pair[k])));
        }
    });
}

KERNEL uniform_f32(float *out, i64 count, u64 seed, double start, double width) {
    uniform(out, count, seed, start, width);
}
KERNEL uniform_f64(double *out, i64 count, u64 seed, double start, double width) {
    uniform(out, count, seed, start, width);
}

// Reference: mean + deviation · z, of two normal numbers z made of two uniform ones u and v (Box and Muller): √(−2 ln(1 − u)) times
// cos τv and sin τv. (The functions of other libraries differ in the last digits, and so do these numbers.)
template <typename T>
__device__ void normal(T *out, i64 count, u64 seed, double mean, double deviation) {
    fill(out, count, seed, [=](Bits bits, T *numbers) {
        const double radius = sqrt(-2.0 * log(1.0 - unit<double>(bits.pair[0])));
        double sine, cosine;
        sincos(__dmul_rn(6.283185307179586, unit<double>(bits.pair[1])), &sine, &cosine);
        numbers[0] = (T)__dadd_rn(mean, __dmul_rn(deviation, __dmul_rn(radius, cosine)));
        numbers[1] = (T)__dadd_rn(mean, __dmul_rn(deviation, __dmul_rn(radius, sine)));
    });
}

KERNEL normal_f32(float *out, i64 count, u64 seed, double mean, double deviation) {
    normal(out, count, seed, mean, deviation);
}
KERNEL normal_f64(double *out, i64 count, u64 seed, double mean, double deviation) {
    normal(out, count, seed, mean, deviation);
}

// Reference: 1 where the number in [0, 1) with the digits of an f64 is less than `probability`, else 0.
template <typename T> __device__ void coins(T *out, i64 count, u64 seed, double probability) {
    fill(out, count, seed, [=](Bits bits, T *numbers) {
#pragma unroll
        for (int k = 0; k < 2; k++) {
            numbers[k] = unit<double>(bits.pair[k]) < probability ? T(1) : T(0);
        }
    });
}

KERNEL coins_f32(float *out, i64 count, u64 seed, double probability) {
    coins(out, count, seed, probability);
}
KERNEL coins_f64(double *out, i64 count, u64 seed, double probability) {
    coins(out, count, seed, probability);
}
