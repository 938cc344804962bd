// SPDX-License-Identifier: MIT
// One random attention call: shapes, inputs, the launches of forward and backward, and the comparison with the reference.
#pragma once
#include "Emulation.hpp"
#include "Reference.hpp"
#include <memory>
#include <string>

// Device memory: guarded, filled with NaN.
template <typename T> class Buffer {
public:
    explicit Buffer(size_t count) : count_(count), bytes_(count * sizeof(T)) {}
    T* data() const { return reinterpret_cast<T*>(bytes_.data()); }
    size_t size() const { return count_; }
    T& operator[](size_t i) const { return data()[i]; }

private:
    size_t count_;
    emulation::GuardedBytes bytes_;
};

// A [T, H, W] tensor whose rows may be further apart than they are long.
struct Tensor {
    long long stride;
    Buffer<float> data;
    Tensor(int tokens, int heads, long long gap)
        : stride(static_cast<long long>(heads) * YOSO_WIDTH + gap), data(static_cast<size_t>(tokens) * static_cast<size_t>(stride)) {}
    float* row(int token, int head) const { return data.data() + token * stride + head * YOSO_WIDTH; }
};

enum class Inputs { Random, Clustered, Identical, HalfIdentical, OneKeyBucket, WithZeros, WithNonFinite, SlotRivals, TwoVectors };

struct Case {
    uint64_t seed = 0;
    std::vector<int> offsets{0};
    int heads = 1, headDim = YOSO_WIDTH, hashes = 1, tau = 1, sampler = 0;
    int groupItems = 1;      // items of a launch
    bool orderInShared = true;
    int rangeBits = 15;      // at most
    bool sampled = false;
    Inputs inputs = Inputs::Random;

    int tokens() const { return offsets.back(); }
    int items() const { return (static_cast<int>(offsets.size()) - 1) * heads; }
    int length(int item) const { return offsets[item / heads + 1] - offsets[item / heads]; }
    std::string describe() const;
};

// A case drawn from `seed`; n, m and the kind of input vary so that every path of the kernels is taken.
Case RandomCase(uint64_t seed);

// Cases that random ones do not reach. Even seeds: more than 1024 tokens in Sampled mode, some of which meet tokens that are 1024
// apart and ask for one slot. Odd seeds: every hash has two buckets large enough for all warps, which differ from those of the
// next hash by one token or not at all.
Case CornerCase(uint64_t seed);

// Runs the case; "" or what is wrong.
std::string Check(const Case& c);
