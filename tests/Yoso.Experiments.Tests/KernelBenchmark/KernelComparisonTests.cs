// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Yoso.Experiments.Commands;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Models;
using Yoso.Models.Autograd;

namespace Yoso.Experiments.Tests.KernelBenchmark;

public sealed partial class KernelComparisonTests
{
    [Fact]
    public async Task Quick_WritesWholeAndConsistentFiles()
    {
        var output = Directory.CreateTempSubdirectory("yoso-bench-").FullName;

        Assert.Equal(ExitCode.Ok, await CommandTree.Run(["bench", "kernels", "--quick", "--threads", "2", "--output", output]));

        var folder = Path.Combine(output, "bench");
        Assert.Equal(["kernels-cpu.json", "kernels-cpu.md", "kernels-cpu.svg"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "kernels-cpu.json")));
        var headline = json.RootElement.GetProperty("headline").GetString()!;
        Assert.Matches(HeadlineForm(), headline);
        CheckRows(json.RootElement);
        CheckHeadline(json.RootElement, headline);
        var markdown = File.ReadAllText(Path.Combine(folder, "kernels-cpu.md"));
        Assert.Contains("./yoso bench kernels --quick --threads 2", markdown, StringComparison.Ordinal);
        Assert.Contains("2 threads", markdown, StringComparison.Ordinal);
        Assert.All(TablesOf(markdown), t => Assert.Single(t.Select(row => row.Count(c => c == '|')).Distinct()));
        Assert.DoesNotContain("NaN", markdown, StringComparison.Ordinal);
        var plot = XDocument.Load(Path.Combine(folder, "kernels-cpu.svg"));
        Assert.Equal(6, plot.Descendants(XName.Get("polyline", "http://www.w3.org/2000/svg")).Count());

