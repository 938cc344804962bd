// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests;

/// <summary>The register widths that this machine can run.</summary>
internal static class Paths
{
    internal static readonly SimdPath[] Supported = [.. Enum.GetValues<SimdPath>().Where(CpuKernels.Supports)];
}
