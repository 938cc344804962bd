// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Net;
using System.Text;

namespace Yoso.Reports.Figures;

/// <summary>One metric over the nights as a small inline SVG: a dot a night, the band as a shade. Colours are classes of report.css.</summary>
internal static class TrendPlot
{
    private const double Width = 300, Height = 96, Left = 52, Right = 10, Top = 10, Bottom = 10;

    /// <param name="values">Oldest first; the last one is tonight's.</param>
    /// <param name="band">Low and high end, null while there is none.</param>
    /// <param name="show">How a value is written at the axis.</param>
    public static string Svg(IReadOnlyList<double> values, (double Low, double High)? band, bool moved, Func<double, string> show, string description)
    {
        var ends = band is { } b ? values.Append(b.Low).Append(b.High) : values;
        var (low, high) = (ends.Min(), ends.Max());
        var span = Math.Max(high - low, Math.Max(Math.Abs(high), 1e-9) * 1e-3);
        double X(int i) => Left + 6 + ((Width - Left - Right - 12) * (values.Count == 1 ? 1 : i / (double)(values.Count - 1)));
        double Y(double v) => Height - Bottom - ((Height - Top - Bottom) * (v - low) / span);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"plot trend\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">");
        if (band is var (from, to))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"band\" x=\"{Left}\" y=\"{Y(to):0.#}\" width=\"{Width - Left - Right}\" height=\"{Math.Max(1, Y(from) - Y(to)):0.#}\"/>");
        }

        foreach (var v in low == high ? [low] : new[] { low, high })
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(v) + 4:0.#}\" text-anchor=\"end\">{WebUtility.HtmlEncode(show(v))}</text>");
        }

        var points = string.Join(' ', values.Select((v, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i):0.#},{Y(v):0.#}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line line-0\" points=\"{points}\"/>");
        for (var i = 0; i < values.Count; i++)
        {
            var last = i == values.Count - 1;
            svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"dot{(last && moved ? " out" : "")}\" cx=\"{X(i):0.#}\" cy=\"{Y(values[i]):0.#}\" r=\"{(last ? "3.5" : "2")}\"/>");
        }

        return svg.Append("</svg>").ToString();
    }
}
