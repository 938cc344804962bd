// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

public sealed class WikiHopDataTests : IDisposable
{
    private static readonly WikiHopTokens Marks = new(QuestionStart: 101, QuestionEnd: 102, AnswerStart: 103, AnswerEnd: 104, Separator: 2);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private IReadOnlyList<WikiHopItem> Load(string json)
    {
        File.WriteAllText(folder["dev.json"], json);
        return WikiHopData.Load(folder["dev.json"]);
    }

    /// <summary>A token a word, its id its number: "5 6" is [5, 6].</summary>
    private static int[] Tokenize(string text) => [.. text.Split(' ').Select(int.Parse)];

    private static WikiHopItem Item(params string[] supports) => new("id", "10", ["20", "21 22"], supports, 1);

    private static IReadOnlyList<WikiHopWindow> Windows(WikiHopItem item, int maxLength, bool dropOverflowing) =>
        WikiHopData.Windows(item, 7, Tokenize, Marks, maxLength, dropOverflowing);

    // 12 tokens: [q] 10 [/q] [a] 20 [/a] [a] 21 22 [/a] </s> has 11.
    private static readonly int[] Beginning = [101, 10, 102, 103, 20, 104, 103, 21, 22, 104, 2];

    [Fact]
    public void Load_ReadsItems()
    {
        var items = Load("""[{"id":"WH_dev_0","query":"country moon","answer":"b","candidates":["a","b"],"supports":["s1","s2"],"annotations":[["x"]]},{"id":"t","query":"q","candidates":["c"],"supports":[]}]""");

        Assert.Equal(("WH_dev_0", "country moon", 1), (items[0].Id, items[0].Query, items[0].Answer));
        Assert.Equal(["a", "b"], items[0].Candidates);
        Assert.Equal(["s1", "s2"], items[0].Supports);
        Assert.Equal(-1, items[1].Answer);
    }

    [Theory]
    [InlineData("[]", "has no items")]
    [InlineData("""[{"id":"a","query":"q","answer":"x","candidates":["a"],"supports":[]}]""", "item 1 is damaged or the file is not WikiHop's (its answer is not among its candidates)")]
    [InlineData("""[{"id":"a","query":"q","answer":"a","candidates":["a"],"supports":[]},{"id":"b"}]""", "item 2 is damaged")]
    [InlineData("""[{"id":"a","query":"q","answer":"a","candidates":["a"],"supports":["cut of""", "item 1 is damaged")]
    [InlineData("""{"version":1}""", "item 1 is damaged")]
    [InlineData("""[{"id":"a","query":"q","candidates":[],"supports":[]}]""", "it has no candidates")]
    public void Load_RefusesWithOneLine(string json, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Load(json));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Windows_HoldQuestionCandidatesAndSupports()
    {
        var window = Assert.Single(Windows(Item("30 31", "32"), 16, dropOverflowing: true));

        Assert.Equal([.. Beginning, 30, 31, 2, 32, 2], window.TokenIds);
        Assert.Equal([3, 6], window.CandidatePositions);
        Assert.All(window.CandidatePositions, p => Assert.Equal(Marks.AnswerStart, window.TokenIds[p]));
        Assert.Equal((7, 1), (window.Item, window.Answer));
    }

    [Fact]
    public void Windows_LoseTheOverflowingSupport_AsUpstream()
    {
        var windows = Windows(Item("30 31", "32 33", "34"), 15, dropOverflowing: true);

        Assert.Equal([[.. Beginning, 30, 31, 2], [.. Beginning, 34, 2]], windows.Select(w => w.TokenIds));
    }

    [Fact]
    public void Windows_KeepEverySupport_Otherwise()
    {
        var windows = Windows(Item("30 31", "32 33", "34"), 15, dropOverflowing: false);

        Assert.Equal([[.. Beginning, 30, 31, 2], [.. Beginning, 32, 33, 2], [.. Beginning, 34, 2]], windows.Select(w => w.TokenIds));
    }

    [Fact]
    public void Windows_CutASupportThatFitsNowhere()
    {
        var window = Assert.Single(Windows(Item("30 31 32 33 34 35"), 15, dropOverflowing: false));

        Assert.Equal([.. Beginning, 30, 31, 32, 2], window.TokenIds);
    }

    [Fact]
    public void Windows_AreNone_WhenTheCandidatesAloneAreTooLong() => Assert.Empty(Windows(Item("30"), 11, dropOverflowing: false));
}
