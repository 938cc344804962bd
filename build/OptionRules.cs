// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.RegularExpressions;
using Yoso.Experiments.Catalog;

/// <summary>An option: how many words it takes and what a word may be. <see cref="Problem"/> is null for a good word.</summary>
internal sealed record OptionRule(string Name, int Least, int Most, Func<string, string?> Problem)
{
    /// <summary>The name of the member that it sets, and of the key in a parameters file: data-mirror is DataMirror.</summary>
    public string Member => string.Concat(Name.Split('-').Select(p => char.ToUpperInvariant(p[0]) + p[1..]));

    public bool IsFlag => Most == 0;

    /// <summary>Of this build; each is a [Parameter] of it.</summary>
    public static OptionRule[] Own { get; } =
    [
        List("models", w => Spelling.Problem("model", Names.WithoutStep(w), Names.Models)),
        List("seeds", w => WholeNumber("seed", w, int.MaxValue)),
        One("scale", w => Spelling.Problem("scale", w, Names.Scales)),
        One("protocol", w => Spelling.Problem("protocol", w, Names.Protocols)),
        One("device", w => Spelling.Problem("device", w, Names.Devices)),
        One("executor", w => Spelling.Problem("executor", w, ["auto", "local", "docker", "slurm"])),
        One("container-image", _ => null),
        One("base-image", _ => null),
        One("resources-file", w => File.Exists(w) ? Executors.Resources.Problem(w) : $"no such file '{w}'"),
        One("slots", w => WholeNumber("number of slots", w, 256)),
        One("data-mirror", w => w.Contains("://", StringComparison.Ordinal) || Directory.Exists(w) ? null : $"no such folder '{w}'"),
        One("keep-checkpoints", w => w == "all" ? null : WholeNumber("number of checkpoints", w, int.MaxValue) is null ? null : $"bad number of checkpoints '{w}': need a number from 0, or all"),
        Flag("accept-moves"),
        List("arch", w => Regex.IsMatch(w, "^sm_[0-9]{2,3}a?$") ? null : $"bad architecture '{w}': need e.g. sm_90"),
        One("output", w => File.Exists(w) ? $"'{w}' is a file, a folder is needed" : null),
    ];

    /// <summary>Of the engine, as far as both engines have them.</summary>
    public static OptionRule[] Engine(string[] targets, string[] profiles) =>
    [
        Flag("help"), Flag("plan"), Flag("continue"), Flag("no-logo"),
        List("target", w => Target(w, targets)),
        List("skip", w => Target(w, targets)) with { Least = 0 },
        List("profile", w => Spelling.Problem("profile", w, profiles)),
        One("verbosity", w => Spelling.Problem("verbosity", w.ToLowerInvariant(), ["verbose", "normal", "minimal", "quiet"])),
        One("root", w => Directory.Exists(w) ? null : $"no such folder '{w}'") with { Least = 0 },
    ];

    /// <summary>As the engine compares: without dashes and case; A+B are two.</summary>
    public static string? Target(string word, string[] targets)
        => word.Split('+').Select(w => targets.Any(t => Same(t, w)) ? null : Spelling.Problem("target", w, targets)).FirstOrDefault(p => p != null);

    /// <summary>Whether two names are one to the engine.</summary>
    public static bool Same(string a, string b) => string.Equals(a.Replace("-", ""), b.Replace("-", ""), StringComparison.OrdinalIgnoreCase);

    private static OptionRule Flag(string name) => new(name, 0, 0, _ => null);

    private static OptionRule One(string name, Func<string, string?> problem) => new(name, 1, 1, problem);

    private static OptionRule List(string name, Func<string, string?> problem)
        => new(name, 1, int.MaxValue, w => w.Split('+').Select(problem).FirstOrDefault(p => p != null));

    private static string? WholeNumber(string kind, string word, int most)
        => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? null : $"bad {kind} '{word}': need a whole number, 0 to {most}";
}
