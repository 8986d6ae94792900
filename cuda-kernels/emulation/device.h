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
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#define __global__
#define __device__
#define __launch_bounds__(...)
// One block runs at a time.
#define __shared__ static

namespace emulation {

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
    // The line of the barrier that the thread waits at.
    int line;
};

static jmp_buf scheduler;
static Thread *running;
static Index grid, block, block_index;
static void (*kernel)(void **);
static void **kernel_arguments;

static void pause() {
    if (!_setjmp(running->place)) _longjmp(scheduler, 1);
}

// Waits until all threads of the block are here.
static void barrier(int line) {
    running->line = line;
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

// Runs the threads of one block; false if some wait at a barrier that the others do not reach.
static bool run_block(std::vector<Thread> &threads, unsigned count, std::mt19937 &order) {
    std::vector<unsigned> turns(count);
    for (unsigned i = 0; i < count; i++) {
        turns[i] = i;
        threads[i].index = {i % block.x, i / block.x % block.y, i / block.x / block.y};
        threads[i].done = false;
    }
    for (;;) {
        std::shuffle(turns.begin(), turns.end(), order);
        unsigned done = 0;
        for (unsigned turn : turns) {
            go_on(threads[turn]);
            done += threads[turn].done;
        }
        if (done == count) return true;
        for (unsigned i = 0; i < count; i++) {
            if (threads[i].done || threads[i].line != threads[0].line) return false;
        }
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
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned __int128)a * b >> 64;
}
template <typename T> static inline T atomicAdd(T *place, T x) {
    const T old = *place;
    *place = old + x;
    return old;
}
template <typename T> static inline T atomicMax(T *place, T x) {
    const T old = *place;
    *place = std::max(old, x);
    return old;
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
        if (!run_block(threads, count, order)) {
            // What waits in the middle of a kernel is of no use.
            for (Thread &thread : threads) thread.stack.clear();
            return 2;
        }
    }
    return 0;
}
