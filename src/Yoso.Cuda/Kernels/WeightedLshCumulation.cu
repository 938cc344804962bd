// SPDX-License-Identifier: MIT
// Gradients of query and key in LowerBound mode: every colliding pair, in every hash, weighs scale * (g_i . v_j).
// A warp takes one probe and walks the candidates it meets: product with the probe's row, then the weighted vector is added in
// registers. The key pass has the rows of g in registers for the product, so it sums them as well: the value gradient.
#include "WeightedCrowded.cuh"

namespace yoso {

#ifndef YOSO_WEIGHTED_UNROLL
#define YOSO_WEIGHTED_UNROLL 2
#endif
#ifndef YOSO_WEIGHTED_BLOCKS
#define YOSO_WEIGHTED_BLOCKS 2
#endif
constexpr int PairsInFlight = YOSO_WEIGHTED_UNROLL;  // pairs of one lane whose rows are loaded before the first is used

template <bool WithSums>
__device__ inline void SumPairs(const unsigned short* list, int count, const Item& item, const WeightedArgs& args, const RowPart& left, RowPart& sum, RowPart& plain) {
    int group = static_cast<int>(threadIdx.x % WarpSize) / RowLanes;
    const float* rights = item.rows(args.right, args.rightStride);
    const float* vectors = item.rows(args.vectors, args.vectorStride);
    for (int k = group; k - group < count; k += RowsPerStep * PairsInFlight) {
        RowPart right[PairsInFlight], vector[PairsInFlight];
#pragma unroll
        for (int u = 0; u < PairsInFlight; u++) {
            int at = k + u * RowsPerStep;
            if (at < count) {
                unsigned long long candidate = list[at];
                right[u] = LoadRow(rights + candidate * static_cast<unsigned>(args.rightStride));
                vector[u] = LoadRow(vectors + candidate * static_cast<unsigned>(args.vectorStride));
            } else {
                SetZero(right[u]);
                SetZero(vector[u]);
            }
        }
#pragma unroll
        for (int u = 0; u < PairsInFlight; u++) {
            float weight = Product(left, right[u]);
            if (k + u * RowsPerStep < count) {  // no 0 * infinity from a probe without a partner
#pragma unroll
                for (int v = 0; v < Vectors; v++) {
                    AddScaled(sum.v[v], weight, vector[u].v[v]);
                    if (WithSums) {
                        Add(plain.v[v], right[u].v[v]);
                    }
                }
            }
        }
    }
}

template <bool WithSums>
__device__ inline void WeightedGradient(const WeightedArgs& args) {
    YOSO_SHARED(unsigned short, lists, GatherWarps * ListSize);
    Item item(args.items, blockIdx.x / args.items.blocksPerItem);
    ProbeRun probes(args.items, item, args.entries, args.order);
    unsigned short* list = lists + threadIdx.x / WarpSize * ListSize;
    const float* lefts = item.rows(args.left, args.leftStride);
    float* output = item.rows(args.output, args.outputStride);
    for (int p = 0; p < probes.count; p++) {
        RowPart left = LoadRow(lefts + (probes.first + p) * args.leftStride);
        RowPart sum, plain;
        SetZero(sum);
        SetZero(plain);
        for (int hash = 0; hash < probes.hashes; hash += WarpSize) {
            CandidateList candidates(list, probes.laneOrder(hash), probes.entry(p, hash));
            for (int count = candidates.next(); count > 0; count = candidates.next()) {
                SumPairs<WithSums>(list, count, item, args, left, sum, plain);
                __syncwarp();  // the next list overwrites this one
            }
        }
        StoreSum(sum, args.scale, output + (probes.first + p) * args.outputStride);
        if (WithSums) {
            StoreSum(plain, args.sumScale, item.rows(args.sums, args.sumStride) + (probes.first + p) * args.sumStride);
        }
    }
}

} // namespace yoso

extern "C" __global__ void __launch_bounds__(yoso::GatherThreads, YOSO_WEIGHTED_BLOCKS) yoso_weighted_query(const WeightedArgs args) {
    yoso::WeightedGradient<false>(args);
}

extern "C" __global__ void __launch_bounds__(yoso::GatherThreads, YOSO_WEIGHTED_BLOCKS) yoso_weighted_key(const WeightedArgs args) {
    yoso::WeightedGradient<true>(args);
}

extern "C" __global__ void __launch_bounds__(yoso::CrowdedThreads, 1) yoso_weighted_query_crowded(const CrowdedWeightedArgs args) {
    yoso::WeightedCrowded(args, false);
}

extern "C" __global__ void __launch_bounds__(yoso::CrowdedThreads, 1) yoso_weighted_key_crowded(const CrowdedWeightedArgs args) {
    yoso::WeightedCrowded(args, true);
}
