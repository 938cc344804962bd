// SPDX-License-Identifier: MIT
using System.Net;
using System.Text.RegularExpressions;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Figures;

/// <summary>The report's figures of a measurement as SVG files of their own: white background, title inside, the page's light colours.</summary>
public static partial class MeasurementFigures
{
    /// <summary>By name without extension: efficiency-cpu-time and -memory; fewer where nothing was measured.</summary>
    public static IReadOnlyDictionary<string, string> Of(EfficiencyRecord record) => Files(EfficiencyViews.Build(record));

    /// <summary>By name without extension: approximation-random-hashes, -length, -gradients and the same of other inputs.</summary>
    public static IReadOnlyDictionary<string, string> Of(ApproximationRecord record) => Files(ApproximationViews.Build(record, new Dictionary<string, string>()));

    /// <summary>Both axes logarithmic, so that n^x is a straight line of slope x.</summary>
    /// <param name="lines">At least one point, all positive.</param>
    public static string LogLog(IReadOnlyList<LogLogLine> lines, string title, string xTitle, string yTitle) => StandAlone(LogLogPlot.Svg(lines, xTitle, yTitle, title), title);

    private static Dictionary<string, string> Files(MeasurementView view) =>
        view.Figures.ToDictionary(f => f.Id, f => StandAlone(f.Svg.Text, f.Title), StringComparer.Ordinal);

    /// <summary>Viewers of files know neither the page's variables nor its fonts, so colours are written out.</summary>
    private static string StandAlone(string inline, string title)
    {
        var css = EmbeddedText.Read("templates.report.css");
        string Light(string name) => LightColor().Matches(css).First(m => m.Groups["name"].Value == name).Groups["value"].Value;
        var colors = string.Join(' ', Enumerable.Range(0, LinePlot.Colors).Select(i => $".line-{i} {{ stroke: {Light($"c{i}")}; }}"));
        var size = ViewBox().Match(inline);
        var (width, height) = (size.Groups["width"].Value, int.Parse(size.Groups["height"].Value, System.Globalization.CultureInfo.InvariantCulture) + TitleHeight);
        return $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -{{TitleHeight}} {{width}} {{height}}" role="img" font-family="sans-serif" font-size="13">
            <title>{{WebUtility.HtmlEncode(title)}}</title>
            <style>text { fill: {{Light("ink")}}; } .grid { stroke: {{Light("rule")}}; } .level { stroke: {{Light("soft")}}; stroke-dasharray: 5 4; } .line { fill: none; stroke-width: 2; } .dashed { stroke-dasharray: 6 4; } {{colors}}</style>
            <rect y="-{{TitleHeight}}" width="{{width}}" height="{{height}}" fill="{{Light("page")}}"/>
            <text x="8" y="-8" font-size="14">{{WebUtility.HtmlEncode(title)}}</text>

            """ + inline[(inline.IndexOf('\n', StringComparison.Ordinal) + 1)..] + "\n";
    }

    private const int TitleHeight = 26;

    [GeneratedRegex("--(?<name>[a-z0-9-]+): (?<value>#[0-9a-f]+);")]
    private static partial Regex LightColor();

    [GeneratedRegex("viewBox=\"0 0 (?<width>[0-9]+) (?<height>[0-9]+)\"")]
    private static partial Regex ViewBox();
}
