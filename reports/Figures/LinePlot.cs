// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Net;
using System.Text;

namespace Yoso.Reports.Figures;

internal sealed record PlotLine(string Label, int Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A dashed horizontal line, e.g. the majority class.</summary>
internal sealed record ReferenceLevel(string Label, double Value);

/// <summary>A line plot as inline SVG. Colours are CSS classes (line-0 ... line-6) of the page, so light, dark and print share one drawing.</summary>
internal static class LinePlot
{
    /// <summary>Number of colours in report.css; further lines start over.</summary>
    public const int Colors = 7;

    private const double Width = 470, Height = 290, Left = 46, Right = 116, Top = 12, Bottom = 42, LabelStep = 15;

    public static string Svg(IReadOnlyList<PlotLine> lines, ReferenceLevel? level, string xTitle, string description)
    {
        var ys = lines.SelectMany(l => l.Points).Select(p => p.Y).Concat(level is null ? [] : [level.Value]).ToArray();
        var (yTicks, yFormat) = Ticks(ys.Min(), ys.Max());
        var (xTicks, xFormat) = Ticks(0, lines.SelectMany(l => l.Points).Max(p => p.X));
        var xEnd = Math.Max(xTicks[^1], lines.SelectMany(l => l.Points).Max(p => p.X));
        double X(double x) => Left + (Width - Left - Right) * x / xEnd;
        double Y(double y) => Height - Bottom - (Height - Top - Bottom) * (y - yTicks[0]) / (yTicks[^1] - yTicks[0]);

        var svg = new StringBuilder();
        Append(svg, $"<svg class=\"plot\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">\n");
        foreach (var tick in yTicks)
        {
            Append(svg, $"<line class=\"grid\" x1=\"{Left}\" y1=\"{Y(tick):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(tick):0.#}\"/>");
            Append(svg, $"<text x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{tick.ToString(yFormat, CultureInfo.InvariantCulture)}</text>\n");
        }

        foreach (var tick in xTicks)
        {
            Append(svg, $"<text x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{tick.ToString(xFormat, CultureInfo.InvariantCulture)}</text>\n");
        }

        Append(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(xTitle)}</text>\n");
        if (level is not null)
        {
            Append(svg, $"<line class=\"level\" x1=\"{Left}\" y1=\"{Y(level.Value):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(level.Value):0.#}\"/>\n");
        }

        foreach (var line in lines)
        {
            var points = string.Join(' ', line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")));
            Append(svg, $"<polyline class=\"line line-{line.Color % Colors}\" points=\"{points}\"/>\n");
        }

        Labels(svg, lines, level, Y);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Names stand at the lines' ends, pushed apart where they would overlap.</summary>
    private static void Labels(StringBuilder svg, IReadOnlyList<PlotLine> lines, ReferenceLevel? level, Func<double, double> y)
    {
        var labels = lines.GroupBy(l => (l.Label, l.Color)).Select(g => (g.Key.Label, Css: $"line-{g.Key.Color % Colors}", At: y(g.Average(l => l.Points[^1].Y))))
            .Concat(level is null ? [] : [(level.Label, "level", y(level.Value))])
            .OrderBy(l => l.Item3).ThenBy(l => l.Item1, StringComparer.Ordinal).ToArray();
        var places = labels.Select(l => l.At).ToArray();
        for (var i = 1; i < places.Length; i++)
        {
            places[i] = Math.Max(places[i], places[i - 1] + LabelStep);
        }

        var over = places.Length == 0 ? 0 : Math.Max(0, places[^1] - (Height - Bottom));
        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = i == places.Length - 1 ? places[i] - over : Math.Min(places[i], places[i + 1] - LabelStep);
        }

        foreach (var (label, at) in labels.Zip(places))
        {
            const double x = Width - Right + 4;
            Append(svg, $"<line class=\"{(label.Css == "level" ? "level" : "line " + label.Css)}\" x1=\"{x}\" y1=\"{at:0.#}\" x2=\"{x + 12}\" y2=\"{at:0.#}\"/>");
            Append(svg, $"<text x=\"{x + 16}\" y=\"{at + 4:0.#}\">{WebUtility.HtmlEncode(label.Label)}</text>\n");
        }
    }

    /// <summary>Three to six round values that enclose the range, and the format that shows them.</summary>
    internal static (double[] Ticks, string Format) Ticks(double low, double high)
    {
        var span = Math.Max(high - low, Math.Max(Math.Abs(high), 1) * 1e-6);
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / 4)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(m => m * power).First(s => Math.Ceiling(high / s) - Math.Floor(low / s) <= 5 || s >= 10 * power);
        var first = Math.Floor(low / step + 1e-9);
        var last = Math.Max(first + 1, Math.Ceiling(high / step - 1e-9));
        var decimals = Math.Max(0, (int)-Math.Floor(Math.Log10(step) + 1e-9)) + (Math.Abs(step / power - 2.5) < 1e-9 ? 1 : 0);
        return ([.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)], "#,0." + new string('0', decimals));
    }

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(FormattableString.Invariant(text));
}
