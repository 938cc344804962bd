// SPDX-License-Identifier: MIT
// Gradients of query and key in Sampled mode: every distinct pair that collides in any hash, at most one for each index modulo
// 1024, weighs tau p^(tau-1) / (pi sqrt(1 - x^2)) * (g_i . v_j), with x = 0.98 q_i . k_j and p = 1 - acos(x) / pi. Which pairs are
// kept is Yoso.Cpu's PairSampling, draw for draw. A warp takes one probe; its slots are a table in shared memory, in which the
// candidate with the highest priority stays whatever the order of arrival.
#include "Weighted.cuh"

namespace yoso {

constexpr int SampledThreads = 128;
constexpr int SampledWarps = SampledThreads / WarpSize;
constexpr int Slots = 1024;
constexpr unsigned KeySide = 0x5bd1e995u;
constexpr unsigned ItemStep = 0x9e3779b9u;

// The 32-bit finaliser of MurmurHash3 (public domain).
__device__ inline unsigned Mix(unsigned x) {
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

__device__ inline unsigned Priority(unsigned seed, unsigned probe, unsigned candidate) {
    return Mix(seed ^ Mix(probe * 0x9e3779b9u + candidate));
}

// Where the probe enters a bucket of more tokens than it looks at.
__device__ inline unsigned Entrance(unsigned seed, unsigned probe, unsigned hash, unsigned count) {
    return __umulhi(Mix(seed + Mix(probe * 0x85ebca6bu + hash)), count);
}

// 1 - acos(x) / pi by polynomial 4.4.46 of Abramowitz and Stegun, Handbook of Mathematical Functions: error 2e-8 of acos.
__device__ inline float SharedBitProbability(float x) {
    float a = fabsf(x);
    float poly = fmaf(-0.0012624911f, a, 0.0066700901f);
    poly = fmaf(poly, a, -0.0170881256f);
    poly = fmaf(poly, a, 0.0308918810f);
    poly = fmaf(poly, a, -0.0501743046f);
    poly = fmaf(poly, a, 0.0889789874f);
    poly = fmaf(poly, a, -0.2145988016f);
    poly = fmaf(poly, a, 1.5707963050f);
    float angle = sqrtf(fmaxf(1.0f - a, 0.0f)) * poly * 0.318309886f;
    return x < 0.0f ? angle : 1.0f - angle;
}

__device__ inline float SampledWeight(float product, int codeLength) {
    constexpr float shrink = 0.98f, limit = 0.99498744f;  // where 1 / sqrt(1 - x^2) reaches the authors' cap of 10
    float x = product * shrink;
    x = x > limit ? limit : x < -limit ? -limit : x;  // unlike fminf and fmaxf this keeps NaN
    float value = SharedBitProbability(x), power = 1.0f;
    for (int exponent = codeLength - 1; exponent > 0; exponent >>= 1) {
        power = exponent & 1 ? power * value : power;
        value *= value;
    }
    return power * (static_cast<float>(codeLength) * 0.318309886f) / sqrtf(1.0f - x * x);
}

// (priority, candidate + 1) of each slot, 0 where there is none.
__device__ inline void FillSlots(unsigned long long* slots, const WeightedArgs& args, const Item& item, unsigned probe, unsigned seed) {
    unsigned lane = threadIdx.x % WarpSize;
    unsigned limit = max(32, 4096 / args.items.hashCount);
    for (int i = lane; i < Slots; i += WarpSize) {
        slots[i] = 0;
    }
    __syncwarp();  // all slots are empty
    for (int hash = 0; hash < args.items.hashCount; hash++) {
        long long row = item.work + static_cast<long long>(hash) * item.length;
        unsigned entry = args.entries[row + probe];
        unsigned start = entry & 0xffffu, count = entry >> 16;
        unsigned from = count > limit ? Entrance(seed, probe, hash, count) : 0;
        for (unsigned k = lane; k < min(count, limit); k += WarpSize) {
            unsigned position = from + k < count ? from + k : from + k - count;
            unsigned candidate = args.order[row + start + position];
            unsigned long long rank = (static_cast<unsigned long long>(Priority(seed, probe, candidate)) << 32) | (candidate + 1);
            atomicMax(&slots[candidate % Slots], rank);
        }
    }
    __syncwarp();  // all slots are filled
}

// The candidates of 32 slots as a list; returns how many.
__device__ inline int ListSlots(const unsigned long long* slots, unsigned short* list) {
    unsigned lane = threadIdx.x % WarpSize;
    unsigned long long rank = slots[lane];
    unsigned taken = __ballot_sync(AllLanes, rank != 0);
    if (rank != 0) {
        list[__popc(taken & ((1u << lane) - 1))] = static_cast<unsigned short>((rank & 0xffffffffu) - 1);
    }
    __syncwarp();
    return __popc(taken);
}

__device__ inline void SumSampled(const unsigned short* list, int count, const Item& item, const WeightedArgs& args, const RowPart& left, const RowPart& own, RowPart& sum) {
    int group = static_cast<int>(threadIdx.x % WarpSize) / RowLanes;
    for (int k = group; k - group < count; k += RowsPerStep) {
        RowPart right, vector;
        SetZero(right);
        SetZero(vector);
        if (k < count) {
            right = LoadRow(item.rows(args.right, args.rightStride) + list[k] * args.rightStride);
            vector = LoadRow(item.rows(args.vectors, args.vectorStride) + list[k] * args.vectorStride);
        }
        float weight = Product(left, right);
        weight *= SampledWeight(Product(own, vector), args.items.codeLength);
        if (k < count) {
#pragma unroll
            for (int v = 0; v < Vectors; v++) {
                AddScaled(sum.v[v], weight, vector.v[v]);
            }
        }
    }
}

__device__ inline void SampledGradient(const WeightedArgs& args, unsigned side) {
    YOSO_SHARED(unsigned long long, allSlots, SampledWarps * Slots);
    YOSO_SHARED(unsigned short, lists, SampledWarps * WarpSize);
    Item item(args.items, blockIdx.x / args.items.blocksPerItem);
    int warp = threadIdx.x / WarpSize;
    int probe = static_cast<int>(blockIdx.x % args.items.blocksPerItem) * SampledWarps + warp;
    if (probe >= item.length) {
        return;
    }
    unsigned seed = (static_cast<unsigned>(args.reserved[0]) + static_cast<unsigned>(item.number) * ItemStep) ^ side;
    unsigned long long* slots = allSlots + warp * Slots;
    unsigned short* list = lists + warp * WarpSize;
    FillSlots(slots, args, item, static_cast<unsigned>(probe), seed);
    RowPart left = LoadRow(item.rows(args.left, args.leftStride) + probe * args.leftStride);
    RowPart own = LoadRow(item.rows(args.own, args.ownStride) + probe * args.ownStride);
    RowPart sum;
    SetZero(sum);
    for (int first = 0; first < Slots; first += WarpSize) {
        int count = ListSlots(slots + first, list);
        SumSampled(list, count, item, args, left, own, sum);
        __syncwarp();  // the next list overwrites this one
    }
    StoreSum(sum, 1.0f, item.rows(args.output, args.outputStride) + probe * args.outputStride);
}

} // namespace yoso

extern "C" __global__ void __launch_bounds__(yoso::SampledThreads) yoso_weighted_query_sampled(const WeightedArgs args) {
    yoso::SampledGradient(args, 0);
}

extern "C" __global__ void __launch_bounds__(yoso::SampledThreads) yoso_weighted_key_sampled(const WeightedArgs args) {
    yoso::SampledGradient(args, yoso::KeySide);
}
