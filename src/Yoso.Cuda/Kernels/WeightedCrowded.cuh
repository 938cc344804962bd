// SPDX-License-Identifier: MIT
// Crowded buckets of the LowerBound gradients. No pair is formed: sum_j (left_i . right_j) vector_j = left_i M with the
// matrix M = sum_j right_j vector_j^T of the bucket. A block owns 32 columns of the outputs of one item, and M's 64 rows by 32
// columns lie in the registers of a warp, 8 rows by 8 columns a lane: O(d) multiply-adds a token and column. A large bucket is
// shared out to all warps, and one that the next hashes repeat, as identical tokens do, is worked off once.
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
                old[u] = real ? at.output[probe[u] * args.outputStride] : 0.0f;
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
        __syncthreads();
        if (half == 1) {
            if (warp < HalfWarps) {
#pragma unroll
                for (int v = 0; v < StateVectors; v++) {
                    Add(values[v], own[v * WarpSize]);
                }
            }
            __syncthreads();
        }
    }
#pragma unroll
    for (int v = 0; v < StateVectors; v++) {
        values[v] = Zero4();
        for (int w = 0; w < HalfWarps; w++) {
            Add(values[v], partials[(w * StateVectors + v) * WarpSize + lane]);
        }
    }
}

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
        __syncthreads();
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
        __syncthreads();
        bool result = flags[0] == 0;
        __syncthreads();
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
    __syncthreads();
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
