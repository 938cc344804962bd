// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Pretraining;

/// <summary>Masked examples as packed tensors.</summary>
/// <param name="TypeIds">[T]; null in RoBERTa.</param>
/// <param name="PredictedRows">[M], packed rows of the predicted tokens.</param>
/// <param name="TokenLabels">[M].</param>
/// <param name="SentenceLabels">[B]; null in RoBERTa.</param>
internal sealed record PretrainingBatch(PackedTokens Tokens, Tensor? TypeIds, Tensor PredictedRows, Tensor TokenLabels, Tensor? SentenceLabels)
{
    public static PretrainingBatch Pack(ReadOnlySpan<MaskedInstance> instances, LanguageModelOptions network, Device device)
    {
        var offsets = new int[instances.Length + 1];
        var predicted = 0;
        for (var i = 0; i < instances.Length; i++)
        {
            offsets[i + 1] = offsets[i] + instances[i].Tokens.Length;
            predicted += instances[i].Positions.Length;
        }

        var (ids, positions, types) = (new long[offsets[^1]], new long[offsets[^1]], new long[offsets[^1]]);
        var (rows, labels, sentences) = (new long[predicted], new long[predicted], new long[instances.Length]);
        var next = 0;
        for (var i = 0; i < instances.Length; i++)
        {
            var instance = instances[i];
            for (var t = 0; t < instance.Tokens.Length; t++)
            {
                (ids[offsets[i] + t], positions[offsets[i] + t], types[offsets[i] + t]) = (instance.Tokens[t], t, t < instance.FirstLength ? 0 : 1);
            }

            for (var p = 0; p < instance.Positions.Length; p++)
            {
                (rows[next], labels[next]) = (offsets[i] + instance.Positions[p], instance.Labels[p]);
                next++;
            }

            sentences[i] = instance.SentenceLabel;
        }

        var bert = network.Style == LanguageModelStyle.Bert;
        var tokens = new PackedTokens(tensor(ids, device: device), tensor(positions, device: device), new SequenceOffsets(offsets), network.MaxLength);
        return new PretrainingBatch(
            tokens, bert ? tensor(types, device: device) : null, tensor(rows, device: device), tensor(labels, device: device), bert ? tensor(sentences, device: device) : null);
    }
}
