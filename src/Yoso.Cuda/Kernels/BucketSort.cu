// SPDX-License-Identifier: MIT
// Counting sort of the queries and of the keys of one item by their codes in one hash, all in shared memory: one block each.
// Counters of both sides share a 32-bit word (queries below, keys above), so that one scan serves both.
// O(n + 2^tau) a block. No table leaves the block: what a token meets is written as one entry a (token, hash).
#include "Buckets.cuh"

struct BucketSortArgs {
    YosoItems items;
    const unsigned short* queryCodes;
    const unsigned short* keyCodes;
    unsigned short* queryOrder;
    unsigned short* keyOrder;
    unsigned* queryEntries;
    unsigned* keyEntries;
    void* crowded;
    int* crowdedCounts;
    int rangeBits;
    int orderInShared;
    int reserved[2];
};
static_assert(sizeof(BucketSortArgs) == 112, "the caller fills this structure by its layout");

namespace yoso {

constexpr int MaxSortThreads = 1024;

// Token numbers of a bucket up to ThreadSorts are put in order by one thread, up to WarpSorts by a warp that counts smaller
// ones, and more by a warp that looks at all codes again.
constexpr int ThreadSorts = 12;
constexpr int LaneSorts = 4;
constexpr int WarpSorts = LaneSorts * WarpSize;

struct Side {
    const unsigned short* codes;  // [n]
    unsigned short* order;        // [n], shared or global
    int shift;                    // of this side's half of a counter
};

// Codes range * 2^bits .. of one sort: counters[c] is first the number of tokens, then where they begin, then where they end.
struct Range {
    unsigned* counters;
    int bits;
    unsigned number;
    unsigned begin;  // packed tokens of the ranges before

