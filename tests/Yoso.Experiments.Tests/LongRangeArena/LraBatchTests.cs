// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Experiments.LongRangeArena;

namespace Yoso.Experiments.Tests.LongRangeArena;

public sealed class LraBatchTests
{
    private static readonly SequenceDataset Images = SequenceDataset.FromExamples([(1, [0, 7, 0, 9]), (0, [0, 0, 0, 0]), (1, [3, 0, 0, 5])], new SequenceShape(1, 4, 16, 2));

    [Fact]
    public void Of_LeavesZerosOut_AndKeepsThePositionsOfTheOthers()
    {
        var batch = LraBatch.Of(Images, [2, 1, 0], maskZero: true);

        Assert.Equal([3, 5, 7, 9], batch.First.Ids);
        Assert.Equal([0, 3, 1, 3], batch.First.Positions);
        Assert.Equal([0, 2, 2, 4], batch.First.Offsets.Span.ToArray());
        Assert.Equal([1, 0, 1], batch.Labels);
        Assert.Null(batch.Second);
        Assert.Equal((3, 4), (batch.Count, batch.TokenCount));
    }

    [Fact]
    public void Of_TakesZerosAsTokens_WhenTheyAreNotMasked()
    {
        var batch = LraBatch.Of(Images, [0, 1], maskZero: false);

        Assert.Equal([0, 7, 0, 9, 0, 0, 0, 0], batch.First.Ids);
        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 3], batch.First.Positions);
    }

    [Fact]
    public void Of_PacksBothSequencesOfAPair()
    {
        var pairs = SequenceDataset.FromArrays([1, 2, 3, 4, 5, 6], [0, 2, 3, 3, 6], [0, 1], new SequenceShape(2, 4, 16, 2));

        var batch = LraBatch.Of(pairs, [1, 0], maskZero: true);

        Assert.Equal([1, 2], batch.First.Ids);
        Assert.Equal([0, 0, 2], batch.First.Offsets.Span.ToArray());
        Assert.Equal([4, 5, 6, 3], batch.Second!.Ids);
        Assert.Equal([0, 3, 4], batch.Second.Offsets.Span.ToArray());
    }
}
