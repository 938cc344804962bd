// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;

namespace Yoso.Experiments.Pretraining;

/// <summary>Starts a model from another one's weights by name, as upstream's from_cp: what only one of the two has is left alone and listed.</summary>
internal static class StartingWeights
{
    private const string Positions = "model.embeddings.position_embeddings.weight";
    private static readonly string[] SentenceHeads = ["sen_class.", "sen_classifer."];

    /// <param name="path">A file of weights, with upstream's names or Hugging Face's.</param>
    /// <param name="withSentenceHead">False leaves the sentence head at random weights, as every fine-tuning does.</param>
    /// <exception cref="InvalidDataException">A weight of the same name has another shape.</exception>
    public static void Load(nn.Module model, string path, LanguageModelOptions network, bool withSentenceHead, ITrainingEvents events)
    {
        using var file = ImportedWeights.Open(path);
        using var ungraded = no_grad();
        var state = model.state_dict();
        var used = file.Shapes.Keys.Where(k => state.ContainsKey(k) && (withSentenceHead || !SentenceHeads.Any(h => k.StartsWith(h, StringComparison.Ordinal)))).ToHashSet();
        foreach (var name in used)
        {
            using var scope = NewDisposeScope();
            var (source, target) = (file.Read(name), state[name]);
            if (name == Positions && source.shape[0] < target.shape[0])
            {
                events.Publish(new Note($"positions repeated from {source.shape[0] - network.PositionOffset} to {network.MaxLength}"));
                source = PositionExtension.Extend(source, target.shape[0], network.PositionOffset);
            }

            if (!source.shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException($"{path}: '{name}' is [{string.Join(", ", source.shape)}], the model has [{string.Join(", ", target.shape)}]");
            }

            target.copy_(source);
        }

        Publish(events, "without starting weights", state.Keys.Where(k => !used.Contains(k) && k != LayoutTie));
        Publish(events, "not used", file.Shapes.Keys.Where(k => !used.Contains(k) && k != LayoutTie));
        events.Publish(new Note($"{used.Count(k => k != LayoutTie)} of {state.Keys.Count(k => k != LayoutTie)} weights start from {Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}"));
    }

    /// <summary>The token table's second name.</summary>
    private const string LayoutTie = "mlm.mlm_class.weight";

    private static void Publish(ITrainingEvents events, string what, IEnumerable<string> names)
    {
        if (names.Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } list)
        {
            events.Publish(new Note($"{what}: {string.Join(", ", list)}"));
        }
    }
}
