// SPDX-License-Identifier: MIT
using Yoso.Experiments.Efficiency;

namespace Yoso.Experiments.Tests.Efficiency;

public sealed class PointStoreTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("yoso-points-").FullName, "efficiency-cpu.partial.jsonl");
    private readonly Meter meter = new();

    private sealed class Meter : IPointMeter
    {
        public List<PointRequest> Asked { get; } = [];

        public (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken)
        {
            Asked.Add(request);
            return request.Model == "softmax" ? (null, "out of memory") : (new PointAnswer(request.Batch, [1.5, 2.25], [3, 4], 7.125), null);
        }
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    private static PointRequest Request(string model, int length) => new("time", model, length, 2, "cpu", 2, 10, 3, 30, 1024);

    private (PointAnswer? Answer, string? Missing) Ask(string model, int length, string key = "k") => new PointStore(meter, path, key).Measure(Request(model, length), CancellationToken.None);

    [Fact]
    public void Answers_AreKept_AcrossProcesses()
    {
        var first = Ask("linear", 128).Answer!;
        var again = Ask("linear", 128).Answer!;

        Assert.Single(meter.Asked);
        Assert.Equal((first.Batch, first.Megabytes), (again.Batch, again.Megabytes));
        Assert.Equal(first.Seconds, again.Seconds);
        Ask("linear", 256);
        Assert.Equal(2, meter.Asked.Count);
        Assert.Equal(2, new PointStore(meter, path, "k").Count);
    }

    [Fact]
    public void AnotherProgramOrMachine_AsksAgain()
    {
        Ask("linear", 128);
        Ask("linear", 128, "other");

        Assert.Equal(2, meter.Asked.Count);
    }

    [Fact]
    public void Points_WithoutAnswer_AreAskedAgain()
    {
        Assert.Equal("out of memory", Ask("softmax", 128).Missing);
        Ask("softmax", 128);

        Assert.Equal(2, meter.Asked.Count);
    }

    [Fact]
    public void ALine_CutOffByAKill_IsMeasuredAgain_AndTheOthersAreKept()
    {
        Ask("linear", 128);
        Ask("linear", 256);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text[..^20]);

        Ask("linear", 128);
        Ask("linear", 256);

        Assert.Equal([128, 256, 256], meter.Asked.Select(r => r.Length));
        Ask("linear", 256); // the new line does not run into the torn one
        Assert.Equal(3, meter.Asked.Count);
    }

    [Fact]
    public void Delete_StartsAnew()
    {
        Ask("linear", 128);
        new PointStore(meter, path, "k").Delete();

        Assert.Equal(0, new PointStore(meter, path, "k").Count);
    }

    [Fact]
    public void Estimate_IsWhatARunOfTheSameStepsTakes()
    {
        // A step takes n² microseconds an instance of softmax, n of linear; 2,048 tokens a step.
        var steps = new Steps();
        var plan = EfficiencyPlan.Full with { Models = ["softmax", "linear"], Lengths = [1024, 4096, 65536], MaxBatchLengths = [] };

        var minutes = new EfficiencyEstimate(plan, "cpu", 2, steps, TextWriter.Null).Minutes(CancellationToken.None);

        // softmax: 3 s + 11 steps of 2.1 s, 3 s + 4 of 16.8 s (65,536: more than 900 s); linear: 3 s + 11 steps of 2 ms, 4 ms, 66 ms.
        Assert.Equal(((3 + (11 * 2.097)) + (3 + (4 * 16.777)) + 9 + (11 * (0.00205 + 0.0041 + 0.0655))) / 60, minutes, 0.01);
        Assert.Equal(4, steps.Asked);
    }

    private sealed class Steps : IPointMeter
    {
        public int Asked { get; private set; }

        public (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken)
        {
            Asked++;
            return (new PointAnswer(1, [1e-6 * request.Length * (request.Model == "softmax" ? request.Length : 1)], [], 8), null);
        }
    }
}
