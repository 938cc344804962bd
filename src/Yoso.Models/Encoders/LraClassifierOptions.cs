// SPDX-License-Identifier: MIT
using System.Numerics;
using Yoso.Models.Attention;

namespace Yoso.Models.Encoders;

/// <summary>What the sum over a sequence's tokens is divided by to pool it.</summary>
public enum MeanDivisor
{
    /// <summary>The padded length: masked and padded positions count as zeros, as upstream.</summary>
    PaddedLength,

    /// <summary>The tokens that there are.</summary>
    TokenCount,
}

/// <summary>A Long Range Arena model; the defaults are upstream's for every task.</summary>
public sealed record LraClassifierOptions
{
    /// <summary>Rows of the token table; token ids are below it.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Positions of a padded sequence (2048 on ListOps).</summary>
    public required int PaddedLength { get; init; }

    /// <summary>Divisor of the pooled mean.</summary>
    public MeanDivisor MeanDivisor { get; init; }

    public required int ClassCount { get; init; }

    public required AttentionOptions Attention { get; init; }

    public int Dim { get; init; } = 64;

    /// <summary>Width of the MLP in a block and of the classification head.</summary>
    public int HiddenDim { get; init; } = 128;

    public int HeadCount { get; init; } = 2;

    public int HeadDim { get; init; } = 32;

    public int LayerCount { get; init; } = 2;

    public double DropoutProbability { get; init; } = 0.1;

    /// <summary>One block applied LayerCount times instead of LayerCount blocks.</summary>
    public bool SharedWeights { get; init; }

    /// <summary>Rows of the position table: the next power of two, as upstream.</summary>
    public int PositionCount => (int)BitOperations.RoundUpToPowerOf2((uint)PaddedLength);

    /// <summary>One message for each value out of range; empty when the model can be built.</summary>
    public IEnumerable<string> Problems()
    {
        (string Name, int Value)[] positive =
        [
            (nameof(VocabularySize), VocabularySize), (nameof(PaddedLength), PaddedLength), (nameof(ClassCount), ClassCount), (nameof(Dim), Dim),
            (nameof(HiddenDim), HiddenDim), (nameof(HeadCount), HeadCount), (nameof(HeadDim), HeadDim), (nameof(LayerCount), LayerCount),
        ];
        foreach (var (name, value) in positive.Where(p => p.Value < 1))
        {
            yield return $"{name} is {value}; it must be at least 1";
        }

        if (DropoutProbability is not (>= 0 and < 1))
        {
            yield return FormattableString.Invariant($"DropoutProbability is {DropoutProbability}; it must be at least 0 and below 1");
        }

        foreach (var problem in Attention.Problems())
        {
            yield return problem;
        }
    }
}
