// SPDX-License-Identifier: MIT
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests;

/// <summary>Random packed tensors of one attention call, with strides wider than the rows.</summary>
internal sealed unsafe class AttentionCase
{
    private readonly Random _random;
    private readonly Dictionary<string, (float[] Data, int Stride)> _tensors = [];

    internal AttentionCase(int seed, int[] lengths, int heads, int headDim, LshOptions options, int? padding = null)
    {
        _random = new Random(seed);
        var offsets = new int[lengths.Length + 1];
        for (var s = 0; s < lengths.Length; s++)
        {
            offsets[s + 1] = offsets[s] + lengths[s];
        }

        Shape = new PackedShape(offsets, heads, headDim);
        Options = options;
        foreach (var name in new[] { "query", "key", "value", "gradient", "output", "dquery", "dkey", "dvalue" })
        {
            var stride = (heads * headDim) + (padding ?? _random.Next(0, 9));
            var data = GC.AllocateArray<float>(Math.Max(1, Shape.Tokens * stride), pinned: true);
            for (var i = 0; i < data.Length; i++)
            {
                data[i] = name is "query" or "key" or "value" or "gradient" ? (float)Normal() : float.NaN;
            }

            _tensors[name] = (data, stride);
        }

        Signs = new uint[HadamardHash.SignWords(headDim, options) * Shape.Items];
        for (var i = 0; i < Signs.Length; i++)
        {
            Signs[i] = (uint)_random.NextInt64();
        }
    }

    internal PackedShape Shape { get; }

    internal LshOptions Options { get; }

    internal uint[] Signs { get; }

    internal HeadTensor this[string name]
    {
        get
        {
            var (data, stride) = _tensors[name];
            fixed (float* p = data)
            {
                return new HeadTensor(p, stride); // allocated pinned, alive as long as this object
            }
        }
    }

    internal double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>Rows of one item as a matrix [n, d].</summary>
    internal float[] Matrix(string name, int item)
    {
        var d = Shape.HeadDim;
        var result = new float[Shape.Length(item) * d];
        var rows = this[name].Item(Shape, item);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = rows[i / d][i % d];
        }

        return result;
    }

    internal Span<float> Row(string name, int item, int token) => new(this[name].Item(Shape, item)[token], Shape.HeadDim);

    /// <summary>Size of tau / 2 * (g.v), the weight of one pair.</summary>
    internal double PairSize => 0.5 * Options.CodeLength * Math.Sqrt(Shape.HeadDim) * 0.3;

    /// <summary>Gives queries and keys length one.</summary>
    internal void Normalise()
    {
        for (var item = 0; item < Shape.Items; item++)
        {
            for (var token = 0; token < Shape.Length(item); token++)
            {
                foreach (var name in new[] { "query", "key" })
                {
                    var row = Row(name, item, token);
                    var norm = 0.0;
                    foreach (var x in row)
                    {
                        norm += (double)x * x;
                    }

                    for (var c = 0; c < row.Length; c++)
                    {
                        row[c] = (float)(row[c] / Math.Sqrt(norm));
                    }
                }
            }
        }
    }

    internal HashCodes Hash(string name, SimdPath path, int threads = 1)
    {
        var codes = new HashCodes(Shape, Options);
        HadamardHash.Hash(this[name], Signs, codes, threads, path);
        return codes;
    }

    internal ushort[][] Codes(HashCodes codes, int item) =>
        [.. Enumerable.Range(0, Options.HashCount).Select(h => codes.Codes(item, h).ToArray())];

    internal WeightedInputs Inputs => new(this["query"], this["key"], this["value"], this["gradient"]);

    internal WeightedOutputs Outputs => new(this["dquery"], this["dkey"], this["dvalue"]);

    internal WeightedLshCumulationReference.Inputs ReferenceInputs(int item) =>
        new(Matrix("query", item), Matrix("key", item), Matrix("value", item), Matrix("gradient", item), Shape.HeadDim);

    /// <summary>
    /// Relative to the largest entry, but at least to the size of the terms it is a sum of (inputs are of size one), since
    /// terms may cancel: a sum of n of them in float differs from the exact one by up to n * 2^-24 of their size.
    /// </summary>
    internal void AssertClose(double[] expected, string name, int item, double termSize = 0.1)
    {
        var actual = Matrix(name, item);
        var scale = expected.Length == 0 ? 1 : Math.Max(termSize, expected.Max(Math.Abs));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= 1e-5 * scale,
                $"{name}[{i / Shape.HeadDim}, {i % Shape.HeadDim}] of item {item} of {Shape}, {Options}: {actual[i]} instead of {expected[i]} (scale {scale}).");
        }
    }
}
