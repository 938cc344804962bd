// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>Where the bits of one hash code come from.</summary>
public enum HashSampler
{
    /// <summary>
    /// Consecutive coordinates of one rotation, as the authors do. Their hyperplanes are orthogonal, which lowers the
    /// collision probability below (1 - acos(x)/pi)^tau: to 0.59 of it at x = 0, head dimension 64, tau = 12.
    /// </summary>
    Shared,

    /// <summary>
    /// Every bit of a code from a different rotation, hence independent: the collision probability is the closed form.
    /// Needs at least tau rotations.
    /// </summary>
    Spread,
}

/// <summary>The sampling of one attention call.</summary>
/// <param name="HashCount">Hash functions (paper: m), from 1.</param>
/// <param name="CodeLength">Hyperplanes a hash (paper: tau), 1 to 16; buckets = 2^tau.</param>
/// <param name="Sampler">Where the bits of a code come from.</param>
public sealed record LshOptions(int HashCount, int CodeLength, HashSampler Sampler = HashSampler.Shared)
{
    internal const int MaxCodeLength = 16;

    internal int Buckets => 1 << CodeLength;

    internal void Check()
    {
        if (HashCount < 1 || CodeLength is < 1 or > MaxCodeLength || !Enum.IsDefined(Sampler))
        {
            throw new ArgumentException($"Hash count must be at least 1 and code length 1 to {MaxCodeLength}; got {this}.");
        }
    }
}
