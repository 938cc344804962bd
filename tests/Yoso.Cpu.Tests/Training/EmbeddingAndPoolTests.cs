// SPDX-License-Identifier: MIT
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests.Training;

/// <summary>The first and the last step of an encoder against their definitions in double precision.</summary>
public sealed unsafe class EmbeddingAndPoolTests
{
    private const int WordCount = 11, PositionCount = 3000;

    /// <summary>Tokens and width: one frequent word in more than one part, widths of whole registers and not, with and without dropout.</summary>
    public static TheoryData<int, int, bool> Embeddings => new()
    {
        { 0, 16, false },
        { 1, 7, true },
        { 97, 64, false },
        { 97, 40, true },
        { 3000, 24, false },
        { 3000, 35, true },
    };

    [Theory]
    [MemberData(nameof(Embeddings))]
    public void Embedding_AndBothGradients_EqualTheDefinition(int tokens, int width, bool drops)
    {
        foreach (var path in Paths.Supported)
        {
            var c = new Case(tokens, width, drops);
            c.Run(threads: 2, path);

            var (output, words, positions) = c.Definition();
            AssertClose(output, c.Buffers["y"]);
            AssertClose(words, c.Buffers["dw"]);
            AssertClose(positions, c.Buffers["dp"]);
        }
    }

