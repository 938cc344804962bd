// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>Examples to packed tokens: masked ids (0) are left out, the others keep their position.</summary>
internal static class LraBatch
{
    public static (PackedTokens Tokens, Tensor Labels) Pack(SequenceDataset data, ReadOnlySpan<int> examples, Device device)
    {
        var total = 0;
        foreach (var example in examples)
        {
            total += data.Sequence(example).Length;
        }

        var ids = new long[total];
        var positions = new long[total];
        var offsets = new int[examples.Length + 1];
        var labels = new long[examples.Length];
        var next = 0;
        for (var i = 0; i < examples.Length; i++)
        {
            var sequence = data.Sequence(examples[i]);
            for (var position = 0; position < sequence.Length; position++)
            {
                if (sequence[position] != 0)
                {
                    (ids[next], positions[next]) = (sequence[position], position);
                    next++;
                }
            }

            offsets[i + 1] = next;
            labels[i] = data.Label(examples[i]);
        }

        var tokens = new PackedTokens(
            tensor(ids.AsSpan(0, next).ToArray(), device: device),
            tensor(positions.AsSpan(0, next).ToArray(), device: device),
            new SequenceOffsets(offsets),
            data.PaddedLength);
        return (tokens, tensor(labels, device: device));
    }
}
