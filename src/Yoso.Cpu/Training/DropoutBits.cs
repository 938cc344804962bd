// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Yoso.Cpu;

/// <summary>
/// Dropout masks, one bit an element. Row t is a pure function of (seed, t), so a mask can be made again in the backward pass
/// and does not depend on threads or machine.
/// </summary>
public static unsafe class DropoutBits
{
    private const int Resolution = 1 << 16; // 16 random bits a decision

    /// <summary>Words a row of <paramref name="width"/> elements takes.</summary>
    public static int Words(int width) => (width + 31) / 32;

    /// <summary>What kept elements are multiplied by: the probability is rounded to a multiple of 2^-16.</summary>
    public static float Scale(double probability) => Resolution / (float)(Resolution - Threshold(probability));

    /// <summary>Fills the bits of <paramref name="rows"/> rows, kept with probability 1 - <paramref name="probability"/>.</summary>
    /// <param name="bits">rows * <see cref="Words"/> words. Bits past the width are random too.</param>
    public static void Fill(ulong seed, double probability, int rows, int width, uint* bits, int threads)
    {
        var words = Words(width);
        var chunks = TokenChunks.Of(rows);
        var target = (nint)bits;
        WorkItems.Run(chunks.Order, threads, (chunk, _) =>
        {
            for (var row = chunks.First(chunk); row < chunks.Last(chunk); row++)
            {
                FillRow(seed, row, probability, (uint*)target + ((long)row * words), words);
            }
        });
    }

    /// <summary>One row, from a xorshift generator (Marsaglia 2003) in each of 16 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FillRow(ulong seed, long row, double probability, uint* bits, int words)
    {
        var threshold = Vector512.Create((ushort)Math.Min(Threshold(probability), ushort.MaxValue));
        var start = stackalloc ulong[8];
        var z = Mix(seed ^ Mix((ulong)row + 0x9e3779b97f4a7c15UL));
        for (var i = 0; i < 8; i++)
        {
            z += 0x9e3779b97f4a7c15UL;
            start[i] = Mix(z) | 0x0000000100000001UL; // a lane must not start at zero
        }

        var state = Vector512.Load(start).AsUInt32();
        for (var word = 0; word < words; word++)
        {
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            bits[word] = (uint)Vector512.GreaterThanOrEqual(state.AsUInt16(), threshold).ExtractMostSignificantBits();
        }
    }

    private static int Threshold(double probability) => probability is >= 0 and < 1
        ? (int)Math.Round(probability * Resolution)
        : throw new ArgumentException($"A dropout probability must be from 0 to below 1; got {probability}.");

    /// <summary>SplitMix64's output function (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }
}
