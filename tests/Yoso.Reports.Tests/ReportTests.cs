// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Xml.Linq;

namespace Yoso.Reports.Tests;

public sealed class ReportTests
{
    [Theory]
    [InlineData("report.md")]
    [InlineData("report.html")]
    [InlineData("results.csv")]
    [InlineData("results.json")]
    [InlineData("tables/lra-smoke.tex")]
    public void Files_MatchApprovedText_OfSmokeRuns(string name)
    {
        var files = Report.Files(Records.Smoke());

        var text = files[name];
        Approved.Matches(name.Replace('/', '-'), name == "report.html" ? text[text.IndexOf("<body>", StringComparison.Ordinal)..] : text);
    }

    [Theory]
    [InlineData("report.md")]
    [InlineData("report.html")]
    [InlineData("results.csv")]
    [InlineData("tables/lra-paper.tex")]
    [InlineData("tables/efficiency-cpu-exponents.tex")]
    public void Files_MatchApprovedText_OfPaperRuns(string name)
    {
        var text = Report.Files(Records.Paper().With())[name];

        Approved.Matches($"paper-{name.Replace('/', '-')}", name == "report.html" ? text[text.IndexOf("<body>", StringComparison.Ordinal)..] : text);
    }

    [Fact]
    public void Files_AreTheSame_InACultureWithDecimalComma()
    {
        var here = Report.Files(Records.Smoke().With());
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.NegativeSign = "~";
        comma.DateTimeFormat.DateSeparator = ".";
        comma.DateTimeFormat.TimeSeparator = ".";
        IReadOnlyDictionary<string, string> there;
        try
        {
            CultureInfo.CurrentCulture = comma;
            there = Report.Files(Records.Smoke().With());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal(here.Keys.Order(), there.Keys.Order());
        Assert.All(here, file => Assert.Equal(file.Value, there[file.Key]));
    }

    [Fact]
    public void Files_AreTheSame_WhenRunsComeInAnotherOrder()
    {
        var input = Records.Smoke();

        var turned = Report.Files(input with { Runs = [.. input.Runs.Reverse()], Expected = [.. input.Expected.Reverse()] });

        Assert.Equal(Report.Files(input), turned);
    }

    [Fact]
    public void Files_SayNothingRan_WhenInputIsEmpty()
    {
        var files = Report.Files(Records.Input());

        Assert.Contains("No finished runs yet.", files["report.html"], StringComparison.Ordinal);
        Assert.DoesNotContain("<table", files["report.html"], StringComparison.Ordinal);
        Assert.DoesNotContain("<h2", files["report.html"], StringComparison.Ordinal);
        Assert.Equal(1, files["results.csv"].Count(c => c == '\n'));
        Assert.DoesNotContain(files.Keys, k => k.EndsWith(".tex", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_NameReasonAndLog_WhenEveryJobFailed()
    {
        var input = Records.Input() with { Failures = [new FailedJob(Records.Job("softmax"), "no space left on device", "runs/softmax/log.txt")] };

        var files = Report.Files(input);

        Assert.All(["report.html", "report.md"], name =>
        {
            Assert.Contains("no space left on device", files[name], StringComparison.Ordinal);
            Assert.Contains("runs/softmax/log.txt", files[name], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Files_HaveATableOfTheirOwn_ForRunsOfAnotherProtocol()
    {
        var files = Report.Files(Records.Input(Records.Run(scale: "paper", accuracy: 37), Records.Run(scale: "paper", accuracy: 38.25, protocol: "clean")));

        Assert.Equal(["tables/lra-paper-scale--clean-protocol.tex", "tables/lra-paper.tex"], files.Keys.Where(k => k.EndsWith(".tex", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains("38.25", files["tables/lra-paper-scale--clean-protocol.tex"], StringComparison.Ordinal);
        Assert.DoesNotContain("38.25", files["tables/lra-paper.tex"], StringComparison.Ordinal);
        Assert.Contains("Long Range Arena, paper scale, clean protocol: ", files["report.html"], StringComparison.Ordinal);
    }

    [Fact]
    public void Files_HaveOneTablePerScale_PaperFirst()
    {
        var files = Report.Files(Records.Input(Records.Run(scale: "smoke"), Records.Run(scale: "paper", seed: 2)));

        var html = files["report.html"];
        Assert.True(html.IndexOf("id=\"lra-paper\"", StringComparison.Ordinal) < html.IndexOf("id=\"lra-smoke\"", StringComparison.Ordinal));
        Assert.Contains("tables/lra-paper.tex", files.Keys);
        Assert.Contains("tables/lra-smoke.tex", files.Keys);
    }

    [Fact]
    public void Files_HaveTheAverage_OfModelsWithAllFiveTasks()
    {
        string[] tasks = ["listops", "text", "retrieval", "image", "pathfinder"];
        var all = tasks.Select((t, i) => Records.Run(task: t, model: "softmax", scale: "paper", kind: "original", accuracy: 40 + 10 * i));

        var tex = Report.Files(Records.Input([.. all, Records.Run(model: "yoso-e", scale: "paper", kind: "original")]))["tables/lra-paper.tex"];

        Assert.Contains(" & Pathfinder & Average \\\\", tex, StringComparison.Ordinal);
        Assert.Contains("80.00 (74.16) & 60.00 (58.77) \\\\", tex, StringComparison.Ordinal);
        Assert.Contains("yoso-e & 34.10 (37.30$^{1}$) & -- & -- & -- & -- & -- \\\\", tex, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_NeedsNothingFromOutside_AndNoScript()
    {
        var html = Report.Files(Records.Smoke().With())["report.html"];

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("src=\"(?!data:)", html);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_IsWellFormed_SoThatNoCellRunsIntoTheNext()
    {
        var html = Report.Files(Records.Smoke().With())["report.html"];
        var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)].Replace("<br>", "<br/>", StringComparison.Ordinal);
        body = System.Text.RegularExpressions.Regex.Replace(body, "<img ([^>]*)>", "<img $1/>");

        var parsed = XElement.Parse(body);

        var ids = parsed.DescendantsAndSelf().Attributes("id").Select(a => a.Value).ToHashSet();
        Assert.All(parsed.Descendants("a").Attributes("href"), link => Assert.Contains(link.Value[1..], ids));
    }

    [Fact]
    public void Html_StaysUnderThreeMegabytes_WithLongCurves()
    {
        var runs = Enumerable.Range(1, 30).Select(seed => Records.Run(model: $"yoso-{seed % 6}", seed: seed)).ToArray();
        var curve = Enumerable.Range(1, 60_000).Select(i => new CurvePoint(i, "dev", "accuracy", i % 97)).ToArray();

        var html = Report.Files(Records.Input(runs) with { Curves = runs.ToDictionary(r => r.Key, _ => (IReadOnlyList<CurvePoint>)curve) })["report.html"];

        Assert.InRange(html.Length, 10_000, 3_000_000);
    }

    [Fact]
    public void Files_NameTheCommand_WhenNothingWasMeasured()
    {
        var files = Report.Files(Records.Smoke());

        Assert.All(["report.html", "report.md"], name => Assert.All(["./build.sh Efficiency", "./build.sh Approximation"], command => Assert.Contains(command, files[name], StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_HaveSectionsTablesAndRows_OfMeasurements()
    {
        var files = Report.Files(Records.Input().With());

        var html = files["report.html"];
        Assert.All(["efficiency-cpu-time", "efficiency-cpu-memory", "approximation-random-hashes", "approximation-clustered-length", "approximation-clustered-gradients"], id => Assert.Contains($"<figure id=\"{id}\">", html, StringComparison.Ordinal));
        Assert.Contains("812 [700, 950]", html, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/svg+xml;base64,", html, StringComparison.Ordinal);
        Assert.Contains("not measured: would take about 1200 s, more than 900 s", files["report.md"], StringComparison.Ordinal);
        Assert.Contains("efficiency-cpu,n=1024,softmax,milliseconds,full,same-batch,,", files["results.csv"], StringComparison.Ordinal);
        Assert.Contains("\"approximation\": {", files["results.json"], StringComparison.Ordinal);
        Assert.All(files.Where(f => f.Key.EndsWith(".tex", StringComparison.Ordinal)), f =>
        {
            var rows = f.Value.Split('\n').Where(l => l.EndsWith("\\\\", StringComparison.Ordinal) && !l.Contains("multicolumn", StringComparison.Ordinal)).Select(l => l.Count(c => c == '&')).ToArray();
            Assert.Single(rows.Distinct());
            Assert.All(f.Value, c => Assert.True(c < 128 || f.Value.IndexOf(c, StringComparison.Ordinal) < f.Value.IndexOf("tabular", StringComparison.Ordinal), $"{f.Key}: {c}"));
        });
    }

    [Fact]
    public void Files_EscapeHostileNames()
    {
        const string hostile = "<script>alert('x')</script>|`&_\n\\end{tabular}";
        var input = Records.Input(Records.Run(task: hostile, model: hostile)) with
        {
            Failures = [new FailedJob(Records.Job(hostile, 7), hostile, hostile)],
            Commit = hostile,
        };

        var files = Report.Files(input);

        Assert.DoesNotContain("<script", files["report.html"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, files["tables/lra-smoke.tex"].Split("\\end{tabular}").Length - 1);
        var table = files["report.md"].Split('\n').Where(l => l.StartsWith('|')).ToArray();
        Assert.All(table, line => Assert.EndsWith("|", line, StringComparison.Ordinal));
        Assert.DoesNotContain(files["report.md"].Split('\n'), l => l.StartsWith("\\end", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_WritesAllFilesAndLeavesNoneOfAnEarlierReport()
    {
        var folder = Directory.CreateTempSubdirectory("yoso-report-").FullName;
        try
        {
            Report.Render(Records.Input(Records.Run(scale: "nightly")), folder);
            var html = Report.Render(Records.Smoke(), folder);

            var written = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);
            Assert.Equal(["report.html", "report.md", "results.csv", "results.json", "tables/lra-smoke.tex"], written);
            Assert.Equal(Report.Files(Records.Smoke())["report.html"], File.ReadAllText(html));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
