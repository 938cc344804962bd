// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

/// <summary>Sums over pairs in plain loops and float64, one sequence and head after another.</summary>
internal static class PairwiseReference
{
    /// <summary>out_i = Σ_j weight(i, j) value_j over the pairs of the same sequence, [T, H, D].</summary>
    public static Tensor Sum(SequenceOffsets offsets, Tensor value, Func<int, int, int, double> weight)
    {
        var shape = value.shape;
        var values = value.to(float64).data<double>().ToArray();
        var output = new double[values.Length];
        long heads = shape[1], dim = shape[2];
        for (var sequence = 0; sequence < offsets.Count; sequence++)
        {
            for (var i = offsets.Start(sequence); i < offsets.Start(sequence) + offsets.Length(sequence); i++)
            {
                for (var j = offsets.Start(sequence); j < offsets.Start(sequence) + offsets.Length(sequence); j++)
                {
                    for (var head = 0; head < heads; head++)
                    {
                        var w = weight(i, j, head);
                        for (var e = 0; w != 0 && e < dim; e++)
                        {
                            output[(i * heads + head) * dim + e] += w * values[(j * heads + head) * dim + e];
                        }
                    }
                }
            }
        }

        return tensor(output, shape);
    }

    /// <summary>Dot products of rows i of a and j of b, by (i, j, head).</summary>
    public static Func<int, int, int, double> Dot(Tensor a, Tensor b)
    {
        var (x, y) = (a.to(float64).data<double>().ToArray(), b.to(float64).data<double>().ToArray());
        long heads = a.shape[1], dim = a.shape[2];
        return (i, j, head) =>
        {
            var sum = 0.0;
            for (var e = 0; e < dim; e++)
            {
                sum += x[(i * heads + head) * dim + e] * y[(j * heads + head) * dim + e];
            }

            return sum;
        };
    }

    /// <summary>Share of hashes in which codes [T, H, M] of row i of a and row j of b are equal.</summary>
    public static Func<int, int, int, double> Collisions(Tensor a, Tensor b)
    {
        var (x, y) = (a.data<int>().ToArray(), b.data<int>().ToArray());
        long heads = a.shape[1], hashes = a.shape[2];
        return (i, j, head) => Enumerable.Range(0, (int)hashes).Count(m => x[(i * heads + head) * hashes + m] == y[(j * heads + head) * hashes + m]) / (double)hashes;
    }
}
