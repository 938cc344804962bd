// SPDX-License-Identifier: MIT
using System.Text;

namespace Yoso.Models;

/// <summary>
/// One 64-bit value from which every random choice of a run is derived by name or index, so that nothing depends on the
/// order of calls and a resumed run needs no generator state.
/// </summary>
public readonly record struct Seed(ulong Value)
{
    /// <summary>The sub-seed of a named purpose: "weights", "dropout", "hash", "order".</summary>
    public Seed Derive(string name)
    {
        // FNV-1a: stable over processes and platforms, unlike string.GetHashCode.
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 0x100000001b3UL;
        }

        return new Seed(Mix(Value ^ Mix(hash)));
    }

    /// <summary>The sub-seed of a numbered part: a step, a layer, a sequence, a head.</summary>
    public Seed Derive(long index) => new(Mix(Value + 0x9e3779b97f4a7c15UL * ((ulong)index + 1)));

    /// <summary>SplitMix64's output function (Steele, Lea and Flood, OOPSLA 2014): a bijection with full avalanche.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }
}
