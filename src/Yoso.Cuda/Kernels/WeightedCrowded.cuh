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

// Tokens whose rows a lane reads before it uses the first.
#ifndef YOSO_MATRIX_IN_FLIGHT
#define YOSO_MATRIX_IN_FLIGHT 2
#endif
constexpr int MatrixInFlight = YOSO_MATRIX_IN_FLIGHT;

// Token numbers k, k + step, .. of a run as they are needed together: a lane reads one, shuffles hand them around.
struct TokenBatch {
    int numbers;

    __device__ TokenBatch(const unsigned short* run, int count, int k, int step) {
        int at = k + static_cast<int>(threadIdx.x % WarpSize) * step;
        numbers = at < count ? run[at] : 0;
    }
    __device__ int operator[](int i) const { return __shfl_sync(AllLanes, numbers, i); }
};

// This lane's part of M and of the sum of right over candidates first, first + step, ..
__device__ inline void Build(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, float4 (&state)[LaneState]) {
#pragma unroll
    for (int r = 0; r < LaneState; r++) {
        state[r] = Zero4();
    }
    for (int batch = first; batch < run.candidateCount; batch += WarpSize * step) {
        TokenBatch tokens(run.candidates, run.candidateCount, batch, step);
        int count = min(WarpSize, (run.candidateCount - batch + step - 1) / step);
        for (int i = 0; i < count; i += MatrixInFlight) {
            float4 vector[MatrixInFlight], right[MatrixInFlight][LaneVectors], columns[MatrixInFlight];
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                int candidate = tokens[i + u];
                bool real = i + u < count;
                vector[u] = real ? __ldg(reinterpret_cast<const float4*>(at.vectors + candidate * args.vectorStride)) : Zero4();
                const float4* row = reinterpret_cast<const float4*>(at.right + candidate * args.rightStride);
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    right[u][v] = real ? __ldg(row + v) : Zero4();
                }
                bool wanted = real && at.rightColumns != nullptr;
                columns[u] = wanted ? __ldg(reinterpret_cast<const float4*>(at.rightColumns + candidate * args.rightStride)) : Zero4();
            }
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    AddScaled(state[4 * v], right[u][v].x, vector[u]);
                    AddScaled(state[4 * v + 1], right[u][v].y, vector[u]);
                    AddScaled(state[4 * v + 2], right[u][v].z, vector[u]);
                    AddScaled(state[4 * v + 3], right[u][v].w, vector[u]);
                }
                Add(state[LaneRows], columns[u]);
            }
        }
    }
}

// One of a lane's 4 columns each for lanes 16 and 8 apart: the column that Apply leaves there.
__device__ inline int OwnColumn() { return (threadIdx.x & 16 ? 2 : 0) + (threadIdx.x & 8 ? 1 : 0); }

__device__ inline float Pick(const float4& x) {
    float low = threadIdx.x & 8 ? x.y : x.x, high = threadIdx.x & 8 ? x.w : x.z;
    return threadIdx.x & 16 ? high : low;
}

// The column of a lane out of its group's products: the eight lanes of a column group hold different rows of M, and their
// products are added by exchanging halves, which leaves one column in each pair of lanes 4 apart.
__device__ inline float SumOfLanes(const float4& product) {
    bool upper = threadIdx.x & 16, odd = threadIdx.x & 8;
    float keep0 = upper ? product.z : product.x, keep1 = upper ? product.w : product.y;
    keep0 += __shfl_xor_sync(AllLanes, upper ? product.x : product.z, 16);
    keep1 += __shfl_xor_sync(AllLanes, upper ? product.y : product.w, 16);
    float value = odd ? keep1 : keep0;
    value += __shfl_xor_sync(AllLanes, odd ? keep0 : keep1, 8);
    return value + __shfl_xor_sync(AllLanes, value, 4);
}

// Adds left M, and the sum of right, to the outputs of probes first, first + step, ..: of two lanes 4 apart one does either.
__device__ inline void Apply(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, float weight, const float4 (&state)[LaneState]) {
    bool sums = threadIdx.x & 4, writes = !sums || at.rightColumns != nullptr;
    float sum = weight * args.sumScale * Pick(state[LaneRows]), scale = weight * args.scale;
    float* target = sums ? at.sums : at.output;
    long long targetStride = sums ? args.sumStride : args.outputStride;
    for (int batch = first; batch < run.probeCount; batch += WarpSize * step) {
        TokenBatch tokens(run.probes, run.probeCount, batch, step);
        int count = min(WarpSize, (run.probeCount - batch + step - 1) / step);
        for (int i = 0; i < count; i += MatrixInFlight) {
            float4 left[MatrixInFlight][LaneVectors];
            float* to[MatrixInFlight];
            float old[MatrixInFlight];
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                int probe = tokens[i + u];
                bool real = i + u < count;
                const float4* row = reinterpret_cast<const float4*>(at.left + probe * args.leftStride);
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    left[u][v] = real ? __ldg(row + v) : Zero4();
                }
                to[u] = real && writes ? target + probe * targetStride : nullptr;
                old[u] = to[u] != nullptr ? *to[u] : 0.0f;
            }
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                float4 product = Zero4();
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    AddScaled(product, left[u][v].x, state[4 * v]);
                    AddScaled(product, left[u][v].y, state[4 * v + 1]);
                    AddScaled(product, left[u][v].z, state[4 * v + 2]);
                    AddScaled(product, left[u][v].w, state[4 * v + 3]);
                }
                float value = SumOfLanes(product);
                if (to[u] != nullptr) {
                    *to[u] = old[u] + (sums ? sum : scale * value);
                }
            }
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
            Apply(run, 0, 1, at, args, 1.0f, state);
        }
        return;
    }
    Build(run, warp, CrowdedWarps, at, args, state);
    AddWarps(partials, state);
    Apply(run, warp, CrowdedWarps, at, args, 1.0f, state);
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
        int hashes = args.items.hashCount;
        for (int hash = NextCrowded(counts, 0, hashes); hash < hashes; hash = NextCrowded(counts, hash + 1, hashes)) {
            long long start = item.work + static_cast<long long>(hash) * item.length;
            const CrowdedBucket* list = crowded + CrowdedStart(args.items, item, local, hash);
            for (int b = 0; b < counts[hash]; b++) {
                WeightedBucket(RunOf(list[b], args.queryOrder + start, args.keyOrder + start, keysProbe), b, at, args, partials);
            }
            __syncthreads();  // the next hash adds to the same rows with other warps
        }
    }
}

} // namespace yoso
