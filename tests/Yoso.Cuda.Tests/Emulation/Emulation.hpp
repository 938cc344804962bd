// SPDX-License-Identifier: MIT
// Runs CUDA kernels compiled as C++: every thread of a block is a fiber that runs until it must wait for others, and the next
// to run is drawn at random. A result that needs a barrier which is not there depends on that order. Barriers and warp
// operations are checked as the hardware would not: all threads must wait at the same line, and nobody may be missing.
// Read-only loads now and then let others go first, so that a value read early can be old when it is written back.
#pragma once
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define YOSO_SHARED(type, name, count) type* name = emulation::SharedArray<type>(__FILE__, __LINE__, count)
#define YOSO_SHARED_VECTORS(type, name, count) YOSO_SHARED(type, name, count)
#define YOSO_DYNAMIC_SHARED(name) unsigned char* name = emulation::DynamicShared()
#define YOSO_READ(place) (emulation::MaybeYield(), (place))
#define __syncthreads() emulation::SyncThreads(__FILE__, __LINE__)
#define __syncwarp() emulation::SyncWarp(__FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, distance) emulation::ShuffleXor(__FILE__, __LINE__, mask, value, distance)
#define __shfl_up_sync(mask, value, distance) emulation::ShuffleUp(__FILE__, __LINE__, mask, value, distance)
#define __shfl_sync(mask, value, lane) emulation::Shuffle(__FILE__, __LINE__, mask, value, lane)
#define __ballot_sync(mask, predicate) emulation::Ballot(__FILE__, __LINE__, mask, (predicate) != 0)
#define threadIdx (emulation::Current().thread)
#define blockIdx (emulation::Current().block)
#define blockDim (emulation::Current().blockSize)

struct Index3 {
    unsigned x;
};

struct alignas(16) float4 {
    float x, y, z, w;
};

inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __ffs(unsigned x) { return __builtin_ffs(static_cast<int>(x)); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32); }
template <typename T> inline T min(T a, T b) { return b < a ? b : a; }
template <typename T> inline T max(T a, T b) { return a < b ? b : a; }
float fmaf(float, float, float);

namespace emulation {

// Once in a while lets another thread run.
void MaybeYield();

struct Thread {
    Index3 thread, block, blockSize;
};

// What can be wrong with a kernel, apart from its results.
struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Memory that ends where an unmapped page begins, so that reading or writing past its end stops the program; filled with 0xff.
class GuardedBytes {
public:
    explicit GuardedBytes(size_t bytes);
    ~GuardedBytes();
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;
    unsigned char* data() const { return data_; }

private:
    unsigned char* base_;
    unsigned char* data_;
    size_t mapped_;
};

Thread& Current();
void SyncThreads(const char* file, int line);
void SyncWarp(const char* file, int line);
void* SharedBytes(const char* file, int line, size_t bytes);
unsigned char* DynamicShared();

// All lanes of the warp meet here; returns their values.
const uint64_t* WarpExchange(const char* file, int line, unsigned mask, uint64_t value);

// Runs `kernel` for every thread of `grid` blocks of `threads`, in an order that follows from `seed`.
// Throws Fault for a barrier that not all threads reach, different ones reached at once, or a warp operation of part of a warp.
void Launch(unsigned grid, unsigned threads, size_t sharedBytes, uint64_t seed, const std::function<void()>& kernel);

// Every barrier that was passed, as file and line, with its count; and the one that is left out, "file:line" ("" for none).
std::map<std::pair<const char*, int>, long>& Barriers();
std::string& DroppedBarrier();

template <typename T> T* SharedArray(const char* file, int line, size_t count) {
    return static_cast<T*>(SharedBytes(file, line, count * sizeof(T)));
}

template <typename T> T FromLane(const uint64_t* values, unsigned lane) {
    T result;
    std::memcpy(&result, &values[lane], sizeof(T));
    return result;
}

template <typename T> const uint64_t* Exchange(const char* file, int line, unsigned mask, T value) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return WarpExchange(file, line, mask, bits);
}

template <typename T> T ShuffleXor(const char* file, int line, unsigned mask, T value, int distance) {
    unsigned lane = threadIdx.x % 32;
    return FromLane<T>(Exchange(file, line, mask, value), lane ^ static_cast<unsigned>(distance));
}

template <typename T> T ShuffleUp(const char* file, int line, unsigned mask, T value, int distance) {
    unsigned lane = threadIdx.x % 32, by = static_cast<unsigned>(distance);
    return FromLane<T>(Exchange(file, line, mask, value), lane >= by ? lane - by : lane);
}

template <typename T> T Shuffle(const char* file, int line, unsigned mask, T value, int lane) {
    return FromLane<T>(Exchange(file, line, mask, value), static_cast<unsigned>(lane) % 32);
}

inline unsigned Ballot(const char* file, int line, unsigned mask, bool predicate) {
    const uint64_t* values = WarpExchange(file, line, mask, predicate);
    unsigned result = 0;
    for (int lane = 0; lane < 32; lane++) {
        result |= static_cast<unsigned>(values[lane]) << lane;
    }
    return result;
}

} // namespace emulation

template <typename T> inline T __ldg(const T* p) {
    emulation::MaybeYield();
    return *p;
}

template <typename T> inline T atomicAdd(T* at, T value) { return __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }

template <typename T> inline T atomicMax(T* at, T value) {
    T old = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (old < value && !__atomic_compare_exchange_n(at, &old, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return old;
}
