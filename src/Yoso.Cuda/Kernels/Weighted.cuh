// SPDX-License-Identifier: MIT
// Arguments of the gradients of query and key, and what both gradient modes share. A probe is the token whose gradient is
// computed, a candidate one that it meets: queries probe keys for the query gradient, keys probe queries for the key gradient.
#pragma once
#include "Candidates.cuh"
#include "Rows.cuh"

struct WeightedArgs {
    YosoItems items;
    const unsigned* entries;
    const unsigned short* order;
    const float* left;
    const float* right;
    const float* vectors;
    float* output;
    float* sums;
    long long leftStride;
    long long rightStride;
    long long vectorStride;
    long long outputStride;
    long long sumStride;
    float scale;
    float sumScale;
    int reserved[2];
    const float* own;
    long long ownStride;
};
static_assert(sizeof(WeightedArgs) == 160, "the caller fills this structure by its layout");

struct CrowdedWeightedArgs {
    YosoItems items;
    const void* crowded;
    const int* crowdedCounts;
    const unsigned short* queryOrder;
    const unsigned short* keyOrder;
    const float* left;
    const float* right;
    const float* vectors;
    float* output;
    float* sums;
    long long leftStride;
    long long rightStride;
    long long vectorStride;
    long long outputStride;
    long long sumStride;
    float scale;
    float sumScale;
    int reserved[2];
};
static_assert(sizeof(CrowdedWeightedArgs) == 160, "the caller fills this structure by its layout");
