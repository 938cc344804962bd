// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tables;

/// <summary>Protocol audit, data, machines and the list of runs.</summary>
internal static class ProvenanceViews
{
    /// <summary>An outcome, not a rule: it differs from seed to seed and is shown nowhere in the protocol table.</summary>
    private const string BestStep = "best-step";

    public static IReadOnlyList<ProtocolView> Protocols(IReadOnlyList<Cell> cells) =>
    [
        .. cells.SelectMany(c => c.Runs.Select(r => (Cell: c, Row: Protocol(r.Protocol))))
            .GroupBy(p => p.Row)
            .Select(g => g.Key with { Cells = Cells(g.Select(p => p.Cell).Distinct()) }),
    ];

    public static IReadOnlyList<DataView> Data(IReadOnlyList<Cell> cells) =>
    [
        .. cells.SelectMany(c => c.Runs).Select(r => r.Data).Distinct().Select(d => new DataView(
            d.Name, d.Kind, $"{Show.Count(d.TrainCount)} / {Show.Count(d.DevCount)} / {Show.Count(d.TestCount)}", d.Licence, d.Source, Show.Digest(d.Digest))),
    ];

    public static IReadOnlyList<RunView> Runs(IReadOnlyList<Cell> cells)
    {
        var letters = Letters(cells);
        return
        [
            .. cells.SelectMany(c => c.Runs.Select(r => new RunView(
                c.Name, c.Scale, r.Job.Seed, Show.Number(Cell.Value(r, c.Metric)!.Value),
                Cell.Value(r, "loss") is { } loss ? loss.ToString("0.000", CultureInfo.InvariantCulture) : "", r.Inputs.Device,
                r.Protocol.Options.TryGetValue(BestStep, out var best) ? $"{Show.Count(r.Steps)} (best at {best})" : Show.Count(r.Steps),
                Show.StepTime(r.SecondsPerStep), Show.Duration(r.WallSeconds), Show.Memory(r.PeakMemoryBytes), Show.Count(r.ParameterCount),
                letters[r.Fingerprint], Show.Time(r.StartedAt), Show.Digest(r.Key), r.Trusted ? "" : "untrusted: an input changed"))),
        ];
    }

    public static IReadOnlyList<MachineView> Machines(IReadOnlyList<Cell> cells) =>
    [
        .. Letters(cells).Select(p => new MachineView(
            p.Value, p.Key.OperatingSystem, $"{p.Key.Cpu}, {Show.Plural(p.Key.Threads, "thread")}, {p.Key.CpuKernels} kernels",
            p.Key.Gpu is null ? "none" : $"{p.Key.Gpu}{(p.Key.Driver is null ? "" : $", driver {p.Key.Driver}")}",
            $"libtorch {p.Key.LibTorch}, .NET {p.Key.DotNet}", Show.Digest(p.Key.GitCommit) + (p.Key.GitDirty ? " with local changes" : ""))),
    ];

    private static Dictionary<RunFingerprint, string> Letters(IReadOnlyList<Cell> cells) =>
        cells.SelectMany(c => c.Runs).Select(r => r.Fingerprint).Distinct().Select((f, i) => (f, Name: Letter(i))).ToDictionary(p => p.f, p => p.Name);

    /// <summary>A, B, ..., Z, AA, AB, ...</summary>
    private static string Letter(int index) => index < 26 ? $"{(char)('A' + index)}" : Letter(index / 26 - 1) + (char)('A' + index % 26);

    private static ProtocolView Protocol(RunProtocol p) => new(
        "", p.Name, p.SelectionSplit, Summary.SelectedOnTest(p.SelectionSplit), p.CheckpointRule,
        p.TestExamplesScored == p.TestExamples
            ? $"all {Show.Count(p.TestExamples)}"
            : $"{Show.Count(p.TestExamplesScored)} of {Show.Count(p.TestExamples)}{(p.DropLastTestBatch ? " (last partial batch dropped)" : "")}",
        p.Precision, string.Join("; ", p.Options.Where(o => o.Key != BestStep).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key}: {o.Value}")));

    private static string Cells(IEnumerable<Cell> cells) => string.Join("; ", cells.GroupBy(c => (c.Suite, c.Task, Scale: c.Setting))
        .Select(g => $"{g.Key.Suite}/{g.Key.Task} {g.Key.Scale}: {string.Join(", ", g.Select(c => c.Model))}"));
}
