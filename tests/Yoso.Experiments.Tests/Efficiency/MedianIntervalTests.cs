// SPDX-License-Identifier: MIT
using Yoso.Experiments.Efficiency;

namespace Yoso.Experiments.Tests.Efficiency;

public sealed class MedianIntervalTests
{
    [Theory]
    [InlineData(1, 1, 1, 0)] // one value says nothing of where the median is
    [InlineData(3, 1, 3, 0.75)] // 1 - 2/8
    [InlineData(6, 1, 6, 0.96875)] // 1 - 2/64: the fewest that reach 95 %
    [InlineData(10, 2, 9, 0.978515625)] // 1 - 2 · 11/1024
    [InlineData(20, 6, 15, 0.958610534667969)] // 1 - 2 · 21700/2^20; tables of the sign test
    public void Interval_IsOfOrderStatistics(int count, double low, double high, double coverage)
    {
        var interval = MedianInterval.Of([.. Enumerable.Range(1, count).Select(i => (double)i).Reverse()]);

        Assert.Equal((1 + count) / 2.0, interval.Median);
        Assert.Equal((low, high), (interval.Low, interval.High));
        Assert.Equal(coverage, interval.Coverage, 12);
    }

    [Fact]
    public void Interval_CoversTheTrueMedian_AsOftenAsItSays()
    {
        var random = new Random(5);
        var covered = Enumerable.Range(0, 4000).Count(_ =>
        {
            // Exponential: skewed as times are, median ln 2.
            var interval = MedianInterval.Of([.. Enumerable.Range(0, 10).Select(_ => -Math.Log(1 - random.NextDouble()))]);
            return interval.Low <= Math.Log(2) && Math.Log(2) <= interval.High;
        });

        // 97.85 % of 4,000, standard error 9.2: within five of them.
        Assert.InRange(covered, 3914 - 46, 3914 + 46);
    }
}
