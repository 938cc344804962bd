// SPDX-License-Identifier: MIT
// output[i] = scale * sum over hashes, over the tokens j of the other side that i meets, of rows[j]: the forward pass and, with
// the sides exchanged, the gradient of the values. A warp takes one token i at a time and reads the rows it meets into
// registers; crowded buckets are added by a second kernel, which reads and writes each of their tokens once.
#pragma once
#include "Candidates.cuh"
#include "Rows.cuh"

struct LshCumulationArgs {
    YosoItems items;
    const unsigned* entries;
    const unsigned short* order;
    const float* rows;
    float* output;
    long long rowStride;
    long long outputStride;
    float scale;
    int reserved[3];
};
static_assert(sizeof(LshCumulationArgs) == 96, "the caller fills this structure by its layout");

struct CrowdedCumulationArgs {
    YosoItems items;
    const void* crowded;
    const int* crowdedCounts;
    const unsigned short* queryOrder;
    const unsigned short* keyOrder;
    const float* rows;
    float* output;
    long long rowStride;
    long long outputStride;
    float scale;
    int reserved[3];
};
static_assert(sizeof(CrowdedCumulationArgs) == 112, "the caller fills this structure by its layout");

namespace yoso {

#ifndef YOSO_CUMULATE_BLOCKS
#define YOSO_CUMULATE_BLOCKS 4
#endif
#ifndef YOSO_CUMULATE_UNROLL
#define YOSO_CUMULATE_UNROLL 2
#endif
constexpr int RowsInFlight = YOSO_CUMULATE_UNROLL;  // loads of one lane before the first is used

__device__ inline void SumListed(const unsigned short* list, int count, const float* rows, unsigned stride, RowPart& sum) {
    int group = static_cast<int>(threadIdx.x % WarpSize) / RowLanes;
    for (int k = group; k - group < count; k += RowsPerStep * RowsInFlight) {
        RowPart parts[RowsInFlight];
#pragma unroll
        for (int u = 0; u < RowsInFlight; u++) {
            int at = k + u * RowsPerStep;
            if (at < count) {
                parts[u] = LoadRow(rows + static_cast<unsigned long long>(list[at]) * stride);
            } else {
                SetZero(parts[u]);
            }
        }
#pragma unroll
        for (int u = 0; u < RowsInFlight; u++) {
#pragma unroll
            for (int v = 0; v < Vectors; v++) {
                Add(sum.v[v], parts[u].v[v]);
            }
        }
    }
}

__device__ inline void Cumulate(const LshCumulationArgs& args) {
    YOSO_SHARED(unsigned short, lists, GatherWarps * ListSize);
    Item item(args.items, blockIdx.x / args.items.blocksPerItem);
    ProbeRun probes(args.items, item, args.entries, args.order);
    unsigned short* list = lists + threadIdx.x / WarpSize * ListSize;
    const float* rows = item.rows(args.rows, args.rowStride);
    float* output = item.rows(args.output, args.outputStride);
    for (int p = 0; p < probes.count; p++) {
        RowPart sum;
        SetZero(sum);
        for (int hash = 0; hash < probes.hashes; hash += WarpSize) {
            CandidateList candidates(list, probes.laneOrder(hash), probes.entry(p, hash));
            for (int count = candidates.next(); count > 0; count = candidates.next()) {
                SumListed(list, count, rows, static_cast<unsigned>(args.rowStride), sum);
                __syncwarp();  // the next list overwrites this one
            }
        }
        StoreSum(sum, args.scale, output + (probes.first + p) * args.outputStride);
    }
}

constexpr int CrowdedThreads = 256;
constexpr int CrowdedWarps = CrowdedThreads / WarpSize;

// Columns that a block of a crowded kernel works on: 4 lanes of a float4, 8 rows a step.
constexpr int Slice = 16;
constexpr int SliceLanes = Slice / 4;
constexpr int SliceRows = WarpSize / SliceLanes;

// From this many tokens on a bucket is shared out to all warps of the block.
constexpr int SharedOut = 192;

struct CrowdedRun {
    const unsigned short* probes;
    const unsigned short* candidates;
    int probeCount, candidateCount;
};

__device__ inline CrowdedRun RunOf(const CrowdedBucket& bucket, const unsigned short* queryOrder, const unsigned short* keyOrder, bool keysProbe) {
    const unsigned short* queries = queryOrder + bucket.queryStart;
    const unsigned short* keys = keyOrder + bucket.keyStart;
    if (keysProbe) {
        return {keys, queries, bucket.keyCount, bucket.queryCount};
    }
    return {queries, keys, bucket.queryCount, bucket.keyCount};
}

// Rows that a lane reads before it uses the first.
constexpr int CrowdedInFlight = 4;

// Sum of this lane's 4 columns over candidates first, first + step, .. and all rows of the warp.
__device__ inline float4 SumSlice(const CrowdedRun& run, int first, int step, const float* slice, long long stride) {
    float4 sum = Zero4();
    for (int k = first; k < run.candidateCount; k += CrowdedInFlight * step) {
        float4 x[CrowdedInFlight];
#pragma unroll
        for (int u = 0; u < CrowdedInFlight; u++) {
            int at = k + u * step;
            x[u] = at < run.candidateCount ? __ldg(reinterpret_cast<const float4*>(slice + run.candidates[at] * stride)) : Zero4();
        }
#pragma unroll
        for (int u = 0; u < CrowdedInFlight; u++) {
            Add(sum, x[u]);
        }
    }
#pragma unroll
    for (int distance = SliceLanes; distance < WarpSize; distance *= 2) {
        sum.x += __shfl_xor_sync(AllLanes, sum.x, distance);
        sum.y += __shfl_xor_sync(AllLanes, sum.y, distance);
        sum.z += __shfl_xor_sync(AllLanes, sum.z, distance);
        sum.w += __shfl_xor_sync(AllLanes, sum.w, distance);
    }
    return sum;
}

// No two of the rows are one, so all can be read before the first is written.
__device__ inline void AddToProbes(const CrowdedRun& run, int first, int step, const float4& sum, float scale, float* slice, long long stride) {
    for (int k = first; k < run.probeCount; k += CrowdedInFlight * step) {
        float4 x[CrowdedInFlight];
        float4* at[CrowdedInFlight];
#pragma unroll
        for (int u = 0; u < CrowdedInFlight; u++) {
            if (k + u * step < run.probeCount) {
                at[u] = reinterpret_cast<float4*>(slice + run.probes[k + u * step] * stride);
                x[u] = YOSO_READ(*at[u]);
            }
        }
#pragma unroll
        for (int u = 0; u < CrowdedInFlight; u++) {
            if (k + u * step < run.probeCount) {
                AddScaled(x[u], scale, sum);
                *at[u] = x[u];
            }
        }
    }
}

__device__ inline void CumulateCrowded(const CrowdedCumulationArgs& args, bool keysProbe) {
    YOSO_SHARED_VECTORS(float4, partials, CrowdedWarps * SliceLanes);
    int local = blockIdx.x / args.items.blocksPerItem;
    Item item(args.items, local);
    int warp = threadIdx.x / WarpSize, lane = threadIdx.x % WarpSize, row = lane / SliceLanes;
    int column = static_cast<int>(blockIdx.x % args.items.blocksPerItem) * Slice + lane % SliceLanes * 4;
    const float* rows = item.rows(args.rows, args.rowStride) + column;
    float* output = item.rows(args.output, args.outputStride) + column;
    const int* counts = args.crowdedCounts + static_cast<long long>(local) * args.items.hashCount;
    int hashes = args.items.hashCount;
    for (int hash = NextCrowded(counts, 0, hashes); hash < hashes; hash = NextCrowded(counts, hash + 1, hashes)) {
        int count = counts[hash];
        const CrowdedBucket* list = static_cast<const CrowdedBucket*>(args.crowded) + CrowdedStart(args.items, item, local, hash);
        long long start = item.work + static_cast<long long>(hash) * item.length;
        for (int b = 0; b < count; b++) {
            CrowdedRun run = RunOf(list[b], args.queryOrder + start, args.keyOrder + start, keysProbe);
            if (run.probeCount + run.candidateCount < SharedOut) {
                if (b % CrowdedWarps == warp) {
                    float4 sum = SumSlice(run, row, SliceRows, rows, args.rowStride);
                    AddToProbes(run, row, SliceRows, sum, args.scale, output, args.outputStride);
                }
                continue;
            }

            int first = warp * SliceRows + row;
            float4 sum = SumSlice(run, first, CrowdedWarps * SliceRows, rows, args.rowStride);
            if (row == 0) {
                partials[warp * SliceLanes + lane] = sum;
            }
            __syncthreads();  // all partial sums are there
            sum = Zero4();
            for (int w = 0; w < CrowdedWarps; w++) {
                Add(sum, YOSO_READ(partials[w * SliceLanes + lane % SliceLanes]));
            }
            AddToProbes(run, first, CrowdedWarps * SliceRows, sum, args.scale, output, args.outputStride);
            __syncthreads();  // the next bucket overwrites the partial sums
        }
        __syncthreads();  // the next hash adds to the same rows with other warps
    }
}

} // namespace yoso
