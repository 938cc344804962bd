// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.Pretraining.Throughput;

/// <summary>Documents of drawn tokens, frequent ones first as in a vocabulary (Zipf): they take as long as text and need no corpus.</summary>
internal sealed class SyntheticDocuments(int documents, int segments, int segmentTokens, int vocabulary, Seed seed) : ITokenSource
{
    /// <summary>Ids below are markers.</summary>
    private const int FirstToken = 5;

    public int Count => documents;

    public int SegmentCount(int item) => segments;

    public ReadOnlySpan<ushort> Segment(int item, int segment)
    {
        var random = new RandomStream(seed.Derive(item).Derive(segment));
        var tokens = new ushort[segmentTokens];
        for (var i = 0; i < tokens.Length; i++)
        {
            // Zipf with exponent 1: the logarithm of the rank is uniform.
            tokens[i] = (ushort)Math.Min(vocabulary - 1, FirstToken + (int)Math.Exp(random.Uniform() * Math.Log(vocabulary - FirstToken)) - 1);
        }

        return tokens;
    }
}
