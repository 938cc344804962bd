// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Data.Tests.ListOps;

public class ListOpsEvaluatorTests
{
    private static ushort[] Ids(string text) => [.. text.Split(' ').Select(token =>
        (ushort)Enumerable.Range(0, 16).First(id => ListOpsTokens.Name(id) == token))];

    [Theory]
    [InlineData("7", 7)]
    [InlineData("[MIN 4 2 9 X", 2)]
    [InlineData("[MAX 4 2 9 X", 9)]
    [InlineData("[MED 4 2 9 X", 4)]
    [InlineData("[MED 4 2 9 7 X", 5)]
    [InlineData("[MED 1 2 X", 1)]
    [InlineData("[SM 9 9 9 X", 7)]
    [InlineData("[MAX 2 9 [MIN 4 7 X 0 X", 9)]
    [InlineData("[SM [MED 3 4 X [MAX 1 8 X 5 X", 6)]
    public void Evaluate_IsTheTreesValue(string text, int value) => Assert.Equal(value, ListOpsEvaluator.Evaluate(Ids(text)));

    [Theory]
    [InlineData("X", "token 1: unexpected X")]
    [InlineData("7 7", "token 2: the tree ends")]
    [InlineData("[MIN X", "token 2: the operator has no arguments")]
    [InlineData("[MIN 1 2", "token 4: the tree is not complete")]
    [InlineData("[MIN 1 <pad>", "token 3: unexpected <pad>")]
    [InlineData("[MIN 1 2 X X", "token 5: the tree ends")]
    public void Evaluate_NamesThePosition_WhenMalformed(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => ListOpsEvaluator.Evaluate(Ids(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Evaluate_Throws_OnForeignIdsAndNothing()
    {
        Assert.Throws<DataFormatException>(() => ListOpsEvaluator.Evaluate([]));
        Assert.Contains("unknown id 16", Assert.Throws<DataFormatException>(() => ListOpsEvaluator.Evaluate([16])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 3)]
    public void EvaluateToDepth_GuessesOperatorsThere(int depth, int value) =>
        Assert.Equal(value, ListOpsEvaluator.EvaluateToDepth(Ids("[MAX 2 [MIN 5 [MED 3 3 X X X"), depth, [0, 9, 4, 5]));

    [Fact]
    public void Facts_AreReadFromTheRoot()
    {
        var ids = Ids("[MAX 2 [MIN 5 8 X [SM 1 [MED 3 3 X X 0 X");

        Assert.Equal(3, ListOpsEvaluator.Depth(ids));
        Assert.Equal(4, ListOpsEvaluator.RootArguments(ids));
        Assert.Equal(2, ListOpsEvaluator.ApplyToDirectDigits(ids));
        Assert.Null(ListOpsEvaluator.ApplyToDirectDigits(Ids("[MAX [MIN 1 2 X X")));
        Assert.Equal((0, 0), (ListOpsEvaluator.Depth(Ids("3")), ListOpsEvaluator.RootArguments(Ids("3"))));
    }

    [Fact]
    public void Baselines_FollowTheTrainingTrees_AndFallBackOnTheMajority()
    {
        var shape = new SequenceShape(1, 8, 32, 10);
        var train = SequenceDataset.FromExamples([(0, Ids("[MIN 1 2 X")), (0, Ids("[MIN 3 2 X")), (9, Ids("[MAX 1 2 X"))], shape);
        var scored = SequenceDataset.FromExamples([(0, Ids("[MIN 1 9 X")), (9, Ids("[MAX 1 9 X")), (0, Ids("[SM 5 5 X")), (4, Ids("[MED 4 4 X"))], shape);

        Assert.Equal([0, 9, 0, 0], ListOpsBaselines.RootOperatorPredictions(train, scored));
        Assert.Equal(75, ListOpsBaselines.RootOperatorAccuracy(train, scored));
        Assert.Equal(50, ListOpsBaselines.Score(train, scored, 0)[0].AccuracyPercent);
    }
}
