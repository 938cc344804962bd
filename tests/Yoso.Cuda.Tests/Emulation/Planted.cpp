// SPDX-License-Identifier: MIT
#include "Planted.hpp"
#include "Emulation.hpp"
#include <cstdio>

namespace {

constexpr unsigned Threads = 128;

// Reverses 128 numbers through shared memory; right only with the barrier.
void Reverse(const int* from, int* to, bool barrier) {
    YOSO_SHARED(int, numbers, Threads);
    numbers[threadIdx.x] = from[threadIdx.x];
    if (barrier) {
        __syncthreads();
    }
    to[threadIdx.x] = numbers[Threads - 1 - threadIdx.x];
}

// Numbers the threads in the order of their arrival: a race, which atomics order but do not make repeatable.
void ByArrival(int* to) {
    YOSO_SHARED(unsigned, next, 1);
    if (threadIdx.x == 0) {
        next[0] = 0;
    }
    __syncthreads();
    to[atomicAdd(&next[0], 1u)] = static_cast<int>(threadIdx.x);
}

// Half of the threads return to no barrier: the others wait in another one.
void DifferentBarriers() {
    if (threadIdx.x < Threads / 2) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}

void HalfAWarp(int* to) {
    if (threadIdx.x % 32 < 16) {
        to[threadIdx.x] = __shfl_xor_sync(0xffffffffu, static_cast<int>(threadIdx.x), 1);
    }
}

bool Throws(const std::function<void()>& kernel) {
    try {
        emulation::Launch(1, Threads, 0, 1, kernel);
    } catch (const emulation::Fault&) {
        return true;
    }
    return false;
}

bool Reversed(bool barrier, uint64_t seed) {
    std::vector<int> from(Threads), to(Threads);
    for (unsigned i = 0; i < Threads; i++) {
        from[i] = static_cast<int>(i);
    }
    emulation::Launch(1, Threads, 0, seed, [&] { Reverse(from.data(), to.data(), barrier); });
    for (unsigned i = 0; i < Threads; i++) {
        if (to[i] != static_cast<int>(Threads - 1 - i)) {
            return false;
        }
    }
    return true;
}

int Report(bool found, const char* what) {
    if (!found) {
        std::printf("not found: %s\n", what);
    }
    return found ? 0 : 1;
}

} // namespace

int RunPlanted() {
    std::vector<int> first(Threads), second(Threads);
    emulation::Launch(1, Threads, 0, 1, [&] { ByArrival(first.data()); });
    emulation::Launch(1, Threads, 0, 2, [&] { ByArrival(second.data()); });
    bool correct = true;
    for (uint64_t seed = 0; seed < 20; seed++) {
        correct = correct && Reversed(true, seed);
    }
    return Report(correct, "nothing: a kernel with all its barriers must be right")
        | Report(!Reversed(false, 1), "a missing barrier")
        | Report(first != second, "a race between threads")
        | Report(Throws([] { DifferentBarriers(); }), "threads at different barriers")
        | Report(Throws([&] { HalfAWarp(first.data()); }), "half a warp at a shuffle");
}
