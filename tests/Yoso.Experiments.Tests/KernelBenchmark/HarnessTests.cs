// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;

namespace Yoso.Experiments.Tests.KernelBenchmark;

public sealed class HarnessTests
{
    private static readonly HarnessOptions Options = new(WarmUpSeconds: 0.02, SampleSeconds: 0.01, CaseSeconds: 0.1, Fewest: 3, Most: 8);

    private readonly ManualClock _clock = new();
    private readonly List<string> _order = [];

    [Fact]
    public void Measure_GivesMediansAndCalls_WhenTimesAreFixed()
    {
        var rows = Harness(threads: 2).Measure([Contender("fast", 0.002), Contender("slow", 0.05)]);

        // 5 calls of 2 ms make a sample of 10 ms, at most 8 of them; a call of 50 ms is its own sample, twice in 0.1 s but at least 3.
        Assert.Equal((2, 5, 8), (Math.Round(rows[0].Median, 6), rows[0].Calls, rows[0].Samples));
        Assert.Equal((50, 1, 3), (Math.Round(rows[1].Median, 6), rows[1].Calls, rows[1].Samples));
        Assert.Equal(0, rows[0].Spread, 6);
    }

    [Fact]
    public void Measure_DividesProcessorTimeByThreads()
    {
        var row = Harness(threads: 4).Measure([Contender("a", 0.02)])[0];

        Assert.Equal(20.0 / 4, row.Cpu, 6); // the clock's own time serves as processor time
    }

    [Fact]
    public void Measure_TakesTurns_WhenCasesAreEquallyLong()
    {
        Harness(threads: 1).Measure([Contender("a", 0.02), Contender("b", 0.02), Contender("c", 0.02)]);

        // After three warm-up calls each, every round has each case once and begins with another one.
        Assert.Equal("abc bca cab abc bca", string.Join(' ', _order.Skip(9).Chunk(3).Select(c => string.Concat(c))));
    }

    [Fact]
    public void Measure_SpreadsFewSamplesOverAllRounds()
    {
        Harness(threads: 1).Measure([Contender("a", 0.0125), Contender("b", 0.05)]);

        // 8 rounds of a, 3 of b: never two b in a row, the last b at the end.
        var timed = string.Concat(_order)["aaabbb".Length..];
        Assert.Equal(3, timed.Count(c => c == 'b'));
        Assert.DoesNotContain("bb", timed, StringComparison.Ordinal);
        Assert.True(timed.LastIndexOf('b') >= timed.Length - 2, timed);
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(6, 2)]
    public void Measure_CountsTheFirstCall_WhenItIsLong(double seconds, int samples)
    {
        var row = Harness(threads: 1).Measure([Contender("sdpa", seconds)])[0];

        Assert.Equal((samples, 1, samples), (row.Samples, row.Calls, _order.Count));
    }

    private Harness Harness(int threads) => new(Options, threads, _clock, () => TimeSpan.FromSeconds(_clock.Seconds));

    private Contender Contender(string name, double seconds) => new(new BenchCase(name, "forward", "random", 1, 1, null, null), () =>
    {
        _order.Add(name);
        _clock.Seconds += seconds;
    });

    private sealed class ManualClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long GetTimestamp() => (long)Math.Round(Seconds * TimestampFrequency);

        public override long TimestampFrequency => 1_000_000_000;
    }
}
