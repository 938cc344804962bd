// SPDX-License-Identifier: MIT
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests.Training;

/// <summary>The kernels of the post-norm block and of the vocabulary's loss, on every register width.</summary>
public sealed unsafe class LanguageKernelTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(70, 37)]
    [InlineData(261, 300)]
    public void ResidualNorm_EqualsReference(int tokens, int width)
    {
        var words = DropoutBits.Words(width);
        var bits = GC.AllocateArray<uint>(tokens * words, pinned: true);
        foreach (var path in Paths.Supported)
        {
            fixed (uint* p = bits)
            {
                DropoutBits.Fill(7, 0.25, tokens, width, p, 1);
                var dropout = new Dropout(p, DropoutBits.Scale(0.25));
                var b = new Buffers(tokens);
                var call = new ResidualNormCall
                {
                    Tokens = tokens,
                    Width = width,
                    Branch = new(b.Random("x", tokens * width), width),
                    Residual = new(b.Random("r", tokens * width), width),
                    Norm = new(b.Random("scale", width), b.Random("shift", width)),
                    Dropout = dropout,
                    Output = new(b.Empty("y", tokens * width), width),
                    Statistics = b.Empty("statistics", 2 * tokens),
                };
                ResidualNorm.Forward(in call, 2, path);
                var gradients = new ResidualNormGradientCall
                {
                    Forward = call,
                    OutputGradient = new(b.Random("g", tokens * width), width),
                    BranchGradient = new(b.Empty("dx", tokens * width), width),
                    ResidualGradient = new(b.Empty("dr", tokens * width), width),
                    NormGradient = new(b.Empty("dscale", width), b.Empty("dshift", width)),
                };
                ResidualNorm.Backward(in gradients, 2, path);

                var g = b.Doubles("g");
                var names = new Dictionary<string, string> { ["x"] = "dx", ["r"] = "dr", ["scale"] = "dscale", ["shift"] = "dshift" };
                double[] Run(Dictionary<string, double[]> v, int t)
                {
                    var row = FusedReference.Drop(v["x"][(t * width)..((t + 1) * width)], bits, t, dropout.Scale);
                    return FusedReference.LayerNorm([.. row.Select((x, c) => x + v["r"][(t * width) + c])], v["scale"], v["shift"], 1e-5);
                }

                var values = names.Keys.ToDictionary(n => n, b.Doubles);
                for (var t = 0; t < tokens; t++)
                {
                    // Rounding of a sum over the width, relative to values of size 3.
                    Assert.All(Run(values, t).Zip(b["y"][(t * width)..((t + 1) * width)]), p => Assert.InRange(p.Second - p.First, -2e-5, 2e-5));
                }

                b.AssertGradients(names, v => Enumerable.Range(0, tokens).Sum(t => Run(v, t).Select((y, c) => y * g[(t * width) + c]).Sum()));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(45)]
    [InlineData(40_001)]
    public void Gelu_EqualsReference(int count)
    {
        foreach (var path in Paths.Supported)
        {
            var b = new Buffers(count);
            var x = b.Random("x", count, 2);
            Gelu.Forward(x, b.Empty("y", count), count, 2, path);
            Gelu.Backward(x, b.Random("g", count), b.Empty("dx", count), count, 2, path);

            for (var i = 0; i < count; i += Math.Max(1, count / 500))
            {
                double v = b["x"][i], scale = Math.Max(1, Math.Abs(v));
                Assert.InRange(b["y"][i] - FusedReference.Gelu(v), -5e-7 * scale, 5e-7 * scale);
                var slope = (FusedReference.Gelu(v + 1e-5) - FusedReference.Gelu(v - 1e-5)) / 2e-5;
                Assert.InRange(b["dx"][i] - (b["g"][i] * slope), -2e-6 * scale * Math.Max(1, Math.Abs(b["g"][i])), 2e-6 * scale * Math.Max(1, Math.Abs(b["g"][i])));
            }

            Assert.DoesNotContain(float.NaN, b["y"]);
            Assert.DoesNotContain(float.NaN, b["dx"]);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 5)]
    [InlineData(5, 333)]
    public void CrossEntropy_EqualsReference(int rows, int classes)
    {
        var labels = Enumerable.Range(0, rows).Select(r => (long)(r * 7 % classes)).ToArray();
        foreach (var path in Paths.Supported)
        {
            var b = new Buffers(rows);
            var logits = b.Random("x", rows * classes, 20); // exponentials of these overflow unless the largest is taken off
            fixed (long* l = labels)
            {
                CrossEntropy.Forward(logits, l, b.Empty("y", rows), b.Empty("sums", rows), rows, classes, 2, path);
                CrossEntropy.Backward(logits, l, b.Pointer("sums"), b.Random("g", rows), b.Empty("dx", rows * classes), rows, classes, 2, path);
            }

            double Loss(double[] x, int r)
            {
                var row = x[(r * classes)..((r + 1) * classes)];
                var largest = row.Max();
                return largest + Math.Log(row.Sum(v => Math.Exp(v - largest))) - row[labels[r]];
            }

            var (values, g) = (b.Doubles("x"), b.Doubles("g"));
            for (var r = 0; r < rows; r++)
            {
                Assert.InRange(b["y"][r] - Loss(values, r), -2e-5, 2e-5); // float32 of numbers up to 100
            }

            b.AssertGradients(new() { ["x"] = "dx" }, v => Enumerable.Range(0, rows).Sum(r => g[r] * Loss(v["x"], r)));
        }
    }

    [Theory]
    [InlineData(float.NaN, 3)]
    [InlineData(float.PositiveInfinity, 40)]
    public void CrossEntropy_OfWhatIsNoNumber_IsNoNumber(float stray, int at)
    {
        foreach (var path in Paths.Supported)
        {
            var b = new Buffers(1);
            var logits = b.Random("x", 64);
            logits[at] = stray;
            var label = 0L;

            CrossEntropy.Forward(logits, &label, b.Empty("y", 1), b.Empty("sums", 1), 1, 64, 1, path);

            Assert.True(float.IsNaN(b["y"][0]), $"{path}: {b["y"][0]}");
        }
    }

    [Fact]
    public void CrossEntropy_NamesALabelThatIsNoClass()
    {
        var b = new Buffers(1);
        var message = Assert.Throws<ArgumentException>(() =>
        {
            var label = 5L;
            CrossEntropy.Forward(b.Random("x", 5), &label, b.Empty("y", 1), b.Empty("sums", 1), 1, 5, 1);
        }).Message;

        Assert.Equal("label 5 of row 0 is not one of 5 classes", message);
    }

    [Fact]
    public void ResidualNormGradients_AreTheSameBits_ForAnyNumberOfThreads()
    {
        const int Tokens = 1500, Width = 40;
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 2, 7 })
        {
            var b = new Buffers(1);
            var call = new ResidualNormCall
            {
                Tokens = Tokens,
                Width = Width,
                Branch = new(b.Random("x", Tokens * Width), Width),
                Residual = new(b.Random("r", Tokens * Width), Width),
                Norm = new(b.Random("scale", Width), b.Random("shift", Width)),
                Output = new(b.Empty("y", Tokens * Width), Width),
                Statistics = b.Empty("statistics", 2 * Tokens),
            };
            ResidualNorm.Forward(in call, threads);
            ResidualNorm.Backward(
                new ResidualNormGradientCall
                {
                    Forward = call,
                    OutputGradient = new(b.Random("g", Tokens * Width), Width),
                    BranchGradient = new(b.Empty("dx", Tokens * Width), Width),
                    ResidualGradient = new(b.Empty("dr", Tokens * Width), Width),
                    NormGradient = new(b.Empty("dscale", Width), b.Empty("dshift", Width)),
                },
                threads);
            results.Add([.. b["y"], .. b["dx"], .. b["dr"], .. b["dscale"], .. b["dshift"]]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }
}
