// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>Examples in arrays, ready to become tensors: made ahead on another thread, where tensors would escape their scopes.</summary>
internal sealed record LraBatch(PackedSequences First, PackedSequences? Second, long[] Labels)
{
    public int Count => Labels.Length;

    public int TokenCount => First.Ids.Length + (Second?.Ids.Length ?? 0);

    /// <param name="maskZero">Whether id 0 is left out; the other tokens keep their positions.</param>
    public static LraBatch Of(SequenceDataset data, ReadOnlySpan<int> examples, bool maskZero)
    {
        var labels = new long[examples.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = data.Label(examples[i]);
        }

        return new LraBatch(PackedSequences.Of(data, examples, 0, maskZero), data.SequencesPerExample == 2 ? PackedSequences.Of(data, examples, 1, maskZero) : null, labels);
    }

    public Tensor LabelTensor(Device device) => tensor(Labels, device: device);
}

/// <summary>The tokens that count of some sequences, one after another.</summary>
internal sealed record PackedSequences(long[] Ids, long[] Positions, SequenceOffsets Offsets, int PaddedLength)
{
    public static PackedSequences Of(SequenceDataset data, ReadOnlySpan<int> examples, int which, bool maskZero)
    {
        var offsets = new int[examples.Length + 1];
        for (var i = 0; i < examples.Length; i++)
        {
            var sequence = data.Sequence(examples[i], which);
            offsets[i + 1] = offsets[i] + sequence.Length - (maskZero ? sequence.Count((ushort)0) : 0);
        }

        var (ids, positions) = (new long[offsets[^1]], new long[offsets[^1]]);
        var next = 0;
        foreach (var example in examples)
        {
            var sequence = data.Sequence(example, which);
            for (var position = 0; position < sequence.Length; position++)
            {
                if (sequence[position] != 0 || !maskZero)
                {
                    (ids[next], positions[next]) = (sequence[position], position);
                    next++;
                }
            }
        }

        return new PackedSequences(ids, positions, new SequenceOffsets(offsets), data.PaddedLength);
    }

    public PackedTokens Tokens(Device device) => new(tensor(Ids, device: device), tensor(Positions, device: device), Offsets, PaddedLength);
}
