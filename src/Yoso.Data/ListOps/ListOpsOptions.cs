// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>Rules of a ListOps data set; the defaults are those of Long Range Arena.</summary>
public sealed record ListOpsOptions
{
    /// <summary>Trees are longer than this (strictly); a digit counts 1, an operator 2 (opening and closing token).</summary>
    public int MinLength { get; init; } = 500;

    /// <summary>Trees are shorter than this (strictly).</summary>
    public int MaxLength { get; init; } = 2000;

    /// <summary>Nodes at this depth are digits (the root has depth 1).</summary>
    public int MaxDepth { get; init; } = 10;

    /// <summary>Arguments of an operator: uniform on 2 .. MaxArguments.</summary>
    public int MaxArguments { get; init; } = 10;

    /// <summary>Probability that a node above the maximum depth is an operator.</summary>
    public double OperatorProbability { get; init; } = 0.25;

    public int TrainCount { get; init; } = 96_000;

    public int DevCount { get; init; } = 2_000;

    public int TestCount { get; init; } = 2_000;

    /// <summary>Decides every tree; the number of threads does not.</summary>
    public ulong Seed { get; init; } = 1;

    public int PaddedLength { get; init; } = 2048;

    /// <summary>Problems in words; empty where trees can be generated.</summary>
    public IEnumerable<string> Problems()
    {
        if (MinLength < 0) yield return $"MinLength is {MinLength}, must be 0 or more";
        if (MaxLength is < 3 or > 65_536) yield return $"MaxLength is {MaxLength}, allowed: 3 to 65536";
        if (MaxLength - MinLength < 2) yield return $"no length lies strictly between MinLength {MinLength} and MaxLength {MaxLength}";
        if (MaxDepth is < 2 or > 64) yield return $"MaxDepth is {MaxDepth}, allowed: 2 to 64";
        if (MaxArguments is < 2 or > 1000) yield return $"MaxArguments is {MaxArguments}, allowed: 2 to 1000";
        if (!(OperatorProbability is > 0 and < 1)) yield return $"OperatorProbability is {OperatorProbability}, must lie between 0 and 1";
        if (TrainCount < 1) yield return $"TrainCount is {TrainCount}, must be 1 or more";
        if (DevCount < 1) yield return $"DevCount is {DevCount}, must be 1 or more";
        if (TestCount < 1) yield return $"TestCount is {TestCount}, must be 1 or more";
        if ((long)TrainCount + DevCount + TestCount > 10_000_000) yield return "more than 10,000,000 trees asked for";
        if (PaddedLength < MaxLength - 1) yield return $"PaddedLength is {PaddedLength}, a tree may have {MaxLength - 1} tokens";
    }

    internal SequenceShape Shape => new(1, PaddedLength, ListOpsTokens.VocabularySize, ListOpsTokens.ClassCount);
}
