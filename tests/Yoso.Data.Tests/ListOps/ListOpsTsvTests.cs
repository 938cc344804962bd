// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Data.Tests.ListOps;

public sealed class ListOpsTsvTests : IDisposable
{
    private const string Header = "Source\tTarget\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private SequenceDataset Read(string text)
    {
        File.WriteAllText(folder["a.tsv"], text);
        return ListOpsTsv.Read(folder["a.tsv"]);
    }

    [Fact]
    public void Read_DropsParentheses_AndKeepsPrefixOrder()
    {
        var data = Read(Header + "( ( ( ( [MAX 2 ) 9 ) ( ( ( [MIN 4 ) 7 ) ] ) ) ] )\t9\n7\t7\r\n");

        Assert.Equal([2, 8, 15, 1, 10, 13, 5, 5], data.Sequence(0).ToArray());
        Assert.Equal([13], data.Sequence(1).ToArray());
        Assert.Equal([9, 7], [data.Label(0), data.Label(1)]);
        Assert.Equal(0, ListOpsEvaluator.CountWrongLabels(data));
    }

    [Fact]
    public void Write_GivesUpstreamsText()
    {
        ListOpsTsv.Write(folder["b.tsv"], SequenceDataset.FromExamples([(9, [2, 8, 15, 1, 10, 13, 5, 5]), (4, [10])], new ListOpsOptions().Shape));

        Assert.Equal(Header + "( ( ( ( [MAX 2 ) 9 ) ( ( ( [MIN 4 ) 7 ) ] ) ) ] )\t9\n4\t4\n", File.ReadAllText(folder["b.tsv"]));
    }

    [Fact]
    public void Read_GivesBackGeneratedTrees_AfterWrite()
    {
        var trees = ListOpsGenerator.Generate(
            new() { TrainCount = 200, DevCount = 1, TestCount = 1 }, cancellation: TestContext.Current.CancellationToken).Train;

        ListOpsTsv.Write(folder["c.tsv"], trees);

        Assert.Equal(trees.Digest, ListOpsTsv.Read(folder["c.tsv"]).Digest);
        Assert.Equal(trees.Take(5).Digest, ListOpsTsv.Read(folder["c.tsv"], limit: 5).Digest);
    }

    [Theory]
    [InlineData("( ( [MAX 2 ) ] )\t2\n( ( [MAX 2 ) ? )\t2\n", 3, 14, "unknown token ?")]
    [InlineData("( ( [MAX 2 ) ] )\n", 2, 17, "target are missing")]
    [InlineData("( ( [MAX 2 ) ] )\t12\n", 2, 18, "0 to 9")]
    [InlineData("( ( [MAX 2 ) ] )\t\n", 2, 18, "0 to 9")]
    [InlineData("( ( [MAX 2 ) ] )\t2\t2\n", 2, 18, "0 to 9")]
    [InlineData("( ( [MAX 2 3 ) ] )\t2\n", 2, 12, "two parts")]
    [InlineData("( ( [MAX 2 ) ]\t2\n", 2, 1, "never closed")]
    [InlineData("( [MAX ) 2\t2\n", 2, 8, "two parts")]
    [InlineData("( ] 2 )\t2\n", 2, 3, "without operator")]
    [InlineData("( 2 3 )\t2\n", 2, 5, "cannot follow")]
    [InlineData("( [MAX ] )\t2\n", 2, 8, "cannot follow")]
    [InlineData("2 )\t2\n", 2, 3, "no parenthesis")]
    [InlineData("2 2\t2\n", 2, 3, "the tree ends")]
    [InlineData("2 ( \t2\n", 2, 3, "the tree ends")]
    [InlineData("\t2\n", 2, 1, "whole tree")]
    [InlineData("[MAX\t2\n", 2, 1, "whole tree")]
    [InlineData("\n", 2, 1, "target are missing")]
    public void Read_NamesFileLineAndColumn_WhenARowIsMalformed(string rows, int line, int column, string problem)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(Header + rows));

        Assert.StartsWith($"{folder["a.tsv"]}, line {line}, column {column}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Refuses_OtherFiles()
    {
        Assert.Contains("line 1, column 1", Assert.Throws<DataFormatException>(() => Read("label\ttext\n")).Message, StringComparison.Ordinal);
        Assert.Contains("line 1, column 1", Assert.Throws<DataFormatException>(() => Read("")).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<DataFormatException>(() => ListOpsTsv.Read(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("line 2, column 1: the line is longer",
            Assert.Throws<DataFormatException>(() => Read(Header + new string('(', 5_000_000))).Message, StringComparison.Ordinal);
    }
}
