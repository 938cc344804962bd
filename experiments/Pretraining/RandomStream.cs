// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.Pretraining;

/// <summary>Numbers that follow from a seed: the same on every platform, and no state beside the count.</summary>
internal sealed class RandomStream(Seed seed)
{
    private long _next;

    /// <summary>0 .. <paramref name="count"/> - 1, uniform up to 2^-32.</summary>
    public int Below(int count) => (int)Math.BigMul(seed.Derive(_next++).Value, (ulong)count, out _);

    /// <summary><paramref name="first"/> .. <paramref name="last"/>, both included.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    /// <summary>[0, 1), 53 bits.</summary>
    public double Uniform() => (seed.Derive(_next++).Value >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Uniform() < probability;
}
