// SPDX-License-Identifier: MIT
using Yoso.Reports.Figures;

namespace Yoso.Reports.Tables;

/// <summary>A section about measurements that are no runs: plots, plain tables and notes.</summary>
internal sealed record MeasurementView
{
    public required string Id { get; init; }
    public required string Title { get; init; }

    /// <summary>What was measured and what the reader should see, then machine, date and command.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The one-line reason to trust the numbers less.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Commands that make the record again, or for the first time.</summary>
    public required string Command { get; init; }
    public IReadOnlyList<FigureView> Figures { get; init; } = [];
    public IReadOnlyList<PlainTable> Tables { get; init; } = [];
    public IReadOnlyList<PictureView> Pictures { get; init; } = [];
}

/// <summary>The first column is the row's name. <paramref name="Id"/> is the name of its .tex file.</summary>
internal sealed record PlainTable(string Id, string Title, string Note, IReadOnlyList<string> Columns, IReadOnlyList<PlainRow> Rows);

internal sealed record PlainRow(string Label, IReadOnlyList<string> Cells);

/// <summary>An SVG of its own as base64, which a page shows as an image: nothing in it can run or clash with the page.</summary>
internal sealed record PictureView(string Caption, string Base64);
