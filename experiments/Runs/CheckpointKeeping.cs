// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Experiments.Runs;

/// <summary>How many checkpoints of epochs stay: the newest so many. No result depends on it, so it is in no key.</summary>
internal sealed record CheckpointKeeping(int Newest)
{
    public static CheckpointKeeping None { get; } = new(0);

    public static CheckpointKeeping All { get; } = new(int.MaxValue);

    /// <summary>"all", or a number.</summary>
    /// <exception cref="UsageException">Anything else.</exception>
    public static CheckpointKeeping Parse(string word) => TryParse(word) ?? throw new UsageException($"--keep-checkpoints {word}: need a number from 0, or all");

    /// <summary>Null for anything but "all" or a number.</summary>
    public static CheckpointKeeping? TryParse(string word) =>
        word == "all" ? All : int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new CheckpointKeeping(number) : null;

    public override string ToString() => Newest == int.MaxValue ? "all" : Newest.ToString(CultureInfo.InvariantCulture);
}