    __device__ bool holds(unsigned code) const { return code >> bits == number; }
    __device__ unsigned slot(unsigned code) const { return code & ((1u << bits) - 1); }
    __device__ unsigned start(unsigned slot) const { return slot == 0 ? begin : counters[slot - 1]; }
    __device__ unsigned end(unsigned slot) const { return counters[slot]; }
};

__device__ inline unsigned Half(unsigned packed, int shift) { return (packed >> shift) & 0xffffu; }

// Calls use(token, code) for the tokens of a range, with several loads of codes under way.
template <typename Use>
__device__ inline void ForCodes(const Range& range, const Side& side, int length, Use use) {
    constexpr int inFlight = 4;
    int step = blockDim.x;
    for (int i = threadIdx.x; i < length; i += inFlight * step) {
        unsigned codes[inFlight];
#pragma unroll
        for (int u = 0; u < inFlight; u++) {
            codes[u] = i + u * step < length ? side.codes[i + u * step] : ~0u;  // no range holds ~0
        }
#pragma unroll
        for (int u = 0; u < inFlight; u++) {
            if (range.holds(codes[u])) {
                use(i + u * step, range.slot(codes[u]));
            }
        }
    }
}

__device__ inline void Count(const Range& range, const Side& side, int length) {
    ForCodes(range, side, length, [&](int, unsigned slot) { atomicAdd(&range.counters[slot], 1u << side.shift); });
}

// Counters become starts. Returns the tokens up to the end of this range. Every warp scans one stretch.
__device__ inline unsigned Scan(const Range& range, unsigned* warpTotals) {
    int buckets = 1 << range.bits;
    int lane = threadIdx.x % WarpSize, warp = threadIdx.x / WarpSize;
    int warps = blockDim.x / WarpSize;
    int stretch = (buckets + static_cast<int>(blockDim.x) - 1) / static_cast<int>(blockDim.x) * WarpSize;
    int first = warp * stretch, last = min(first + stretch, buckets);
    unsigned total = 0;
    for (int i = first + lane; i < last; i += WarpSize) {
        total += range.counters[i];
    }
    for (int distance = 16; distance > 0; distance /= 2) {
        total += __shfl_xor_sync(AllLanes, total, distance);
    }
    if (lane == 0) {
        warpTotals[warp] = total;
    }
    __syncthreads();

    unsigned running = range.begin, all = range.begin;
    for (int w = 0; w < warps; w++) {
        running += w < warp ? warpTotals[w] : 0;
        all += warpTotals[w];
    }
    for (int i = first; i < last; i += WarpSize) {
        unsigned count = i + lane < last ? range.counters[i + lane] : 0;
        unsigned sum = count;
        for (int distance = 1; distance < WarpSize; distance *= 2) {
            unsigned below = __shfl_up_sync(AllLanes, sum, distance);
            sum += lane >= distance ? below : 0;
        }
        if (i + lane < last) {
            range.counters[i + lane] = running + sum - count;
        }
        running += __shfl_sync(AllLanes, sum, WarpSize - 1);
    }
    return all;
}

// Starts become ends. Inside a bucket the order is that of arrival, until SortBuckets makes it ascending.
__device__ inline void Scatter(const Range& range, const Side& side, int length) {
    ForCodes(range, side, length, [&](int token, unsigned slot) {
        side.order[Half(atomicAdd(&range.counters[slot], 1u << side.shift), side.shift)] = static_cast<unsigned short>(token);
    });
}

__device__ inline void SortShort(unsigned short* run, int count) {
    for (int i = 1; i < count; i++) {
        unsigned short moved = run[i];
        int j = i;
        for (; j > 0 && run[j - 1] > moved; j--) {
            run[j] = run[j - 1];
        }
        run[j] = moved;
    }
}

// Puts every token where the number of smaller ones says: one warp, at most WarpSorts tokens.
__device__ inline void SortMiddle(unsigned short* run, int count) {
    int lane = threadIdx.x % WarpSize;
    int own[LaneSorts], rank[LaneSorts];
#pragma unroll
    for (int u = 0; u < LaneSorts; u++) {
        own[u] = u * WarpSize + lane < count ? run[u * WarpSize + lane] : 0;
        rank[u] = 0;
    }
    for (int k = 0; k < count; k++) {
        int other = run[k];
#pragma unroll
        for (int u = 0; u < LaneSorts; u++) {
            rank[u] += other < own[u] ? 1 : 0;
        }
    }
    __syncwarp();
#pragma unroll
    for (int u = 0; u < LaneSorts; u++) {
        if (u * WarpSize + lane < count) {
            run[rank[u]] = static_cast<unsigned short>(own[u]);
        }
    }
}

// Writes the tokens of a bucket anew, in order, by looking at all codes: one warp.
__device__ inline void SortLong(const Side& side, int length, unsigned code, unsigned short* run) {
    int lane = threadIdx.x % WarpSize;
    int written = 0;
#pragma unroll 4
    for (int i = 0; i < length; i += WarpSize) {
        bool member = i + lane < length && side.codes[i + lane] == code;
        unsigned members = __ballot_sync(AllLanes, member);
        if (member) {
            run[written + __popc(members & ((1u << lane) - 1))] = static_cast<unsigned short>(i + lane);
        }
        written += __popc(members);
    }
}

__device__ inline void SortBuckets(const Range& range, const Side& side, int length) {
    int buckets = 1 << range.bits;
    int lane = threadIdx.x % WarpSize;
    for (int i = threadIdx.x - lane; i < buckets; i += blockDim.x) {
        int slot = min(i + lane, buckets - 1);
        int start = static_cast<int>(Half(range.start(slot), side.shift));
        int count = i + lane < buckets ? static_cast<int>(Half(range.end(slot), side.shift)) - start : 0;
        SortShort(side.order + start, count <= ThreadSorts ? count : 0);
        for (unsigned longOnes = __ballot_sync(AllLanes, count > ThreadSorts); longOnes != 0; longOnes &= longOnes - 1) {
            int owner = __ffs(longOnes) - 1;
            unsigned short* run = side.order + __shfl_sync(AllLanes, start, owner);
            int runCount = __shfl_sync(AllLanes, count, owner);
            if (runCount <= WarpSorts) {
                SortMiddle(run, runCount);
            } else {
                SortLong(side, length, (range.number << range.bits) + i + owner, run);
            }
        }
    }
}

// What each token of `side` meets on the other side.
__device__ inline void WriteEntries(const Range& range, const Side& side, const Side& other, int length, unsigned* entries, bool plain) {
    ForCodes(range, side, length, [&](int token, unsigned slot) {
        unsigned from = range.start(slot), to = range.end(slot);
        unsigned start = Half(from, other.shift), count = Half(to, other.shift) - start;
        unsigned own = Half(to, side.shift) - Half(from, side.shift);
        unsigned entry = EmptyEntry;
        if (plain) {
            entry = start | (count << 16);
        } else if (count > 0 && !IsCrowded(own, count)) {
            unsigned first = other.order[start], second = other.order[count > 1 ? start + 1 : start];
            entry = count > 2 ? RunEntry(start, count) : first | (second << 16);
        }
        entries[token] = entry;
    });
}

__device__ inline void ListCrowded(const Range& range, CrowdedBucket* list, unsigned* listed) {
    for (int i = threadIdx.x; i < 1 << range.bits; i += blockDim.x) {
        unsigned from = range.start(i), to = range.end(i);
        unsigned queries = Half(to, 0) - Half(from, 0), keys = Half(to, 16) - Half(from, 16);
        if (IsCrowded(queries, keys)) {
            CrowdedBucket bucket;
            bucket.queryStart = static_cast<unsigned short>(Half(from, 0));
            bucket.queryCount = static_cast<unsigned short>(queries);
            bucket.keyStart = static_cast<unsigned short>(Half(from, 16));
            bucket.keyCount = static_cast<unsigned short>(keys);
            list[atomicAdd(listed, 1u)] = bucket;  // in any order: no two buckets of a hash share a token
        }
    }
}

__device__ inline void CopyOrder(unsigned short* to, const unsigned short* from, int length) {
    for (int i = threadIdx.x; i < length; i += blockDim.x) {
        to[i] = from[i];
    }
}

} // namespace yoso

