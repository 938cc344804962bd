// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

public sealed class PositionExtensionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Extend_RepeatsThePositionsOfTokens(int offset)
    {
        using var scope = NewDisposeScope();
        var table = Batches.Normal(Batches.Seed, offset + 6, 3);

        var extended = PositionExtension.Extend(table, offset + 18, offset);

        Assert.Equal([offset + 18, 3], extended.shape);
        for (var row = 0; row < offset + 18; row++)
        {
            Assert.True(extended[row].Equals(table[row < offset ? row : offset + (row - offset) % 6]), $"row {row}");
        }
    }

    [Fact]
    public void Extend_RefusesWhatIsNoMultiple()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("a position table for 6 tokens cannot be repeated to 17", Assert.Throws<ArgumentException>(() => PositionExtension.Extend(zeros(8, 3), 19, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("to 3", Assert.Throws<ArgumentException>(() => PositionExtension.Extend(zeros(6, 3), 3, 0)).Message, StringComparison.Ordinal);
    }
}
