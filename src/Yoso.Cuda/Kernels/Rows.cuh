// SPDX-License-Identifier: MIT
// How a warp holds rows of Width floats: RowLanes lanes a row, RowsPerStep rows at a time, 16-byte loads.
#pragma once
#include "Items.cuh"

namespace yoso {

constexpr int RowLanes = Width <= 64 ? 8 : Width / 8;
constexpr int RowsPerStep = WarpSize / RowLanes;
constexpr int Columns = Width / RowLanes;   // of one lane
constexpr int Vectors = Columns / 4;        // float4 of one lane

// One lane's part of a row: columns 4 (lane % RowLanes) + 4 RowLanes v of vector v, so that a load covers whole 128-byte lines.
struct RowPart {
    float4 v[Vectors];
};

__device__ inline float4 Zero4() { return make_float4(0.0f, 0.0f, 0.0f, 0.0f); }

__device__ inline void SetZero(RowPart& part) {
#pragma unroll
    for (int v = 0; v < Vectors; v++) {
        part.v[v] = Zero4();
    }
}

__device__ inline RowPart LoadRow(const float* row) {
    RowPart part;
    const float4* at = reinterpret_cast<const float4*>(row) + threadIdx.x % RowLanes;
#pragma unroll
    for (int v = 0; v < Vectors; v++) {
        part.v[v] = __ldg(at + v * RowLanes);
    }
    return part;
}

__device__ inline void Add(float4& sum, const float4& x) {
    sum.x += x.x;
    sum.y += x.y;
    sum.z += x.z;
    sum.w += x.w;
}

__device__ inline void AddScaled(float4& sum, float weight, const float4& x) {
    sum.x = fmaf(weight, x.x, sum.x);
    sum.y = fmaf(weight, x.y, sum.y);
    sum.z = fmaf(weight, x.z, sum.z);
    sum.w = fmaf(weight, x.w, sum.w);
}

// Product of two rows, in every lane of the row.
__device__ inline float Product(const RowPart& a, const RowPart& b) {
    float sum = 0.0f;
#pragma unroll
    for (int v = 0; v < Vectors; v++) {
        sum = fmaf(a.v[v].x, b.v[v].x, sum);
        sum = fmaf(a.v[v].y, b.v[v].y, sum);
        sum = fmaf(a.v[v].z, b.v[v].z, sum);
        sum = fmaf(a.v[v].w, b.v[v].w, sum);
    }
#pragma unroll
    for (int distance = RowLanes / 2; distance > 0; distance /= 2) {
        sum += __shfl_xor_sync(AllLanes, sum, distance);
    }
    return sum;
}

// Adds the parts of the RowsPerStep groups of lanes and stores scale times the sum. All lanes of the warp take part.
__device__ inline void StoreSum(RowPart sum, float scale, float* row) {
#pragma unroll
    for (int distance = RowLanes; distance < WarpSize; distance *= 2) {
#pragma unroll
        for (int v = 0; v < Vectors; v++) {
            sum.v[v].x += __shfl_xor_sync(AllLanes, sum.v[v].x, distance);
            sum.v[v].y += __shfl_xor_sync(AllLanes, sum.v[v].y, distance);
            sum.v[v].z += __shfl_xor_sync(AllLanes, sum.v[v].z, distance);
            sum.v[v].w += __shfl_xor_sync(AllLanes, sum.v[v].w, distance);
        }
    }
    if (threadIdx.x % WarpSize < RowLanes) {
        float4* at = reinterpret_cast<float4*>(row) + threadIdx.x % RowLanes;
#pragma unroll
        for (int v = 0; v < Vectors; v++) {
            const float4& x = sum.v[v];
            at[v * RowLanes] = make_float4(scale * x.x, scale * x.y, scale * x.z, scale * x.w);
        }
    }
}

} // namespace yoso
