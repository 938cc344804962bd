// SPDX-License-Identifier: MIT
// The tokens that one token meets in 32 hashes as a flat list in shared memory: a lane decodes the entry of one hash, then
// the warp walks the list without asking which hash a token came from.
#pragma once
#include "Buckets.cuh"

namespace yoso {

constexpr int GatherThreads = 256;
constexpr int GatherWarps = GatherThreads / WarpSize;
constexpr int ProbesPerWarp = 4;
constexpr int ProbesPerBlock = GatherWarps * ProbesPerWarp;

// Tokens that one hash adds to the list in one round.
constexpr int RoundShare = 4;
constexpr int ListSize = WarpSize * RoundShare;

struct CandidateList {
    unsigned short* list;         // [ListSize] of this warp
    const unsigned short* order;  // of this lane's hash
    Bucket bucket;                // of this lane's hash
    int taken;

    __device__ CandidateList(unsigned short* ownList, const unsigned short* laneOrder, unsigned entry)
        : list(ownList), order(laneOrder), bucket(entry), taken(0) {}

    // Fills the list with the next tokens of all hashes, in the order of the hashes; returns how many. 0 is the end.
    __device__ int next() {
        int share = min(bucket.count - taken, RoundShare);
        unsigned ones = __ballot_sync(AllLanes, share & 1);
        unsigned twos = __ballot_sync(AllLanes, share & 2);
        unsigned fours = __ballot_sync(AllLanes, share & 4);
        unsigned below = (1u << threadIdx.x % WarpSize) - 1;
        int at = __popc(ones & below) + 2 * __popc(twos & below) + 4 * __popc(fours & below);
        if (bucket.indirect) {
#pragma unroll
            for (int i = 0; i < RoundShare; i++) {
                if (i < share) {
                    list[at + i] = order[bucket.start + taken + i];
                }
            }
        } else {
            if (share > 0) {
                list[at] = static_cast<unsigned short>(bucket.first);
            }
            if (share > 1) {
                list[at + 1] = static_cast<unsigned short>(bucket.second);
            }
        }
        taken += share;
        __syncwarp();
        return __popc(ones) + 2 * __popc(twos) + 4 * __popc(fours);
    }
};

// The ProbesPerWarp consecutive tokens of a warp and what they meet.
struct ProbeRun {
    int hashes, length, first, count;
    const unsigned* entries;      // [m, n] of the item
    const unsigned short* order;  // [m, n] of the item

    __device__ ProbeRun(const YosoItems& items, const Item& item, const unsigned* allEntries, const unsigned short* allOrder)
        : hashes(items.hashCount), length(item.length), entries(allEntries + item.work), order(allOrder + item.work) {
        int tile = blockIdx.x % items.blocksPerItem;
        first = tile * ProbesPerBlock + static_cast<int>(threadIdx.x / WarpSize) * ProbesPerWarp;
        count = max(0, min(ProbesPerWarp, length - first));
    }

    // Entry of this lane's hash of the 32 from `hash` on.
    __device__ unsigned entry(int probe, int hash) const {
        int own = hash + static_cast<int>(threadIdx.x % WarpSize);
        return own < hashes ? entries[static_cast<long long>(own) * length + first + probe] : EmptyEntry;
    }

    __device__ const unsigned short* laneOrder(int hash) const {
        int own = min(hash + static_cast<int>(threadIdx.x % WarpSize), hashes - 1);
        return order + static_cast<long long>(own) * length;
    }
};

} // namespace yoso
