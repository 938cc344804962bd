// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Net;
using System.Text;

namespace Yoso.Reports.Figures;

/// <summary>A line of a plot with logarithmic axes; <paramref name="Css"/> is line-0 ... line-6 or "level", with " dashed" where it is dashed.</summary>
/// <param name="Label">At the line's end; empty where another line of its group has it.</param>
public sealed record LogLogLine(string Label, string Css, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Both axes logarithmic, so that x^a is a straight line of slope a. Inline SVG; colours are classes of the page, as in <see cref="LinePlot"/>.</summary>
internal static class LogLogPlot
{
    private const double Width = 492, Height = 320, Left = 52, Right = 150, Top = 22, Bottom = 42, LabelStep = 15;

    /// <param name="lines">At least one point, all positive.</param>
    public static string Svg(IReadOnlyList<LogLogLine> lines, string xTitle, string yTitle, string description)
    {
        var all = lines.SelectMany(l => l.Points).ToArray();
        var (xLow, xHigh) = (Math.Log(all.Min(p => p.X)), Math.Max(Math.Log(all.Max(p => p.X)), Math.Log(all.Min(p => p.X)) + 1e-9));
        var yTicks = Ticks(all.Min(p => p.Y), all.Max(p => p.Y));
        var (yLow, yHigh) = (Math.Log(yTicks[0]), Math.Log(yTicks[^1]));
        double X(double x) => Left + ((Width - Left - Right) * (Math.Log(x) - xLow) / (xHigh - xLow));
        double Y(double y) => Height - Bottom - ((Height - Top - Bottom) * (Math.Log(y) - yLow) / (yHigh - yLow));

        var svg = new StringBuilder();
        Append(svg, $"<svg class=\"plot\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">\n");
        foreach (var tick in yTicks)
        {
            Append(svg, $"<line class=\"grid\" x1=\"{Left}\" y1=\"{Y(tick):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(tick):0.#}\"/>");
            Append(svg, $"<text x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{Number(tick)}</text>\n");
        }

        var (sizes, shownTo) = (all.Select(p => p.X).Distinct().Order().ToArray(), double.NegativeInfinity);
        foreach (var x in sizes)
        {
            Append(svg, $"<line class=\"grid\" x1=\"{X(x):0.#}\" y1=\"{Top}\" x2=\"{X(x):0.#}\" y2=\"{Height - Bottom}\"/>");
            // The last one always; others where there is room.
            if (x == sizes[^1] || (X(x) >= shownTo && X(x) + 34 <= X(sizes[^1])))
            {
                Append(svg, $"<text x=\"{X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Number(x)}</text>\n");
                shownTo = X(x) + 34;
            }
        }

        Append(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(xTitle)}</text>");
        Append(svg, $"<text x=\"{Left}\" y=\"{Top - 8}\" text-anchor=\"start\">{WebUtility.HtmlEncode(yTitle)}</text>\n");
        foreach (var line in lines)
        {
            var points = string.Join(' ', line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")));
            Append(svg, $"<polyline class=\"line {line.Css}\" points=\"{points}\"/>\n");
        }

        Labels(svg, [.. lines.Where(l => l.Label.Length > 0)], Y);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>At the lines' ends, pushed apart where they would overlap, up from the bottom where there is no room below.</summary>
    private static void Labels(StringBuilder svg, IReadOnlyList<LogLogLine> lines, Func<double, double> y)
    {
        var labels = lines.Select(l => (Line: l, At: y(l.Points[^1].Y))).OrderBy(l => l.At).ThenBy(l => l.Line.Label, StringComparer.Ordinal).ToArray();
        var places = labels.Select(l => l.At).ToArray();
        for (var i = 1; i < places.Length; i++)
        {
            places[i] = Math.Max(places[i], places[i - 1] + LabelStep);
        }

        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = Math.Min(places[i], i == places.Length - 1 ? Height - Bottom : places[i + 1] - LabelStep);
        }

        foreach (var (label, at) in labels.Zip(places))
        {
            const double x = Width - Right + 4;
            Append(svg, $"<line class=\"line {label.Line.Css}\" x1=\"{x}\" y1=\"{at:0.#}\" x2=\"{x + 16}\" y2=\"{at:0.#}\"/>");
            Append(svg, $"<text x=\"{x + 20}\" y=\"{at + 4:0.#}\">{WebUtility.HtmlEncode(label.Line.Label)}</text>\n");
        }
    }

    /// <summary>1, 2 and 5 times powers of ten that enclose the range; powers of ten only where that is more than two decades.</summary>
    internal static double[] Ticks(double low, double high)
    {
        double[] steps = high / low > 100 ? [1] : [1, 2, 5];
        var (first, last) = ((int)Math.Floor(Math.Log10(low) + 1e-9), (int)Math.Ceiling(Math.Log10(high) - 1e-9));
        var all = Enumerable.Range(first - 1, last - first + 3).SelectMany(e => steps.Select(s => s * Math.Pow(10, e))).ToArray();
        var from = Array.FindLastIndex(all, t => t <= low * (1 + 1e-9));
        var to = Math.Max(from + 1, Array.FindIndex(all, t => t >= high * (1 - 1e-9)));
        return all[from..(to + 1)];
    }

    private static string Number(double value) => value.ToString(value >= 1 ? "#,0.#" : "0.#####", CultureInfo.InvariantCulture);

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(FormattableString.Invariant(text));
}
