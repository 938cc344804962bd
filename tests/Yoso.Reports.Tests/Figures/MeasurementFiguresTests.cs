// SPDX-License-Identifier: MIT
using System.Xml.Linq;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests.Figures;

public sealed class MeasurementFiguresTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Efficiency_IsTimeAndMemory_NamedForTheDevice() =>
        Assert.Equal(["efficiency-cpu-memory", "efficiency-cpu-time"], MeasurementFigures.Of(MeasurementRecords.Efficiency()).Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Efficiency_WithoutAPoint_HasNoFigure()
    {
        var record = MeasurementRecords.Efficiency();

        Assert.Empty(MeasurementFigures.Of(record with { Points = [.. record.Points.Where(p => p.Missing is not null)] }));
    }

    [Fact]
    public void Approximation_IsThreeFiguresAnInput()
    {
        var names = MeasurementFigures.Of(MeasurementRecords.Approximation()).Keys.Order(StringComparer.Ordinal);

        Assert.Equal(from input in (string[])["clustered", "random"] from figure in (string[])["gradients", "hashes", "length"] select $"approximation-{input}-{figure}", names);
    }

    [Fact]
    public void AFile_NeedsNoPage()
    {
        var files = MeasurementFigures.Of(MeasurementRecords.Efficiency()).Concat(MeasurementFigures.Of(MeasurementRecords.Approximation())).Select(f => f.Value)
            .Append(MeasurementFigures.LogLog([new LogLogLine("a < b", "line-6 dashed", [(512, 1), (1024, 2)])], "time & n", "tokens n", "ms"));

        Assert.All(files, text =>
        {
            var svg = XElement.Parse(text);
            Assert.Equal(Svg + "svg", svg.Name);
            Assert.NotEmpty(svg.Element(Svg + "title")!.Value);
            // Every class that is used has its rule, and no rule asks a page for its value.
            var style = svg.Element(Svg + "style")!.Value;
            Assert.DoesNotContain("var(", style, StringComparison.Ordinal);
            Assert.All(svg.Descendants().Attributes("class").SelectMany(c => c.Value.Split(' ')).Distinct(), c => Assert.Contains($".{c} {{", style, StringComparison.Ordinal));
            var (top, height) = ((double)-26, svg.Attribute("viewBox")!.Value.Split(' ')[3]);
            Assert.All(svg.Descendants(Svg + "text"), t => Assert.InRange((double)t.Attribute("y")!, top, double.Parse(height, System.Globalization.CultureInfo.InvariantCulture) + top));
        });
    }
}
