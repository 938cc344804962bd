// SPDX-License-Identifier: MIT
// The yardstick of the memory floor: reads of random rows of the item a block works on, summed in registers, at the fastest
// rate found; and a plain copy. No list is built and no bucket is looked up: row numbers come from a hash of the position.
#include "Rows.cuh"

using namespace yoso;

template <int Tensors, int InFlight>
__device__ void Gather(const float* a, const float* b, float* out, int length, int rowsPerProbe) {
    int warps = blockDim.x / WarpSize, warp = threadIdx.x / WarpSize, group = threadIdx.x % WarpSize / RowLanes;
    long long probe = static_cast<long long>(blockIdx.x) * warps + warp;
    long long item = probe / length;
    a += item * length * Width;
    b += item * length * Width;
    RowPart sum;
    SetZero(sum);
    unsigned state = static_cast<unsigned>(probe) * 0x9e3779b9u;
    for (int k = group; k < rowsPerProbe; k += RowsPerStep * InFlight) {
        RowPart x[InFlight], y[InFlight];
#pragma unroll
        for (int u = 0; u < InFlight; u++) {
            unsigned mixed = (state + (k + u * RowsPerStep) * 0x85ebca6bu) * 0xc2b2ae35u;
            unsigned row = __umulhi(mixed ^ (mixed >> 15), length);
            x[u] = LoadRow(a + static_cast<unsigned long long>(row) * Width);
            if (Tensors == 2) {
                y[u] = LoadRow(b + static_cast<unsigned long long>(row) * Width);
            }
        }
#pragma unroll
        for (int u = 0; u < InFlight; u++) {
#pragma unroll
            for (int v = 0; v < Vectors; v++) {
                Add(sum.v[v], x[u].v[v]);
                if (Tensors == 2) {
                    Add(sum.v[v], y[u].v[v]);
                }
            }
        }
    }
    StoreSum(sum, 1.0f, out + probe * Width);
}

struct GatherArgs {
    const float* a;
    const float* b;
    float* out;
    int length, rowsPerProbe;
};

extern "C" __global__ void __launch_bounds__(256) gather_one_4(const GatherArgs args) { Gather<1, 4>(args.a, args.b, args.out, args.length, args.rowsPerProbe); }
extern "C" __global__ void __launch_bounds__(256) gather_one_8(const GatherArgs args) { Gather<1, 8>(args.a, args.b, args.out, args.length, args.rowsPerProbe); }
extern "C" __global__ void __launch_bounds__(256) gather_two_2(const GatherArgs args) { Gather<2, 2>(args.a, args.b, args.out, args.length, args.rowsPerProbe); }
extern "C" __global__ void __launch_bounds__(256) gather_two_4(const GatherArgs args) { Gather<2, 4>(args.a, args.b, args.out, args.length, args.rowsPerProbe); }
