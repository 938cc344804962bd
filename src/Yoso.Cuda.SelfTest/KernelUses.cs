// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.SelfTest;

/// <summary>What every kernel takes of a multiprocessor, as the driver sees it.</summary>
internal static class KernelUses
{
    private static readonly (string Source, string[] Kernels)[] All =
    [
        ("HadamardHash", ["yoso_hadamard_hash"]),
        ("BucketSort", ["yoso_bucket_sort"]),
        ("LshCumulation", ["yoso_lsh_cumulation", "yoso_lsh_cumulation_crowded"]),
        ("LshCumulationGradient", ["yoso_lsh_cumulation_gradient", "yoso_lsh_cumulation_gradient_crowded"]),
        ("WeightedLshCumulation", ["yoso_weighted_query", "yoso_weighted_key", "yoso_weighted_query_crowded", "yoso_weighted_key_crowded"]),
        ("WeightedLshCumulationSampled", ["yoso_weighted_query_sampled", "yoso_weighted_key_sampled"]),
    ];

    public static KernelUse[] Of(DeviceKernels kernels) =>
    [
        .. from source in All
           from kernel in source.Kernels
           from width in Compilation.KernelBuild.Widths
           let use = kernels.Resources(new KernelName(new Compilation.KernelUnit(source.Source, width), kernel))
           select new KernelUse(kernel, width, use.Registers, use.SharedBytes, use.LocalBytes),
    ];
}
