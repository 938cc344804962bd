// SPDX-License-Identifier: MIT
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests.Training;

/// <summary>Values against the reference, gradients against its central differences, with dropout on.</summary>
public sealed unsafe class FusedTests
{
    public static TheoryData<int, int, int> Sizes => new() { { 1, 64, 128 }, { 70, 20, 37 }, { 261, 16, 9 }, { 33, 128, 48 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void NormProjection_EqualsReference(int tokens, int width, int outputs)
    {
        foreach (var (path, withNorm) in Paths.Supported.SelectMany(p => new[] { (p, true), (p, false) }))
        {
            var b = new Buffers(tokens);
            var call = new NormProjectionCall
            {
                Tokens = tokens,
                Input = new(b.Random("x", tokens * width), width),
                Norm = withNorm ? new(b.Random("scale", width), b.Random("shift", width)) : null,
                Layers = [new(b.Random("w0", outputs * width, 0.2), b.Random("b0", outputs), width, outputs), new(b.Random("w1", 5 * width, 0.2), b.Random("b1", 5), width, 5)],
                Outputs = [new(b.Empty("y0", tokens * outputs), outputs), new(b.Empty("y1", tokens * 5), 5)],
                Statistics = b.Empty("statistics", 2 * tokens),
            };
            NormProjection.Forward(in call, 2, path);
            var gradients = new NormProjectionGradientCall
            {
                Forward = call,
                OutputGradients = [new(b.Random("g0", tokens * outputs), outputs), new(b.Random("g1", tokens * 5), 5)],
                InputGradient = new(b.Empty("dx", tokens * width), width),
                NormGradient = withNorm ? new(b.Empty("dscale", width), b.Empty("dshift", width)) : null,
                LayerGradients = [new(b.Empty("dw0", outputs * width), b.Empty("db0", outputs)), new(b.Empty("dw1", 5 * width), b.Empty("db1", 5))],
            };
            NormProjection.Backward(in gradients, 2, path);

            var g = new[] { b.Doubles("g0"), b.Doubles("g1") };
            var names = new Dictionary<string, string> { ["x"] = "dx", ["w0"] = "dw0", ["b0"] = "db0", ["w1"] = "dw1", ["b1"] = "db1" };
            if (withNorm)
            {
                (names["scale"], names["shift"]) = ("dscale", "dshift");
            }

            double[][] Run(Dictionary<string, double[]> v, int t)
            {
                var row = v["x"][(t * width)..((t + 1) * width)];
                row = withNorm ? FusedReference.LayerNorm(row, v["scale"], v["shift"], 1e-5) : row;
                return [FusedReference.Linear(row, v["w0"], v["b0"]), FusedReference.Linear(row, v["w1"], v["b1"])];
            }

            AssertRows(b, "y0", tokens, t => Run(names.Keys.ToDictionary(n => n, b.Doubles), t)[0]);
            b.AssertGradients(names, v => Enumerable.Range(0, tokens).Sum(t => Run(v, t).Select((y, i) => Inner(y, g[i], t)).Sum()));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ProjectionResidual_EqualsReference(int tokens, int width, int outputs)
    {
        foreach (var path in Paths.Supported)
        {
            var b = new Buffers(tokens);
            var bits = Bits(3, tokens, outputs, out var dropout);
            var call = new ProjectionResidualCall
            {
                Tokens = tokens,
                Input = new(b.Random("x", tokens * width), width),
                Layer = new(b.Random("w", outputs * width, 0.2), b.Random("b", outputs), width, outputs),
                Dropout = dropout,
                Residual = new(b.Random("r", tokens * outputs), outputs),
                Output = new(b.Empty("y", tokens * outputs), outputs),
            };
            ProjectionResidual.Forward(in call, 2, path);
            var gradients = new ProjectionResidualGradientCall
            {
                Forward = call,
                OutputGradient = new(b.Random("g", tokens * outputs), outputs),
                InputGradient = new(b.Empty("dx", tokens * width), width),
                LayerGradient = new(b.Empty("dw", outputs * width), b.Empty("db", outputs)),
            };
            ProjectionResidual.Backward(in gradients, 2, path);

            var (g, r) = (b.Doubles("g"), b.Doubles("r"));
            var names = new Dictionary<string, string> { ["x"] = "dx", ["w"] = "dw", ["b"] = "db" };
            double[] Run(Dictionary<string, double[]> v, int t) =>
                [.. FusedReference.Drop(FusedReference.Linear(v["x"][(t * width)..((t + 1) * width)], v["w"], v["b"]), bits, t, dropout.Scale).Select((y, c) => y + r[(t * outputs) + c])];
            AssertRows(b, "y", tokens, t => Run(names.Keys.ToDictionary(n => n, b.Doubles), t));
            b.AssertGradients(names, v => Enumerable.Range(0, tokens).Sum(t => Inner(Run(v, t), g, t)));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void FeedForward_EqualsReference(int tokens, int width, int hidden)
    {
        foreach (var (path, withNorm) in Paths.Supported.SelectMany(p => new[] { (p, true), (p, false) }))
        {
            var b = new Buffers(tokens);
            var hiddenBits = Bits(4, tokens, hidden, out var hiddenDropout);
            var outputBits = Bits(5, tokens, width, out var outputDropout);
            var call = new FeedForwardCall
            {
                Tokens = tokens,
                Input = new(b.Random("x", tokens * width), width),
                Norm = withNorm ? new(b.Random("scale", width), b.Random("shift", width)) : null,
                First = new(b.Random("w1", hidden * width, 0.2), b.Random("b1", hidden), width, hidden),
                Second = new(b.Random("w2", hidden * width, 0.2), b.Random("b2", width), hidden, width),
                HiddenDropout = hiddenDropout,
                OutputDropout = outputDropout,
                Output = new(b.Empty("y", tokens * width), width),
                Statistics = b.Empty("statistics", 2 * tokens),
                Activation = b.Empty("activation", tokens * hidden),
                Derivative = b.Empty("derivative", tokens * hidden),
            };
            FeedForward.Forward(in call, 2, path);
            var gradients = new FeedForwardGradientCall
            {
                Forward = call,
                OutputGradient = new(b.Random("g", tokens * width), width),
                InputGradient = new(b.Empty("dx", tokens * width), width),
                NormGradient = withNorm ? new(b.Empty("dscale", width), b.Empty("dshift", width)) : null,
                FirstGradient = new(b.Empty("dw1", hidden * width), b.Empty("db1", hidden)),
                SecondGradient = new(b.Empty("dw2", hidden * width), b.Empty("db2", width)),
            };
            FeedForward.Backward(in gradients, 2, path);

            var g = b.Doubles("g");
            var names = new Dictionary<string, string> { ["x"] = "dx", ["w1"] = "dw1", ["b1"] = "db1", ["w2"] = "dw2", ["b2"] = "db2" };
            if (withNorm)
            {
                (names["scale"], names["shift"]) = ("dscale", "dshift");
            }

            double[] Run(Dictionary<string, double[]> v, int t)
            {
                var x = v["x"][(t * width)..((t + 1) * width)];
                var row = withNorm ? FusedReference.LayerNorm(x, v["scale"], v["shift"], 1e-5) : x;
                row = [.. FusedReference.Linear(row, v["w1"], v["b1"]).Select(FusedReference.Gelu)];
                row = FusedReference.Linear(FusedReference.Drop(row, hiddenBits, t, hiddenDropout.Scale), v["w2"], v["b2"]);
                return [.. FusedReference.Drop(row, outputBits, t, outputDropout.Scale).Select((y, c) => y + x[c])];
            }

            AssertRows(b, "y", tokens, t => Run(names.Keys.ToDictionary(n => n, b.Doubles), t));
            b.AssertGradients(names, v => Enumerable.Range(0, tokens).Sum(t => Inner(Run(v, t), g, t)));
        }
    }

    private static uint[] Bits(ulong seed, int tokens, int width, out Dropout dropout)
    {
        var bits = GC.AllocateArray<uint>(tokens * DropoutBits.Words(width), pinned: true);
        fixed (uint* p = bits)
        {
            DropoutBits.Fill(seed, 0.3, tokens, width, p, 2);
            dropout = new(p, DropoutBits.Scale(0.3));
        }

        return bits;
    }

    private static double Inner(double[] y, double[] gradient, int token) => y.Select((v, c) => v * gradient[(token * y.Length) + c]).Sum();

    private static void AssertRows(Buffers b, string name, int tokens, Func<int, double[]> expected)
    {
        foreach (var t in new[] { 0, tokens / 2, tokens - 1 })
        {
            var row = expected(t);
            for (var c = 0; c < row.Length; c++)
            {
                Assert.True(Math.Abs(row[c] - b[name][(t * row.Length) + c]) <= 1e-5 * Math.Max(1, Math.Abs(row[c])), $"{name}[{t}, {c}]: {b[name][(t * row.Length) + c]} instead of {row[c]}.");
            }
        }
    }
}
