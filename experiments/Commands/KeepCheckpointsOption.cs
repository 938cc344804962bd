// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>The option --keep-checkpoints of the commands that run jobs.</summary>
internal static class KeepCheckpointsOption
{
    public const string Name = "--keep-checkpoints";

    public static Option<string?> Create() => new(Name)
    {
        Description = "checkpoints of epochs (of evaluations, in pre-training upstream's 2,000 steps) that stay: the newest N, or all; default: none beyond the two that a resume needs",
        HelpName = "N|all",
    };

    /// <summary>Null where it is not given.</summary>
    /// <exception cref="UsageException">Neither a number nor "all".</exception>
    public static CheckpointKeeping? Value(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } word ? CheckpointKeeping.Parse(word) : null;
}
