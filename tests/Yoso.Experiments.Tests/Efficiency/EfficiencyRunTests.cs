// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Text.Json;
using Yoso.Experiments.Efficiency;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Efficiency;

public sealed class EfficiencyRunTests
{
    private static readonly EfficiencyPlan Plan = EfficiencyPlan.Smoke with { Models = ["none", "softmax", "linear"], Lengths = [128, 256, 512, 1024], TokensPerStep = 512, LongestPointSeconds = 100 };

    private sealed class Meter(Func<PointRequest, (PointAnswer?, string?)> answer) : IPointMeter
    {
        public List<PointRequest> Asked { get; } = [];

        public (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken)
        {
            Asked.Add(request);
            return answer(request);
        }
    }

    private static EfficiencyRecord Run(EfficiencyPlan plan, Meter meter, string device = "cpu") =>
        new EfficiencyRun(plan, device, 2, meter, TextWriter.Null, TimeProvider.System).Run("./yoso bench efficiency", CancellationToken.None);

    /// <summary>Softmax takes n² microseconds an instance, the others n.</summary>
    private static (PointAnswer?, string?) Answer(PointRequest r)
    {
        var seconds = r.Batch * 1e-6 * r.Length * (r.Model == "softmax" ? r.Length : 1);
        return (new PointAnswer(r.Batch, [seconds, seconds * 1.1, seconds * 0.9], [2 * seconds, 2 * seconds, 2 * seconds], 10 * r.Batch), null);
    }

    [Fact]
    public void Points_AreThoseOfOneInstance_AndModelsTakeTurnsAtALength()
    {
        var meter = new Meter(Answer);

        var record = Run(Plan, meter);

        Assert.Equal(["none", "softmax", "linear", "none"], meter.Asked.Take(4).Select(r => r.Model));
        Assert.Equal([4, 2, 1, 1], record.Points.Where(p => p.Model == "none").Select(p => p.Batch)); // 512 tokens, at least one instance
        var point = record.Points.Single(p => p is { Model: "softmax", Length: 256 });
        Assert.Equal(65.536, point.Milliseconds!.Median, 1e-9);
        Assert.Equal(65.536, point.CpuMilliseconds!.Median, 1e-9); // two threads
        Assert.Equal(10, point.Megabytes);
        Assert.Equal(2, record.Exponents.Single(e => e is { Model: "softmax", Quantity: "time", Part: "step" }).Exponent, 1e-9);
    }

    [Fact]
    public void APointThatFails_NamesTheReason_AndTheLongerOnesAreNotTried()
    {
        var meter = new Meter(r => r is { Model: "softmax", Length: 256 } ? (null, "out of memory") : Answer(r));

        var record = Run(Plan, meter);

        Assert.Equal([null, "out of memory", "out of memory", "out of memory"], record.Points.Where(p => p.Model == "softmax").Select(p => p.Missing));
        Assert.Equal(2, meter.Asked.Count(r => r.Model == "softmax"));
        Assert.All(record.Points.Where(p => p.Model != "softmax"), p => Assert.Null(p.Missing));
        Assert.Contains("same-batch, `softmax`, n = 256, 512, 1024: out of memory", new EfficiencyMarkdown(record).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void APointThatWouldTakeTooLong_IsLeftOutAndNamed()
    {
        // Warm-up and three samples of softmax at 1,024: 4.2 s.
        var record = Run(Plan with { LongestPointSeconds = 4 }, new Meter(Answer));

        Assert.StartsWith("not measured: would take about 4 s", record.Points.Single(p => p is { Model: "softmax", Length: 1024 }).Missing, StringComparison.Ordinal);
        Assert.NotNull(record.Points.Single(p => p is { Model: "softmax", Length: 512 }).Milliseconds);
    }

    [Fact]
    public void MaxBatch_FitsFirst_AndOnAGpuItsSmallestIsTheSharedOne()
    {
        var meter = new Meter(r => r.Task == "fit" ? (new PointAnswer(r.Model == "softmax" ? 4 : 32, [], [], 900), null) : Answer(r));

        var record = Run(Plan with { Lengths = [128], MaxBatchLengths = [128] }, meter, "cuda");

        Assert.Equal(["fit", "time", "fit", "time", "fit", "time", "time", "time", "time"], meter.Asked.Select(r => r.Task));
        Assert.Equal([32, 4, 32], record.Points.Where(p => p.Mode == EfficiencyRun.MaxBatch).Select(p => p.Batch));
        Assert.Equal([4, 4, 4], record.Points.Where(p => p.Mode == EfficiencyRun.SameBatch).Select(p => p.Batch));
        Assert.All(record.Points, p => Assert.Null(p.CpuMilliseconds));
    }

    [Fact]
    public void Record_IsReadBackAsItWas_AndTheTablesDoNotDependOnTheCulture()
    {
        var record = Run(Plan, new Meter(Answer));
        var json = JsonSerializer.Serialize(record, RunRecordJson.Options);

        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<EfficiencyRecord>(json, RunRecordJson.Options), RunRecordJson.Options));
        var invariant = new EfficiencyMarkdown(record).Text() + string.Join('\n', MeasurementFigures.Of(record).Values);
        var before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            var comma = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            System.Globalization.CultureInfo.CurrentCulture = comma;
            Assert.Equal(invariant, new EfficiencyMarkdown(record).Text() + string.Join('\n', MeasurementFigures.Of(record).Values));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }

