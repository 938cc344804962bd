// SPDX-License-Identifier: MIT
using Yoso.Experiments.Glue;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.WikiHop;

namespace Yoso.Experiments.Runs;

/// <summary>A family of experiments with a table of its own: turns the names of <see cref="Catalog.Names"/> into configurations.</summary>
internal interface ISuite
{
    /// <summary>First part of a job's name, e.g. "lra".</summary>
    string Name { get; }

    /// <summary>The complete configuration of a cell.</summary>
    /// <exception cref="ArgumentException">A name that the suite does not have.</exception>
    RunConfiguration Resolve(string task, string model, string scale);
}

/// <summary>All suites; a new one is one line here and one in <see cref="Catalog.Names.Suites"/>.</summary>
internal static class Suites
{
    private static readonly Dictionary<string, ISuite> ByName = new ISuite[]
    {
        new PretrainSuite(),
        new GlueSuite(),
        new WikiHopSuite(),
        new LraSuite(),
    }.ToDictionary(s => s.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => ByName.Keys;

    public static ISuite Of(string name) => ByName.TryGetValue(name, out var suite) ? suite : throw new ArgumentException($"no suite '{name}'", nameof(name));
}
