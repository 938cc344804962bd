// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

/// <summary>The sample pack of the repository.</summary>
public sealed class GlueSampleTests
{
    private static string Samples([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "samples"));

    [Theory]
    [InlineData(GlueTask.Sst2, GlueSplit.Train, 2400)]
    [InlineData(GlueTask.Sst2, GlueSplit.Dev, 600)]
    [InlineData(GlueTask.Mrpc, GlueSplit.Train, 4000)]
    [InlineData(GlueTask.Mrpc, GlueSplit.Dev, 800)]
    public void LoadSample_ReadsEveryRow(GlueTask task, GlueSplit split, int count)
    {
        var read = GlueData.LoadSample(Samples(), task, split);

        Assert.Equal(count, read.Examples.Count);
        Assert.Empty(read.BadRows);
        Assert.InRange(read.Examples.Average(e => e.Label), 0.49, 0.51);
    }

    [Fact]
    public void LoadSample_SaysWhatThePackHas() =>
        Assert.Contains("it has train and dev of SST-2 and MRPC", Assert.Throws<DataFormatException>(() => GlueData.LoadSample(Samples(), GlueTask.Rte, GlueSplit.Dev)).Message, StringComparison.Ordinal);
}
