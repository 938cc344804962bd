// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Data.Glue;

/// <summary>A question of WikiHop (Welbl et al., TACL 2018): which of the candidates answers the query, given the supporting texts.</summary>
/// <param name="Answer">Number of the right candidate; -1 in files without answers.</param>
public sealed record WikiHopItem(string Id, string Query, IReadOnlyList<string> Candidates, IReadOnlyList<string> Supports, int Answer);

/// <summary>A question with as many supporting texts as fit one sequence.</summary>
/// <param name="Item">Number of the item in the file; an item's windows are scored together, by the sum of their logits.</param>
/// <param name="CandidatePositions">Positions of the answer tokens, whose logits are compared; in the order of the candidates.</param>
/// <param name="Answer">Number of the right candidate.</param>
public sealed record WikiHopWindow(int Item, int[] TokenIds, int[] CandidatePositions, int Answer);

/// <summary>Token ids of the marks in a window.</summary>
public sealed record WikiHopTokens(int QuestionStart, int QuestionEnd, int AnswerStart, int AnswerEnd, int Separator);

/// <summary>Reads qangaroo's wikihop files and cuts them into windows as upstream does.</summary>
public static class WikiHopData
{
    public const string Licence = "CC-BY-SA-3.0 (QAngaroo, https://qangaroo.cs.ucl.ac.uk)";

    /// <summary>Published as a Google Drive file, which no plain address serves: it is to be downloaded by hand.</summary>
    public const string Address = "https://qangaroo.cs.ucl.ac.uk";

    /// <param name="path">train.json or dev.json: an array of items.</param>
    /// <exception cref="DataFormatException">Missing, cut off, or not such a file; the message names the item.</exception>
    public static IReadOnlyList<WikiHopItem> Load(string path)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; download WikiHop from {Address} by hand and unpack it there");
        var items = new List<WikiHopItem>();
        try
        {
            using var stream = File.OpenRead(path);
            // One item at a time: the train file has 700 MB as objects.
            foreach (var item in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable())
            {
                items.Add(Item(item));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DataFormatException($"{path}: item {items.Count + 1} is damaged or the file is not WikiHop's ({FirstLine(e.Message)}); download it again", e);
        }
        return items.Count > 0 ? items : throw new DataFormatException($"{path} has no items; download it again");
    }

    /// <summary>
    /// [question] query [/question], then [answer] candidate [/answer] each, separator, then supports each followed by a separator.
    /// A support that does not fit starts the next window with the same beginning.
    /// </summary>
    /// <param name="tokenize">Text to ids, without special tokens.</param>
    /// <param name="dropOverflowing">Upstream's rule: the support that did not fit is left out of both windows. False puts it into the next one, cut to fit.</param>
    /// <returns>No window where even the beginning does not fit, or nothing could be added to it.</returns>
    public static IReadOnlyList<WikiHopWindow> Windows(
        WikiHopItem item, int number, Func<string, IReadOnlyList<int>> tokenize, WikiHopTokens tokens, int maxLength, bool dropOverflowing)
    {
        List<int> prefix = [tokens.QuestionStart, .. tokenize(item.Query), tokens.QuestionEnd];
        var positions = new int[item.Candidates.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = prefix.Count;
            prefix.AddRange([tokens.AnswerStart, .. tokenize(item.Candidates[i]), tokens.AnswerEnd]);
        }
        prefix.Add(tokens.Separator);
        var windows = new List<WikiHopWindow>();
        if (prefix.Count >= maxLength) return windows;

        var pending = new List<int>(prefix);
        foreach (var support in item.Supports)
        {
            List<int> chunk = [.. tokenize(support), tokens.Separator];
            if (pending.Count + chunk.Count <= maxLength)
            {
                pending.AddRange(chunk);
                continue;
            }
            // Upstream also writes a window without any support here; it can teach nothing but the prior of the candidates.
            if (pending.Count > prefix.Count || dropOverflowing) windows.Add(new(number, [.. pending], positions, item.Answer));
            pending = [.. prefix];
            if (!dropOverflowing) pending.AddRange(chunk.Count <= maxLength - prefix.Count ? chunk : [.. chunk[..(maxLength - prefix.Count - 1)], tokens.Separator]);
        }
        if (pending.Count > prefix.Count) windows.Add(new(number, [.. pending], positions, item.Answer));
        return windows;
    }

    private static WikiHopItem Item(JsonElement item)
    {
        var candidates = Strings(item.GetProperty("candidates"));
        var answer = item.TryGetProperty("answer", out var given) ? candidates.IndexOf(given.GetString()!) : -1;
        if (given.ValueKind == JsonValueKind.String && answer < 0) throw new FormatException("its answer is not among its candidates");
        if (candidates.Count == 0) throw new FormatException("it has no candidates");
        return new(item.GetProperty("id").GetString()!, item.GetProperty("query").GetString()!, candidates, Strings(item.GetProperty("supports")), answer);
    }

    private static List<string> Strings(JsonElement array) =>
        [.. array.EnumerateArray().Select(e => e.GetString() ?? throw new FormatException("null in place of a text"))];

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');
}
