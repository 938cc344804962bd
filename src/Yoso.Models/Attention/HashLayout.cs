// SPDX-License-Identifier: MIT
using System.Numerics;

namespace Yoso.Models.Attention;

/// <summary>From which bits of which rotations the codes of a hash are taken.</summary>
public enum HashSampler
{
    /// <summary>Upstream's: a code is τ consecutive bits of one rotation. Its rows are orthogonal, so keys collide less often than the closed form says.</summary>
    Shared,

    /// <summary>Each bit of a code comes from a different rotation: collisions have the probability of the closed form.</summary>
    Spread,
}

/// <summary>Sizes that follow from the number and length of hash codes.</summary>
/// <remarks>
/// A rotation gives <see cref="PaddedDim"/> bits. Hash h is made, with P = PaddedDim and bit j of weight 2^j, of
/// Shared: bits (h mod c) τ + j of rotation h div c, where c = P div τ codes a rotation;
/// Spread: bit h mod P of rotation (h div P) τ + j.
/// </remarks>
/// <param name="HashCount">m.</param>
/// <param name="HashCodeLength">τ, at most 16.</param>
public readonly record struct HashLayout(int HashCount, int HashCodeLength, HashSampler Sampler, int HeadDim)
{
    /// <summary>Bits of a rotation: the next power of two, at least 32 as upstream.</summary>
    public int PaddedDim => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(32, HeadDim));

    /// <summary>Codes of one rotation (Shared) or of one group of τ rotations (Spread).</summary>
    public int CodesPerGroup => Sampler == HashSampler.Shared ? PaddedDim / HashCodeLength : PaddedDim;

    public int Rotations
    {
        get
        {
            var groups = (HashCount + CodesPerGroup - 1) / CodesPerGroup;
            return Sampler == HashSampler.Shared ? groups : groups * HashCodeLength;
        }
    }
}
