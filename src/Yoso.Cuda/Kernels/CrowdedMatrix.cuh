// SPDX-License-Identifier: MIT
// The matrix of a crowded bucket, for the LowerBound gradients. No pair is formed: sum_j (left_i . right_j) vector_j = left_i M
// with M = sum_j right_j vector_j^T. A block owns 32 columns of the outputs of one item, and M's 64 rows by 32 columns lie in the
// registers of a warp, 8 rows by 8 columns a lane: O(d) multiply-adds a token and column.
#pragma once
#include "Cumulation.cuh"
#include "Weighted.cuh"

namespace yoso {

constexpr int MatrixColumns = 32;                    // of a block
constexpr int MatrixRows = Width < 64 ? Width : 64;  // of M at a time; wider heads take several passes
constexpr int LaneRows = MatrixRows / SliceRows;     // of one lane
constexpr int LaneVectors = LaneRows / 4;

// Tokens whose rows a lane reads before it uses the first.
#ifndef YOSO_MATRIX_IN_FLIGHT
#define YOSO_MATRIX_IN_FLIGHT 4
#endif
constexpr int MatrixInFlight = YOSO_MATRIX_IN_FLIGHT;

// Two groups of 4 columns, 16 apart.
struct LaneColumns {
    float4 low, high;
};

// This lane's part of M, and of the sum of the candidates' right in its columns.
struct BucketState {
    LaneColumns matrix[LaneRows];
    LaneColumns sum;
};

struct WeightedSlices {
    const float* left;          // row 0 of the item, first of this lane's matrix rows
    const float* right;         // likewise
    const float* rightColumns;  // this lane's columns of right, or null when no sums are wanted
    const float* vectors;       // this lane's columns
    float* output;              // the one column that this lane writes
    float* sums;                // likewise, or null
};

// Token numbers k, k + step, .. of a run: a lane reads one, shuffles hand them around.
struct TokenBatch {
    int numbers, count;

    __device__ TokenBatch(const unsigned short* run, int runCount, int k, int step) {
        int at = k + static_cast<int>(threadIdx.x % WarpSize) * step;
        numbers = at < runCount ? run[at] : 0;
        count = min(WarpSize, (runCount - k + step - 1) / step);
    }
    __device__ int operator[](int i) const { return __shfl_sync(AllLanes, numbers, i); }
};

__device__ inline LaneColumns ZeroColumns() { return {Zero4(), Zero4()}; }

__device__ inline LaneColumns LoadColumns(const float* at) {
    return {__ldg(reinterpret_cast<const float4*>(at)), __ldg(reinterpret_cast<const float4*>(at) + 4)};
}

__device__ inline void Add(LaneColumns& sum, const LaneColumns& x) {
    Add(sum.low, x.low);
    Add(sum.high, x.high);
}

__device__ inline void AddScaled(LaneColumns& sum, float weight, const LaneColumns& x) {
    AddScaled(sum.low, weight, x.low);
    AddScaled(sum.high, weight, x.high);
}

// The sum of right: of 8 tokens in a row each lane of a column group takes one; CrossLanes adds them up.
__device__ inline void SumColumns(const TokenBatch& tokens, const WeightedSlices& at, long long stride, LaneColumns& sum) {
#pragma unroll
    for (int i = 0; i < WarpSize; i += SliceRows) {
        int own = i + static_cast<int>(threadIdx.x % WarpSize) / SliceLanes;
        int token = tokens[own];
        if (own < tokens.count) {
            Add(sum, LoadColumns(at.rightColumns + token * stride));
        }
    }
}

__device__ inline void CrossLanes(float4& x) {
#pragma unroll
    for (int distance = SliceLanes; distance < WarpSize; distance *= 2) {
        x.x += __shfl_xor_sync(AllLanes, x.x, distance);
        x.y += __shfl_xor_sync(AllLanes, x.y, distance);
        x.z += __shfl_xor_sync(AllLanes, x.z, distance);
        x.w += __shfl_xor_sync(AllLanes, x.w, distance);
    }
}

// M and the sum over candidates first, first + step, ..
__device__ inline void Build(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, BucketState& state) {
#pragma unroll
    for (int r = 0; r < LaneRows; r++) {
        state.matrix[r] = ZeroColumns();
    }
    state.sum = ZeroColumns();
    for (int batch = first; batch < run.candidateCount; batch += WarpSize * step) {
        TokenBatch tokens(run.candidates, run.candidateCount, batch, step);
        if (at.rightColumns != nullptr) {
            SumColumns(tokens, at, args.rightStride, state.sum);
        }
        for (int i = 0; i < tokens.count; i += MatrixInFlight) {
            LaneColumns vector[MatrixInFlight];
            float4 right[MatrixInFlight][LaneVectors];
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                int candidate = tokens[i + u];
                bool real = i + u < tokens.count;
                vector[u] = real ? LoadColumns(at.vectors + candidate * args.vectorStride) : ZeroColumns();
                const float4* row = reinterpret_cast<const float4*>(at.right + candidate * args.rightStride);
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    right[u][v] = real ? __ldg(row + v) : Zero4();
                }
            }
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    AddScaled(state.matrix[4 * v], right[u][v].x, vector[u]);
                    AddScaled(state.matrix[4 * v + 1], right[u][v].y, vector[u]);
                    AddScaled(state.matrix[4 * v + 2], right[u][v].z, vector[u]);
                    AddScaled(state.matrix[4 * v + 3], right[u][v].w, vector[u]);
                }
            }
        }
    }
    CrossLanes(state.sum.low);
    CrossLanes(state.sum.high);
}

