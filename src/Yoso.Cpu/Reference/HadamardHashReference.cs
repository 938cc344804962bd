// SPDX-License-Identifier: MIT
using System.Numerics;
using Yoso.Cpu.Hashing;

namespace Yoso.Cpu.Reference;

/// <summary>The readable hash of one vector that decides what <see cref="HadamardHash"/> must give.</summary>
public static class HadamardHashReference
{
    /// <summary>The m codes of one vector.</summary>
    /// <typeparam name="TNumber">float gives the very bits of the kernel; double shows that rounding does not matter.</typeparam>
    /// <param name="vector">[D] query or key.</param>
    /// <param name="signs">The signs of the work item, laid out as in <see cref="HadamardHash.Hash(HeadTensor, ReadOnlySpan{uint}, HashCodes, int)"/>.</param>
    /// <param name="options">Hashes and bits.</param>
    public static ushort[] Hash<TNumber>(ReadOnlySpan<float> vector, ReadOnlySpan<uint> signs, LshOptions options)
        where TNumber : IBinaryFloatingPointIeee754<TNumber>
    {
        var plan = new HashPlan(vector.Length, options);
        var codes = new ushort[options.HashCount];
        var x = new TNumber[plan.Width];
        for (var rotation = 0; rotation < plan.Rotations; rotation++)
        {
            Array.Clear(x);
            for (var c = 0; c < vector.Length; c++)
            {
                x[c] = TNumber.CreateChecked(vector[c]);
            }

            for (var round = 0; round < HashPlan.Rounds; round++)
            {
                FlipSigns(x, signs, ((rotation * HashPlan.Rounds) + round) * plan.Width);
                Transform(x, backwards: round == 1);
            }

            for (var c = 0; c < plan.Width; c++)
            {
                if (x[c] > TNumber.Zero && plan.Hash[(rotation * plan.Width) + c] is var hash && hash < options.HashCount)
                {
                    codes[hash] |= (ushort)plan.Bit[(rotation * plan.Width) + c];
                }
            }
        }

        return codes;
    }

    private static void FlipSigns<TNumber>(Span<TNumber> x, ReadOnlySpan<uint> signs, int firstBit)
        where TNumber : IBinaryFloatingPointIeee754<TNumber>
    {
        for (var c = 0; c < x.Length; c++)
        {
            var bit = firstBit + c;
            x[c] = ((signs[bit / 32] >> (bit % 32)) & 1) != 0 ? -x[c] : x[c];
        }
    }

    /// <summary>x := H x, unscaled (only signs are used). Factors in the kernel's order, so that roundings are the same.</summary>
    private static void Transform<TNumber>(Span<TNumber> x, bool backwards)
        where TNumber : IBinaryFloatingPointIeee754<TNumber>
    {
        var factors = Factors(x.Length);
        if (backwards)
        {
            factors.Reverse();
        }

        foreach (var (size, stride) in factors)
        {
            for (var distance = stride; distance < size * stride; distance *= 2)
            {
                for (var c = 0; c < x.Length; c++)
                {
                    if ((c & distance) == 0)
                    {
                        (x[c], x[c + distance]) = (x[c] + x[c + distance], x[c] - x[c + distance]);
                    }
                }
            }
        }
    }

    private static List<(int Size, int Stride)> Factors(int width) => width switch
    {
        32 => [(4, 1), (8, 4)],
        64 => [(8, 1), (8, 8)],
        128 => [(4, 1), (4, 4), (8, 16)],
        _ => [(4, 1), (8, 4), (8, 32)],
    };
}
