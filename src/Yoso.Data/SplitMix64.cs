// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>Steele, Lea and Flood's generator (OOPSLA 2014): a counter and a mixing function, the same on every machine.</summary>
internal struct SplitMix64(ulong state)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private ulong state = state;

    /// <summary>An independent stream for one numbered item of a seeded whole.</summary>
    internal static SplitMix64 Stream(ulong seed, ulong item) => new(Mix(Mix(seed + Gamma) + (item * 0xD1342543DE82EF95)));

    internal ulong Next() => Mix(state += Gamma);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
