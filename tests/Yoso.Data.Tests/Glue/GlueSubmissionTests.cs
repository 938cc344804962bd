// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

public sealed class GlueSubmissionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static GlueExamples Examples(GlueTask task, GlueSplit split, int count) =>
        new(task, split, "test.tsv", [.. Enumerable.Range(0, count).Select(i => new GlueExample(i, "a", "b", null))], [], "");

    [Theory]
    [InlineData(GlueTask.Sst2, GlueSplit.Test, "SST-2.tsv", "1", "0")]
    [InlineData(GlueTask.Cola, GlueSplit.Test, "CoLA.tsv", "1", "0")]
    [InlineData(GlueTask.Mrpc, GlueSplit.Test, "MRPC.tsv", "1", "0")]
    [InlineData(GlueTask.Qqp, GlueSplit.Test, "QQP.tsv", "1", "0")]
    [InlineData(GlueTask.Qnli, GlueSplit.Test, "QNLI.tsv", "not_entailment", "entailment")]
    [InlineData(GlueTask.Rte, GlueSplit.Test, "RTE.tsv", "not_entailment", "entailment")]
    [InlineData(GlueTask.Mnli, GlueSplit.Test, "MNLI-m.tsv", "entailment", "contradiction")]
    [InlineData(GlueTask.Mnli, GlueSplit.TestMismatched, "MNLI-mm.tsv", "entailment", "contradiction")]
    [InlineData(GlueTask.Stsb, GlueSplit.Test, "STS-B.tsv", "1.000", "0.000")]
    public void Write_GivesTheServersFormat(GlueTask task, GlueSplit split, string file, string one, string zero)
    {
        var path = GlueSubmission.Write(folder.ToString(), Examples(task, split, 2), [1, 0]);

        Assert.Equal(folder[file], path);
        Assert.Equal($"index\tprediction\n0\t{one}\n1\t{zero}\n", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.ToString()));
    }

    [Fact]
    public void Write_CutsScoresToTheScale()
    {
        var path = GlueSubmission.Write(folder.ToString(), Examples(GlueTask.Stsb, GlueSplit.Test, 3), [-0.2f, 5.7f, 2.3456f]);

        Assert.Equal("index\tprediction\n0\t0.000\n1\t5.000\n2\t2.346\n", File.ReadAllText(path));
    }

    [Fact]
    public void Write_RefusesWhatIsNoPrediction()
    {
        var examples = Examples(GlueTask.Sst2, GlueSplit.Test, 2);

        Assert.Contains("1 predictions for 2 examples", Assert.Throws<ArgumentException>(() => GlueSubmission.Write(folder.ToString(), examples, [1])).Message, StringComparison.Ordinal);
        Assert.Contains("no class of SST-2", Assert.Throws<ArgumentException>(() => GlueSubmission.Write(folder.ToString(), examples, [2, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("not a number", Assert.Throws<ArgumentException>(() => GlueSubmission.Write(folder.ToString(), examples, [0, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.ToString()));
    }
}
