// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests;

public sealed unsafe class UnitAttentionTests
{
    [Theory]
    [InlineData(GradientMode.LowerBound, 64, 1, 130, 11, 6)]
    [InlineData(GradientMode.LowerBound, 20, 3, 130, 11, 6)] // padded
    [InlineData(GradientMode.LowerBound, 32, 2, 2500, 16, 3)] // several pieces of tokens, crowded buckets, more pairs than the lists hold
    [InlineData(GradientMode.LowerBound, 64, 2, 1100, 40, 6)] // more pairs than the lists hold, no crowd
    [InlineData(GradientMode.LowerBound, 16, 2, 33_000, 2, 14)] // two chunks
    [InlineData(GradientMode.LowerBound, 16, 2, 2100, 11, 14)] // tables so large that fewer hashes are handled together
    [InlineData(GradientMode.Sampled, 64, 2, 1100, 5, 6)]
    [InlineData(GradientMode.Sampled, 20, 3, 130, 11, 6)]
    public void ForwardAndBackward_AreTheBitsOfTheOperationsOneAfterAnother(GradientMode mode, int headDim, int threads, int length, int hashes, int codeLength)
    {
        var options = new LshOptions(hashes, codeLength);
        var separate = new AttentionCase(21, [length, 0, 1, 40], 2, headDim, options);
        var together = new AttentionCase(21, [length, 0, 1, 40], 2, headDim, options);
        foreach (var attention in new[] { separate, together })
        {
            attention.Row("query", 0, 3).Clear(); // a zero row stays one
        }

        var expected = Separate(separate, mode);
        var actual = Together(together, mode, threads);

        Assert.Equal(expected, actual);
        Assert.Contains(actual, x => x != 0);
    }

    [Fact]
    public void Forward_NamesTheTensor_WhoseStrideIsTooSmall()
    {
        var attention = new AttentionCase(1, [4], 2, 16, new LshOptions(3, 5));
        using var query = new HashCodes(attention.Shape, attention.Options);
        using var key = new HashCodes(attention.Shape, attention.Options);
        var unit = new UnitTensors(attention["dquery"], new HeadTensor(attention["dkey"].Data, 31), attention["output"], default);

        var error = Assert.Throws<ArgumentException>(
            () => UnitAttention.Forward(attention["query"], attention["key"], attention["value"], attention.Signs, query, key, unit, 1));

        Assert.Contains("Unit key of [4 tokens in 1 sequences, 2 heads, 16] needs a row stride of at least 32 floats; got 31", error.Message, StringComparison.Ordinal);
    }

    private static float[] Separate(AttentionCase attention, GradientMode mode)
    {
        var shape = attention.Shape;
        var rows = shape.Tokens * shape.Heads;
        using var query = new HashCodes(shape, attention.Options);
        using var key = new HashCodes(shape, attention.Options);
        fixed (float* norms = new float[3 * rows])
        {
            HeadNormalisation.Forward(shape, attention["query"], attention["query"], norms, 1);
            HeadNormalisation.Forward(shape, attention["key"], attention["key"], norms + rows, 1);
            HadamardHash.Hash(attention["query"], attention.Signs, query, 1);
            HadamardHash.Hash(attention["key"], attention.Signs, key, 1);
            LshCumulation.Forward(query, key, attention["value"], attention["output"], 1);
            HeadNormalisation.Forward(shape, attention["output"], attention["output"], norms + (2 * rows), 1);
            HeadNormalisation.Backward(shape, attention["output"], norms + (2 * rows), attention["gradient"], attention["gradient"], 1);
            WeightedLshCumulation.Backward(mode, query, key, attention.Inputs, attention.Outputs, 5, 1);
            HeadNormalisation.Backward(shape, attention["query"], norms, attention["dquery"], attention["dquery"], 1);
            HeadNormalisation.Backward(shape, attention["key"], norms + rows, attention["dkey"], attention["dkey"], 1);
        }

        return Results(attention);
    }

    private static float[] Together(AttentionCase attention, GradientMode mode, int threads)
    {
        var shape = attention.Shape;
        var rows = shape.Tokens * shape.Heads;
        using var query = new HashCodes(shape, attention.Options);
        using var key = new HashCodes(shape, attention.Options);
        fixed (float* norms = new float[3 * rows], unitQuery = new float[rows * shape.HeadDim], unitKey = new float[rows * shape.HeadDim])
        {
            var stride = (long)shape.Heads * shape.HeadDim;
            var unit = new UnitTensors(new(unitQuery, stride), new(unitKey, stride), attention["output"], new(norms));
            UnitAttention.Forward(attention["query"], attention["key"], attention["value"], attention.Signs, query, key, unit, threads);
            UnitAttention.Backward(mode, query, key, attention["value"], unit, attention["gradient"], attention.Outputs, 5, threads);
        }

        return Results(attention);
    }

    private static float[] Results(AttentionCase attention) =>
        [.. new[] { "output", "dquery", "dkey", "dvalue" }.SelectMany(name => Enumerable.Range(0, attention.Shape.Items).SelectMany(item => attention.Matrix(name, item)))];
}
