// SPDX-License-Identifier: MIT
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Yoso.Cpu;

/// <summary>Which register width the kernels use.</summary>
public enum SimdPath
{
    /// <summary>Portable 128-bit vectors (Arm64 and others).</summary>
    Vector128,

    /// <summary>AVX2 with fused multiply-add.</summary>
    Vector256,

    /// <summary>AVX-512.</summary>
    Vector512,
}

/// <summary>
/// The choice made once at start. In the environment DOTNET_EnableAVX512=0 or DOTNET_EnableAVX2=0 narrow it; .NET 10 no longer
/// knows the older name DOTNET_EnableAVX512F, so that one is read here.
/// </summary>
public static class CpuKernels
{
    /// <summary>The path that every kernel of this process takes.</summary>
    public static SimdPath Path { get; } = Choose();

    /// <summary>Whether this machine can run <paramref name="path"/>.</summary>
    public static bool Supports(SimdPath path) => path <= Path;

    private static SimdPath Choose() =>
        Avx512F.IsSupported && Vector512.IsHardwareAccelerated && Environment.GetEnvironmentVariable("DOTNET_EnableAVX512F") != "0"
        ? SimdPath.Vector512
        : Avx2.IsSupported && Fma.IsSupported ? SimdPath.Vector256
        : SimdPath.Vector128;
}
