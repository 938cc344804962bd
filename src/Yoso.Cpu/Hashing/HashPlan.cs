// SPDX-License-Identifier: MIT
using System.Numerics;

namespace Yoso.Cpu.Hashing;

/// <summary>Which coordinate of which rotation is which bit of which hash.</summary>
internal sealed class HashPlan
{
    /// <summary>Rounds of (sign flip, Hadamard transform) in one rotation.</summary>
    internal const int Rounds = 3;

    /// <summary>Narrower heads are zero-padded to this, as the authors do: fewer coordinates mix too little.</summary>
    internal const int MinWidth = 32;

    internal HashPlan(int headDim, LshOptions options)
    {
        Width = PaddedWidth(headDim);
        HashCount = options.HashCount;
        Rotations = CountRotations(Width, options);
        Hash = new int[Rotations * Width];
        Bit = new int[Rotations * Width];
        Array.Fill(Hash, HashCount); // unused coordinates set no bit of a hash that nobody reads
        for (var rotation = 0; rotation < Rotations; rotation++)
        {
            for (var coordinate = 0; coordinate < Width; coordinate++)
            {
                Assign(rotation, coordinate, options);
            }
        }

        (Parts, PartEnds) = CutParts();
    }

    /// <summary>Values a rotation, a power of two.</summary>
    internal int Width { get; }

    internal int HashCount { get; }

    internal int Rotations { get; }

    /// <summary>[Rotations, Width] hash of each coordinate; HashCount where unused.</summary>
    internal int[] Hash { get; }

    /// <summary>[Rotations, Width] the coordinate's bit in the code, as a mask; 0 where unused.</summary>
    internal int[] Bit { get; }

    /// <summary>Which pieces of the signs make a code, hash after hash.</summary>
    internal CodePart[] Parts { get; }

    /// <summary>[HashCount] how many parts the hashes up to this one have.</summary>
    internal int[] PartEnds { get; }

    internal static int PaddedWidth(int headDim) => Math.Max(MinWidth, (int)BitOperations.RoundUpToPowerOf2((uint)headDim));

    internal static int CountRotations(int width, LshOptions options) => options.Sampler switch
    {
        HashSampler.Shared => CeilingDivide(options.HashCount, width / options.CodeLength),
        _ => Math.Max(options.CodeLength, CeilingDivide(options.HashCount * options.CodeLength, width)),
    };

    private static int CeilingDivide(int a, int b) => (a + b - 1) / b;

    private void Assign(int rotation, int coordinate, LshOptions options)
    {
        var tau = options.CodeLength;
        var codesPerRotation = Width / tau;

        // Spread deals the bits of all codes out to the rotations in turn: tau consecutive ones never meet in a rotation.
        var (hash, bit) = options.Sampler == HashSampler.Shared
            ? (coordinate < codesPerRotation * tau ? (rotation * codesPerRotation) + (coordinate / tau) : HashCount, coordinate % tau)
            : (((coordinate * Rotations) + rotation) / tau, ((coordinate * Rotations) + rotation) % tau);
        if (hash < HashCount)
        {
            Hash[(rotation * Width) + coordinate] = hash;
            Bit[(rotation * Width) + coordinate] = 1 << bit;
        }
    }

    /// <summary>Neighbouring coordinates that are neighbouring bits of one code are moved together.</summary>
    private (CodePart[] Parts, int[] Ends) CutParts()
    {
        var parts = new List<CodePart>[HashCount];
        for (var coordinate = 0; coordinate < Hash.Length; coordinate++)
        {
            var hash = Hash[coordinate];
            if (hash == HashCount)
            {
                continue;
            }

            var (word, right, left) = (coordinate / 32, coordinate % 32, BitOperations.Log2((uint)Bit[coordinate]));
            var list = parts[hash] ??= [];
            if (list.Count > 0 && list[^1].IsFollowedBy(word, right, left))
            {
                list[^1] = list[^1] with { Mask = (list[^1].Mask << 1) | 1 };
            }
            else
            {
                list.Add(new CodePart(word, right, left, 1));
            }
        }

        var count = 0;
        return ([.. parts.SelectMany(p => p)], [.. parts.Select(p => count += p.Count)]);
    }
}

/// <summary>Some bits of a code: those of a word of signs (32 coordinates, counted through all rotations) moved right, masked, moved left.</summary>
internal readonly record struct CodePart(int Word, int Right, int Left, uint Mask)
{
    internal bool IsFollowedBy(int word, int right, int left)
    {
        var length = BitOperations.PopCount(Mask);
        return word == Word && right == Right + length && left == Left + length;
    }
}