    [Fact]
    public void EmbeddingGradients_AreTheSameBits_ForAnyNumberOfThreads()
    {
        var results = new[] { 1, 2, 7 }.Select(threads =>
        {
            var c = new Case(3000, 24, drops: true);
            c.Run(threads, CpuKernels.Path);
            return (float[])[.. c.Buffers["y"], .. c.Buffers["dw"], .. c.Buffers["dp"]];
        }).ToArray();

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void AnIdOutsideItsTable_IsNamed()
    {
        var c = new Case(5, 8, drops: false);
        c.WordIds[3] = WordCount;
        Assert.Contains("Token 3 has word 11; words are 0 to 10", Assert.Throws<ArgumentException>(() => c.Run(1, CpuKernels.Path)).Message, StringComparison.Ordinal);
        c.WordIds[3] = 0;
        c.PositionIds[4] = -1;
        Assert.Contains("Token 4 has position -1", Assert.Throws<ArgumentException>(() => c.Run(1, CpuKernels.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(24)]
    [InlineData(19)]
    public void Pool_IsTheScaledSumOfNormalisedTokens_AndItsGradientsAgree(int width)
    {
        int[] offsets = [0, 130, 130, 131, 195, 200];
        foreach (var path in Paths.Supported)
        {
            var b = new Buffers(width);
            Pool(b, offsets, width, threads: 2, path);

            var values = new Dictionary<string, double[]> { ["x"] = b.Doubles("x"), ["scale"] = b.Doubles("scale"), ["shift"] = b.Doubles("shift") };
            var expected = PoolDefinition(b, offsets, width, values);
            AssertClose(expected, b["y"]);
            b.AssertGradients(
                new() { ["x"] = "dx", ["scale"] = "dscale", ["shift"] = "dshift" },
                v => PoolDefinition(b, offsets, width, v).Zip(b["g"], (y, g) => y * g).Sum());
        }
    }

    [Fact]
    public void PoolGradients_AreTheSameBits_ForAnyNumberOfThreads()
    {
        var results = new[] { 1, 2, 7 }.Select(threads =>
        {
            var b = new Buffers(3);
            Pool(b, [0, 300, 341, 348, 538, 602], 24, threads, CpuKernels.Path);
            return (float[])[.. b["y"], .. b["dx"], .. b["dscale"], .. b["dshift"]];
        }).ToArray();

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    private static void Pool(Buffers b, int[] offsets, int width, int threads, SimdPath path)
    {
        var (tokens, sequences) = (offsets[^1], offsets.Length - 1);
        b.Random("factors", sequences, 0.02);
        var call = new NormPoolCall
        {
            Shape = new PackedShape(offsets, 1, width),
            Input = new(b.Random("x", tokens * width), width),
            Norm = new(b.Random("scale", width), b.Random("shift", width)),
            Factors = b.Pointer("factors"),
            Output = new(b.Empty("y", sequences * width), width),
            Statistics = b.Empty("statistics", 2 * tokens),
        };
        NormPool.Forward(in call, threads, path);
        var gradients = new NormPoolGradientCall
        {
            Forward = call,
            OutputGradient = new(b.Random("g", sequences * width), width),
            InputGradient = new(b.Empty("dx", tokens * width), width),
            NormGradient = new(b.Empty("dscale", width), b.Empty("dshift", width)),
        };
        NormPool.Backward(in gradients, threads, path);
    }

    private static double[] PoolDefinition(Buffers b, int[] offsets, int width, Dictionary<string, double[]> v)
    {
        var output = new double[(offsets.Length - 1) * width];
        for (var sequence = 0; sequence < offsets.Length - 1; sequence++)
        {
            for (var token = offsets[sequence]; token < offsets[sequence + 1]; token++)
            {
                var normalised = FusedReference.LayerNorm(v["x"][(token * width)..((token + 1) * width)], v["scale"], v["shift"], 1e-5f);
                for (var c = 0; c < width; c++)
                {
                    output[(sequence * width) + c] += normalised[c] * b["factors"][sequence];
                }
            }
        }

        return output;
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        var scale = expected.Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-6 * Math.Max(1, scale), $"element {i} is {actual[i]}, not {expected[i]}");
        }
    }

    private sealed class Case
    {
        private readonly int _tokens, _width;
        private readonly uint[]? _bits;

        internal Case(int tokens, int width, bool drops)
        {
            (_tokens, _width) = (tokens, width);
            WordIds = GC.AllocateArray<long>(Math.Max(1, tokens), pinned: true);
            PositionIds = GC.AllocateArray<long>(Math.Max(1, tokens), pinned: true);
            for (var t = 0; t < tokens; t++)
            {
                // Half of the tokens are word 2, one word and most positions have none.
                WordIds[t] = Buffers.Next(2) == 0 ? 2 : Buffers.Next(WordCount - 1);
                PositionIds[t] = Buffers.Next(PositionCount);
            }

            Buffers.Random("w", WordCount * width);
            Buffers.Random("p", PositionCount * width);
            Buffers.Random("g", tokens * width);
            Buffers.Empty("y", tokens * width);
            Buffers.Empty("dw", WordCount * width);
            Buffers.Empty("dp", PositionCount * width);
            if (drops)
            {
                _bits = GC.AllocateArray<uint>(Math.Max(1, tokens * DropoutBits.Words(width)), pinned: true);
                fixed (uint* bits = _bits)
                {
                    DropoutBits.Fill(5, 0.3, tokens, width, bits, 1);
                }
            }
        }

        internal Buffers Buffers { get; } = new(3);

        internal long[] WordIds { get; }

        internal long[] PositionIds { get; }

        internal void Run(int threads, SimdPath path)
        {
            TokenTensor Rows(string name) => new(Buffers.Pointer(name), _width);
            fixed (long* words = WordIds, positions = PositionIds)
            fixed (uint* bits = _bits)
            {
                var call = new TokenEmbeddingCall
                {
                    Tokens = _tokens, Width = _width, Words = Rows("w"), WordCount = WordCount, Positions = Rows("p"), PositionCount = PositionCount,
                    WordIds = words, PositionIds = positions, Dropout = bits is null ? default : new Dropout(bits, DropoutBits.Scale(0.3)), Output = Rows("y"),
                };
                TokenEmbedding.Forward(in call, threads, path);
                var gradients = new TokenEmbeddingGradientCall { Forward = call, OutputGradient = Rows("g"), WordsGradient = Rows("dw"), PositionsGradient = Rows("dp") };
                TokenEmbedding.Backward(in gradients, threads, path);
            }
        }

        internal (double[] Output, double[] Words, double[] Positions) Definition()
        {
            var (output, words, positions) = (new double[_tokens * _width], new double[WordCount * _width], new double[PositionCount * _width]);
            double[] Row(string name, long row) => [.. Buffers[name].AsSpan((int)row * _width, _width).ToArray().Select(x => (double)x)];
            for (var t = 0; t < _tokens; t++)
            {
                var sum = Row("w", WordIds[t]).Zip(Row("p", PositionIds[t]), (a, b) => a + b).ToArray();
                FusedReference.Drop(sum, _bits, t, DropoutBits.Scale(0.3)).CopyTo(output, t * _width);
                var gradient = FusedReference.Drop(Row("g", t), _bits, t, DropoutBits.Scale(0.3));
                for (var c = 0; c < _width; c++)
                {
                    words[(WordIds[t] * _width) + c] += gradient[c];
                    positions[(PositionIds[t] * _width) + c] += gradient[c];
                }
            }

            return (output, words, positions);
        }
    }
}
