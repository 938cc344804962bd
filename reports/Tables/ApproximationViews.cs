// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;
using Yoso.Reports.Exports;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tables;

/// <summary>The section "Approximation": how far sampled YOSO is from its expectation, over m and n.</summary>
internal sealed class ApproximationViews(ApproximationRecord record)
{
    private const string Output = "output";
    private static readonly string[] Samplers = ["Spread", "Shared"];

    private int Longest { get; } = record.Errors.Select(e => e.Length).DefaultIfEmpty(0).Max();

    public static MeasurementView Missing { get; } = new()
    {
        Id = "approximation", Title = "Approximation", Notes = ["Not measured here yet."], Warnings = [], Command = "./build.sh Approximation",
    };

    /// <param name="pictures">SVG texts by <see cref="AttentionPicture.File"/>.</param>
    public static MeasurementView Build(ApproximationRecord record, IReadOnlyDictionary<string, string> pictures) => new ApproximationViews(record).View(pictures);

    private MeasurementView View(IReadOnlyDictionary<string, string> pictures)
    {
        var f = record.Fingerprint;
        var inputs = record.Errors.Select(e => e.Input).Distinct().ToArray();
        return new MeasurementView
        {
            Id = "approximation",
            Title = "Approximation: sampled YOSO against its expectation",
            Notes =
            [
                "Relative error of the sum over keys, and of its gradients, against YOSO-E's on the same input: root mean square over draws of the hashes. Theory is the closed form for independent hashes, which falls as 1/√m. "
                + "Shared is upstream's sampler: all bits of a code come from one rotation, which lowers the collision probability a little and leaves an error that more hashes do not remove. Spread takes another rotation for each bit.",
                "random: independent unit vectors, of which almost no pair collides, so the error of the sum is large; clustered: vectors in groups, as trained attention's are.",
                $"Numbers are the same on every machine up to rounding. {Show.Time(record.StartedAt)}, {Show.Duration(record.WallSeconds)}, commit {Show.Digest(f.GitCommit)}{(f.GitDirty ? " with local changes" : "")}.",
                .. record.Pictures.Count == 0 ? ["No attention matrices: no finished run of softmax or YOSO on ListOps was there."] : Array.Empty<string>(),
            ],
            Warnings = record.Plan == "full" ? [] : [$"{TableViews.Capital(record.Plan)} scale: n up to {Show.Count(Longest)}."],
            Command = record.Command,
            Figures = [.. inputs.SelectMany(i => new[] { OverHashes(i), OverLength(i), Gradients(i) }).OfType<FigureView>()],
            Tables = [.. inputs.Select(Errors), Slopes()],
            Pictures =
            [
                .. record.Pictures.Where(p => pictures.ContainsKey(p.File)).Select(p => new PictureView(
                    $"{p.Description}. Rows are queries, columns keys, dark is large; run {Show.Digest(p.Key)}", Convert.ToBase64String(Encoding.UTF8.GetBytes(pictures[p.File])))),
            ],
        };
    }

    private FigureView? OverHashes(string input)
    {
        var lines = new List<LogLogLine>();
        foreach (var (n, i) in record.Errors.Select(e => e.Length).Distinct().Order().Select((n, i) => (n, i)))
        {
            var errors = record.Errors.Where(e => e.Input == input && e.Length == n && e.Quantity == Output).OrderBy(e => e.HashCount).ToArray();
            lines.Add(new LogLogLine(i == 0 ? "theory" : "", "level", Points(errors.Where(e => e.Sampler == Samplers[0] && e.Predicted is > 0), e => e.HashCount, e => e.Predicted!.Value)));
            lines.AddRange(Samplers.Select((s, k) => new LogLogLine(k == 0 ? $"n = {Show.Count(n)}" : "", $"line-{i % LinePlot.Colors}{(k == 0 ? "" : " dashed")}", Points(errors.Where(e => e.Sampler == s), e => e.HashCount, e => e.Error))));
        }

        return Figure("hashes", $"Error of the output against m, {input} vectors", "Solid: Spread; dashed: Shared; grey: theory.", lines, "hashes m", input);
    }

