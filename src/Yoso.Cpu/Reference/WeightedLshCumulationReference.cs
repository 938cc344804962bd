// SPDX-License-Identifier: MIT
using Yoso.Cpu.Attention;

namespace Yoso.Cpu.Reference;

/// <summary>Query, key and value gradients of one sequence and head by their definition, in double precision.</summary>
public static class WeightedLshCumulationReference
{
    /// <summary>Gradients, each row-major [n, d].</summary>
    public sealed record Result(double[] Query, double[] Key, double[] Value);

    /// <summary>The matrices of the backward pass, row-major [n, d].</summary>
    public sealed record Inputs(float[] Query, float[] Key, float[] Value, float[] OutputGradient, int HeadDim);

    /// <summary>Each colliding pair in each hash weighs tau / 2 / m. Codes are [m][n].</summary>
    public static Result LowerBound(ushort[][] queryCodes, ushort[][] keyCodes, Inputs inputs, int codeLength)
    {
        var result = Empty(inputs);
        var d = inputs.HeadDim;
        for (var i = 0; i < inputs.Query.Length / d; i++)
        {
            for (var j = 0; j < inputs.Key.Length / d; j++)
            {
                var collisions = LshCumulationReference.Collisions(queryCodes, keyCodes, i, j);
                if (collisions > 0)
                {
                    var mean = collisions / (double)queryCodes.Length;
                    var weight = mean * codeLength / 2 * Dot(inputs.OutputGradient, i, inputs.Value, j, d);
                    AddPair(result, inputs, i, j, weight, weight, mean);
                }
            }
        }

        return result;
    }

    /// <summary>
    /// Each distinct colliding pair weighs tau p^(tau-1) / (pi sqrt(1 - x^2)) at x = 0.98 q.k; query and key gradients draw
    /// their pairs separately. One chunk only: up to 32,760 tokens.
    /// </summary>
    public static Result Sampled(ushort[][] queryCodes, ushort[][] keyCodes, Inputs inputs, int codeLength, uint seed)
    {
        var result = Empty(inputs);
        for (var i = 0; i < queryCodes[0].Length; i++)
        {
            foreach (var j in Kept(queryCodes, keyCodes, i, seed))
            {
                AddPair(result, inputs, i, j, SampledWeight(inputs, i, j, codeLength), 0, 0);
            }

            for (var j = 0; j < keyCodes[0].Length; j++)
            {
                AddPair(result, inputs, i, j, 0, 0, LshCumulationReference.Collisions(queryCodes, keyCodes, i, j) / (double)queryCodes.Length);
            }
        }

        for (var j = 0; j < keyCodes[0].Length; j++)
        {
            foreach (var i in Kept(keyCodes, queryCodes, j, seed ^ PairSampling.KeySide))
            {
                AddPair(result, inputs, i, j, 0, SampledWeight(inputs, i, j, codeLength), 0);
            }
        }

        return result;
    }

    private static double SampledWeight(Inputs inputs, int i, int j, int codeLength)
    {
        var x = Math.Clamp(0.98 * Dot(inputs.Query, i, inputs.Key, j, inputs.HeadDim), -Math.Sqrt(0.99), Math.Sqrt(0.99));
        var derivative = codeLength * Math.Pow(1 - (Math.Acos(x) / Math.PI), codeLength - 1) / (Math.PI * Math.Sqrt(1 - (x * x)));
        return derivative * Dot(inputs.OutputGradient, i, inputs.Value, j, inputs.HeadDim);
    }

    /// <summary>The candidates of a probe that are kept, one for each index modulo 1024.</summary>
    private static IEnumerable<int> Kept(ushort[][] probeCodes, ushort[][] candidateCodes, int probe, uint seed)
    {
        var kept = new SortedDictionary<int, int>();
        for (var hash = 0; hash < probeCodes.Length; hash++)
        {
            var bucket = Enumerable.Range(0, candidateCodes[hash].Length).Where(j => candidateCodes[hash][j] == probeCodes[hash][probe]).ToArray();
            var limit = PairSampling.MaxPerBucket(probeCodes.Length);
            var entrance = bucket.Length > limit ? PairSampling.Entrance(seed, probe, hash, bucket.Length) : 0;
            for (var k = 0; k < Math.Min(bucket.Length, limit); k++)
            {
                var candidate = bucket[(entrance + k) % bucket.Length];
                var slot = candidate % PairSampling.Slots;
                if (!kept.TryGetValue(slot, out var owner) || PairSampling.Priority(seed, probe, candidate) > PairSampling.Priority(seed, probe, owner))
                {
                    kept[slot] = candidate;
                }
            }
        }

        return kept.Values;
    }

    internal static Result Empty(Inputs inputs) =>
        new(new double[inputs.Query.Length], new double[inputs.Key.Length], new double[inputs.Value.Length]);

    internal static void AddPair(Result result, Inputs inputs, int i, int j, double queryWeight, double keyWeight, double valueWeight)
    {
        var d = inputs.HeadDim;
        for (var c = 0; c < d; c++)
        {
            result.Query[(i * d) + c] += queryWeight * inputs.Key[(j * d) + c];
            result.Key[(j * d) + c] += keyWeight * inputs.Query[(i * d) + c];
            result.Value[(j * d) + c] += valueWeight * inputs.OutputGradient[(i * d) + c];
        }
    }

    internal static double Dot(float[] left, int i, float[] right, int j, int d)
    {
        var sum = 0.0;
        for (var c = 0; c < d; c++)
        {
            sum += (double)left[(i * d) + c] * right[(j * d) + c];
        }

        return sum;
    }
}
