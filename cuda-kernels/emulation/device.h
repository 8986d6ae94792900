// A graphics processor on the host, for tests: the kernels of ../kernels compiled by a C++ compiler, with the threads of a block
// as coroutines. Blocks run one after the other, threads from barrier to barrier, both in an order that a seed draws: a result that
// depends on the order is a missing barrier, or a race between blocks.
//
// What the language of kernels adds to C++ is stated here, as far as the kernels use it.
#pragma once

#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#define __global__
#define __device__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
// One block runs at a time.
#define __shared__ static

namespace emulation {

const unsigned WARP = 32;

struct Index {
    unsigned x, y, z;
};

// A coroutine, made once: it runs one kernel after the other. (Switching by jumps, which need no system call.)
struct Thread {
    ucontext_t start;
    jmp_buf place;
    std::vector<char> stack;
    bool is_started;
    Index index;
    bool done;
    // The line of the barrier that the thread waits at, 0 if it may go on; and whether the barrier is one of the warp alone.
    int line;
    bool of_warp;
    // It has looked for something to happen, once more and in vain.
    bool is_idle;
};

static jmp_buf scheduler;
static Thread *running;
static Index grid, block, block_index;
static void (*kernel)(void **);
static void **kernel_arguments;
// Draws what a device leaves open.
static std::mt19937 *chance;

static void pause() {
    if (!_setjmp(running->place)) _longjmp(scheduler, 1);
}

// Waits until all threads of the block are here; or all of the warp.
static void barrier(int line, bool of_warp = false) {
    running->line = line;
    running->of_warp = of_warp;
    pause();
}

static void run_threads() {
    for (;;) {
        kernel(kernel_arguments);
        running->done = true;
        pause();
    }
}

static void go_on(Thread &thread) {
    running = &thread;
    if (_setjmp(scheduler)) return;
    if (thread.is_started) _longjmp(thread.place, 1);
    thread.is_started = true;
    setcontext(&thread.start);
}

static Thread &make(Thread &thread) {
    thread.stack.resize(1 << 15);
    thread.is_started = false;
    getcontext(&thread.start);
    thread.start.uc_stack.ss_sp = thread.stack.data();
    thread.start.uc_stack.ss_size = thread.stack.size();
    thread.start.uc_link = nullptr;
    makecontext(&thread.start, run_threads, 0);
    return thread;
}

// Lets threads `first` to `end` go on if all of them wait at the same barrier, of this kind.
static bool release(std::vector<Thread> &threads, unsigned first, unsigned end, bool of_warp) {
    for (unsigned i = first; i < end; i++) {
        const bool is_here = !threads[i].done && threads[i].of_warp == of_warp;
        if (!is_here || threads[i].line != threads[first].line || !threads[i].line) return false;
    }
    for (unsigned i = first; i < end; i++) threads[i].line = 0;
    return true;
}

// Runs the threads of one block; false if some wait at a barrier that the others do not reach.
static bool run_block(std::vector<Thread> &threads, unsigned count) {
    std::vector<unsigned> turns(count);
    for (unsigned i = 0; i < count; i++) {
        turns[i] = i;
        threads[i].index = {i % block.x, i / block.x % block.y, i / block.x / block.y};
        threads[i].done = false;
        threads[i].line = 0;
    }
    for (;;) {
        std::shuffle(turns.begin(), turns.end(), *chance);
        unsigned done = 0;
        bool any = false;
        for (unsigned turn : turns) {
            Thread &thread = threads[turn];
            if (!thread.done && !thread.line) {
                thread.is_idle = false;
                go_on(thread);
                any |= !thread.is_idle;
            }
            done += thread.done;
        }
        if (done == count) return true;
        any |= release(threads, 0, count, false);
        for (unsigned first = 0; first < count; first += WARP) {
            any |= release(threads, first, std::min(first + WARP, count), true);
        }
        if (!any) return false;
    }
}

template <class... P, size_t... I>
void call(void (*function)(P...), void **arguments, std::index_sequence<I...>) {
    function(*(P *)arguments[I]...);
}

template <class... P> void call(void (*function)(P...), void **arguments) {
    call(function, arguments, std::index_sequence_for<P...>());
}

// A parameter in words: `*mut f32`, `*const f32`, `i64`, `struct 136`.
template <class P> std::string in_words() {
    if constexpr (std::is_pointer_v<P>) {
        using X = std::remove_pointer_t<P>;
        return (std::is_const_v<X> ? "*const " : "*mut ") + in_words<std::remove_const_t<X>>();
    } else if constexpr (std::is_class_v<P>) {
        return "struct " + std::to_string(sizeof(P));
    } else {
        const char kind = std::is_floating_point_v<P> ? 'f' : std::is_signed_v<P> ? 'i' : 'u';
        return kind + std::to_string(8 * sizeof(P));
    }
}

template <class... P> std::string signature(void (*)(P...)) {
    std::string words;
    ((words += (words.empty() ? "" : ", ") + in_words<P>()), ...);
    return words;
}

struct Entry {
    const char *name;
    void (*run)(void **);
    std::string signature;
};

#define ENTRY(name)                                                                                \
    { #name, [](void **arguments) { emulation::call(name, arguments); }, emulation::signature(name) }

} // namespace emulation

#define threadIdx (emulation::running->index)
#define blockIdx emulation::block_index
#define blockDim emulation::block
#define gridDim emulation::grid
#define __syncthreads() emulation::barrier(__LINE__)
#define __syncwarp() emulation::barrier(__LINE__, true)

static inline float __int_as_float(int bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline double __longlong_as_double(long long bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dmul_rn(double a, double b) { return a * b; }

namespace emulation {

// What the threads of a warp have, for each of them.
template <typename T, int N>
static void exchange(const T (&mine)[N], T (&all)[WARP][N], int line) {
    static T shared[32][WARP][N];
    const Index &index = running->index;
    const unsigned thread = (index.z * block.y + index.y) * block.x + index.x;
    T(*of_warp)[N] = shared[thread / WARP];
    memcpy(of_warp[thread % WARP], mine, sizeof mine);
    barrier(line, true);
    memcpy(all, of_warp, sizeof all);
    barrier(line, true);
}

// The elements of a word that goes into a tensor core: two of bf16, the lower half first, or one of another type.
static inline float element(uint32_t word, int half) {
    const uint32_t bits = half ? word & 0xffff0000 : word << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline float element(float word, int) { return word; }
static inline double element(double word, int) { return word; }

// d += a · b for matrices of ROWS × DEPTH and DEPTH × 8 elements that are spread over a warp in words of OF elements: with
// `group` = lane/4, `four` = lane % 4, and k = OF·(four + 4·…) + half, a thread has a[group + 8·(i % halves)][four + 4·(i / halves)],
// b[four + 4·i][group] and d[group + 8·(i/2)][2·four + i % 2], words numbered by i (PTX ISA, "Matrix fragments for mma.m16n8k8", "…
// m16n8k16 with floating point type" and "… m8n8k4").
template <int ROWS, int DEPTH, int OF, typename T, typename W, int D, int A, int B>
static void mma(T (&d)[D], const W (&a)[A], const W (&b)[B], int line) {
    const int halves = ROWS / 8, lane = running->index.x % WARP;
    W all_a[WARP][A], all_b[WARP][B];
    exchange(a, all_a, line);
    exchange(b, all_b, line);
    for (int i = 0; i < D; i++) {
        const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        for (int k = 0; k < DEPTH; k++) {
            const int word = k / OF, half = k % OF;
            const W x = all_a[row % 8 * 4 + word % 4][word / 4 * halves + row / 8];
            const W y = all_b[column * 4 + word % 4][word / 4];
            d[i] += element(x, half) * element(y, half);
        }
    }
}

} // namespace emulation

// What another thread of the warp has: the one whose number differs by these bits.
template <typename T>
static inline T __shfl_xor_sync(unsigned, T x, int bits, int line = __builtin_LINE()) {
    const emulation::Index &index = emulation::running->index;
    const unsigned thread = (index.z * blockDim.y + index.y) * blockDim.x + index.x;
    const T mine[1] = {x};
    T all[emulation::WARP][1];
    emulation::exchange(mine, all, line);
    return all[(thread ^ bits) % emulation::WARP][0];
}

static inline void mma_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
    emulation::mma<16, 8, 1>(d, a, b, __LINE__);
}
static inline void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    emulation::mma<16, 16, 2>(d, a, b, __LINE__);
}
static inline void mma_f64(double (&d)[2], const double (&a)[1], const double (&b)[1]) {
    emulation::mma<8, 4, 1>(d, a, b, __LINE__);
}
// 11 significant bits, ties away from zero.
static inline float to_tf32(float x) {
    unsigned bits;
    memcpy(&bits, &x, sizeof x);
    if ((bits & 0x7f800000) != 0x7f800000) bits = (bits + 0x1000) & ~0x1fffu;
    memcpy(&x, &bits, sizeof x);
    return x;
}
// 8 significant bits, ties to even; all NaNs are one.
static inline uint16_t to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof x);
    if (x != x) return 0x7fff;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// What kernels/wgmma.cuh states of Hopper, on the host: shared memory that a launch asks for, barriers in it, and tensor
// cores that read it on their own. As documented (PTX ISA: "mbarrier", "Asynchronous warpgroup level matrix instructions" and
// their "Async proxy"), and with what is left open drawn by chance:
//
// - Tensor cores see what a thread has written after its fence only. Before that, they see NaN, or what was there.
// - A product is made when its group is committed, or not before the group is waited for; nobody else can tell.
// - Threads go on for a while, or do not, where they arrive at a barrier or wait for it.
namespace hopper {

// Shared memory begins somewhere, at a multiple of 16.
const uint32_t START = 1040, MOST = 227 * 1024;
// As threads see it, and as tensor cores do.
static unsigned char of_threads[START + MOST], of_tensor_cores[START + MOST];
// 0 before a thread of the block asks for any.
static uint32_t end;

struct Product {
    float *d;
    uint64_t a, b;
    bool of_bf16;
};

// What a thread has under way.
struct Work {
    std::vector<uint32_t> not_shown;
    bool is_fenced;
    std::vector<Product> products;
    std::deque<std::vector<Product>> groups;
};
static std::array<Work, 1024> works;

static Work &work() { return works[emulation::running->index.x]; }

static void end_block() { end = 0; }

static void start_block(uint32_t bytes) {
    memset(of_threads, 0xff, sizeof of_threads);
    memset(of_tensor_cores, 0xff, sizeof of_tensor_cores);
    works.fill(Work());
    end = START + bytes;
}

[[noreturn]] static void fault(const char *words, unsigned long long number) {
    fprintf(stderr, "%s: %#llx\n", words, number);
    abort();
}

static unsigned char *memory(unsigned char *of, uint32_t address, uint32_t bytes) {
    const bool is_there = address >= START && address + bytes <= end && address % bytes == 0;
    if (!is_there) fault("no such place in shared memory", address);
    return of + address;
}

// A barrier, in its 8 bytes of shared memory.
struct Barrier {
    uint16_t arrivals, pending;
    uint32_t phase;
};

static Barrier load(uint32_t address) {
    Barrier barrier;
    memcpy(&barrier, memory(of_threads, address, 8), 8);
    const bool is_started = barrier.arrivals > 0 && barrier.arrivals <= 1024;
    if (!is_started) fault("no barrier has been started", address);
    return barrier;
}

static void store(uint32_t address, const Barrier &barrier) {
    memcpy(memory(of_threads, address, 8), &barrier, 8);
}

static void perhaps_pause() {
    std::mt19937 &chance = *emulation::chance;
    if (chance() % 8) return;
    for (int turns = chance() % 32; turns > 0; turns--) emulation::pause();
}

// An element of an operand of which `descriptor` says where it is (PTX ISA, "Matrix descriptor"; with the 128-byte pattern,
// bits 4–6 of an address are changed by bits 7–9).
static float element(uint64_t descriptor, int row, int k, bool of_bf16) {
    if (descriptor >> 62 != 1 || descriptor >> 49 & 7) fault("another pattern", descriptor);
    const uint32_t start = (descriptor & 0x3fff) << 4;
    const uint32_t next_eight = (descriptor >> 32 & 0x3fff) << 4;
    const int bytes = of_bf16 ? 2 : 4;
    uint32_t address = start + row / 8 * next_eight + row % 8 * 128 + k * bytes;
    address ^= (address >> 7 & 7) << 4;
    const unsigned char *place = memory(of_tensor_cores, address, bytes);
    uint32_t bits = 0;
    memcpy((unsigned char *)&bits + 4 - bytes, place, bytes);
    // (The lower bits are ignored, of TF32.)
    if (!of_bf16) bits &= ~0x1fffu;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// This thread's part of d += a · b, of 64 × K and K × 128 elements (PTX ISA, "Register fragments" of wgmma.m64nNk8 and …k16).
static void make(const Product &product) {
    const bool of_bf16 = product.of_bf16;
    const int depth = of_bf16 ? 16 : 8;
    const int thread = emulation::running->index.x % 128, lane = thread % 32;
    float a[2][16];
    for (int half = 0; half < 2; half++)
        for (int k = 0; k < depth; k++)
            a[half][k] = element(product.a, thread / 32 * 16 + lane / 4 + 8 * half, k, of_bf16);
    for (int i = 0; i < 64; i++) {
        // (Each column for two rows.)
        if (i / 2 % 2) continue;
        const int column = i / 4 * 8 + lane % 4 * 2 + i % 2;
        for (int k = 0; k < depth; k++) {
            const float b = element(product.b, column, k, of_bf16);
            product.d[i] += a[0][k] * b;
            product.d[i + 2] += a[1][k] * b;
        }
    }
}

static void multiply(float (&d)[64], uint64_t a, uint64_t b, bool of_bf16) {
    if (!work().is_fenced) fault("a product before the fence of its sums", a);
    work().products.push_back({d, a, b, of_bf16});
}

static void wait_for_groups(unsigned pending, int line) {
    auto &groups = work().groups;
    for (; groups.size() > pending; groups.pop_front())
        for (const Product &product : groups.front()) make(product);
    emulation::barrier(line, true);
}

} // namespace hopper

static inline uint32_t shared_memory(uint32_t bytes) {
    if (bytes > hopper::MOST) hopper::fault("more than a block can have", bytes);
    if (!hopper::end) hopper::start_block(bytes);
    return hopper::START;
}
static inline void put(uint32_t address, const uint32_t (&x)[4]) {
    memcpy(hopper::memory(hopper::of_threads, address, 16), x, 16);
    hopper::work().not_shown.push_back(address);
}
static inline void barrier_start(uint32_t barrier, uint32_t arrivals) {
    hopper::store(barrier, {uint16_t(arrivals), uint16_t(arrivals), 0});
}
static inline void barrier_arrive(uint32_t address) {
    hopper::perhaps_pause();
    hopper::Barrier barrier = hopper::load(address);
    if (--barrier.pending == 0) {
        barrier.pending = barrier.arrivals;
        barrier.phase++;
    }
    hopper::store(address, barrier);
    hopper::perhaps_pause();
}
static inline void barrier_wait(uint32_t address, uint32_t parity) {
    hopper::perhaps_pause();
    bool again = false;
    while (hopper::load(address).phase % 2 == parity) {
        emulation::running->is_idle = again;
        again = true;
        emulation::pause();
    }
}
static inline void show_to_tensor_cores() {
    for (uint32_t address : hopper::work().not_shown) {
        memcpy(hopper::of_tensor_cores + address, hopper::of_threads + address, 16);
    }
    hopper::work().not_shown.clear();
}
static inline void wgmma_fence() {
    hopper::work().is_fenced = true;
    emulation::barrier(__LINE__, true);
}
static inline void wgmma_tf32(float (&d)[64], uint64_t a, uint64_t b) {
    hopper::multiply(d, a, b, false);
}
static inline void wgmma_bf16(float (&d)[64], uint64_t a, uint64_t b) {
    hopper::multiply(d, a, b, true);
}
static inline void wgmma_commit() {
    hopper::Work &work = hopper::work();
    work.groups.emplace_back();
    work.groups.back().swap(work.products);
    if ((*emulation::chance)() % 2) return;
    // At once, as are those before.
    for (auto &group : work.groups) {
        for (const hopper::Product &product : group) hopper::make(product);
        group.clear();
    }
}
template <int PENDING> static inline void wgmma_wait() {
    hopper::wait_for_groups(PENDING, __LINE__);
}

static inline uint32_t tf32_bits(float x) {
    x = to_tf32(x);
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline uint32_t two_bf16(float first, float second) {
    return to_bf16(first) | (uint32_t)to_bf16(second) << 16;
}

// The entries of a module; the file that includes its source states them.
extern const emulation::Entry entries[];
extern const int entry_count;

extern "C" const char *emulated_signature(const char *name) {
    for (int i = 0; i < entry_count; i++) {
        if (!strcmp(entries[i].name, name)) return entries[i].signature.c_str();
    }
    return nullptr;
}

// Runs a kernel. 0: done; 1: no such kernel; 2: threads waited at a barrier that others did not reach.
extern "C" int emulated_launch(const char *name, const unsigned grid[3], const unsigned block[3],
                               void **arguments, unsigned seed) {
    using namespace emulation;
    kernel = nullptr;
    for (int i = 0; i < entry_count; i++) {
        if (!strcmp(entries[i].name, name)) kernel = entries[i].run;
    }
    if (!kernel) return 1;
    kernel_arguments = arguments;
    emulation::grid = {grid[0], grid[1], grid[2]};
    emulation::block = {block[0], block[1], block[2]};
    std::mt19937 order(seed);
    chance = &order;
    static std::vector<Thread> threads(1024);
    const unsigned count = block[0] * block[1] * block[2];
    for (unsigned i = 0; i < count; i++) {
        if (threads[i].stack.empty()) make(threads[i]);
    }
    std::vector<size_t> blocks((size_t)grid[0] * grid[1] * grid[2]);
    for (size_t i = 0; i < blocks.size(); i++) blocks[i] = i;
    std::shuffle(blocks.begin(), blocks.end(), order);
    for (size_t i : blocks) {
        block_index = {unsigned(i % grid[0]), unsigned(i / grid[0] % grid[1]),
                       unsigned(i / grid[0] / grid[1])};
        hopper::end_block();
        if (!run_block(threads, count)) {
            // What waits in the middle of a kernel is of no use.
            for (Thread &thread : threads) thread.stack.clear();
            return 2;
        }
    }
    return 0;
}
