// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.Training;

/// <summary>
/// Which examples a step sees: epochs of a seeded permutation, the last partial batch dropped as upstream does. A pure
/// function of seed and step, so a resumed run continues in the middle of an epoch.
/// </summary>
internal sealed class BatchOrder(int count, int batchSize, Seed seed)
{
    private int[] _permutation = [];
    private int _epoch = -1;

    public int BatchesPerEpoch { get; } = count >= batchSize
        ? count / batchSize
        : throw new ArgumentException($"a batch of {batchSize} needs as many examples, the data set has {count}");

    /// <summary>Example indices of step <paramref name="step"/> (0-based).</summary>
    public ReadOnlySpan<int> Batch(int step)
    {
        var epoch = step / BatchesPerEpoch;
        if (epoch != _epoch)
        {
            _permutation = Permutation(count, seed.Derive(epoch));
            _epoch = epoch;
        }

        return _permutation.AsSpan(step % BatchesPerEpoch * batchSize, batchSize);
    }

    /// <summary>Fisher-Yates with bounded integers by multiplication (Lemire, 2019, without the rejection: bias below 2^-32).</summary>
    public static int[] Permutation(int count, Seed seed)
    {
        var items = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)Math.BigMul(seed.Derive(i).Value, (ulong)i + 1, out _);
            (items[i], items[j]) = (items[j], items[i]);
        }

        return items;
    }
}
