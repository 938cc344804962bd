// SPDX-License-Identifier: MIT
// Crowded buckets of the LowerBound gradients: which bucket is worked off by whom. A large bucket is shared out to all warps,
// and one that the next hashes repeat, as identical tokens do, is worked off once.
#pragma once
#include "CrowdedMatrix.cuh"

namespace yoso {

// The lists and orders of one item.
struct CrowdedItem {
    const CrowdedWeightedArgs& args;
    const Item& item;
    int local;
    bool keysProbe;
    unsigned* flags;  // shared [1]: whether a bucket differs from another one

    __device__ const int* counts() const { return args.crowdedCounts + static_cast<long long>(local) * args.items.hashCount; }
    __device__ const CrowdedBucket* list(int hash) const {
        return static_cast<const CrowdedBucket*>(args.crowded) + CrowdedStart(args.items, item, local, hash);
    }
    __device__ long long order(int hash) const { return item.work + static_cast<long long>(hash) * item.length; }
    __device__ CrowdedRun run(int hash, const CrowdedBucket& bucket) const {
        return RunOf(bucket, args.queryOrder + order(hash), args.keyOrder + order(hash), keysProbe);
    }

    // Whether hash `other` has exactly this bucket of `hash`: the same for either order of the two. All threads of the block.
    __device__ bool repeats(const CrowdedRun& bucket, int hash, int other) const {
        if (other < 0 || other >= args.items.hashCount || max(counts()[hash], counts()[other]) > MostCompared) {
            return false;
        }
        for (int b = 0; b < counts()[other]; b++) {
            CrowdedRun twin = run(other, list(other)[b]);
            if (twin.probeCount == bucket.probeCount && twin.candidateCount == bucket.candidateCount
                && twin.probes[0] == bucket.probes[0] && twin.candidates[0] == bucket.candidates[0]) {
                return same(bucket, twin);
            }
        }
        return false;
    }

    // Lists longer than this are not searched for repetitions.
    static constexpr int MostCompared = 8;

private:
    __device__ bool same(const CrowdedRun& a, const CrowdedRun& b) const {
        if (threadIdx.x == 0) {
            flags[0] = 0;
        }
        __syncthreads();  // the flag is clear
        bool differs = false;
        for (int k = threadIdx.x; k < a.probeCount; k += CrowdedThreads) {
            differs = differs || a.probes[k] != b.probes[k];
        }
        for (int k = threadIdx.x; k < a.candidateCount; k += CrowdedThreads) {
            differs = differs || a.candidates[k] != b.candidates[k];
        }
        if (differs) {
            atomicMax(&flags[0], 1u);
        }
        __syncthreads();  // all have compared
        bool result = YOSO_READ(flags[0]) == 0;
        __syncthreads();  // the next comparison clears the flag
        return result;
    }
};

// A bucket of many tokens, by all warps.
__device__ inline void LargeBucket(const CrowdedItem& crowded, const CrowdedRun& run, int hash, const WeightedSlices& at, float4* partials) {
    if (crowded.repeats(run, hash, hash - 1)) {
        return;  // done with the hash before
    }
    int times = 1;
    while (crowded.repeats(run, hash, hash + times)) {
        times++;
    }
    BucketState state;
    int warp = threadIdx.x / WarpSize;
    Build(run, warp, CrowdedWarps, at, crowded.args, state);
    AddWarps(partials, state);
    Apply(run, warp, CrowdedWarps, at, crowded.args, times, state);
    __syncthreads();  // the next bucket overwrites the partial sums
}

// The buckets of one hash: large ones by all warps together, then each warp takes the next of the others. Which warp works off
// which bucket changes nothing: no two buckets of a hash share a token.
__device__ inline void CrowdedHash(const CrowdedItem& crowded, int hash, const WeightedSlices& at, float4* partials, unsigned* next) {
    int count = crowded.counts()[hash];
    const CrowdedBucket* list = crowded.list(hash);
    if (threadIdx.x == 0) {
        next[0] = 0;
    }
    __syncthreads();  // the counter is clear
    for (int b = 0; b < count; b++) {
        CrowdedRun run = crowded.run(hash, list[b]);
        if (run.probeCount + run.candidateCount >= SharedOut) {
            LargeBucket(crowded, run, hash, at, partials);
        }
    }
    for (;;) {
        unsigned taken = threadIdx.x % WarpSize == 0 ? atomicAdd(&next[0], 1u) : 0;
        int b = static_cast<int>(__shfl_sync(AllLanes, taken, 0));
        if (b >= count) {
            break;
        }
        CrowdedRun run = crowded.run(hash, list[b]);
        if (run.probeCount + run.candidateCount < SharedOut) {
            BucketState state;
            Build(run, 0, 1, at, crowded.args, state);
            Apply(run, 0, 1, at, crowded.args, 1, state);
        }
    }
}

__device__ inline void WeightedCrowded(const CrowdedWeightedArgs& args, bool keysProbe) {
    YOSO_SHARED_VECTORS(float4, partials, HalfWarps * StateVectors * WarpSize);
    YOSO_SHARED(unsigned, flags, 1);
    YOSO_SHARED(unsigned, next, 1);
    int local = blockIdx.x / args.items.blocksPerItem;
    Item item(args.items, local);
    CrowdedItem crowded = {args, item, local, keysProbe, flags};
    int lane = threadIdx.x % WarpSize, hashes = args.items.hashCount;
    int firstColumn = static_cast<int>(blockIdx.x % args.items.blocksPerItem) * MatrixColumns;
    if (firstColumn >= Width) {
        return;
    }
    int columns = firstColumn + lane % SliceLanes * 4;
    for (int base = 0; base < Width; base += MatrixRows) {
        int row = base + lane / SliceLanes * LaneRows;
        bool wantSums = args.sums != nullptr && base == 0;
        WeightedSlices at = {
            item.rows(args.left, args.leftStride) + row,
            item.rows(args.right, args.rightStride) + row,
            wantSums ? item.rows(args.right, args.rightStride) + columns : nullptr,
            item.rows(args.vectors, args.vectorStride) + columns,
            item.rows(args.output, args.outputStride) + columns + OwnColumn(),
            wantSums ? item.rows(args.sums, args.sumStride) + columns + OwnColumn() : nullptr,
        };
        for (int hash = NextCrowded(crowded.counts(), 0, hashes); hash < hashes; hash = NextCrowded(crowded.counts(), hash + 1, hashes)) {
            CrowdedHash(crowded, hash, at, partials, next);
            __syncthreads();  // the next hash adds to the same rows with other warps
        }
    }
}

} // namespace yoso
