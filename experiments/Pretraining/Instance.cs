// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Pretraining;

/// <summary>An example before masking: special tokens included.</summary>
/// <param name="FirstLength">Tokens of type 0; all in RoBERTa.</param>
/// <param name="SentenceLabel">1: the halves are swapped; -1 where there is no sentence task.</param>
internal sealed record Instance(ushort[] Tokens, int FirstLength, int SentenceLabel);

/// <summary>A masked example.</summary>
/// <param name="Positions">Of the predicted tokens, increasing.</param>
/// <param name="Labels">The tokens that stood there.</param>
internal sealed record MaskedInstance(ushort[] Tokens, int FirstLength, int SentenceLabel, int[] Positions, ushort[] Labels);
