// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>What a file of weights has and lacks.</summary>
/// <param name="Missing">Parameters that the model needs and the file does not have.</param>
/// <param name="Unexpected">Tensors of the file that the model has no place for; they are left out.</param>
/// <param name="Mismatched">Tensors of another shape: name, shape found, shape needed.</param>
/// <param name="Ignored">Buffers and values that are no weights.</param>
/// <param name="AbsentHeads">Heads that the file does not have at all; a model with one starts it from its seed.</param>
public sealed record WeightReport(
    IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Mismatched, IReadOnlyList<string> Ignored, IReadOnlyList<string> AbsentHeads)
{
    private const int Shown = 4;

    /// <summary>Nothing missing, nothing of another shape.</summary>
    public bool IsComplete => Missing.Count == 0 && Mismatched.Count == 0;

    /// <summary>One line a kind, with the first names; no line for a kind without any.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var (what, names) in new[] { ("missing", Missing), ("of another shape", Mismatched), ("unexpected, left out", Unexpected), ("no weights, left out", Ignored), ("heads the file does not have", AbsentHeads) })
        {
            if (names.Count > 0) yield return $"{what}: {names.Count} ({First(names)})";
        }
    }

    /// <exception cref="WeightFileException">Not <see cref="IsComplete"/>.</exception>
    public void ThrowIfIncomplete(string path)
    {
        if (!IsComplete) throw new WeightFileException($"{path} does not fit: {string.Join("; ", Lines().Take((Missing.Count > 0 ? 1 : 0) + (Mismatched.Count > 0 ? 1 : 0)))}");
    }

    private static string First(IReadOnlyList<string> names) => string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", ..." : "");
}
