// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Yoso.Cpu.Simd;

/// <summary>
/// Asks for memory that is read or written soon. Stores retire in order, so a row of gradients that is not in the cache would hold up all
/// that follow it. Nothing happens where the machine has no such instruction that .NET knows (Arm64).
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Rows ahead that are asked for: the next ones of a head lie apart where a token has several, and the processor does not foresee them.</summary>
    internal const int RowsAhead = 8;

    private const int FloatsPerLine = 16;

    /// <summary>The cache lines of <paramref name="count"/> floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Row(float* row, int count)
    {
        for (var c = 0; Sse.IsSupported && c < count; c += FloatsPerLine)
        {
            Sse.Prefetch0(row + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Line(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
