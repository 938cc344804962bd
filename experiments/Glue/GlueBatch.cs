// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Glue;

/// <summary>Encoded examples as packed tensors.</summary>
/// <param name="TypeIds">[T]; null in RoBERTa.</param>
/// <param name="Targets">[B] float32.</param>
internal sealed record GlueBatch(PackedTokens Tokens, Tensor? TypeIds, Tensor Targets)
{
    public static GlueBatch Pack(IReadOnlyList<EncodedExample> examples, LanguageModelOptions network, Device device)
    {
        var offsets = new int[examples.Count + 1];
        for (var i = 0; i < examples.Count; i++)
        {
            offsets[i + 1] = offsets[i] + examples[i].Tokens.Length;
        }

        var (ids, positions, types) = (new long[offsets[^1]], new long[offsets[^1]], new long[offsets[^1]]);
        for (var i = 0; i < examples.Count; i++)
        {
            for (var t = 0; t < examples[i].Tokens.Length; t++)
            {
                (ids[offsets[i] + t], positions[offsets[i] + t], types[offsets[i] + t]) = (examples[i].Tokens[t], t, t < examples[i].FirstLength ? 0 : 1);
            }
        }

        var tokens = new PackedTokens(tensor(ids, device: device), tensor(positions, device: device), new SequenceOffsets(offsets), network.MaxLength);
        var typeIds = network.Style == LanguageModelStyle.Bert ? tensor(types, device: device) : null;
        return new GlueBatch(tokens, typeIds, tensor(examples.Select(e => e.Target).ToArray(), device: device));
    }
}
