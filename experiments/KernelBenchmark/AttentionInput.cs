// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>How queries and keys lie on the unit sphere.</summary>
internal static class InputKind
{
    /// <summary>Independent, uniform on the sphere: about n / 2^tau keys a bucket.</summary>
    public const string Random = "random";

    /// <summary>
    /// As attention that has learned something: n / 64 clusters of Zipf sizes (the k-th as likely as 1 / k), a token's query and
    /// key in one cluster, and q.k = 0.8 on average within it.
    /// </summary>
    public const string Clustered = "clustered";

    /// <summary>All queries and keys are one vector: every hash has one bucket with everything.</summary>
    public const string Identical = "identical";

    /// <summary>Every second token's query and key are one vector, the others random.</summary>
    public const string HalfIdentical = "half-identical";

    /// <summary>All keys are one vector, queries random: one bucket of n keys that few queries meet.</summary>
    public const string OneKeyBucket = "one-key-bucket";

    public static readonly string[] Skewed = [Identical, HalfIdentical, OneKeyBucket];
}

/// <summary>Query, key, value and output gradient of one attention call, [B * n, H, d] with B * H = 8, pinned.</summary>
internal sealed class AttentionInput
{
    public const int Sequences = 4, Heads = 2, Items = Sequences * Heads;

    /// <summary>Mean q.k within a cluster.</summary>
    public const double Closeness = 0.8;

    /// <summary>Tokens a cluster on average.</summary>
    public const int ClusterTokens = 64;

    private AttentionInput(string kind, int tokens, int headDim)
    {
        (Kind, Tokens, HeadDim) = (kind, tokens, headDim);
        Query = New();
        Key = New();
        Value = New();
        OutputGradient = New();
        float[] New() => GC.AllocateUninitializedArray<float>(Items * tokens * headDim, pinned: true);
    }

    public string Kind { get; }

    /// <summary>n, of one sequence.</summary>
    public int Tokens { get; }

    public int HeadDim { get; }

    public float[] Query { get; }

    public float[] Key { get; }

    /// <summary>Standard normal, as is <see cref="OutputGradient"/>.</summary>
    public float[] Value { get; }

    public float[] OutputGradient { get; }

    public int[] Offsets => [.. Enumerable.Range(0, Sequences + 1).Select(i => i * Tokens)];

    public static AttentionInput Make(string kind, int tokens, int headDim, Seed seed)
    {
        var input = new AttentionInput(kind, tokens, headDim);
        Parallel.For(0, Items, item => input.Fill(item, new Random((int)(seed.Derive(kind).Derive(item).Value >> 33))));
        return input;
    }

    /// <summary>The row of a token of one sequence and head; item = sequence * H + head.</summary>
    public Span<float> Row(float[] tensor, int item, int token) =>
        tensor.AsSpan((((((item / Heads) * Tokens) + token) * Heads) + (item % Heads)) * HeadDim, HeadDim);

    /// <summary>The cumulative shares of Zipf's law with exponent 1.</summary>
    internal static double[] ZipfShares(int clusters)
    {
        var total = Enumerable.Range(1, clusters).Sum(k => 1.0 / k);
        var sum = 0.0;
        return [.. Enumerable.Range(1, clusters).Select(k => sum += 1 / (k * total))];
    }

    private void Fill(int item, Random random)
    {
        var clusters = Math.Max(1, Tokens / ClusterTokens);
        var shares = ZipfShares(clusters);
        var centres = new float[clusters * HeadDim];
        for (var c = 0; c < clusters; c++)
        {
            Unit(random, centres.AsSpan(c * HeadDim, HeadDim));
        }

        for (var token = 0; token < Tokens; token++)
        {
            var query = Row(Query, item, token);
            var key = Row(Key, item, token);
            var centre = Kind == InputKind.Clustered ? Draw(shares, random.NextDouble()) : 0;
            PlaceOnSphere(random, token, centres.AsSpan(centre * HeadDim, HeadDim), query, key);
            Normal(random, Row(Value, item, token));
            Normal(random, Row(OutputGradient, item, token));
        }
    }

    private static int Draw(double[] shares, double uniform)
    {
        var at = Array.BinarySearch(shares, uniform);
        return Math.Min(at < 0 ? ~at : at, shares.Length - 1);
    }

    private void PlaceOnSphere(Random random, int token, ReadOnlySpan<float> centre, Span<float> query, Span<float> key)
    {
        Unit(random, query);
        Unit(random, key);
        switch (Kind)
        {
            case InputKind.Clustered:
                Near(centre, query);
                Near(centre, key);
                break;
            case InputKind.Identical:
            case InputKind.HalfIdentical when token % 2 == 0:
                centre.CopyTo(query);
                centre.CopyTo(key);
                break;
            case InputKind.OneKeyBucket:
                centre.CopyTo(key);
                break;
            default:
                break; // random as they are
        }
    }

    /// <summary>Turns a random direction into a unit vector whose product with the centre is sqrt(0.8): two of them have 0.8 on average.</summary>
    private static void Near(ReadOnlySpan<float> centre, Span<float> x)
    {
        var along = 0f;
        for (var c = 0; c < x.Length; c++)
        {
            along += x[c] * centre[c];
        }

        var across = 1 / MathF.Sqrt(MathF.Max(1e-6f, 1 - (along * along)));
        for (var c = 0; c < x.Length; c++)
        {
            x[c] = (float)((Math.Sqrt(Closeness) * centre[c]) + (Math.Sqrt(1 - Closeness) * across * (x[c] - (along * centre[c]))));
        }
    }

    private static void Unit(Random random, Span<float> row)
    {
        Normal(random, row);
        var square = 0.0;
        foreach (var x in row)
        {
            square += (double)x * x;
        }

        var inverse = (float)(1 / Math.Sqrt(square));
        foreach (ref var x in row)
        {
            x *= inverse;
        }
    }

    /// <summary>Box and Muller's pairs.</summary>
    private static void Normal(Random random, Span<float> row)
    {
        for (var c = 0; c < row.Length; c += 2)
        {
            var radius = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle()));
            var (sin, cos) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
            row[c] = radius * cos;
            if (c + 1 < row.Length)
            {
                row[c + 1] = radius * sin;
            }
        }
    }
}
