// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Tests.Training;

/// <summary>The depthwise convolution against its definition in double precision, values and gradients.</summary>
public sealed unsafe class ConvolutionTests
{
    private const int Heads = 3;

    /// <summary>Sequence lengths, head dimension, window, padded length: odd lengths, gaps between tokens, windows wider than the sequence or all positions.</summary>
    public static TheoryData<int[], int, int, int> Cases => new()
    {
        { [1], 32, 33, 4 },
        { [7, 0, 30, 1], 19, 5, 40 },
        { [97, 130], 32, 33, 130 },
        { [33, 5], 16, 35, 201 },
        { [11, 3], 8, 65, 12 },
        { [66], 64, 1, 66 },
        { [0], 16, 3, 5 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndGradients_EqualTheDefinition(int[] lengths, int headDim, int window, int paddedLength)
    {
        foreach (var path in Paths.Supported)
        {
            var c = new Case(lengths, headDim, window, paddedLength);
            c.Run(threads: 2, path);

            var (output, value, weight) = c.Definition();
            AssertClose(output, c.Buffers["y"]);
            AssertClose(value, c.Buffers["dx"]);
            AssertClose(weight, c.Buffers["dw"]);
        }
    }

    [Fact]
    public void EveryNumberOfThreads_GivesTheSameBits()
    {
        var results = new[] { 1, 2, 7 }.Select(threads =>
        {
            var c = new Case([300, 41, 7, 190, 64], 24, 33, 400);
            c.Run(threads, CpuKernels.Path);
            return (float[])[.. c.Buffers["y"], .. c.Buffers["dx"], .. c.Buffers["dw"]];
        }).ToArray();

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void ANaN_ReachesOnlyWhatItsWindowCovers()
    {
        var c = new Case([40], 16, 5, 40);
        for (var t = 0; t < 40; t++)
        {
            c.Positions[t] = t;
        }

        c.Buffers["x"][20 * Heads * 16] = float.NaN;
        c.Run(threads: 1, CpuKernels.Path);

        Assert.Equal([18, 19, 20, 21, 22], Enumerable.Range(0, 40).Where(t => float.IsNaN(c.Buffers["y"][t * Heads * 16])));
    }

    [Fact]
    public void WhatDoesNotFit_IsNamed()
    {
        var even = Assert.Throws<ArgumentException>(() => new Case([3], 16, 4, 8).Run(1, CpuKernels.Path));
        Assert.Contains("odd and positive, with weights; got 4", even.Message, StringComparison.Ordinal);
        var c = new Case([3], 16, 3, 8);
        c.Positions[1] = 8;
        Assert.Contains("Token 1 has position 8; positions are 0 to 7", Assert.Throws<ArgumentException>(() => c.Run(1, CpuKernels.Path)).Message, StringComparison.Ordinal);
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        // A sum of thousands of terms may cancel: its error is that of its terms.
        var scale = expected.Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-6 * Math.Max(1, scale), $"element {i} is {actual[i]}, not {expected[i]}");
        }
    }

    private sealed class Case
    {
        private readonly PackedShape _shape;
        private readonly int _headDim, _window, _paddedLength;

        internal Case(int[] lengths, int headDim, int window, int paddedLength)
        {
            (_headDim, _window, _paddedLength) = (headDim, window, paddedLength);
            var offsets = new int[lengths.Length + 1];
            for (var i = 0; i < lengths.Length; i++)
            {
                offsets[i + 1] = offsets[i] + lengths[i];
            }

            _shape = new PackedShape(offsets, Heads, headDim);
            Positions = GC.AllocateArray<long>(Math.Max(1, _shape.Tokens), pinned: true);
            var random = new Random(7);
            for (var i = 0; i < lengths.Length; i++)
            {
                // In any order and with gaps, as nothing forbids.
                var places = Enumerable.Range(0, paddedLength).ToArray();
                random.Shuffle(places);
                for (var t = 0; t < lengths[i]; t++)
                {
                    Positions[offsets[i] + t] = places[t];
                }
            }

            var values = _shape.Tokens * Heads * headDim;
            foreach (var name in (string[])["x", "base", "g"])
            {
                Buffers.Random(name, values);
            }

            Buffers.Random("w", Heads * window, 0.3);
            foreach (var name in (string[])["y", "dx"])
            {
                Buffers.Empty(name, values);
            }

            Buffers.Empty("dw", Heads * window);
        }

        internal Buffers Buffers { get; } = new(3);

        internal long[] Positions { get; }

        internal void Run(int threads, SimdPath path)
        {
            HeadTensor Heads3(string name) => new(Buffers.Pointer(name), Heads * _headDim);
            fixed (long* positions = Positions)
            {
                var call = new ConvolutionCall
                {
                    Shape = _shape, Positions = positions, PaddedLength = _paddedLength, Weight = Buffers.Pointer("w"), Window = _window,
                    Value = Heads3("x"), Base = Heads3("base"), Output = Heads3("y"),
                };
                Convolution.Forward(in call, threads, path);
                var gradients = new ConvolutionGradientCall { Forward = call, OutputGradient = Heads3("g"), ValueGradient = Heads3("dx"), WeightGradient = Buffers.Pointer("dw") };
                Convolution.Backward(in gradients, threads, path);
            }
        }

        /// <summary>Over all pairs of tokens of a sequence, by the difference of their positions.</summary>
        internal (double[] Output, double[] ValueGradient, double[] WeightGradient) Definition()
        {
            var (x, g, w) = (Buffers["x"], Buffers["g"], Buffers["w"]);
            var (output, value, weight) = (Buffers.Doubles("base")[..(_shape.Tokens * Heads * _headDim)], new double[_shape.Tokens * Heads * _headDim], new double[Heads * _window]);
            for (var item = 0; item < _shape.Items; item++)
            {
                var (head, first) = (item % Heads, _shape.FirstToken(item));
                for (var i = first; i < first + _shape.Length(item); i++)
                {
                    for (var j = first; j < first + _shape.Length(item); j++)
                    {
                        var k = Positions[j] - Positions[i] + (_window / 2);
                        for (var d = 0; d < _headDim && k >= 0 && k < _window; d++)
                        {
                            var (to, from) = ((((i * Heads) + head) * _headDim) + d, (((j * Heads) + head) * _headDim) + d);
                            output[to] += (double)w[(head * _window) + k] * x[from];
                            value[from] += (double)w[(head * _window) + k] * g[to];
                            weight[(head * _window) + k] += (double)g[to] * x[from];
                        }
                    }
                }
            }

            return (output, value, weight);
        }
    }
}