// The column that SumOfLanes and Pick leave in a lane, of its group's 4 + 4.
__device__ inline int OwnColumn() { return (threadIdx.x & 16 ? 16 : 0) + (threadIdx.x & 8 ? 2 : 0) + (threadIdx.x & 4 ? 1 : 0); }

__device__ inline float Pick(const LaneColumns& x) {
    float4 four = threadIdx.x & 16 ? x.high : x.low;
    float even = threadIdx.x & 8 ? four.z : four.x, odd = threadIdx.x & 8 ? four.w : four.y;
    return threadIdx.x & 4 ? odd : even;
}

// The eight lanes of a column group hold different rows of M; their products are added by exchanging halves three times.
__device__ inline float SumOfLanes(const LaneColumns& product) {
    bool upper = threadIdx.x & 16, second = threadIdx.x & 8, odd = threadIdx.x & 4;
    float4 keep = upper ? product.high : product.low, give = upper ? product.low : product.high;
    keep.x += __shfl_xor_sync(AllLanes, give.x, 16);
    keep.y += __shfl_xor_sync(AllLanes, give.y, 16);
    keep.z += __shfl_xor_sync(AllLanes, give.z, 16);
    keep.w += __shfl_xor_sync(AllLanes, give.w, 16);
    float even = second ? keep.z : keep.x, next = second ? keep.w : keep.y;
    even += __shfl_xor_sync(AllLanes, second ? keep.x : keep.z, 8);
    next += __shfl_xor_sync(AllLanes, second ? keep.y : keep.w, 8);
    return (odd ? next : even) + __shfl_xor_sync(AllLanes, odd ? even : next, 4);
}

// Adds left M, and the sum of right, to the outputs of probes first, first + step, .. No two probes are one.
__device__ inline void Apply(const CrowdedRun& run, int first, int step, const WeightedSlices& at, const CrowdedWeightedArgs& args, int times, const BucketState& state) {
    float sum = static_cast<float>(times) * args.sumScale * Pick(state.sum), scale = static_cast<float>(times) * args.scale;
    for (int batch = first; batch < run.probeCount; batch += WarpSize * step) {
        TokenBatch tokens(run.probes, run.probeCount, batch, step);
        for (int i = 0; i < tokens.count; i += MatrixInFlight) {
            float4 left[MatrixInFlight][LaneVectors];
            float old[MatrixInFlight], oldSum[MatrixInFlight];
            int probe[MatrixInFlight];
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                probe[u] = tokens[i + u];
                bool real = i + u < tokens.count;
                const float4* row = reinterpret_cast<const float4*>(at.left + probe[u] * args.leftStride);
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    left[u][v] = real ? __ldg(row + v) : Zero4();
                }
                old[u] = real ? YOSO_READ(at.output[probe[u] * args.outputStride]) : 0.0f;
                oldSum[u] = real && at.sums != nullptr ? at.sums[probe[u] * args.sumStride] : 0.0f;
            }
#pragma unroll
            for (int u = 0; u < MatrixInFlight; u++) {
                LaneColumns product = ZeroColumns();
#pragma unroll
                for (int v = 0; v < LaneVectors; v++) {
                    AddScaled(product, left[u][v].x, state.matrix[4 * v]);
                    AddScaled(product, left[u][v].y, state.matrix[4 * v + 1]);
                    AddScaled(product, left[u][v].z, state.matrix[4 * v + 2]);
                    AddScaled(product, left[u][v].w, state.matrix[4 * v + 3]);
                }
                float value = SumOfLanes(product);
                if (i + u < tokens.count) {
                    at.output[probe[u] * args.outputStride] = fmaf(scale, value, old[u]);
                    if (at.sums != nullptr) {
                        at.sums[probe[u] * args.sumStride] = oldSum[u] + sum;
                    }
                }
            }
        }
    }
}

constexpr int HalfWarps = CrowdedWarps / 2;
constexpr int StateVectors = sizeof(BucketState) / sizeof(float4);

// Sums the states of all warps, the same in each: the upper half of the warps to the lower, then those in their order.
__device__ inline void AddWarps(float4* partials, BucketState& state) {
    int lane = threadIdx.x % WarpSize, warp = threadIdx.x / WarpSize;
    float4* own = partials + warp % HalfWarps * StateVectors * WarpSize + lane;
    float4* values = reinterpret_cast<float4*>(&state);
    for (int half = 1; half >= 0; half--) {
        if (warp / HalfWarps == half) {
#pragma unroll
            for (int v = 0; v < StateVectors; v++) {
                own[v * WarpSize] = values[v];
            }
        }
        __syncthreads();  // this half's states are there
        if (half == 1) {
            if (warp < HalfWarps) {
#pragma unroll
                for (int v = 0; v < StateVectors; v++) {
                    Add(values[v], YOSO_READ(own[v * WarpSize]));
                }
            }
            __syncthreads();  // the lower half overwrites them
        }
    }
#pragma unroll
    for (int v = 0; v < StateVectors; v++) {
        values[v] = Zero4();
        for (int w = 0; w < HalfWarps; w++) {
            Add(values[v], YOSO_READ(partials[(w * StateVectors + v) * WarpSize + lane]));
        }
    }
}

} // namespace yoso
