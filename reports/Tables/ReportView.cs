// SPDX-License-Identifier: MIT
using Yoso.Reports.Checklists;
using Yoso.Reports.Exports;

namespace Yoso.Reports.Tables;

/// <summary>What the templates print: plain text throughout, escaped by the renderer of each format.</summary>
internal sealed record ReportView
{
    public required string GeneratedAt { get; init; }
    public required string Commit { get; init; }
    public required bool Dirty { get; init; }
    public required string What { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }
    public required IReadOnlyList<TallyView> Tally { get; init; }
    public required IReadOnlyList<string> Headlines { get; init; }
    public required IReadOnlyList<ClaimView> Claims { get; init; }
    public required IReadOnlyList<TableView> Tables { get; init; }
    public required IReadOnlyList<MeasurementView> Measurements { get; init; }
    public required IReadOnlyList<ProblemView> Problems { get; init; }
    public required IReadOnlyList<FigureView> Figures { get; init; }
    public required IReadOnlyList<ProtocolView> Protocols { get; init; }
    public required IReadOnlyList<DataView> Data { get; init; }
    public required IReadOnlyList<RunView> Runs { get; init; }
    public required IReadOnlyList<MachineView> Machines { get; init; }
    public required IReadOnlyList<SourceView> Sources { get; init; }
    public required IReadOnlyList<MarginView> Margins { get; init; }
    public required IReadOnlyList<ChecklistAnswer> Checklist { get; init; }
}

/// <summary>A count of the first screen, e.g. "not comparable", 3.</summary>
internal sealed record TallyView(string Css, string Name, int Count);

/// <summary>A claim of the paper, its outcome and what that rests on or needs.</summary>
internal sealed record ClaimView(string Css, string Outcome, string Text, string Probability, string Detail, string Basis);

internal sealed record TableView
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Scale { get; init; }
    public required string Note { get; init; }
    public required IReadOnlyList<string> Columns { get; init; }
    public required IReadOnlyList<RowView> Rows { get; init; }
    public required IReadOnlyList<CommandView> Commands { get; init; }
}

internal sealed record RowView(string Label, bool IsRule, IReadOnlyList<CellView> Cells);

/// <summary>One cell; <paramref name="State"/> is result, average, rule, failed, missing or empty.</summary>
internal sealed record CellView(string State)
{
    public string Ours { get; init; } = "";
    public string Seeds { get; init; } = "";
    public string Published { get; init; } = "";
    public string Confidence { get; init; } = "";
    public string Css { get; init; } = "";
    public string Verdict { get; init; } = "";
    public string Reason { get; init; } = "";
    public IReadOnlyList<string> Notes { get; init; } = [];
    public string CommandId { get; init; } = "";
}

internal sealed record CommandView(string Id, string Cell, IReadOnlyList<string> Commands);

internal sealed record ProblemView(string Job, string Scale, int Seed, string State, string Reason, string Log);

internal sealed record FigureView(string Id, string Title, string Caption, Raw Svg);

internal sealed record ProtocolView(string Cells, string Name, string Selection, bool SelectedOnTest, string Checkpoint, string Scored, string Precision, string Options);

internal sealed record DataView(string Name, string Kind, string Counts, string Licence, string Source, string Digest);

internal sealed record RunView(
    string Job, string Scale, int Seed, string Value, string Loss, string Device, string Steps, string StepTime, string Wall, string Memory, string Parameters,
    string Machine, string Started, string Key, string Trusted);

internal sealed record MachineView(string Letter, string System, string Cpu, string Gpu, string Libraries, string Commit);

internal sealed record SourceView(string Publication, string Table, string Reference, string Confidence, string Values);

internal sealed record MarginView(string Task, string Points, string Reason);
