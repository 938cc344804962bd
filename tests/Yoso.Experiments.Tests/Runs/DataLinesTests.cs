// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class DataLinesTests
{
    [Fact]
    public void Progress_PrintsEachTenthOnce()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var lines = new DataLines(text, TimeProvider.System);

        lines.Note("licence: CC0-1.0");
        for (var done = 0; done <= 100; done += 4)
        {
            lines.Progress("drawing", done, 40 * 2.5);
        }

        Assert.StartsWith("licence: CC0-1.0\ndrawing, 10 %\ndrawing, 20 %\n", text.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("drawing, 100 %\n", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(11, text.ToString().Count(c => c == '\n'));
    }

    [Fact]
    public void Progress_CountsMegabytes_WhereTheEndIsNotKnown()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var clock = new Clock();
        var lines = new DataLines(text, clock);

        lines.Progress("fetching", 1e6, null);
        clock.Now = 31;
        lines.Progress("fetching", 42e6, null);

        Assert.Equal("fetching, 42 MB\n", text.ToString());
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }
}
