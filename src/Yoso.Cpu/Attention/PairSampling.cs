// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

/// <summary>Which of the colliding tokens <see cref="GradientMode.Sampled"/> keeps for one probe token; a pure function of a seed.</summary>
internal static class PairSampling
{
    /// <summary>At most one candidate for each index modulo this, as the authors do.</summary>
    internal const int Slots = 1024;

    /// <summary>What separates the draws of key gradients from those of query gradients.</summary>
    internal const uint KeySide = 0x5bd1e995;

    /// <summary>
    /// Candidates looked at in one bucket. A larger bucket is entered at a random place and followed this far, which
    /// bounds the work on skewed inputs; the authors look at all.
    /// </summary>
    internal static int MaxPerBucket(int hashCount) => Math.Max(32, 4096 / hashCount);

    /// <summary>Of two candidates for a slot the one with the higher value is kept, whatever the order of arrival.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Priority(uint seed, int probe, int candidate) =>
        Mix(seed ^ Mix(((uint)probe * 0x9e3779b9u) + (uint)candidate));

    /// <summary>Where the probe enters a bucket of <paramref name="count"/> tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Entrance(uint seed, int probe, int hash, int count) =>
        (int)(((ulong)Mix(seed + Mix(((uint)probe * 0x85ebca6bu) + (uint)hash)) * (uint)count) >> 32);

    /// <summary>The 32-bit finaliser of MurmurHash3 (public domain): full avalanche.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85ebca6bu;
        x = (x ^ (x >> 13)) * 0xc2b2ae35u;
        return x ^ (x >> 16);
    }
}
