// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

public sealed class OccupancyTests
{
    // Threads and dynamic shared memory of a launch at W = 64, n = 4096, m = 32, τ = 12: Kernels/CONTRACT.md.
    private const int HashShared = 4 * ((64 * 129) + (3 * 64) + (7 * 2 * 128)), SortShared = 128 + (4 << 12) + (4 * 4096);

    private static readonly (string Kernel, int Threads, int Shared)[] Launches =
    [
        ("yoso_hadamard_hash", 128, HashShared),
        ("yoso_bucket_sort", 256, SortShared),
        ("yoso_lsh_cumulation", 256, 0),
        ("yoso_lsh_cumulation_crowded", 256, 0),
        ("yoso_lsh_cumulation_gradient", 256, 0),
        ("yoso_lsh_cumulation_gradient_crowded", 256, 0),
        ("yoso_weighted_query", 256, 0),
        ("yoso_weighted_key", 256, 0),
        ("yoso_weighted_query_crowded", 256, 0),
        ("yoso_weighted_key_crowded", 256, 0),
        ("yoso_weighted_query_sampled", 128, 0),
        ("yoso_weighted_key_sampled", 128, 0),
    ];

    /// <summary>From NVIDIA's occupancy calculator: 64 registers x 256 threads fill the registers of an sm_90 with 4 blocks of 8 warps, and so on.</summary>
    [Theory]
    [InlineData(90, 64, 256, 0, 4)]
    [InlineData(90, 32, 256, 0, 8)]
    [InlineData(86, 32, 256, 0, 6)]
    [InlineData(90, 65, 256, 0, 3)]
    [InlineData(80, 16, 32, 0, 32)]
    [InlineData(86, 16, 32, 0, 16)]
    [InlineData(86, 16, 128, 50_000, 2)]
    [InlineData(90, 255, 256, 0, 1)]
    public void Blocks_AreLimitedByWhatRunsOutFirst(int capability, int registers, int threads, int shared, int blocks) =>
        Assert.Equal(blocks, Occupancy.All.Single(o => o.Capability == capability).BlocksOf(new KernelResources("k", registers, 0, 0, 0), threads, shared));

    [Fact]
    public void Table_InTheDocs_FollowsFromTheManifest()
    {
        var manifest = KernelManifest.Parse(File.ReadAllBytes(InRepository("src/Yoso.Cuda/Kernels/manifest.json")), "manifest.json");
        var docs = File.ReadAllLines(InRepository("docs/kernels/cuda.md"));

        var expected = Launches.Select(l => Row(manifest, l.Kernel, l.Threads, l.Shared)).ToArray();

        Assert.Equal(expected, docs.Where(line => line.StartsWith("| `yoso_", StringComparison.Ordinal)));
        Assert.Equal(manifest.Units.SelectMany(u => u.Kernels).Select(k => k.Name).Distinct().Order(StringComparer.Ordinal), Launches.Select(l => l.Kernel).Order(StringComparer.Ordinal));
    }

    private static string Row(KernelManifest manifest, string name, int threads, int dynamicShared)
    {
        var ofTargets = Occupancy.All.Select(o => (Limits: o, Kernel: manifest.Units.Single(u => u.Width == 64 && u.Target == $"sm_{o.Capability}" && u.Kernels.Any(k => k.Name == name)).Kernels.Single(k => k.Name == name))).ToArray();
        var cells = ofTargets.Select(t =>
        {
            var blocks = t.Limits.BlocksOf(t.Kernel, threads, dynamicShared);
            return $"{t.Kernel.Registers}: {blocks} ({100 * blocks * threads / t.Limits.Threads} %)";
        });
        return $"| `{name}` | {threads} | {ofTargets[0].Kernel.SharedBytes + dynamicShared} | {string.Join(" | ", cells)} |";
    }

    private static string InRepository(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", path));
}
