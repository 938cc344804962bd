// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>Where the bits of one hash code come from; the numbers are the kernels'.</summary>
public enum HashSampler
{
    /// <summary>Consecutive coordinates of one rotation, as the authors do.</summary>
    Shared = 0,

    /// <summary>Every bit from a different rotation: collisions have the probability of the closed form.</summary>
    Spread = 1,
}

/// <summary>Which surrogate stands for the derivative of the sampled weight; see Yoso.Cpu's enumeration of the same name.</summary>
public enum GradientMode
{
    /// <summary>Each colliding pair, in each hash, weighs tau / 2 (times 1 / m).</summary>
    LowerBound,

    /// <summary>Each distinct colliding pair weighs the derivative of the collision probability, one pair for each index modulo 1024.</summary>
    Sampled,
}

/// <summary>The sampling of one attention call.</summary>
/// <param name="HashCount">Hash functions (paper: m), from 1.</param>
/// <param name="CodeLength">Hyperplanes a hash (paper: tau), 1 to 16; buckets = 2^tau.</param>
/// <param name="Sampler">Where the bits of a code come from.</param>
public sealed record LshParameters(int HashCount, int CodeLength, HashSampler Sampler = HashSampler.Shared)
{
    /// <summary>Sign flips and Hadamard transforms of one rotation.</summary>
    internal const int Rounds = 3;

    internal int Rotations(int width) => Sampler == HashSampler.Shared
        ? CeilingDivide(HashCount, width / CodeLength)
        : Math.Max(CodeLength, CeilingDivide((long)HashCount * CodeLength, width));

    internal void Check()
    {
        if (HashCount is < 1 or > 65_536 || CodeLength is < 1 or > 16 || !Enum.IsDefined(Sampler))
        {
            throw new ArgumentException($"hash count must be 1 to 65,536 and code length 1 to 16; got {this}");
        }
    }

    private static int CeilingDivide(long a, long b) => (int)((a + b - 1) / b);
}
