// SPDX-License-Identifier: MIT
using Yoso.Reports.Published;

namespace Yoso.Reports.Tests.Published;

public sealed class PublishedNumbersTests
{
    private const string Header = "publication,table,model,task,metric,value,decimals,confidence,reference\n";

    [Theory]
    [InlineData("softmax", "listops", 37.10, "verified", 0.005)]
    [InlineData("yoso-e", "text", 64.71, "verified-1dp", 0.05)]
    [InlineData("yoso-32", "image", 40.21, "remembered", 0.005)]
    [InlineData("yoso-c-16", "retrieval", 77.61, "remembered", 0.005)]
    [InlineData("none", "pathfinder", 66.51, "remembered", 0.005)]
    [InlineData("linformer", "text", 55.91, "verified", 0.005)]
    public void Find_GivesThePapersValue_ForOurNames(string model, string task, double value, string confidence, double rounding)
    {
        var found = PublishedNumbers.Shipped().Find("lra", task, model, "accuracy");

        Assert.NotNull(found);
        Assert.Equal((value, confidence), (found.Value, found.ConfidenceName));
        Assert.Equal(rounding, found.Rounding, 12);
        Assert.StartsWith("YOSO", found.Publication, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("glue", "mrpc", "yoso-32", "f1", 87.3)]
    [InlineData("glue", "mnli", "yoso-e", "accuracy", 82.2)]
    [InlineData("glue", "mnli", "yoso-e", "accuracy-mm", 82.9)]
    [InlineData("pretrain", "bert", "yoso-32", "perplexity", 4.89)]
    [InlineData("pretrain", "bert", "yoso-32", "sop-accuracy", 93.5)]
    public void Find_GivesTheRememberedValues_OfPretrainingAndGlue(string suite, string task, string model, string metric, double value)
    {
        var found = PublishedNumbers.Shipped().Find(suite, task, model, metric);

        Assert.Equal((value, Confidence.Remembered), (found!.Value, found.Confidence));
    }

    [Theory]
    [InlineData("pretrain", "bert", "softmax", "accuracy")]
    [InlineData("pretrain", "roberta", "softmax", "perplexity")]
    [InlineData("glue", "mrpc", "yoso-32", "accuracy")]
    [InlineData("glue", "mrpc", "yoso-32-scratch", "f1")]
    [InlineData("lra", "listops", "yoso-16", "accuracy")]
    [InlineData("lra", "listops", "softmax", "loss")]
    [InlineData("efficiency", "n=512", "softmax", "accuracy")]
    public void Find_GivesNull_WhereThePaperPrintsNone(string suite, string task, string model, string metric) =>
        Assert.Null(PublishedNumbers.Shipped().Find(suite, task, model, metric));

    [Theory]
    [InlineData("YOSO,LRA,softmax,listops,accuracy %,37.1,2,verified,x\nYOSO,LRA,softmax,text,accuracy %,6x.1,2,verified,x\n", "numbers.csv, line 3, column value: '6x.1' is not a number")]
    [InlineData("YOSO,LRA,softmax,listops,accuracy %,37.1,two,verified,x\n", "numbers.csv, line 2, column decimals: 'two' is not a whole number from 0 to 6")]
    [InlineData("YOSO,LRA,softmax,listops,accuracy %,37.1,2,sure,x\n", "numbers.csv, line 2, column confidence: 'sure' is none of verified, verified-1dp, remembered")]
    [InlineData("YOSO,LRA,,listops,accuracy %,37.1,2,verified,x\n", "numbers.csv, line 2, column model: empty")]
    [InlineData("YOSO,LRA,softmax,listops\n", "numbers.csv, line 2: 4 fields, the header has 9")]
    [InlineData("YOSO,LRA,s,l,m,1,1,verified,x\nYOSO,LRA,s,l,m,2,1,verified,x\n", "numbers.csv, line 3, column model: second value for LRA, l, s, m")]
    public void Load_NamesFileLineAndColumn_OfABadRow(string rows, string message)
    {
        var problem = Assert.Throws<FormatException>(() => PublishedNumbers.Load(new StringReader(Header + rows), "numbers.csv"));

        Assert.Equal(message, problem.Message);
    }

    [Fact]
    public void Load_NamesTheColumn_ThatTheHeaderLacks()
    {
        var problem = Assert.Throws<FormatException>(() => PublishedNumbers.Load(new StringReader("publication,table,model\n"), "numbers.csv"));

        Assert.Equal("numbers.csv, line 1: no column task, metric, value, decimals, confidence, reference", problem.Message);
    }

    [Fact]
    public void Load_NamesTheLine_OfAnUnclosedQuote()
    {
        var problem = Assert.Throws<FormatException>(() => PublishedNumbers.Load(new StringReader(Header + "\"YOSO,LRA,s,l,m,1,1,verified,x\n"), "numbers.csv"));

        Assert.StartsWith("numbers.csv, line 2", problem.Message, StringComparison.Ordinal);
    }
}
