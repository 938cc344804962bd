// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Xml.Linq;
using CsCheck;
using Yoso.Reports.Figures;

namespace Yoso.Reports.Tests.Figures;

public sealed class LinePlotTests
{
    [Theory]
    [InlineData(16.8, 37.2, "15 20 25 30 35 40")]
    [InlineData(0, 5000, "0 1,000 2,000 3,000 4,000 5,000")]
    [InlineData(1.71, 2.31, "1.6 1.8 2.0 2.2 2.4")]
    [InlineData(0.0021, 0.0048, "0.002 0.003 0.004 0.005")]
    public void Ticks_AreRoundAndEncloseTheRange(double low, double high, string expected)
    {
        var (ticks, format) = LinePlot.Ticks(low, high);

        Assert.Equal(expected, string.Join(' ', ticks.Select(t => t.ToString(format, CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Ticks_AreFewAndDistinct_ForAnyRange() => Gen.Select(Gen.Double[-1e4, 1e4], Gen.Double[0, 1e4]).Sample((low, span) =>
    {
        var (ticks, format) = LinePlot.Ticks(low, low + span);

        Assert.InRange(ticks.Length, 2, 8);
        Assert.True(ticks[0] <= low + 1e-6 * Math.Max(1, span) && ticks[^1] >= low + span - 1e-6 * Math.Max(1, span));
        Assert.Equal(ticks.Length, ticks.Select(t => t.ToString(format, CultureInfo.InvariantCulture)).Distinct().Count());
    });

    [Fact]
    public void Svg_StaysInsideItsBox_AndLabelsDoNotOverlap()
    {
        var lines = Enumerable.Range(0, 9).Select(i => new PlotLine($"model <{i}>", i, [(0, 16), (500, 20 + i / 100.0)])).ToArray();

        var svg = XElement.Parse(LinePlot.Svg(lines, new ReferenceLevel("majority class", 16.8), "step", "a \"plot\""));

        var ends = svg.Descendants("text").Where(t => t.Value.StartsWith("model", StringComparison.Ordinal) || t.Value == "majority class").Select(t => (double)t.Attribute("y")!).Order().ToArray();
        Assert.Equal(10, ends.Length);
        Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.True(pair.Second - pair.First > 14));
        Assert.All(svg.Descendants().Attributes("y"), y => Assert.InRange((double)y, 0, 290));
        Assert.Contains(svg.Descendants("text"), t => t.Value == "model <3>");
    }
}
