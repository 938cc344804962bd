// SPDX-License-Identifier: MIT
// Crowded buckets of the LowerBound gradients. No pair is formed: sum_j (left_i . right_j) vector_j = left_i M with the
// matrix M = sum_j right_j vector_j^T of the bucket. A block owns 16 columns of the outputs of one item, and M's 64 rows by 16
// columns lie in the registers of a warp, 8 rows by 4 columns a lane: O(d) multiply-adds a token and column.
#pragma once
#include "Cumulation.cuh"
#include "Weighted.cuh"

namespace yoso {

constexpr int MatrixRows = Width < 64 ? Width : 64;  // of M at a time; wider heads take several passes
constexpr int LaneRows = MatrixRows / SliceRows;     // of one lane
constexpr int LaneVectors = LaneRows / 4;
constexpr int LaneState = LaneRows + 1;              // float4: rows of M, and the sum of the candidates' right

struct WeightedSlices {
    const float* left;     // row 0 of the item, first of this lane's matrix rows
    const float* right;    // likewise
    const float* rightColumns;  // this lane's 4 columns of right, or null when no sums are wanted
    const float* vectors;  // this lane's 4 columns
    float* output;         // this lane's output column
    float* sums;           // likewise, or null
};

// This lane's part of M and of the sum of right over candidates first, first + step, ..
__device__ inline void Build(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, float4 (&state)[LaneState]) {
#pragma unroll
    for (int r = 0; r < LaneState; r++) {
        state[r] = Zero4();
    }
#pragma unroll 2
    for (int k = first; k < run.candidateCount; k += step) {
        int candidate = run.candidates[k];
        float4 vector = __ldg(reinterpret_cast<const float4*>(at.vectors + candidate * args.vectorStride));
        const float4* right = reinterpret_cast<const float4*>(at.right + candidate * args.rightStride);
#pragma unroll
        for (int v = 0; v < LaneVectors; v++) {
            float4 x = __ldg(right + v);
            AddScaled(state[4 * v], x.x, vector);
            AddScaled(state[4 * v + 1], x.y, vector);
            AddScaled(state[4 * v + 2], x.z, vector);
            AddScaled(state[4 * v + 3], x.w, vector);
        }
        if (at.rightColumns != nullptr) {
            Add(state[LaneRows], __ldg(reinterpret_cast<const float4*>(at.rightColumns + candidate * args.rightStride)));
        }
    }
}

// One of a lane's 4 columns each for lanes 16 and 8 apart: the column that Apply leaves there.
__device__ inline int OwnColumn() { return (threadIdx.x & 16 ? 2 : 0) + (threadIdx.x & 8 ? 1 : 0); }

__device__ inline float Pick(const float4& x) {
    float low = threadIdx.x & 8 ? x.y : x.x, high = threadIdx.x & 8 ? x.w : x.z;
    return threadIdx.x & 16 ? high : low;
}

// Adds left M to the outputs of probes first, first + step, .. The eight lanes of a column group hold different rows of M;
// their products are added by exchanging halves, which leaves one column in each pair of lanes 4 apart.
__device__ inline void Apply(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, const float4 (&state)[LaneState]) {
    float sum = args.sumScale * Pick(state[LaneRows]);
#pragma unroll 2
    for (int k = first; k < run.probeCount; k += step) {
        int probe = run.probes[k];
        const float4* left = reinterpret_cast<const float4*>(at.left + probe * args.leftStride);
        float4 product = Zero4();
#pragma unroll
        for (int v = 0; v < LaneVectors; v++) {
            float4 x = __ldg(left + v);
            AddScaled(product, x.x, state[4 * v]);
            AddScaled(product, x.y, state[4 * v + 1]);
            AddScaled(product, x.z, state[4 * v + 2]);
            AddScaled(product, x.w, state[4 * v + 3]);
        }
        bool upper = threadIdx.x & 16;
        float keep0 = upper ? product.z : product.x, keep1 = upper ? product.w : product.y;
        keep0 += __shfl_xor_sync(AllLanes, upper ? product.x : product.z, 16);
        keep1 += __shfl_xor_sync(AllLanes, upper ? product.y : product.w, 16);
        bool odd = threadIdx.x & 8;
        float value = odd ? keep1 : keep0;
        value += __shfl_xor_sync(AllLanes, odd ? keep0 : keep1, 8);
        value += __shfl_xor_sync(AllLanes, value, 4);
        if ((threadIdx.x & 4) == 0) {
            at.output[probe * args.outputStride] += args.scale * value;
        } else if (at.rightColumns != nullptr) {
            at.sums[probe * args.sumStride] += sum;
        }
    }
}

// Sums the lanes' states of all warps, in the order of the warps.
__device__ inline void AddWarps(float4* partials, float4 (&state)[LaneState]) {
    int lane = threadIdx.x % WarpSize, warp = threadIdx.x / WarpSize;
#pragma unroll
    for (int r = 0; r < LaneState; r++) {
        partials[(warp * LaneState + r) * WarpSize + lane] = state[r];
        state[r] = Zero4();
    }
    __syncthreads();
    for (int w = 0; w < CrowdedWarps; w++) {
#pragma unroll
        for (int r = 0; r < LaneState; r++) {
            Add(state[r], partials[(w * LaneState + r) * WarpSize + lane]);
        }
    }
}

__device__ inline void WeightedBucket(const CrowdedRun& run, int index, const WeightedSlices& at, const CrowdedWeightedArgs& args, float4* partials) {
    int warp = threadIdx.x / WarpSize;
    float4 state[LaneState];
    if (run.probeCount + run.candidateCount < SharedOut) {
        if (index % CrowdedWarps == warp) {
            Build(run, 0, 1, at, args, state);
            Apply(run, 0, 1, at, args, state);
        }
        return;
    }
    Build(run, warp, CrowdedWarps, at, args, state);
    AddWarps(partials, state);
    Apply(run, warp, CrowdedWarps, at, args, state);
    __syncthreads();  // the next bucket overwrites the partial sums
}

__device__ inline void WeightedCrowded(const CrowdedWeightedArgs& args, bool keysProbe) {
    YOSO_SHARED_VECTORS(float4, partials, CrowdedWarps * LaneState * WarpSize);
    int local = blockIdx.x / args.items.blocksPerItem;
    Item item(args.items, local);
    int lane = threadIdx.x % WarpSize;
    int slice = static_cast<int>(blockIdx.x % args.items.blocksPerItem) * Slice + lane % SliceLanes * 4;
    const int* counts = args.crowdedCounts + static_cast<long long>(local) * args.items.hashCount;
    const CrowdedBucket* crowded = static_cast<const CrowdedBucket*>(args.crowded);
    for (int base = 0; base < Width; base += MatrixRows) {
        int row = base + lane / SliceLanes * LaneRows;
        bool wantSums = args.sums != nullptr && base == 0;
        WeightedSlices at = {
            item.rows(args.left, args.leftStride) + row,
            item.rows(args.right, args.rightStride) + row,
            wantSums ? item.rows(args.right, args.rightStride) + slice : nullptr,
            item.rows(args.vectors, args.vectorStride) + slice,
            item.rows(args.output, args.outputStride) + slice + OwnColumn(),
            wantSums ? item.rows(args.sums, args.sumStride) + slice + OwnColumn() : nullptr,
        };
        for (int hash = 0; hash < args.items.hashCount; hash++) {
            long long start = item.work + static_cast<long long>(hash) * item.length;
            const CrowdedBucket* list = crowded + CrowdedStart(args.items, item, local, hash);
            for (int b = 0; b < counts[hash]; b++) {
                WeightedBucket(RunOf(list[b], args.queryOrder + start, args.keyOrder + start, keysProbe), b, at, args, partials);
            }
            if (counts[hash] > 0) {
                __syncthreads();  // the next hash adds to the same rows with other warps
            }
        }
    }
}

} // namespace yoso
