// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;
using Yoso.Models.WeightFiles;

namespace Yoso.Experiments.Commands;

/// <summary>What the commands for weights understand beside their own options.</summary>
internal static class WeightOptions
{
    public const string Auto = "auto";

    /// <summary>Null for "auto".</summary>
    /// <exception cref="UsageException">No such layout.</exception>
    public static WeightLayout? Layout(string word) => word == Auto
        ? null
        : WeightLayouts.Find(word) ?? throw new UsageException(Spelling.Problem("layout", word, [Auto, .. WeightLayouts.Names])!);

    /// <summary>The attention of a run, from the config.json beside its weights; null where there is none.</summary>
    /// <param name="weights">Path of the weights.</param>
    public static RunAttention? AttentionOfRun(string weights)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        // A kept checkpoint lies one folder deeper than the last weights.
        var path = Path.Combine(Path.GetFileName(folder) == "checkpoint" ? Path.GetDirectoryName(folder)! : folder, "config.json");
        if (!File.Exists(path)) return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            return json.RootElement.ValueKind == JsonValueKind.Object ? Find(json.RootElement) : null;
        }
        catch (JsonException)
        {
            // Some other program's file; the options of the command line hold.
            return null;
        }
    }

    /// <summary>The first object that has an attention with a type, wherever the suite keeps its network.</summary>
    private static RunAttention? Find(JsonElement element)
    {
        if (element.TryGetProperty("attention", out var attention) && attention.ValueKind == JsonValueKind.Object && attention.TryGetProperty("type", out var type))
        {
            return new RunAttention(type.GetString() ?? "", Number(attention, "hashCount"), Number(attention, "hashCodeLength"), Number(element, "headCount"));
        }
        return element.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object).Select(p => Find(p.Value)).FirstOrDefault(a => a is not null);
    }

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}

/// <summary>The attention that a run was trained with.</summary>
internal sealed record RunAttention(string Type, int? HashCount, int? HashCodeLength, int? HeadCount);
