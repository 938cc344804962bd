// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Whether a packed batch fits the tables of a model.</summary>
internal static class PackedTokenCheck
{
    /// <exception cref="ArgumentException">Names the shapes, the id or the position that does not fit.</exception>
    public static void Check(PackedTokens tokens, int positionCount, int vocabularySize)
    {
        if (tokens.TokenIds.shape is not [var ids] || tokens.PositionIds.shape is not [var positions] || ids != tokens.Offsets.Total || positions != ids)
        {
            throw new ArgumentException(
                $"token ids [{string.Join(", ", tokens.TokenIds.shape)}] and position ids [{string.Join(", ", tokens.PositionIds.shape)}] " +
                $"must be [{tokens.Offsets.Total}], the total of the offsets", nameof(tokens));
        }

        if (tokens.PaddedLength < 1 || tokens.PaddedLength > positionCount)
        {
            throw new ArgumentException($"padded length {tokens.PaddedLength} does not fit the {positionCount} positions of the model", nameof(tokens));
        }

        // On another device the answer would cost a synchronisation; there the tables' own bounds check stops a wrong id.
        if (tokens.Offsets.Total > 0 && tokens.TokenIds.device_type == DeviceType.CPU)
        {
            CheckRange("token id", tokens.TokenIds, vocabularySize);
            CheckRange("position", tokens.PositionIds, tokens.PaddedLength);
        }
    }

    private static void CheckRange(string what, Tensor values, int end)
    {
        using var scope = NewDisposeScope();
        foreach (var extreme in (long[])[values.min().item<long>(), values.max().item<long>()])
        {
            if (extreme < 0 || extreme >= end)
            {
                throw new ArgumentException($"{what} {extreme} is not in 0 .. {end - 1}", nameof(values));
            }
        }
    }
}