        Assert.Contains("| `softmax` | 16.4 [14.7, 18] | 65.5 [59, 72.1] |", invariant, StringComparison.Ordinal);
    }

    private sealed class Memory(Func<double> peak) : IPeakMemory
    {
        public double Peak() => peak();
    }

    [Theory]
    [InlineData(100, 8)] // 10 MiB and 10 an instance: 8 take 90, 16 would take twice that
    [InlineData(20, 1)]
    [InlineData(5, 0)]
    public void Fit_DoublesTheBatch_WithinTheBudget(double budget, int expected)
    {
        var batch = 0;
        var request = new PointRequest("fit", "none", 128, 1, "cpu", 1, 3, 3, 1, budget);

        Assert.Equal(expected, PointMeasurement.Fit(b => batch = b, new Memory(() => 10 + (10.0 * batch)), request).Batch);
        Assert.True(batch <= Math.Max(1, expected), $"tried {batch}");
    }

    [Fact]
    public void Fit_OnAGpu_GoesOnUntilTheMemoryIsFull_AndOtherFailuresAreNotTakenForThat()
    {
        var request = new PointRequest("fit", "none", 128, 1, "cuda", 1, 3, 3, 1, 0);
        void Step(int batch) => _ = batch > 16 ? throw new ExternalException("CUDA out of memory. Tried to allocate") : batch;

        Assert.Equal(16, PointMeasurement.Fit(Step, new Memory(() => 1), request).Batch);
        Assert.Throws<ExternalException>(() => PointMeasurement.Fit(_ => throw new ExternalException("no kernel image"), new Memory(() => 1), request));
    }

    [Fact]
    public void Time_TakesItsSamples_AfterOneStepThatDoesNotCount()
    {
        var calls = 0;
        var request = new PointRequest("time", "none", 128, 2, "cpu", 1, Samples: 5, FewestSamples: 3, PointSeconds: 1000, MemoryBudget: 0);

        var answer = PointMeasurement.Time(_ => calls++, new Memory(() => 7), request);
        var hurried = PointMeasurement.Time(_ => { }, new Memory(() => 7), request with { PointSeconds = 0 });

        Assert.Equal((6, 5, 5, 7), (calls, answer.Seconds.Length, answer.CpuSeconds.Length, answer.Megabytes));
        Assert.Equal(3, hurried.Seconds.Length);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void EveryModel_TakesAStep_AtAnOddLength(string model)
    {
        using var step = new TrainingStep(EfficiencyModels.Network(model, 97) with { LayerCount = 2, Dim = 16, HiddenDim = 16, HeadCount = 1 }, "cpu");

        step.Run(2);

        Assert.Empty(EfficiencyModels.Network(model, 16384).Problems());
    }

    public static TheoryData<string> Models() => [.. EfficiencyModels.Names];
}