        Directory.Delete(output, recursive: true);
    }

    [Theory]
    [InlineData("--threads", "-1", "--threads -1: need 1 to 1024, or 0 for one a core")]
    [InlineData("--threads", "5000", "--threads 5000: need 1 to 1024, or 0 for one a core")]
    public async Task BadThreads_EndInOneLine(string option, string value, string message)
    {
        var (before, error) = (Console.Error, new StringWriter());
        Console.SetError(error);
        try
        {
            Assert.Equal(ExitCode.Usage, await CommandTree.Run(["bench", "kernels", option, value]));
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.Equal($"yoso: {message}\n", error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Full_HasWhatTheGoalsAskFor()
    {
        var plan = BenchPlan.Full;
        var cases = plan.HeadDims.SelectMany(d => plan.Sizes.SelectMany(n => plan.Cases(n, d))).ToArray();

        Assert.Equal(cases.Length, cases.Distinct().Count());
        foreach (var (d, m, input, n) in from d in new[] { 64, 32 } from m in new[] { 32, 16 } from input in new[] { "random", "clustered" } from n in plan.Sizes select (d, m, input, n))
        {
            Assert.Contains(new BenchCase("yoso", "forward", input, n, d, m, BenchPlan.ComparedTau(n)), cases);
            Assert.Contains(new BenchCase("yoso-kernels", "forward+backward", input, n, d, m, BenchPlan.ComparedTau(n)), cases);
            Assert.Contains(new BenchCase("sdpa", "forward+backward", "random", n, d, null, null), cases);
        }

        Assert.Equal((512, 16384), (plan.Sizes[0], plan.Sizes[^1]));
        Assert.Contains(new BenchCase("yoso", "forward+backward", "random", 4096, 64, 32, 12), cases);
        Assert.Contains(new BenchCase("yoso", "forward", "clustered", 16384, 64, 32, 14), cases);
        Assert.All(InputKind.Skewed, i => Assert.Contains(new BenchCase("yoso", "forward", i, 8192, 64, 32, 12), cases));
        Assert.DoesNotContain(cases, c => c.Implementation == "softmax" && c.N > 1024);
    }

    [Fact]
    public void Contenders_LeaveTheirInputAlone()
    {
        // Cases take turns on one input: what changed it would change the work of the next one.
        var input = AttentionInput.Make(InputKind.Clustered, 97, 64, new Seed(1));
        float[][] tensors = [input.Query, input.Key, input.Value, input.OutputGradient];
        var before = tensors.Select(t => (float[])t.Clone()).ToArray();
        using var torch = new TorchContenders(input, new Seed(1));

        var (forward, both) = torch.Yoso(8, 9);
        forward();
        both();
        both();
        new KernelContender(input, 8, 9, 2, new Seed(1)).ForwardBackward();

        Assert.Equal(before, tensors);
    }

    [Fact]
    public void GivenGradient_ReachesTheInput_Unchanged()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var given = TorchSharp.torch.randn(3, 4);
        var input = TorchSharp.torch.randn([3, 4], requires_grad: true);

        AutogradRunner.Backward(GivenGradient.Apply(new OutputGradient(given), input));

        Assert.Equal(given.bytes.ToArray(), input.grad!.bytes.ToArray());
    }

    [Fact]
    public void MachineProbe_GivesPositiveTimes_AndLargerTablesAreNotFree()
    {
        var probe = new MachineProbe(threads: 2, passes: 3);

        Assert.InRange(probe.CycleSeconds(), 1e-11, 1e-7); // 100 GHz to 10 MHz
        Assert.True(probe.RowReadSeconds(64, 64) > 0);
        Assert.True(probe.SortSeconds(4096, 12) > probe.SortSeconds(64, 5));
    }

    private static void CheckRows(JsonElement root)
    {
        var plan = BenchPlan.Quick;
        var expected = plan.HeadDims.SelectMany(d => plan.Sizes.SelectMany(n => plan.Cases(n, d))).ToHashSet();
        var rows = root.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(expected, [.. rows.Select(r => new BenchCase(
            r.GetProperty("implementation").GetString()!,
            r.GetProperty("operation").GetString()!,
            r.GetProperty("input").GetString()!,
            r.GetProperty("n").GetInt32(),
            r.GetProperty("d").GetInt32(),
            Number(r, "m"),
            Number(r, "tau")))]);
        Assert.Equal(expected.Count, rows.Length);
        Assert.All(rows, r =>
        {
            Assert.True(r.GetProperty("median").GetDouble() > 0);
            Assert.True(r.GetProperty("spread").GetDouble() >= 0);
            Assert.Equal(2, r.GetProperty("threads").GetInt32());
            Assert.True(r.GetProperty("samples").GetInt32() >= 3);
        });
    }

    private static void CheckHeadline(JsonElement root, string headline)
    {
        double Median(string implementation) => root.GetProperty("rows").EnumerateArray().First(r =>
            r.GetProperty("implementation").GetString() == implementation && r.GetProperty("operation").GetString() == "forward"
            && r.GetProperty("input").GetString() == "random" && r.GetProperty("n").GetInt32() == BenchPlan.Quick.Headline).GetProperty("median").GetDouble();

        var said = double.Parse(HeadlineForm().Match(headline).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

        // Medians are written with four digits, the ratio with one behind the point.
        Assert.Equal(Median("sdpa") / Median("yoso"), said, 0.05 + (0.001 * said) + 1e-9);
    }

    private static int? Number(JsonElement row, string name) => row.GetProperty(name).ValueKind == JsonValueKind.Null ? null : row.GetProperty(name).GetInt32();

    private static IEnumerable<List<string>> TablesOf(string markdown)
    {
        var table = new List<string>();
        foreach (var line in markdown.Split('\n').Append(""))
        {
            if (line.StartsWith('|'))
            {
                table.Add(line);
            }
            else if (table.Count > 0)
            {
                yield return table;
                table = [];
            }
        }
    }

    [GeneratedRegex(@"^n=\d+ random: forward (\d+\.\d) x, forward\+backward \d+\.\d x; clustered: forward\+backward \d+\.\d x; floor \d+ %$")]
    private static partial Regex HeadlineForm();
}
