// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests.Training;

public sealed unsafe class DeterminismTests
{
    [Fact]
    public void WeightGradients_AreTheSameBits_ForAnyNumberOfThreads()
    {
        const int Tokens = 1500;
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 2, 7 })
        {
            var b = new Buffers(1);
            var call = new ProjectionResidualGradientCall
            {
                Forward = new()
                {
                    Tokens = Tokens,
                    Input = new(b.Random("x", Tokens * 24), 24),
                    Layer = new(b.Random("w", 40 * 24), b.Random("b", 40), 24, 40),
                    Residual = default,
                    Output = default,
                },
                OutputGradient = new(b.Random("g", Tokens * 40), 40),
                InputGradient = new(b.Empty("dx", Tokens * 24), 24),
                LayerGradient = new(b.Empty("dw", 40 * 24), b.Empty("db", 40)),
            };
            ProjectionResidual.Backward(in call, threads);
            results.Add([.. b["dx"], .. b["dw"], .. b["db"]]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void DropoutBits_KeepTheAskedShare_AndDependOnSeedAndRowOnly()
    {
        const int Rows = 500;
        var (first, second) = (new uint[Rows * 4], new uint[Rows * 4]);
        fixed (uint* a = first, b = second)
        {
            DropoutBits.Fill(9, 0.1, Rows, 128, a, 1);
            DropoutBits.Fill(9, 0.1, Rows, 128, b, 3);
        }

        Assert.Equal(first, second);

        // 64,000 draws: standard error 0.0012; 6 of them fail a correct generator once in 10^9.
        var kept = first.Sum(word => (double)uint.PopCount(word)) / (Rows * 128);
        Assert.InRange(kept, 0.9 - 0.0072, 0.9 + 0.0072);
        Assert.Equal(Rows, first.Chunk(4).Select(row => string.Join(',', row)).Distinct().Count());
    }

    [Fact]
    public void HeadNormalisation_GivesUnitRows_AndTheirGradient()
    {
        var attention = new AttentionCase(2, [30], 2, 19, new LshOptions(1, 1));
        attention.Row("query", 1, 4).Clear();
        var norms = GC.AllocateArray<float>(60, pinned: true);
        fixed (float* p = norms)
        {
            HeadNormalisation.Forward(attention.Shape, attention["query"], attention["output"], p, 2);
            HeadNormalisation.Backward(attention.Shape, attention["output"], p, attention["gradient"], attention["dquery"], 2);
        }

        for (var item = 0; item < 2; item++)
        {
            for (var t = 0; t < 30; t++)
            {
                AssertRow(attention.Row("query", item, t).ToArray(), attention.Row("output", item, t).ToArray(), attention.Row("gradient", item, t).ToArray(), attention.Row("dquery", item, t).ToArray());
            }
        }
    }

    private static void AssertRow(float[] x, float[] y, float[] gradient, float[] xGradient)
    {
        var norm = Math.Sqrt(x.Sum(v => (double)v * v));
        var along = x.Zip(gradient, (a, b) => (double)a * b).Sum();
        for (var c = 0; c < x.Length; c++)
        {
            Assert.Equal(norm == 0 ? 0 : x[c] / norm, y[c], 1e-6);
            Assert.Equal(norm == 0 ? 0 : (gradient[c] - (x[c] * along / (norm * norm))) / norm, xGradient[c], 1e-5);
        }
    }
}
