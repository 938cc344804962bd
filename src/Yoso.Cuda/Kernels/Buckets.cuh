// SPDX-License-Identifier: MIT
// What the sort writes and the other kernels read: one 32-bit entry a (token, hash) and the list of crowded buckets.
#pragma once
#include "Items.cuh"

namespace yoso {

// An entry describes the bucket of the other side that a token meets in one hash. With lo and hi its halves:
//   lo < hi   two tokens, lo and hi                     lo == hi   one token
//   1         none                                      else       lo >= 0x8000 > hi: a run of the sorted order
// so that the usual bucket of at most two needs no second look-up, and token numbers may have 16 bits.
constexpr unsigned EmptyEntry = 1;
constexpr int RunCountBits = 14;

__device__ inline unsigned RunEntry(unsigned start, unsigned count) {
    unsigned run = (start << RunCountBits) | count;
    return 0x8000u | (run >> 15) | ((run & 0x7fffu) << 16);
}

// A decoded entry: `count` tokens; the first two are given unless `indirect`, where they begin at order[start].
struct Bucket {
    int count;
    int first;
    int second;
    int start;
    bool indirect;

    __device__ explicit Bucket(unsigned entry) {
        unsigned lo = entry & 0xffffu, hi = entry >> 16;
        unsigned run = ((lo & 0x7fffu) << 15) | hi;
        first = static_cast<int>(lo);
        second = static_cast<int>(hi);
        start = static_cast<int>(run >> RunCountBits);
        indirect = lo > hi && entry != EmptyEntry;
        count = indirect ? static_cast<int>(run & ((1u << RunCountBits) - 1)) : lo < hi ? 2 : lo == hi ? 1 : 0;
    }
};

// A bucket of a queries and b keys has a * b pairs. Taken together, by way of a sum, it costs about as much as this many a token.
#ifndef YOSO_CROWDED_RATIO
#define YOSO_CROWDED_RATIO 8
#endif
constexpr int CrowdedRatio = YOSO_CROWDED_RATIO;
static_assert(CrowdedRatio >= 3, "CrowdedStart leaves room for a sixth of the tokens");

// No token of a bucket that is not crowded meets more than this many, so that no warp is kept by one token.
constexpr int CrowdedSide = 64;

__device__ inline bool IsCrowded(unsigned queries, unsigned keys) {
    return queries > 0 && keys > 0 && (queries > CrowdedSide || keys > CrowdedSide || queries * keys > CrowdedRatio * (queries + keys));
}

// Runs of the two sorted orders.
struct alignas(8) CrowdedBucket {
    unsigned short queryStart, queryCount, keyStart, keyCount;
};
static_assert(sizeof(CrowdedBucket) == 8, "the caller reserves 8 bytes");

// First list element of a hash. A crowded bucket holds 13 tokens or more of the 2 n, hence fewer than n / 6 of them.
__device__ inline long long CrowdedStart(const YosoItems& items, const Item& item, int local, int hash) {
    return (item.work + static_cast<long long>(hash) * item.length) / 6 + static_cast<long long>(local) * items.hashCount + hash;
}

// The first hash from `hash` on that has crowded buckets, m when there is none. All lanes of a warp take part.
__device__ inline int NextCrowded(const int* counts, int hash, int hashes) {
    for (; hash < hashes; hash += WarpSize) {
        int own = hash + static_cast<int>(threadIdx.x % WarpSize);
        unsigned some = __ballot_sync(AllLanes, own < hashes && counts[own] > 0);
        if (some != 0) {
            return hash + __ffs(some) - 1;
        }
    }
    return hashes;
}

} // namespace yoso