extern "C" __global__ void __launch_bounds__(yoso::MaxSortThreads) yoso_bucket_sort(const BucketSortArgs args) {
    using namespace yoso;
    YOSO_DYNAMIC_SHARED(dynamicShared);
    YOSO_SHARED(unsigned, listed, 1);  // crowded buckets so far
    int local = blockIdx.x / args.items.hashCount, hash = blockIdx.x % args.items.hashCount;
    Item item(args.items, local);
    int length = item.length;
    long long row = static_cast<long long>(hash) * length;
    unsigned* warpTotals = reinterpret_cast<unsigned*>(dynamicShared);
    unsigned* counters = warpTotals + MaxSortThreads / WarpSize;
    unsigned short* sharedOrder = reinterpret_cast<unsigned short*>(counters + (1 << args.rangeBits));
    unsigned short* queryOrder = args.queryOrder + item.work + row;
    unsigned short* keyOrder = args.keyOrder + item.work + row;
    Side query = {args.queryCodes + item.codes + row, args.orderInShared ? sharedOrder : queryOrder, 0};
    Side key = {args.keyCodes + item.codes + row, args.orderInShared ? sharedOrder + (length + 1) / 2 * 2 : keyOrder, 16};
    if (threadIdx.x == 0) {
        listed[0] = 0;
    }

    Range range = {counters, args.rangeBits, 0, 0};
    for (; range.number << range.bits < 1u << args.items.codeLength; range.number++) {
        for (int i = threadIdx.x; i < 1 << range.bits; i += blockDim.x) {
            counters[i] = 0;
        }
        __syncthreads();
        Count(range, query, length);
        Count(range, key, length);
        __syncthreads();
        unsigned next = Scan(range, warpTotals);
        __syncthreads();
        Scatter(range, query, length);
        Scatter(range, key, length);
        __syncthreads();
        SortBuckets(range, query, length);
        SortBuckets(range, key, length);
        __syncthreads();
        bool plain = args.crowded == nullptr;
        if (args.queryEntries != nullptr) {
            WriteEntries(range, query, key, length, args.queryEntries + item.work + row, plain);
        }
        if (args.keyEntries != nullptr) {
            WriteEntries(range, key, query, length, args.keyEntries + item.work + row, plain);
        }
        if (!plain) {
            ListCrowded(range, static_cast<CrowdedBucket*>(args.crowded) + CrowdedStart(args.items, item, local, hash), listed);
        }
        __syncthreads();
        range.begin = next;
    }

    if (args.orderInShared) {
        CopyOrder(queryOrder, query.order, length);
        CopyOrder(keyOrder, key.order, length);
    }
    if (threadIdx.x == 0 && args.crowdedCounts != nullptr) {
        args.crowdedCounts[static_cast<long long>(local) * args.items.hashCount + hash] = static_cast<int>(listed[0]);
    }
}
