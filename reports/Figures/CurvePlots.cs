// SPDX-License-Identifier: MIT
using Yoso.Reports.Exports;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Figures;

/// <summary>Learning curves: one plot per task and scale, one thin line per seed, one colour per model.</summary>
internal static class CurvePlots
{
    /// <summary>Longer curves are averaged down to this many points, so that a page stays small.</summary>
    private const int MostPoints = 240;

    public static IReadOnlyList<FigureView> Build(IReadOnlyList<Cell> cells, IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> curves)
    {
        // A model keeps its colour in all figures.
        var models = cells.Where(c => c.HasRuns).Select(c => c.Model).Distinct().OrderBy(PaperOrder.Model).ToArray();
        return
        [
            .. cells.Where(c => c.HasRuns).GroupBy(c => (c.Scale, c.Protocol, c.Suite, c.Task))
                .OrderBy(g => PaperOrder.Scale(g.Key.Scale)).ThenBy(g => PaperOrder.Protocol(g.Key.Protocol)).ThenBy(g => PaperOrder.Suite(g.Key.Suite)).ThenBy(g => PaperOrder.Task(g.Key.Task))
                .SelectMany(g => new[] { ("accuracy", "dev accuracy in %"), ("loss", "dev loss in nat") }
                    .Select(m => Figure(g.First().Setting, g.Key.Suite, g.Key.Task, [.. g], models, curves, m.Item1, m.Item2)).OfType<FigureView>()),
        ];
    }

    private static FigureView? Figure(
        string scale, string suite, string task, Cell[] cells, string[] models, IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> curves, string metric, string title)
    {
        var lines = cells.SelectMany(c => c.Runs.Select(r => Line(c.Model, Array.IndexOf(models, c.Model), curves.GetValueOrDefault(r.Key) ?? [], metric)))
            .Where(l => l.Points.Count >= 2).ToArray();
        if (lines.Length == 0)
        {
            return null;
        }

        var majority = cells.SelectMany(c => c.Rules).FirstOrDefault(r => r.Rule == "majority-class");
        var level = metric == "accuracy" && majority is not null ? new ReferenceLevel("majority class", majority.Score) : null;
        var seeds = lines.GroupBy(l => l.Label).Any(g => g.Count() > 1) ? " One line per seed." : "";
        return new FigureView(
            $"curve-{TableViews.Slug(scale)}-{TableViews.Slug(suite)}-{TableViews.Slug(task)}-{metric}",
            $"{Show.Task(task)}, {(scale == cells[0].Scale ? $"{scale} scale" : scale)}: {title} over training steps",
            $"Score on the dev split while training.{seeds}{(level is null ? "" : $" Dashed: always answering the commonest class, on the {TableMetric.Split(suite)} split.")}",
            new Raw(LinePlot.Svg(lines, level, "step", $"{Show.Task(task)} {title}")));
    }

    private static PlotLine Line(string model, int color, IReadOnlyList<CurvePoint> rows, string metric)
    {
        var points = rows.Where(p => p.Split == "dev" && p.Metric == metric && double.IsFinite(p.Value))
            .OrderBy(p => p.Step).Select(p => (X: (double)p.Step, Y: p.Value)).ToArray();
        var width = (points.Length + MostPoints - 1) / MostPoints;
        return new PlotLine(model, color, width <= 1 ? points : [.. points.Chunk(width).Select(c => (c.Average(p => p.X), c.Average(p => p.Y)))]);
    }
}
