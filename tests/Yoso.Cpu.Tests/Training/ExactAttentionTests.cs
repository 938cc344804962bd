// SPDX-License-Identifier: MIT
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests.Training;

public sealed unsafe class ExactAttentionTests
{
    [Theory]
    [InlineData(ExactWeight.Softmax, 0.3, 0.0)]
    [InlineData(ExactWeight.Softmax, 5.0, 0.2)]
    [InlineData(ExactWeight.ExpectationLowerBound, 1.0, 0.0)]
    [InlineData(ExactWeight.ExpectationDerivative, 0.98, 0.1)]
    public void Attention_EqualsReference(ExactWeight weight, double scale, double dropout)
    {
        foreach (var (path, headDim) in Paths.Supported.SelectMany(p => new[] { (p, 32), (p, 13) }))
        {
            var attention = new AttentionCase(headDim, [75, 1, 0, 16], 2, headDim, new LshOptions(1, 9));
            attention.Normalise();
            var logSums = GC.AllocateArray<float>(2 * attention.Shape.Tokens, pinned: true);
            fixed (float* logSum = logSums)
            {
                var call = new ExactAttentionCall
                {
                    Shape = attention.Shape,
                    Weight = weight,
                    Scale = (float)scale,
                    CodeLength = 9,
                    Dropout = dropout,
                    DropoutSeed = 77,
                    Query = attention["query"],
                    Key = attention["key"],
                    Value = attention["value"],
                    Output = attention["output"],
                    LogSum = logSum,
                };
                ExactAttention.Forward(in call, 2, path);
                var gradients = new ExactAttentionGradientCall
                {
                    Forward = call,
                    OutputGradient = attention["gradient"],
                    QueryGradient = attention["dquery"],
                    KeyGradient = attention["dkey"],
                    ValueGradient = attention["dvalue"],
                };
                ExactAttention.Backward(in gradients, 2, path);
            }

            AssertItems(attention, weight, (float)scale, dropout);
        }
    }

    [Fact]
    public void Softmax_StaysFinite_ForLargeProducts()
    {
        var attention = new AttentionCase(3, [40], 1, 16, new LshOptions(1, 9));
        var call = new ExactAttentionCall
        {
            Shape = attention.Shape,
            Weight = ExactWeight.Softmax,
            Scale = 1e4f,
            Query = attention["query"],
            Key = attention["key"],
            Value = attention["value"],
            Output = attention["output"],
        };

        ExactAttention.Forward(in call, 1);

        Assert.All(attention.Matrix("output", 0), x => Assert.True(float.IsFinite(x)));
    }

    private static void AssertItems(AttentionCase attention, ExactWeight weight, float scale, double dropout)
    {
        for (var item = 0; item < attention.Shape.Items; item++)
        {
            if (attention.Shape.Length(item) > 0)
            {
                var reference = new ExactAttentionReference(attention.ReferenceInputs(item), weight, scale, 9, Keep(attention.Shape, item, dropout));
                var gradients = reference.Backward();
                attention.AssertClose(reference.Forward(), "output", item);
                attention.AssertClose(gradients.Query, "dquery", item);
                attention.AssertClose(gradients.Key, "dkey", item);
                attention.AssertClose(gradients.Value, "dvalue", item);
            }
        }
    }

    private static double[,] Keep(PackedShape shape, int item, double dropout)
    {
        var n = shape.Length(item);
        var keep = new double[n, n];
        var bits = new uint[DropoutBits.Words(n)];
        for (var i = 0; i < n; i++)
        {
            fixed (uint* p = bits)
            {
                DropoutBits.FillRow(77, ((long)(item % shape.Heads) * shape.Tokens) + shape.FirstToken(item) + i, dropout, p, bits.Length);
            }

            for (var j = 0; j < n; j++)
            {
                keep[i, j] = dropout == 0 ? 1 : (bits[j / 32] >> (j % 32) & 1) * DropoutBits.Scale(dropout);
            }
        }

        return keep;
    }
}
