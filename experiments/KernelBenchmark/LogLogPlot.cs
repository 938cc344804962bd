// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Net;
using System.Text;

namespace Yoso.Experiments.KernelBenchmark;

internal sealed record LogLogLine(string Label, string Color, bool Dashed, IReadOnlyList<(double X, double Y)> Points);

/// <summary>kernels-cpu.svg: a stand-alone plot with both axes logarithmic, so that n^x is a straight line of slope x.</summary>
internal static class LogLogPlot
{
    private const double Width = 760, Height = 460, Left = 64, Right = 216, Top = 40, Bottom = 48, LabelStep = 16;

    public static string Svg(BenchResult result)
    {
        var lines = new List<LogLogLine>();
        foreach (var (operation, dashed) in ((string, bool)[])[("forward+backward", false), ("forward", true)])
        {
            Add("softmax (sdpa)", "#b5452c", n => result.Sdpa(operation, InputKind.Random, n, result.D));
            Add("YOSO clustered", "#2f7d4f", n => result.Yoso("yoso", operation, InputKind.Clustered, n, result.D, result.M)!);
            Add("YOSO random", "#2b5f9e", n => result.Yoso("yoso", operation, InputKind.Random, n, result.D, result.M)!);

            void Add(string name, string color, Func<int, BenchRow> row) =>
                lines.Add(new LogLogLine(dashed ? name + ", forward" : name, color, dashed, [.. result.Plan.Sizes.Select(n => ((double)n, row(n).Median))]));
        }

        var machine = result.Machine;
        return Svg(lines, $"Attention forward+backward, d = {result.D}, m = {result.M}, {machine.Threads} threads ({machine.Cpu.Split(',')[0]})", "tokens n", "ms");
    }

    public static string Svg(IReadOnlyList<LogLogLine> lines, string title, string xTitle, string yTitle)
    {
        var all = lines.SelectMany(l => l.Points).ToArray();
        var (xLow, xHigh) = (Math.Log(all.Min(p => p.X)), Math.Log(all.Max(p => p.X)));
        var (yLow, yHigh) = (Math.Floor(Math.Log10(all.Min(p => p.Y))), Math.Ceiling(Math.Log10(all.Max(p => p.Y)) + 1e-9));
        double X(double x) => Left + ((Width - Left - Right) * (Math.Log(x) - xLow) / (xHigh - xLow));
        double Y(double y) => Height - Bottom - ((Height - Top - Bottom) * (Math.Log10(y) - yLow) / (yHigh - yLow));
        var svg = new StringBuilder();
        Append(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n");
        Append(svg, $"<title>{WebUtility.HtmlEncode(title)}</title>\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        Append(svg, $"<text x=\"{Left}\" y=\"22\" font-size=\"15\">{WebUtility.HtmlEncode(title)}</text>\n");
        for (var decade = yLow; decade <= yHigh; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            Append(svg, $"<line x1=\"{Left}\" y1=\"{y:0.#}\" x2=\"{Width - Right}\" y2=\"{y:0.#}\" stroke=\"#d8d8d8\"/>");
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Math.Pow(10, decade).ToString("#,0.###", CultureInfo.InvariantCulture)}</text>\n");
        }

        foreach (var x in all.Select(p => p.X).Distinct().Order())
        {
            Append(svg, $"<line x1=\"{X(x):0.#}\" y1=\"{Top}\" x2=\"{X(x):0.#}\" y2=\"{Height - Bottom}\" stroke=\"#ececec\"/>");
            Append(svg, $"<text x=\"{X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:0}</text>\n");
        }

        Append(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(xTitle)}</text>");
        Append(svg, $"<text x=\"{Left - 8}\" y=\"{Top - 6}\" text-anchor=\"end\">{WebUtility.HtmlEncode(yTitle)}</text>\n");
        foreach (var line in lines)
        {
            var points = string.Join(' ', line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")));
            Append(svg, $"<polyline fill=\"none\" stroke=\"{line.Color}\" stroke-width=\"2\"{Dash(line)} points=\"{points}\"/>\n");
        }

        Labels(svg, lines, Y);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>At the lines' ends, pushed apart where they would overlap.</summary>
    private static void Labels(StringBuilder svg, IReadOnlyList<LogLogLine> lines, Func<double, double> y)
    {
        var last = double.NegativeInfinity;
        foreach (var (line, at) in lines.Select(l => (l, y(l.Points[^1].Y))).OrderBy(l => l.Item2))
        {
            last = Math.Max(at, last + LabelStep);
            Append(svg, $"<line x1=\"{Width - Right + 6}\" y1=\"{last:0.#}\" x2=\"{Width - Right + 26}\" y2=\"{last:0.#}\" stroke=\"{line.Color}\" stroke-width=\"2\"{Dash(line)}/>");
            Append(svg, $"<text x=\"{Width - Right + 32}\" y=\"{last + 4:0.#}\">{WebUtility.HtmlEncode(line.Label)}</text>\n");
        }
    }

    private static string Dash(LogLogLine line) => line.Dashed ? " stroke-dasharray=\"5 4\"" : "";

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(FormattableString.Invariant(text));
}