    private FigureView? OverLength(string input)
    {
        var lines = new List<LogLogLine>();
        foreach (var (m, i) in record.Errors.Select(e => e.HashCount).Distinct().Order().Select((m, i) => (m, i)))
        {
            var errors = record.Errors.Where(e => e.Input == input && e.HashCount == m && e.Quantity == Output).OrderBy(e => e.Length).ToArray();
            lines.AddRange(Samplers.Select((s, k) => new LogLogLine(k == 0 ? $"m = {Show.Count(m)}" : "", $"line-{i % LinePlot.Colors}{(k == 0 ? "" : " dashed")}", Points(errors.Where(e => e.Sampler == s), e => e.Length, e => e.Error))));
        }

        return Figure("length", $"Error of the output against n, {input} vectors", "τ = log2 n. Solid: Spread; dashed: Shared.", lines, "tokens n", input);
    }

    private FigureView? Gradients(string input)
    {
        var errors = record.Errors.Where(e => e.Input == input && e.Length == Longest && e.Sampler == "Shared").OrderBy(e => e.HashCount).ToArray();
        var lines = errors.Select(e => e.Quantity).Distinct().Select((q, i) => new LogLogLine(Quantity(q), $"line-{i % LinePlot.Colors}", Points(errors.Where(e => e.Quantity == q), e => e.HashCount, e => e.Error))).ToList();
        lines.Insert(0, new LogLogLine("theory", "level", Points(errors.Where(e => e.Quantity == Output && e.Predicted is > 0), e => e.HashCount, e => e.Predicted!.Value)));
        return Figure("gradients", $"Error of output and gradients against m, {input} vectors, n = {Show.Count(Longest)}", "Upstream's sampler. Theory is for the output before its rows are normalised and for the gradients.", lines, "hashes m", input);
    }

    private static FigureView? Figure(string id, string title, string caption, IEnumerable<LogLogLine> lines, string xTitle, string input)
    {
        LogLogLine[] drawn = [.. lines.Where(l => l.Points.Count > 0)];
        return drawn.Length == 0 ? null : new FigureView(
            $"approximation-{TableViews.Slug(input)}-{id}", title, $"{caption} Both axes logarithmic.", new Raw(LogLogPlot.Svg(drawn, xTitle, "relative error", title)));
    }

    private PlainTable Errors(string input)
    {
        var errors = record.Errors.Where(e => e.Input == input && e.Length == Longest && e.Quantity == Output).ToArray();
        string At(int m, string sampler) => errors.FirstOrDefault(e => e.HashCount == m && e.Sampler == sampler) is { } e ? $"{Number(e.Error)} [{Number(e.Low)}, {Number(e.High)}]" : "–";
        return new PlainTable(
            $"approximation-{TableViews.Slug(input)}", $"Error of the output at n = {Show.Count(Longest)}, {input} vectors", "With 95 % intervals over draws of the hashes.",
            ["theory", .. Samplers],
            [
                .. errors.Select(e => e.HashCount).Distinct().Order().Select(m => new PlainRow($"m = {Show.Count(m)}",
                [
                    errors.FirstOrDefault(e => e.HashCount == m && e.Predicted is not null)?.Predicted is { } p ? Number(p) : "–", .. Samplers.Select(s => At(m, s)),
                ])),
            ]);
    }

    private PlainTable Slopes()
    {
        var slopes = record.Slopes.Where(s => s.Quantity == Output).ToArray();
        var lines = slopes.Select(s => (s.Input, s.Sampler)).Distinct().ToArray();
        string At((string Input, string Sampler) line, int n) => slopes.FirstOrDefault(s => (s.Input, s.Sampler) == line && s.Length == n) is { } s ? $"{Number(s.Slope)} [{Number(s.Low)}, {Number(s.High)}]" : "–";
        var lengths = slopes.Select(s => s.Length).Distinct().Order().ToArray();
        return new PlainTable(
            "approximation-slopes", "Slope of the error over m", "-0.500 where the error falls as 1/√m.",
            [.. lengths.Select(n => $"n = {Show.Count(n)}")],
            [.. lines.Select(l => new PlainRow($"{l.Input}, {l.Sampler}", [.. lengths.Select(n => At(l, n))]))]);
    }

    private static string Quantity(string name) => name == "unit-output" ? "normalised" : name.Replace('-', ' ');

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static IReadOnlyList<(double X, double Y)> Points(IEnumerable<ApproximationError> errors, Func<ApproximationError, double> x, Func<ApproximationError, double> y) =>
        [.. errors.Where(e => y(e) > 0).Select(e => (x(e), y(e)))];
}
