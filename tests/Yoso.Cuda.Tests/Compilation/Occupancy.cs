// SPDX-License-Identifier: MIT
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

/// <summary>How many blocks of a kernel a multiprocessor holds, by NVIDIA's table of compute capabilities (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability").</summary>
/// <param name="Capability">Compute capability times ten.</param>
/// <param name="Threads">Threads a multiprocessor.</param>
/// <param name="Blocks">Blocks a multiprocessor.</param>
/// <param name="SharedKiB">Shared memory a multiprocessor.</param>
internal sealed record Occupancy(int Capability, int Threads, int Blocks, int SharedKiB)
{
    private const int Registers = 65_536, RegistersAtATime = 256, WarpsAtATime = 4, ReservedShared = 1024, SharedAtATime = 128;

    public static Occupancy[] All { get; } = [new(80, 2048, 32, 164), new(86, 1536, 16, 100), new(89, 1536, 24, 100), new(90, 2048, 32, 228)];

    public int BlocksOf(KernelResources kernel, int threads, int dynamicShared)
    {
        var warps = threads / 32;
        var ofWarp = RoundUp(kernel.Registers * 32, RegistersAtATime);
        var byRegisters = Registers / ofWarp / WarpsAtATime * WarpsAtATime / warps;
        var shared = RoundUp(kernel.SharedBytes + dynamicShared, SharedAtATime) + ReservedShared;
        return new[] { byRegisters, SharedKiB * 1024 / shared, Threads / threads, Blocks }.Min();
    }

    private static int RoundUp(int value, int step) => (value + step - 1) / step * step;
}
