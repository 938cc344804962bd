// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

public sealed class GlueDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private GlueExamples Load(GlueTask task, GlueSplit split, string content) => Load(task, split, Encoding.UTF8.GetBytes(content));

    private GlueExamples Load(GlueTask task, GlueSplit split, byte[] content)
    {
        var info = GlueTaskInfo.Of(task);
        Directory.CreateDirectory(folder[info.Folder]);
        File.WriteAllBytes(Path.Combine(folder[info.Folder], info.FileName(split)), content);
        return GlueData.Load(folder.ToString(), task, split);
    }

    /// <summary>The layouts of the published files, a row each.</summary>
    public static TheoryData<GlueTask, GlueSplit, string, GlueExample> Layouts => new()
    {
        { GlueTask.Sst2, GlueSplit.Train, "sentence\tlabel\nhide new secretions \t0\n", new(0, "hide new secretions", null, 0) },
        { GlueTask.Sst2, GlueSplit.Test, "index\tsentence\n7\tuneasy mishmash\n", new(7, "uneasy mishmash", null, null) },
        { GlueTask.Mrpc, GlueSplit.Train, "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t702876\t702977\tA \"b\" c\t\"d\n", new(0, "A \"b\" c", "\"d", 1) },
        { GlueTask.Mrpc, GlueSplit.Test, "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\ta\tb\n", new(0, "a", "b", null) },
        { GlueTask.Qnli, GlueSplit.Dev, "index\tquestion\tsentence\tlabel\n3\tWhen?\tThen.\tnot_entailment\n", new(3, "When?", "Then.", 1) },
        { GlueTask.Qqp, GlueSplit.Train, "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n133273\t1\t2\tHow?\tWhy?\t1\n", new(0, "How?", "Why?", 1) },
        { GlueTask.Qqp, GlueSplit.Test, "id\tquestion1\tquestion2\n5\tHow?\tWhy?\n", new(5, "How?", "Why?", null) },
        {
            GlueTask.Mnli, GlueSplit.Train,
            "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n" +
            "0\t31193\t31193n\tgovernment\t( a )\t( b )\t(ROOT a)\t(ROOT b)\tPremise.\tHypothesis.\tcontradiction\tneutral\n",
            new(0, "Premise.", "Hypothesis.", 2)
        },
        {
            GlueTask.Mnli, GlueSplit.DevMismatched,
            "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n" +
            "4\t1\t1n\tletters\t-\t-\t-\t-\tP\tH\tneutral\tneutral\tneutral\tneutral\tneutral\tcontradiction\n",
            new(4, "P", "H", 0)
        },
        { GlueTask.Cola, GlueSplit.Train, "gj04\t1\t\tOur friends won't buy this.\n", new(0, "Our friends won't buy this.", null, 1) },
        { GlueTask.Cola, GlueSplit.Test, "index\tsentence\n0\tBill whistled past the house.\n", new(0, "Bill whistled past the house.", null, null) },
        { GlueTask.Rte, GlueSplit.Train, "index\tsentence1\tsentence2\tlabel\n0\tA.\tB.\tentailment\n", new(0, "A.", "B.", 0) },
        {
            GlueTask.Stsb, GlueSplit.Dev,
            "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n0\tmain-captions\tMSRvid\t2012test\t0000\tnone\tnone\tA man.\tMan.\t4.750\n",
            new(0, "A man.", "Man.", 4.75f)
        },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Load_ReadsThePublishedLayout(GlueTask task, GlueSplit split, string content, GlueExample expected)
    {
        var read = Load(task, split, content);

        Assert.Equal([expected], read.Examples);
        Assert.Empty(read.BadRows);
        Assert.Null(read.Notice);
    }

    [Fact]
    public void Load_KeepsQuotesAsCharacters()
    {
        var read = Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\n\"open only\t1\n\"both\" \"\"twice\"\"\t0\nend\"\t1\n");

        Assert.Equal(["\"open only", "\"both\" \"\"twice\"\"", "end\""], read.Examples.Select(e => e.First));
    }

    [Fact]
    public void Load_IsTheSame_WithByteOrderMarkAndWindowsLineEnds()
    {
        var plain = Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\ncafé\t1\nb\t0\n");
        var windows = Load(GlueTask.Sst2, GlueSplit.Dev, "\uFEFFsentence\tlabel\r\ncafé\t1\r\nb\t0\r\n");

        Assert.Equal(plain.Examples, windows.Examples);
        Assert.Equal(plain.Digest, windows.Digest);
    }

    [Fact]
    public void Load_AcceptsALastLineWithoutLineEnd() => Assert.Equal(2, Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\na\t1\nb\t0").Examples.Count);

    [Theory]
    [InlineData("a\t1\textra\n", "3 columns instead of 2")]
    [InlineData("only text\n", "1 columns instead of 2")]
    [InlineData("\n", "empty line")]
    [InlineData(" \t1\n", "no text")]
    [InlineData("a\t2\n", "label '2' is not 0 or 1")]
    [InlineData("a\t\n", "label '' is not 0 or 1")]
    public void Load_LeavesOutAndReportsABadRow(string row, string reason)
    {
        var read = Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\ngood\t1\n" + row + "also good\t0\n");

        Assert.Equal(["good", "also good"], read.Examples.Select(e => e.First));
        Assert.Equal([new GlueBadRow(3, reason)], read.BadRows);
        Assert.Equal($"{read.Path}: 1 of 3 rows left out (line 3: {reason})", read.Notice);
    }

    [Fact]
    public void Load_LeavesOutARowThatIsNotUtf8()
    {
        var read = Load(GlueTask.Sst2, GlueSplit.Dev, [.. "sentence\tlabel\ngood\t1\nbad "u8, 0xE9, .. " byte\t0\n"u8]);

        Assert.Equal([new GlueBadRow(3, "not UTF-8")], read.BadRows);
    }

    [Fact]
    public void Load_NumbersRowsAsTheyStandInTheFile()
    {
        var read = Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\ngood\t1\nbad\nlast\t0\n");

        Assert.Equal([0, 2], read.Examples.Select(e => e.Index));
    }

    [Theory]
    [InlineData("5.001")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("NaN")]
    public void Load_LeavesOutAScoreOutOfRange(string score)
    {
        const string Header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
        var read = Load(GlueTask.Stsb, GlueSplit.Dev, Header + "0\tg\tf\ty\t0\tn\tn\ta\tb\t0.0\n" + $"1\tg\tf\ty\t0\tn\tn\ta\tb\t{score}\n");

        Assert.Single(read.Examples);
        Assert.Equal($"label '{score}' is not a score in 0 .. 5", Assert.Single(read.BadRows).Reason);
    }

    [Fact]
    public void Load_AllowsOneBadRowInAHundred_NotMore()
    {
        string File(int bad) => "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => i < bad ? "torn\n" : $"text {i}\t{i % 2}\n"));

        Assert.Equal(10, Load(GlueTask.Sst2, GlueSplit.Train, File(10)).BadRows.Count);
        var error = Assert.Throws<DataFormatException>(() => Load(GlueTask.Sst2, GlueSplit.Train, File(11)));
        Assert.Contains("11 of 1000 rows left out (line 2: 1 columns instead of 2; line 3", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("sentence\tlabel\n", "has no rows")]
    [InlineData("text\tlabel\na\t1\n", "the header has no column 'sentence' (it has: text, label); this is not SST-2's dev file of GLUE")]
    [InlineData("PK\u0003\u0004", "the header has no column 'sentence'")]
    public void Load_RefusesAnotherFile(string content, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Load(GlueTask.Sst2, GlueSplit.Dev, content));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RefusesARowOfManyMegabytes()
    {
        var error = Assert.Throws<DataFormatException>(() => Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\n" + new string('x', 3 << 20) + "\t1\n"));
        Assert.Contains("download it again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SaysWhereAMissingFileComesFrom()
    {
        var error = Assert.Throws<DataFormatException>(() => GlueData.Load(folder.ToString(), GlueTask.Cola, GlueSplit.Dev));
        Assert.Contains("https://dl.fbaipublicfiles.com/glue/data/CoLA.zip", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_FollowsTextAndLabel()
    {
        var digests = new[] { "a\t1\n", "a\t0\n", "b\t1\n", "a\t1\nb\t1\n" }.Select(rows => Load(GlueTask.Sst2, GlueSplit.Dev, "sentence\tlabel\n" + rows).Digest);

        Assert.Equal(4, digests.Distinct().Count());
    }

    [Fact]
    public void Find_KnowsEveryTaskByItsName()
    {
        Assert.All(GlueTaskInfo.All, info => Assert.Same(info, GlueTaskInfo.Find(info.Name)));
        Assert.Same(GlueTaskInfo.Of(GlueTask.Sst2), GlueTaskInfo.Find("sst2"));
        Assert.Null(GlueTaskInfo.Find("wnli"));
        Assert.All(Enum.GetValues<GlueTask>(), task => Assert.Equal(task, GlueTaskInfo.Of(task).Task));
    }
}
