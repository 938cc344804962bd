// SPDX-License-Identifier: MIT
// Gradient of the values: the forward sum with the roles of query and key exchanged. LowerBound mode gets it from
// yoso_weighted_key, which reads the same rows anyway; Sampled mode needs it by itself.
#include "Cumulation.cuh"

extern "C" __global__ void __launch_bounds__(yoso::GatherThreads, YOSO_CUMULATE_BLOCKS) yoso_lsh_cumulation_gradient(const LshCumulationArgs args) {
    yoso::Cumulate(args);
}

extern "C" __global__ void __launch_bounds__(yoso::CrowdedThreads, 3) yoso_lsh_cumulation_gradient_crowded(const CrowdedCumulationArgs args) {
    yoso::CumulateCrowded(args, true);
}
