// SPDX-License-Identifier: MIT
// Forward: output[i] = 1/m * sum over hashes, over keys j with the code of query i, of value[j].
#include "Cumulation.cuh"

extern "C" __global__ void __launch_bounds__(yoso::GatherThreads, YOSO_CUMULATE_BLOCKS) yoso_lsh_cumulation(const LshCumulationArgs args) {
    yoso::Cumulate(args);
}

extern "C" __global__ void __launch_bounds__(yoso::CrowdedThreads, 3) yoso_lsh_cumulation_crowded(const CrowdedCumulationArgs args) {
    yoso::CumulateCrowded(args, false);
}
