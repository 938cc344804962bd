// SPDX-License-Identifier: MIT
namespace Yoso.Data.Samples;

/// <summary>Pairs drawn from the sample pack's speeches in place of the pack's own: more of them, and unlike ones further apart.</summary>
public sealed record SpeechPairOptions
{
    public required int TrainCount { get; init; }

    public required int DevCount { get; init; }

    public required int TestCount { get; init; }

    /// <summary>Years at least between the speeches of a pair of label 0; the pack's own pairs have 20.</summary>
    public int YearsApart { get; init; } = 20;

    /// <summary>
    /// The earlier passage comes first: is the second one of the same speech, or of one years later? Then the difference of both tells, which a model finds
    /// far sooner than whether they are alike, in either order.
    /// </summary>
    public bool EarlierFirst { get; init; }

    /// <summary>Decides every pair.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Problems in words; empty where pairs can be drawn.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (name, count) in ((string, int)[])[(nameof(TrainCount), TrainCount), (nameof(DevCount), DevCount), (nameof(TestCount), TestCount)])
        {
            if (count is < 1 or > 1_000_000) yield return $"{name} is {count}, allowed: 1 to 1,000,000";
        }
        if (YearsApart is < 1 or > 200) yield return $"YearsApart is {YearsApart}, allowed: 1 to 200";
    }
}

/// <summary>A part of a speech as byte ids.</summary>
/// <param name="Speech">Passages of the same speech share it.</param>
internal sealed record Passage(string Speech, int Year, ushort[] Ids);

/// <summary>Draws pairs of windows from passages: label 1 two passages of one speech, label 0 of speeches years apart; labels alternate.</summary>
internal sealed class SpeechPairs
{
    private readonly Passage[] passages;
    private readonly (Passage First, Passage[] Seconds)[][] choices;
    private readonly int length;

    /// <param name="length">Bytes of a window; passages with fewer are left out.</param>
    /// <exception cref="DataFormatException">No pair of some label can be drawn.</exception>
    internal SpeechPairs(IEnumerable<Passage> passages, int length, SpeechPairOptions options)
    {
        this.length = length;
        var yearsApart = options.YearsApart;
        this.passages = [.. passages.Where(p => p.Ids.Length >= length)];
        choices = [Choices((a, b) => (options.EarlierFirst ? b.Year - a.Year : Math.Abs(b.Year - a.Year)) >= yearsApart), Choices((a, b) => a.Speech == b.Speech && a != b)];
        if (choices.Any(c => c.Length == 0))
        {
            throw new DataFormatException($"the {this.passages.Length} passages of {length} bytes or more give no pairs of one speech and of speeches {yearsApart} years apart");
        }
    }

    internal (int Label, ushort[] First, ushort[] Second) Draw(ulong seed, int number)
    {
        var random = SplitMix64.Stream(seed, (ulong)number);
        var label = number % 2;
        var (first, seconds) = choices[label][Below(ref random, choices[label].Length)];
        var second = seconds[Below(ref random, seconds.Length)];
        return (label, Window(first, ref random), Window(second, ref random));
    }

    private (Passage, Passage[])[] Choices(Func<Passage, Passage, bool> fit) =>
        [.. passages.Select(a => (a, passages.Where(b => fit(a, b)).ToArray())).Where(c => c.Item2.Length > 0)];

    private ushort[] Window(Passage passage, ref SplitMix64 random) => passage.Ids.AsSpan(Below(ref random, passage.Ids.Length - length + 1), length).ToArray();

    private static int Below(ref SplitMix64 random, int count) => (int)(((random.Next() >> 32) * (ulong)count) >> 32);
}
