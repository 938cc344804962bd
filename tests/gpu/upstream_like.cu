// SPDX-License-Identifier: MIT
// The authors' way of computing YOSO attention, written anew from its description, as the baseline: for every hash a table of
// 2^tau rows in device memory, filled by float atomics 32 columns at a time and read back by the queries. The gradients of query
// and key run it once for every column of the weights. Tensors [items, n, d] contiguous, codes [items, m, n].
struct UpstreamArgs {
    const unsigned short* codes;  // of the side that writes or reads
    const float* rows;            // [items, n, d]: written to the table, or null when it is read
    const float* weights;         // [items, n, d]: column weightColumn scales each row, or null
    float* table;                 // [items, hashes, buckets, 32]
    float* output;                // [items, n, d], added to
    int items, n, d, m, firstHash, hashes, buckets, firstColumn, weightColumn;
    float scale;
};

extern "C" __global__ void upstream_scatter(const UpstreamArgs a) {
    long long warp = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
    int lane = threadIdx.x % 32;
    if (warp >= static_cast<long long>(a.items) * a.hashes * a.n) {
        return;
    }
    int token = warp % a.n, hash = warp / a.n % a.hashes;
    long long item = warp / a.n / a.hashes, row = (item * a.n + token) * a.d;
    int code = a.codes[(item * a.m + a.firstHash + hash) * a.n + token];
    float weight = a.weights ? a.weights[row + a.weightColumn] : 1.0f;
    atomicAdd(&a.table[((item * a.hashes + hash) * a.buckets + code) * 32 + lane], weight * a.rows[row + a.firstColumn + lane]);
}

extern "C" __global__ void upstream_gather(const UpstreamArgs a) {
    long long warp = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
    int lane = threadIdx.x % 32;
    if (warp >= static_cast<long long>(a.items) * a.n) {
        return;
    }
    int token = warp % a.n;
    long long item = warp / a.n, row = (item * a.n + token) * a.d;
    float sum = 0.0f;
#pragma unroll 4
    for (int hash = 0; hash < a.hashes; hash++) {
        int code = a.codes[(item * a.m + a.firstHash + hash) * a.n + token];
        sum += a.table[((item * a.hashes + hash) * a.buckets + code) * 32 + lane];
    }
    float weight = a.weights ? a.weights[row + a.weightColumn] : 1.0f;
    a.output[row + a.firstColumn + lane] += a.scale * weight * sum;
}
