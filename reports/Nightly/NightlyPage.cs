// SPDX-License-Identifier: MIT
using Yoso.Reports.Exports;
using Yoso.Reports.Figures;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Nightly;

/// <summary>One page that says what moved and which input changed with it: nightly.html, and nightly.md for a job's summary.</summary>
internal static class NightlyPage
{
    public static IReadOnlyDictionary<string, string> Files(IReadOnlyList<NightResult> results, IReadOnlyList<string> failures, DateTimeOffset night, string commit)
    {
        var view = new
        {
            Headline = Headline(results, failures),
            Night = Show.Time(night),
            Commit = commit,
            Failures = failures,
            Moved = results.Where(r => r.State is NightState.Moved or NightState.Gone).Select(Row).ToArray(),
            Others = results.Where(r => r.State is NightState.Steady or NightState.New).Select(Row).ToArray(),
            Rule = $"Expected: the median of up to {Band.Window} earlier nights of the same machine, give or take {Band.Deviations} scaled median absolute deviations, at least what chance does.",
        };
        return new Dictionary<string, string>
        {
            ["nightly.html"] = TemplateRenderer.Html("nightly.html.sbn", new { View = view, Style = new Raw(EmbeddedText.Read("templates.report.css") + EmbeddedText.Read("templates.nightly.css")) }),
            ["nightly.md"] = TemplateRenderer.Markdown("nightly.md.sbn", new { View = view }),
        };
    }

    private static string Headline(IReadOnlyList<NightResult> results, IReadOnlyList<string> failures)
    {
        int Count(NightState state) => results.Count(r => r.State == state);
        if (failures.Count == 0 && results.Count > 0 && Count(NightState.New) == results.Count)
        {
            return $"{Show.Plural(results.Count, "metric")} kept, none compared yet: {results.Max(r => r.Earlier.Count)} of {Band.LeastNights} earlier nights are there.";
        }

        string[] parts =
        [
            .. failures.Count > 0 ? [Show.Plural(failures.Count, "job") + " failed"] : Array.Empty<string>(),
            .. Count(NightState.Gone) > 0 ? [Show.Plural(Count(NightState.Gone), "metric") + " gone"] : Array.Empty<string>(),
            Count(NightState.Moved) == 0 ? "nothing moved" : Show.Plural(Count(NightState.Moved), "metric") + " moved",
            Show.Plural(Count(NightState.Steady), "metric") + " steady",
            .. Count(NightState.New) > 0 ? [Show.Plural(Count(NightState.New), "metric") + " with too few nights to compare"] : Array.Empty<string>(),
        ];
        return char.ToUpperInvariant(parts[0][0]) + string.Join(", ", parts)[1..] + ".";
    }

    private static object Row(NightResult r)
    {
        var metric = r.Name[(r.Name.LastIndexOf(' ') + 1)..];
        string Value(double v) => ShowValue(metric, v);
        var values = r.Earlier.TakeLast(4 * Band.Window).Select(e => e.Value).Concat(r.Tonight is { } t ? [t.Value] : []).ToArray();
        return new
        {
            r.Name,
            State = r.State.ToString().ToLowerInvariant(),
            Tonight = r.Tonight is { } now ? Value(now.Value) : "none",
            Expected = r.Band is { } b ? $"{Value(b.Low)} to {Value(b.High)}" : $"{r.Earlier.Count} of {Band.LeastNights} nights",
            Changes = r.Changes.Count > 0 ? string.Join("; ", r.Changes) : r.Earlier.Count == 0 ? "" : "no input changed",
            Plot = new Raw(values.Length < 2 ? "" : TrendPlot.Svg(values, r.Band is { } x ? (x.Low, x.High) : null, r.State == NightState.Moved, Value, $"{r.Name} over {values.Length} nights")),
        };
    }

    private static string ShowValue(string metric, double value) => metric switch
    {
        "memory" => Show.Memory((long)value),
        "speed" => Show.Number(value) + " x",
        _ when metric.EndsWith("loss", StringComparison.Ordinal) => value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture),
        _ => Show.Number(value),
    };
}
